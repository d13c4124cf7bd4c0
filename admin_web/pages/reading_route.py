"""A route: the meters that somebody walks to read, on the page and as a file that comes back filled in.

The file's columns have English names, whoever takes it: the hand-held's program knows them, and what it
brings back is read by them (``gateway/office/reading_lines.py``). Nothing secret is in it.
"""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import Download
from admin_web.cells import Code
from admin_web.export import csv_text
from admin_web.fields import Field
from admin_web.file_words import meter_number
from admin_web.filters import ChoiceFilter, DayFilter
from admin_web.forms import Form
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Whole
from admin_web.pages.readings import DOES
from admin_web.reading_words import energy
from admin_web.route import Route
from admin_web.spans import begin_us, day_of
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.fitting import REGISTER_WH_MAX, TOTAL
from gateway.core.network import NetworkKind
from gateway.core.reading_rules import allowed_wh
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_points import NetworkPlaces
from gateway.core.views_readings import MetersToRead, RouteRow
from gateway.core.views_staff import Branches
from gateway.office.authorised import Act
from gateway.office.note_act import NoteAct
from gateway.office.reading_lines import NEEDED, OF_ROUTE, OTHERS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from datetime import datetime

    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.filters import Filter
    from admin_web.listing import Chosen

#: What the file begins with; what the reader fills in stands behind it.
_HEAD: Final = (OF_ROUTE[0], NEEDED[0], *OF_ROUTE[1:])
COLUMNS: Final = (*_HEAD, *NEEDED[1:], *OTHERS)

#: Excel takes a CSV for UTF-8 only with this before it.
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

#: Watt-hours of the last digit that a register shows before its point.
_KWH: Final = 1_000

_WANTED: Final = ("branch", "area", "feeder", "since")

TAKE: Final = Form(
    msg("Take a route out"),
    msg("Take the route out (CSV)"),
    tuple(Field(name, name, "kept", is_required=False) for name in _WANTED),
)


