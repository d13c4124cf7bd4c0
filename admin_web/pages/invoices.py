"""The invoices: each series by its numbers, what was taken back, and what they come to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code, Counted, Link
from admin_web.diary_words import person
from admin_web.figure_filters import MeterFilter, NumberFilter
from admin_web.file_words import customer_path, meter_cell
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.invoice_words import DUE, KINDS, SEES_INVOICES, invoice_path, kind_state, path_of
from admin_web.listing import LABEL, Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.route import MenuItem, Route
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.invoice import InvoiceKind
from gateway.core.timeline import moment_of
from gateway.core.views_invoices import Invoices, WrittenInvoice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.views_invoices import InvoiceTotals

#: Days that the list shows by itself.
_USUAL_DAYS: Final = timedelta(days=7)

#: Whoever names an invoice by one of these wants it, however old it is.
_NAMING: Final = ("number", "receipt_no", "account_no", "pan")

#: What the filter of kinds has beside them.
_DUE: Final = "due"
_KINDS: Final = (*((kind.value, state.sentence) for kind, state in KINDS.items()), (_DUE, DUE.sentence))
INVOICES_COUNT: Final = msg_many("%(count)s invoice", "%(count)s invoices")


def _usual_days(asked: Asked) -> tuple[date, date] | None:
    if any(asked.first(name) for name in _NAMING):
        return None
    today = asked.office.today()
    return today - _USUAL_DAYS + timedelta(days=1), today


def _taken_back(row: WrittenInvoice) -> Cell:
    one = row.invoice
    if not one.is_red:
        return None
    return Link(Code(one.takes_back_name), invoice_path(one.series, one.takes_back))


def _question(chosen: Chosen) -> Invoices:
    first_day, last_day = chosen.range_of("day")
    kind, after = chosen.text("kind"), chosen.after
    return Invoices(
        branch=chosen.asked.me.rights.branch,
        series=chosen.text("series"),
        number=chosen.number("number"),
        kind=None if kind in {None, _DUE} else InvoiceKind(kind),
        is_due=kind == _DUE,
        first_day=first_day,
        last_day=last_day,
        receipt_no=chosen.number("receipt_no"),
        account_no=chosen.text("account_no"),
        pan=chosen.text("pan"),
        by=chosen.text("by"),
        after=None if after is None else (int(after[0]), str(after[1]), int(after[2])),
        limit=chosen.limit,
    )


def _total_lines(totals: Sequence[InvoiceTotals]) -> list[Mapping[str, Cell]]:
    """Give the lines below the list: what was asked for, what was taken back, and what is left of it."""
    lines: list[Mapping[str, Cell]] = []
    for one in totals:
        if one.normal_count:
            lines.append(_line(msg("Total"), one.normal_count, one.normal_minor, one.currency))
        if one.red_count:
            lines.append(_line(msg("Taken back"), one.red_count, one.red_minor, one.currency))
        if one.normal_count and one.red_count:
            # No count: a red one may take back what is of other days, and so not in this list.
            left = Amount(one.normal_minor + one.red_minor, one.currency)
            lines.append({LABEL: msg("What is left"), "amount": left})
    return lines


def _line(label: str, count: int, minor: int, currency: str) -> Mapping[str, Cell]:
    return {LABEL: label, "at": Counted(*INVOICES_COUNT, count), "amount": Amount(minor, currency)}


LISTING: Final = Listing[WrittenInvoice](
    name="invoices",
    caption=msg("Invoices"),
    empty=msg("No invoice fits. Take a filter away, or choose other days."),
    columns=(
        Column("name", msg("Invoice"), lambda row: Code(row.invoice.name)),
        Column("series", msg("Series"), lambda row: Code(row.invoice.series), is_usual=False),
        Column("number", msg("No."), lambda row: row.invoice.number, "count", is_usual=False),
        Column("kind", msg("Kind"), kind_state),
        Column("at", msg("Written at"), lambda row: moment_of(row.at_us), "moment"),
        Column("day", msg("Business day"), lambda row: row.business_date),
        Column(
            "sale",
            msg("Receipt"),
            lambda row: Link(Code(str(row.invoice.receipt_no)), f"/sales/{row.sale_id}"),
        ),
        Column(
            "amount",
            msg("Amount"),
            lambda row: Amount(row.invoice.amount_minor, row.invoice.currency),
            "amount",
        ),
        Column(
            "energy", msg("Energy"), lambda row: Amount(row.invoice.energy_wh, "Wh"), "amount", is_usual=False
        ),
        Column(
            "customer",
            msg("Customer"),
            lambda row: Link(row.invoice.billed.name, customer_path(row.invoice.billed.account_no)),
        ),
        Column("account", msg("Account"), lambda row: Code(row.invoice.billed.account_no), is_usual=False),
        Column("meter", msg("Meter number"), lambda row: meter_cell(row.invoice.pan), is_usual=False),
        Column("back", msg("Takes back"), _taken_back),
        Column("by", msg("By whom"), lambda row: person(row.invoice.by)),
        Column("reason", msg("Reason"), lambda row: row.invoice.reason or None, is_usual=False),
    ),
    filters=(
        DayRange("day", msg("From business day"), msg("To business day"), _usual_days, may_be_open=True),
        TextFilter("series", msg("Series")),
        NumberFilter("number", msg("Invoice number")),
        ChoiceFilter("kind", msg("Kind"), _KINDS),
        NumberFilter("receipt_no", msg("Receipt")),
        TextFilter("account_no", msg("Account")),
        MeterFilter("pan", msg("Meter number")),
        TextFilter("by", msg("Login")),
    ),
    source=Keyset(_question, lambda row: row.place, _total_lines),
    href=lambda row: path_of(row.invoice),
    more=("receipt_no", "account_no", "pan", "by"),
)


async def invoices(asked: Asked) -> Outcome:
    """Show those of the visitor's branch, or all of them, the newest first."""
    return await list_page(asked, LISTING)


ROUTES: Final = (Route("GET", "/invoices", SEES_INVOICES, invoices),)
MENU: Final = (MenuItem(Function.INVOICES, msg("Invoices"), "/invoices"),)
