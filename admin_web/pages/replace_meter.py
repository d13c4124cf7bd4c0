"""Meter replacing: what the old meter shows, which one comes, the statement read back, then both at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Amount
from admin_web.departure_words import BASES, PRICES, statement_of
from admin_web.file_forms import field_of
from admin_web.file_words import meter_number
from admin_web.fitting_fields import Fitted, fitting_fields, fitting_in
from admin_web.forms import Form, PostingLine
from admin_web.leaving_fields import going_fields, going_in, going_usual
from admin_web.notice import redirect_with
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.pages.installation import NO_STOCK
from admin_web.point_words import point_path
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.departure import Basis
from gateway.core.ledger import WATT_HOURS
from gateway.core.office import NotDone
from gateway.core.office_answer import ApprovalAsked, Changed, LeavingFound
from gateway.core.stock import StockState
from gateway.core.supply_point import PointEvent
from gateway.core.views_stock import Stock
from gateway.office.leaving_orders import ReplaceOrder
from gateway.office.orders import act_of
from gateway.prepayment.inquire_leaving import InquireLeaving
from gateway.prepayment.replace_meter import Coming, ReplaceMeter

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.fields import Field
    from admin_web.forms import Filled
    from gateway.core.outcome import Content
    from gateway.core.views_points import PointFacts
    from gateway.prepayment.leave_point import Going

REPLACES: Final = Right(Function.REPLACEMENT, Level.DO)

_REPLACED: Final = msg(
    "The meter is replaced. What was left waits to be given out as a token of the new one."
)


async def ask(asked: Asked) -> Outcome:
    """Show the form; NotThere where no meter is."""
    facts = await _there(asked)
    usual = going_usual(asked, facts) | {"meter": asked.first("meter")}
    return (await _form(asked, facts)).blank(asked, **usual).page(**point_around(asked, facts))


async def _there(asked: Asked) -> PointFacts:
    facts = await point_facts(asked)
    if not facts.row.point.may(PointEvent.REPLACE):
        raise NotThere
    return facts


async def _form(asked: Asked, facts: PointFacts) -> Form:
    question = Stock(branch=asked.me.rights.branch, state=StockState.IN_STOCK, limit=1)
    first = None if await asked.office.views.rows(question) else NO_STOCK
    number, *rest = fitting_fields(asked.words)
    comes = replace(number, heading=msg("The meter that comes"))
    fields: tuple[Field, ...] = (*going_fields(asked, facts), comes, *rest)
    return Form(msg("Replace the meter"), msg("Go on"), fields, lead=of_whom(asked, facts), first=first)


async def send(asked: Asked) -> Outcome:
    """Show what is left and what is posted, then replace it."""
    facts = await _there(asked)
    around = point_around(asked, facts)
    filled = (await _form(asked, facts)).read(asked)
    filled, fitted = fitting_in(filled)
    filled, going = going_in(filled, facts)
    if fitted is None or going is None or filled.wants_change:
        return filled.page(**around)
    coming = _coming(filled, fitted)
    looked = await asked.office.poster.post(
        InquireLeaving(ReplaceMeter(asked.me.login, filled.nonce, going, coming))
    )
    if not isinstance(looked, LeavingFound):
        return refused_leaving(filled, looked).page(**around)
    departure = looked.departure
    if not filled.is_confirmed or filled.optional("shown", str) != str(departure.remaining_wh):
        return leaving_preview(asked, filled.keeping("shown", str(departure.remaining_wh)), facts, looked)
    said = replace(going, shown_wh=departure.remaining_wh, is_above=departure.is_above)
    return await _replaced(asked, filled, facts, said, coming)


def _coming(filled: Filled, fitted: Fitted) -> Coming:
    return Coming(
        fitted.pan,
        fitted.registers,
        fitted.seals,
        fitted.current,
        fitted.voltage,
        fitted.note,
        filled.value("is_test", bool),
    )


async def _replaced(
    asked: Asked, filled: Filled, facts: PointFacts, going: Going, coming: Coming
) -> Outcome:
    point = facts.row.point
    order = ReplaceOrder.of(filled.nonce, point.account_no, going, coming)
    content = await ordered(asked, act_of(order, going.reason), order.command(asked.me.login, going.reason))
    if isinstance(content, ApprovalAsked):
        path = f"/requests/{content.reference}"
        return redirect_with(asked, point_path(point.number), asked.words.say(after.ASKED), path)
    if isinstance(content, Changed):
        return redirect_with(asked, f"/departures/{content.subject}", asked.words.say(_REPLACED))
    return refused_leaving(filled, content).page(**point_around(asked, facts))


def refused_leaving(filled: Filled, content: Content) -> Filled:
    """Say why a meter cannot go, beside the field that it is about where there is one."""
    name = field_of(content) if isinstance(content, NotDone) else ""
    sentence = refusal_in(filled.asked, content) or ""
    return filled.refused(sentence, name if filled.has(name) else None)


def leaving_preview(
    asked: Asked, filled: Filled, facts: PointFacts, looked: LeavingFound, amount: Amount | None = None
) -> Page:
    """Show the statement and the postings; what is left (or this amount) is to be read back.

    Where an amount is, money is given back for what was left: it is said at which price.
    """
    one = looked.departure
    lines = [PostingLine(line.account, Amount(line.amount, line.unit)) for line in looked.postings]
    name = f"{facts.row.customer} · {meter_number(one.pan).text}"
    return filled.preview(
        lines,
        amount or Amount(one.remaining_wh, WATT_HOURS),
        name,
        "leaving_preview.html",
        nothing=asked.words.say(msg("Nothing is left, so nothing is posted.")),
        crumbs=point_around(asked, facts)["crumbs"],
        lines=list(statement_of(one)),
        basis=BASES[one.basis],
        is_estimated=one.basis is Basis.ESTIMATED,
        is_above=one.is_above,
        is_other=filled.is_confirmed,
        reds=[one.takes_back_name for one in looked.reds],
        price=None if amount is None else PRICES[asked.office.refund_price],
    )


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/replace", REPLACES, ask),
    Route("POST", "/supply-points/<number>/replace", REPLACES, send),
)
