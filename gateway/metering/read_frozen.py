"""Read what a meter has frozen at the end of a month, for the moments that are wanted.

    it keeps a profile of months (DLMS)         the row of that very moment
    it says the moment of each copy             the copy whose moment it is: the last one, or that before
    it settles on a day and hour (DL/T 645)     likewise; the moments follow from its own clock

A meter that froze another moment gives none: the slot stays open, with both moments as its reason.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.fitting import TOTAL
from gateway.core.frozen_month import COPIES, MONTHS, SETTLES, SETTLING_S, settled_at, stamp_of
from gateway.core.meter_items import REGISTER_ITEMS, ItemsSaid, by_name
from gateway.core.meter_seen import FrozenReading
from gateway.core.profile_day import moment_text
from gateway.core.reading_plan import Wants
from gateway.core.timeline import microseconds
from gateway.metering.visit import SlotEnded, refused

if TYPE_CHECKING:
    from gateway.core.frozen_month import Copy
    from gateway.metering.read_registers import Face
    from gateway.metering.visit import Asking, MeterVisit, VisitSlot


async def read_frozen(
    visit: MeterVisit, asking: Asking, face: Face
) -> tuple[tuple[FrozenReading, ...], tuple[SlotEnded, ...]]:
    """Give what was frozen at the moments that are wanted, and what became of each."""
    months = _Months(visit, asking, face)
    await months.read()
    return tuple(months.frozen), tuple(months.slots)


class _Months:
    """What has come of the slots so far."""

    def __init__(self, visit: MeterVisit, asking: Asking, face: Face) -> None:
        self._visit = visit
        self._asking = asking
        self._clock = face.clock
        self._open = list(visit.of(Wants.FROZEN))
        self._fault: ContactFault | None = None
        self.frozen: list[FrozenReading] = []
        self.slots: list[SlotEnded] = []

    async def read(self) -> None:
        """Read them all, or have a reason for each."""
        if MONTHS in self._visit.model.items:
            for slot in tuple(self._open):
                await self._month(slot)
        else:
            for copy in COPIES:
                if self._open and self._visit.has(list(copy.registers)):
                    await self._copy(copy)
        no_months = refused(f"model {self._visit.model.name} names no frozen months")
        self.slots += [SlotEnded(slot, self._fault or no_months) for slot in self._open]

    async def _month(self, slot: VisitSlot) -> None:
        """Find a moment among the rows of a profile."""
        at = datetime.fromtimestamp(slot.at_s, self._visit.zone)
        found = await self._asking.profile(at, at, MONTHS)
        rows = [row for row in found.rows if self._is_at(row.moment, at)]
        if not rows:
            none = refused(f"the meter has frozen nothing for {at:%Y-%m-%d %H:%M}")
            self._end(slot, found.fault or none)
            return
        self._keep(slot, ItemsSaid(by_name(rows[0].values)), REGISTER_ITEMS)

    async def _copy(self, copy: Copy) -> None:
        """Read a copy, where it may be one that is wanted."""
        at_item = copy.at_item if copy.at_item in self._visit.model.items else SETTLES
        said = await self._asking.items(self._visit.has([at_item, *copy.registers]))
        at_s = self._moment_of(at_item, copy, said)
        if isinstance(at_s, ContactFault):
            self._fault = self._fault or at_s
            return
        for slot in [one for one in self._open if one.at_s == at_s]:
            self._keep(slot, said, copy.registers)
        froze = moment_text(at_s, self._visit.zone)
        self._fault = self._fault or refused(f"the meter froze another moment: {froze}")

    def _moment_of(self, at_item: str, copy: Copy, said: ItemsSaid) -> int | ContactFault:
        """Give the moment of a copy, or why it is not known."""
        if at_item not in said.read:
            missing = refused(f"model {self._visit.model.name} does not say when it freezes")
            return said.missing.get(at_item, missing)
        text = said.read[at_item].text
        if at_item != SETTLES:
            at = stamp_of(text, self._visit.zone)
            return int(at.timestamp()) if at else ContactFault(ContactWhy.GARBLED, f"{at_item}: no moment")
        return self._settled(text, copy.back)

    def _settled(self, ddhh: str, back: int) -> int | ContactFault:
        """Give the moment of a settlement, by the meter's clock before and after its copies were read."""
        clock = self._clock
        if clock is None:
            return ContactFault(ContactWhy.GARBLED, "its clock is not known, so neither what it froze last")
        gone = self._asking.now().astimezone(UTC) - clock.asked.astimezone(UTC)
        shown = [clock.shown.astimezone(self._visit.zone) + wait
                 for wait in (timedelta(), gone + timedelta(seconds=SETTLING_S))]  # fmt: skip
        moments = {settled_at(ddhh, at, back) for at in shown}
        at = moments.pop()
        if at is None:
            return ContactFault(ContactWhy.GARBLED, f"{SETTLES}: {ddhh[:8]!r} is no day and hour")
        return (
            refused("the meter settles just now: its copies may change places")
            if moments
            else int(at.timestamp())
        )

    def _keep(self, slot: VisitSlot, said: ItemsSaid, names: dict[str, str]) -> None:
        """Keep a copy of the moment that is wanted; whole, or what was read of it."""
        registers = said.registers(names)
        has_total = TOTAL in dict(registers)
        if has_total:
            read_us = microseconds(self._asking.now())
            self.frozen.append(FrozenReading(self._visit.pan, slot.at_s, registers, read_us))
        # A tariff that the meter has not got is no loss.
        lost = [
            said.missing[item]
            for item, register in names.items()
            if item in said.missing
            and (register == TOTAL or said.missing[item].why is not ContactWhy.REFUSED)
        ]
        no_total = None if has_total else ContactFault(ContactWhy.GARBLED, "what it froze has no total")
        self._end(slot, lost[0] if lost else no_total)

    def _end(self, slot: VisitSlot, fault: ContactFault | None) -> None:
        self._open.remove(slot)
        self.slots.append(SlotEnded(slot, fault))

    def _is_at(self, moment: str, at: datetime) -> bool:
        try:
            found = datetime.fromisoformat(moment)
        except ValueError:
            return False
        return (found if found.tzinfo else found.replace(tzinfo=self._visit.zone)) == at
