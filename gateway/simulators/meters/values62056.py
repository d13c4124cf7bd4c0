"""What a meter of IEC 62056-21 says of a house: item by item, as texts with units, and its load profile.

1.8.0(000123.456*kWh)      1.6.0(02.100*kW)(26-02-01,19:15)      1.8.0*01(...) last month's
0.1.2*01(26-02-01,00:00) when that ended
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.codecs.iec62056_21.datasets import DataSet, Value
from gateway.simulators.meters.meter_clock import MINUTE_MS, moment_of
from gateway.simulators.meters.purse import Counts, TokenPurse, Wallet
from gateway.simulators.meters.relay import RelayState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gateway.simulators.meters.house import House
    from gateway.simulators.meters.registers import Counted, Row

ROWS_EACH: Final = 32
"""Rows of a load profile in one part of an answer: a thousand characters, as meters cut them."""

MONTHS_SAID: Final = 2
"""Months of a read-out: each adds eight lines, and six seconds at 300 baud."""

#: 96.3.10 says the relay as class 70 of DLMS does.
RELAY_STATES: Final = {RelayState.OPEN: 0, RelayState.CLOSED: 1, RelayState.READY: 2}

_CHANNELS: Final = (("1.5.0", "kW"), ("1.8.0", "kWh"))


def thousandths(number: int, digits: int) -> str:
    """Write thousandths with so many digits before the point.

    >>> thousandths(123456, 6), thousandths(-800, 2)
    ('000123.456', '-00.800')
    """
    whole, rest = divmod(abs(number), 1000)
    return f"{'-' if number < 0 else ''}{whole:0{digits}d}.{rest:03d}"


def set_of(house: House, name: str, address: str) -> DataSet | None:
    """The data set of an item of the model, at the address where the model has it; None: it has not."""
    said = _ITEMS.get(name)
    values = None if said is None else said(house)
    return None if values is None else DataSet(address, values)


def others(house: House) -> Iterator[DataSet]:
    """What a read-out has besides: the last two months' registers, the number again, the cover."""
    for back, month in enumerate(house.months[:MONTHS_SAID], 1):
        yield DataSet(f"0.1.2*{back:02d}", (Value(f"{moment_of(month.at):%y-%m-%d,%H:%M}"),))
        for place, wh in enumerate((month.total, *month.tariffs)):
            yield DataSet(f"1.8.{place}*{back:02d}", (_energy(wh),))
        yield DataSet(f"1.6.0*{back:02d}", _demand(month))
    yield DataSet("C.1.0", (Value(house.number),))
    yield DataSet("96.20.0", (Value(str(house.diary.covers)),))


def _energy(wh: int) -> Value:
    return Value(thousandths(wh, 6), "kWh")


def _demand(counted: Counted) -> tuple[Value, ...]:
    moment = moment_of(counted.demand_at)
    at = f"{moment:%y-%m-%d,%H:%M}" if counted.demand_at else "00-00-00,00:00"
    return (Value(thousandths(counted.demand_w, 2), "kW"), Value(at))


def _credit(house: House) -> tuple[Value, ...] | None:
    purse = house.purse
    if isinstance(purse, TokenPurse):
        return (_energy(purse.sts.credit_wh),)
    if not isinstance(purse, Wallet):
        return None
    sign, (whole, rest) = "-" if purse.balance < 0 else "", divmod(abs(purse.balance), 100)
    unit = "kWh" if purse.terms.counts is Counts.ENERGY else ""
    return (Value(f"{sign}{whole:06d}.{rest:02d}", unit),)


def _tariff(place: int) -> Callable[[House], tuple[Value, ...]]:
    return lambda house: (_energy(house.registers.tariffs[place]),)


_ITEMS: Final[dict[str, Callable[[House], tuple[Value, ...] | None]]] = {
    "number": lambda house: (Value(house.number),),
    "address": lambda house: (Value(house.number),),
    "time": lambda house: (Value(f"{moment_of(house.shown):%H:%M:%S}"),),
    "date": lambda house: (Value(f"{moment_of(house.shown):%y-%m-%d}"),),
    "energy": lambda house: (_energy(house.registers.total),),
    **{f"energy-t{place + 1}": _tariff(place) for place in range(4)},
    "reverse-energy": lambda house: (_energy(house.registers.reverse),),
    "demand": lambda house: _demand(house.registers.counted(house.shown)),
    "voltage": lambda house: (Value(f"{house.build.voltage_dv // 10}.{house.build.voltage_dv % 10}", "V"),),
    "current": lambda house: (Value(thousandths(house.current_ma, 2), "A"),),
    "power": lambda house: (Value(thousandths(house.power_w, 2), "kW"),),
    "frequency": lambda _: (Value("50.00", "Hz"),),
    "relay": lambda house: (Value(str(RELAY_STATES[house.relay.state])),),
    "credit": _credit,
}


def profile_parts(house: House, address: str, rows: Iterable[Row]) -> list[str]:
    """The rows as blocks of text, each with a head where one is due; none where there are no rows."""
    period_min = house.build.period_min
    parts: list[str] = []
    lines: list[str] = []
    last: Row | None = None
    for count, row in enumerate(rows):
        if count and count % ROWS_EACH == 0:
            parts.append("".join(lines))
            lines = []
        is_next = (
            last is not None and row.at == last.at + period_min * MINUTE_MS and row.status == last.status
        )
        if not is_next:
            lines.append(_head(address, row, period_min))
        lines.append(f"({thousandths(row.mean_w, 2)})({thousandths(row.total_wh, 6)})\r\n")
        last = row
    return [*parts, "".join(lines)] if lines else parts


def _head(address: str, row: Row, period_min: int) -> str:
    """The first row's time in standard time (0), status, period, and the channels."""
    channels = "".join(f"({name})({unit})" for name, unit in _CHANNELS)
    stamp = f"0{moment_of(row.at):%y%m%d%H%M%S}"
    return f"{address}({stamp})({row.status:02X})({period_min})({len(_CHANNELS)}){channels}\r\n"
