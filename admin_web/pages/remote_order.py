"""One order over a line: where it stands, each of its steps, and what a person may say of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Link, Said
from admin_web.diary_words import person
from admin_web.fields import REASON, Field
from admin_web.file_timeline import amendments_told
from admin_web.file_words import customer_path, meter_cell, meter_number
from admin_web.forms import Form
from admin_web.line_words import REMOTE_KINDS, REMOTE_STATES, asks_cell, remote_path, told_cell, way_path
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.order_form import carried_out
from admin_web.pages.remote_orders import sale_cell
from admin_web.pages.ways import SEES
from admin_web.route import Right, Route
from admin_web.words import msg
from gateway.core.amendment import written
from gateway.core.authority import Function, Level
from gateway.core.diary import Action
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteState
from gateway.core.timeline import moment_of
from gateway.core.views_remote import RemoteOrderFile
from gateway.metering.step_remote import MendRemote
from gateway.office.authorised import Act

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Redirect
    from admin_web.asked import Asked
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.views_remote import RemoteOrderRow

DEEDS: Final = {
    RemoteEvent.CANCEL: msg("Take the order back"),
    RemoteEvent.AGAIN: msg("Send it again"),
    RemoteEvent.BY_HAND: msg("Say that it was done by hand"),
}
_COMES_TO: Final = {
    RemoteEvent.CANCEL: msg("Nothing of it is sent any more."),
    RemoteEvent.AGAIN: msg(
        "It waits for its line once more. What kept the meter from taking it must have been put right."
    ),
    RemoteEvent.BY_HAND: msg(
        "The gateway takes it that it is in the meter, and does not look any more. Make sure that somebody "
        "has seen it there."
    ),
}
_DONE: Final = msg("It is noted: the order is changed.")
_NOT_NOW: Final = msg("This cannot become of the order where it stands now; look at it again.")

#: Whose right it is to say something of an order. Who lets relays out takes them back; tokens, recharges and
#: tables are for whoever works the lines.
_RIGHTS: Final = {
    RemoteKind.RELAY: Right(Function.RELAYS, Level.APPROVE),
    RemoteKind.TIMETABLE: Right(Function.TIMETABLES, Level.DO),
}
_OTHERS: Final = Right(Function.LINES, Level.DO)


#: Of a recharge that was refused since the meter counts otherwise than we.
_COUNT: Final = Field(
    "count",
    msg("The meter's count of purchases"),
    "count",
    hint=msg(
        "Only where the meter has taken purchases that did not come from here. This one gets the number "
        "behind it. Leave it empty to send the same number again."
    ),
    is_required=False,
    length_max=10,
)


def _right(order: RemoteOrder) -> Right:
    return _RIGHTS.get(order.kind, _OTHERS)


def deeds_of(order: RemoteOrder) -> tuple[RemoteEvent, ...]:
    """Name what may be said of it, from where it stands; a credit's order ends with its sale."""
    match order.state:
        case RemoteState.WAITING:
            return () if order.is_credit else (RemoteEvent.CANCEL,)
        case RemoteState.REFUSED:
            return (RemoteEvent.AGAIN, RemoteEvent.BY_HAND)
        case RemoteState.UNKNOWN:
            return (RemoteEvent.BY_HAND,)
    return ()


async def order_row(asked: Asked) -> RemoteOrderRow:
    """Give the order of the path; NotThere for another branch's, too."""
    number = asked.places["id"]
    # An id has no more digits: the database's whole numbers end there.
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS_MAX):
        raise NotThere
    row = await asked.office.views.totals(RemoteOrderFile(branch=asked.me.rights.branch, id=int(number)))
    if row is None:
        raise NotThere
    return row


_DIGITS_MAX: Final = 18


async def remote_order(asked: Asked) -> Outcome:
    """Show it."""
    row = await order_row(asked)
    order = row.order
    steps = await asked.office.views.rows(RemoteOrderFile(branch=asked.me.rights.branch, id=order.id))
    told = amendments_told(asked, steps, str(order.id), is_cut=False)
    may = _right(order).opens(asked.me.rights)
    path = remote_path(order.id)
    thing = Thing(
        kind=msg("Order over a line"),
        title=str(order.id),
        state=REMOTE_STATES[order.state],
        facts=facts_of(row),
        deeds=tuple(Deed(DEEDS[one], f"{path}/mend?as={one.value}") for one in deeds_of(order) if may),
        timeline=told.lines,
        related=(
            Related(msg("Way to the meter"), meter_number(order.pan), way_path(order.pan)),
            Related(
                msg("Orders for this meter"), meter_number(order.pan), f"/lines/orders?pan={order.pan}&state="
            ),
        ),
        raw=json.loads(written(order)),
    )
    return object_page(asked, thing, _crumbs(asked))


