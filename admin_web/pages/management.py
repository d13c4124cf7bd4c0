"""Management tokens: all orders, and what one person orders of a meter for another to approve."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from admin_web.acting import refusal_in
from admin_web.cells import Said, State, Tone
from admin_web.fields import REASON, Field
from admin_web.file_words import MANAGEMENT_KINDS, meter_cell, meter_number
from admin_web.filters import ChoiceFilter
from admin_web.forms import Form
from admin_web.issuing import ordered_with_tokens
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.notice import redirect_with
from admin_web.pages.meter import crumbs_of, meter_file
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.management import ManagementOrder, greatest_value
from gateway.core.meter import MeterRef
from gateway.core.timeline import microseconds, moment_of
from gateway.core.token_order import ManagementKind
from gateway.core.views_orders import ManagementCase, ManagementOrders
from gateway.office.authorised import Act
from gateway.prepayment.manage_meter import OrderManagement

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from admin_web.listing import Chosen

SEES: Final = Right(Function.MANAGEMENT_TOKENS)
DOES: Final = Right(Function.MANAGEMENT_TOKENS, Level.DO)

#: Random nibbles that a token can carry.
_NIBBLES: Final = 16

#: What clears every register of a meter, and what the electricity's alone.
ALL_REGISTERS: Final = 0xFFFF

#: Those that electricity meters take.
_KINDS: Final = tuple(
    (kind.name.lower(), said)
    for kind, said in MANAGEMENT_KINDS.items()
    if kind is not ManagementKind.WATER_FACTOR
)

ORDER: Final = Form(
    msg("Order a management token"),
    msg("Go on"),
    (
        Field("kind", msg("What the meter is told"), "choice", choices=_KINDS),
        Field(
            "value",
            msg("Value"),
            "count",
            hint=msg(
                "Watts for a limit; for clearing credit 0 for electricity or 65535 for all registers; "
                "nothing for the tamper state; else the 16 bits as a number."
            ),
            is_required=False,
        ),
        REASON,
    ),
    lead=msg("Another person has to approve the order within a day; only then is the token made."),
)


def value_said(asked: Asked, order: ManagementOrder) -> Cell:
    """Say a value in words."""
    match order.kind, order.value:
        case ((ManagementKind.POWER_LIMIT | ManagementKind.PHASE_UNBALANCE), watts):
            return f"{asked.shown.number(watts)} W"
        case ManagementKind.CLEAR_TAMPER, _:
            return None
        case ManagementKind.CLEAR_CREDIT, 0:
            return Said(msg("the electricity register"))
        case ManagementKind.CLEAR_CREDIT, 0xFFFF:
            return Said(msg("all registers"))
        case _, bits:
            return str(bits)


def standing_of(case: ManagementCase, at_us: int) -> State:
    """Say where an order stands."""
    if case.is_made:
        return State(msg("the token is made"), Tone.GOOD)
    if case.waits(at_us):
        return State(msg("waits for a second person"), Tone.WAITING)
    return State(msg("lapsed"), Tone.QUIET)


def order_path(case: ManagementCase) -> str:
    """Name the page of an order."""
    return f"/meters/{case.pan}/orders/{quote(case.reference, safe='')}"


def _asked_for(chosen: Chosen) -> ManagementOrders:
    return ManagementOrders(
        at_us=microseconds(chosen.asked.office.now()),
        branch=chosen.asked.me.rights.branch,
        waiting_only=chosen.text("state") == "waiting",
        after=None if chosen.after is None else (chosen.after[0], chosen.after[1]),
        limit=chosen.limit,
    )


def _listing(asked: Asked) -> Listing[ManagementCase]:
    now_us = microseconds(asked.office.now())
    return Listing[ManagementCase](
        name="management-tokens",
        caption=msg("Management tokens"),
        empty=msg("Nothing was ordered. A management token is ordered on the page of its meter."),
        columns=(
            Column("at", msg("Ordered at"), lambda row: moment_of(row.at_us), "moment"),
            Column("kind", msg("What the meter is told"), lambda row: Said(MANAGEMENT_KINDS[row.order.kind])),
            Column("value", msg("Value"), lambda row: value_said(asked, row.order)),
            Column("meter", msg("Meter number"), lambda row: meter_cell(row.pan)),
            Column("customer", msg("Customer"), lambda row: row.customer),
            Column("state", msg("State"), lambda row: standing_of(row, now_us)),
            Column("by", msg("Ordered by"), lambda row: row.order.by),
            Column("approved", msg("Approved by"), lambda row: row.approved_by or None),
            Column("reason", msg("Reason"), lambda row: row.order.reason, is_usual=False),
        ),
        filters=(ChoiceFilter("state", msg("State"), (("waiting", msg("waits for a second person")),)),),
        source=Keyset(_asked_for, lambda row: (row.at_us, row.reference)),
        href=order_path,
    )


async def orders(asked: Asked) -> Outcome:
    """Show all orders."""
    return await list_page(asked, _listing(asked))


async def ask(asked: Asked) -> Outcome:
    """Show the form; what another page wants of the meter stands in it."""
    facts = await meter_file(asked)
    usual = {name: asked.first(name) for name in ("kind", "value")}
    return _form(asked, ORDER.blank(asked, **usual), facts.meter.pan)


def power_limit_path(pan: str, watts: int) -> str | None:
    """Name the form that orders the token for this power limit; None where no token can say it."""
    kind = ManagementKind.POWER_LIMIT
    if not 0 < watts <= greatest_value(kind):
        return None
    return f"/meters/{pan}/orders/new?{urlencode({'kind': kind.name.lower(), 'value': watts})}"


async def send(asked: Asked) -> Outcome:
    """Preview the order, then keep it for its second person."""
    facts = await meter_file(asked)
    pan = facts.meter.pan
    filled = _fit(asked, ORDER.read(asked))
    if not filled.is_sound or filled.wants_change:
        return _form(asked, filled, pan)
    if not filled.is_confirmed:
        crumbs = crumbs_of(asked, (meter_number(pan).text, f"/meters/{pan}"))
        return filled.preview(name=f"{facts.meter.customer} · {meter_number(pan).text}", crumbs=crumbs)
    order = _order(asked, filled)
    command = OrderManagement(
        filled.nonce, MeterRef(pan=pan), order, secrets.randbelow(_NIBBLES), asked.office.workshop
    )
    content = await ordered_with_tokens(asked, management_act(pan, order, order.reason), command)
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return _form(asked, filled.refused(refusal), pan)
    said = asked.words.say(msg("The order is kept. Another person has to approve it within a day."))
    return redirect_with(asked, f"/meters/{pan}/orders/{filled.nonce}", said)


def management_act(pan: str, order: ManagementOrder, reason: str, level: Level = Level.DO) -> Act:
    """Say how authority judges an order for a management token."""
    kind = order.kind.name.lower()
    return Act(
        Function.MANAGEMENT_TOKENS,
        kind="management",
        order=f"{pan} {kind} {order.value}",
        subject=f"{pan} {kind} {order.value}",
        about=pan,
        reason=reason,
        needs_reason=level is Level.DO,
        level=level,
    )


def _order(asked: Asked, filled: Filled) -> ManagementOrder:
    kind = ManagementKind[filled.value("kind", str).upper()]
    return ManagementOrder(
        kind, filled.optional("value", int) or 0, filled.value("reason", str), asked.me.login
    )


def _fit(asked: Asked, filled: Filled) -> Filled:
    """Say what the kind does not take."""
    if not filled.is_sound:
        return filled
    kind, value = ManagementKind[filled.value("kind", str).upper()], filled.optional("value", int)
    greatest = greatest_value(kind)
    if value is None and greatest:
        return filled.refused(msg("This kind needs a value."), "value")
    if value is not None and value > greatest:
        most = asked.shown.number(greatest)
        return filled.refused(asked.words.say(msg("This kind takes 0 to %(most)s."), most=most), "value")
    return filled


def _form(asked: Asked, filled: Filled, pan: str) -> Page:
    crumbs = crumbs_of(asked, (meter_number(pan).text, f"/meters/{pan}"))
    return filled.page(crumbs=crumbs, back=f"/meters/{pan}")


ROUTES: Final = (
    Route("GET", "/management-tokens", SEES, orders),
    Route("GET", "/meters/<pan>/orders/new", DOES, ask),
    Route("POST", "/meters/<pan>/orders/new", DOES, send),
)
MENU: Final = (MenuItem(Function.MANAGEMENT_TOKENS, msg("Management tokens"), "/management-tokens"),)
