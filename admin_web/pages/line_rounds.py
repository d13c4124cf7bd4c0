"""Reading rounds: for each moment of a schedule how many meters there were, and how many were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Code, State, Tone
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.line_seen_words import ROUND_TOLD, at_second
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.line_calls import seconds_of
from admin_web.pages.lines import SEES_ALL
from admin_web.route import MenuItem, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.line_work.round_kept import RoundTold
from gateway.core.timeline import microseconds
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_lines import RoundRow, RoundsKept

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

_OPEN: Final = (("yes", msg("something is to be read still")), ("no", msg("it is over")))

_GOES_ON: Final = State(msg("its window is open"), Tone.QUIET)
_WHOLE: Final = State(msg("all is read"), Tone.GOOD)
_HAS_GAPS: Final = State(msg("gaps are left"), Tone.WAITING)
_HAS_LOST: Final = State(msg("something is lost"), Tone.BAD)


def _asked_for(chosen: Chosen) -> RoundsKept:
    first_s, last_s = seconds_of(chosen)
    left, after = chosen.text("left"), chosen.after
    return RoundsKept(
        schedule=chosen.text("schedule"),
        first_s=first_s,
        last_s=last_s,
        is_open=None if left is None else left == "yes",
        after=None if after is None else (int(after[0]), str(after[1])),
        limit=chosen.limit,
    )


def _counted(name: str, row: RoundRow) -> Cell:
    """Give a figure; a word about a schedule has none."""
    figure: int = getattr(row, name)
    return None if row.told is not RoundTold.ROUND else figure


def state_of(row: RoundRow, now_s: int) -> State:
    """Say how a round stands."""
    if row.told is not RoundTold.ROUND:
        return ROUND_TOLD[row.told]
    if row.open and row.closes_s > now_s:
        return _GOES_ON
    if row.lost:
        return _HAS_LOST
    return _HAS_GAPS if row.open else _WHOLE


def _moment(name: str, row: RoundRow) -> Cell:
    return None if row.told is not RoundTold.ROUND else at_second(getattr(row, name))


def _listing(now_s: int) -> Listing[RoundRow]:
    def moment(name: str, label: str, *, is_usual: bool = True) -> Column[RoundRow]:
        return Column(name, label, lambda row: _moment(name, row), "moment", is_usual=is_usual)

    def counted(name: str, label: str, *, is_usual: bool = True) -> Column[RoundRow]:
        return Column(name, label, lambda row: _counted(name, row), "count", is_usual=is_usual)

    return Listing[RoundRow](
        name="line-rounds",
        caption=msg("Reading rounds"),
        empty=msg("No round is like this. A round begins when the window of a schedule opens."),
        columns=(
            Column("at", msg("Moment"), lambda row: at_second(row.at_s), "moment"),
            Column("schedule", msg("Schedule"), lambda row: Code(row.schedule)),
            Column("state", msg("State"), lambda row: state_of(row, now_s)),
            counted("meters", msg("Meters")),
            counted("read", msg("Read")),
            counted("open", msg("To be read")),
            counted("lost", msg("Lost")),
            counted("gone", msg("Not wanted any more"), is_usual=False),
            moment("opens_s", msg("Window opens"), is_usual=False),
            moment("closes_s", msg("Window closes")),
        ),
        filters=(
            DayRange("day", msg("From day"), msg("To day")),
            TextFilter("schedule", msg("Schedule"), TEXT_MAX),
            ChoiceFilter("left", msg("State"), _OPEN),
        ),
        source=Keyset(_asked_for, lambda row: (row.at_s, row.schedule)),
        href=lambda row: f"/lines/gaps?schedule={quote(row.schedule, safe='')}",
    )


async def line_rounds(asked: Asked) -> Outcome:
    """Show them, the newest first."""
    return await list_page(asked, _listing(microseconds(asked.office.now()) // 1_000_000))


ROUTES: Final = (Route("GET", "/lines/rounds", SEES_ALL, line_rounds),)
MENU: Final = (MenuItem(Function.LINES, msg("Reading rounds"), "/lines/rounds", of_all=True),)
