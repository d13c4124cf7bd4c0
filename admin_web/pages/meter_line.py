"""The line of one meter: how it is reached, its last contact, its clock, what was noticed, and its values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Code, Heard, Link, Said
from admin_web.file_words import customer_path, meter_number
from admin_web.filters import DayFilter
from admin_web.line_seen_words import RELAYS, at_second, clock_said, contact_state
from admin_web.line_words import LINE_KINDS, WAY_STATES, way_path
from admin_web.meter_line_tables import profile_of, tables_of
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.lines import SEES
from admin_web.pages.meter import crumbs_of
from admin_web.profile_bars import bars_of
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function, Level
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_lines import MeterLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.views_lines import ContactKept, MeterLineFacts

_DAY: Final = timedelta(days=1)


def _pan_of(asked: Asked) -> str:
    pan = asked.places["pan"]
    if not (pan.isascii() and pan.isdigit()):
        raise NotThere
    return pan


def _begins_s(asked: Asked, day: date) -> int:
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=asked.office.zone)) // 1_000_000


async def _facts(asked: Asked, pan: str, day: date) -> MeterLineFacts:
    question = MeterLine(
        branch=asked.me.rights.branch,
        pan=pan,
        first_s=_begins_s(asked, day),
        # A day's last row is named by the moment at which the day ends.
        until_s=_begins_s(asked, day + _DAY) + 1,
    )
    facts = await asked.office.views.totals(question)
    if facts is None:
        raise NotThere
    return facts


async def meter_line(asked: Asked) -> Outcome:
    """Show all that is known of it; of its load profile the day asked for, or the last that it has."""
    pan, read = _pan_of(asked), DayFilter("day", msg("Day")).read(asked)
    day = read.value if isinstance(read.value, date) else asked.office.today()
    facts = await _facts(asked, pan, day)
    if read.value is None and facts.profile_last_s is not None:
        last = at_second(facts.profile_last_s - 1).astimezone(asked.office.zone).date()
        if last != day:
            day, facts = last, await _facts(asked, pan, last)
    return object_page(
        asked,
        _thing(asked, facts),
        crumbs_of(asked, (meter_number(pan).text, f"/meters/{pan}")),
        "meter_line.html",
        box=read.boxes[0],
        day=day,
        days=[(asked.link(day=(day + step).isoformat()), said) for step, said in
              ((-_DAY, msg("the day before")), (_DAY, msg("the day after")))],
        bars=bars_of(facts.profile, _begins_s(asked, day), asked.shown.zone),
        profile=profile_of(asked, facts, _begins_s(asked, day)),
        tables=[one for one in tables_of(asked, facts) if one.rows],
    )  # fmt: skip


def _thing(asked: Asked, facts: MeterLineFacts) -> Thing:
    number = meter_number(facts.pan)
    rights = asked.me.rights
    deeds = [
        Deed(said, path)
        for said, path, function in (
            (msg("Keep the way to it"), way_path(facts.pan), Function.LINES),
            (msg("Switch it off or on"), f"/meters/{facts.pan}/relay", Function.RELAYS),
        )
        if rights.may(function, Level.DO)
    ]
    related = [
        Related(msg("Readings"), number, f"/meters/{facts.pan}/readings"),
        Related(msg("Values that were not read"), number, f"/lines/gaps?pan={facts.pan}"),
        Related(msg("Orders over lines"), number, f"/lines/orders?pan={facts.pan}"),
    ]
    if facts.account_no:
        related.insert(0, Related(msg("Meter"), number, f"/meters/{facts.pan}"))
    return Thing(
        kind=msg("Line of meter"),
        title=number.text,
        facts=(*_whose(facts), *_way(facts), *_contact(facts.contact)),
        state=None if facts.way is None else WAY_STATES[facts.way.is_on],
        deeds=tuple(deeds),
        related=tuple(related),
    )


def _whose(facts: MeterLineFacts) -> Iterator[Fact]:
    yield Fact(msg("Meter number"), meter_number(facts.pan))
    if facts.account_no:
        yield Fact(msg("Customer"), Link(facts.customer, customer_path(facts.account_no)))


def _way(facts: MeterLineFacts) -> Iterator[Fact]:
    way = facts.way
    if way is None:
        yield Fact(msg("How it is reached"), Said(msg("no way to it is kept: nobody calls it")))
        return
    yield Fact(msg("How it is reached"), Said(LINE_KINDS[way.kind]))
    yield Fact(msg("Number or address"), way.place or None)
    yield Fact(msg("Address on the wire"), Code(way.address) if way.address else None)
    yield Fact(msg("Model"), Code(way.model))
    if way.bus:
        yield Fact(msg("Shared wire"), Code(way.bus))
    if way.measures:
        yield Fact(msg("It measures"), Code(way.measures))
    if way.protection:
        yield Fact(msg("Must not be switched off"), way.protection)


def _contact(contact: ContactKept | None) -> Iterator[Fact]:
    if contact is None:
        yield Fact(msg("Last contact"), Said(msg("there was none yet")))
        return
    yield Fact(msg("Last contact"), moment_of(contact.at_us))
    yield Fact(msg("How it ended"), contact_state(contact.why))
    if contact.told:
        yield Fact(msg("In words"), Heard(contact.told))
    if contact.why is not None:
        yield Fact(msg("Went well last"), _moment(contact.good_us))
    yield Fact(msg("Clock"), clock_said(contact.off_s))
    yield Fact(msg("Clock looked at"), _moment(contact.clock_us))
    yield Fact(msg("Clock set"), _moment(contact.set_us))
    yield Fact(msg("Relay"), None if contact.relay is None else RELAYS[contact.relay])


def _moment(at_us: int | None) -> Cell:
    return None if at_us is None else moment_of(at_us)


ROUTES: Final = (Route("GET", "/meters/<pan>/line", SEES, meter_line),)
