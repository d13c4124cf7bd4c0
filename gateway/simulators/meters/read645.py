"""What stands behind an identifier of DL/T 645-2007 in a house: values for ``Item.encode``.

A tariff or a phase that the meter has not got is no item; a month that it has not lived is a value that it
has not got (None, which is FF on the line).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.simulators.meters import diary
from gateway.simulators.meters.freezing import settles
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.purse import Counts, Purchase, Wallet
from gateway.simulators.meters.rate_sets import SPECIAL_DAYS_MAX
from gateway.simulators.meters.registers import MONTHS_KEPT, Counted
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.tariff_times import DAY_TABLES, TARIFFS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.dlt645.formats import Value
    from gateway.simulators.meters.house import House

#: The format has three bytes of a tenth of a watt, and its top bit is the sign.
POWER_W_MAX: Final = 79_999
ZONES_MAX: Final = 14
SLOTS_MAX: Final = 14
OPENED: Final = 0x68

_BLOCK: Final = "FF"
_WH_PER_UNIT: Final = 10
#: Special days have two digits of their year.
_CENTURY: Final = 1_000_000
_ENERGIES: Final = {"0000", "0001", "0002"}
_NEVER: Final = "0000000000"
_TABLE_SET, _PROGRAMMING, _RELAY_OPEN, _ZONE_SET = 1 << 0, 1 << 3, 1 << 4, 1 << 5
_CLOSINGS, _TRIPS = frozenset({diary.CLOSE}), frozenset({diary.TRIP, diary.USED_UP})


def values_of(house: House, di: str) -> list[Value] | None:
    """Give the values; None for an identifier that this meter has not."""
    exact = _EXACT.get(di)
    if exact is not None:
        return exact(house)
    kind = di[:4]
    if kind in _ENERGIES:
        return _energies(house, di)
    if kind == "0101":
        return _demands(house, di)
    ranged = _RANGED.get(di[:6]) or _RANGED.get(kind)
    return None if ranged is None else ranged(house, di)


def _settled(house: House, di: str) -> list[Counted | None] | None:
    """The registers of now, of one month or of all, as the last byte says."""
    if di[6:] == _BLOCK:
        return [_now(house), *_months(house)]
    place = int(di[6:], 16)
    if place > MONTHS_KEPT:
        return None
    return [_now(house) if place == 0 else _months(house)[place - 1]]


def _now(house: House) -> Counted:
    return house.registers.counted(house.shown)


def _months(house: House) -> list[Counted | None]:
    return [*house.months, *[None] * (MONTHS_KEPT - len(house.months))]


def _energies(house: House, di: str) -> list[Value] | None:
    if di[6:] == "00":  # The most asked for goes the short way.
        return _energy(di, house.registers.tariffs, house.registers.reverse)
    found = _settled(house, di)
    if found is None:
        return None
    values: list[Value] = []
    for counted in found:
        each = _energy(di, counted.tariffs, counted.reverse) if counted else _energy(di, [0] * TARIFFS, 0)
        if each is None:
            return None
        values += each if counted else [None] * len(each)
    return values


def _energy(di: str, tariffs: list[int] | tuple[int, ...], reverse: int) -> list[Value] | None:
    """Hundredths of a kWh. What is given back is not split by tariffs; combined is both together."""
    forward = [0, *tariffs] if di[:4] == "0002" else [sum(tariffs), *tariffs]
    if di[:4] != "0001":
        forward = [reverse + (forward[0] if di[:4] == "0000" else 0), *forward[1:]]
        forward[1:] = [0] * TARIFFS if di[:4] == "0002" else forward[1:]
    units = [wh // _WH_PER_UNIT for wh in forward]
    if di[4:6] == _BLOCK:
        return list(units)
    tariff = int(di[4:6], 16)
    return [units[tariff]] if tariff <= TARIFFS else None


def _demands(house: House, di: str) -> list[Value] | None:
    found = _settled(house, di) if di[4:6] in ("00", _BLOCK) else None
    if found is None:
        return None
    values: list[Value] = []
    for counted in found:
        if counted is None:
            values += [None, None]
        else:
            values += [counted.demand_w * 10, minute_text(counted.demand_at) if counted.demand_at else _NEVER]
    return values


def minute_text(shown: int) -> str:
    """YYMMDDhhmm."""
    return moment_of(shown).strftime("%y%m%d%H%M")


def _second_text(shown: int) -> str:
    return moment_of(shown).strftime("%y%m%d%H%M%S")


def _date(house: House) -> list[Value]:
    moment = moment_of(house.shown)
    return [f"{moment:%y%m%d}{moment.isoweekday() % 7:02d}"]


def _phase(value: Callable[[House], Value]) -> Callable[[House, str], list[Value] | None]:
    """Phase A, or the block of the phases, which in this meter are one."""
    return lambda house, di: [value(house)] if di[4:6] in ("01", _BLOCK) else None


def _sum_or_phase(value: Callable[[House], Value]) -> Callable[[House, str], list[Value] | None]:
    def values(house: House, di: str) -> list[Value] | None:
        count = {"00": 1, "01": 1, _BLOCK: 2}.get(di[4:6])
        return None if count is None else [value(house)] * count

    return values


def _power(house: House) -> Value:
    return house.power_w * 10 if abs(house.power_w) <= POWER_W_MAX else None


def status_words(house: House) -> list[int]:
    """The seven status words; of the third we know the running sets, programming, and the relay."""
    third = _TABLE_SET * house.rates.tables | _ZONE_SET * house.rates.zones | _PROGRAMMING * house.is_unlocked
    if house.relay.state is not RelayState.CLOSED:
        third |= _RELAY_OPEN
    return [0, 0, third, 0, 0, 0, 0]


def _status(house: House, di: str) -> list[Value] | None:
    words = status_words(house)
    if di[6:] == _BLOCK:
        return list(words)
    place = int(di[6:], 16)
    return [words[place - 1]] if 1 <= place <= len(words) else None


def _tables(house: House, di: str) -> list[Value] | None:
    place, number = int(di[2:4], 16) - 1, int(di[6:], 16)
    times = house.rates.sets[place]
    if number == 0:
        return [*(f"{day:04d}{week[0]:02d}" for day, week in times.zones[:ZONES_MAX])]
    if number > DAY_TABLES:
        return None
    slots = times.table(number) or ((0, 1),)
    return [*(f"{minute // 60:02d}{minute % 60:02d}{tariff:02d}" for minute, tariff in slots[:SLOTS_MAX])]


def _switch(at: int | None) -> list[Value]:
    return [_NEVER if at is None else minute_text(at)]


def _special(house: House, di: str) -> list[Value] | None:
    """A special day as YYMMDDNN; a place at which nobody has written one is all zeros."""
    place = int(di[6:], 16) - 1
    if not 0 <= place < SPECIAL_DAYS_MAX:
        return None
    day, table = house.rates.special[place] if place < len(house.rates.special) else (0, 0)
    return [f"{day % _CENTURY:06d}{table:02d}"]


def _of_wallet(counts: Counts, value: Callable[[Wallet], Value]) -> Callable[[House], list[Value] | None]:
    def values(house: House) -> list[Value] | None:
        purse = house.purse
        if not isinstance(purse, Wallet) or purse.terms.counts is not counts:
            return None
        return [value(purse)]

    return values


def _purchases(house: House, di: str) -> list[Value] | None:
    """0332 of a wallet of kWh, 0333 of one of money: the column is DI1, the purchase DI0, 01 the last."""
    purse = house.purse
    wanted = Counts.ENERGY if di[:4] == "0332" else Counts.MONEY
    column, place = _PURCHASE.get(di[4:6]), int(di[6:], 16)
    if column is None or not isinstance(purse, Wallet) or purse.terms.counts is not wanted:
        return None
    if not 1 <= place <= 10:  # noqa: PLR2004 - 01 to 0A
        return None
    if place > len(purse.purchases):
        # Before the first purchase its number is known all the same: what was set with the wallet.
        return [purse.count if (di[4:6], place) == ("02", 1) else None]
    return [column(purse.purchases[place - 1])]


_PURCHASE: Final[dict[str, Callable[[Purchase], Value]]] = {
    "01": lambda each: minute_text(each.at),
    "02": lambda each: each.count,
    "03": lambda each: each.bought,
    "04": lambda each: max(0, each.before),
    "05": lambda each: max(0, each.after),
    "06": lambda each: each.altogether,
}


def _times_of(kinds: frozenset[str]) -> Callable[[House, str], list[Value] | None]:
    def values(house: House, di: str) -> list[Value] | None:
        found = [each.at for each in reversed(house.diary.events) if each.what in kinds]
        place = int(di[6:], 16)
        if not 1 <= place <= 10:  # noqa: PLR2004 - 01 to 0A
            return None
        return [_second_text(found[place - 1]) if place <= len(found) else None]

    return values


def _opened(house: House) -> list[Value] | None:
    if not isinstance(house.purse, Wallet):
        return None
    return [OPENED * house.purse.is_opened] * 2


def _frozen(house: House, di: str) -> list[Value] | None:
    """Copies that *freeze* made: 00 when, 01 forward, 02 reverse; 01 is the last one."""
    place = int(di[6:], 16)
    if not 1 <= place <= len(house.freezes):
        return None
    copy = house.freezes[place - 1]
    if di[4:6] == "00":
        return [minute_text(copy.at)]
    return _energy({"01": "0001FF00", "02": "0002FF00"}[di[4:6]], copy.tariffs, copy.reverse)


_EXACT: Final[dict[str, Callable[[House], list[Value] | None]]] = {
    "02800001": lambda house: [house.current_ma],
    "02800002": lambda _: [5000],
    "02800003": lambda house: [_power(house)],
    "02800004": lambda house: [_power(house)],
    "02800007": lambda _: [250],
    "02800008": lambda _: [360],
    "02FE0501": _opened,
    "00900100": _of_wallet(Counts.ENERGY, lambda wallet: wallet.remaining),
    "00900101": _of_wallet(Counts.ENERGY, lambda wallet: wallet.overdrawn),
    "00900200": _of_wallet(Counts.MONEY, lambda wallet: wallet.remaining),
    "00900201": _of_wallet(Counts.MONEY, lambda wallet: wallet.overdrawn),
    "04000101": _date,
    "04000102": lambda house: [f"{moment_of(house.shown):%H%M%S}"],
    "04000103": lambda house: [house.build.period_min],
    "04000104": lambda house: [house.build.period_min],
    "04000106": lambda house: _switch(house.rates.zones_at),
    "04000107": lambda house: _switch(house.rates.tables_at),
    "04000201": lambda _: [ZONES_MAX],
    "04000202": lambda _: [DAY_TABLES],
    "04000203": lambda _: [SLOTS_MAX],
    "04000204": lambda _: [TARIFFS],
    "04000205": lambda house: [house.rates.special_count],
    "04000401": lambda house: [house.number],
    "04000402": lambda house: [house.number],
    "04000B01": lambda house: [settles(house.notes)],
    "0400040D": lambda _: ["DL/T645-2007"],
    "0400040E": lambda house: [
        house.purse.customer if isinstance(house.purse, Wallet) else house.customer or "0" * 12
    ],
    "04000801": lambda house: [house.rates.weekend[0]],
    "04000802": lambda house: [house.rates.weekend[1]],
    "04FF0405": lambda house: [status_words(house)[2]],
    "03300D00": lambda house: [house.diary.covers],
}
_RANGED: Final[dict[str, Callable[[House, str], list[Value] | None]]] = {
    "0201": _phase(lambda house: house.build.voltage_dv),
    "0202": _phase(lambda house: house.current_ma),
    "0203": _sum_or_phase(_power),
    "0204": _sum_or_phase(lambda _: 0),
    "0205": _sum_or_phase(_power),
    "0206": _sum_or_phase(lambda _: 1000),
    "0332": _purchases,
    "0333": _purchases,
    "040005": _status,
    "040100": _tables,
    "040200": _tables,
    "040300": _special,
    "050100": _frozen,
    "050101": _frozen,
    "050102": _frozen,
    "1D0001": _times_of(_TRIPS),
    "1E0001": _times_of(_CLOSINGS),
}
