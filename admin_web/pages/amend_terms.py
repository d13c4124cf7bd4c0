"""Change the terms of a supply point, from today or a later day on; withdraw what is due. Both take two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered
from admin_web.answers import NotThere
from admin_web.fields import REASON, Field
from admin_web.file_forms import VERSION, faulted, refused_form, version_in
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.point_words import point_path
from admin_web.priced_fields import priced_fields, priced_in, priced_now, priced_usual
from admin_web.route import Right, Route
from admin_web.terms_words import NOW_AND_THEN, compared
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.office_answer import ApprovalAsked
from gateway.core.supply_point import PointState
from gateway.core.terms import TERMS_AHEAD_DAYS_MAX, Terms, TermsDay
from gateway.core.timeline import microseconds, moment_of
from gateway.office.orders import act_of
from gateway.office.terms_orders import AmendTermsOrder, WithdrawTermsOrder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.priced_fields import Priced
    from gateway.core.views_points import PointFacts

ORDERS: Final = Right(Function.TERMS, Level.DO)

_DAY: Final = Field(
    "day",
    msg("From business day"),
    "day",
    hint=msg("Today: at once. A later day: from its beginning on; until then it can be withdrawn."),
    heading=msg("From when on, and why"),
)
_LESS: Final = msg("As it was, or less. More has a fee: enlarge the capacity.")

NOT_MORE: Final = msg("This is more than was agreed on. More has a fee: enlarge the capacity.")
NOT_PAST: Final = msg("Nothing is priced backwards. Choose today, or one of the next %(days)s days.")
SAME: Final = msg("Nothing is different from what stands there.")
NOTHING_POSTED: Final = msg(
    "Nothing is posted: what was paid keeps its price, and what was bought goes on counting."
)
PRORATED: Final = msg(
    "Nothing is posted: what was paid keeps its price. With another power type, what was bought counts on "
    "for the days that are left, in proportion."
)
ASKED: Final = msg(
    "Nothing is changed yet: somebody else who may approve changes of terms decides until %(until)s."
)

WITHDRAW: Final = Form(
    msg("Withdraw the change that is due"),
    msg("Withdraw the change"),
    (REASON, VERSION),
)


async def _found(asked: Asked, *, is_due: bool) -> PointFacts:
    """Find a supply point where a change is due, or none is; NotThere for one that is closed."""
    facts = await point_facts(asked)
    point = facts.row.point
    if point.state is PointState.CLOSED or (point.due is not None) is not is_due:
        raise NotThere
    return facts


async def _priced(asked: Asked, facts: PointFacts) -> Priced:
    """Offer what will have a price on one of the days that can be chosen."""
    until = asked.office.now() + timedelta(days=TERMS_AHEAD_DAYS_MAX)
    return await priced_now(asked, facts.row.point, until)


def _form(asked: Asked, facts: PointFacts, priced: Priced) -> Form:
    heading = msg("What the price depends on")
    fields = (
        replace(one, hint=_LESS) if one.name == "contract" else one
        for one in priced_fields(asked.words, priced, heading=heading)
    )
    return Form(
        msg("Change the terms"), msg("Go on"), (*fields, _DAY, REASON, VERSION), lead=of_whom(asked, facts)
    )


async def ask_terms(asked: Asked) -> Outcome:
    """Show the terms as they are."""
    facts = await _found(asked, is_due=False)
    point = facts.row.point
    form = _form(asked, facts, await _priced(asked, facts))
    usual = priced_usual(point) | {"version": str(point.version), "day": asked.office.today().isoformat()}
    return form.blank(asked, **usual).page(**point_around(asked, facts))


async def change_terms(asked: Asked) -> Outcome:
    """Read them, compare them with what they were, and order the change."""
    facts = await _found(asked, is_due=False)
    point, around = facts.row.point, point_around(asked, facts)
    priced = await _priced(asked, facts)
    filled, by = priced_in(_form(asked, facts, priced).read(asked), priced)
    filled = _fit(filled, facts, by.contract_w)
    if not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    terms = Terms(by.power_type, by.proportions, by.contract_w, by.schemes)
    if terms == point.terms:
        return filled.refused(SAME).page(**around)
    begins = filled.value("day", date)
    if not filled.is_confirmed:
        return await _preview(filled, facts, terms, begins)
    order = AmendTermsOrder.of(
        point.number,
        version_in(filled),
        point.pan,
        terms,
        _day(asked, begins),
        prorates=asked.office.counters.prorates,
    )
    return await _asked_for(filled, facts, order)


def _fit(filled: Filled, facts: PointFacts, contract_w: int) -> Filled:
    """Say what cannot be of the power and the day."""
    if contract_w > facts.row.point.contract_w:
        filled = faulted(filled, "contract", NOT_MORE)
    day, today = filled.optional("day", date), filled.asked.office.today()
    if day is not None and not today <= day <= today + timedelta(days=TERMS_AHEAD_DAYS_MAX):
        days = filled.asked.shown.number(TERMS_AHEAD_DAYS_MAX)
        filled = faulted(filled, "day", filled.asked.words.say(NOT_PAST, days=days))
    return filled


def _day(asked: Asked, day: date) -> TermsDay:
    """Say when the utility's business day begins and ends."""
    begins, ends = (asked.office.day_begins(one) for one in (day, day + timedelta(days=1)))
    return TermsDay(day.isoformat(), microseconds(begins), microseconds(ends))


