"""One request: who wants what and why, what will be posted, and the decision of a second person."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from admin_web import said_after as after
from admin_web.acting import actor_of, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Amount, Code, Link, Said
from admin_web.deciding import OWN, STALE, judge_of, order_or_none
from admin_web.diary_words import ACTION_NAMES, person, request_path
from admin_web.fields import REASON, Field
from admin_web.forms import Form
from admin_web.notice import redirect_with
from admin_web.object_page import Fact, Happening, Related, Thing, object_page
from admin_web.order_words import OVER, STATES, facts_of, headline, naming_of, rights_facts, state_of
from admin_web.pages.places import branch_choices
from admin_web.previews import changes_of, postings_of
from admin_web.route import SIGNED_IN, Route
from admin_web.terms_asked import terms_asked
from admin_web.words import msg
from gateway.core.approval import ApprovalState, Verdict
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.person import is_same_person
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_staff import Requests
from gateway.office.decide_request import DecideRequest
from gateway.office.orders import ResolveOrder, UnknownOrder, command_of, is_judged_rightly
from gateway.office.rights_orders import GiveRolesOrder, KeepRoleOrder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.deciding import Judge
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

_APPROVERS: Final = msg("somebody else, whose role approves this function")
_APPROVERS_UP_TO: Final = msg("somebody else, whose role approves this function up to this amount")

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
    order = order_or_none(request)
    judge = await judge_of(asked, order)
    naming = naming_of(asked, judge)
    waits, why_not = request.state is ApprovalState.ASKED, judge.why_not(request)
    terms = await terms_asked(asked, order) if waits else None
    is_stale = waits and (
        judge.is_stale(order)
        or not _is_judged_rightly(request, order)
        or (terms is not None and terms.is_stale)
    )
    verdicts = _verdicts(request, order, why_not, is_stale=is_stale)
    forms = {one.value: _form(asked, one, filled) for one in verdicts}
    rights: tuple[Fact, ...] = ()
    if order is not None:
        branches = dict(await branch_choices(asked))
        rights = rights_facts(order, naming, branches, is_now=waits and not is_stale)
    parts = () if order is None else facts_of(order, naming)
    state = state_of(request, judge.at_us)
    thing = Thing(
        kind=msg("Request"),
        title=request.reference,
        facts=(*parts, *rights, *_facts(request)),
        state=state,
        timeline=tuple(_timeline(request, asked.me.currency, is_over=state is OVER)),
        related=tuple(_related(request, parts)),
        raw={**asdict(request), "state": request.state.value},
    )
    values = {
        "title": headline(request, naming),
        "is_known": order is not None,
        "postings": () if order is None or not waits else await postings_of(asked, order),
        "changes": () if order is None or not waits or is_stale else changes_of(order, judge),
        "compared": () if terms is None or is_stale else terms.compared,
        "compared_heads": () if terms is None else terms.heads,
        "says_only": isinstance(order, ResolveOrder) and not order.moves_money,
        "is_same_rights": _is_known(order, judge) and not is_stale,
        "amount": Amount(request.amount_minor, asked.me.currency) if request.amount_minor else None,
        "forms": forms,
        "wrong": filled if filled is not None and not filled.is_sound else None,
        "notes": [note for note in (why_not, STALE if is_stale else None) if note],
        "waits": waits,
    }
    crumbs = ((asked.words.say(msg("Requests")), "/requests"),)
    page = object_page(asked, thing, crumbs, "request.html", **values)
    return replace(page, code=422 if values["wrong"] else 200)


def _timeline(request: Approval, currency: str, *, is_over: bool) -> Iterator[Happening]:
    """Tell that it was asked, what was decided, and that it was carried out in the same moment."""
    asked_at = moment_of(request.asked_us)
    yield Happening(asked_at, "audit", ACTION_NAMES[Action.ASK], request.reason, by=request.asked_by)
    if is_over:
        yield Happening(moment_of(request.ends_us), "audit", OVER.sentence)
    if request.decided_us is None:
        return
    at, said = moment_of(request.decided_us), STATES[request.state].sentence
    yield Happening(at, "audit", said, request.outcome or None, by=request.decided_by)
    if request.state is ApprovalState.APPROVED:
        amount = Amount(request.amount_minor, currency) if request.amount_minor else None
        yield Happening(at, "audit" if amount is None else "money", msg("Carried out"), amount=amount)


def _related(request: Approval, parts: tuple[Fact, ...]) -> Iterator[Related]:
    """Lead to all that the order names, and to the diary's lines of it."""
    for part in parts:
        if isinstance(part.cell, Link):
            yield Related(part.label, part.cell.cell, part.cell.path)
    lines = urlencode({"text": request.subject, "day_from": ""})
    yield Related(msg("Lines of the diary about"), Code(request.subject), f"/diary?{lines}")


def _is_judged_rightly(request: Approval, order: Order | None) -> bool:
    """Was it asked for under the function that its order takes today? Else the books do not approve it."""
    return order is None or is_judged_rightly(request)


def _is_known(order: Order | None, judge: Judge) -> bool:
    """Is it about rights that she sees, so that the page can say what becomes of them?"""
    return isinstance(order, KeepRoleOrder) or (
        isinstance(order, GiveRolesOrder) and order.login in judge.people
    )


def _verdicts(
    request: Approval, order: Order | None, why_not: str | None, *, is_stale: bool
) -> tuple[Verdict, ...]:
    """Say what she can do with it: who asked can withdraw, who decides cannot approve what has changed."""
    if request.state is not ApprovalState.ASKED or order is None:
        return ()
    if why_not is None:
        return (Verdict.REFUSE,) if is_stale else (Verdict.APPROVE, Verdict.REFUSE)
    return (Verdict.WITHDRAW,) if why_not == OWN else ()


def _form(asked: Asked, verdict: Verdict, filled: Filled | None) -> Filled:
    """Give a blank form for a decision, or the one that was sent."""
    form = _FORMS[verdict]
    if filled is not None and filled.form is form:
        return filled
    return form.blank(asked, verdict=verdict.value)


def _facts(request: Approval) -> tuple[Fact, ...]:
    facts = [
        Fact(msg("Asked for by"), person(request.asked_by)),
        Fact(msg("Asked at"), moment_of(request.asked_us)),
        Fact(msg("Reason"), request.reason),
    ]
    if request.state is ApprovalState.ASKED:
        facts += [
            Fact(msg("To be decided by"), moment_of(request.ends_us)),
            Fact(msg("Who may approve it"), Said(_APPROVERS_UP_TO if request.amount_minor else _APPROVERS)),
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
