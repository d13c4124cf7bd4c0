"""Certificates and codes of card stations: rows and values, and the questions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, text

from adapters.db import tables as t
from adapters.db.card_rows import card_order_of
from adapters.db.office_rows import station_of
from adapters.db.view import View
from gateway.core.station_certificate import StationCertificate, StationCode
from gateway.core.views_stations import KnownStation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Row, Select

    from gateway.core.office_books import OfficeBooks, OfficeNeeds
    from gateway.core.views_stations import (
        CardOrdersKnown,
        CardOrdersReserved,
        StationCertificates,
        StationCodeKnown,
        StationKnown,
    )

    Columns = dict[str, object]

_c, _k, _s, _o = t.station_certificate.c, t.station_code.c, t.station.c, t.card_order.c

_CERTIFICATE: Final = (
    "number", "station", "fingerprint", "key_digest", "pem", "issued_us", "ends_us", "revoked_us",
    "revoked_by",
)  # fmt: skip
#: Purchases that nobody has begun, in the words of their index, which no parameter would find.
_RESERVED: Final = "state = 'reserved'"

_CODE: Final = ("digest", "station", "made_us", "ends_us", "number")


def certificate_of(row: Row[Any]) -> StationCertificate:
    """Read a certificate."""
    return StationCertificate(**{name: getattr(row, name) for name in _CERTIFICATE}, by=row.actor)


def certificate_row(one: StationCertificate) -> Columns:
    """Write a certificate."""
    return {**{name: getattr(one, name) for name in _CERTIFICATE}, "actor": one.by}


def code_of(row: Row[Any]) -> StationCode:
    """Read a code's hash."""
    return StationCode(**{name: getattr(row, name) for name in _CODE}, by=row.actor)


def code_row(one: StationCode) -> Columns:
    """Write a code's hash."""
    return {**{name: getattr(one, name) for name in _CODE}, "actor": one.by}


def load_stations(connection: Connection, office: OfficeBooks, needs: Sequence[OfficeNeeds]) -> None:
    """Read the codes and certificates that are wanted, and of each one's station all certificates."""
    digests = sorted({one for need in needs for one in need.station_codes})
    numbers = sorted({one for need in needs for one in need.certificates})
    if digests:
        found = connection.execute(select(t.station_code).where(_k.digest.in_(digests)))
        office.station_codes = {row.digest: code_of(row) for row in found}
    stations = {one.station for one in office.station_codes.values()}
    if numbers or stations:
        mine = _c.station.in_(select(_c.station).where(_c.number.in_(numbers)))
        which = mine | _c.station.in_(sorted(stations))
        rows = connection.execute(select(t.station_certificate).where(which))
        office.certificates = {row.number: certificate_of(row) for row in rows}


def _known(query: StationKnown) -> Select[Any]:
    return select(t.station_certificate).where(_c.fingerprint == query.fingerprint)


def _known_rows(connection: Connection, query: StationKnown) -> list[KnownStation]:
    row = connection.execute(_known(query)).one_or_none()
    if row is None:
        return []
    certificate = certificate_of(row)
    found = connection.execute(select(t.station).where(_s.code == certificate.station)).one_or_none()
    if found is None:
        return []
    station = station_of(found)
    name = connection.execute(select(t.branch.c.name).where(t.branch.c.code == station.branch)).scalar()
    return [KnownStation(certificate, station, name or station.branch)]


def _certificates(query: StationCertificates) -> Select[Any]:
    statement = select(t.station_certificate)
    if query.station:
        statement = statement.where(_c.station == query.station)
    if query.branch is not None:
        statement = statement.where(_c.station.in_(select(_s.code).where(_s.branch == query.branch)))
    return statement


def _certificate_rows(connection: Connection, query: StationCertificates) -> list[StationCertificate]:
    statement = _certificates(query).order_by(_c.issued_us.desc(), _c.number).limit(query.limit)
    return [certificate_of(row) for row in connection.execute(statement)]


def _reserved(query: CardOrdersReserved) -> Select[Any]:
    return select(t.card_order).where(text(_RESERVED), _o.at_us < query.before_us)


def _reserved_rows(connection: Connection, query: CardOrdersReserved) -> list[Any]:
    statement = _reserved(query).order_by(_o.at_us, _o.id).limit(query.limit)
    return [card_order_of(row) for row in connection.execute(statement)]


def _orders(query: CardOrdersKnown) -> Select[Any]:
    return select(t.card_order).where(_o.id == query.order if query.order else _o.payment == query.payment)


def _order_rows(connection: Connection, query: CardOrdersKnown) -> list[Any]:
    return [card_order_of(row) for row in connection.execute(_orders(query).order_by(_o.id.desc()))]


def _codes(query: StationCodeKnown) -> Select[Any]:
    return select(t.station_code).where(_k.digest == query.digest)


def _code_rows(connection: Connection, query: StationCodeKnown) -> list[StationCode]:
    return [code_of(row) for row in connection.execute(_codes(query))]


def _view(statement: Callable[[Any], Select[Any]], rows: Callable[[Connection, Any], Sequence[Any]]) -> View:
    def count(connection: Connection, query: Any) -> int:  # noqa: ANN401 - see adapters.db.view
        return connection.execute(select(func.count()).select_from(statement(query).subquery())).scalar_one()

    return View(rows, count, count)


STATION_KNOWN: Final = _view(_known, _known_rows)
STATION_CERTIFICATES: Final = _view(_certificates, _certificate_rows)
CARD_ORDERS_RESERVED: Final = _view(_reserved, _reserved_rows)
CARD_ORDERS_KNOWN: Final = _view(_orders, _order_rows)
STATION_CODE_KNOWN: Final = _view(_codes, _code_rows)
