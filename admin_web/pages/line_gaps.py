"""Gaps: which values of which meters were not read, since when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Counted, Link
from admin_web.figure_filters import MeterFilter
from admin_web.file_words import customer_path, meter_number
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.line_seen_words import GAP_WHYS, SLOT_STATES, at_second, gap_why
from admin_web.listing import LABEL, Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.card_orders import age_cell
from admin_web.pages.line_calls import seconds_of
from admin_web.pages.lines import SEES
from admin_web.route import MenuItem, Route
from admin_web.words import msg, msg_many
from gateway.core.authority import Function
from gateway.core.line_work import slot as slots
from gateway.core.line_work.slot import SlotState
from gateway.core.timeline import microseconds
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_lines import GapRow, Gaps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from gateway.core.line_work.slot import GapWhy

_STATES: Final = tuple((state.value, said.sentence) for state, said in SLOT_STATES.items())
_WHYS: Final = tuple(GAP_WHYS.items())
_VALUES: Final = msg_many("%(count)s value", "%(count)s values")
_SECONDS_A_DAY: Final = 86_400
_US: Final = 1_000_000

#: For how many days something stands so, at the least.
_AGES: Final = (
    ("1", msg("a day and more")),
    ("3", msg("three days and more")),
    ("7", msg("a week and more")),
    ("30", msg("thirty days and more")),
)


def _asked_for(chosen: Chosen) -> Gaps:
    asked, (first_s, last_s) = chosen.asked, seconds_of(chosen)
    why, age = chosen.text("why"), chosen.text("age")
    now_s = microseconds(asked.office.now()) // _US
    after = chosen.after
    return Gaps(
        branch=asked.me.rights.branch,
        state=SlotState(chosen.text("state") or SlotState.GAP.value),
        schedule=chosen.text("schedule"),
        pan=chosen.text("pan"),
        why=None if why is None else slots.GAP_WHYS[why],
        since_s=None if age is None else now_s - int(age) * _SECONDS_A_DAY,
        first_s=first_s,
        last_s=last_s,
        after=None if after is None else (int(after[0]), str(after[1]), str(after[2])),
        limit=chosen.limit,
    )


def _customer(row: GapRow) -> Cell:
    return Link(row.customer, customer_path(row.account_no)) if row.account_no else None


def columns_of(now_us: int) -> tuple[Column[GapRow], ...]:
    """Give what is told of a value that was not read."""

    def age(row: GapRow) -> Cell:
        return age_cell(row.since_s * _US, now_us)

    return (
        Column("at", msg("Moment"), lambda row: at_second(row.at_s), "moment"),
        Column("pan", msg("Meter number"), lambda row: meter_number(row.pan)),
        Column("customer", msg("Customer"), _customer),
        Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
        Column("schedule", msg("Schedule"), lambda row: Code(row.schedule)),
        Column("state", msg("State"), lambda row: SLOT_STATES[row.state]),
        Column("why", msg("Why"), lambda row: gap_why(row.why)),
        Column("age", msg("For"), age),
        Column("since", msg("Since"), lambda row: at_second(row.since_s), "moment", is_usual=False),
    )


def _sums(totals: tuple[tuple[GapWhy | None, int], ...]) -> Sequence[Mapping[str, Cell]]:
    return [{LABEL: gap_why(why), "pan": Counted(*_VALUES, count)} for why, count in totals]


def _listing(now_us: int) -> Listing[GapRow]:
    return Listing[GapRow](
        name="line-gaps",
        caption=msg("Values that were not read"),
        empty=msg("Nothing is like this: what was to be read is read."),
        columns=columns_of(now_us),
        filters=(
            ChoiceFilter("state", msg("State"), _STATES, usual=SlotState.GAP.value),
            TextFilter("schedule", msg("Schedule"), TEXT_MAX),
            MeterFilter("pan", msg("Meter number")),
            ChoiceFilter("why", msg("Why"), _WHYS),
            ChoiceFilter("age", msg("For"), _AGES),
            DayRange("day", msg("From day"), msg("To day")),
        ),
        more=("day", "age"),
        source=Keyset(_asked_for, lambda row: (row.at_s, row.schedule, row.pan), _sums),
        href=lambda row: f"/meters/{row.pan}/line",
    )


async def line_gaps(asked: Asked) -> Outcome:
    """Show them, the oldest first."""
    lead = asked.words.say(
        msg("They are tried again whenever their schedule's window opens, while the meter keeps them.")
    )
    return await list_page(asked, _listing(microseconds(asked.office.now())), lead=lead)


ROUTES: Final = (Route("GET", "/lines/gaps", SEES, line_gaps),)
MENU: Final = (MenuItem(Function.LINES, msg("Gaps"), "/lines/gaps"),)
