"""Error-tolerance selling: another cashier's sale put right, in amount or meter, while its credit waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from admin_web.acting import refusal_in
from admin_web.cells import Amount
from admin_web.fields import REASON, Field
from admin_web.file_words import meter_number
from admin_web.forms import Form
from admin_web.issuing import ordered_with_tokens
from admin_web.notice import redirect_with
from admin_web.pages.give_back import mirror_of
from admin_web.pages.one_sale import sale_crumbs, sale_facts
from admin_web.pages.sales import sale_path
from admin_web.pages.sell_meter import lines_of, payment_of, postings_of
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.counter import HANDED_OUT, station_of
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import MeterRef
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.money import Money
from gateway.core.office import OfficeRefusal
from gateway.core.outcome import Approved, MeterFound
from gateway.core.sale import SaleState
from gateway.core.shown_price import shown_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_files import MeterFile
from gateway.office.authorised import Act
from gateway.prepayment.correct_sale import CorrectSale, InquireCorrection, correction_key
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.hoarding import InquireAtCounter
from gateway.prepayment.inquire import Inquire

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page, Redirect
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.outcome import Content, Offer
    from gateway.core.payment import SaleTerms
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_sales import SoldSale

_CORRECTS: Final = Right(Function.CORRECTIONS, Level.DO)

FORM: Final = Form(
    msg("Correct the sale"),
    msg("Go on"),
    (
        Field("amount", msg("The right amount"), "money"),
        Field("meter", msg("The right meter"), hint=msg("Its number, as it stands on its face.")),
        REASON,
        Field("shown", msg("Price shown"), "kept", is_required=False),
    ),
    lead=msg(
        "The wrong sale is taken back and the right one made in one step, with the same drawer. "
        "The credit has not left the house."
    ),
)

NOT_WAITING: Final = msg("The credit does not wait any more, so the sale cannot be corrected.")
NO_METER_NUMBER: Final = msg("This is no meter number. Compare its digits with the meter.")
CORRECTED: Final = msg("The sale is corrected. Settle the difference, then give the token out.")


async def ask(asked: Asked) -> Outcome:
    """Show the form with what was sold; back to the sale where that cannot be corrected."""
    facts = await sale_facts(asked)
    sale = facts.sale
    if sale.state is not SaleState.WAITING or station_of(sale.bank) is None:
        return _not_waiting(asked, sale)
    return _form(asked, FORM.blank(asked, meter=meter_number(sale.pan).text), facts)


async def send(asked: Asked) -> Outcome:
    """Show what is taken back and what is sold instead, then do both."""
    facts, filled = await sale_facts(asked), FORM.read(asked)
    if station_of(facts.sale.bank) is None:
        return _not_waiting(asked, facts.sale)
    filled, pan = await _to_whom(asked, filled, facts)
    if not filled.is_sound or filled.wants_change or pan is None:
        return _form(asked, filled, facts)
    made = await _made_before(asked, filled, facts, pan) if filled.is_confirmed else None
    if made is not None:
        return redirect_with(asked, sale_path(made), asked.words.say(CORRECTED))
    content = await asked.office.poster.post(_inquiry(asked, filled, facts, pan))
    if not isinstance(content, MeterFound) or content.offer is None:
        return _form(asked, filled.refused(refusal_in(asked, content) or ""), facts)
    if content.carrier not in HANDED_OUT:
        return _form(asked, filled.refused(OfficeRefusal.NOT_AT_COUNTER.value, "meter"), facts)
    offer, shown = content.offer, f"{pan}/{shown_of(content.offer)}"
    if not filled.is_confirmed or filled.optional("shown", str) != shown:
        is_other = filled.is_confirmed
        return _preview(asked, filled.keeping("shown", shown), facts, content, is_other=is_other)
    done = await _corrected(asked, filled, facts, pan, offer)
    if not isinstance(done, Approved):
        return _form(asked, filled.refused(refusal_in(asked, done) or ""), facts)
    right = await asked.office.views.totals(SaleFile(branch=None, receipt_no=done.receipt_no))
    path = sale_path(facts.sale if right is None else right.sale)
    return redirect_with(asked, path, asked.words.say(CORRECTED))


def _not_waiting(asked: Asked, sale: SoldSale) -> Redirect:
    return redirect_with(asked, sale_path(sale), asked.words.say(NOT_WAITING))


async def _made_before(asked: Asked, filled: Filled, facts: SaleFacts, pan: str) -> SoldSale | None:
    """Find the sale that this very correction has made already; what it buys may be something else since."""
    question = SaleFile(branch=asked.me.rights.branch, key=correction_key(facts.sale.key))
    found = await asked.office.views.totals(question)
    amount = filled.value("amount", Money).minor
    is_same = found is not None and (found.sale.pan, found.sale.tender_minor) == (pan, amount)
    return found.sale if found is not None and is_same else None


async def _to_whom(asked: Asked, filled: Filled, facts: SaleFacts) -> tuple[Filled, str | None]:
    """Find the right meter. Of another branch's nothing is told, neither whose it is nor what he owes."""
    pan = _pan_of(filled, facts) if filled.is_sound else None
    if pan is None:
        return (filled.refused(NO_METER_NUMBER, "meter") if filled.is_sound else filled), None
    branch = asked.me.rights.branch
    if branch is not None and await asked.office.views.totals(MeterFile(branch=branch, pan=pan)) is None:
        return filled.refused(OfficeRefusal.OTHER_BRANCH.value, "meter"), None
    return filled, pan


