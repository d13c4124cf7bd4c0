"""Cancel a meter: what it shows, what is given back and what is owed read back; a second person decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.acting import ordered
from admin_web.answers import NotThere
from admin_web.cells import Amount
from admin_web.fields import Field
from admin_web.forms import Form
from admin_web.leaving_fields import going_fields, going_in, going_usual
from admin_web.notice import redirect_with
from admin_web.object_page import Deed
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.pages.replace_meter import REPLACES, leaving_preview, refused_leaving
from admin_web.point_words import point_path
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.money import Money
from gateway.core.office_answer import ApprovalAsked, Changed, LeavingFound
from gateway.core.refund_price import RefundPrice
from gateway.core.settlement import FEE_MAX
from gateway.core.supply_point import PointEvent
from gateway.office.leaving_orders import CancelOrder
from gateway.office.orders import act_of
from gateway.prepayment.cancel_meter import CancelMeter
from gateway.prepayment.inquire_leaving import InquireLeaving, InquireWorth

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.views_points import PointFacts

CANCELS: Final = Right(Function.CANCELLATION, Level.DO)

_CANCELLED: Final = msg("The meter is cancelled. What is to be paid out stands in the list of refunds.")
_FEE_TOO_HIGH: Final = msg("No supply costs so much to end.")

_FEE: Final = Field(
    "fee",
    msg("Fee for ending the supply"),
    "money",
    hint=msg("It is taken from what is paid out."),
    is_required=False,
)


async def ask(asked: Asked) -> Outcome:
    """Show the form; NotThere where no meter is."""
    facts = await _there(asked)
    return _form(asked, facts).blank(asked, **going_usual(asked, facts)).page(**point_around(asked, facts))


async def _there(asked: Asked) -> PointFacts:
    facts = await point_facts(asked)
    if not facts.row.point.may(PointEvent.CANCEL):
        raise NotThere
    return facts


def _form(asked: Asked, facts: PointFacts) -> Form:
    fields = (*going_fields(asked, facts, "fitted_on"), _FEE)
    return Form(msg("Cancel the meter"), msg("Go on"), fields, lead=of_whom(asked, facts))


async def send(asked: Asked) -> Outcome:
    """Show what is left, given back and owed, then ask a second person."""
    facts = await _there(asked)
    around = point_around(asked, facts)
    filled, going = going_in(_form(asked, facts).read(asked), facts)
    fee = filled.optional("fee", Money)
    if fee is not None and fee.minor > FEE_MAX:
        filled = filled.refused(_FEE_TOO_HIGH, "fee")
    if going is None or not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    fee_minor, me = 0 if fee is None else fee.minor, asked.me
    order = CancelMeter(me.login, filled.nonce, going, fee_minor)
    looked = await asked.office.poster.post(_inquiry(asked, order))
    if not isinstance(looked, LeavingFound):
        return refused_leaving(filled, looked).page(**around)
    one = looked.departure
    seal = f"{one.remaining_wh}/{one.refund_minor}"
    if not filled.is_confirmed or filled.optional("shown", str) != seal:
        paid = Amount(one.refund_minor, one.currency)
        return leaving_preview(asked, filled.keeping("shown", seal), facts, looked, paid)
    said = replace(going, shown_wh=one.remaining_wh, is_above=one.is_above)
    order = replace(order, going=said, shown_minor=one.refund_minor, worth=looked.worth)
    kept = CancelOrder.of(order, facts.row.point.account_no)
    content = await ordered(asked, act_of(kept, said.reason), order)
    if isinstance(content, ApprovalAsked):
        path = f"/requests/{content.reference}"
        where = point_path(facts.row.point.number)
        return redirect_with(asked, where, asked.words.say(after.ASKED), path)
    if isinstance(content, Changed):
        return redirect_with(asked, f"/departures/{content.subject}", asked.words.say(_CANCELLED))
    return refused_leaving(filled, content).page(**around)


def _inquiry(asked: Asked, order: CancelMeter) -> InquireLeaving | InquireWorth:
    """Ask at which price the utility gives energy back."""
    if asked.office.refund_price is RefundPrice.PAID:
        return InquireLeaving(order)
    return InquireWorth(order, asked.office.counters.pricing)


def leaving_deeds(asked: Asked, number: str) -> tuple[Deed, ...]:
    """Offer how the meter of a supply point can go, as far as it is the visitor's."""
    path, may = point_path(number), asked.me.rights.may
    replace_it = Deed(msg("Replace the meter"), f"{path}/replace")
    cancel_it = Deed(msg("Cancel the meter"), f"{path}/cancel")
    offered = ((REPLACES, replace_it), (CANCELS, cancel_it))
    return tuple(deed for right, deed in offered if may(right.function, right.level))


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/cancel", CANCELS, ask),
    Route("POST", "/supply-points/<number>/cancel", CANCELS, send),
)
