"""Inspections: the meters that somebody shall look at, each with why, and what he found there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.acting import ordered, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Link
from admin_web.fields import REASON, Field
from admin_web.file_words import customer_path, meter_number
from admin_web.filters import ChoiceFilter
from admin_web.forms import Form
from admin_web.listing import Column, Listing
from admin_web.listing_page import list_page
from admin_web.listing_source import Keyset
from admin_web.notice import redirect_with
from admin_web.object_page import Fact
from admin_web.pages.meter_readings import known_meter, number_of
from admin_web.pages.readings import DOES, SEES
from admin_web.reading_words import FINDINGS, SUSPICIONS, energy, suspicions_said
from admin_web.route import MenuItem, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.diary import Action
from gateway.core.inspection import Finding, Suspicion
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_readings import InspectRow, ToInspect
from gateway.office.authorised import Act
from gateway.prepayment.inspect_meter import InspectMeter

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from admin_web.listing import Chosen

_WHY: Final = tuple((one.value, said) for one, said in SUSPICIONS.items())


def _asked_for(chosen: Chosen) -> ToInspect:
    why, asked = chosen.text("why"), chosen.asked
    return ToInspect(
        branch=asked.me.rights.branch,
        at_us=microseconds(asked.office.now()),
        limits=asked.office.inspection_limits,
        suspicion=None if why is None else Suspicion(why),
        after=None if chosen.after is None else str(chosen.after[0]),
        limit=chosen.limit,
    )


def _read_at(row: InspectRow) -> Cell:
    return None if row.newest is None else moment_of(row.newest.shown.taken_us)


def _seen_at(row: InspectRow) -> Cell:
    return None if row.seen is None else moment_of(row.seen.at_us)


def _listing(asked: Asked, *, may: bool) -> Listing[InspectRow]:
    return Listing[InspectRow](
        name="inspections",
        caption=msg("Meters to be inspected"),
        empty=msg("No meter is suspected of anything. What readings tell of meters puts them on this list."),
        columns=(
            Column("pan", msg("Meter number"), lambda row: meter_number(row.pan)),
            Column("why", msg("Why"), lambda row: suspicions_said(row, asked.words)),
            Column("gap", msg("Gap"), lambda row: energy(row.gap_wh), "amount"),
            Column("read", msg("Read at"), _read_at, "moment"),
            Column(
                "customer", msg("Customer"), lambda row: Link(row.customer, customer_path(row.account_no))
            ),
            Column("point", msg("Supply point"), lambda row: row.point or None, is_usual=False),
            Column("branch", msg("Branch"), lambda row: row.branch or None, is_usual=False),
            Column("seen", msg("Inspected at"), _seen_at, "moment", is_usual=False),
        ),
        filters=(ChoiceFilter("why", msg("Why"), _WHY),),
        source=Keyset(_asked_for, lambda row: (row.pan,)),
        href=lambda row: f"/meters/{row.pan}/{'inspect' if may else 'readings'}",
    )


async def inspections(asked: Asked) -> Outcome:
    """Show them."""
    may = asked.me.rights.may(DOES.function, DOES.level)
    lead = asked.words.say(
        msg("Meters that nobody has read for long are not among them: choose that reason.")
    )
    return await list_page(asked, _listing(asked, may=may), lead=lead)


FORM: Final = Form(
    msg("Note an inspection"),
    msg("Note it"),
    (
        Field(
            "finding",
            msg("What was found"),
            "choice",
            choices=tuple((one.value, said) for one, said in FINDINGS.items()),
        ),
        replace(REASON, label=msg("In words")),
        Field("reading", msg("Newest reading"), "kept"),
    ),
    lead=msg("A meter that was seen leaves the list. What was stolen is claimed elsewhere."),
)


async def _row(asked: Asked) -> InspectRow:
    """Give the meter of the path with what is suspected of it."""
    known = await known_meter(asked)
    question = ToInspect(
        branch=asked.me.rights.branch,
        at_us=microseconds(asked.office.now()),
        limits=asked.office.inspection_limits,
        pan=known.pan,
    )
    found = await asked.office.views.rows(question)
    if not found:
        raise NotThere
    return found[0]


async def ask(asked: Asked) -> Outcome:
    """Ask what was found."""
    row = await _row(asked)
    newest = 0 if row.newest is None else row.newest.id
    return _page(asked, FORM.blank(asked, reading=str(newest)), row)


async def send(asked: Asked) -> Outcome:
    """Note it."""
    row, filled = await _row(asked), FORM.read(asked)
    if not filled.is_sound:
        return _page(asked, filled, row)
    kept = filled.value("reading", str)
    note = filled.value("reason", str)
    command = InspectMeter(
        asked.me.login,
        filled.nonce,
        row.pan,
        int(kept) if kept.isascii() and kept.isdigit() and len(kept) < len("1000000000000000000") else -1,
        row.suspicions,
        Finding(filled.value("finding", str)),
        note,
    )
    act = Act(
        Function.READINGS, kind="inspection", order=row.pan, subject=row.pan, about=row.pan, reason=note,
        action=Action.CHANGE,
    )  # fmt: skip
    refusal = refusal_in(asked, await ordered(asked, act, command))
    if refusal is not None:
        return _page(asked, filled.refused(refusal), row)
    return redirect_with(asked, "/inspections", asked.words.say(msg("The inspection is noted.")))


def _page(asked: Asked, filled: Filled, row: InspectRow) -> Page:
    crumbs = (
        (asked.words.say(msg("Inspections")), "/inspections"),
        (number_of(row.pan), f"/meters/{row.pan}/readings"),
    )
    newest = row.newest
    facts = (
        Fact(msg("Meter number"), number_of(row.pan)),
        Fact(msg("Customer"), Link(row.customer, customer_path(row.account_no))),
        Fact(msg("Supply point"), row.point or None),
        Fact(msg("Why"), suspicions_said(row, asked.words)),
        Fact(msg("Gap"), energy(row.gap_wh)),
        Fact(msg("Read at"), None if newest is None else moment_of(newest.shown.taken_us)),
        Fact(msg("Total register"), None if newest is None else energy(newest.shown.total_wh)),
    )
    return filled.page("step_form.html", crumbs=crumbs, back="/inspections", facts=facts)


ROUTES: Final = (
    Route("GET", "/inspections", SEES, inspections),
    Route("GET", "/meters/<pan>/inspect", DOES, ask),
    Route("POST", "/meters/<pan>/inspect", DOES, send),
)
MENU: Final = (MenuItem(Function.READINGS, msg("Inspections"), "/inspections"),)
