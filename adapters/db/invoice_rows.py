"""Invoices between values and rows, and what a batch needs of them; the ledger's head is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from adapters.db import tables as t
from gateway.core.invoice import Billed, Invoice, InvoiceKind
from gateway.core.invoice_books import InvoiceBooks
from gateway.core.journal import InvoiceRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

    from gateway.core.invoice_books import InvoiceNeeds
    from gateway.core.reading_books import Bought

_i, _s, _m, _c = t.invoice.c, t.sale.c, t.meter.c, t.customer.c

_BILLED: Final = select(_c.account_no, _c.name, _c.address).join(t.meter, _m.customer_id == _c.id)


def load_invoices(
    connection: Connection, needs: Sequence[InvoiceNeeds], bought: Mapping[str, Bought]
) -> InvoiceBooks:
    """Read what is wanted; a series that has begun nowhere begins with 1.

    ``bought`` is what was bought for meters that leave.
    """
    books = InvoiceBooks()
    sales = sorted({one for need in needs for one in need.sales})
    pans = sorted({one for need in needs for one in need.pans})
    leaving = sorted({pan for need in needs for pan in need.leaving} & bought.keys())
    ids = sorted({lot.sale for pan in leaving for lot in bought[pan].lots})
    if ids:
        named = select(_s.id, _s.key).join(t.invoice, _i.payment == _s.key).where(_s.id.in_(ids))
        books.payment_of = {row.id: row.key for row in connection.execute(named)}
        sales = sorted({*sales, *books.payment_of.values()})
    if sales:
        # Within a sale normal and red ones take turns, and a red one comes behind what it takes back.
        had = select(t.invoice).where(_i.payment.in_(sales)).order_by(_i.nth, _i.kind)
        for row in connection.execute(had):
            one = invoice_of(row)
            books.of_sale[one.payment] = (*books.of_sale.get(one.payment, ()), one)
        sold_to = _BILLED.join(t.sale, _s.meter_id == _m.id).where(_s.key.in_(sales))
        books.billed |= {row.account_no: Billed(*row) for row in connection.execute(sold_to)}
    if pans:
        found = connection.execute(_BILLED.where(_m.pan.in_(pans)))
        books.billed |= {row.account_no: Billed(*row) for row in found}
    # One by one: the last of a series is the end of an index.
    series = {one for need in needs for one in need.series}
    series |= {one.series for had in books.of_sale.values() for one in had}
    for code in sorted(series):
        last = connection.execute(select(func.max(_i.number)).where(_i.series == code)).scalar_one()
        books.next[code] = 1 + (last or 0)
    return books


def invoice_row(one: Invoice, at_us: int, day: str, link: int) -> tuple[object, ...]:
    """Write one as the table has it."""
    return (
        one.series, one.number, one.kind.value, one.nth, one.payment, one.receipt_no, one.pan,
        one.amount_minor, one.currency, one.energy_wh, one.takes_back, one.billed.account_no,
        one.billed.name, one.billed.address, one.station, one.by, one.reason, at_us, day, link,
    )  # fmt: skip


def invoice_of(row: Row[Any]) -> Invoice:
    """Read one."""
    return Invoice(
        series=row.series,
        number=row.number,
        kind=InvoiceKind(row.kind),
        nth=row.nth,
        payment=row.payment,
        receipt_no=row.receipt_no,
        pan=row.pan,
        amount_minor=row.amount_minor,
        currency=row.currency,
        energy_wh=row.energy_wh,
        takes_back=row.takes_back,
        billed=Billed(row.account_no, row.customer, row.address),
        station=row.station,
        by=row.actor,
        reason=row.reason,
    )


def written_invoices(read: Callable[[Select[Any]], Iterable[Any]]) -> Iterator[InvoiceRow]:
    """Give every invoice beside its sale, by series and number, for a check; None where there is no sale."""
    told = (
        select(
            _i.series, _i.number, _i.kind, _i.nth, _i.payment, _i.takes_back, _i.receipt_no, _i.amount_minor,
            _i.currency, _i.energy_wh, _s.receipt_no, _s.tender_minor, _s.currency, _s.energy_wh,
        )
        .select_from(t.invoice.outerjoin(t.sale, _s.key == _i.payment))
        .order_by(_i.series, _i.number)
    )  # fmt: skip
    for row in read(told):  # rows, whose columns carry no types
        series, number, kind, nth, payment, takes_back, receipt_no, minor, currency, energy_wh, *sold = row
        said = (receipt_no, minor, currency, energy_wh)
        of_sale = None if sold[0] is None else (sold[0], sold[1], sold[2], sold[3])
        yield InvoiceRow(series, number, kind, nth, payment, takes_back, said, of_sale)
