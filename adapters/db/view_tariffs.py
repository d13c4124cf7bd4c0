"""The tariff versions, by power type and moment, and how far their lives have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, tuple_

from adapters.db import tables as t
from adapters.db.tariff_rows import version_of
from adapters.db.view import View
from gateway.core.tariff_life import TariffHead, TariffState
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from gateway.core.tariff_life import TariffVersion
    from gateway.core.views import TariffVersions

_v = t.tariff_version.c
_PLACE: Final = (_v.power_type, _v.from_us, _v.version)
_HEAD: Final = select(
    func.count(),
    func.count(_v.approved_us),
    func.count().filter(_v.state == TariffState.WITHDRAWN.value),
).select_from(t.tariff_version)


def _asked(query: TariffVersions) -> list[ColumnElement[bool]]:
    """What holds for the rows that are asked for."""
    return [] if query.power_type is None else [_v.power_type == query.power_type]


def _rows(connection: Connection, query: TariffVersions) -> list[TariffVersion]:
    statement = select(t.tariff_version).where(*_asked(query))
    if query.after is not None:
        power_type, moment, version = query.after.place
        statement = statement.where(tuple_(*_PLACE) > tuple_(power_type, microseconds(moment), version))
    return [version_of(row) for row in connection.execute(statement.order_by(*_PLACE).limit(query.limit))]


def _count(connection: Connection, query: TariffVersions) -> int:
    return _head(connection, query).versions


def _head(connection: Connection, query: TariffVersions) -> TariffHead:
    return TariffHead(*connection.execute(_HEAD.where(*_asked(query))).one())


TARIFF_VERSIONS: Final = View(_rows, _count, _head)
