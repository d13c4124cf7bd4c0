"""Enlarge the contracted power of a supply point: how much, what it costs, and how that is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered
from admin_web.answers import NotThere
from admin_web.cells import Amount
from admin_web.diary_files import point_subject
from admin_web.dues_fields import owed_in
from admin_web.fields import REASON, Field
from admin_web.file_forms import VERSION, bounded, faulted, file_act, refused_form, version_in
from admin_web.forms import Form, PostingLine
from admin_web.notice import redirect_with
from admin_web.pages.amend_customer import AMENDS
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.pages.supply_point import limit_of
from admin_web.point_words import point_path, watts_said
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.customer import CONTRACT_W_MAX
from gateway.core.office_answer import Changed
from gateway.core.supply_point import PointState
from gateway.prepayment.enlarge_capacity import EnlargeCapacity, Fee, FeePaid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome, Page, Redirect
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.views_points import PointFacts

_CONTRACT: Final = Field("contract", msg("New contracted power"), "power")
_RATING: Final = Field(
    "rating",
    msg("Most that the meter bears"),
    "power",
    hint=msg("As its face says; empty where nobody has looked."),
    is_required=False,
)
_FEE: Final = Field("fee", msg("Fee"), "money", hint=msg("Empty where there is none."), is_required=False)

_IN_CASH: Final = (FeePaid.CASH.value, msg("in cash, into my drawer"))
_ON_ACCOUNT: Final = (FeePaid.ON_ACCOUNT.value, msg("put on the customer's account"))

HOW: Final = msg("Say how the fee is paid: it comes before the power.")
NO_FEE: Final = msg("There is no fee, so leave this empty.")
NOT_LESS: Final = msg("This is no more than was agreed on. Less is a change of the terms.")
TOO_MUCH: Final = msg("The meter does not bear so much. Replace it first.")
DONE: Final = msg("The capacity is enlarged.")
DONE_TELL: Final = msg(
    "The capacity is enlarged. A meter that limits the power does so as before, until a token tells it more."
)


async def _open(asked: Asked) -> PointFacts:
    """Find the supply point; NotThere for one that is closed, or where a change of terms is due."""
    facts = await point_facts(asked)
    if facts.row.point.state is PointState.CLOSED or facts.row.point.due is not None:
        raise NotThere
    return facts


def _form(asked: Asked, facts: PointFacts) -> Form:
    """Ask for it; cash is offered to whoever sits at a counter."""
    choices = (*((_IN_CASH,) if asked.me.station else ()), _ON_ACCOUNT)
    paid = Field("paid", msg("How it is paid"), "choice", is_required=False, choices=choices)
    now = watts_said(facts.row.point.contract_w, asked.shown) or asked.words.say(msg("nothing"))
    agreed = asked.words.say(msg("Agreed on until now: %(power)s."), power=now)
    fields = (_CONTRACT, _RATING, _FEE, paid, REASON, VERSION)
    return Form(
        msg("Enlarge the capacity"), msg("Go on"), fields, lead=f"{of_whom(asked, facts)} {agreed}"
    )


async def ask(asked: Asked) -> Outcome:
    """Show the form."""
    facts = await _open(asked)
    usual = {"version": str(facts.row.point.version)}
    return _form(asked, facts).blank(asked, **usual).page(**point_around(asked, facts))


async def send(asked: Asked) -> Outcome:
    """Read it, show what is posted, and enlarge it."""
    facts = await _open(asked)
    point, around = facts.row.point, point_around(asked, facts)
    filled, fee = _fee_in(_fit(_form(asked, facts).read(asked), facts))
    if not filled.is_sound or filled.wants_change:
        return filled.page(**around)
    if not filled.is_confirmed:
        return _preview(filled, facts, fee)
    order = EnlargeCapacity(
        asked.me.login,
        filled.nonce,
        point.number,
        version_in(filled),
        point.pan,
        point.power_types,
        filled.value("contract", int),
        filled.optional("rating", int) or 0,
        fee,
        asked.me.currency,
        filled.value("reason", str),
    )
    act = file_act(
        Function.AMENDMENT,
        point_subject(point.number),
        about=point.account_no,
        reason=order.reason,
        amount_minor=fee.minor,
    )
    content = await ordered(asked, act, order)
    if not isinstance(content, Changed):
        return refused_form(filled, content).filled.page(**around)
    return await _done(asked)


def _fit(filled: Filled, facts: PointFacts) -> Filled:
    """Say what cannot be of the power."""
    contract_w, rating_w = filled.optional("contract", int), filled.optional("rating", int)
    if contract_w is None:
        return filled
    filled = bounded(filled, "contract", contract_w, CONTRACT_W_MAX, filled.asked.shown.kw(CONTRACT_W_MAX))
    if contract_w <= facts.row.point.contract_w:
        filled = faulted(filled, "contract", NOT_LESS)
    return faulted(filled, "contract", TOO_MUCH) if rating_w and contract_w > rating_w else filled


def _fee_in(filled: Filled) -> tuple[Filled, Fee]:
    """Read the fee, and how it is paid: a fee has a way, and none has no fee."""
    asked, how = filled.asked, filled.optional("paid", str)
    filled, minor = owed_in(filled, _FEE.name)
    if minor and how is None:
        filled = faulted(filled, "paid", HOW)
    if not minor and how is not None and filled.is_sound:
        filled = faulted(filled, "paid", NO_FEE)
    paid = FeePaid.NOT if how is None else FeePaid(how)
    station = asked.me.station if paid is FeePaid.CASH else ""
    return filled, Fee(minor, asked.me.currency, paid, station)


def _preview(filled: Filled, facts: PointFacts, fee: Fee) -> Page:
    amount = Amount(fee.minor, fee.currency) if fee.minor else None
    return filled.preview(
        _postings(filled, facts, fee),
        amount,
        f"{facts.row.customer} · {facts.row.point.number}",
        nothing=msg("It posts nothing: there is no fee."),
        crumbs=point_around(filled.asked, facts)["crumbs"],
    )


def _postings(filled: Filled, facts: PointFacts, fee: Fee) -> Sequence[PostingLine]:
    entry = fee.entry(facts.row.point.account_no, filled.asked.me.login)
    lines = () if entry is None else entry.postings
    return [PostingLine(one.account, Amount(one.amount, one.unit)) for one in lines]


async def _done(asked: Asked) -> Redirect:
    """Go back to the supply point, with the token that tells its meter, to whoever may order it."""
    point = (await point_facts(asked)).row.point
    limit = limit_of(point) if asked.me.rights.may(Function.MANAGEMENT_TOKENS, Level.DO) else None
    said = asked.words.say(DONE if limit is None else DONE_TELL)
    return redirect_with(asked, point_path(point.number), said, limit or "")


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/capacity", AMENDS, ask),
    Route("POST", "/supply-points/<number>/capacity", AMENDS, send),
)
