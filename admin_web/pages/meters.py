"""Meters: the list of all that belong to a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link, Said, State, Tone
from admin_web.file_words import CARRIERS, METER_STATES, customer_path, meter_number
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.meter import Carrier, MeterState
from gateway.core.views_files import TEXT_MAX, MeterRow, Meters

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

_SEES: Final = Right(Function.METERS)

_YES_NO: Final = (("yes", msg("yes")), ("no", msg("no")))

_STATES: Final = tuple((one.value, said.sentence) for one, said in METER_STATES.items())
_CARRIERS: Final = tuple((one.value, said) for one, said in CARRIERS.items())

#: A code of a power type or a group, as somebody types it.
_CODE_MAX: Final = 40


def _wants(chosen: Chosen, name: str) -> bool | None:
    text = chosen.text(name)
    return None if text is None else text == "yes"


def _asked_for(chosen: Chosen) -> Meters:
    state, carrier, krn = chosen.text("state"), chosen.text("carrier"), chosen.text("krn")
    return Meters(
        branch=chosen.asked.me.rights.branch,
        text=chosen.text("text"),
        state=None if state is None else MeterState(state),
        carrier=None if carrier is None else Carrier(carrier),
        power_type=chosen.text("power_type"),
        sgc=chosen.text("sgc"),
        krn=None if krn is None else int(krn),
        is_test=_wants(chosen, "test"),
        is_changing_key=_wants(chosen, "changing"),
        is_descending=chosen.order is not None and chosen.order.is_descending,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _key(row: MeterRow) -> Cell:
    return State(msg("a key change is on its way"), Tone.WAITING) if row.is_changing_key else None


METERS: Final = Listing[MeterRow](
    name="meters",
    caption=msg("Meters"),
    empty=msg("No meter is like this. Look for a part of its number, the account or the customer's name."),
    columns=(
        Column("pan", msg("Meter number"), lambda row: meter_number(row.pan), is_sortable=True),
        Column("long", msg("Meter number, long form"), lambda row: Code(row.pan), is_usual=False),
        Column("customer", msg("Customer"), lambda row: Link(row.customer, customer_path(row.account_no))),
        Column("account", msg("Account number"), lambda row: Code(row.account_no), is_usual=False),
        Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
        Column("state", msg("State"), lambda row: METER_STATES[row.state]),
        Column("carrier", msg("Takes its credit by"), lambda row: Said(CARRIERS[row.carrier])),
        Column("power_type", msg("Power type"), lambda row: row.power_type),
        Column("sgc", msg("Supply group"), lambda row: Code(row.sgc), is_usual=False),
        Column("krn", msg("Key revision"), lambda row: row.krn, "count", is_usual=False),
        Column("key", msg("Key change"), _key, is_usual=False),
        Column("bought", msg("Last purchase"), lambda row: row.bought_on, "day"),
    ),
    filters=(
        TextFilter("text", msg("Number, account, customer"), TEXT_MAX),
        ChoiceFilter("state", msg("State"), _STATES),
        ChoiceFilter("carrier", msg("Takes its credit by"), _CARRIERS),
        TextFilter("power_type", msg("Power type"), _CODE_MAX),
        TextFilter("sgc", msg("Supply group"), _CODE_MAX),
        ChoiceFilter("krn", msg("Key revision"), tuple((str(krn), str(krn)) for krn in range(1, 10))),
        ChoiceFilter("changing", msg("Key change on its way"), _YES_NO),
        ChoiceFilter("test", msg("Test meter"), _YES_NO),
    ),
    source=Keyset(_asked_for, lambda row: (row.id,)),
    order=Order("pan"),
    href=lambda row: f"/meters/{row.pan}",
)  # fmt: skip


async def meters(asked: Asked) -> Outcome:
    """Show them."""
    return await list_page(asked, METERS)


ROUTES: Final = (Route("GET", "/meters", _SEES, meters),)
MENU: Final = (MenuItem(Function.METERS, msg("Meters"), "/meters"),)
