"""How a vending key stands at a moment, in the words of a list, and when its expiry number ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.key_ring import KeyState
from gateway.core.timeline import microseconds
from gateway.core.token import TidFault, tid_at

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.core.key_life import VendingKey
    from gateway.core.key_ring import KeyRevision, KeyRing


class KeyStanding(Enum):
    """How a key stands."""

    PENDING = "pending"
    APPROVED = "approved"
    """Its moment is to come."""
    SERVES = "serves"
    BEFORE = "before"
    """A later one serves; this one makes the tokens of meters that still hold it."""
    ENDED = "ended"
    """The moment until which it may issue is past."""
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


def key_standing(key: VendingKey, ring: KeyRing, zone: tzinfo, now: datetime) -> KeyStanding:
    """Say how a key stands among all of its group; ``zone`` is the group's civil time."""
    revision, now_us = key.revision, microseconds(now)
    if key.state is not KeyState.APPROVED:
        return KeyStanding(key.state.value)
    if revision.issue_until_us is not None and revision.issue_until_us <= now_us:
        return KeyStanding.ENDED
    if not revision.is_of_cards and is_expired(revision, now.astimezone(zone).replace(tzinfo=None)):
        return KeyStanding.EXPIRED
    if revision.active_from_us > now_us:
        return KeyStanding.APPROVED
    serving = ring.serving(revision.sgc, now_us)
    return KeyStanding.SERVES if serving == revision else KeyStanding.BEFORE


def expiry(base_date: int, ken: int) -> datetime:
    """Return the civil moment from which no token id is within an expiry number (IEC 62055-41, 6.1.10).

    >>> expiry(2014, 85)
    datetime.datetime(2024, 9, 18, 22, 56)
    """
    return datetime(base_date, 1, 1) + timedelta(minutes=(ken + 1) << 16)  # noqa: DTZ001 - civil, of any zone


def is_expired(revision: KeyRevision, civil: datetime) -> bool:
    """Is no token of this civil moment within its base date and expiry number any more?"""
    try:
        return tid_at(revision.base_date or 0, civil) >> 16 > revision.ken
    except TidFault:
        # Before the base date begins nothing has expired; behind its 31 years everything has.
        return civil.year > (revision.base_date or 0)
