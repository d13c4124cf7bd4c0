"""The sales as a list, and sales by their ids, as lists show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, func, select

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.list_page import counted, page
from adapters.db.sale_choice import conditions
from adapters.db.view import View
from gateway.core.sale import SaleState
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
#: The paid token has the smaller id; one of free energy comes behind it.
_ENDS: Final = (
    select(t.token.c.sale_id, func.substr(t.token.c.digits, 17))
    .where(t.token.c.sale_id.in_(_IDS))
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
    statement = select(_s.id).where(*conditions(connection, query))
    ids = [row.id for row in page(connection, statement, order, query, descending=falls)]
    found = sold(connection, ids)
    return [found[id_] for id_ in ids]


def _count(connection: Connection, query: Sales) -> int:
    return counted(connection, select(_s.id).where(*conditions(connection, query)))


def sums() -> tuple[ColumnElement[int], ...]:
    """Sum up sales: the columns of ``SaleTotals`` behind the currency."""
    is_reversed, is_claimed = (_s.state == state.value for state in (SaleState.REVERSED, SaleState.CLAIMED))
    figures: list[ColumnElement[int]] = [
        func.count(), summed(_s.tender_minor), summed(_s.energy_wh)
    ]  # fmt: skip
    for ended in (is_reversed, is_claimed):
        figures += [summed(case((ended, amount), else_=0)) for amount in (1, _s.tender_minor, _s.energy_wh)]
    return tuple(figures)


def _totals(connection: Connection, query: Sales) -> tuple[SaleTotals, ...]:
    statement = select(_s.currency, *sums()).where(*conditions(connection, query))
    rows = connection.execute(statement.group_by(_s.currency))
    return tuple(sorted((SaleTotals(*row) for row in rows), key=lambda totals: totals.currency))


SALES: Final = View(sales_of, _count, _totals)
