"""How one meter was read: its readings with use from day to day, its inspections, and a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Said
from admin_web.charts import Chart, Series
from admin_web.diary_words import person
from admin_web.file_words import meter_number
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.pages.meter import crumbs_of
from admin_web.pages.readings import DOES, SEES, entry_cell
from admin_web.reading_words import FINDINGS, READING_STATES, SOURCES, energy, status_said
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views import PAGE_MAX
from gateway.core.views_ledger import DAYS_MAX
from gateway.core.views_readings import Inspections, KnownMeters, Readings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.reading import Reading
    from gateway.core.reading_rules import KnownMeter
    from gateway.core.views_readings import ReadingRow

#: Inspections that a meter's page shows.
_INSPECTIONS_SHOWN: Final = 20

_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """A reading with the one that counts before it, None for the first: what was used in between."""

    row: ReadingRow
    before: Reading | None

    @property
    def used_wh(self) -> int | None:
        """What was used since; None where nothing can be said."""
        reading = self.row.reading
        if not reading.is_accepted or (self.before is None and reading.is_first):
            return None
        return reading.sums.used_wh - (0 if self.before is None else self.before.sums.used_wh)

    @property
    def day_wh(self) -> int | None:
        """The same for a day; None where there was no whole day."""
        used = self.used_wh
        if used is None or self.before is None:
            return None
        passed_us = self.row.reading.shown.taken_us - self.before.shown.taken_us
        # To a tenth of a kWh: finer would say more than two readings know.
        return used * _DAY_US // passed_us // 100 * 100 if passed_us >= _DAY_US else None


async def known_meter(asked: Asked) -> KnownMeter:
    """Give the meter of the path as readings are compared with it; NotThere for another branch's, too."""
    pan = asked.places["pan"]
    if not (pan.isascii() and pan.isdigit()):
        raise NotThere
    found = await asked.office.views.rows(KnownMeters(branch=asked.me.rights.branch, pans=(pan,)))
    if not found:
        raise NotThere
    return found[0]


def steps_of(rows: Sequence[ReadingRow]) -> list[Step]:
    """Put each reading beside the one that counts before it; the last taken first, as they come."""
    steps: list[Step] = []
    before: Reading | None = None
    for row in reversed(rows):
        steps.append(Step(row, before))
        before = row.reading if row.reading.is_accepted else before
    return steps[::-1]


def chart_of(steps: Sequence[Step], zone: tzinfo) -> Chart | None:
    """Draw what was used for a day, day by day; None where there is nothing to draw."""
    found: dict[date, int] = {}
    for step in steps:
        if step.day_wh is None or step.before is None:
            continue
        day = moment_of(step.before.shown.taken_us).astimezone(zone).date()
        last = moment_of(step.row.reading.shown.taken_us).astimezone(zone).date()
        while day < last:
            found[day] = step.day_wh
            day += timedelta(days=1)
    if not found:
        return None
    newest = max(found)
    first = max(min(found), newest - timedelta(days=DAYS_MAX - 1))
    days = tuple(first + timedelta(days=n) for n in range((newest - first).days + 1))
    line = Series(msg("Used in a day"), tuple(energy(found.get(day)) for day in days))
    return Chart(msg("Use day by day, by the readings around it"), days, (line,), WATT_HOURS, is_bars=True)


def _listing(asked: Asked, steps: Sequence[Step]) -> Listing[Step]:
    def status(step: Step) -> Cell:
        return status_said(step.row.reading.shown.status, asked.words)

    return Listing[Step](
        name="meter-readings",
        caption=msg("Readings of the meter"),
        empty=msg("Nobody has read this meter yet. What it shows now begins its counting."),
        columns=(
            Column("taken", msg("Read at"), lambda one: moment_of(one.row.reading.shown.taken_us), "moment"),
            Column("total", msg("Total register"), lambda one: energy(one.row.reading.shown.total_wh),
                   "amount"),
            Column("since", msg("Used since"), lambda one: energy(one.used_wh), "amount"),
            Column("day", msg("For a day"), lambda one: energy(one.day_wh), "amount"),
            Column("credit", msg("Credit left"), lambda one: energy(one.row.reading.shown.credit_wh),
                   "amount"),
            Column("loaded", msg("Stands in it"), lambda one: energy(one.row.reading.sums.loaded_wh),
                   "amount", is_usual=False),
            Column("used", msg("Used in all"), lambda one: energy(one.row.reading.sums.used_wh), "amount",
                   is_usual=False),
            Column("issued", msg("Went out in all"), lambda one: energy(one.row.reading.sums.issued_wh),
                   "amount", is_usual=False),
            Column("gap", msg("Gap"), lambda one: energy(one.row.reading.sums.new_gap_wh), "amount"),
            Column("status", msg("Status of the meter"), status),
            Column("source", msg("How it came"), lambda one: Said(SOURCES[one.row.reading.told.source])),
            Column("state", msg("State"), lambda one: READING_STATES[one.row.reading.state]),
            Column("reader", msg("Read by"), lambda one: one.row.reading.told.reader or None),
            Column("by", msg("Entered by"), lambda one: person(one.row.reading.by), is_usual=False),
            Column("note", msg("Note"), lambda one: one.row.reading.told.note or None, is_usual=False),
            Column("reason", msg("Reason"), lambda one: one.row.reading.told.reason or None, is_usual=False),
            Column("entry", msg("Entry"), lambda one: entry_cell(one.row), is_usual=False),
        ),
        source=Gathered(steps),
    )  # fmt: skip


async def meter_readings(asked: Asked) -> Outcome:
    """Show them, the last taken first."""
    known = await known_meter(asked)
    views, branch = asked.office.views, asked.me.rights.branch
    steps = steps_of(await views.rows(Readings(branch=branch, pan=known.pan, limit=PAGE_MAX)))
    seen = await views.rows(Inspections(branch=branch, pan=known.pan, limit=_INSPECTIONS_SHOWN))
    may = asked.me.rights.may(DOES.function, DOES.level)
    path = f"/meters/{known.pan}"
    chart = chart_of(steps, asked.shown.zone)
    return await list_page(
        asked,
        _listing(asked, steps),
        "meter_readings.html",
        title=asked.words.say(msg("Readings of meter %(number)s"), number=number_of(known.pan)),
        crumbs=crumbs_of(asked, (number_of(known.pan), path)),
        deeds=((f"{path}/read", msg("Enter a reading")), (f"{path}/inspect", msg("Note an inspection")))
        if may
        else (),
        charts=() if chart is None else (chart,),
        inspections=[
            (moment_of(row.inspection.at_us), FINDINGS[row.inspection.finding], row.inspection)
            for row in seen
        ],
    )


def number_of(pan: str) -> str:
    """Name a meter by the number on its face."""
    return meter_number(pan).text


ROUTES: Final = (Route("GET", "/meters/<pan>/readings", SEES, meter_readings),)
