"""Give a payment back whose credit waits: the form, what will be posted, and a second person who decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.cells import Amount, text_of
from admin_web.fields import REASON
from admin_web.forms import Form, PostingLine
from admin_web.notice import redirect_with
from admin_web.pages.one_sale import sale_crumbs, sale_facts
from admin_web.pages.sales import sale_path
from admin_web.route import Right, Route
from admin_web.trade_words import taken_by
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.counter import station_of
from gateway.core.office_answer import ApprovalAsked
from gateway.core.sale import SaleState
from gateway.core.timeline import moment_of
from gateway.office.orders import GiveBackOrder, act_of

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page, Redirect
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.outcome import Content
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_sales import SoldSale

_GIVES_BACK: Final = Right(Function.REVERSALS, Level.DO)

FORM: Final = Form(
    msg("Give the payment back"),
    msg("Go on"),
    (REASON,),
    lead=msg(
        "The credit was never handed out: the money goes back to the bank, and the bank pays the customer."
    ),
)

AT_COUNTER: Final = replace(
    FORM,
    lead=msg("The token was not given out: the customer gets the money back, out of the cashier's drawer."),
)

NOT_WAITING: Final = msg("The credit does not wait any more, so there is nothing to give back.")
GIVEN_BACK: Final = msg("The payment is given back.")
ASKED: Final = msg("Nothing is booked yet: somebody else who may approve reversals decides until %(until)s.")


async def ask(asked: Asked) -> Outcome:
    """Show the form; back to the sale where its credit does not wait."""
    facts = await sale_facts(asked)
    if facts.sale.state is not SaleState.WAITING:
        return redirect_with(asked, sale_path(facts.sale), asked.words.say(NOT_WAITING))
    return _page(asked, _form_of(facts.sale).blank(asked), facts)


async def send(asked: Asked) -> Outcome:
    """Read the form, show what it will do, and give the order."""
    facts = await sale_facts(asked)
    filled, sale = _form_of(facts.sale).read(asked), facts.sale
    if sale.state is SaleState.REVERSED:
        # Somebody else has taken it back meanwhile: nobody shall pay the money out once more.
        return redirect_with(asked, sale_path(sale), asked.words.say(NOT_WAITING))
    if not filled.is_sound or filled.wants_change:
        return _page(asked, filled, facts)
    if not filled.is_confirmed:
        amount = Amount(sale.tender_minor, sale.currency)
        by = text_of(taken_by(sale.bank), asked.words, asked.shown)
        name = f"{sale.customer} → {by}" if station_of(sale.bank) is None else f"{by} → {sale.customer}"
        return filled.preview(mirror_of(facts), amount, name, crumbs=_crumbs(asked, sale))
    order = GiveBackOrder(sale.key, sale.bank, sale.pan, sale.tender_minor)
    reason = filled.value("reason", str)
    content = await ordered(asked, act_of(order, reason), order.command(asked.me.login, reason))
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return _page(asked, filled.refused(refusal), facts)
    return _done(asked, sale, content)


def _form_of(sale: SoldSale) -> Form:
    return FORM if station_of(sale.bank) is None else AT_COUNTER


def mirror_of(facts: SaleFacts) -> tuple[PostingLine, ...]:
    """Give what will be posted: the mirror of the entry that holds the money."""
    held = facts.entries[0].postings
    return tuple(PostingLine(line.account, Amount(-line.amount, line.unit)) for line in held)


def _done(asked: Asked, sale: SoldSale, content: Content) -> Redirect:
    if isinstance(content, ApprovalAsked):
        until = asked.shown.moment(moment_of(content.ends_us))
        said = asked.words.say(ASKED, until=until)
        return redirect_with(asked, sale_path(sale), said, f"/requests/{content.reference}")
    return redirect_with(asked, sale_path(sale), asked.words.say(GIVEN_BACK))


def _page(asked: Asked, filled: Filled, facts: SaleFacts) -> Page:
    return filled.page(crumbs=_crumbs(asked, facts.sale), back=sale_path(facts.sale))


def _crumbs(asked: Asked, sale: SoldSale) -> tuple[tuple[str, str], ...]:
    return sale_crumbs(asked, (str(sale.receipt_no), sale_path(sale)))


ROUTES: Final = (
    Route("GET", "/sales/<id>/give-back", _GIVES_BACK, ask),
    Route("POST", "/sales/<id>/give-back", _GIVES_BACK, send),
)
