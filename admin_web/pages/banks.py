"""Banks: what each has covered, owes and disputes, what it did in a day, and whether its doors stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.bank_doors import door_state
from admin_web.cells import Amount, Code, Link, Said
from admin_web.filters import DayFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Whole
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views_watch import Banks, BankStanding

if TYPE_CHECKING:
    from datetime import date

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.needs import BankSetUp


def _today(asked: Asked) -> date:
    return asked.office.today()


def on_account(account: str, minor: int, currency: str) -> Cell:
    """Show what stands on an account; it leads to the account's statement."""
    return Link(Amount(minor, currency), f"/ledger/{account}/{currency}")


def float_cell(row: BankStanding, set_up: BankSetUp | None) -> Cell:
    """Show what is left of a float, of a bank that pays in advance or has something left from when it did."""
    pays_afterwards = set_up is not None and not set_up.is_covered
    if pays_afterwards and not row.covers_minor:
        return None
    return on_account(chart.bank_float(row.bank), row.covers_minor, row.currency)


def owed_cell(row: BankStanding, set_up: BankSetUp | None) -> Cell:
    """Show what a bank owes that settles afterwards: what one in advance has brought is no debt of it."""
    if set_up is not None and set_up.is_covered:
        return None
    return on_account(chart.bank(row.bank), row.owed_minor, row.currency)


def _last(row: BankStanding) -> Cell:
    return None if row.last_payment_us is None else moment_of(row.last_payment_us)


def _listing(asked: Asked) -> Listing[BankStanding]:
    """Declare the list with the doors as they stand at this moment."""
    checks = asked.office.checks()
    set_up = {one.code: one for one in asked.office.banks}
    return Listing[BankStanding](
        name="banks",
        caption=msg("Banks"),
        empty=msg("No bank has sold anything yet. Banks are set up in the gateway's configuration."),
        columns=(
            Column("bank", msg("Bank"), lambda row: Code(row.bank), is_sortable=True),
            Column("doors", msg("Doors"), lambda row: door_state(checks, row.bank)),
            Column("payments", msg("Payments"), lambda row: row.payments.count, "count", is_sortable=True),
            Column(
                "paid",
                msg("Paid"),
                lambda row: Amount(row.payments.amount, row.currency),
                "amount",
                is_sortable=True,
            ),
            Column("energy", msg("Energy"), lambda row: Amount(row.energy_wh, WATT_HOURS), "amount"),
            Column(
                "reversed",
                msg("Given back"),
                lambda row: Amount(row.reversals.amount, row.currency),
                "amount",
                is_usual=False,
            ),
            Column(
                "covers",
                msg("Float left"),
                lambda row: float_cell(row, set_up.get(row.bank)),
                "amount",
            ),
            Column(
                "owed",
                msg("Owes"),
                lambda row: owed_cell(row, set_up.get(row.bank)),
                "amount",
            ),
            Column(
                "claimed",
                msg("In dispute"),
                lambda row: on_account(chart.claim(row.bank), row.claimed_minor, row.currency),
                "amount",
            ),
            Column("last", msg("Last payment"), _last, "moment", is_usual=False),
        ),
        filters=(DayFilter("day", msg("Business day"), _today),),
        source=Whole(lambda chosen: Banks(chosen.day("day"))),
        order=Order("bank"),
        href=lambda row: f"/banks/{row.bank}",
    )


async def banks(asked: Asked) -> Outcome:
    """Show them, in the order of their codes."""
    return await list_page(
        asked,
        _listing(asked),
        lead=Said(
            msg(
                "Payments are those of the day; float, debts and disputes are of now."
                " A float is paid in advance and not yet sold."
            )
        ),
    )


ROUTES: Final = (Route("GET", "/banks", Right(Function.BANKS, of_all=True), banks),)
MENU: Final = (MenuItem(Function.BANKS, msg("Banks"), "/banks", of_all=True),)
