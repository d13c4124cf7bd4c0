"""A meter's relay: where it stands, what was ordered of it, and the form that has two people switch it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered
from admin_web.cells import Code, Said, State, Tone
from admin_web.diary_words import request_path
from admin_web.fields import REASON, Field
from admin_web.figure_filters import NOT_A_MOMENT
from admin_web.file_forms import refused_form
from admin_web.file_words import meter_number
from admin_web.forms import First, Form
from admin_web.line_words import (
    RELAY_ORDERS,
    RELAY_STATES,
    REMOTE_STATES,
    asks_cell,
    remote_link,
    remote_path,
    told_cell,
    way_path,
    weekdays_said,
)
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.meter import crumbs_of
from admin_web.pages.way import way_facts, whose
from admin_web.route import Right, Route
from admin_web.said_after import ASKED, DONE
from admin_web.spans import moment_typed
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.contact import RelayOrder
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.remote_order import RemoteKind
from gateway.core.timeline import microseconds, moment_of
from gateway.metering.order_relay import OrderRelay, can_switch
from gateway.office.orders import act_of
from gateway.office.relay_orders import SwitchOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.views_ways import WayFacts

SEES: Final = Right(Function.RELAYS)
DOES: Final = Right(Function.RELAYS, Level.DO)

#: What each of them comes to, as it is said before it is ordered and read back.
_COMES_TO: Final = {
    RelayOrder.TRIP: msg(
        "The customer has no power from then on, until somebody orders that he is switched on again."
    ),
    RelayOrder.CLOSE: msg(
        "The customer has power at once, and whatever was left switched on runs: somebody should be at home."
    ),
    RelayOrder.PERMIT: msg("The customer has power again as soon as he presses the button at his meter."),
}

_MOMENT_MAX: Final = 32
_FROM: Final = Field(
    "from",
    msg("Not before"),
    hint=msg("Empty for at once; else the day and the time in your own zone, such as 2026-11-24 08:00."),
    is_required=False,
    length_max=_MOMENT_MAX,
    heading=msg("When it is sent"),
)
_UNTIL: Final = Field(
    "until",
    msg("Not after"),
    hint=msg(
        "What could not be sent by then is not done any more. Empty for a month; who is switched off is so "
        "within the hours that are allowed."
    ),
    is_required=False,
    length_max=_MOMENT_MAX,
)

#: Beside which field a refusal is shown.
_FIELD_OF: Final = {
    OfficeRefusal.NO_REASON: "reason",
    OfficeRefusal.BAD_PERIOD: "until",
    OfficeRefusal.OUTSIDE_HOURS: "from",
    OfficeRefusal.PROTECTED: "order",
    OfficeRefusal.NO_RELAY: "order",
}


def _open_order(facts: WayFacts) -> RemoteOrder | None:
    return next((one for one in facts.orders if one.kind is RemoteKind.RELAY and one.is_open), None)


def _offered(facts: WayFacts) -> tuple[tuple[str, str], ...]:
    """Give what may be ordered: what the model has a word for; nobody who is protected is switched off."""
    if facts.row is None:
        return ()
    stands = facts.row.way
    return tuple(
        (one.value, said)
        for one, said in RELAY_ORDERS.items()
        if can_switch(stands, one) and not (one is RelayOrder.TRIP and stands.protection)
    )


def _form(facts: WayFacts, pan: str) -> Form:
    offered, waits = _offered(facts), _open_order(facts)
    first = None
    if facts.row is None or not facts.row.way.is_on:
        first = First(
            msg("No line leads to this meter, or its way is out of use."), msg("Its way"), way_path(pan)
        )
    elif waits is not None:
        first = First(
            msg("An order for this relay is on its way already."), msg("See it"), remote_path(waits.id)
        )
    elif not offered:
        first = First(msg("This model of meter has no relay over its line."), msg("Its way"), way_path(pan))
    what = Field("order", msg("What is ordered"), "choice", choices=offered)
    return Form(msg("Switch the relay"), msg("Go on"), (what, REASON, _FROM, _UNTIL), lead=_LEAD, first=first)


_LEAD: Final = msg("A second person has to approve it before anything is sent.")


async def ask(asked: Asked) -> Outcome:
    """Show where the relay stands, and the form for whoever may order."""
    facts, pan = await _facts(asked), asked.places["pan"]
    return _page(_form(facts, pan).blank(asked), facts)


async def send(asked: Asked) -> Outcome:
    """Read it back, then have it approved."""
    facts, pan = await _facts(asked), asked.places["pan"]
    filled, moments = _with_moments(_form(facts, pan).read(asked))
    if not filled.is_sound or filled.wants_change or filled.form.first is not None:
        return _page(filled, facts)
    order = RelayOrder(filled.value("order", str))
    if not filled.is_confirmed:
        name = f"{meter_number(pan).text} · {facts.customer}"
        return filled.preview(name=name, nothing=_COMES_TO[order], crumbs=_crumbs(asked, pan))
    reason, office = filled.value("reason", str), asked.office
    command = OrderRelay(
        asked.me.login, filled.nonce, pan, order, reason, office.relay_hours, office.zone, *moments
    )
    kept = SwitchOrder.of(command, str(office.zone))
    content = await ordered(asked, act_of(kept, reason), command)
    if isinstance(content, ApprovalAsked):
        return redirect_with(asked, request_path(content.reference), asked.words.say(ASKED))
    if isinstance(content, Changed):
        return redirect_with(asked, remote_path(int(content.subject)), asked.words.say(DONE))
    return _page(_refused(filled, content), facts)


def _refused(filled: Filled, content: object) -> Filled:
    reason = getattr(content, "reason", None)
    name = _FIELD_OF.get(reason, "") if isinstance(reason, OfficeRefusal) else ""
    if not name or not isinstance(reason, OfficeRefusal):
        return refused_form(filled, content).filled  # type: ignore[arg-type]  # a refusal of any kind
    return filled.refused(reason.value, name)


def _with_moments(filled: Filled) -> tuple[Filled, tuple[int, int]]:
    """Read from when until when, 0 for an end that is left open; what is no moment is said beside it."""
    found = []
    for name in ("from", "until"):
        written = filled.optional(name, str)
        moment = None if written is None else moment_typed(written, filled.asked.shown.zone)
        if written is not None and moment is None:
            filled = filled.refused(NOT_A_MOMENT, name)
        found.append(0 if moment is None else microseconds(moment))
    return filled, (found[0], found[1])


async def _facts(asked: Asked) -> WayFacts:
    return await way_facts(asked)


def _page(filled: Filled, facts: WayFacts) -> Page:
    asked, pan = filled.asked, filled.asked.places["pan"]
    return filled.page(
        "relay.html",
        crumbs=_crumbs(asked, pan),
        back=f"/meters/{pan}" if facts.account_no else way_path(pan),
        facts=(*whose(facts, pan), *_standing(asked, facts)),
        may_order=DOES.opens(asked.me.rights),
        orders=_lines(facts.orders),
    )


def _standing(asked: Asked, facts: WayFacts) -> tuple[Fact, ...]:
    hours = asked.office.relay_hours
    days = weekdays_said("".join(map(str, sorted(hours.weekdays))), asked.words)
    when = f"{days}, {hours.opens:%H:%M}–{hours.closes:%H:%M}"  # noqa: RUF001 - from, to
    protection: Cell = Said(msg("no"))
    if facts.row is not None and facts.row.way.protection:
        protection = State(facts.row.way.protection, Tone.WAITING)
    return (
        Fact(msg("Relay, as it was seen last"), RELAY_STATES.get(facts.relay, Said(msg("not seen yet")))),
        Fact(msg("Last contact"), None if facts.seen_us is None else moment_of(facts.seen_us)),
        Fact(msg("Protected from being cut off"), protection),
        Fact(msg("Customers may be switched off"), when),
    )


def _lines(orders: Sequence[RemoteOrder]) -> list[tuple[Cell, ...]]:
    return [
        (
            remote_link(one), moment_of(one.at_us), asks_cell(one), REMOTE_STATES[one.state],
            told_cell(one.told), one.reason or None, Code(one.by) if one.by else None,
        )
        for one in orders
        if one.kind is RemoteKind.RELAY
    ]  # fmt: skip


def _crumbs(asked: Asked, pan: str) -> tuple[tuple[str, str], ...]:
    return crumbs_of(asked, (meter_number(pan).text, f"/meters/{pan}"))


ROUTES: Final = (
    Route("GET", "/meters/<pan>/relay", SEES, ask),
    Route("POST", "/meters/<pan>/relay", DOES, send),
)