async def _preview(filled: Filled, facts: PointFacts, terms: Terms, begins: date) -> Page:
    asked, point = filled.asked, facts.row.point
    prorates = asked.office.counters.prorates
    day = begins if prorates else None
    rows = await compared(asked, point, terms, asked.office.day_begins(begins), day)
    return filled.preview(
        (),
        None,
        f"{facts.row.customer} · {point.number}",
        "terms_preview.html",
        nothing=PRORATED if prorates else NOTHING_POSTED,
        compared=rows,
        heads=NOW_AND_THEN,
        is_trial=bool(point.pan),
        crumbs=point_around(asked, facts)["crumbs"],
    )


async def _asked_for(
    filled: Filled, facts: PointFacts, order: AmendTermsOrder | WithdrawTermsOrder
) -> Outcome:
    """Give an order that waits for a second person; back to the supply point."""
    asked, reason = filled.asked, filled.value("reason", str)
    content = await ordered(asked, act_of(order, reason), order.command(asked.me.login, reason))
    if not isinstance(content, ApprovalAsked):
        return refused_form(filled, content).filled.page(**point_around(asked, facts))
    said = asked.words.say(ASKED, until=asked.shown.moment(moment_of(content.ends_us)))
    return redirect_with(asked, point_path(order.number), said, f"/requests/{content.reference}")


async def ask_withdrawal(asked: Asked) -> Outcome:
    """Ask why the change is not wanted any more."""
    facts = await _found(asked, is_due=True)
    form = _withdrawal(asked, facts)
    return form.blank(asked, version=str(facts.row.point.version)).page(**point_around(asked, facts))


def _withdrawal(asked: Asked, facts: PointFacts) -> Form:
    return replace(WITHDRAW, lead=" ".join((of_whom(asked, facts), *_due_of(asked, facts))))


def _due_of(asked: Asked, facts: PointFacts) -> Iterator[str]:
    due = facts.row.point.due
    if due is not None:
        yield asked.words.say(msg("It is due on %(day)s."), day=due.day)


async def withdraw(asked: Asked) -> Outcome:
    """Order that it is not."""
    facts = await _found(asked, is_due=True)
    point = facts.row.point
    filled = _withdrawal(asked, facts).read(asked)
    if not filled.is_sound or point.due is None:
        return filled.page(**point_around(asked, facts))
    order = WithdrawTermsOrder(point.number, version_in(filled), point.due.day)
    return await _asked_for(filled, facts, order)


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/terms", ORDERS, ask_terms),
    Route("POST", "/supply-points/<number>/terms", ORDERS, change_terms),
    Route("GET", "/supply-points/<number>/terms/withdraw", ORDERS, ask_withdrawal),
    Route("POST", "/supply-points/<number>/terms/withdraw", ORDERS, withdraw),
)
