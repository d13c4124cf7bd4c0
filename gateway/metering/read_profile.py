"""Read the days of a load profile that are wanted, one after the other, the oldest first.

A day is read when its last row has come, or the meter has said that there are no more rows of it. One without
any row is not, nor one that is not over by the meter's own clock. What came of a day before the line was lost
is kept, and the whole day is asked for again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.core.contact import ContactWhy
from gateway.core.profile_day import ProfileDay
from gateway.core.reading_plan import Wants
from gateway.metering.visit import SlotEnded, refused

if TYPE_CHECKING:
    from gateway.core.contact import ContactFault
    from gateway.core.meter_seen import ProfileRowKept
    from gateway.metering.read_registers import Face
    from gateway.metering.visit import Asking, MeterVisit

PROFILE: Final = "profile"
"""The item that is the load profile."""


async def read_profile(
    visit: MeterVisit, asking: Asking, face: Face
) -> tuple[tuple[ProfileRowKept, ...], tuple[SlotEnded, ...]]:
    """Give the rows of all wanted days, and what became of each day."""
    kept: list[ProfileRowKept] = []
    ended: list[SlotEnded] = []
    for slot in visit.of(Wants.PROFILE):
        day = ProfileDay(slot.at_s, visit.zone)
        fault = _why_not_yet(visit, asking, face, day)
        if fault is None:
            rows, fault = await _day(visit, asking, day)
            kept += rows
        ended.append(SlotEnded(slot, fault))
    return tuple(kept), tuple(ended)


def _why_not_yet(visit: MeterVisit, asking: Asking, face: Face, day: ProfileDay) -> ContactFault | None:
    """Say why a day cannot be read at all."""
    if PROFILE not in visit.model.items:
        return refused(f"model {visit.model.name} names no load profile")
    off = timedelta(seconds=face.clock.off_s if face.clock else 0)
    if asking.ended is None and asking.now() + off < day.ends:
        return refused("the day is not over yet by the meter's clock")
    return asking.ended


async def _day(
    visit: MeterVisit, asking: Asking, day: ProfileDay
) -> tuple[tuple[ProfileRowKept, ...], ContactFault | None]:
    found = await asking.profile(day.first, day.ends, PROFILE)
    names = {one.at: name for name, one in visit.model.items.items()}
    rows = day.rows(visit.pan, found.rows, names)
    if not rows:
        return rows, found.fault or refused(f"the meter has no rows of the day until {day.ends:%Y-%m-%d}")
    is_whole = rows[-1].at_s == day.at_s or found.fault is None or found.fault.why is ContactWhy.REFUSED
    return rows, None if is_whole else found.fault
