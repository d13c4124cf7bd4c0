"""One version of a timetable: its days as bars, where its meters stand, and a second person's steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.acting import actor_of, refusal_in
from admin_web.answers import NotThere
from admin_web.cells import Code, Link
from admin_web.diary_words import person
from admin_web.fields import REASON
from admin_web.file_forms import VERSION, version_in
from admin_web.file_timeline import amendments_told
from admin_web.forms import Form
from admin_web.line_words import WEEKDAYS
from admin_web.notice import redirect_with
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.meter_groups import SEES as SEES_GROUPS
from admin_web.pages.meter_groups import group_path
from admin_web.pages.timetables import APPROVES, DOES, SEES
from admin_web.route import Route
from admin_web.timetable_words import STANDINGS, STANDS, drawn, reference_cell, standing, timetable_path
from admin_web.words import msg
from gateway.core.timeline import microseconds, moment_of
from gateway.core.timetable import TimetableFault, timetable_read
from gateway.core.timetable_version import TimetableState
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_timetables import TimetableFile
from gateway.multi_tariff.publish_timetable import ApproveTimetable, WithdrawTimetable
from gateway.multi_tariff.timetable_models import models_that_cannot
from gateway.office.step_orders import ordered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from admin_web.timetable_words import TimetableDrawn
    from gateway.core.timetable import Timetable
    from gateway.core.timetable_version import TimetableVersion
    from gateway.core.views_timetables import TimetableFacts

_APPROVAL: Final = Form(
    msg("Approve the timetable"),
    msg("Approve the timetable"),
    (VERSION,),
    lead=msg(
        "From now on it goes to the meters of the group, over their lines. They keep their rates until the "
        "moment, and switch by their own clocks."
    ),
)
_WITHDRAWAL: Final = Form(msg("Withdraw the timetable"), msg("Withdraw the timetable"), (REASON, VERSION))


async def version_facts(asked: Asked) -> TimetableFacts:
    """Find the version of the path; NotThere where there is none."""
    reference = f"{asked.places['code']}/{asked.places['number']}"
    if not reference.isprintable() or len(reference) > TEXT_MAX:
        raise NotThere
    facts = await asked.office.views.totals(TimetableFile(reference, asked.me.rights.branch))
    if facts is None:
        raise NotThere
    return facts


def crumbs_of(asked: Asked, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say the way to a version's pages."""
    return ((asked.words.say(msg("Timetables of rates")), "/timetables"), *more)


def body_of(version: TimetableVersion) -> Timetable | None:
    """Read a version's body; what an earlier program kept, and this one does not read, is None."""
    try:
        return timetable_read(version.body)
    except TimetableFault:
        return None


async def timetable(asked: Asked) -> Outcome:
    """Show it."""
    facts = await version_facts(asked)
    version = facts.version
    steps = await asked.office.views.rows(TimetableFile(version.reference))
    told = amendments_told(asked, steps, version.reference, is_cut=False)
    state = standing(version, facts.versions, microseconds(asked.office.now()))
    thing = Thing(
        kind=msg("Timetable of rates"),
        title=version.reference,
        state=STANDINGS[state],
        facts=_facts_of(asked, facts),
        deeds=tuple(_deeds(asked, facts)),
        timeline=told.lines,
        related=_related(facts),
        raw=json.loads(version.body),
    )
    body = body_of(version)
    values = {
        "drawn": None if body is None else drawn(body),
        "weekdays": WEEKDAYS,
        "counts": _counts(facts),
        "unfit": () if body is None else models_that_cannot(body),
    }
    return object_page(asked, thing, crumbs_of(asked), "timetable.html", **values)


def _facts_of(asked: Asked, facts: TimetableFacts) -> tuple[Fact, ...]:
    version = facts.version
    said = f"{facts.group_name} ({version.group})" if facts.group_name else version.group
    group = Link(said, group_path(version.group)) if SEES_GROUPS.opens(asked.me.rights) else said
    return (
        Fact(msg("Title"), version.name),
        Fact(msg("Group of meters"), group),
        Fact(msg("From"), moment_of(version.from_us)),
        Fact(msg("Drafted by"), person(version.by)),
        Fact(msg("Drafted at"), moment_of(version.at_us)),
        Fact(msg("Approved by"), person(version.second) if version.second else None),
        Fact(msg("Reason"), version.reason or None),
    )


def _counts(facts: TimetableFacts) -> list[tuple[object, int, str | None]]:
    """Where its meters stand: the state, how many, and the list of these."""
    if facts.version.state is not TimetableState.APPROVED:
        return []
    path = f"{timetable_path(facts.version.reference)}/meters"
    return [
        (STANDS[one], count, None if one.value == "active" else f"{path}?state={one.value}")
        for one, count in facts.counts.by
    ]


