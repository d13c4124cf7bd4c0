"""Load the office: the people, requests, prices and keys that a batch's orders name; the head is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_

from adapters.db import tables as t
from adapters.db.key_rows import known_group, newest_key
from adapters.db.office_rows import (
    approval_of,
    operator_of,
    role_of,
    session_of,
    station_of,
    stock_of,
    trouble_of,
)
from adapters.db.open_sales import IS_OPEN
from adapters.db.station_rows import load_stations
from adapters.db.tariff_rows import priced_type
from gateway.core.office_books import OfficeBooks, WaitingSale
from gateway.core.staff import Branch, Shift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Column, Connection, Row, Select

    from gateway.core.office_books import OfficeNeeds

_OPEN_SHIFTS = select(t.shift).where(t.shift.c.closed_us.is_(None))
_CUSTOMER_OF_SALE = (
    select(t.sale.c.id, t.customer.c.branch)
    .join(t.meter, t.meter.c.id == t.sale.c.meter_id)
    .join(t.customer, t.customer.c.id == t.meter.c.customer_id)
)


def load_office(connection: Connection, needs: Sequence[OfficeNeeds]) -> OfficeBooks:
    """Read what is wanted; what does not exist is not in it."""

    def among(column: Column[Any], wanted: Callable[[OfficeNeeds], Iterable[Any]]) -> list[Row[Any]]:
        values = {value for need in needs for value in wanted(need)}
        if not values:
            return []
        return list(connection.execute(select(column.table).where(column.in_(sorted(values)))))

    last_line = connection.execute(select(func.coalesce(func.max(t.diary.c.id), 0))).scalar_one()
    office = OfficeBooks(next_line=last_line + 1)
    office.roles = {row.code: role_of(row) for row in connection.execute(select(t.role))}
    office.branches = {row.code: Branch(*row) for row in connection.execute(select(t.branch))}
    office.stations = {row.code: station_of(row) for row in connection.execute(select(t.station))}
    if any(need.everyone for need in needs):
        found: Iterable[Row[Any]] = connection.execute(select(t.operator))
    else:
        found = among(t.operator.c.login, lambda need: need.logins)
    office.operators = {row.login: operator_of(row) for row in found}
    sessions = among(t.session.c.id, lambda need: need.sessions)
    sessions += among(t.session.c.login, lambda need: need.sessions_of)
    office.sessions = {row.id: session_of(row) for row in sessions}
    approvals = among(t.approval.c.reference, lambda need: need.approvals)
    office.approvals = {row.reference: approval_of(row) for row in approvals}
    if any(need.shifts for need in needs):
        office.shifts = {row.id: Shift(*row) for row in connection.execute(_OPEN_SHIFTS)}
        newest = connection.execute(select(func.coalesce(func.max(t.shift.c.id), 0))).scalar_one()
        office.next_shift = newest + 1
    _load_drawers(connection, office, sorted({one for need in needs for one in need.drawers}))
    _load_lives(connection, office, needs)
    load_stations(connection, office, needs)
    stock = among(t.stock_meter.c.pan, lambda need: need.stock)
    office.stock = {row.pan: stock_of(row) for row in stock}
    _load_branches(connection, office, sorted({one for need in needs for one in need.branch_of}))
    office.noted = _open_among(connection, {place for need in needs for place in need.noted})
    troubles = among(t.exception_note.c.id, lambda need: need.troubles)
    branches = _branches_of_sales(connection, [row.sale_id for row in troubles if row.sale_id is not None])
    office.troubles = {row.id: trouble_of(row, branches.get(row.sale_id, "")) for row in troubles}
    return office


def _load_drawers(connection: Connection, office: OfficeBooks, drawers: Sequence[str]) -> None:
    """Find the sales whose money is in these drawers, and whose credit waits."""
    s = t.sale.c
    for drawer in drawers:
        waiting = select(s.key, s.receipt_no, s.tender_minor).where(IS_OPEN, s.funding == drawer)
        office.waiting[drawer] = tuple(WaitingSale(*row) for row in connection.execute(waiting))


def _open_among(connection: Connection, places: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Say which of these kinds and keys have an open exception."""
    x = t.exception_note.c
    wanted = select(x.kind, x.key).where(x.is_open, tuple_(x.kind, x.key).in_(sorted(places)))
    return {(kind, key) for kind, key in connection.execute(wanted)} if places else set()


def _load_lives(connection: Connection, office: OfficeBooks, needs: Sequence[OfficeNeeds]) -> None:
    """Read the tariff versions and vending keys whose lives take a step."""
    office.priced = {one: priced_type(connection, one) for need in needs for one in need.priced}
    office.groups = {one: known_group(connection, one) for need in needs for one in need.groups}
    if office.groups:
        office.next_key = newest_key(connection) + 1


def _load_branches(connection: Connection, office: OfficeBooks, named: Sequence[str]) -> None:
    """Find the branch of each customer, who is named by a meter's number or by his account."""
    if not named:
        return
    c, m = t.customer.c, t.meter.c
    by_meter = select(m.pan, c.branch).join(t.customer, c.id == m.customer_id).where(m.pan.in_(named))
    by_account = select(c.account_no, c.branch).where(c.account_no.in_(named))
    statements: tuple[Select[Any], ...] = (by_meter, by_account)
    for statement in statements:
        office.branch_of |= {row[0]: row[1] for row in connection.execute(statement)}


def _branches_of_sales(connection: Connection, ids: Sequence[int]) -> dict[int | None, str]:
    if not ids:
        return {}
    rows = connection.execute(_CUSTOMER_OF_SALE.where(t.sale.c.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
