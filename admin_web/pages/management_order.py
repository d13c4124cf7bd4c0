"""One order for a management token: who wants it and why, its approval, and its token for who may see it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NoRight, NotThere, Page
from admin_web.cells import Said
from admin_web.file_words import MANAGEMENT_KINDS, meter_cell, meter_number
from admin_web.forms import Form
from admin_web.issuing import ordered_with_tokens
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Happening, Related, Thing, object_page
from admin_web.pages.management import management_act, order_path, standing_of, value_said
from admin_web.pages.meter import crumbs_of
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.diary import Action
from gateway.core.management import Managed, managed_key
from gateway.core.meter import MeterRef
from gateway.core.person import is_same_person
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_booked import SaleFile
from gateway.core.views_orders import ORDER_LASTS_US, ManagementOrders
from gateway.office.authorised import Act
from gateway.office.note_act import NoteAct
from gateway.prepayment.manage_meter import ApproveManagement

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_orders import ManagementCase

_SEES: Final = Right(Function.MANAGEMENT_TOKENS)
_APPROVES: Final = Right(Function.MANAGEMENT_TOKENS, Level.APPROVE)
_SHOWS: Final = Right(Function.SHOW_TOKEN)

_NIBBLES: Final = 16

APPROVAL: Final = Form(msg("Approve the order"), msg("Approve, and make the token"), ())


async def _case(asked: Asked) -> ManagementCase:
    """Find the order of the path; NotThere for another branch's, too."""
    pan, reference = asked.places["pan"], asked.places["reference"]
    if not (pan.isascii() and pan.isdigit() and reference.isprintable()):
        raise NotThere
    question = ManagementOrders(
        at_us=microseconds(asked.office.now()), branch=asked.me.rights.branch, pan=pan, reference=reference
    )
    found = await asked.office.views.rows(question)
    if not found:
        raise NotThere
    return found[0]


async def order(asked: Asked) -> Outcome:
    """Show the order."""
    case = await _case(asked)
    now_us = microseconds(asked.office.now())
    is_own = is_same_person(case.order.by, asked.me.login)
    may_approve = case.waits(now_us) and not is_own and asked.me.rights.may(*_of(_APPROVES))
    thing = Thing(
        kind=msg("Management token"),
        title=asked.words.say(MANAGEMENT_KINDS[case.order.kind]),
        state=standing_of(case, now_us),
        facts=_facts_of(asked, case, now_us),
        deeds=(Deed(msg("Approve"), f"{order_path(case)}/approve"),) if may_approve else (),
        timeline=_timeline(case),
        related=(Related(msg("Meter"), meter_number(case.pan), f"/meters/{case.pan}"),),
        raw=_raw(case),
    )
    values = {
        "is_own": is_own and case.waits(now_us),
        "token_path": f"{order_path(case)}/token"
        if case.is_made and asked.me.rights.may(*_of(_SHOWS))
        else "",
    }
    return object_page(asked, thing, _crumbs(asked, case), "management_order.html", **values)


def _of(right: Right) -> tuple[Function, Level]:
    return right.function, right.level


