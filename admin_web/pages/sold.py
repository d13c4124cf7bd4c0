"""A sale at a counter, sold: the token is given out, or the sale is undone while there is time.

The credit stays in the house until somebody presses the button: only then is the token made and shown, and
the diary has its line. The same token is shown again to whoever may see whole tokens, on the sale's page.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere, Page
from admin_web.card_timeline import card_told
from admin_web.cells import Amount
from admin_web.fields import REASON
from admin_web.file_words import sale_state
from admin_web.forms import Form
from admin_web.invoice_words import invoices_of, path_of
from admin_web.issuing import ordered_with_tokens
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.give_back import mirror_of
from admin_web.pages.sale_token import token_page
from admin_web.pages.sales import customer_link, meter_link, sale_path
from admin_web.pages.sell import SELL, SELLS
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.chart import cash
from gateway.core.counter import station_of
from gateway.core.diary import Action
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import Carrier
from gateway.core.outcome import Approved
from gateway.core.sale import SaleState
from gateway.core.timeline import moment_of
from gateway.core.views_booked import SaleFile
from gateway.office.authorised import Act
from gateway.prepayment.hand_over import HandOver
from gateway.prepayment.sell_at_counter import GiveOut, UndoAtCounter

if TYPE_CHECKING:
    from datetime import datetime

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_sales import SoldSale

#: Digits of the largest receipt number there can be.
_DIGITS_MAX: Final = 18
_NIBBLES: Final = 16
_REFUSED: Final = 422

UNDO: Final = Form(
    msg("Undo the sale"),
    msg("Go on"),
    (REASON,),
    lead=msg("The token was not given out: the customer gets the money back, out of your drawer."),
)
UNDONE: Final = msg("The sale is undone. Give the customer the money back.")
GIVEN: Final = msg("It does not wait any more: see below where it stands.")
GONE: Final = msg("The sale cannot be undone any more.")


async def sold_facts(asked: Asked) -> SaleFacts:
    """Give the sale of the path's receipt number; NotThere for a bank's, or another branch's."""
    written = asked.places["receipt"]
    if not (written.isascii() and written.isdigit() and len(written) <= _DIGITS_MAX):
        raise NotThere
    question = SaleFile(branch=asked.me.rights.branch, receipt_no=int(written))
    facts = await asked.office.views.totals(question)
    if facts is None or station_of(facts.sale.bank) is None:
        raise NotThere
    return facts


async def show(asked: Asked) -> Outcome:
    """Show where the sale stands, and what comes next."""
    facts = await sold_facts(asked)
    on_card = await card_told(asked, facts.sale.key)
    return _page(asked, facts, invoice=await _invoice_path(asked, facts.sale), on_card=on_card.facts)


async def give(asked: Asked) -> Outcome:
    """Make the token, and show it."""
    facts = await sold_facts(asked)
    sale, me = facts.sale, asked.me
    if sale.state is not SaleState.WAITING or facts.carrier is not Carrier.TOKEN:
        # What was shown once is shown again by the other button: for whoever may, and with a line of its own.
        return redirect_with(asked, sold_path(sale), asked.words.say(GIVEN))
    terms = asked.office.counters.rules.terms(station_of(sale.bank) or "", me.login)
    handing = HandOver(sale.key, secrets.randbelow(_NIBBLES), terms, asked.office.workshop.issuer)
    act = _act(sale, Action.SHOW)
    content = await ordered_with_tokens(asked, act, GiveOut(me.login, me.station, handing))
    refusal = refusal_in(asked, content)
    if refusal is not None or not isinstance(content, Approved):
        return _page(asked, facts, refusal)
    invoice = await _invoice_path(asked, sale)
    return token_page(asked, sale, content, _crumbs(asked), going_on=SELL, invoice=invoice)


async def _invoice_path(asked: Asked, sale: SoldSale) -> str:
    """Name the page of its newest invoice; nothing where it has none, or she may not see it."""
    had = [one.invoice for one in await invoices_of(asked, sale.key) if not one.invoice.is_part]
    return path_of(had[0]) if had else ""


async def ask_undo(asked: Asked) -> Outcome:
    """Show the form."""
    facts = await sold_facts(asked)
    if not _may_undo(asked, facts):
        return redirect_with(asked, sold_path(facts.sale), asked.words.say(GONE))
    return _undo_page(asked, UNDO.blank(asked), facts)


