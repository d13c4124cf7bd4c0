"""Refunds that are to be paid out: the list, and a cashier who pays one from her drawer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere, Redirect
from admin_web.cells import Amount, Code, Link
from admin_web.fields import Field
from admin_web.file_words import customer_path
from admin_web.forms import Form, PostingLine
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Whole
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.sell import SELL, SELLS
from admin_web.route import MenuItem, Route
from admin_web.words import msg
from gateway.core import chart
from gateway.core.authority import Function
from gateway.core.views_departures import RefundRow, Refunds
from gateway.office.authorised import Act
from gateway.prepayment.pay_refund import PayRefund

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.listing import Chosen

#: What was shown to be paid out, in minor units: no other amount is booked.
_SHOWN: Final = Field("shown", msg("To be paid out"), "kept", is_required=False, length_max=20)

_PAY: Final = Form(
    msg("Pay the refund out"),
    msg("Go on"),
    (_SHOWN,),
    lead=msg("The customer shows his identity paper, and gets the money out of your drawer."),
)
_PAID: Final = msg("The refund is paid out.")


def _asked_for(chosen: Chosen) -> Refunds:
    return Refunds(branch=chosen.asked.me.rights.branch)


REFUNDS: Final = Listing[RefundRow](
    name="refunds",
    caption=msg("Refunds to be paid out"),
    empty=msg("Nothing is to be paid out to anybody."),
    columns=(
        Column("account", msg("Account number"), lambda row: Code(row.account_no)),
        Column("customer", msg("Customer"), lambda row: Link(row.customer, customer_path(row.account_no))),
        Column("branch", msg("Branch"), lambda row: row.branch or None),
        Column("amount", msg("To be paid out"), lambda row: Amount(row.amount_minor, row.currency), "amount"),
    ),
    source=Whole(_asked_for),
    href=lambda row: f"/refunds/{row.account_no}",
)


async def refunds(asked: Asked) -> Outcome:
    """Show them."""
    return await list_page(asked, REFUNDS)


async def _refund(asked: Asked) -> RefundRow:
    account_no = asked.places["account"]
    if not account_no.isprintable():
        raise NotThere
    question = Refunds(branch=asked.me.rights.branch, account_no=account_no)
    found: Sequence[RefundRow] = await asked.office.views.rows(question)
    if not found:
        raise NotThere
    return found[0]


async def ask(asked: Asked) -> Outcome:
    """Show what would be paid; to whoever has no shift open where she opens one."""
    row = await _refund(asked)
    if not asked.me.station:
        return Redirect(SELL)
    return _preview(asked, _PAY.blank(asked), row)


async def pay(asked: Asked) -> Outcome:
    """Pay it."""
    row, filled = await _refund(asked), _PAY.read(asked)
    if not asked.me.station:
        return Redirect(SELL)
    if filled.wants_change:
        return _form_page(asked, filled, row)
    if not filled.is_confirmed:
        return _preview(asked, filled, row)
    order = PayRefund(
        asked.me.login, filled.nonce, asked.me.station, row.account_no, _shown_in(filled), row.currency
    )
    act = Act(
        Function.SELLING,
        kind="refund",
        order="",
        subject=row.account_no,
        amount_minor=order.amount_minor,
        about=row.account_no,
        needs_reason=False,
        can_wait=False,
    )
    refusal = refusal_in(asked, await ordered(asked, act, order))
    if refusal is not None:
        return _form_page(asked, filled.refused(refusal), row)
    return redirect_with(asked, "/refunds", asked.words.say(_PAID))


def _shown_in(filled: Filled) -> int:
    """Read what was shown; nothing where it was spoilt."""
    shown = filled.optional(_SHOWN.name, str) or ""
    return int(shown) if shown.isascii() and shown.isdigit() else 0


def _shows(filled: Filled, row: RefundRow) -> Filled:
    return filled.keeping(_SHOWN.name, str(row.amount_minor))


def _form_page(asked: Asked, filled: Filled, row: RefundRow) -> Page:
    """Show whose refund it is, and how much: nothing is typed, so whoever wants another goes to the list."""
    facts = (
        Fact(msg("Customer"), Link(row.customer, customer_path(row.account_no))),
        Fact(msg("Account number"), Code(row.account_no)),
        Fact(msg("To be paid out"), Amount(row.amount_minor, row.currency)),
    )
    return _shows(filled, row).page("step_form.html", crumbs=_crumbs(asked), back="/refunds", facts=facts)


def _preview(asked: Asked, filled: Filled, row: RefundRow) -> Page:
    drawer = chart.cash(asked.me.station, asked.me.login)
    lines = (
        PostingLine(chart.refund_payable(row.account_no), Amount(row.amount_minor, row.currency)),
        PostingLine(drawer, Amount(-row.amount_minor, row.currency)),
    )
    name = f"{row.customer} · {row.account_no}"
    amount = Amount(row.amount_minor, row.currency)
    return _shows(filled, row).preview(lines, amount, name, crumbs=_crumbs(asked))


def _crumbs(asked: Asked) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Refunds to be paid out")), "/refunds"),)


ROUTES: Final = (
    Route("GET", "/refunds", SELLS, refunds),
    Route("GET", "/refunds/<account>", SELLS, ask),
    Route("POST", "/refunds/<account>", SELLS, pay),
)
MENU: Final = (MenuItem(Function.SELLING, msg("Refunds to be paid out"), "/refunds"),)
