"""Meters that left their supply points: the list of all, and what still waits to be given out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Amount, Link, Said
from admin_web.departure_words import BASES, LEAVINGS, state_of
from admin_web.diary_words import person
from admin_web.figure_filters import MeterFilter
from admin_web.file_words import customer_path, meter_cell
from admin_web.filters import ChoiceFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.point_words import point_cell
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.departure import Leaving
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views_departures import DepartureCase, Departures

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.departure import Departure

SEES: Final = Right(Function.REPLACEMENT)

_KINDS: Final = tuple((one.value, said) for one, said in LEAVINGS.items())
_STATES: Final = (("waits", msg("the credit waits to be given out")), ("done", msg("nothing waits")))


def _asked_for(chosen: Chosen) -> Departures:
    kind, state = chosen.text("kind"), chosen.text("state")
    return Departures(
        branch=chosen.asked.me.rights.branch,
        pan=chosen.text("pan"),
        kind=None if kind is None else Leaving(kind),
        is_waiting=None if state is None else state == "waits",
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def came(one: Departure) -> Cell:
    """Name the meter that came instead; None where none did."""
    return meter_cell(one.new_pan) if one.new_pan else None


DEPARTURES: Final = Listing[DepartureCase](
    name="departures",
    caption=msg("Meters that left"),
    empty=msg("No meter has left like this. A meter is replaced on the page of its supply point."),
    columns=(
        Column("at", msg("Entered at"), lambda row: moment_of(row.departure.at_us), "moment"),
        Column("kind", msg("Why it left"), lambda row: Said(LEAVINGS[row.departure.kind])),
        Column("pan", msg("Meter that left"), lambda row: meter_cell(row.departure.pan)),
        Column("new", msg("Meter that came"), lambda row: came(row.departure)),
        Column(
            "customer", msg("Customer"),
            lambda row: Link(row.customer, customer_path(row.departure.account_no)),
        ),
        Column("point", msg("Supply point"), lambda row: point_cell(row.departure.point), is_usual=False),
        Column(
            "left", msg("Left in it"), lambda row: Amount(row.departure.remaining_wh, WATT_HOURS), "amount"
        ),
        Column("basis", msg("How it is known"), lambda row: Said(BASES[row.departure.basis]), is_usual=False),
        Column("state", msg("State"), state_of),
        Column("by", msg("Entered by"), lambda row: person(row.departure.by), is_usual=False),
        Column("reason", msg("Reason"), lambda row: row.departure.reason, is_usual=False),
    ),
    filters=(
        MeterFilter("pan", msg("Meter number")),
        ChoiceFilter("kind", msg("Why it left"), _KINDS),
        ChoiceFilter("state", msg("State"), _STATES),
    ),
    source=Keyset(_asked_for, lambda row: (row.id,)),
    href=lambda row: f"/departures/{row.id}",
)  # fmt: skip


async def departures(asked: Asked) -> Outcome:
    """Show them, the newest first."""
    return await list_page(asked, DEPARTURES)


ROUTES: Final = (Route("GET", "/departures", SEES, departures),)
MENU: Final = (MenuItem(Function.REPLACEMENT, msg("Meters that left"), "/departures"),)
