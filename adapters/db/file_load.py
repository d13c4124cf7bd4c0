"""Load the files: the customers and supply points that a batch's orders name; the head is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.file_rows import customer_of, fitting_of, place_of, point_of
from gateway.core.account_number import serial_of
from gateway.core.file_books import FileBooks
from gateway.core.sale import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.core.file_books import FileNeeds

#: The numbers that look like ours, the highest first: another system may have left some that only look so.
_OURS: Final = (
    select(t.customer.c.account_no)
    .where(t.customer.c.account_no.between("2000000000", "2999999999"))
    .where(func.length(t.customer.c.account_no) == len("2000000000"))
    .order_by(t.customer.c.account_no.desc())
    .execution_options(yield_per=16)
)

#: Sales that are open, with the meter they are for.
_WAITING: Final = (
    select(t.meter.c.pan, t.sale.c.key)
    .join(t.sale, t.sale.c.meter_id == t.meter.c.id)
    .where(t.sale.c.state.in_([state.value for state in OPEN_STATES]))
)


def load_files(connection: Connection, needs: Sequence[FileNeeds]) -> FileBooks:
    """Read what is wanted; what does not exist is not in it."""
    newest = connection.execute(select(func.coalesce(func.max(t.amendment.c.id), 0))).scalar_one()
    files = FileBooks(next_amendment=newest + 1)
    files.network = {row.code: place_of(row) for row in connection.execute(select(t.network_place))}
    accounts = sorted({one for need in needs for one in need.customers})
    if accounts:
        c, p = t.customer.c, t.supply_point.c
        found = connection.execute(select(t.customer).where(c.account_no.in_(accounts)))
        files.customers = {row.account_no: customer_of(row) for row in found}
        points = connection.execute(select(t.supply_point).where(p.account_no.in_(accounts)))
        files.points = {row.number: point_of(row) for row in points}
    pans = sorted({one for need in needs for one in need.fittings})
    if pans:
        fittings = connection.execute(select(t.fitting).where(t.fitting.c.pan.in_(pans)))
        files.fittings = {row.pan: fitting_of(row) for row in fittings}
        for pan, key in connection.execute(_WAITING.where(t.meter.c.pan.in_(pans))):
            files.waiting[pan] = (*files.waiting.get(pan, ()), key)
    _load_persons(connection, files, sorted({one for need in needs for one in need.id_nos}))
    if any(need.new_account for need in needs):
        files.next_serial = 1 + _last_serial(connection)
    return files


def _load_persons(connection: Connection, files: FileBooks, id_nos: Sequence[str]) -> None:
    """Find who has these identity numbers."""
    if not id_nos:
        return
    c = t.customer.c
    found = select(c.id_no, c.account_no).where(c.id_no.in_(id_nos)).order_by(c.account_no)
    for id_no, account_no in connection.execute(found):
        files.having[id_no] = (*files.having.get(id_no, ()), account_no)


def _last_serial(connection: Connection) -> int:
    with connection.execute(_OURS) as rows:
        serials = (serial_of(account_no) for account_no in rows.scalars())
        return next((one for one in serials if one is not None), 0)
