"""The special days table of a virtual DLMS meter (class 11): days with a day table of their own, at once.

index, date of five octets (a year of ffff is each year), number of the day table
"""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.codecs.dlms.datum import ARRAY, OCTET_STRING, UINT8, UINT16, Datum, array, octets, structure
from gateway.codecs.dlms.services import Done
from gateway.simulators.meters.rate_sets import SPECIAL_DAYS_MAX
from gateway.simulators.meters.tariff_times import DAY_TABLES
from gateway.simulators.meters.things import OTHER_REASON, TYPE_UNMATCHED, YEARS, Holder, Thing

_EACH_YEAR: Final = 0xFFFF
_ANY: Final = b"\xff"
_ROW, _DATE = 3, 5
#: A leap year: each day that is in some year is in it.
_LEAP: Final = 2000


def _entries(holder: Holder) -> Datum:
    rates = holder.house.rates
    rows = []
    for place, (day, table) in enumerate(rates.special[: rates.special_count]):
        year, within = divmod(day, 10_000)
        said = (year or _EACH_YEAR).to_bytes(2, "big") + bytes((within // 100, within % 100)) + _ANY
        rows.append(structure(Datum(UINT16, place + 1), octets(said), Datum(UINT8, table)))
    return array(*rows)


def _set_entries(holder: Holder, value: Datum) -> int:
    if value.tag != ARRAY or not isinstance(value.value, tuple):
        return TYPE_UNMATCHED
    found = [_entry(row) for row in value.value]
    days = tuple(each for each in found if each is not None)
    if len(days) != len(found) or len(days) > SPECIAL_DAYS_MAX:
        return OTHER_REASON
    holder.house.set_rates(lambda rates: rates.set_special(days))
    return 0


def _insert(holder: Holder, row: Datum | None) -> Done:
    """Add a day; one of the same date is replaced."""
    day = None if row is None else _entry(row)
    rates = holder.house.rates
    others = tuple(each for each in rates.special[: rates.special_count] if day is None or each[0] != day[0])
    if day is None or len(others) >= SPECIAL_DAYS_MAX:
        return Done(OTHER_REASON)
    holder.house.set_rates(lambda rates: rates.set_special((*others, day)))
    return Done(0)


def _delete(holder: Holder, index: Datum | None) -> Done:
    rates = holder.house.rates
    place = index.value if index is not None else None
    if not isinstance(place, int) or not 1 <= place <= rates.special_count:
        return Done(OTHER_REASON)
    left = tuple(each for at, each in enumerate(rates.special[: rates.special_count], 1) if at != place)
    holder.house.set_rates(lambda rates: rates.set_special(left))
    return Done(0)


def _entry(row: Datum) -> tuple[int, int] | None:
    """A day and its table; None for what is none."""
    parts = row.value
    if not isinstance(parts, tuple) or len(parts) != _ROW:
        return None
    said, table = parts[1], parts[2].value
    if said.tag != OCTET_STRING or not isinstance(said.value, bytes) or len(said.value) != _DATE:
        return None
    year, month, day = int.from_bytes(said.value[:2], "big"), said.value[2], said.value[3]
    try:
        date(_LEAP if year == _EACH_YEAR else year, month, day)
    except ValueError:
        return None
    if not isinstance(table, int) or not 1 <= table <= DAY_TABLES or year not in (*YEARS, _EACH_YEAR):
        return None
    return (0 if year == _EACH_YEAR else year) * 10_000 + 100 * month + day, table


SPECIAL_DAYS: Final = Thing({2: _entries}, {2: _set_entries}, {1: _insert, 2: _delete})
