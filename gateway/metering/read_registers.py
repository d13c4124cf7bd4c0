"""Read a meter as it stands at the call: its clock; where wanted registers, credit, relay and status.

    a read-out (IEC 62056-21)    says all of it at once: one question
    any other                    the clock first and alone, so that its moment is known to the second

REGISTERS is read when the total was, and each other register that the meter has; what a line has lost of
anything else is asked again with another call. What was read before is kept all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.meter_model.model import MeterProtocol
from gateway.core.clock_check import CLOCK_ITEMS, ClockSeen, shown_in
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.fitting import TOTAL
from gateway.core.meter_items import REGISTER_ITEMS, STATE_ITEMS, ItemsSaid
from gateway.core.meter_seen import MeterSeen
from gateway.core.reading_plan import Wants
from gateway.core.timeline import microseconds
from gateway.metering.visit import SlotEnded, refused

if TYPE_CHECKING:
    from gateway.metering.visit import Asking, MeterVisit

#: What leaves the rest of a meter's state unread that it has: the line, and not the meter.
_LINE: Final = frozenset({ContactWhy.LINE, ContactWhy.LOST, ContactWhy.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Face:
    """What a meter showed; ``is_seen``: more than its clock.

    ``clock`` is None where it shows no moment, or cannot be told; ``texts`` is how its clock writes.
    """

    seen: MeterSeen
    clock: ClockSeen | None
    texts: dict[str, str]
    slots: tuple[SlotEnded, ...]

    @property
    def is_seen(self) -> bool:
        """Was something read that is to be kept as a reading?"""
        seen = self.seen
        return bool(seen.registers) or any(
            one is not None for one in (seen.relay, seen.credit_wh, seen.credits)
        )


async def read_registers(visit: MeterVisit, asking: Asking) -> Face:
    """Read what the meter shows now."""
    clocks, wanted = visit.has(CLOCK_ITEMS), visit.of(Wants.REGISTERS)
    others = visit.has([*REGISTER_ITEMS, *STATE_ITEMS]) if wanted else []
    is_read_out = visit.model.protocol is MeterProtocol.IEC62056_21
    asked = asking.now()
    said = await asking.items([*clocks, *others] if is_read_out else clocks)
    answered = asking.now()
    if not is_read_out:
        rest = await asking.items(others)
        said = ItemsSaid(said.read | rest.read, said.missing | rest.missing)
    texts = {item: said.read[item].text for item in clocks if item in said.read}
    shown = shown_in(texts, visit.zone)
    clock = None if shown is None else ClockSeen(shown, asked, answered)
    seen = _seen(visit, said, clock, microseconds(asking.now()))
    fault = _why_unread(visit, said, seen)
    return Face(seen, clock, texts, tuple(SlotEnded(slot, fault) for slot in wanted))


def _seen(visit: MeterVisit, said: ItemsSaid, clock: ClockSeen | None, at_us: int) -> MeterSeen:
    """Put together what was read."""
    registers, relay, status = said.registers(REGISTER_ITEMS), said.relay(), said.status()
    credit_wh, credits_ = said.credit_wh(), said.credits()
    return MeterSeen(
        visit.pan,
        at_us,
        registers,
        status,
        credit_wh,
        credits_,
        relay,
        None if clock is None else clock.off_s,
        tuple((item, str(fault)) for item, fault in said.missing.items()),
    )


def _why_unread(visit: MeterVisit, said: ItemsSaid, seen: MeterSeen) -> ContactFault | None:
    """Say why its registers do not count as read; None where they do."""
    lost = [
        fault
        for item, fault in said.missing.items()
        if fault.why in _LINE or (item in REGISTER_ITEMS and fault.why is not ContactWhy.REFUSED)
    ]
    if lost:
        return lost[0]
    if seen.total_wh is not None:
        return None
    total = next(item for item, register in REGISTER_ITEMS.items() if register == TOTAL)
    return said.missing.get(total) or refused(f"model {visit.model.name} has no item {total}")
