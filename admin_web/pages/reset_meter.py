"""Reset for selling: what the meter is known to have taken, what follows from it, and the token once more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere, Page
from admin_web.cells import Amount, Link
from admin_web.diary_words import request_path
from admin_web.fields import REASON, Field
from admin_web.file_forms import refused_form
from admin_web.file_words import METER_STATES, meter_number
from admin_web.forms import First, Form, PostingLine
from admin_web.issuing import ordered_with_tokens
from admin_web.moment_fields import MOMENT, moment_in, this_moment, with_time
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.meter import crumbs_of
from admin_web.pages.one_sale import sale_crumbs, sale_facts
from admin_web.pages.sale_token import token_page
from admin_web.pages.sales import sale_path
from admin_web.reset_words import EVIDENCE, FOLLOWS, FOUND, NOTHING, TAKEN
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.diary import Action
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, ResetFound
from gateway.core.outcome import Approved
from gateway.core.reading import CREDITS_MAX
from gateway.core.reset import Evidence, Outcome, ResetDone, Shows
from gateway.core.stock import NOTE_MAX
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_resets import ResetFile, waiting
from gateway.office.authorised import Act
from gateway.office.orders import act_of
from gateway.office.reading_lines import ReadingFileFault
from gateway.office.reset_orders import ResetOrder
from gateway.prepayment.give_again import GiveAgain
from gateway.prepayment.reset_sale import InquireReset

if TYPE_CHECKING:
    from admin_web.answers import Outcome as Answer
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.outcome import Content
    from gateway.core.reset import LastOut
    from gateway.core.views_booked import SaleFacts
    from gateway.core.views_resets import ResetFacts
    from gateway.core.views_sales import SoldSale

RESETS: Final = Right(Function.RESETS, Level.DO)

#: Microseconds of a minute, but for the last: a minute that was written is meant to its end.
_MINUTE_US: Final = 59_999_999

_TAKEN: Final = msg("The meter is reset: its last purchase is known to be in it.")
_FROZEN: Final = msg("The meter is blocked for selling, and an exception tells somebody to look at it.")
_LOST: Final = msg("The purchase was found to be lost. Give its token out here.")
_GIVEN: Final = msg("No token of this sale waits to be given out: see below where it stands.")

#: Where what is wrong is shown.
_FIELD_OF: Final = {
    OfficeRefusal.SEEN_AHEAD: "time",
    OfficeRefusal.SEEN_BEFORE_SALE: "time",
    OfficeRefusal.SEEN_BEFORE_READING: "time",
    OfficeRefusal.COUNTED_OTHERWISE: "credits",
    OfficeRefusal.TAKEN_IN_PART: "credits",
    OfficeRefusal.EARLIER_MISSING: "credits",
    OfficeRefusal.PROVEN_IN: "found",
    OfficeRefusal.LOST_ALREADY: "found",
    OfficeRefusal.OTHER_BASE_DATE: "found",
    OfficeRefusal.METER_FROZEN: "free",
}

_NO_PURCHASE: Final = First(OfficeRefusal.NO_PURCHASE.value, msg("To the meters"), "/meters")

#: The purchase that was looked at, sent back with the form.
_PAYMENT: Final = Field("payment", msg("Payment"), "kept", length_max=200)


async def _facts(asked: Asked) -> ResetFacts:
    """Find the meter of the path; NotThere for another branch's, and for one that nobody can reset."""
    question = ResetFile(branch=asked.me.rights.branch, pan=asked.places["pan"])
    found = await asked.office.views.totals(question)
    if found is None or found.state is MeterState.REMOVED:
        raise NotThere
    return found