def facts_of(row: RemoteOrderRow) -> tuple[Fact, ...]:
    """Say what it is, and where it stands."""
    order = row.order
    return (
        Fact(msg("Kind"), Said(REMOTE_KINDS[order.kind])),
        Fact(msg("What is ordered"), asks_cell(order)),
        Fact(msg("Why it stands so"), told_cell(order.told)),
        Fact(msg("Meter number"), meter_cell(order.pan)),
        Fact(msg("Customer"), Link(row.customer, customer_path(order.account_no)) if row.customer else None),
        Fact(msg("Sale"), sale_cell(row)),
        Fact(msg("Reason"), order.reason or None),
        Fact(msg("Ordered by"), person(order.by)),
        Fact(msg("Approved by"), person(order.second) if order.second else None),
        Fact(msg("Ordered at"), moment_of(order.at_us)),
        Fact(msg("Not before"), moment_of(order.from_us) if order.from_us else None),
        Fact(msg("Not after"), moment_of(order.until_us) if order.until_us else None),
        Fact(msg("First sent at"), None if order.begun_us is None else moment_of(order.begun_us)),
        Fact(msg("Ended at"), None if order.ended_us is None else moment_of(order.ended_us)),
        Fact(msg("Contacts"), order.tries),
        Fact(msg("Contacts that left it in doubt"), order.doubts),
    )


# -- what a person says of it ----------------------------------------------------------------------------


def _form(event: RemoteEvent, order: RemoteOrder) -> Form:
    kept = Field("as", msg("What becomes of it"), "kept")
    has_count = event is RemoteEvent.AGAIN and order.kind is RemoteKind.RECHARGE and not order.doubts
    fields = (_COUNT, REASON, kept) if has_count else (REASON, kept)
    return Form(DEEDS[event], msg("Go on"), fields, lead=_COMES_TO[event])


def _event(name: str) -> RemoteEvent | None:
    return next((one for one in DEEDS if one.value == name), None)


def _not_now(asked: Asked, order: RemoteOrder) -> Redirect:
    return redirect_with(asked, remote_path(order.id), asked.words.say(_NOT_NOW))


async def ask(asked: Asked) -> Outcome:
    """Ask why."""
    row = await order_row(asked)
    event = _event(asked.first("as"))
    is_hers = _right(row.order).opens(asked.me.rights)
    if event is None or event not in deeds_of(row.order) or not is_hers:
        return _not_now(asked, row.order)
    blank = _form(event, row.order).blank(asked, **{"as": event.value})
    return blank.page("step_form.html", **_around(asked, row))


async def send(asked: Asked) -> Outcome:
    """Read it back, then do it."""
    row = await order_row(asked)
    order, event = row.order, _event(asked.field("as"))
    if event is None:
        return _not_now(asked, order)
    filled, around = _form(event, order).read(asked), _around(asked, row)
    if not filled.is_sound or filled.wants_change:
        return filled.page("step_form.html", **around)
    if not filled.is_confirmed:
        name = f"{meter_number(order.pan).text} · {row.customer}" if row.customer else str(order.id)
        return filled.preview(name=name, nothing=_COMES_TO[event], crumbs=around["crumbs"])
    right, reason = _right(order), filled.value("reason", str)
    act = Act(
        right.function,
        kind="remote",
        order=str(order.id),
        subject=f"{order.kind.value} {order.id}",
        about=order.pan if order.account_no else "",
        reason=reason,
        level=right.level,
        action=Action.WITHDRAW if event is RemoteEvent.CANCEL else Action.CHANGE,
        can_wait=False,
    )
    count = filled.optional("count", int) if filled.has("count") else None
    command = MendRemote(asked.me.login, filled.nonce, order.id, event, reason, count)
    path = remote_path(order.id)
    return await carried_out(filled, act, command, around, path=path, said=_DONE, template="step_form.html")


def _around(asked: Asked, row: RemoteOrderRow) -> dict[str, object]:
    path = remote_path(row.order.id)
    state = Fact(msg("State"), REMOTE_STATES[row.order.state])
    shown = [fact for fact in facts_of(row) if fact.cell is not None]
    crumbs = _crumbs(asked, (str(row.order.id), path))
    return {"crumbs": crumbs, "back": path, "facts": (*shown, state)}


def _crumbs(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return ((asked.words.say(msg("Orders over lines")), "/lines/orders"), *more)


ROUTES: Final = (
    Route("GET", "/lines/orders/<id>", SEES, remote_order),
    Route("GET", "/lines/orders/<id>/mend", SEES, ask),
    Route("POST", "/lines/orders/<id>/mend", SEES, send),
)
