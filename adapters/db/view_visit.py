"""What is to be known of a meter before it is visited over its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.line_rows import way_of
from adapters.db.view import View
from adapters.db.view_readings import nothing
from gateway.core.contact import RelayOrder
from gateway.core.meter_noticed import KnownBefore
from gateway.core.reading import StatusWord
from gateway.core.remote_order import RemoteKind, RemoteState
from gateway.core.views_visit import VisitKnown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.core.views_visit import VisitFacts

_w, _r, _o, _c = t.meter_way.c, t.reading.c, t.remote_order.c, t.meter_contact.c
#: What may have opened a relay: the last order that was not taken back or refused.
_STANDS: Final = [
    one.value for one in (RemoteState.ON_WAY, RemoteState.UNKNOWN, RemoteState.DELIVERED, RemoteState.BY_HAND)
]


def _facts(connection: Connection, query: VisitFacts) -> list[VisitKnown]:
    row = connection.execute(select(t.meter_way).where(_w.pan == query.pan)).one_or_none()
    if row is None:
        return []
    last = connection.execute(
        select(_r.status).where(_r.pan == query.pan).order_by(_r.taken_us.desc()).limit(1)
    ).scalar_one_or_none()
    off_s = connection.execute(select(_c.off_s).where(_c.pan == query.pan)).scalar_one_or_none()
    before = KnownBefore(
        status=frozenset(StatusWord(word) for word in (last or "").split(",") if word),
        off_s=off_s,
        may_be_open=_may_be_open(connection, query.pan),
        sold=_sold(connection, query.pan),
    )
    return [VisitKnown(way_of(row), before)]


def _may_be_open(connection: Connection, pan: str) -> bool:
    """Was its relay ordered open, or left to the customer, by the last order that stands?"""
    asked = connection.execute(
        select(_o.ask)
        .where(_o.pan == pan, _o.kind == RemoteKind.RELAY.value, _o.state.in_(_STANDS))
        .order_by(_o.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return asked is not None and asked != RelayOrder.CLOSE.value


def _sold(connection: Connection, pan: str) -> int | None:
    """Count the purchases that went out over the line; None where there is none: its count is another's."""
    recharged = select(func.max(_o.number)).where(
        _o.pan == pan, _o.kind == RemoteKind.RECHARGE.value, _o.begun_us.is_not(None)
    )
    number: int | None = connection.execute(recharged).scalar_one()
    return number


def _count(connection: Connection, query: VisitFacts) -> int:
    return len(_facts(connection, query))


VISIT_FACTS: Final = View(_facts, _count, nothing)
