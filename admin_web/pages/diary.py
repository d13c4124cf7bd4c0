"""The diary: who did what, when and from where. Whoever belongs to a branch reads the lines of its people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Said
from admin_web.diary_changes import Telling
from admin_web.diary_details import detail_said
from admin_web.diary_words import (
    action_choices,
    action_name,
    function_choices,
    function_name,
    outcome_choices,
    outcome_state,
    person,
    subject_of,
    what_was_done,
)
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.route import MenuItem, Right, Route
from admin_web.spans import begin_us, end_us
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.diary import DiaryRow
from gateway.core.timeline import moment_of
from gateway.core.views_staff import Diary, Roles

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.listing import Chosen


def _question(chosen: Chosen) -> Diary:
    me, (first, last) = chosen.asked.me, chosen.range_of("day")
    ends = end_us(last, me.zone)
    return Diary(
        branch=me.rights.branch,
        first_us=begin_us(first, me.zone),
        last_us=None if ends is None else ends - 1,
        actor=chosen.text("actor") or "",
        function=chosen.text("function") or "",
        action=chosen.text("action") or "",
        outcome=chosen.text("outcome") or "",
        text=chosen.text("text") or "",
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _kept(row: DiaryRow) -> str:
    """Give the words that the chain seals."""
    return " | ".join(part for part in (row.subject, row.detail) if part)


def _listing(telling: Telling) -> Listing[DiaryRow]:
    """Declare the list; function and action have columns of their own for whoever takes it away."""
    return Listing[DiaryRow](
        name="diary",
        caption=msg("Diary"),
        empty=msg("No line of the diary fits. Choose other days, or reset the filters."),
        columns=(
            Column("number", msg("No."), lambda row: row.id, "count", is_usual=False),
            Column("at", msg("When"), lambda row: moment_of(row.at_us), "moment"),
            Column("actor", msg("By whom"), lambda row: person(row.actor)),
            Column("what", msg("What was done"), lambda row: what_was_done(row, telling.words)),
            Column(
                "function", msg("Function"), lambda row: Said(function_name(row.function)), is_usual=False
            ),
            Column("action", msg("Action"), lambda row: Said(action_name(row.action)), is_usual=False),
            Column("subject", msg("About"), lambda row: subject_of(row, telling)),
            Column("outcome", msg("What became of it"), lambda row: outcome_state(row.outcome)),
            Column("detail", msg("Details"), lambda row: detail_said(row, telling) or None),
            Column("kept", msg("As it is kept"), _kept, is_usual=False),
            Column("station", msg("Station"), lambda row: row.station or None, is_usual=False),
            Column("address", msg("From address"), lambda row: row.address or None, is_usual=False),
        ),
        filters=(
            DayRange("day", msg("From day"), msg("To day")),
            TextFilter("actor", msg("Login")),
            ChoiceFilter("function", msg("Function"), function_choices()),
            ChoiceFilter("action", msg("Action"), action_choices()),
            ChoiceFilter("outcome", msg("What became of it"), outcome_choices()),
            TextFilter("text", msg("About or details contain")),
        ),
        source=Keyset(_question, lambda row: (row.id,)),
    )


async def diary(asked: Asked) -> Outcome:
    """Show the lines, the newest first."""
    roles = {row.role.code: row.role.name for row in await asked.office.views.rows(Roles())}
    telling = Telling(asked.words, asked.shown, asked.me.currency, roles)
    return await list_page(asked, _listing(telling))


ROUTES: Final = (Route("GET", "/diary", Right(Function.DIARY), diary),)
MENU: Final = (MenuItem(Function.DIARY, msg("Diary"), "/diary"),)
