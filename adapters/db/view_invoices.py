"""The invoices as a list, and one of them with all that its sale has had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, case, func, literal, select, tuple_

from adapters.db import tables as t
from adapters.db.day_figures import summed
from adapters.db.departure_rows import departure_of
from adapters.db.invoice_rows import invoice_of
from adapters.db.list_page import counted
from adapters.db.view import View
from gateway.core.invoice import InvoiceKind, paper_key
from gateway.core.sale import SaleState
from gateway.core.views_invoices import UNDONE_FOR_GOOD, InvoiceFacts, InvoiceTotals, WrittenInvoice

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row, Select

    from gateway.core.lots import Lot
    from gateway.core.views_invoices import InvoiceFile, Invoices

_i, _s, _m, _c = t.invoice.c, t.sale.c, t.meter.c, t.customer.c
_red = t.invoice.alias("red")

#: Newest first: an index stands in this order.
_PLACE: Final = (_i.at_us, _i.series, _i.number)

_UNDONE: Final = sorted(state.value for state in UNDONE_FOR_GOOD)

_IS_TAKEN_BACK: Final = (
    select(literal(1))
    .where(
        _red.c.payment == _i.payment,
        _red.c.series == _i.series,
        _red.c.takes_back == _i.number,
        _red.c.kind == InvoiceKind.RED.value,
    )
    .correlate(t.invoice)
    .exists()
)
_WRITTEN: Final = select(
    t.invoice, _s.id.label("sale_id"), _s.state, _IS_TAKEN_BACK.label("is_taken_back")
).join(t.sale, _s.key == _i.payment)


def _asked(statement: Select[Any], query: Invoices) -> Select[Any]:
    named = {
        _i.series: query.series,
        _i.kind: None if query.kind is None else query.kind.value,
        _i.payment: query.payment,
        _i.receipt_no: query.receipt_no,
        _i.account_no: query.account_no,
        _i.pan: query.pan,
        _i.actor: query.by,
    }
    statement = statement.where(*(column == value for column, value in named.items() if value is not None))
    if query.number is not None:
        statement = statement.where(_numbered(query.number))
    if query.is_due:
        undone = select(_s.key).where(_s.state.in_(_UNDONE), _s.key == _i.payment).correlate(t.invoice)
        statement = statement.where(_i.kind == InvoiceKind.NORMAL.value, ~_IS_TAKEN_BACK, undone.exists())
    if query.first_day is not None:
        statement = statement.where(_i.business_date >= query.first_day.isoformat())
    if query.last_day is not None:
        statement = statement.where(_i.business_date <= query.last_day.isoformat())
    return _of_branch(statement, query.branch)


def _numbered(number: int) -> ColumnElement[bool]:
    """Compare as large numbers: what somebody types may be beyond the column's, and is no invoice then."""
    return _i.number == literal(number, BigInteger)


def _of_branch(statement: Select[Any], branch: str | None) -> Select[Any]:
    """Leave out whatever is of another branch's customers."""
    if branch is None:
        return statement
    mine = select(_m.pan).join(t.customer, _c.id == _m.customer_id).where(_c.branch == branch)
    return statement.where(_i.pan.in_(mine))


def _rows(connection: Connection, query: Invoices) -> list[WrittenInvoice]:
    statement = _asked(_WRITTEN, query)
    if query.after is not None:
        statement = statement.where(tuple_(*_PLACE) < tuple_(*(literal(value) for value in query.after)))
    found = statement.order_by(*(column.desc() for column in _PLACE)).limit(query.limit)
    return [_written(row) for row in connection.execute(found)]


def _count(connection: Connection, query: Invoices) -> int:
    return counted(connection, _asked(select(_i.number), query))


def _totals(connection: Connection, query: Invoices) -> tuple[InvoiceTotals, ...]:
    is_red = _i.kind != InvoiceKind.NORMAL.value
    sums = [
        part
        for which in (~is_red, is_red)
        for part in (summed(case((which, 1), else_=0)), summed(case((which, _i.amount_minor), else_=0)))
    ]
    found = _asked(select(_i.currency, *sums), query).group_by(_i.currency).order_by(_i.currency)
    return tuple(InvoiceTotals(*row) for row in connection.execute(found))


def _written(row: Row[Any]) -> WrittenInvoice:
    return WrittenInvoice(
        invoice=invoice_of(row),
        at_us=row.at_us,
        business_date=row.business_date,
        link=row.link,
        sale_id=row.sale_id,
        state=SaleState(row.state),
        is_taken_back=bool(row.is_taken_back),
    )


def _facts(connection: Connection, query: InvoiceFile) -> InvoiceFacts | None:
    named = _WRITTEN.where(_i.series == query.series, _numbered(query.number))
    found = connection.execute(_of_branch(named, query.branch)).one_or_none()
    if found is None:
        return None
    written = _written(found)
    had = _WRITTEN.where(_i.payment == written.invoice.payment).order_by(_i.nth, _i.kind)
    printed = select(func.count()).where(t.command_key.c.key == paper_key(query.series, query.number))
    return InvoiceFacts(
        written=written,
        of_sale=tuple(_written(row) for row in connection.execute(had)),
        is_printed=bool(connection.execute(printed).scalar_one()),
        lot=_lot(connection, written) if written.invoice.is_part else None,
    )


def _lot(connection: Connection, written: WrittenInvoice) -> Lot | None:
    """Find what a red invoice for a part gives back: it was written with the departure of the meter."""
    d, invoice = t.departure.c, written.invoice
    which = (d.account_no == invoice.billed.account_no, d.at_us == written.at_us)
    gone = connection.execute(select(t.departure).where(*which))
    lots = (lot for row in gone for lot in departure_of(row).lots)
    return next((lot for lot in lots if lot.sale == written.sale_id), None)


def _its_rows(connection: Connection, query: InvoiceFile) -> tuple[WrittenInvoice, ...]:
    facts = _facts(connection, query)
    return () if facts is None else facts.of_sale


def _its_count(connection: Connection, query: InvoiceFile) -> int:
    return len(_its_rows(connection, query))


INVOICES: Final = View(_rows, _count, _totals)
INVOICE_FILE: Final = View(_its_rows, _its_count, _facts)
