"""Readings: the list of all that were taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Link, Said
from admin_web.diary_words import person
from admin_web.figure_filters import MeterFilter
from admin_web.file_words import customer_path, meter_number
from admin_web.filters import ChoiceFilter, DayRange, TextFilter
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.reading_words import READING_STATES, SOURCES, energy, status_said
from admin_web.route import MenuItem, Right, Route
from admin_web.spans import begin_us, end_us
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.reading import ReadingState, Source
from gateway.core.timeline import moment_of
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_readings import ReadingRow, Readings

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.listing import Chosen

SEES: Final = Right(Function.READINGS)
DOES: Final = Right(Function.READINGS, Level.DO)

_STATES: Final = tuple((one.value, said.sentence) for one, said in READING_STATES.items())
_SOURCES: Final = tuple((one.value, said) for one, said in SOURCES.items())
_SEEN: Final = (("yes", msg("something was seen")), ("no", msg("nothing was seen")))


def _asked_for(chosen: Chosen) -> Readings:
    me, (first, last) = chosen.asked.me, chosen.range_of("day")
    state, source, seen = chosen.text("state"), chosen.text("source"), chosen.text("seen")
    ends = end_us(last, me.zone)
    return Readings(
        branch=me.rights.branch,
        pan=chosen.text("pan"),
        account_no=chosen.text("account_no"),
        source=None if source is None else Source(source),
        state=None if state is None else ReadingState(state),
        has_status=None if seen is None else seen == "yes",
        first_us=begin_us(first, me.zone),
        last_us=None if ends is None else ends - 1,
        after=None if chosen.after is None else int(chosen.after[0]),
        limit=chosen.limit,
    )


def entry_cell(row: ReadingRow) -> Cell:
    """Lead to what was booked with it."""
    entry_id = row.reading.entry_id
    return None if entry_id is None else Link(Code(str(entry_id)), f"/entries/{entry_id}")


def _listing(asked: Asked) -> Listing[ReadingRow]:
    def status(row: ReadingRow) -> Cell:
        return status_said(row.reading.shown.status, asked.words)

    return Listing[ReadingRow](
        name="readings",
        caption=msg("Readings"),
        empty=msg("No reading is like this. Read a meter from its page, or bring a file of readings."),
        columns=(
            Column("id", msg("No."), lambda row: row.id, "count", is_usual=False),
            Column("taken", msg("Read at"), lambda row: moment_of(row.reading.shown.taken_us), "moment"),
            Column("pan", msg("Meter number"), lambda row: meter_number(row.reading.shown.pan)),
            Column(
                "customer", msg("Customer"), lambda row: Link(row.customer, customer_path(row.account_no))
            ),
            Column("point", msg("Supply point"), lambda row: row.point or None, is_usual=False),
            Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
            Column("total", msg("Total register"), lambda row: energy(row.reading.shown.total_wh), "amount"),
            Column("credit", msg("Credit left"), lambda row: energy(row.reading.shown.credit_wh), "amount"),
            Column("credits", msg("Credits taken"), lambda row: row.reading.shown.credits, "count",
                   is_usual=False),
            Column("used", msg("Used in all"), lambda row: energy(row.reading.sums.used_wh), "amount"),
            Column("loaded", msg("Stands in it"), lambda row: energy(row.reading.sums.loaded_wh), "amount",
                   is_usual=False),
            Column("issued", msg("Went out in all"), lambda row: energy(row.reading.sums.issued_wh), "amount",
                   is_usual=False),
            Column("gap", msg("Gap"), lambda row: energy(row.reading.sums.new_gap_wh), "amount"),
            Column("status", msg("Status of the meter"), status),
            Column("source", msg("How it came"), lambda row: Said(SOURCES[row.reading.told.source]),
                   is_usual=False),
            Column("state", msg("State"), lambda row: READING_STATES[row.reading.state]),
            Column("reader", msg("Read by"), lambda row: row.reading.told.reader or None, is_usual=False),
            Column("by", msg("Entered by"), lambda row: person(row.reading.by), is_usual=False),
            Column("at", msg("Entered at"), lambda row: moment_of(row.reading.at_us), "moment",
                   is_usual=False),
            Column("note", msg("Note"), lambda row: row.reading.told.note or None, is_usual=False),
            Column("reason", msg("Reason"), lambda row: row.reading.told.reason or None, is_usual=False),
            Column("entry", msg("Entry"), entry_cell, is_usual=False),
        ),
        filters=(
            DayRange("day", msg("From day"), msg("To day")),
            MeterFilter("pan", msg("Meter number")),
            TextFilter("account_no", msg("Account number"), TEXT_MAX),
            ChoiceFilter("state", msg("State"), _STATES),
            ChoiceFilter("source", msg("How it came"), _SOURCES),
            ChoiceFilter("seen", msg("Status of the meter"), _SEEN),
        ),
        more=("account_no", "source", "seen"),
        source=Keyset(_asked_for, lambda row: (row.id,)),
        href=lambda row: f"/meters/{row.reading.shown.pan}/readings",
    )  # fmt: skip


async def readings(asked: Asked) -> Outcome:
    """Show them, the last taken first."""
    may = asked.me.rights.may(DOES.function, DOES.level)
    deeds = (
        ("/readings/route", msg("Take a route out")),
        ("/readings/upload", msg("Bring readings back")),
    )
    return await list_page(asked, _listing(asked), "list_with_deeds.html", deeds=deeds if may else ())


ROUTES: Final = (Route("GET", "/readings", SEES, readings),)
MENU: Final = (MenuItem(Function.READINGS, msg("Readings"), "/readings"),)
