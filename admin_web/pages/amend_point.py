"""Amend the basic file of a supply point, or take the steps of its life that need no meter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.diary_files import point_subject
from admin_web.fields import REASON, Field
from admin_web.file_forms import VERSION, file_act, filed, version_in
from admin_web.forms import Form
from admin_web.network_fields import network_of, places_in
from admin_web.pages.amend_customer import AMENDS
from admin_web.point_fields import basic_point_fields, basic_usual, kept_in
from admin_web.point_words import point_path
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.supply_point import PointEvent, PointState
from gateway.core.views_points import SupplyPointFile
from gateway.prepayment.amend_file import AmendPoint, StepPoint

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.views_points import PointFacts

#: The steps that are taken without a meter, in the order in which they are offered.
STEPS: Final = {
    PointEvent.REGISTER: msg("register it: a meter can be installed"),
    PointEvent.GIVE_UP: msg("give it up: nobody will take power there"),
}


async def point_facts(asked: Asked) -> PointFacts:
    """Find the supply point of the path; NotThere for another branch's, too."""
    number = asked.places["number"]
    if not number.isprintable():
        raise NotThere
    facts = await asked.office.views.totals(SupplyPointFile(branch=asked.me.rights.branch, number=number))
    if facts is None:
        raise NotThere
    return facts


def point_around(asked: Asked, facts: PointFacts) -> dict[str, object]:
    """Say where a form of a supply point stands."""
    number = facts.row.point.number
    path = point_path(number)
    crumbs = ((asked.words.say(msg("Supply points")), "/supply-points"), (number, path))
    return {"crumbs": crumbs, "back": path}


def of_whom(asked: Asked, facts: PointFacts) -> str:
    """Say whose supply point it is, above its form."""
    point = facts.row.point
    return asked.words.say(
        msg("Supply point %(number)s of %(name)s."), number=point.number, name=facts.row.customer
    )


def steps_of(point: SupplyPoint) -> list[PointEvent]:
    """Give the steps that it can take without a meter."""
    return [one for one in STEPS if point.may(one)]


# -- the basic file --------------------------------------------------------------------------------------


async def ask_point(asked: Asked) -> Outcome:
    """Show the file as it is; NotThere for one that is closed."""
    facts = await _open(asked)
    form = await _form(asked, facts)
    usual = basic_usual(facts.row.point)
    return form.blank(asked, **usual).page(**point_around(asked, facts))


async def _open(asked: Asked) -> PointFacts:
    facts = await point_facts(asked)
    if facts.row.point.state is PointState.CLOSED:
        raise NotThere
    return facts


async def _form(asked: Asked, facts: PointFacts) -> Form:
    fields = basic_point_fields(await network_of(asked), facts.row.point)
    title, submit = msg("Amend the supply point's file"), msg("Keep the change")
    return Form(title, submit, (*fields, REASON, VERSION), lead=of_whom(asked, facts))


async def amend_point(asked: Asked) -> Outcome:
    """Keep what was changed."""
    facts = await _open(asked)
    point, around = facts.row.point, point_around(asked, facts)
    filled = (await _form(asked, facts)).read(asked)
    filled, places = places_in(filled, await network_of(asked))
    filled, alarm_wh, hoard_wh = kept_in(filled)
    if not filled.is_sound:
        return filled.page(**around)
    reason = filled.value("reason", str)
    order = AmendPoint(
        asked.me.login,
        filled.nonce,
        point.number,
        version_in(filled),
        filled.optional("point_address", str) or "",
        area=places.area,
        feeder=places.feeder,
        transformer=places.transformer,
        alarm_wh=alarm_wh,
        hoard_wh=hoard_wh,
        reason=reason,
    )
    act = file_act(Function.AMENDMENT, point_subject(point.number), about=point.account_no, reason=reason)
    done = await filed(filled, act, order, path=point_path, said=msg("The supply point's file is amended."))
    return done.onward or done.filled.page(**around)


# -- its steps -------------------------------------------------------------------------------------------


async def ask_step(asked: Asked) -> Outcome:
    """Ask which step it takes; NotThere where it has none to take."""
    facts = await point_facts(asked)
    form, version = _step_form(asked, facts), facts.row.point.version
    only = form.fields[0].choices[0][0] if len(form.fields[0].choices) == 1 else ""
    return form.blank(asked, event=only, version=str(version)).page(**point_around(asked, facts))


def _step_form(asked: Asked, facts: PointFacts) -> Form:
    steps = steps_of(facts.row.point)
    if not steps:
        raise NotThere
    choices = tuple((one.value, STEPS[one]) for one in steps)
    fields = (Field("event", msg("Step"), "choice", choices=choices), REASON, VERSION)
    return Form(msg("Decide on the supply point"), msg("Take the step"), fields, lead=of_whom(asked, facts))


async def step_point(asked: Asked) -> Outcome:
    """Take it."""
    facts = await point_facts(asked)
    point, around = facts.row.point, point_around(asked, facts)
    filled = _step_form(asked, facts).read(asked)
    if not filled.is_sound:
        return filled.page(**around)
    event, reason = PointEvent(filled.value("event", str)), filled.value("reason", str)
    order = StepPoint(asked.me.login, filled.nonce, point.number, version_in(filled), event, reason)
    act = file_act(Function.AMENDMENT, point_subject(point.number), about=point.account_no, reason=reason)
    done = await filed(filled, act, order, path=point_path, said=msg("The step is taken."))
    return done.onward or done.filled.page(**around)


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/amend", AMENDS, ask_point),
    Route("POST", "/supply-points/<number>/amend", AMENDS, amend_point),
    Route("GET", "/supply-points/<number>/step", AMENDS, ask_step),
    Route("POST", "/supply-points/<number>/step", AMENDS, step_point),
)
