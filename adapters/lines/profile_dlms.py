"""Load profiles of DLMS: their columns once, then the rows between two moments (IEC 62056-6-2, 4.3.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.lines.items_dlms import captured_in, named
from adapters.lines.profile import part_of
from gateway.codecs.dlms.datum import ARRAY, NULL, STRUCTURE, Datum, octets
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.dlms.selection import by_range
from gateway.codecs.dlms.services import Target
from gateway.core.contact import ContactFault, ContactWhy, ItemRead, ProfileRow

if TYPE_CHECKING:
    from adapters.lines.items_dlms import Attribute
    from adapters.lines.reading_dlms import Reading
    from adapters.lines.text_dlms import Scale
    from gateway.codecs.meter_model.model import MeterModel

_BUFFER, _COLUMNS, _PERIOD = 2, 3, 4
_ZERO: Final = timedelta()


class ProfileDlms:
    """One profile, in an association that is open."""

    def __init__(self, reading: Reading, target: Target, model: MeterModel) -> None:
        self._reading = reading
        self._at = target
        self._model = model
        self._columns: list[tuple[Attribute, Scale | None]] = []
        self._period_s = 0
        self._clock = 0

    async def prepare(self) -> None:
        """Read what its columns are, and how far apart its rows."""
        columns, period = (Target(self._at.class_id, self._at.name, index) for index in (_COLUMNS, _PERIOD))
        captured = [named(each, self._model) for each in captured_in(await self._reading.one(columns))]
        self._columns = [(one, await self._scale_of(one)) for one in captured]
        found = (await self._reading.one(period)).value
        self._period_s = found if type(found) is int and found > 0 else 0
        self._clock = next((place for place, one in enumerate(captured) if one.is_moment), -1)
        if self._clock < 0:
            raise ContactFault(ContactWhy.GARBLED, "the profile has no clock among its columns")

    async def _scale_of(self, column: Attribute) -> Scale | None:
        """Read what a column counts in; a register that is in profiles only does not say it: None."""
        try:
            return (await self._reading.scales([column]))[0]
        except ContactFault as fault:
            if fault.why is not ContactWhy.REFUSED:
                raise
        return None

    def part(self) -> timedelta:
        """Say how much to ask for at once."""
        return part_of(self._period_s)

    async def rows(self, begins: datetime, ends: datetime) -> list[ProfileRow]:
        """Read the rows between two moments, both included."""
        has_deviation = self._model.dlms.moments_with_deviation
        first, last = (octets(write_moment(at, with_deviation=has_deviation)) for at in (begins, ends))
        clock = self._columns[self._clock][0].target
        buffer = Target(self._at.class_id, self._at.name, _BUFFER)
        found = await self._reading.one(buffer, by_range(first, last, sorted_by=clock))
        if found.tag != ARRAY or not isinstance(found.value, tuple):
            raise ContactFault(ContactWhy.GARBLED, "the profile is no array of rows")
        rows: list[ProfileRow] = []
        before: list[Datum] = []
        for row in found.value:
            before = self._whole(row, before)
            rows.append(self._row(before, rows))
        return rows

    def _whole(self, row: Datum, before: list[Datum]) -> list[Datum]:
        """Give a row's values; a meter leaves out (null-data) what is as in the row before."""
        parts = row.value if row.tag == STRUCTURE and isinstance(row.value, tuple) else ()
        if len(parts) != len(self._columns):
            said = f"a row of the profile has {len(parts)} values, {len(self._columns)} columns are announced"
            raise ContactFault(ContactWhy.GARBLED, said)
        is_same = [part.tag == NULL and bool(before) for part in parts]
        whole = [
            old if same else part for part, old, same in zip(parts, before or parts, is_same, strict=True)
        ]
        # The clock is left out where it has gone on by a period, and not where it stands.
        whole[self._clock] = parts[self._clock]
        return whole

    def _row(self, parts: list[Datum], before: list[ProfileRow]) -> ProfileRow:
        values = tuple(
            one.show(part, scale)
            for place, (part, (one, scale)) in enumerate(zip(parts, self._columns, strict=True))
            if place != self._clock
        )
        if parts[self._clock].tag == NULL and before and self._period_s:
            at = datetime.fromisoformat(before[-1].moment) + timedelta(seconds=self._period_s)
            return ProfileRow(at.isoformat(), values)
        moment: ItemRead = self._columns[self._clock][0].show(parts[self._clock], None)
        if parts[self._clock].tag == NULL:
            raise ContactFault(ContactWhy.GARBLED, "a row of the profile has no moment")
        return ProfileRow(moment.text, values)