def _crumbs(asked: Asked, case: ManagementCase, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return crumbs_of(asked, (meter_number(case.pan).text, f"/meters/{case.pan}"), *more)


def _facts_of(asked: Asked, case: ManagementCase, now_us: int) -> tuple[Fact, ...]:
    facts = (
        Fact(msg("What the meter is told"), Said(MANAGEMENT_KINDS[case.order.kind])),
        Fact(msg("Value"), value_said(asked, case.order)),
        Fact(msg("Meter number"), meter_cell(case.pan)),
        Fact(msg("Customer"), case.customer),
        Fact(msg("Ordered by"), case.order.by),
        Fact(msg("Reason"), case.order.reason),
    )
    if case.is_made:
        return (*facts, Fact(msg("Approved by"), case.approved_by))
    if case.waits(now_us):
        return (*facts, Fact(msg("Can be approved until"), moment_of(case.at_us + ORDER_LASTS_US)))
    return facts


def _timeline(case: ManagementCase) -> tuple[Happening, ...]:
    ordered_ = Happening(moment_of(case.at_us), "audit", msg("Ordered"), by=case.order.by)
    if case.made_us is None:
        return (ordered_,)
    path = None if case.sale_id is None else f"/sales/{case.sale_id}"
    made = Happening(
        moment_of(case.made_us), "audit", msg("Approved, the token is made"), by=case.approved_by, path=path
    )
    return ordered_, made


def _raw(case: ManagementCase) -> dict[str, object]:
    return {
        "reference": case.reference,
        "pan": case.pan,
        "kind": case.order.kind.name.lower(),
        "value": case.order.value,
        "reason": case.order.reason,
        "by": case.order.by,
        "at_us": case.at_us,
        "approved_by": case.approved_by,
        "made_us": case.made_us,
        "sale_id": case.sale_id,
    }


async def ask_approval(asked: Asked) -> Outcome:
    """Show what would be approved, to be read back."""
    case = await _case(asked)
    return _approval_page(asked, APPROVAL.blank(asked), case)


async def approve(asked: Asked) -> Outcome:
    """Make the token."""
    case = await _case(asked)
    filled = APPROVAL.read(asked)
    command = ApproveManagement(
        case.reference,
        MeterRef(pan=case.pan),
        asked.me.login,
        secrets.randbelow(_NIBBLES),
        asked.office.workshop,
    )
    act = management_act(case.pan, case.order, "", Level.APPROVE)
    content = await ordered_with_tokens(asked, act, command)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return _approval_page(asked, filled.refused(refusal), case)
    said = asked.words.say(msg("Approved: the token is made. Whoever may see whole tokens shows it here."))
    return redirect_with(asked, order_path(case), said)


def _approval_page(asked: Asked, filled: Filled, case: ManagementCase) -> Page:
    facts = _facts_of(asked, case, microseconds(asked.office.now()))
    kind = asked.words.say(MANAGEMENT_KINDS[case.order.kind])
    crumbs = _crumbs(asked, case, (kind, order_path(case)))
    is_own = is_same_person(case.order.by, asked.me.login)
    values = {"facts": facts, "name": f"{case.customer} · {meter_number(case.pan).text}", "is_own": is_own}
    return filled.page("management_approval.html", crumbs=crumbs, back=order_path(case), **values)


async def show_token(asked: Asked) -> Outcome:
    """Show the digits, once a line of the diary says that they were shown."""
    case = await _case(asked)
    subject = f"{case.pan} {managed_key(case.reference)}"
    act = Act(
        Function.SHOW_TOKEN,
        kind="show",
        order=subject,
        subject=subject,
        about=case.pan,
        needs_reason=False,
        level=Level.VIEW,
        action=Action.SHOW,
    )
    if refusal_in(asked, await ordered(asked, act, NoteAct(subject))) is not None:
        raise NoRight(_SHOWS)
    question = SaleFile(branch=asked.me.rights.branch, key=managed_key(case.reference))
    facts = await asked.office.views.totals(question)
    made = (
        None
        if facts is None
        else next((k.content for k in facts.keys if isinstance(k.content, Managed)), None)
    )
    if made is None:
        raise NotThere
    kind = asked.words.say(MANAGEMENT_KINDS[case.order.kind])
    values = {
        "title": asked.words.say(msg("The whole token")),
        "subject_printed": subject,
        "crumbs": _crumbs(asked, case, (kind, order_path(case))),
        "facts": _facts_of(asked, case, microseconds(asked.office.now())),
        "key_change": [token.grouped() for token in made.key_change],
        "token": made.token.grouped(),
        "back": order_path(case),
    }
    return Page("whole_token.html", values)


ROUTES: Final = (
    Route("GET", "/meters/<pan>/orders/<reference>", _SEES, order),
    Route("GET", "/meters/<pan>/orders/<reference>/approve", _APPROVES, ask_approval),
    Route("POST", "/meters/<pan>/orders/<reference>/approve", _APPROVES, approve),
    Route("POST", "/meters/<pan>/orders/<reference>/token", _SHOWS, show_token),
)
