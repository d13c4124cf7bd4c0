"""Set a meter's clock over its line, where it is off and may be set: once in a visit, and read back.

What is written is our time at that moment; the way there takes some seconds, which is less than a clock may
be off. Where the answer is lost the clock is not set again: the next visit sees how far it is off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.core.clock_check import ClockVerdict, judge, setting_of
from gateway.core.contact import ContactFault
from gateway.core.meter_event import EventKind
from gateway.core.meter_noticed import off_text

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.metering.read_registers import Face
    from gateway.metering.visit import Asking, MeterVisit


class ClockDone(NamedTuple):
    """What was done about a clock; ``event`` and ``told`` where something was."""

    was_set: bool = False
    event: EventKind | None = None
    told: str = ""


async def set_clock(visit: MeterVisit, asking: Asking, face: Face) -> ClockDone:
    """Set it, where that is due and allowed."""
    clock = face.clock
    now = asking.now().astimezone(visit.zone)
    if clock is None or judge(clock.off_s, now) is not ClockVerdict.SET or asking.ended is not None:
        return ClockDone()
    done = await asking.write(*setting_of(face.texts, now))
    was = off_text(clock.off_s)
    if not isinstance(done, ContactFault) and done.is_as_wanted:
        return ClockDone(was_set=True, event=EventKind.CLOCK_SET, told=was)
    fault = done if isinstance(done, ContactFault) else done.fault
    why = "it does not stand as it was set" if fault is None else str(fault)
    if _was_due(visit.before.off_s, now):
        return ClockDone()
    return ClockDone(event=EventKind.CLOCK_NOT_SET, told=f"{was}; {why}")


def _was_due(off_s: int | None, now: datetime) -> bool:
    """Was it so far off when it was seen last, and so told already? A meter that is read only stays so."""
    return off_s is not None and judge(off_s, now) in {ClockVerdict.SET, ClockVerdict.LATER}
