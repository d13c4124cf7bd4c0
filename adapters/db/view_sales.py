"""The sales as a list, and sales by their ids, as lists show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, literal_column, select

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.list_page import counted, page
from adapters.db.sale_choice import conditions, currencies_taken, looked_up_in
from adapters.db.view import View
from gateway.core.sale import UNDONE_STATES, SaleState
from gateway.core.views_sales import SaleOrder, SaleTotals, SoldSale

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection

    from gateway.core.views_sales import Sales

_s, _m, _c, _e = t.sale.c, t.meter.c, t.customer.c, t.entry.c

#: order → (columns, do they fall?).
_ORDERS: Final = {
    SaleOrder.NEWEST: ((_s.id,), True),
    SaleOrder.OLDEST: ((_s.id,), False),
    SaleOrder.LARGEST: ((_s.tender_minor, _s.id), True),
    SaleOrder.SMALLEST: ((_s.tender_minor, _s.id), False),
}
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_SOLD: Final = (
    select(
        _s.id, _s.at_us, _e.business_date, _s.receipt_no, _s.bank, _c.account_no, _c.name, _c.branch,
        _s.meter_id, _m.pan, _s.power_type, _s.tender_minor, _s.currency, _s.energy_wh, _s.state, _s.key,
        _s.terminal, _s.trace, _s.tariff_version,
    )
    .join(t.meter, _m.id == _s.meter_id)
    .join(t.customer, _c.id == _m.customer_id)
    .join(t.entry, _e.id == _s.id)
    .where(_s.id.in_(_IDS), _e.id.in_(_IDS))
)  # fmt: skip
#: Where the column of the state stands in it.
_STATE: Final = 14
#: The last four digits, spelled as the index has them.
TOKEN_END: Final[ColumnElement[str]] = func.substr(t.token.c.digits, literal_column("17"))
_ENDS: Final = (
    select(t.token.c.sale_id, TOKEN_END)
    .where(t.token.c.sale_id.in_(_IDS))
    # The paid token has the smaller id, and comes last here; one of free energy stands before it.
    .order_by(t.token.c.sale_id, t.token.c.base_date.desc(), t.token.c.tid.desc())
)


def sold(connection: Connection, ids: Collection[int], branch: str | None = None) -> dict[int, SoldSale]:
    """Read sales by their ids; those of another branch are left out."""
    if not ids:
        return {}
    asked = {"ids": list(ids)}
    ends = {row.sale_id: row[1] for row in connection.execute(_ENDS, asked)}
    statement = _SOLD if branch is None else _SOLD.where(_c.branch == branch)
    return {row.id: _sold(row, ends.get(row.id, "")) for row in connection.execute(statement, asked)}


def _sold(row: Sequence[Any], end: str) -> SoldSale:
    columns = [*row, end]
    columns[_STATE] = SaleState(columns[_STATE])
    return SoldSale(*columns)


def sales_of(connection: Connection, query: Sales) -> list[SoldSale]:
    """Read a page of sales."""
    order, falls = _ORDERS[query.order]
    statement = select(_s.id).where(*conditions(connection, query, looked_up_in))
    ids = [row.id for row in page(connection, statement, order, query, descending=falls)]
    found = sold(connection, ids)
    return [found[id_] for id_ in ids]


def _count(connection: Connection, query: Sales) -> int:
    return counted(connection, select(_s.id).where(*conditions(connection, query)))


_SUMS: Final = (func.count(), summed(_s.tender_minor), summed(_s.energy_wh))
_NOTHING: Final = (0, 0, 0)
# The states stand in the statement itself: only so can the database see that its index of them serves.
_IS_UNDONE: Final = _s.state.in_(
    bindparam("undone", sorted(one.value for one in UNDONE_STATES), expanding=True, literal_execute=True)
)


def _totals(connection: Connection, query: Sales) -> tuple[SaleTotals, ...]:
    """Sum up each currency, and what was undone by itself: to group a million sales costs as much again."""
    chosen = conditions(connection, query)
    totals = []
    for currency in currencies_taken(connection):
        mine = (*chosen, _s.currency == currency)
        figures = connection.execute(select(*_SUMS).where(*mine)).one()
        if figures[0]:
            undone = select(_s.state, *_SUMS).where(*mine, _IS_UNDONE).group_by(_s.state)
            found = {state: sums for state, *sums in connection.execute(undone)}
            ended = (found.get(state.value, _NOTHING) for state in UNDONE_STATES)
            totals.append(SaleTotals(currency, *figures, *(one for sums in ended for one in sums)))
    return tuple(totals)


SALES: Final = View(sales_of, _count, _totals)
