"""What can be written into a meter of DL/T 645-2007, and what that does to the house; with its error word."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlt645.answering import NO_SUCH_ITEM, OTHER
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.formats import Quantity
from gateway.codecs.dlt645.timetable import (
    ROWS_MAX,
    TABLES_MAX,
    DaySlot,
    YearZone,
    read_day_slots,
    read_year_zones,
)
from gateway.simulators.meters.meter_clock import DAY_MS, SECOND_MS, shown_of
from gateway.simulators.meters.rate_sets import SPECIAL_DAYS_MAX, RateSets
from gateway.simulators.meters.tariff_times import TARIFFS, same_all_week

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.dlt645.items import Item, Items
    from gateway.simulators.meters.house import House

DONE: Final = 0
#: Bits of the error word (DL/T 645-2007, annex B) beside *other* and *no such item*.
TOO_MANY_ZONES, TOO_MANY_SLOTS, TOO_MANY_TARIFFS = 1 << 4, 1 << 5, 1 << 6

_CENTURY: Final = 2000
#: Settings that a meter keeps and says again; of them nothing else comes here.
_NOTES: Final = frozenset({
    "04000105", "04000403", "0400040B", "0400040C", "04000601", "04000602", "04000603", "04000901",
    "04000A01", "04000A02", "04000B01", "04000B02", "04000B03",
})  # fmt: skip
_PASSWORDS: Final = "04000C"
_SPECIAL: Final = "0403"
_RATES: Final = frozenset({"0401", "0402", _SPECIAL})


def written(house: House, items: Items, di: str, content: bytes) -> int:
    """Write, and give the error word: 0 is done."""
    if di not in _NOTES and di not in _EXACT and di[:4] not in _RATES:
        return NO_SUCH_ITEM
    try:
        item = items.find(di)
    except ValueFault:
        return NO_SUCH_ITEM
    values = _values(item, content)
    if values is None:
        return OTHER
    if di in _NOTES:
        house.notes = {**(house.notes or {}), di: content}
        house.changes += 1
        return DONE
    if di in _EXACT:
        return _EXACT[di](house, values[0])
    return _special(house, di, values[0]) if di[:4] == _SPECIAL else _tables(house, di, values)


def noted(house: House, di: str) -> bytes | None:
    """Give back what was written of a setting that has no effect here."""
    return None if house.notes is None else house.notes.get(di)


def is_password_item(di: str) -> bool:
    """Passwords are changed by a function of their own, and never read."""
    return di.startswith(_PASSWORDS)


def _values(item: Item, content: bytes) -> list[str] | None:
    """The values as digits; None where the content is not of the item's format."""
    try:
        values = [field.value for field in item.decode(content)]
    except PeerFault:
        return None
    return ["" if each is None else each.text if isinstance(each, Quantity) else str(each) for each in values]


def _date(house: House, digits: str) -> int:
    year, month, day = (int(digits[place : place + 2]) for place in (0, 2, 4))
    try:
        moment = datetime(_CENTURY + year, month, day)  # noqa: DTZ001 - the display has no zone
    except ValueError:
        return OTHER
    house.set_clock(shown_of(moment) + house.shown % DAY_MS)
    return DONE


def _time(house: House, digits: str) -> int:
    hour, minute, second = (int(digits[place : place + 2]) for place in (0, 2, 4))
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - a time of day
        return OTHER
    house.set_clock(house.shown - house.shown % DAY_MS + (3600 * hour + 60 * minute + second) * SECOND_MS)
    return DONE


def _zones_switch(house: House, digits: str) -> int:
    return _switch(house, digits, RateSets.begin_zones_at)


def _tables_switch(house: House, digits: str) -> int:
    return _switch(house, digits, RateSets.begin_tables_at)


