"""Amendments of the files: what was changed, from what to what, when, by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.amendment_words import AMENDMENT_KINDS, SUBJECTS, changes_said, subject_cell
from admin_web.cells import Code, Link, Said
from admin_web.diary_changes import Telling
from admin_web.diary_words import person
from admin_web.figure_filters import meter_number
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.pages.supply_points import SEES
from admin_web.route import MenuItem, Route
from admin_web.spans import begin_us, end_us
from admin_web.words import msg
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.authority import Function
from gateway.core.timeline import moment_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_points import AmendmentRow, Amendments

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen
    from admin_web.words import Words
    from gateway.core.amendment import Amendment

_SUBJECTS: Final = tuple((one.value, said) for one, said in SUBJECTS.items())
_KINDS: Final = tuple((one.value, said) for one, said in AMENDMENT_KINDS.items())


def _asked_for(chosen: Chosen) -> Amendments:
    me, (first, last) = chosen.asked.me, chosen.range_of("day")
    subject, kind, ends = chosen.text("subject"), chosen.text("kind"), end_us(last, me.zone)
    return Amendments(
        branch=me.rights.branch,
        subject=None if subject is None else Subject(subject),
        numbers=_numbers(chosen.text("number")),
        kind=None if kind is None else AmendmentKind(kind),
        by=chosen.text("by"),
        first_us=begin_us(first, me.zone),
        last_us=None if ends is None else ends - 1,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def _numbers(text: str | None) -> tuple[str, ...]:
    """Give the numbers that may be meant: as it stands, and as that on the face of a meter."""
    if text is None:
        return ()
    pan, _ = meter_number(text)
    return (text,) if pan in {None, text} else (text, pan or text)


def _what(words: Words, one: Amendment) -> str:
    """Say in one go what was changed, and what was done with it."""
    return f"{words.say(SUBJECTS[one.subject])}: {words.say(AMENDMENT_KINDS[one.kind])}"


def _subject(row: AmendmentRow) -> Said:
    return Said(SUBJECTS[row.amendment.subject])


def _kind(row: AmendmentRow) -> Said:
    return Said(AMENDMENT_KINDS[row.amendment.kind])


def _entry(row: AmendmentRow) -> Cell:
    entry_id = row.amendment.entry_id
    return None if entry_id is None else Link(Code(str(entry_id)), f"/entries/{entry_id}")


def _listing(telling: Telling) -> Listing[AmendmentRow]:
    """Declare the list; subject and kind have columns of their own for whoever takes it away."""
    return Listing[AmendmentRow](
        name="amendments",
        caption=msg("Amendments"),
        empty=msg("No amendment is like this. Choose other days, or reset the filters."),
        columns=(
            Column("id", msg("No."), lambda row: row.id, "count", is_usual=False),
            Column("at", msg("When"), lambda row: moment_of(row.at_us), "moment"),
            Column("what", msg("What was done"), lambda row: _what(telling.words, row.amendment)),
            Column("subject", msg("What was changed"), _subject, is_usual=False),
            Column("kind", msg("Kind"), _kind, is_usual=False),
            Column("number", msg("Number"), lambda row: subject_cell(row.amendment)),
            Column(
                "changes", msg("Before and after"), lambda row: changes_said(row.amendment, telling) or None
            ),
            Column("by", msg("By whom"), lambda row: person(row.amendment.by)),
            Column("reason", msg("Reason"), lambda row: row.amendment.reason or None),
            Column("entry", msg("Entry"), _entry, is_usual=False),
            Column("before", msg("Row before"), lambda row: row.amendment.before or None, is_usual=False),
            Column("after", msg("Row after"), lambda row: row.amendment.after, is_usual=False),
        ),
        filters=(
            DayRange("day", msg("From day"), msg("To day")),
            ChoiceFilter("subject", msg("What was changed"), _SUBJECTS),
            TextFilter("number", msg("Number"), TEXT_MAX),
            ChoiceFilter("kind", msg("What was done"), _KINDS),
            TextFilter("by", msg("Login"), TEXT_MAX),
        ),
        source=Keyset(_asked_for, lambda row: (row.id,)),
    )


async def amendments(asked: Asked) -> Outcome:
    """Show them, the newest first."""
    return await list_page(asked, _listing(Telling(asked.words, asked.shown, asked.me.currency)))


ROUTES: Final = (Route("GET", "/amendments", SEES, amendments),)
MENU: Final = (MenuItem(Function.CUSTOMERS, msg("Amendments"), "/amendments"),)
