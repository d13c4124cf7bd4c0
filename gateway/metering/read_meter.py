"""Read a meter over its line: all that a visit wants of it, in one conversation.

    its clock, and what it shows    registers, credit, relay, status (where REGISTERS is wanted)
    FROZEN                          the registers that it froze at the moments that are wanted
    PROFILE                         the days of its load profile that are wanted, each row once
    its clock again                 is set where that is due and allowed
    keep                            all that was read, before any of it is said to be read

That it is the right meter is proven by the conversation before its first value; another one ends the visit,
and nothing of it counts. Several slots of REGISTERS are one reading, as a meter shows itself as it stands
now. A line that is lost costs what was not read yet.

A visit does not fail: each slot has its reason. What the books do not take is not read: ``keep`` raises
``ContactFault``, and the same is read again later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_noticed import noticed
from gateway.core.meter_seen import MeterContact, VisitBrought
from gateway.core.timeline import microseconds
from gateway.metering.read_frozen import read_frozen
from gateway.metering.read_profile import read_profile
from gateway.metering.read_registers import read_registers
from gateway.metering.set_clock import set_clock
from gateway.metering.visit import Asking, SlotEnded

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.metering.visit import MeterVisit
    from gateway.ports import MeterTalk


class ReadingKeeper(Protocol):
    """Keeps what visits bring."""

    async def keep(self, brought: VisitBrought) -> None:
        """Keep it, for ever; ``ContactFault`` where that cannot be done now, and nothing counts as read."""


@dataclass(frozen=True, slots=True)
class VisitEnded:
    """What became of each slot of a visit, and what it brought."""

    slots: tuple[SlotEnded, ...]
    brought: VisitBrought

    @property
    def why(self) -> ContactWhy | None:
        """Why not all was read: how the contact ended, else the first slot's reason; None: it was."""
        unread = [one.why for one in self.slots if one.why is not None]
        return (self.brought.contact.why or unread[0]) if unread else None


async def read_meter(
    visit: MeterVisit, *, talk: MeterTalk, keeper: ReadingKeeper, now: Callable[[], datetime]
) -> VisitEnded:
    """Read what is wanted, keep it, and say what became of each slot; ``now`` is our own clock."""
    ended = await _visited(visit, Asking(talk, now))
    try:
        await keeper.keep(ended.brought)
    except ContactFault as fault:
        return replace(ended, slots=tuple(SlotEnded(one.slot, fault) for one in ended.slots))
    return ended


async def _visited(visit: MeterVisit, asking: Asking) -> VisitEnded:
    """Hold the conversation."""
    face = await read_registers(visit, asking)
    frozen, months = await read_frozen(visit, asking, face)
    rows, days = await read_profile(visit, asking, face)
    clock = await set_clock(visit, asking, face)
    slots, at_us, ended = (*face.slots, *months, *days), microseconds(asking.now()), asking.ended
    if ended is not None and ended.why is ContactWhy.WRONG_METER:
        return _wrong(visit, ended, at_us)
    is_dumb = not (face.texts or face.is_seen or frozen or rows)
    fault = ended or (next((one.fault for one in slots if one.fault), None) if is_dumb else None)
    contact = MeterContact(
        visit.pan,
        at_us,
        None if fault is None else fault.why,
        "" if fault is None else str(fault),
        face.seen.off_s,
        clock.was_set,
        face.seen.relay,
    )
    events = noticed(face.seen, visit.before)
    if clock.event is not None:
        events = (*events, MeterEvent(visit.pan, at_us, clock.event, clock.told))
    seen = face.seen if face.is_seen else None
    return VisitEnded(slots, VisitBrought(contact, seen, events, frozen, rows))


def _wrong(visit: MeterVisit, fault: ContactFault, at_us: int) -> VisitEnded:
    """Another meter answered: nothing of it counts."""
    contact = MeterContact(visit.pan, at_us, fault.why, str(fault))
    event = MeterEvent(visit.pan, at_us, EventKind.WRONG_METER, str(fault))
    slots = tuple(SlotEnded(slot, fault) for slot in visit.slots)
    return VisitEnded(slots, VisitBrought(contact, events=(event,)))
