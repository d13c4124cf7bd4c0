"""What every verb needs that hands tokens out: the moment's token id, the key change in front, the making.

The token id is the meter's own: max(now, last + 1), never back, the reserved minute of a day left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.core.key_change import with_due_change
from gateway.core.outcome import Declined, TokensWanted
from gateway.core.refusal import Refusal
from gateway.core.token import IssuerRefusal, TidFault, TidTooFarAhead, next_tid, tid_at
from gateway.core.token_order import KeyChangeOrder, NotPrepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from gateway.core.meter import MeterAccount
    from gateway.core.token import StsIdentity, TokenDigits
    from gateway.core.token_order import Order
    from gateway.ports import TokenIssuer

#: Moments remembered: the batch in work, for each base date and zone that meters have.
_MOMENTS_MAX = 16


@dataclass(frozen=True, slots=True)
class Till:
    """What tokens are made with at this moment: who makes them, and when.

    ``zone`` is the civil time of supply groups that have none of their own, ``tid_lead_max`` how many minutes
    token ids may run ahead. ``balances`` has what each limited key has issued (``KeyRing.limited``).
    """

    issuer: TokenIssuer
    zone: tzinfo
    tid_lead_max: int
    now: datetime
    balances: Mapping[str, int]

    def minute(self, identity: StsIdentity) -> int:
        """The moment's own token id for meters of this group; TidFault outside the base date's years."""
        zone = self.issuer.ring.zones.get(identity.sgc, self.zone)
        return _minute(self.now, zone, identity.base_date)


def first_id(meter: MeterAccount, till: Till) -> int | Declined:
    """The meter's next token id; refusals: tokens_too_fast, no_token outside the base date's years."""
    try:
        tid = next_tid(till.minute(meter.token_identity), meter.last_tid, till.tid_lead_max)
    except TidFault as fault:
        return Declined(Refusal.NO_TOKEN, str(fault))
    return Declined(Refusal.TOKENS_TOO_FAST) if isinstance(tid, TidTooFarAhead) else tid


def following_id(tid: int) -> int:
    """The id behind this one; the reserved minute of a day is left out."""
    following = next_tid(0, tid, 1 << 24)
    assert not isinstance(following, TidTooFarAhead)  # noqa: S101 - no lead is that long
    return following


@lru_cache(maxsize=_MOMENTS_MAX)
def _minute(now: datetime, zone: tzinfo, base_date: int) -> int:
    """The moment's own token id. A batch has one moment, and civil time costs more than all the rest."""
    return tid_at(base_date, now.astimezone(zone).replace(tzinfo=None))


def key_change_order(meter: MeterAccount) -> KeyChangeOrder | None:
    """The tokens of the key change that is on its way to this meter; an EA07 meter is told its group, too,
    where that changes.
    """
    change = meter.key_change
    if change is None:
        return None
    says_sgc = change.new.sgc != meter.identity.sgc
    return KeyChangeOrder(meter.identity, change.new, change.ken, says_sgc, meter.is_test)


def needs_module(meter: MeterAccount, till: Till) -> bool:
    """Does a security module make this meter's tokens, so that their ids must stand in the books before?"""
    ring = till.issuer.ring
    if not ring.has_module:
        return False
    meter = with_due_change(meter, ring, till.now)
    return not (ring.releases_keys(meter.token_identity) and ring.releases_keys(meter.identity))


def made_of(
    orders: Sequence[Order | None], issuer: TokenIssuer
) -> list[tuple[TokenDigits, ...]] | Declined | TokensWanted:
    """Make each order, an empty one for none; all that must be prepared is said at once."""
    made: list[tuple[TokenDigits, ...]] = []
    wanted: list[Order] = []
    for order in orders:
        try:
            made.append(() if order is None else issuer.make(order))
        except IssuerRefusal as refusal:
            return Declined(Refusal.NO_TOKEN, refusal.why.value)
        except NotPrepared as missing:
            wanted.append(missing.order)
    return TokensWanted(tuple(wanted)) if wanted else made