def _switch(house: House, digits: str, ordered: Callable[[RateSets, int | None], None]) -> int:
    """YYMMDDhhmm; all zeros: never. A moment that is past does nothing."""
    house.update()
    if not digits.strip("0"):
        house.set_rates(lambda rates: ordered(rates, None))
        return DONE
    year, month, day, hour, minute = (int(digits[place : place + 2]) for place in range(0, 10, 2))
    try:
        moment = datetime(_CENTURY + year, month, day, hour, minute)  # noqa: DTZ001 - likewise
    except ValueError:
        return OTHER
    if shown_of(moment) > house.shown:
        house.set_rates(lambda rates: ordered(rates, shown_of(moment)))
    return DONE


def _special_count(house: House, text: str) -> int:
    if not text or int(text) > SPECIAL_DAYS_MAX:
        return OTHER
    house.set_rates(lambda rates: rates.count_special(int(text)))
    return DONE


def _special(house: House, di: str, digits: str) -> int:
    """YYMMDDNN; all zeros: no day."""
    place, table = int(di[6:], 16) - 1, int(digits[6:])
    day = 0
    if digits.strip("0"):
        try:
            found = date(_CENTURY + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
        except ValueError:
            return OTHER
        if not 1 <= table <= TABLES_MAX:
            return OTHER
        day = int(f"{found:%Y%m%d}")
    house.set_rates(lambda rates: rates.write_special(place, day, table))
    return DONE


def _workdays(house: House, word: str) -> int:
    house.set_rates(lambda rates: rates.set_weekend(int(word), rates.weekend[1]))
    return DONE


def _weekend_table(house: House, text: str) -> int:
    if not text or not 1 <= int(text) <= TABLES_MAX:
        return OTHER
    house.set_rates(lambda rates: rates.set_weekend(rates.weekend[0], int(text)))
    return DONE


def _count_up_to(most: int, bit: int) -> Callable[[House, str], int]:
    """A number of zones, slots or tariffs: this meter has a fixed number of each, and fewer may be used."""
    return lambda _, text: DONE if text and 0 < int(text) <= most else bit


def _number(house: House, digits: str) -> int:
    house.number = digits
    house.changes += 1
    return DONE


def _customer(house: House, digits: str) -> int:
    house.customer = digits
    house.changes += 1
    return DONE


def _tables(house: House, di: str, values: list[str]) -> int:
    place, number = int(di[2:4], 16) - 1, int(di[6:], 16)
    times = house.rates.sets[place]
    try:
        if number == 0:
            zones = read_year_zones(values)
            rows = tuple(
                (100 * each.month + each.day, same_all_week(each.table)) for each in _in_order(zones)
            )
            house.set_rates(lambda rates: rates.write(times.with_zones(rows), place))
            return DONE
        if number > TABLES_MAX:
            return NO_SUCH_ITEM
        slots = read_day_slots(values)
    except PeerFault:
        return OTHER
    if len(slots) > ROWS_MAX:
        return TOO_MANY_SLOTS
    if any(each.tariff > TARIFFS for each in slots):
        return TOO_MANY_TARIFFS
    table = tuple((each.minute, each.tariff) for each in _slots_in_order(slots))
    house.set_rates(lambda rates: rates.write(times.with_table(number, table), place))
    return DONE


def _in_order(zones: list[YearZone]) -> list[YearZone]:
    """Rows that say the last one again fill a table up: each counts once."""
    return sorted(set(zones))


def _slots_in_order(slots: list[DaySlot]) -> list[DaySlot]:
    return sorted(set(slots))


_EXACT: Final[dict[str, Callable[[House, str], int]]] = {
    "04000101": _date,
    "04000102": _time,
    "04000106": _zones_switch,
    "04000107": _tables_switch,
    "04000201": _count_up_to(ROWS_MAX, TOO_MANY_ZONES),
    "04000202": _count_up_to(TABLES_MAX, OTHER),
    "04000203": _count_up_to(ROWS_MAX, TOO_MANY_SLOTS),
    "04000204": _count_up_to(TARIFFS, TOO_MANY_TARIFFS),
    "04000205": _special_count,
    "04000401": _number,
    "0400040E": _customer,
    "04000801": _workdays,
    "04000802": _weekend_table,
}
