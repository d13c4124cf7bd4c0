"""Load the files: the customers and supply points that a batch's orders name; the head is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.card_rows import load_cards
from adapters.db.file_rows import customer_of, fitting_of, place_of, point_of
from adapters.db.file_tables import ACCOUNT_SERIES
from adapters.db.line_rows import load_lines
from gateway.core.account_number import SERIAL_MAX, account_number
from gateway.core.file_books import FileBooks
from gateway.core.sale import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from gateway.core.file_books import FileNeeds

#: Account numbers that one question looks at, at the least: some may be taken.
_LOOKED_AT: Final = 100

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
        q = t.supply_point.c
        hoards = select(q.pan, q.hoard_wh).where(q.pan.in_(pans), q.hoard_wh > 0)
        files.hoards = {row.pan: row.hoard_wh for row in connection.execute(hoards)}
    _load_persons(connection, files, sorted({one for need in needs for one in need.id_nos}))
    cards = [need.cards for need in needs if need.cards is not None]
    if cards:
        files.cards = load_cards(connection, cards)
    lines = [need.lines for need in needs if need.lines is not None]
    if lines:
        files.lines = load_lines(connection, lines)
    wanted = sum(need.new_account for need in needs)
    if wanted:
        files.free = _free_serials(connection, wanted)
    return files


def _load_persons(connection: Connection, files: FileBooks, id_nos: Sequence[str]) -> None:
    """Find who has these identity numbers."""
    if not id_nos:
        return
    c = t.customer.c
    found = select(c.id_no, c.account_no, c.branch).where(c.id_no.in_(id_nos)).order_by(c.account_no)
    for id_no, account_no, branch in connection.execute(found):
        files.having.setdefault(id_no, {})[account_no] = branch


def _free_serials(connection: Connection, count: int) -> tuple[int, ...]:
    """Find the next serial numbers whose account numbers nobody has; fewer than wanted where the series ends.

    What was taken by hand or brought from another system is passed over once: the series goes on behind it.
    """
    series = select(t.series.c.next).where(t.series.c.code == ACCOUNT_SERIES)
    serial, step = connection.execute(series).scalar_one_or_none() or 1, max(count, _LOOKED_AT)
    free: list[int] = []
    while len(free) < count and serial <= SERIAL_MAX:
        asked = {account_number(one): one for one in range(serial, min(serial + step, SERIAL_MAX + 1))}
        taken = select(t.customer.c.account_no).where(t.customer.c.account_no.in_(asked))
        free += sorted(asked[one] for one in asked.keys() - set(connection.execute(taken).scalars()))
        serial += step
    return tuple(free[:count])
