"""Supply points: the list of all where somebody takes power, or will."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link
from admin_web.file_words import customer_path, meter_cell
from admin_web.filters import ChoiceFilter, TextFilter
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.point_words import POINT_STATES, point_path, watts_said
from admin_web.route import MenuItem, Right, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_points import NetworkPlaces, PointRow, SupplyPoints

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.listing import Chosen

SEES: Final = Right(Function.CUSTOMERS)

_STATES: Final = tuple((one.value, said.sentence) for one, said in POINT_STATES.items())

#: A code of a power type, as somebody types it.
_CODE_MAX: Final = 40


def _asked_for(chosen: Chosen) -> SupplyPoints:
    state = chosen.text("state")
    return SupplyPoints(
        branch=chosen.asked.me.rights.branch,
        text=chosen.text("text"),
        area=chosen.text("area"),
        state=None if state is None else PointState(state),
        power_type=chosen.text("power_type"),
        is_descending=chosen.order is not None and chosen.order.is_descending,
        after=None if chosen.after is None else str(chosen.after[0]),
        limit=chosen.limit,
    )


def _listing(asked: Asked, areas: tuple[tuple[str, str], ...]) -> Listing[PointRow]:
    def customer(row: PointRow) -> Link:
        return Link(row.customer, customer_path(row.point.account_no))

    return Listing[PointRow](
        name="supply-points",
        caption=msg("Supply points"),
        empty=msg(
            "No supply point is like this. Look for a part of its number or address, its meter or customer."
        ),
        columns=(
            Column("number", msg("Supply point"), lambda row: Code(row.point.number), is_sortable=True),
            Column("customer", msg("Customer"), customer),
            Column("address", msg("Address"), lambda row: row.point.address or None),
            Column("area", msg("Area"), lambda row: row.area or None),
            Column("feeder", msg("Feeder"), lambda row: row.point.feeder or None, is_usual=False),
            Column(
                "transformer", msg("Transformer"), lambda row: row.point.transformer or None, is_usual=False
            ),
            Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
            Column("state", msg("State"), lambda row: POINT_STATES[row.point.state]),
            Column("power_type", msg("Power type"), lambda row: ", ".join(row.point.power_types)),
            Column("phases", msg("Phases"), lambda row: row.point.phases, "count", is_usual=False),
            Column(
                "contract",
                msg("Contracted power"),
                lambda row: watts_said(row.point.contract_w, asked.shown),
                is_usual=False,
            ),
            Column(
                "meter",
                msg("Meter number"),
                lambda row: meter_cell(row.point.pan) if row.point.pan else None,
            ),
        ),
        filters=(
            TextFilter("text", msg("Number, address, meter, customer"), TEXT_MAX),
            ChoiceFilter("area", msg("Area"), areas),
            ChoiceFilter("state", msg("State"), _STATES),
            TextFilter("power_type", msg("Power type"), _CODE_MAX),
        ),
        source=Keyset(_asked_for, lambda row: (row.point.number,)),
        order=Order("number"),
        href=lambda row: point_path(row.point.number),
    )


async def supply_points(asked: Asked) -> Outcome:
    """Show them."""
    areas = await asked.office.views.rows(NetworkPlaces(kind=NetworkKind.AREA))
    return await list_page(asked, _listing(asked, tuple((one.code, one.name) for one in areas)))


ROUTES: Final = (Route("GET", "/supply-points", SEES, supply_points),)
MENU: Final = (MenuItem(Function.CUSTOMERS, msg("Supply points"), "/supply-points"),)
