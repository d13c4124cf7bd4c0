"""Schedules by which groups are read: the list with their next moments, and the form of one."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.answers import NotThere
from admin_web.cells import Code, Link, Said
from admin_web.fields import Field
from admin_web.file_forms import VERSION, Filed, file_act, filed, version_in
from admin_web.forms import First, Form
from admin_web.line_words import SCHEDULE_STATES, WANTS, WEEKDAYS, recurrence_said, weekdays_said
from admin_web.listing import Column, Listing, Order
from admin_web.listing_page import list_page
from admin_web.listing_source import Gathered
from admin_web.object_page import Fact
from admin_web.pages.meter_groups import DOES, SEES, group_path, known_groups
from admin_web.route import MenuItem, Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.office import OfficeRefusal
from gateway.core.person import PERSON_MAX
from gateway.core.reading_plan import ReadingSchedule, Wants
from gateway.core.timeline import microseconds, moment_of
from gateway.core.views_ways import Schedules
from gateway.metering.filed_plan import PlanFault, next_rounds
from gateway.metering.keep_schedule import KeepSchedule

if TYPE_CHECKING:
    from datetime import datetime

    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.forms import Filled
    from admin_web.listing import Chosen
    from gateway.core.reading_plan import MeterGroup
    from gateway.metering.schedule import Round

_KEPT: Final = msg("The schedule is kept.")
_NO_DAY: Final = msg("Tick one day at least.")
_NOT_SO_OFTEN: Final = msg(
    "Write 1 to 31 for a day of the month, or minutes that divide a day, such as 15, 30 or 60."
)

#: Moments of a schedule that are told beforehand.
_NEXT: Final = 3

_SECOND_US: Final = 1_000_000
_ALL_DAYS: Final = "0123456"

#: Beside which field a refusal is shown.
_FIELD_OF: Final = {
    OfficeRefusal.UNKNOWN_GROUP: "group",
    OfficeRefusal.BAD_RECURRENCE: "every",
    OfficeRefusal.BAD_HOURS: "opens",
    OfficeRefusal.BAD_JITTER: "jitter",
    OfficeRefusal.NOT_OF_WANTS: "comes",
}

_CODE: Final = Field(
    "code",
    msg("Code"),
    hint=msg("Small letters, digits and dashes, such as north-2. It stays for ever."),
    length_max=32,
)
_NAME: Final = Field("name", msg("Name"), length_max=PERSON_MAX)
_WANTS: Final = Field(
    "wants", msg("What is read"), "choice", choices=tuple((one.value, said) for one, said in WANTS.items())
)
_COMES: Final = Field(
    "comes",
    msg("Values of"),
    "choice",
    hint=msg(
        "The moment that a value belongs to. Frozen values come once a month, a load profile by the day; "
        "registers may come in any of these ways."
    ),
    choices=(
        ("days", msg("the midnight that begins a day")),
        ("month", msg("the midnight that begins a day of the month")),
        ("minutes", msg("every so many minutes")),
    ),
)
_EVERY: Final = Field(
    "every",
    msg("Which day of the month, or how many minutes"),
    "count",
    hint=msg("1 for the first of each month; 15, 30 or 60 for minutes. Empty for days."),
    is_required=False,
)
_OPENS: Final = Field(
    "opens",
    msg("Called from"),
    hint=msg(
        "Meters are called between these hours, such as 22:00 to 06:00; the same hour twice is all day."
    ),
    length_max=5,
    heading=msg("When meters are called"),
)
_CLOSES: Final = Field("closes", msg("Called until"), length_max=5)
_JITTER: Final = Field(
    "jitter",
    msg("First calls spread over so many minutes"),
    "count",
    hint=msg("So that not all are called at once; half of the hours at the most, for calls are repeated."),
    is_required=False,
)
_STATE: Final = Field(
    "state",
    msg("State"),
    "choice",
    choices=(("on", SCHEDULE_STATES[True].sentence), ("off", SCHEDULE_STATES[False].sentence)),
)
#: The days whose midnights are wanted, and those on which meters may be called.
_WANTED: Final = tuple(Field(f"day_{n}", said, "check") for n, said in enumerate(WEEKDAYS))
_CALLED: Final = tuple(Field(f"call_{n}", said, "check") for n, said in enumerate(WEEKDAYS))


# -- the list --------------------------------------------------------------------------------------------


def schedule_path(code: str) -> str:
    """Name the page of a schedule."""
    return f"/lines/schedules/{quote(code, safe='')}"


def coming(asked: Asked, schedule: ReadingSchedule) -> list[Round]:
    """Give the next rounds of a schedule; none where it is switched off, or is of another program."""
    if not schedule.is_on:
        return []
    now_s = microseconds(asked.office.now()) // _SECOND_US
    try:
        return list(islice(next_rounds(schedule, asked.office.zone, now_s), _NEXT))
    except PlanFault:
        return []


def _moment(at_s: int) -> datetime:
    return moment_of(at_s * _SECOND_US)


async def schedules(asked: Asked) -> Outcome:
    """Show them, each with its next round."""
    rows = await asked.office.views.rows(Schedules())

    def following(row: ReadingSchedule) -> Cell:
        rounds = coming(asked, row)
        return _moment(rounds[0].opens_s) if rounds else None

    listing = Listing[ReadingSchedule](
        name="reading-schedules",
        caption=msg("Schedules of readings"),
        empty=msg("There is no schedule yet, so no meter is called by itself. Make a group first."),
        columns=(
            Column("code", msg("Code"), lambda row: Code(row.code), is_sortable=True),
            Column("name", msg("Name"), lambda row: row.name, is_sortable=True),
            Column("group", msg("Group of meters"), lambda row: Link(Code(row.group), group_path(row.group))),
            Column("wants", msg("What is read"), lambda row: Said(WANTS[row.wants])),
            Column("when", msg("When"), lambda row: recurrence_said(row.recurrence, asked.words)),
            Column("hours", msg("Called"), lambda row: f"{row.opens}–{row.closes}"),  # noqa: RUF001 - from, to
            Column("next", msg("Called next from"), following, "moment"),
            Column("state", msg("State"), lambda row: SCHEDULE_STATES[row.is_on]),
        ),
        source=Gathered(rows, _any),
        order=Order("code"),
        href=lambda row: schedule_path(row.code),
    )
    may = DOES.opens(asked.me.rights)
    deeds = (("/lines/schedules/new", msg("New schedule of readings")),) if may else ()
    return await list_page(asked, listing, "list_with_deeds.html", deeds=deeds)


def _any(_row: ReadingSchedule, _chosen: Chosen) -> bool:
    return True


# -- its form --------------------------------------------------------------------------------------------


async def _form(asked: Asked, before: ReadingSchedule | None) -> Form:
    groups = await known_groups(asked)
    group = Field("group", msg("Group of meters"), "choice", choices=_groups(groups))
    days = _headed(_WANTED, msg("Days whose values are wanted, where they come by the day"))
    calls = _headed(_CALLED, msg("Days on which the calling begins"))
    state = () if before is None else (_STATE,)
    fields = (_NAME, *state, group, _WANTS, _COMES, _EVERY, *days, _OPENS, _CLOSES, _JITTER, *calls)
    if before is None:
        first = None if groups else First(
            msg("There is no group of meters yet."), msg("New group of meters"), "/lines/groups/new"
        )  # fmt: skip
        return Form(msg("New schedule of readings"), msg("Keep it"), (_CODE, *fields, VERSION), first=first)
    return Form(msg("Change the schedule"), msg("Keep it"), (*fields, VERSION))


def _headed(fields: tuple[Field, ...], heading: str) -> tuple[Field, ...]:
    first, *others = fields
    return (Field(first.name, first.label, "check", heading=heading), *others)


def _groups(groups: dict[str, MeterGroup]) -> tuple[tuple[str, str], ...]:
    return tuple((one.code, f"{one.name} ({one.code})") for one in groups.values())


_USUAL: Final = ReadingSchedule("", "", "", Wants.REGISTERS, f"days {_ALL_DAYS}", "22:00", "06:00", version=0)


async def ask_new(asked: Asked) -> Outcome:
    """Show the form of a new schedule."""
    return _page((await _form(asked, None)).blank(asked, **_written(_USUAL)))


async def send_new(asked: Asked) -> Outcome:
    """Keep it."""
    filled = (await _form(asked, None)).read(asked)
    done = await _kept(filled, filled.optional("code", str) or "", 0)
    return done.onward or _page(done.filled)


async def ask(asked: Asked) -> Outcome:
    """Show the form of a schedule, with its next moments."""
    before = await _schedule(asked)
    filled = (await _form(asked, before)).blank(asked, **_written(before))
    return _page(filled, _facts(asked, before))


async def send(asked: Asked) -> Outcome:
    """Keep what was changed."""
    before = await _schedule(asked)
    filled = (await _form(asked, before)).read(asked)
    done = await _kept(filled, before.code, version_in(filled))
    return done.onward or _page(done.filled, _facts(asked, before))


async def _schedule(asked: Asked) -> ReadingSchedule:
    rows = await asked.office.views.rows(Schedules())
    found = next((one for one in rows if one.code == asked.places["code"]), None)
    if found is None:
        raise NotThere
    return found


def _written(before: ReadingSchedule) -> dict[str, str]:
    comes, _, figures = before.recurrence.partition(" ")
    wanted = figures if comes == "days" else _ALL_DAYS
    return {
        "name": before.name,
        "group": before.group,
        "wants": before.wants.value,
        "comes": comes,
        "every": "" if comes == "days" else figures,
        "opens": before.opens,
        "closes": before.closes,
        "jitter": str(before.jitter_s // 60),
        "state": "on" if before.is_on else "off",
        "version": str(before.version),
        **{f"day_{day}": "yes" for day in wanted},
        **{f"call_{day}": "yes" for day in before.weekdays},
    }


def _facts(asked: Asked, schedule: ReadingSchedule) -> tuple[Fact, ...]:
    rounds = coming(asked, schedule)
    labels = (msg("Next round"), msg("The round after it"), msg("And the third"))
    told = [Fact(label, _round_said(asked, one)) for label, one in zip(labels, rounds, strict=False)]
    calls = weekdays_said(schedule.weekdays, asked.words)
    return (Fact(msg("Code"), Code(schedule.code)), Fact(msg("Days of calls"), calls), *told)


def _round_said(asked: Asked, one: Round) -> str:
    at, opens, closes = (
        f"{_moment(at_s).astimezone(asked.office.zone):%Y-%m-%d %H:%M}"
        for at_s in (one.at_s, one.opens_s, one.closes_s)
    )
    said = msg("values of %(at)s, called from %(opens)s to %(closes)s")
    return asked.words.say(said, at=at, opens=opens, closes=closes)


def _days(filled: Filled, name: str) -> str:
    return "".join(str(day) for day in range(7) if filled.value(f"{name}_{day}", bool))


async def _kept(filled: Filled, code: str, version: int) -> Filed:
    if not filled.is_sound:
        return Filed(filled)
    comes = filled.value("comes", str)
    figures = _days(filled, "day") if comes == "days" else str(filled.optional("every", int) or 0)
    schedule = ReadingSchedule(
        code=code,
        name=filled.value("name", str),
        group=filled.value("group", str),
        wants=Wants(filled.value("wants", str)),
        recurrence=f"{comes} {figures}",
        opens=filled.value("opens", str),
        closes=filled.value("closes", str),
        weekdays=_days(filled, "call"),
        jitter_s=(filled.optional("jitter", int) or 0) * 60,
        is_on=not filled.has("state") or filled.value("state", str) == "on",
        version=version,
    )
    order = KeepSchedule(filled.asked.me.login, filled.nonce, schedule)
    done = await filed(filled, file_act(Function.LINES, code), order, path=schedule_path, said=_KEPT)
    name = "" if done.refusal is None else _FIELD_OF.get(done.refusal.reason, "")
    if done.refusal is None or not filled.has(name):
        return done
    if name != "every":
        return Filed(filled.refused(done.refusal.reason.value, name))
    return Filed(filled.refused(*((_NO_DAY, "day_0") if comes == "days" else (_NOT_SO_OFTEN, name))))


def _page(filled: Filled, facts: tuple[Fact, ...] = ()) -> Page:
    crumbs = ((filled.asked.words.say(msg("Schedules of readings")), "/lines/schedules"),)
    return filled.page("step_form.html", crumbs=crumbs, back="/lines/schedules", facts=facts)


ROUTES: Final = (
    Route("GET", "/lines/schedules", SEES, schedules),
    Route("GET", "/lines/schedules/new", DOES, ask_new),
    Route("POST", "/lines/schedules/new", DOES, send_new),
    Route("GET", "/lines/schedules/<code>", DOES, ask),
    Route("POST", "/lines/schedules/<code>", DOES, send),
)
MENU: Final = (MenuItem(Function.LINES, msg("Schedules of readings"), "/lines/schedules", of_all=True),)
