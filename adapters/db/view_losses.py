"""Measured places of the network, and the meters below each with what they froze."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select

from adapters.db import tables as t
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.fitting import TOTAL, Ratio, multiplied_by
from gateway.core.line_loss import MeterSpan
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState
from gateway.core.views_losses import LOSS_METERS_MAX, MeasuredPlace
from gateway.ports import TakesTooLong

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from gateway.core.views_losses import FrozenMoments, LossMeters, MeasuredPlaces

_w, _n, _p, _f = t.meter_way.c, t.network_place.c, t.supply_point.c, t.fitting.c
_BEGIN, _END = t.frozen_reading.alias("at_begin"), t.frozen_reading.alias("at_end")
_BELOW: Final = {
    NetworkKind.AREA: _p.area,
    NetworkKind.FEEDER: _p.feeder,
    NetworkKind.TRANSFORMER: _p.transformer,
}


def _places(query: MeasuredPlaces) -> Select[Any]:
    measured = select(_n.code, _n.kind, _n.name, func.count()).join(t.meter_way, _w.measures == _n.code)
    if query.codes is not None:
        measured = measured.where(_n.code.in_(query.codes))
    if query.within is not None:
        # An area, its feeders, and their transformers: nothing lies deeper.
        parts = select(t.network_place.c.code).where(t.network_place.c.parent == query.within)
        at = query.within
        measured = measured.where(or_(_n.code == at, _n.parent == at, _n.parent.in_(parts)))
    return measured.group_by(_n.code, _n.kind, _n.name).order_by(_n.code)


def _measured(connection: Connection, query: MeasuredPlaces) -> list[MeasuredPlace]:
    return [
        MeasuredPlace(code, NetworkKind(kind), name, meters)
        for code, kind, name, meters in connection.execute(_places(query))
    ]


def _measured_count(connection: Connection, query: MeasuredPlaces) -> int:
    return len(_measured(connection, query))


def _feeders(query: LossMeters) -> Select[Any]:
    ends = (
        select(_w.pan, _w.multiplier, _BEGIN.c.registers, _END.c.registers)
        .outerjoin(_BEGIN, and_(_BEGIN.c.pan == _w.pan, _BEGIN.c.at_s == query.begin_s))
        .outerjoin(_END, and_(_END.c.pan == _w.pan, _END.c.at_s == query.end_s))
    )
    return ends.where(_w.measures == query.place).order_by(_w.pan)


def _customers(query: LossMeters) -> Select[Any]:
    ends = (
        select(_p.pan, _f.current, _f.voltage, _BEGIN.c.registers, _END.c.registers)
        .outerjoin(t.fitting, _f.pan == _p.pan)
        .outerjoin(_BEGIN, and_(_BEGIN.c.pan == _p.pan, _BEGIN.c.at_s == query.begin_s))
        .outerjoin(_END, and_(_END.c.pan == _p.pan, _END.c.at_s == query.end_s))
    )
    # A point that is waiting for its meter has none.
    below = (_BELOW[query.kind] == query.place, _p.state == PointState.ACTIVE.value, _p.pan != "")
    return ends.where(*below).order_by(_p.pan).limit(LOSS_METERS_MAX + 1)


def _meters(connection: Connection, query: LossMeters) -> list[MeterSpan]:
    feeders = [
        MeterSpan(pan, Fraction(multiplier), _total(begin), _total(end), is_feeder=True)
        for pan, multiplier, begin, end in connection.execute(_feeders(query))
    ]
    customers = [
        MeterSpan(pan, _multiplier(current, voltage), _total(begin), _total(end), is_feeder=False)
        for pan, current, voltage, begin, end in connection.execute(_customers(query))
    ]
    if len(customers) > LOSS_METERS_MAX:
        # A sum of a part of them would be no loss.
        raise TakesTooLong
    return feeders + customers


def _meter_count(connection: Connection, query: LossMeters) -> int:
    return len(_meters(connection, query))


def _moments(query: FrozenMoments) -> Select[Any]:
    # Outer, so that it begins with the few meters of places, and not with all that was ever frozen.
    at_s, which = t.frozen_reading.c.at_s, t.frozen_reading.c.pan == _w.pan
    moments = select(at_s).distinct().select_from(t.meter_way.outerjoin(t.frozen_reading, which))
    return moments.where(_w.measures > "" if query.place is None else _w.measures == query.place)


def _frozen(connection: Connection, query: FrozenMoments) -> list[int]:
    found = {at_s for at_s in connection.execute(_moments(query)).scalars() if at_s is not None}
    return sorted(found, reverse=True)[: query.limit]


def _frozen_count(connection: Connection, query: FrozenMoments) -> int:
    return len(_frozen(connection, query))


def _total(registers: str | None) -> int | None:
    return None if registers is None else dict(json.loads(registers)).get(TOTAL)


def _multiplier(current: str | None, voltage: str | None) -> Fraction:
    """Give a meter's multiplier; one whose fitting was not entered has none before it."""
    if current is None or voltage is None:
        return Fraction(1)
    return multiplied_by(Ratio(*json.loads(current)), Ratio(*json.loads(voltage)))


MEASURED_PLACES: Final = View(_measured, _measured_count, nothing)
FROZEN_MOMENTS: Final = View(_frozen, _frozen_count, nothing)
LOSS_METERS: Final = View(_meters, _meter_count, nothing)
