"""The meters of a timetable that have not switched, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link
from admin_web.file_words import customer_path, meter_cell
from admin_web.filters import ChoiceFilter
from admin_web.line_words import remote_path
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.timetable import crumbs_of, version_facts
from admin_web.pages.timetables import SEES
from admin_web.route import Route
from admin_web.timetable_words import STANDS, timetable_path, told_of_meter
from admin_web.words import msg
from gateway.core.timeline import moment_of
from gateway.core.views_timetables import MeterNotSwitched, MetersNotSwitched, Stands

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

_STATES: Final = tuple((one.value, said.sentence) for one, said in STANDS.items() if one is not Stands.ACTIVE)


def _customer(row: MeterNotSwitched) -> Cell:
    return Link(row.customer, customer_path(row.account_no)) if row.customer else None


def _order(row: MeterNotSwitched) -> Cell:
    return Link(Code(str(row.order)), remote_path(row.order)) if row.order else None


def _listing(reference: str) -> Listing[MeterNotSwitched]:
    def asked_for(chosen: Chosen) -> MetersNotSwitched:
        state = chosen.text("state")
        return MetersNotSwitched(
            reference=reference,
            branch=chosen.asked.me.rights.branch,
            stands=None if state is None else Stands(state),
            after=None if chosen.after is None else str(chosen.after[0]),
            limit=chosen.limit,
        )

    return Listing[MeterNotSwitched](
        name="meters-not-switched",
        caption=msg("Meters that have not switched"),
        empty=msg("Every meter of the group counts by it, or there is none of this kind."),
        columns=(
            Column("meter", msg("Meter number"), lambda row: meter_cell(row.pan)),
            Column("customer", msg("Customer"), _customer),
            Column("model", msg("Model of meter"), lambda row: Code(row.model)),
            Column("state", msg("State"), lambda row: STANDS[row.stands]),
            Column("why", msg("Why"), lambda row: told_of_meter(row.told)),
            Column(
                "since",
                msg("Since"),
                lambda row: moment_of(row.since_us) if row.since_us else None,
                "moment",
            ),
            Column("tries", msg("Contacts"), lambda row: row.tries, "count"),
            Column("order", msg("Order"), _order),
        ),
        filters=(ChoiceFilter("state", msg("State"), _STATES),),
        source=Keyset(asked_for, lambda row: (row.pan,)),
    )


async def meters(asked: Asked) -> Outcome:
    """Show them."""
    facts = await version_facts(asked)
    reference = facts.version.reference
    crumbs = crumbs_of(asked, (reference, timetable_path(reference)))
    return await list_page(asked, _listing(reference), crumbs=crumbs)


ROUTES: Final = (Route("GET", "/timetables/<code>/<number>/meters", SEES, meters),)
