"""The sales: what was paid for which meter, where each stands, and what they come to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Code, Counted, Link
from admin_web.figure_filters import EnergyRange, MeterFilter, MomentRange, MoneyRange, NumberFilter
from admin_web.file_words import SALE_STATES, meter_cell, sale_state
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.listing import LABEL, Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.order_words import reference_cell
from admin_web.route import MenuItem, Right, Route
from admin_web.trade_words import taken_by
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.counter import taken_at
from gateway.core.sale import SaleState
from gateway.core.timeline import moment_of
from gateway.core.views_sales import SaleOrder, Sales, SoldSale
from gateway.core.views_staff import Stations
from gateway.core.views_watch import Banks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.filters import Filter
    from admin_web.listing import Chosen
    from gateway.core.views_sales import SaleTotals

SEES_SALES: Final = Right(Function.SALES)

#: Days that the list shows by itself.
_USUAL_DAYS: Final = timedelta(days=7)

#: Whoever names a sale by one of these wants it, however old it is.
_NAMING: Final = ("reference", "receipt_no", "account_no", "pan", "phone", "at_from", "at_to")

_STATES: Final = tuple(
    (state.value, SALE_STATES[state].sentence) for state in SaleState if state is not SaleState.BEGIN
)
_ORDERS: Final[Mapping[str, SaleOrder]] = {
    "at": SaleOrder.OLDEST,
    "-at": SaleOrder.NEWEST,
    "paid": SaleOrder.SMALLEST,
    "-paid": SaleOrder.LARGEST,
}
SALES_COUNT: Final = msg_many("%(count)s sale", "%(count)s sales")


def sale_path(sale: SoldSale) -> str:
    """Name the page of a sale."""
    return f"/sales/{sale.id}"


def meter_link(sale: SoldSale) -> Link:
    """Lead to the meter, by the number on its face."""
    return meter_cell(sale.pan)


def customer_link(sale: SoldSale) -> Link:
    """Lead to the customer."""
    return Link(sale.customer, f"/customers/{sale.account_no}")


def _usual_days(asked: Asked) -> tuple[date, date] | None:
    if any(asked.first(name) for name in _NAMING):
        return None
    today = asked.office.today()
    return today - _USUAL_DAYS + timedelta(days=1), today


def _token(sale: SoldSale) -> Cell:
    return Code(f"…{sale.token_end}") if sale.is_token_out else None


_COLUMNS: Final = (
    Column[SoldSale]("receipt", msg("Receipt"), lambda one: Code(str(one.receipt_no))),
    Column[SoldSale]("at", msg("Paid at"), lambda one: moment_of(one.at_us), "moment", is_sortable=True),
    Column[SoldSale]("day", msg("Business day"), lambda one: one.business_date, is_usual=False),
    Column[SoldSale]("customer", msg("Customer"), customer_link),
    Column[SoldSale](
        "paid",
        msg("Paid"),
        lambda one: Amount(one.tender_minor, one.currency, one.id),
        "amount",
        is_sortable=True,
    ),
    Column[SoldSale]("energy", msg("Energy"), lambda one: Amount(one.energy_wh, "Wh", one.id), "amount"),
    Column[SoldSale]("state", msg("State"), sale_state),
    Column[SoldSale]("meter", msg("Meter number"), meter_link),
    Column[SoldSale]("bank", msg("Bank or counter"), lambda one: taken_by(one.bank)),
    Column[SoldSale]("account", msg("Account"), lambda one: Code(one.account_no), is_usual=False),
    Column[SoldSale]("token", msg("Token"), _token, is_usual=False),
    Column[SoldSale]("type", msg("Power type"), lambda one: one.power_type, is_usual=False),
    Column[SoldSale]("tariff", msg("Tariff"), lambda one: one.tariff_version, is_usual=False),
    Column[SoldSale]("terminal", msg("Terminal"), lambda one: one.terminal, is_usual=False),
    Column[SoldSale]("trace", msg("Trace"), lambda one: one.trace, is_usual=False),
    Column[SoldSale]("reference", msg("Reference"), reference_cell, is_usual=False),
    Column[SoldSale]("key", msg("Our key"), lambda one: Code(one.key), is_usual=False),
)

#: With four links in each row, more would be a long way by Tab.
_ROWS: Final = 25


def _filters(takers: tuple[tuple[str, str], ...]) -> tuple[Filter, ...]:
    return (
        DayRange("day", msg("From business day"), msg("To business day"), _usual_days, may_be_open=True),
        ChoiceFilter("state", msg("State"), _STATES),
        ChoiceFilter("bank", msg("Bank or counter"), takers),
        TextFilter("reference", msg("Bank's reference or trace")),
        MeterFilter("pan", msg("Meter number")),
        NumberFilter("receipt_no", msg("Receipt")),
        TextFilter("account_no", msg("Account")),
        TextFilter("phone", msg("Telephone")),
        TextFilter("power_type", msg("Power type")),
        MoneyRange("paid", msg("Paid at least"), msg("Paid at most")),
        EnergyRange("energy", msg("At least so many kWh"), msg("At most so many kWh")),
        MomentRange("at", msg("Paid from"), msg("Paid until")),
    )


_MORE: Final = ("pan", "receipt_no", "account_no", "phone", "power_type", "paid", "energy", "at")


def _question(chosen: Chosen) -> Sales:
    first_day, last_day = chosen.range_of("day")
    least, most = chosen.range_of("paid")
    least_wh, most_wh = chosen.range_of("energy")
    begin, end = chosen.range_of("at")
    state = chosen.text("state")
    return Sales(
        branch=chosen.asked.me.rights.branch,
        begin_us=begin,
        end_us=end,
        first_day=first_day,
        last_day=last_day,
        bank=chosen.text("bank"),
        power_type=chosen.text("power_type"),
        state=None if state is None else SaleState(state),
        account_no=chosen.text("account_no"),
        pan=chosen.text("pan"),
        phone=chosen.text("phone"),
        reference=chosen.text("reference"),
        receipt_no=chosen.number("receipt_no"),
        least_minor=least,
        most_minor=most,
        least_wh=least_wh,
        most_wh=most_wh,
        order=_ORDERS[chosen.order.text] if chosen.order else SaleOrder.NEWEST,
        after=None if chosen.after is None else chosen.after[0],
        limit=chosen.limit,
    )


def total_lines(totals: Sequence[SaleTotals]) -> list[Mapping[str, Cell]]:
    """Give the lines below a list of sales: all, and where some do not stand, these and what is left."""
    lines: list[Mapping[str, Cell]] = []
    for one in totals:
        lines.append(_line(one, msg("Total"), (one.count, one.minor, one.energy_wh)))
        if one.reversed_count:
            reversed_ = one.reversed_count, -one.reversed_minor, -one.reversed_wh
            lines.append(_line(one, msg("Given back"), reversed_))
        if one.claimed_count:
            claimed = one.claimed_count, -one.claimed_minor, -one.claimed_wh
            lines.append(_line(one, msg("In dispute"), claimed))
        if one.conceded_count:
            conceded = one.conceded_count, -one.conceded_minor, -one.conceded_wh
            lines.append(_line(one, msg("Written off"), conceded))
        if one.kept_count != one.count:
            lines.append(_line(one, msg("What stands"), (one.kept_count, one.kept_minor, one.kept_wh)))
    return lines


def _line(of: SaleTotals, label: str, figures: tuple[int, int, int]) -> Mapping[str, Cell]:
    count, minor, energy_wh = figures
    return {
        LABEL: label,
        "at": Counted(*SALES_COUNT, count),
        "paid": Amount(minor, of.currency),
        "energy": Amount(energy_wh, "Wh"),
    }


def _listing(takers: tuple[tuple[str, str], ...]) -> Listing[SoldSale]:
    return Listing[SoldSale](
        name="sales",
        caption=msg("Sales"),
        empty=msg("No sale fits. Take a filter away, or choose other days."),
        columns=_COLUMNS,
        filters=_filters(takers),
        source=Keyset(_question, lambda sale: (sale.id,), total_lines),
        order=Order("at", is_descending=True),
        href=sale_path,
        more=_MORE,
        page_rows=_ROWS,
    )


async def sales(asked: Asked) -> Outcome:
    """Show the sales of the visitor's branch, or of all of them."""
    standings = await asked.office.views.rows(Banks(asked.office.today()))
    stations = await asked.office.views.rows(Stations(asked.me.rights.branch))
    banks = dict.fromkeys(one.bank for one in standings)
    counters = [(taken_at(row.station.code), row.station.name) for row in stations]
    return await list_page(asked, _listing((*((bank, bank) for bank in banks), *counters)))


ROUTES: Final = (Route("GET", "/sales", SEES_SALES, sales),)
MENU: Final = (MenuItem(Function.SALES, msg("Sales"), "/sales"),)