async def undo(asked: Asked) -> Outcome:
    """Show what is posted, then give the money back."""
    facts, filled = await sold_facts(asked), UNDO.read(asked)
    sale = facts.sale
    if not filled.is_sound or filled.wants_change:
        return _undo_page(asked, filled, facts)
    if not filled.is_confirmed:
        amount = Amount(sale.tender_minor, sale.currency)
        return filled.preview(mirror_of(facts), amount, sale.customer, crumbs=_crumbs(asked))
    order = UndoAtCounter(
        asked.me.login,
        station_of(sale.bank) or "",
        sale.key,
        sale.pan,
        sale.tender_minor,
        asked.office.counters.rules.undo_s,
        filled.value("reason", str),
    )
    act = _act(sale, Action.ORDER, filled.value("reason", str))
    refusal = refusal_in(asked, await ordered(asked, act, order))
    if refusal is not None:
        return _undo_page(asked, filled.refused(refusal), facts)
    return redirect_with(asked, sold_path(sale), asked.words.say(UNDONE))


def sold_path(sale: SoldSale) -> str:
    """Name the page of a sale at a counter."""
    return f"/sold/{sale.receipt_no}"


def _act(sale: SoldSale, action: Action, reason: str = "") -> Act:
    return Act(
        Function.SELLING,
        kind="sell",
        order="",
        subject=sale.key,
        amount_minor=sale.tender_minor if action is Action.ORDER else 0,
        about=sale.pan,
        reason=reason,
        needs_reason=action is Action.ORDER,
        action=action,
        can_wait=False,
    )


def _undo_until(asked: Asked, sale: SoldSale) -> datetime:
    return moment_of(sale.at_us) + timedelta(seconds=asked.office.counters.rules.undo_s)


def _may_undo(asked: Asked, facts: SaleFacts) -> bool:
    """Is it hers, does it wait, is there still time? The books decide; the page does not offer in vain."""
    sale = facts.sale
    is_hers = facts.funding == cash(asked.me.station, asked.me.login)
    return sale.state is SaleState.WAITING and is_hers and asked.office.now() <= _undo_until(asked, sale)


def _page(
    asked: Asked,
    facts: SaleFacts,
    refusal: str | None = None,
    *,
    invoice: str = "",
    on_card: tuple[Fact, ...] = (),
) -> Page:
    sale = facts.sale
    is_waiting = sale.state is SaleState.WAITING
    values = {
        "title": asked.words.say(msg("Sold")),
        "crumbs": _crumbs(asked),
        "sale": sale,
        "amount": Amount(sale.tender_minor, sale.currency),
        "state": sale_state(sale),
        "facts": (*_facts(facts), *on_card),
        "takes_cards": facts.carrier is Carrier.CARD,
        "give_path": f"{sold_path(sale)}/give" if is_waiting and facts.carrier is Carrier.TOKEN else None,
        "is_waiting": is_waiting,
        "is_out": sale.is_token_out,
        "undo_path": f"{sold_path(sale)}/undo" if _may_undo(asked, facts) else None,
        "undo_until": _undo_until(asked, sale),
        "refusal": refusal,
        "next": SELL,
        "invoice": invoice,
        "sale_path": sale_path(sale),
    }
    return Page("sold.html", values, 200 if refusal is None else _REFUSED)


def _facts(facts: SaleFacts) -> tuple[Fact, ...]:
    sale = facts.sale
    return (
        Fact(msg("Customer"), customer_link(sale)),
        Fact(msg("Meter number"), meter_link(sale)),
        Fact(msg("Energy"), Amount(sale.energy_wh, WATT_HOURS)),
        Fact(msg("Receipt"), str(sale.receipt_no)),
        Fact(msg("Paid at"), moment_of(sale.at_us)),
    )


def _undo_page(asked: Asked, filled: Filled, facts: SaleFacts) -> Page:
    return filled.page(crumbs=_crumbs(asked), back=sold_path(facts.sale))


def _crumbs(asked: Asked) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Sell")), SELL),)


ROUTES: Final = (
    Route("GET", "/sold/<receipt>", SELLS, show),
    Route("POST", "/sold/<receipt>/give", SELLS, give),
    Route("GET", "/sold/<receipt>/undo", SELLS, ask_undo),
    Route("POST", "/sold/<receipt>/undo", SELLS, undo),
)
