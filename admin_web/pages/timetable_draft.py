"""Draft a version of a timetable, from nothing or from an earlier one: so one goes back to earlier rates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.acting import actor_of, refusal_in
from admin_web.fields import REASON, Field
from admin_web.forms import First, Form
from admin_web.notice import redirect_with
from admin_web.pages.meter_groups import known_groups
from admin_web.pages.tariff_draft import civil_moment
from admin_web.pages.timetable import body_of, crumbs_of
from admin_web.pages.timetables import DOES
from admin_web.route import Route
from admin_web.timetable_fields import DAYS, SEASONS, SPECIAL, TARIFFS, body_in, field_of, typed
from admin_web.timetable_words import timetable_path
from admin_web.words import msg
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.person import PERSON_MAX
from gateway.core.timeline import microseconds
from gateway.core.views_files import TEXT_MAX
from gateway.core.views_timetables import TimetableFile
from gateway.multi_tariff.publish_timetable import DraftTimetable
from gateway.office.step_orders import ordered

if TYPE_CHECKING:
    from admin_web.answers import Outcome, Page
    from admin_web.asked import Asked
    from admin_web.forms import Filled
    from gateway.core.outcome import Content
    from gateway.core.timetable_version import TimetableVersion

_MOMENT_MAX: Final = 16
_CODE: Final = Field(
    "code",
    msg("Code"),
    hint=msg("Small letters, digits and dashes, such as t-1. The next version has the same code."),
    length_max=32,
)
_NAME: Final = Field("name", msg("Title"), length_max=PERSON_MAX)
_FROM: Final = Field(
    "from",
    msg("From"),
    hint=msg(
        "Day and time in the utility's civil time, such as 2027-01-01 00:00; take midnight, so that special "
        "days count from the first one on. Meters must be called until then."
    ),
    length_max=_MOMENT_MAX,
)
_WHY: Final = replace(REASON, is_required=False)

#: Fields that a refusal is about.
_FIELDS: Final = {
    OfficeRefusal.BAD_CODE: "code",
    OfficeRefusal.BAD_NAME: "name",
    OfficeRefusal.BAD_MOMENT: "from",
    OfficeRefusal.UNKNOWN_GROUP: "group",
    OfficeRefusal.NO_REASON: "reason",
    OfficeRefusal.TOO_MANY_VERSIONS: "code",
}


async def _form(asked: Asked) -> Form:
    groups = await known_groups(asked)
    group = Field(
        "group",
        msg("Group of meters"),
        "choice",
        hint=msg("A meter should be in the group of one timetable only."),
        choices=tuple((one.code, f"{one.name} ({one.code})") for one in groups.values()),
    )
    first = None
    if not groups:
        first = First(
            msg("There is no group of meters yet."), msg("New group of meters"), "/lines/groups/new"
        )
    return Form(
        msg("Draft a timetable"),
        msg("Keep it as a draft"),
        (_CODE, _NAME, group, _FROM, _WHY, TARIFFS, DAYS, SEASONS, SPECIAL),
        lead=msg("No meter is sent a draft: another person approves it first."),
        first=first,
    )


async def _like(asked: Asked) -> TimetableVersion | None:
    """Give the version that was named to be copied, if there is one."""
    reference = asked.first("like")
    if not reference or not reference.isprintable() or len(reference) > TEXT_MAX:
        return None
    facts = await asked.office.views.totals(TimetableFile(reference))
    return None if facts is None else facts.version


async def ask(asked: Asked) -> Outcome:
    """Show the form, with the rates of another version where one is named."""
    form, like = await _form(asked), await _like(asked)
    if like is None:
        return _page(form.blank(asked, tariffs="4"))
    body = body_of(like)
    rates = {} if body is None else typed(body)
    return _page(form.blank(asked, code=like.code, name=like.name, group=like.group, **rates))


async def send(asked: Asked) -> Outcome:
    """Keep the draft, or say what is wrong with it."""
    filled, body = body_in((await _form(asked)).read(asked))
    moment = None
    if filled.is_sound:
        moment = civil_moment(filled.value("from", str), asked.office.zone)
        if moment is None:
            filled = filled.refused(msg("Write the day and the time, such as 2027-01-01 00:00."), "from")
    if not filled.is_sound or moment is None:
        return _page(filled)
    command = DraftTimetable(
        asked.me.login,
        filled.nonce,
        filled.value("code", str),
        filled.value("name", str),
        filled.value("group", str),
        body,
        microseconds(moment),
        filled.optional("reason", str) or "",
    )
    content = await asked.office.poster.post(ordered(actor_of(asked), command))
    if not isinstance(content, Changed):
        return _page(_refused(filled, content))
    kept = asked.words.say(msg("The draft is kept. Another person has to approve it."))
    return redirect_with(asked, timetable_path(content.subject), kept)


def _refused(filled: Filled, content: Content) -> Filled:
    said = refusal_in(filled.asked, content) or ""
    name = None
    if isinstance(content, NotDone):
        name = _FIELDS.get(content.reason)
        if content.reason is OfficeRefusal.BAD_TIMETABLE:
            name = field_of(content.detail)
    return filled.refused(said, name)


def _page(filled: Filled) -> Page:
    return filled.page("form_page.html", crumbs=crumbs_of(filled.asked), back="/timetables")


ROUTES: Final = (
    Route("GET", "/timetables/new", DOES, ask),
    Route("POST", "/timetables/new", DOES, send),
)