def expected(row: RouteRow, asked: Asked) -> tuple[int, int] | None:
    """Say between what its total register should be: as it was last, and as much as it can have counted.

    In whole kWh, and no further than a register has digits: one that is nearly full may roll over.
    """
    before = row.known.before
    if before is None:
        return None
    last = dict(before.registers)[TOTAL]
    now_us = microseconds(asked.office.now())
    most = allowed_wh(row.known, before.at_us, now_us, asked.office.day_wh_max) / row.known.multiplier
    return last, max(last, min(last + int(most), REGISTER_WH_MAX) // _KWH * _KWH)


def _question(
    asked: Asked, branch: str | None, area: str | None, feeder: str | None, since: str | None
) -> MetersToRead:
    own = asked.me.rights.branch
    day = None if since is None else day_of(since)
    return MetersToRead(
        branch=branch if own is None else own,
        area=area,
        feeder=feeder,
        unread_since_us=begin_us(day, asked.shown.zone),
    )


def _listing(asked: Asked, filters: tuple[Filter, ...]) -> Listing[RouteRow]:
    def last(row: RouteRow) -> int | None:
        return None if row.known.before is None else dict(row.known.before.registers)[TOTAL]

    def most(row: RouteRow) -> int | None:
        found = expected(row, asked)
        return None if found is None else found[1]

    def asked_for(chosen: Chosen) -> MetersToRead:
        since = chosen.reads["since"].boxes[0].written or None
        branch = chosen.text("branch") if "branch" in chosen.reads else None
        return _question(asked, branch, chosen.text("area"), chosen.text("feeder"), since)

    return Listing[RouteRow](
        name="route",
        caption=msg("Meters to be read"),
        empty=msg("No meter is to be read here. Choose another place, or another day."),
        columns=(
            Column("number", msg("No."), lambda row: row.number, "count"),
            Column("pan", msg("Meter number"), lambda row: meter_number(row.pan)),
            Column("address", msg("Address"), lambda row: row.address or None),
            Column("customer", msg("Customer"), lambda row: row.customer),
            Column("area", msg("Area"), lambda row: row.area or None, is_usual=False),
            Column("feeder", msg("Feeder"), lambda row: row.feeder or None),
            Column("transformer", msg("Transformer"), lambda row: row.transformer or None, is_usual=False),
            Column("point", msg("Supply point"), lambda row: Code(row.point), is_usual=False),
            Column("last", msg("Read last"), lambda row: energy(last(row)), "amount"),
            Column("most", msg("It can show up to"), lambda row: energy(most(row)), "amount"),
        ),
        filters=filters,
        source=Whole(asked_for),
        href=lambda row: f"/meters/{row.pan}/readings",
        can_export=False,
    )


async def _filters(asked: Asked) -> tuple[Filter, ...]:
    views = asked.office.views
    places = await views.rows(NetworkPlaces())
    areas = tuple((one.code, one.name) for one in places if one.kind is NetworkKind.AREA)
    feeders = tuple((one.code, one.name) for one in places if one.kind is NetworkKind.FEEDER)
    found: tuple[Filter, ...] = (
        ChoiceFilter("area", msg("Area"), areas),
        ChoiceFilter("feeder", msg("Feeder"), feeders),
        DayFilter("since", msg("Not read since")),
    )
    if asked.me.rights.branch is not None:
        return found
    branches = tuple((one.code, one.name) for one in await views.rows(Branches()))
    return (ChoiceFilter("branch", msg("Branch"), branches), *found)


async def route(asked: Asked) -> Outcome:
    """Show the meters in the order of the walk, with what can be narrowed down."""
    filled = TAKE.blank(asked, **{name: asked.first(name) for name in _WANTED})
    lead = asked.words.say(
        msg("The file comes back with what was read: see the readings that are brought back.")
    )
    return await list_page(
        asked, _listing(asked, await _filters(asked)), "route.html", filled=filled, lead=lead
    )


async def take(asked: Asked) -> Outcome:
    """Give the route as a file, once the diary has a line of it."""
    filled = TAKE.read(asked)
    said = {name: filled.optional(name, str) for name in _WANTED}
    rows = await asked.office.views.rows(_question(asked, **said))
    octets = await asked.office.elsewhere(route_file, rows, asked)
    chosen = ", ".join(f"{name}={text}" for name, text in said.items() if text)
    act = Act(
        Function.READINGS, kind="route", order="", subject="route", needs_reason=False, action=Action.EXPORT
    )
    told = "; ".join(
        part
        for part in ("csv", f"{len(rows)} meters", chosen, f"sha256 {sha256(octets).hexdigest()}")
        if part
    )
    refusal = refusal_in(asked, await ordered(asked, act, NoteAct("route", told)))
    if refusal is not None:
        return filled.refused(refusal).page(back="/readings/route")
    name = f"route-{asked.office.today().isoformat()}.csv"
    return Download(name, "text/csv; charset=utf-8", _pieces(octets))


def route_file(rows: Sequence[RouteRow], asked: Asked) -> bytes:
    """Write a route: each meter with what is known, and empty columns for what is read."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_line(row, asked))
    return _BYTE_ORDER_MARK + written.getvalue().encode()


def _line(row: RouteRow, asked: Asked) -> list[str]:
    found, last = expected(row, asked), row.known.last
    taken = "" if last is None else _civil(moment_of(last.shown.taken_us), asked)
    texts = (row.point, row.address, row.customer, row.area, row.feeder, row.transformer)
    return [
        str(row.number),
        meter_number(row.pan).text,
        *(csv_text(text) for text in texts),
        taken,
        "" if found is None else _kwh(found[0]),
        *(("", "") if found is None else map(_kwh, found)),
        *[""] * (len(COLUMNS) - len(_HEAD)),
    ]


def _civil(moment: datetime, asked: Asked) -> str:
    return f"{moment.astimezone(asked.office.zone):%Y-%m-%d %H:%M}"


def _kwh(wh: int) -> str:
    return f"{wh // 1_000}.{wh % 1_000:03d}"


async def _pieces(octets: bytes) -> AsyncGenerator[bytes]:
    yield octets


ROUTES: Final = (
    Route("GET", "/readings/route", DOES, route),
    Route("POST", "/readings/route", DOES, take),
)
