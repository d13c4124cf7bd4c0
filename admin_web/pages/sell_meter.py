"""Selling at a counter, the second and third step: for how much; and what was asked for, read back and sold.

An amount is sold as it is; energy is sold for what it costs. What is shown is what is sold: where the price
is another one by then, the cashier is shown the new one and asked again.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from admin_web.acting import refusal_in
from admin_web.answers import Redirect
from admin_web.cells import Amount
from admin_web.fields import Field
from admin_web.file_words import METER_STATES, meter_number
from admin_web.forms import First, Form, PostingLine
from admin_web.issuing import ordered_with_tokens
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.meter import meter_file
from admin_web.pages.sales import sale_path
from admin_web.pages.sell import SELL, SELLS
from admin_web.route import Route
from admin_web.tariff_words import line_said
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.chart import HELD_CREDIT
from gateway.core.counter import HANDED_OUT, counter_key, station_of
from gateway.core.energy import Energy
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import Carrier, MeterRef
from gateway.core.money import Money
from gateway.core.office import OfficeRefusal
from gateway.core.outcome import Approved, MeterFound
from gateway.core.payment import PaymentOrder
from gateway.core.sale import SaleState
from gateway.core.shown_price import shown_of
from gateway.core.timeline import moment_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_files import CustomerFile
from gateway.core.views_sales import Sales
from gateway.office.authorised import Act
from gateway.prepayment.hoarding import InquireAtCounter
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.sell_at_counter import SellAtCounter
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.outcome import Content, Offer
    from gateway.core.payment import SaleTerms
    from gateway.core.views_files import MeterFacts
    from gateway.core.views_sales import SoldSale

#: Sales of the meter that the cashier sees beside the form.
_LAST: Final = 3

_NIBBLES: Final = 16

FORM: Final = Form(
    msg("Sell"),
    msg("Show the price"),
    (
        Field("amount", msg("Amount"), "money", is_required=False),
        Field(
            "energy",
            msg("or energy"),
            "energy",
            hint=msg("Instead of an amount: what it costs is worked out."),
            is_required=False,
        ),
        Field(
            "given",
            msg("Cash that the customer gives"),
            "money",
            hint=msg("Only to work out the change."),
            is_required=False,
        ),
        Field("shown", msg("Price shown"), "kept", is_required=False),
    ),
)

#: Said of a meter whose credit no counter hands over.
ON_A_CARD: Final = msg(
    "This meter takes its credit from a card. It is sold to at a card station, with the customer's card in "
    "the reader; take no money for it here."
)

ONE_OF_BOTH: Final = msg("Fill in the amount or the energy: one of the two, not both.")
MORE_THAN_NOTHING: Final = msg("Write more than zero.")
NEXT_CUSTOMER: Final = msg("Next customer")
CHANGE: Final = msg("Change to give back: %(change)s")
TOO_LITTLE: Final = msg("This is less than the sale costs.")


async def ask(asked: Asked) -> Outcome:
    """Show the sale screen; for a meter whose credit no counter hands over, that it is so."""
    facts = await meter_file(asked)
    if not asked.me.station:
        return Redirect(SELL)
    is_here = facts.meter.carrier in HANDED_OUT
    form = FORM if is_here else Form(FORM.title, "", (), first=First(_why_not(facts), NEXT_CUSTOMER, SELL))
    return await _form(asked, form.blank(asked), facts)


def _why_not(facts: MeterFacts) -> str:
    """Say why no counter hands over what this meter takes."""
    is_card = facts.meter.carrier is Carrier.CARD
    return ON_A_CARD if is_card else OfficeRefusal.NOT_AT_COUNTER.value


async def send(asked: Asked) -> Outcome:
    """Work the price out, read it back, then sell."""
    facts, filled = await meter_file(asked), FORM.read(asked)
    if not asked.me.station:
        return Redirect(SELL)
    done = await _sold_before(asked, filled) if filled.is_confirmed else None
    if done is not None:
        return Redirect(done)
    filled = _checked(filled)
    if not filled.is_sound or filled.wants_change:
        return await _form(asked, filled, facts)
    if facts.meter.carrier not in HANDED_OUT:
        return await _form(asked, filled.refused(_why_not(facts)), facts)
    content = await asked.office.poster.post(_inquiry(asked, filled, facts.meter.pan))
    if not isinstance(content, MeterFound) or content.offer is None:
        return await _form(asked, filled.refused(refusal_in(asked, content) or ""), facts)
    offer = content.offer
    given = filled.optional("given", Money)
    if given is not None and given.minor < offer.tender.minor:
        cost = asked.shown.money(offer.tender.minor, offer.tender.currency)
        return await _form(asked, filled.refused(f"{asked.words.say(TOO_LITTLE)} {cost}", "given"), facts)
    shown = shown_of(offer)
    if not filled.is_confirmed or filled.optional("shown", str) != shown:
        is_other = filled.is_confirmed
        return _preview(asked, filled.keeping("shown", shown), facts, offer, is_other=is_other)
    sold = await _sold(asked, filled, facts, offer)
    if isinstance(sold, Approved):
        return _on_to(asked, sold, given)
    return await _form(asked, filled.refused(refusal_in(asked, sold) or ""), facts)


async def _sold_before(asked: Asked, filled: Filled) -> str | None:
    """Name the page of what this very form has sold already; the price may be another one since."""
    key = counter_key(asked.me.station, filled.nonce)
    facts = await asked.office.views.totals(SaleFile(branch=asked.me.rights.branch, key=key))
    return None if facts is None else f"/sold/{facts.sale.receipt_no}"


def _on_to(asked: Asked, sold: Approved, given: Money | None) -> Redirect:
    """Go on to what was sold, where the change is said that the customer gets."""
    path, change = f"/sold/{sold.receipt_no}", 0 if given is None else given.minor - sold.tender_minor
    if change <= 0:
        return Redirect(path)
    figure = asked.shown.money(change, sold.currency)
    return redirect_with(asked, path, asked.words.say(CHANGE, change=figure))


def _checked(filled: Filled) -> Filled:
    """One of the two must be said."""
    both = filled.optional("amount", Money), filled.optional("energy", Energy)
    if filled.is_sound and sum(one is not None for one in both) != 1:
        return filled.refused(ONE_OF_BOTH, "amount")
    is_nothing = both[1] is not None and both[1].wh == 0
    return filled.refused(MORE_THAN_NOTHING, "energy") if is_nothing else filled


def terms_of(asked: Asked) -> SaleTerms:
    """Say what the cashier sells by, where she sits."""
    return asked.office.counters.rules.terms(asked.me.station, asked.me.login)


def _inquiry(asked: Asked, filled: Filled, pan: str) -> InquireAtCounter:
    energy = filled.optional("energy", Energy)
    pricing, energy_wh = asked.office.counters.pricing, 0 if energy is None else energy.wh
    amount = filled.optional("amount", Money)
    return InquireAtCounter(Inquire(MeterRef(pan=pan), terms_of(asked), pricing, amount, energy_wh))


async def _sold(asked: Asked, filled: Filled, facts: MeterFacts, offer: Offer) -> Content:
    """Give the order: the form is its key, so that it is sold once."""
    key, pan = counter_key(asked.me.station, filled.nonce), facts.meter.pan
    payment = payment_of(asked, key, pan, offer.tender, terms_of(asked))
    command = SellAtCounter(asked.me.login, asked.me.station, payment, shown_of(offer))
    act = Act(
        Function.SELLING,
        kind="sell",
        order="",
        subject=key,
        amount_minor=offer.tender.minor,
        about=pan,
        needs_reason=False,
        can_wait=False,
    )
    return await ordered_with_tokens(asked, act, command)


def payment_of(asked: Asked, key: str, pan: str, tender: Money, terms: SaleTerms) -> TakePayment:
    """Make the payment that a counter takes for a meter."""
    order = PaymentOrder(MeterRef(pan=pan), tender, asked.me.station, secrets.randbelow(_NIBBLES))
    digest = f"{pan} {tender.minor} {tender.currency}"
    return TakePayment(
        key, digest, order, terms, asked.office.counters.pricing, asked.office.workshop.issuer
    )


def _preview(
    asked: Asked, filled: Filled, facts: MeterFacts, offer: Offer, *, is_other: bool
) -> Page:
    """Show the amount, the energy and the name to be read back, the price's lines and the postings."""
    currency, given = offer.tender.currency, filled.optional("given", Money)
    change = None if given is None else Amount(given.minor - offer.tender.minor, currency)
    values: dict[str, Any] = {
        "title": asked.words.say(msg("Read it back")),
        "crumbs": _crumbs(asked),
        "is_other": is_other,
        "energy": Amount(offer.energy_wh, WATT_HOURS),
        "free": Amount(offer.free_wh, WATT_HOURS) if offer.free_wh else None,
        "preset": Amount(offer.preset_wh, WATT_HOURS) if offer.preset_wh else None,
        "lines": lines_of(asked, offer),
        "change": change,
        "buyer": _buyer(facts),
    }
    return filled.preview(
        postings_of(terms_of(asked).funding, offer),
        Amount(offer.tender.minor, currency),
        facts.meter.customer,
        "sell_preview.html",
        **values,
    )