def _deeds(asked: Asked, facts: TimetableFacts) -> Iterator[Deed]:
    version, path = facts.version, timetable_path(facts.version.reference)
    is_draft = version.state is TimetableState.DRAFT
    is_open = version.state is TimetableState.APPROVED and moment_of(version.from_us) > asked.office.now()
    if is_draft and APPROVES.opens(asked.me.rights):
        yield Deed(msg("Approve"), f"{path}/approve")
    if (is_draft and DOES.opens(asked.me.rights)) or (is_open and APPROVES.opens(asked.me.rights)):
        yield Deed(msg("Withdraw"), f"{path}/withdraw")
    if version.state is TimetableState.APPROVED:
        yield Deed(msg("Meters that have not switched"), f"{path}/meters")
    if DOES.opens(asked.me.rights):
        yield Deed(
            msg("Draft the next version from this one"), f"/timetables/new?like={quote(version.reference)}"
        )


def _related(facts: TimetableFacts) -> tuple[Related, ...]:
    others = [one for one in facts.versions if one.number != facts.version.number]
    around = [
        next((one for one in reversed(others) if one.number < facts.version.number), None),
        next((one for one in others if one.number > facts.version.number), None),
    ]
    labels = (msg("Version before it"), msg("Version after it"))
    versions = tuple(
        Related(label, reference_cell(one), timetable_path(one.reference))
        for label, one in zip(labels, around, strict=True)
        if one is not None
    )
    reference = facts.version.reference
    orders = f"/lines/orders?kind=timetable&ask={quote(reference)}&state="
    return (*versions, Related(msg("Orders over lines"), Code(reference), orders))


# -- its steps -------------------------------------------------------------------------------------------


async def ask_approval(asked: Asked) -> Outcome:
    """Show what would be approved."""
    facts = await version_facts(asked)
    return _step_page(_APPROVAL.blank(asked, version=str(facts.version.version)), facts)


async def approve(asked: Asked) -> Outcome:
    """Approve it."""
    facts, filled = await version_facts(asked), _APPROVAL.read(asked)
    reference = facts.version.reference
    command = ApproveTimetable(asked.me.login, filled.nonce, reference, version_in(filled))
    return await _taken(filled, facts, command, msg("The timetable is approved, and goes to the meters."))


async def ask_withdrawal(asked: Asked) -> Outcome:
    """Ask why."""
    facts = await version_facts(asked)
    return _step_page(_WITHDRAWAL.blank(asked, version=str(facts.version.version)), facts)


async def withdraw(asked: Asked) -> Outcome:
    """Withdraw it: one that is approved takes who may approve, as the order itself is judged."""
    facts, filled = await version_facts(asked), _WITHDRAWAL.read(asked)
    if not filled.is_sound:
        return _step_page(filled, facts)
    command = WithdrawTimetable(
        asked.me.login,
        filled.nonce,
        facts.version.reference,
        version_in(filled),
        filled.value("reason", str),
        only_draft=facts.version.state is TimetableState.DRAFT,
    )
    return await _taken(filled, facts, command, msg("The timetable is withdrawn."))


async def _taken(
    filled: Filled, facts: TimetableFacts, command: ApproveTimetable | WithdrawTimetable, done: str
) -> Outcome:
    asked = filled.asked
    content = await asked.office.poster.post(ordered(actor_of(asked), command))
    refusal = refusal_in(asked, content)
    if refusal is not None:
        return _step_page(filled.refused(refusal), facts)
    return redirect_with(asked, timetable_path(command.reference), asked.words.say(done))


def _step_page(filled: Filled, facts: TimetableFacts) -> Page:
    asked, path = filled.asked, timetable_path(facts.version.reference)
    body = body_of(facts.version)
    picture: TimetableDrawn | None = None if body is None else drawn(body)
    return filled.page(
        "timetable_step.html",
        crumbs=crumbs_of(asked, (facts.version.reference, path)),
        back=path,
        facts=[fact for fact in _facts_of(asked, facts) if fact.cell is not None],
        drawn=picture,
        weekdays=WEEKDAYS,
        unfit=() if body is None else models_that_cannot(body),
    )


ROUTES: Final = (
    Route("GET", "/timetables/<code>/<number>", SEES, timetable),
    Route("GET", "/timetables/<code>/<number>/approve", APPROVES, ask_approval),
    Route("POST", "/timetables/<code>/<number>/approve", APPROVES, approve),
    Route("GET", "/timetables/<code>/<number>/withdraw", DOES, ask_withdrawal),
    Route("POST", "/timetables/<code>/<number>/withdraw", DOES, withdraw),
)