def _form(facts: ResetFacts) -> Form:
    free = Field(
        "free",
        msg("The meter may be sold to again"),
        "check",
        is_required=False,
        hint=msg("It is blocked now. A second person has to approve that it is not any more."),
    )
    return Form(
        msg("Reset for selling"),
        msg("Go on"),
        (
            _PAYMENT,
            Field("found", msg("The last purchase"), "choice", choices=FOUND),
            Field("credits", msg("Credits taken"), "count", is_required=False,
                  hint=msg("Where the meter counts them: compare with what has gone out, above.")),
            Field("evidence", msg("How it is known"), "choice",
                  choices=tuple((one.value, said) for one, said in EVIDENCE.items()),
                  hint=msg("Where nothing was seen a second person has to approve it.")),
            Field("reference", msg("Who looked, who says so, or which photo"), length_max=NOTE_MAX),
            replace(MOMENT[0], label=msg("When it was seen: day")),
            replace(MOMENT[1], label=msg("When it was seen: time")),
            *((free,) if facts.state is MeterState.BLOCKED else ()),
            REASON,
        ),
        lead=msg(
            "Only where books and meter do not agree. Who has merely lost the paper is read the same token "
            "again."
        ),
        first=_NO_PURCHASE if facts.last is None else None,
    )  # fmt: skip


async def ask(asked: Asked) -> Answer:
    """Show the form, with this moment in it; nothing has to be reset where nothing has gone out."""
    facts = await _facts(asked)
    payment = "" if facts.last is None else facts.last.payment
    filled = _form(facts).blank(asked, payment=payment, **this_moment(asked))
    wrong = None if facts.last is None else _not_last(asked, facts.last)
    return _page(asked, filled if wrong is None else filled.refused(wrong.value), facts)


def _not_last(asked: Asked, last: LastOut) -> OfficeRefusal | None:
    """Say it where somebody comes from the page of another sale."""
    return OfficeRefusal.NOT_LAST if asked.first("sale") not in {"", str(last.sale_id)} else None


async def send(asked: Asked) -> Answer:
    """Show what follows, then do it; a lost purchase goes out at once."""
    facts = await _facts(asked)
    filled = with_time(_form(facts).read(asked))
    counted = filled.optional("credits", int)
    if counted is not None and not 0 <= counted <= CREDITS_MAX:
        filled = filled.refused(ReadingFileFault.CREDITS.value, "credits")
    if not filled.is_sound or filled.wants_change:
        return _page(asked, filled, facts)
    order = _order(asked, filled, facts)
    reason = filled.value("reason", str)
    if not filled.is_confirmed:
        looked = await asked.office.poster.post(InquireReset(order.command(asked.me.login, reason)))
        if not isinstance(looked, ResetFound):
            return _page(asked, _refused(filled, looked), facts)
        return _preview(asked, filled, facts, looked, order)
    content = await ordered(asked, act_of(order, reason), order.command(asked.me.login, reason))
    if isinstance(content, ApprovalAsked):
        return redirect_with(asked, request_path(content.reference), asked.words.say(after.ASKED))
    if not isinstance(content, ResetDone):
        return _page(asked, _refused(filled, content), facts)
    return await _done(asked, content, facts)


async def _done(asked: Asked, done: ResetDone, facts: ResetFacts) -> Answer:
    path = f"/meters/{facts.known.pan}"
    if done.outcome is not Outcome.LOST:
        said = _TAKEN if done.outcome is Outcome.TAKEN else _FROZEN
        return redirect_with(asked, path, asked.words.say(said))
    sale = await asked.office.views.totals(SaleFile(branch=asked.me.rights.branch, key=done.payment))
    if sale is None:
        return redirect_with(asked, path, asked.words.say(_LOST))
    return await _given(asked, sale, done.id)


def _order(asked: Asked, filled: Filled, facts: ResetFacts) -> ResetOrder:
    seen_us = min(microseconds(moment_in(asked, filled)) + _MINUTE_US, microseconds(asked.office.now()))
    moment_us = microseconds(moment_in(asked, filled))
    shows = Shows(
        Evidence(filled.value("evidence", str)),
        # A minute that lies ahead stays ahead.
        max(seen_us, moment_us),
        filled.value("found", str) == TAKEN,
        filled.optional("credits", int),
        filled.value("reference", str),
    )
    is_lifted = filled.has("free") and filled.value("free", bool)
    return ResetOrder.of(
        filled.nonce, facts.known.pan, filled.optional("payment", str) or "", shows, is_lifted=is_lifted
    )


