"""What of a visit somebody may want to look at, compared with what was known of the meter before.

Only what is new is told: a battery that is low is told once, and again when it was good in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.clock_check import SET_S_MAX
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.reading import StatusWord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.core.meter_seen import MeterSeen


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What was known of a meter: its status and how far its clock was off, when it was seen last.

    ``may_be_open``: its relay was ordered open, so that it is no news. ``sold`` is how many credits went out
    for it; None where that is not known.
    """

    status: frozenset[StatusWord] = frozenset()
    off_s: int | None = None
    may_be_open: bool = False
    sold: int | None = None


def noticed(seen: MeterSeen, before: KnownBefore) -> tuple[MeterEvent, ...]:
    """Give what is new and wants to be looked at."""
    return tuple(MeterEvent(seen.pan, seen.at_us, kind, told) for kind, told in _news(seen, before))


def _news(seen: MeterSeen, before: KnownBefore) -> Iterator[tuple[EventKind, str]]:
    for word in seen.status:
        is_known = word in before.status
        if not is_known and not (word is StatusWord.RELAY_OPEN and _may_be_open(seen, before)):
            yield EventKind(word.value), ""
    if _is_too_far(seen.off_s) and not _is_too_far(before.off_s):
        yield EventKind.CLOCK_TOO_FAR, off_text(seen.off_s or 0)
    if seen.credits is not None and before.sold is not None and seen.credits > before.sold:
        yield EventKind.OVER_CREDITS, f"it counts {seen.credits} credits, and {before.sold} went out"


def _may_be_open(seen: MeterSeen, before: KnownBefore) -> bool:
    """Was it ordered open, or is its credit used up?"""
    return before.may_be_open or (seen.credit_wh is not None and seen.credit_wh <= 0)


def _is_too_far(off_s: int | None) -> bool:
    return off_s is not None and abs(off_s) > SET_S_MAX


def off_text(off_s: int) -> str:
    """Say how far a clock is off.

    >>> off_text(-90)
    'its clock is 90 s behind'
    """
    return f"its clock is {abs(off_s)} s {'ahead' if off_s > 0 else 'behind'}"
