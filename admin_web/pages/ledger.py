"""The ledger: where every account stands after a day, and what was posted on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Amount, Code, Said
from admin_web.filters import DayFilter, DayRange, TextFilter
from admin_web.listing import LABEL, Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.chart import CHART
from gateway.core.closed_day import AccountSums
from gateway.core.timeline import moment_of
from gateway.core.views import Statement, StatementRow, StatementTotals, UnitTotals
from gateway.core.views_files import TEXT_MAX, CustomerFile
from gateway.core.views_ledger import AccountOrder, AccountsOfDay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

#: What the accounts are put in order by, by the column that is clicked.
_ORDERS: Final = {"account": AccountOrder.CODE} | {one.value: one for one in AccountOrder}

_SEES_LEDGER: Final = Right(Function.LEDGER)
_SEES_BALANCE: Final = Right(Function.LEDGER, of_all=True)


def _today(asked: Asked) -> date:
    return asked.office.today()


def _this_month(asked: Asked) -> tuple[date, date]:
    today = asked.office.today()
    return today.replace(day=1), today


def meaning(account: str) -> Cell:
    """Say what an account is for, as the chart of accounts has it."""
    known = CHART.get(account.partition(":")[0])
    return Said(known[1]) if known else None


def _accounts_of(chosen: Chosen) -> AccountsOfDay:
    order = chosen.order or Order("account")
    return AccountsOfDay(
        day=chosen.day("day"),
        text=chosen.text("account"),
        order=_ORDERS[order.column],
        is_descending=order.is_descending,
        after=None if chosen.after is None else AccountSums(*chosen.after),
        limit=chosen.limit,
    )


def place_of(row: AccountSums) -> tuple[str | int, ...]:
    """Give all that a list may go on behind, whatever its order."""
    return row.code, row.unit, row.opening, row.debit, row.credit


def _sums(totals: Sequence[UnitTotals]) -> Sequence[Mapping[str, Cell]]:
    return [
        {
            "unit": one.unit,
            "opening": Amount(one.opening, one.unit),
            "debit": Amount(one.debit, one.unit),
            "credit": Amount(one.credit, one.unit),
            "closing": Amount(one.closing, one.unit),
        }
        for one in totals
    ]


TRIAL_BALANCE: Final = Listing[AccountSums](
    name="trial-balance",
    caption=msg("Trial balance"),
    empty=msg("No account stands anywhere on this day. Choose a later day, or another account."),
    columns=(
        Column("account", msg("Account"), lambda row: Code(row.code), is_sortable=True),
        Column("meaning", msg("What it is"), lambda row: meaning(row.code)),
        Column("unit", msg("Unit"), lambda row: row.unit, is_sortable=True, is_usual=False),
        Column(
            "opening", msg("Opening"), lambda row: Amount(row.opening, row.unit), "amount", is_sortable=True
        ),
        Column("debit", msg("Debit"), lambda row: Amount(row.debit, row.unit), "amount", is_sortable=True),
        Column("credit", msg("Credit"), lambda row: Amount(row.credit, row.unit), "amount", is_sortable=True),
        Column(
            "closing", msg("Closing"), lambda row: Amount(row.closing, row.unit), "amount", is_sortable=True
        ),
    ),
    filters=(
        DayFilter("day", msg("Business day"), _today),
        TextFilter("account", msg("Account contains"), TEXT_MAX),
    ),
    source=Keyset(_accounts_of, place_of, _sums),
    order=Order("account"),
    href=lambda row: f"/ledger/{row.code}/{row.unit}",
)


def _statement_of(chosen: Chosen) -> Statement:
    account, unit = chosen.asked.places["account"], chosen.asked.places["unit"]
    first, last = chosen.days("day")
    after = None
    if chosen.after is not None:
        number, entry_id, line, balance = chosen.after
        after = StatementRow(number, entry_id, line, 0, 0, "", "", "", 0, balance)
    return Statement(account, unit, first, last, after, chosen.limit)


def _place(row: StatementRow) -> tuple[int, ...]:
    return row.number, row.entry_id, row.line, row.balance


def _statement(unit: str) -> Listing[StatementRow]:
    """Declare the statement of an account of this unit."""

    def sums(totals: StatementTotals) -> Sequence[Mapping[str, Cell]]:
        return (
            {LABEL: msg("Opening"), "balance": Amount(totals.opening, unit)},
            {
                LABEL: msg("Closing"),
                "debit": Amount(totals.debit, unit),
                "credit": Amount(totals.credit, unit),
                "balance": Amount(totals.closing, unit),
            },
        )

    return Listing[StatementRow](
        name="statement",
        caption=msg("Statement of an account"),
        empty=msg("Nothing was posted on this account in these days. Choose other days."),
        columns=(
            Column("number", msg("No."), lambda row: row.number, "count"),
            Column("at", msg("Booked at"), lambda row: moment_of(row.at_us), "moment"),
            Column("day", msg("Business day"), lambda row: row.business_date),
            Column("kind", msg("Kind"), lambda row: Code(row.kind), is_usual=False),
            Column("key", msg("Reference"), lambda row: Code(row.key)),
            Column("entry", msg("Entry"), lambda row: Code(str(row.entry_id)), is_usual=False),
            Column("debit", msg("Debit"), lambda row: _side(row, unit, 1), "amount"),
            Column("credit", msg("Credit"), lambda row: _side(row, unit, -1), "amount"),
            Column("balance", msg("Balance"), lambda row: Amount(row.balance, unit), "amount"),
        ),
        filters=(DayRange("day", msg("From business day"), msg("To business day"), _this_month),),
        source=Keyset(_statement_of, _place, sums),
    )


def _side(row: StatementRow, unit: str, sign: int) -> Cell:
    """Give the amount on its own side, and nothing on the other."""
    return Amount(abs(row.amount), unit, row.entry_id) if row.amount * sign > 0 else None


async def trial_balance(asked: Asked) -> Outcome:
    """Show where every account stands."""
    return await list_page(asked, TRIAL_BALANCE)


async def statement(asked: Asked) -> Outcome:
    """Show what was posted on an account; NotThere for one that the chart does not know, or not of hers."""
    account, unit = asked.places["account"], asked.places["unit"]
    said = meaning(account)
    if said is None or not asked.shown.knows_unit(unit):
        raise NotThere
    await _require_hers(asked, account)
    crumbs = ((asked.words.say(msg("Trial balance")), "/ledger"),)
    title = f"{account} · {unit}"
    return await list_page(asked, _statement(unit), title=title, crumbs=crumbs, lead=said)


def _may_be_hers(parts: Sequence[str]) -> bool:
    """Is this a customer's account? Of no other has a branch anything."""
    return bool(chart.customer_of(parts[1]))


async def _require_hers(asked: Asked, account: str) -> None:
    """Show who belongs to a branch the accounts of its customers, and no other; NotThere."""
    branch = asked.me.rights.branch
    if branch is None:
        return
    account_no = chart.customer_of(account)
    question = CustomerFile(branch=branch, account_no=account_no)
    if not account_no.isprintable() or await asked.office.views.totals(question) is None:
        raise NotThere


ROUTES: Final = (
    Route("GET", "/ledger", _SEES_BALANCE, trial_balance),
    Route("GET", "/ledger/<account>/<unit>", _SEES_LEDGER, statement, is_of_branch=_may_be_hers),
)
MENU: Final = (MenuItem(Function.LEDGER, msg("Ledger"), "/ledger", of_all=True),)