def _pan_of(filled: Filled, facts: SaleFacts) -> str | None:
    """Read the meter's number: that on its face, or the long one; None where it is none."""
    written = filled.value("meter", str).replace(" ", "")
    if written in {facts.sale.pan, meter_number(facts.sale.pan).text}:
        return facts.sale.pan
    try:
        return MeterNumber.parse(written).pan
    except MeterNumberFault:
        return None


def _terms(asked: Asked, facts: SaleFacts) -> SaleTerms:
    """Sell by the drawer that the wrong sale's money is in."""
    _, station, login = facts.funding.split(":", 2)
    return asked.office.counters.rules.terms(station, login)


def _giving_back(asked: Asked, facts: SaleFacts) -> GiveBack:
    sale = facts.sale
    return GiveBack(sale.key, sale.bank, asked.me.login, sale.pan, sale.tender_minor)


def _inquiry(asked: Asked, filled: Filled, facts: SaleFacts, pan: str) -> InquireCorrection:
    pricing, amount = asked.office.counters.pricing, filled.value("amount", Money)
    inquiry = Inquire(MeterRef(pan=pan), _terms(asked, facts), pricing, amount)
    return InquireCorrection(_giving_back(asked, facts), InquireAtCounter(inquiry))


async def _corrected(asked: Asked, filled: Filled, facts: SaleFacts, pan: str, offer: Offer) -> Content:
    sale = facts.sale
    right = payment_of(asked, correction_key(sale.key), pan, offer.tender, _terms(asked, facts))
    reason = filled.value("reason", str)
    command = CorrectSale(
        asked.me.login, sale.key, sale.pan, sale.tender_minor, right, shown_of(offer), reason
    )
    act = Act(
        Function.CORRECTIONS,
        kind="correct",
        order="",
        subject=sale.key,
        amount_minor=max(sale.tender_minor, offer.tender.minor),
        about=sale.pan,
        reason=reason,
        can_wait=False,
    )
    return await ordered_with_tokens(asked, act, command)


def _preview(
    asked: Asked, filled: Filled, facts: SaleFacts, found: MeterFound, *, is_other: bool
) -> Page:
    """Show both: the mirror of the wrong sale, and what is booked for the right one."""
    sale, offer = facts.sale, found.offer
    if offer is None:
        raise TypeError("a preview is of an offer")
    currency = offer.tender.currency
    difference = offer.tender.minor - sale.tender_minor
    values: dict[str, Any] = {
        "crumbs": _crumbs(asked, facts),
        "is_other": is_other,
        "was": Amount(sale.tender_minor, sale.currency),
        "energy": Amount(offer.energy_wh, WATT_HOURS),
        "lines": lines_of(asked, offer),
        "to_pay": Amount(difference, currency) if difference > 0 else None,
        "to_give": Amount(-difference, currency) if difference < 0 else None,
    }
    postings = (*mirror_of(facts), *postings_of(facts.funding, offer))
    name = f"{found.customer} · {meter_number(found.pan).text}"
    return filled.preview(
        postings, Amount(offer.tender.minor, currency), name, "correct_preview.html", **values
    )


def _form(asked: Asked, filled: Filled, facts: SaleFacts) -> Page:
    return filled.page(crumbs=_crumbs(asked, facts), back=sale_path(facts.sale))


def _crumbs(asked: Asked, facts: SaleFacts) -> tuple[tuple[str, str], ...]:
    return sale_crumbs(asked, (str(facts.sale.receipt_no), sale_path(facts.sale)))


ROUTES: Final = (
    Route("GET", "/sales/<id>/correct", _CORRECTS, ask),
    Route("POST", "/sales/<id>/correct", _CORRECTS, send),
)