def lines_of(asked: Asked, offer: Offer) -> list[tuple[str, Amount]]:
    """Give the price's lines: what each is for, and its amount."""
    currency = offer.tender.currency
    return [(line_said(asked.words, code), Amount(minor, currency)) for code, minor in offer.lines]


def postings_of(funding: str, offer: Offer) -> tuple[PostingLine, ...]:
    """Say what is booked at once: the money, what of it is the customer's own, and what is held."""
    currency = offer.tender.currency
    held = offer.tender.minor - sum(minor for _, minor in offer.own)
    booked = [(funding, offer.tender.minor), *((account, -minor) for account, minor in offer.own)]
    return tuple(
        PostingLine(account, Amount(minor, currency))
        for account, minor in (*booked, (HELD_CREDIT, -held))
        if minor
    )


def _buyer(facts: MeterFacts) -> tuple[Fact, ...]:
    return (
        Fact(msg("Customer"), facts.meter.customer),
        Fact(msg("Account"), facts.meter.account_no),
        Fact(msg("Meter number"), meter_number(facts.meter.pan)),
        Fact(msg("Power type"), facts.meter.power_type),
    )


async def _form(asked: Asked, filled: Filled, facts: MeterFacts) -> Page:
    """Show the form beside who buys, what he owes, and his last sales."""
    sold = await _last_sales(asked, facts.meter.pan)
    waiting = [one for one in sold if one.state is SaleState.WAITING]
    state = METER_STATES[facts.meter.state]
    values = {
        "title": f"{asked.words.say(FORM.title)}: {facts.meter.customer}",
        "crumbs": _crumbs(asked),
        "back": SELL,
        "buyer": (*_buyer(facts), *await _owes(asked, facts), Fact(msg("State"), state)),
        "sold": [
            (moment_of(one.at_us), Amount(one.tender_minor, one.currency), Amount(one.energy_wh, WATT_HOURS))
            for one in sold
        ],
        "waiting": [
            sale_path(one) if station_of(one.bank) is None else f"/sold/{one.receipt_no}" for one in waiting
        ],
    }
    return filled.page("sell_meter.html", **values)


async def _last_sales(asked: Asked, pan: str) -> Sequence[SoldSale]:
    question = Sales(branch=asked.me.rights.branch, pan=pan, limit=_LAST)
    return await asked.office.views.rows(question)


async def _owes(asked: Asked, facts: MeterFacts) -> tuple[Fact, ...]:
    """Tell what he owes, and what stands to his credit, of each kind where there is anything."""
    question = CustomerFile(branch=asked.me.rights.branch, account_no=facts.meter.account_no)
    found = await asked.office.views.totals(question)
    if found is None:
        return ()
    return tuple(
        Fact(msg("Owes") if one.balance > 0 else msg("Has to his credit"), Amount(abs(one.balance), one.unit))
        for one in found.accounts
        if one.balance
    )


def _crumbs(asked: Asked) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Sell")), SELL),)


ROUTES: Final = (
    Route("GET", f"{SELL}/<pan>", SELLS, ask),
    Route("POST", f"{SELL}/<pan>", SELLS, send),
)
