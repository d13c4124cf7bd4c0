"""Orders on their way to meters: the list of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link, Said
from admin_web.diary_words import person
from admin_web.figure_filters import MeterFilter
from admin_web.file_words import customer_path, meter_cell
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.line_words import (
    REMOTE_KINDS,
    REMOTE_STATES,
    asks_cell,
    remote_path,
    told_cell,
)
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.ways import SEES
from admin_web.route import MenuItem, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.remote_order import RemoteKind, RemoteState
from gateway.core.timeline import moment_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_remote import RemoteOrderRow, RemoteOrders

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

#: What is chosen by itself: those with which the gateway goes on.
_OPEN: Final = "open"

_KINDS: Final = tuple((one.value, said) for one, said in REMOTE_KINDS.items())
_STATES: Final = (
    (_OPEN, msg("still on their way")),
    *((one.value, said.sentence) for one, said in REMOTE_STATES.items()),
)


def _asked_for(chosen: Chosen) -> RemoteOrders:
    kind, state = chosen.text("kind"), chosen.text("state")
    return RemoteOrders(
        branch=chosen.asked.me.rights.branch,
        kind=None if kind is None else RemoteKind(kind),
        state=None if state in {None, _OPEN} else RemoteState(str(state)),
        pan=chosen.text("pan"),
        ask=chosen.text("ask"),
        is_open=True if state == _OPEN else None,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _customer(row: RemoteOrderRow) -> Cell:
    return Link(row.customer, customer_path(row.order.account_no)) if row.customer else None


def sale_cell(row: RemoteOrderRow) -> Cell:
    """Name the sale of a credit, with its page."""
    return Link(Code(str(row.receipt_no)), f"/sales/{row.sale_id}") if row.sale_id else None


_LISTING: Final = Listing[RemoteOrderRow](
    name="remote-orders",
    caption=msg("Orders over lines"),
    empty=msg("No order is like this. Credits for meters on lines, relays and timetables make them."),
    columns=(
        Column("number", msg("Order"), lambda row: Code(str(row.id))),
        Column("at", msg("Ordered at"), lambda row: moment_of(row.order.at_us), "moment"),
        Column("kind", msg("Kind"), lambda row: Said(REMOTE_KINDS[row.order.kind])),
        Column("ask", msg("What is ordered"), lambda row: asks_cell(row.order)),
        Column("state", msg("State"), lambda row: REMOTE_STATES[row.order.state]),
        Column("why", msg("Why"), lambda row: told_cell(row.order.told)),
        Column("meter", msg("Meter number"), lambda row: meter_cell(row.order.pan)),
        Column("customer", msg("Customer"), _customer),
        Column("tries", msg("Contacts"), lambda row: row.order.tries, "count"),
        Column("doubts", msg("In doubt"), lambda row: row.order.doubts, "count", is_usual=False),
        Column("sale", msg("Sale"), sale_cell, is_usual=False),
        Column("reason", msg("Reason"), lambda row: row.order.reason or None, is_usual=False),
        Column("by", msg("By whom"), lambda row: person(row.order.by), is_usual=False),
        Column(
            "ended",
            msg("Ended at"),
            lambda row: None if row.order.ended_us is None else moment_of(row.order.ended_us),
            "moment",
            is_usual=False,
        ),
    ),
    filters=(
        ChoiceFilter("state", msg("State"), _STATES, usual=_OPEN),
        ChoiceFilter("kind", msg("Kind"), _KINDS),
        MeterFilter("pan", msg("Meter number")),
        TextFilter("ask", msg("Reference of a timetable"), TEXT_MAX),
    ),
    source=Keyset(_asked_for, lambda row: (row.id,)),
    href=lambda row: remote_path(row.id),
)


async def remote_orders(asked: Asked) -> Outcome:
    """Show them: by itself those that are still on their way."""
    return await list_page(asked, _LISTING)


ROUTES: Final = (Route("GET", "/lines/orders", SEES, remote_orders),)
MENU: Final = (MenuItem(Function.LINES, msg("Orders over lines"), "/lines/orders"),)
