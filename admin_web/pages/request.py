"""One request: who wants what and why, what will be posted, and the decision of a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web import said_after as after
from admin_web.acting import actor_of, refusal_in
from admin_web.answers import NotThere, Page
from admin_web.cells import Amount, Said
from admin_web.diary_words import person, request_path
from admin_web.fields import REASON, Field
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.order_words import facts_of, order_name, state_of
from admin_web.pages.requests import may_decide
from admin_web.previews import changes_of, postings_of
from admin_web.route import SIGNED_IN, Route
from admin_web.words import msg
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.authority import Function
from gateway.core.person import is_same_person
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_staff import Requests
from gateway.office.decide_request import DecideRequest
from gateway.office.orders import ResolveOrder, UnknownOrder, command_of, order_of

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.approval import Approval
    from gateway.office.orders import Order

_VERDICT: Final = Field("verdict", msg("Decision"), "kept", length_max=20)
_WHY: Final = Field(
    "reason",
    msg("Why not"),
    "area",
    hint=REASON.hint,
    length_max=REASON.length_max,
)
APPROVE: Final = Form(msg("Approve"), msg("Approve and carry out"), (_VERDICT,))
REFUSE: Final = Form(msg("Refuse"), msg("Refuse"), (_VERDICT, _WHY))
WITHDRAW: Final = Form(msg("Withdraw"), msg("Withdraw my request"), (_VERDICT,))

_APPROVERS: Final = msg("somebody else, whose role approves this function up to this amount")

_FORMS: Final = {Verdict.APPROVE: APPROVE, Verdict.REFUSE: REFUSE, Verdict.WITHDRAW: WITHDRAW}
_SAID: Final = {
    Verdict.APPROVE: after.APPROVED,
    Verdict.REFUSE: after.REFUSED,
    Verdict.WITHDRAW: after.WITHDRAWN,
}


async def _found(asked: Asked) -> Approval:
    """Find it; NotThere where it is another branch's, or about what she does not see."""
    question = Requests(
        at_us=microseconds(asked.office.now()),
        branch=asked.me.rights.branch,
        reference=asked.places["reference"],
    )
    rows = await asked.office.views.rows(question)
    if not rows or not _is_seen(asked, rows[0]):
        raise NotThere
    return rows[0]


def _is_seen(asked: Asked, request: Approval) -> bool:
    known = {one.value: one for one in Function}.get(request.function)
    sees = known is not None and asked.me.rights.may(known)
    return sees or is_same_person(asked.me.login, request.asked_by)


async def show(asked: Asked) -> Outcome:
    """Show it, with the decisions that she may take."""
    return await _page(asked, await _found(asked))


async def decide(asked: Asked) -> Outcome:
    """Take her decision to the books, which judge it again."""
    request = await _found(asked)
    verdict = next((one for one in Verdict if one.value == asked.field("verdict")), None)
    if verdict is None:
        raise NotThere
    filled = _FORMS[verdict].read(asked)
    if not filled.is_sound:
        return await _page(asked, request, filled)
    try:
        command = command_of(request)
    except UnknownOrder:
        return await _page(asked, request)
    reason = filled.value("reason", str) if verdict is Verdict.REFUSE else ""
    decision = DecideRequest(actor_of(asked), request, verdict, command, reason)
    content = await asked.office.poster.post(decision)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return await _page(asked, await _found(asked), filled.refused(refusal))
    return redirect_with(asked, request_path(request.reference), asked.words.say(_SAID[verdict]))


async def _page(asked: Asked, request: Approval, filled: Filled | None = None) -> Page:
    at_us = microseconds(asked.office.now())
    order = _order(request)
    is_own = is_same_person(asked.me.login, request.asked_by)
    waits = request.state is ApprovalState.ASKED
    may = waits and order is not None and may_decide(asked.me, request, at_us)
    verdicts = [Verdict.APPROVE, Verdict.REFUSE] if may else []
    if waits and is_own and order is not None:
        verdicts = [Verdict.WITHDRAW]
    forms = {one.value: _form(asked, one, filled) for one in verdicts}
    name = asked.words.say(order_name(request.kind))
    values = {
        "title": f"{name}: {request.subject}",
        "crumbs": ((asked.words.say(msg("Requests")), "/requests"),),
        "heading": name,
        "request": request,
        "state": state_of(request, at_us),
        "facts": _facts(request),
        "parts": () if order is None else facts_of(order, asked.me.currency),
        "is_known": order is not None,
        "postings": () if order is None or not waits else await postings_of(asked, order),
        "changes": () if order is None or not waits else await changes_of(asked, order),
        "says_only": isinstance(order, ResolveOrder),
        "amount": Amount(request.amount_minor, asked.me.currency) if request.amount_minor else None,
        "forms": forms,
        "wrong": filled if filled is not None and not filled.is_sound else None,
        "is_own": is_own,
        "waits": waits,
        "is_over": waits and request.is_over(at_us),
    }
    return Page("request.html", values, 422 if values["wrong"] else 200)


def _form(asked: Asked, verdict: Verdict, filled: Filled | None) -> Filled:
    """Give a blank form for a decision, or the one that was sent."""
    form = _FORMS[verdict]
    if filled is not None and filled.form is form:
        return filled
    return form.blank(asked, verdict=verdict.value)


def _order(request: Approval) -> Order | None:
    try:
        return order_of(request)
    except UnknownOrder:
        return None


def _facts(request: Approval) -> tuple[Fact, ...]:
    facts = [
        Fact(msg("Asked for by"), person(request.asked_by)),
        Fact(msg("Asked at"), moment_of(request.asked_us)),
        Fact(msg("Reason"), request.reason),
    ]
    if request.state is ApprovalState.ASKED:
        facts += [
            Fact(msg("To be decided by"), moment_of(request.ends_us)),
            Fact(msg("Who may approve it"), Said(_APPROVERS)),
        ]
    else:
        at = None if request.decided_us is None else moment_of(request.decided_us)
        facts += [
            Fact(msg("Decided by"), person(request.decided_by)),
            Fact(msg("Decided at"), at),
            Fact(msg("What was said"), request.outcome or None),
        ]
    return tuple(facts)


ROUTES: Final = (
    Route("GET", "/requests/<path:reference>", SIGNED_IN, show),
    Route("POST", "/requests/<path:reference>", SIGNED_IN, decide),
)
