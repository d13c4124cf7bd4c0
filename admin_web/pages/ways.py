"""Ways to meters: the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link, Said, State, Tone
from admin_web.file_words import customer_path, meter_number
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.line_words import LINE_KINDS, WAY_STATES, way_path
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.codecs.meter_model.model import MODELS, model_named
from gateway.core.authority import Function, Level
from gateway.core.meter_way import LineKind
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_staff import Branches
from gateway.core.views_ways import WayRow, Ways

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.filters import Filter
    from admin_web.listing import Chosen

SEES: Final = Right(Function.LINES)
DOES: Final = Right(Function.LINES, Level.DO)

_KINDS: Final = tuple((one.value, said) for one, said in LINE_KINDS.items())
_YES_NO: Final = (("yes", msg("yes")), ("no", msg("no")))
_PROTECTED: Final = State(msg("protected"), Tone.WAITING)


def models() -> tuple[tuple[str, str], ...]:
    """Name the models that there are, by the sentences of their tables."""
    return tuple((name, model_named(name).title) for name in MODELS)


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to the pages of ways."""
    return ((asked.words.say(msg("Ways to meters")), "/lines/ways"), *more)


def _yes(text: str | None) -> bool | None:
    return None if text is None else text == "yes"


def _asked_for(chosen: Chosen) -> Ways:
    kind = chosen.text("kind")
    has_branches = "branch" in chosen.reads
    return Ways(
        branch=chosen.asked.me.rights.branch,
        text=chosen.text("text"),
        model=chosen.text("model"),
        kind=None if kind is None else LineKind(kind),
        of_branch=chosen.text("branch") if has_branches else None,
        place=chosen.text("place"),
        is_protected=_yes(chosen.text("protected")),
        is_on=_yes(chosen.text("on")),
        is_descending=chosen.order is not None and chosen.order.is_descending,
        after=None if chosen.after is None else str(chosen.after[0]),
        limit=chosen.limit,
    )


def _customer(row: WayRow) -> Cell:
    return Link(row.customer, customer_path(row.account_no)) if row.account_no else None


def _listing(branches: tuple[tuple[str, str], ...]) -> Listing[WayRow]:
    of_branch: tuple[Filter, ...] = (ChoiceFilter("branch", msg("Branch"), branches),) if branches else ()
    return Listing[WayRow](
        name="ways",
        caption=msg("Ways to meters"),
        empty=msg("No way is like this. A meter is called once the way to it is entered here."),
        columns=(
            Column(
                "meter",
                msg("Meter number"),
                lambda row: meter_number(row.way.pan),
                is_sortable=True,
            ),
            Column("customer", msg("Customer"), _customer),
            Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
            Column("kind", msg("Kind of line"), lambda row: Said(LINE_KINDS[row.way.kind])),
            Column("place", msg("Number, host or name"), lambda row: Code(row.way.place)),
            Column("bus", msg("Bus or concentrator"), lambda row: row.way.bus or None),
            Column(
                "address",
                msg("Address on the wire"),
                lambda row: Code(row.way.address) if row.way.address else None,
            ),
            Column("model", msg("Model of meter"), lambda row: Code(row.way.model)),
            Column("state", msg("State"), lambda row: WAY_STATES[row.way.is_on]),
            Column("protected", msg("Protection"), lambda row: _PROTECTED if row.way.protection else None),
            Column("why", msg("Why protected"), lambda row: row.way.protection or None, is_usual=False),
            Column("measures", msg("Measures"), lambda row: row.way.measures or None, is_usual=False),
            Column("multiplier", msg("Multiplier"), lambda row: row.way.multiplier, "count", is_usual=False),
            Column("note", msg("Note"), lambda row: row.way.note or None, is_usual=False),
        ),
        filters=(
            TextFilter("text", msg("Meter, number, bus, address, customer"), TEXT_MAX),
            ChoiceFilter("kind", msg("Kind of line"), _KINDS),
            ChoiceFilter("model", msg("Model of meter"), models()),
            *of_branch,
            TextFilter("place", msg("Code of a place of the network"), TEXT_MAX),
            ChoiceFilter("protected", msg("Protected"), _YES_NO),
            ChoiceFilter("on", msg("In use"), _YES_NO),
        ),
        more=("place", "protected", "on"),
        source=Keyset(_asked_for, lambda row: (row.way.pan,)),
        order=Order("meter"),
        href=lambda row: way_path(row.way.pan),
    )


async def ways(asked: Asked) -> Outcome:
    """Show them."""
    branches: tuple[tuple[str, str], ...] = ()
    if asked.me.rights.branch is None:
        branches = tuple((one.code, one.name) for one in await asked.office.views.rows(Branches()))
    deeds: tuple[tuple[str, str], ...] = ()
    if DOES.opens(asked.me.rights):
        deeds = (
            ("/lines/ways/new", msg("Enter a way")),
            ("/lines/ways/upload", msg("Bring a list of ways")),
        )
    return await list_page(asked, _listing(branches), "list_with_deeds.html", deeds=deeds)


ROUTES: Final = (Route("GET", "/lines/ways", SEES, ways),)
MENU: Final = (MenuItem(Function.LINES, msg("Ways to meters"), "/lines/ways"),)
