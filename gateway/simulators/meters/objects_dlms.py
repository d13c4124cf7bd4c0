"""The objects of a virtual DLMS meter by class and name, over its house: registers, clock, relay and more.

Where the model has an item elsewhere than others, the object is there. What a meter without a wallet has not,
it has not: ``object-undefined``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from gateway.codecs.dlms.classes import target
from gateway.codecs.dlms.datum import (
    BOOLEAN,
    ENUM,
    INT8,
    INT16,
    INT32,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Datum,
    array,
    octets,
    structure,
)
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.dlms.services import Done, Target
from gateway.simulators.meters.calendar_dlms import CALENDAR
from gateway.simulators.meters.meter_clock import MINUTE_MS, SECOND_MS, moment_of
from gateway.simulators.meters.payment_dlms import ACCOUNT, CHARGE, CREDIT, TOKEN_GATEWAY
from gateway.simulators.meters.profile_dlms import EVENT_LOG, LOAD_PROFILE, MONTHS
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.special_days_dlms import SPECIAL_DAYS
from gateway.simulators.meters.things import (
    CLASS_INCONSISTENT,
    DENIED,
    NO_MOMENT,
    OTHER_REASON,
    TEMPORARY,
    TYPE_UNMATCHED,
    UNDEFINED,
    YEARS,
    Holder,
    Thing,
    fault,
    moment_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.codecs.dlms.services import Asked, Result
    from gateway.codecs.meter_model.model import DlmsWords, MeterModel
    from gateway.simulators.meters.house import House

#: Units of IEC 62056-6-2, table 4.
WATT, WATT_HOUR, AMPERE, VOLT, HERTZ = 27, 30, 33, 35, 44
RELAY_STATES: Final = {RelayState.OPEN: 0, RelayState.CLOSED: 1, RelayState.READY: 2}
#: Modes of class 70 in which the meter may be switched from afar: some close it, some permit closing.
CLOSING_MODES: Final = frozenset({2, 4})
MODES_MAX: Final = 6

#: The class whose version is 1, of those that are here.
_PROFILE: Final = 7
_UINT32_MAX: Final = 0xFFFF_FFFF
_QUARTER_MS: Final = 15 * MINUTE_MS


def _value(value: Callable[[House], Datum]) -> Thing:
    return Thing({2: lambda holder: value(holder.house)})


def _register(value: Callable[[House], Datum], scaler: int, unit: int) -> Thing:
    scaled = structure(Datum(INT8, scaler), Datum(ENUM, unit))
    return Thing({2: lambda holder: value(holder.house), 3: lambda _: scaled})


def _energy(wh: Callable[[House], int]) -> Thing:
    def value(house: House) -> Datum:
        found = wh(house)
        return Datum(UINT32 if found <= _UINT32_MAX else UINT64, found)

    return _register(value, 0, WATT_HOUR)


def _tariff(place: int) -> Thing:
    return _energy(lambda house: house.registers.tariffs[place])


def _local(holder: Holder, shown: int) -> bytes:
    moment = moment_of(shown).replace(tzinfo=holder.house.clock.zone)
    return write_moment(moment, with_deviation=holder.words.moments_with_deviation)


def _demand() -> Thing:
    scaled = structure(Datum(INT8, 0), Datum(ENUM, WATT))

    def at(holder: Holder) -> Datum:
        shown = holder.house.registers.demand_at
        return octets(_local(holder, shown) if shown else NO_MOMENT)

    return Thing({
        2: lambda holder: Datum(UINT32, holder.house.registers.demand_w),
        3: lambda _: scaled,
        4: lambda _: Datum(UINT8, 0),
        5: at,
    })  # fmt: skip


def _set_clock(holder: Holder, value: Datum) -> int:
    shown = moment_in(holder, value)
    if shown is None:
        return TYPE_UNMATCHED
    holder.house.set_clock(shown)
    return 0


def _adjusted(step_ms: int) -> Callable[[Holder, Datum | None], Done]:
    """Set the clock to the nearest quarter or minute."""

    def act(holder: Holder, _: Datum | None) -> Done:
        house = holder.house
        house.set_clock((house.shown + step_ms // 2) // step_ms * step_ms)
        return Done(0)

    return act


def _shifted(holder: Holder, parameter: Datum | None) -> Done:
    if parameter is None or parameter.tag != INT16 or not isinstance(parameter.value, int):
        return Done(TYPE_UNMATCHED)
    shown = holder.house.shown + parameter.value * SECOND_MS
    if moment_of(shown).year not in YEARS:
        return Done(OTHER_REASON)
    holder.house.set_clock(shown)
    return Done(0)


CLOCK: Final = Thing(
    {
        2: lambda holder: octets(_local(holder, holder.house.shown)),
        # Like the deviation in a moment: minutes from local time to UTC.
        3: lambda holder: Datum(INT16, -holder.house.clock.utc_offset_min),
        4: lambda _: Datum(UINT8, 0),
        5: lambda _: octets(NO_MOMENT),
        6: lambda _: octets(NO_MOMENT),
        7: lambda _: Datum(INT8, 0),
        8: lambda _: Datum(BOOLEAN, value=False),
        9: lambda _: Datum(ENUM, 1),
    },
    {2: _set_clock},
    {1: _adjusted(_QUARTER_MS), 3: _adjusted(MINUTE_MS), 6: _shifted},
)


def _disconnect(holder: Holder, _: Datum | None) -> Done:
    relay = holder.house.relay
    if relay.mode == 0:
        return Done(DENIED)
    return Done(0 if holder.house.order(RelayState.OPEN) is None else TEMPORARY)


def _reconnect(holder: Holder, _: Datum | None) -> Done:
    mode = holder.house.relay.mode
    if mode == 0:
        return Done(DENIED)
    holder.house.order(RelayState.CLOSED if mode in CLOSING_MODES else RelayState.READY)
    return Done(0)


def _set_mode(holder: Holder, value: Datum) -> int:
    if value.tag != ENUM or not isinstance(value.value, int) or value.value > MODES_MAX:
        return TYPE_UNMATCHED
    holder.house.relay.mode = value.value
    holder.house.changes += 1
    return 0


DISCONNECT: Final = Thing(
    {
        2: lambda holder: Datum(BOOLEAN, holder.house.relay.is_closed),
        3: lambda holder: Datum(ENUM, RELAY_STATES[holder.house.relay.state]),
        4: lambda holder: Datum(ENUM, holder.house.relay.mode),
    },
    {4: _set_mode},
    {1: _disconnect, 2: _reconnect},
)

NAME: Final = _value(lambda house: octets(f"PWS{house.number}".encode("ascii")))
#: The last counter that the meter has heard of its client: read by the public client before associating.
COUNTER: Final = _value(lambda house: Datum(UINT32, max(0, house.heard)))
_VOLTAGE: Final = _register(lambda house: Datum(UINT16, house.build.voltage_dv), -1, VOLT)
_COVER: Final = _value(lambda house: Datum(UINT32, house.diary.covers))

#: Item of a model → its object.
_ITEMS: Final[dict[str, Thing]] = {
    "number": NAME,
    "clock": CLOCK,
    "energy": _energy(lambda house: house.registers.total),
    **{f"energy-t{place + 1}": _tariff(place) for place in range(4)},
    "reverse-energy": _energy(lambda house: house.registers.reverse),
    "demand": _demand(),
    "voltage": _VOLTAGE,
    "current": _register(lambda house: Datum(UINT32, house.current_ma), -3, AMPERE),
    "power": _register(lambda house: Datum(INT32, house.power_w), 0, WATT),
    "frequency": _register(lambda _: Datum(UINT16, 5000), -2, HERTZ),
    "relay": DISCONNECT,
    "profile": LOAD_PROFILE,
    "credit": CREDIT,
    "account": ACCOUNT,
    "token-status": TOKEN_GATEWAY,
}
#: What such a meter has besides, at its usual place.
_BESIDES: Final = {
    (1, "0-0:43.1.0.255"): COUNTER,
    (1, "0-0:96.1.0.255"): _value(lambda house: octets(house.number.encode("ascii"))),
    (1, "0-0:96.20.0.255"): _COVER,
    (4, "1-0:1.6.0.255"): _ITEMS["demand"],
    (7, "0-0:98.1.0.255"): MONTHS,
    (7, "0-0:99.98.0.255"): EVENT_LOG,
    (11, "0-0:11.0.0.255"): SPECIAL_DAYS,
    (20, "0-0:13.0.0.255"): CALENDAR,
    (113, "0-0:19.20.0.255"): CHARGE,
}
_PUBLIC: Final = (NAME, COUNTER, CLOCK)

Catalogue = dict[tuple[int, bytes], Thing]


@cache
def _catalogue(places: tuple[tuple[str, int, str], ...], gateway: str) -> Catalogue:
    found = {(number, Target.of(number, name, 1).name): thing for (number, name), thing in _BESIDES.items()}
    for item, class_id, at in places:
        thing = _ITEMS.get(item)
        if thing is not None:
            found[class_id, Target.of(class_id, at, 1).name] = thing
    found[115, Target.of(115, gateway, 1).name] = TOKEN_GATEWAY
    return found


def catalogue_of(model: MeterModel) -> Catalogue:
    """The objects of a model."""
    places = tuple((name, item.class_id, item.at) for name, item in model.items.items())
    return _catalogue(places, model.dlms.token_gateway)


class HouseObjects:
    """What a client may reach of a house. ``is_public``: name, clock and counter, and nothing to change."""

    __slots__ = ("_is_public", "_things", "house", "words")

    def __init__(self, house: House, model: MeterModel, *, is_public: bool = False) -> None:
        self.house = house
        self.words: DlmsWords = model.dlms
        self._things: Mapping[tuple[int, bytes], Thing] = catalogue_of(model)
        self._is_public = is_public

    def get(self, asked: Asked) -> Result:
        """Read an attribute, or the part of it that is selected."""
        where = asked.target
        if (where.class_id, where.name, where.index) == _OBJECT_LIST:
            return fault(DENIED) if self._is_public else self._object_list()
        thing = self._things.get((where.class_id, where.name))
        if thing is None:
            return fault(self._missing(where))
        if self._is_public and not any(thing is each for each in _PUBLIC):
            return fault(DENIED)
        if where.index == 1:
            return octets(where.name)
        read = thing.get.get(where.index)
        if read is None:
            return fault(DENIED)
        if asked.selection is not None:
            return fault(DENIED) if thing.select is None else thing.select(self, asked.selection)
        return read(self)

    def set(self, asked: Asked, value: Datum) -> int:
        """Write an attribute; 0 is success."""
        where = asked.target
        thing = self._things.get((where.class_id, where.name))
        if thing is None:
            return self._missing(where)
        write = thing.set.get(where.index)
        return DENIED if write is None or self._is_public else write(self, value)

    def act(self, method: Target, parameter: Datum | None) -> Done:
        """Do a method."""
        thing = self._things.get((method.class_id, method.name))
        if thing is None:
            return Done(self._missing(method))
        do = thing.act.get(method.index)
        return Done(DENIED) if do is None or self._is_public else do(self, parameter)

    def _missing(self, where: Target) -> int:
        has_name = any(name == where.name for _, name in self._things)
        return CLASS_INCONSISTENT if has_name else UNDEFINED

    def _object_list(self) -> Datum:
        """Class, version and name of each object; rights are left out, as small meters do."""
        rights = structure(array(), array())
        return array(
            *(
                structure(
                    Datum(UINT16, class_id), Datum(UINT8, int(class_id == _PROFILE)), octets(name), rights
                )
                for class_id, name in sorted(self._things)
            )
        )


_LIST: Final = target("association", "object_list")
_OBJECT_LIST: Final = (_LIST.class_id, _LIST.name, _LIST.index)