def _refused(filled: Filled, content: Content) -> Filled:
    """Say why nothing is reset, beside the field that it is about."""
    name = _FIELD_OF.get(getattr(content, "reason", None))  # type: ignore[arg-type]  # a refusal of any kind
    if name is None or not filled.has(name):
        return refused_form(filled, content).filled
    return filled.refused(refusal_in(filled.asked, content) or "", name)


def _page(asked: Asked, filled: Filled, facts: ResetFacts) -> Page:
    path = f"/meters/{facts.known.pan}"
    return filled.page("step_form.html", crumbs=_crumbs(asked, facts), back=path, facts=_told(facts))


def _crumbs(asked: Asked, facts: ResetFacts) -> tuple[tuple[str, str], ...]:
    pan = facts.known.pan
    return crumbs_of(asked, (meter_number(pan).text, f"/meters/{pan}"))


def _told(facts: ResetFacts) -> tuple[Fact, ...]:
    """Say what the meter is and what has gone out for it."""
    pan = facts.known.pan
    meter = (
        Fact(msg("Meter number"), Link(meter_number(pan).text, f"/meters/{pan}")),
        Fact(msg("State"), METER_STATES[facts.state]),
    )
    known = Fact(msg("Known to be in the meter"), Amount(facts.known.sums.loaded_wh, WATT_HOURS))
    if facts.last is None or facts.sale is None:
        return (*meter, known)
    return (*meter, *_of_purchase(facts.last, facts.sale), known)


def _of_purchase(last: LastOut, sale: SoldSale) -> tuple[Fact, ...]:
    return (
        Fact(msg("Customer"), sale.customer),
        Fact(msg("Last purchase, by its receipt"), Link(str(sale.receipt_no), sale_path(sale))),
        Fact(msg("Went out at"), moment_of(last.at_us)),
        Fact(msg("Paid"), Amount(sale.tender_minor, sale.currency, sale.id)),
        Fact(msg("Energy"), Amount(sale.energy_wh, WATT_HOURS)),
        Fact(msg("Credits that have gone out for the meter"), last.number),
        Fact(msg("Of them with the last purchase"), last.count),
    )


def _preview(
    asked: Asked, filled: Filled, facts: ResetFacts, looked: ResetFound, order: ResetOrder
) -> Page:
    lines = [PostingLine(line.account, Amount(line.amount, line.unit)) for line in looked.postings]
    sale = facts.sale
    return filled.preview(
        lines,
        None if sale is None else Amount(sale.energy_wh, WATT_HOURS),
        "" if sale is None else f"{sale.customer} · {meter_number(facts.known.pan).text}",
        "reset_preview.html",
        nothing=NOTHING[looked.outcome],
        crumbs=_crumbs(asked, facts),
        follows=FOLLOWS[looked.outcome],
        is_bad=looked.outcome is Outcome.FROZEN,
        takes_two=order.takes_two,
    )


async def give(asked: Asked) -> Answer:
    """Make the token of a lost purchase once more, and show it."""
    facts = await sale_facts(asked)
    case = waiting(facts.resets)
    if case is None:
        return redirect_with(asked, sale_path(facts.sale), asked.words.say(_GIVEN))
    return await _given(asked, facts, case.reset.id)


async def _given(asked: Asked, facts: SaleFacts, reset: int) -> Answer:
    sale = facts.sale
    order = GiveAgain(asked.me.login, "", reset, sale.pan, sale.key, asked.office.workshop)
    act = Act(
        Function.RESETS,
        kind="again",
        order="",
        subject=sale.key,
        about=sale.pan,
        needs_reason=False,
        action=Action.SHOW,
        can_wait=False,
    )
    content = await ordered_with_tokens(asked, act, order)
    crumbs = sale_crumbs(asked, (str(sale.receipt_no), sale_path(sale)))
    refusal = refusal_in(asked, content)
    if refusal is not None or not isinstance(content, Approved):
        return token_page(asked, sale, None, crumbs, refusal=refusal or "")
    return token_page(asked, sale, content, crumbs)


ROUTES: Final = (
    Route("GET", "/meters/<pan>/reset", RESETS, ask),
    Route("POST", "/meters/<pan>/reset", RESETS, send),
    Route("POST", "/sales/<id>/again", RESETS, give),
)
