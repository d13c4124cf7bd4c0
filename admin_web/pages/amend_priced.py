"""Amend what the price of a supply point depends on: power type and its parts, contracted power, schemes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.diary_files import point_subject
from admin_web.fields import REASON
from admin_web.file_forms import VERSION, file_act, filed, version_in
from admin_web.forms import Form
from admin_web.pages.amend_customer import AMENDS
from admin_web.pages.amend_point import of_whom, point_around, point_facts
from admin_web.point_words import point_path
from admin_web.priced_fields import priced_fields, priced_in, priced_now, priced_usual
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.authority import Function
from gateway.core.supply_point import PointState
from gateway.prepayment.amend_priced import AmendPriced

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from admin_web.priced_fields import Priced
    from gateway.core.views_points import PointFacts


async def _open(asked: Asked) -> PointFacts:
    """Find the supply point; NotThere for one that is closed, as for another branch's."""
    facts = await point_facts(asked)
    if facts.row.point.state is PointState.CLOSED:
        raise NotThere
    return facts


def _form(asked: Asked, facts: PointFacts, priced: Priced) -> Form:
    say = asked.words.say
    holds = say(msg("It holds from the next sale on; what was paid keeps its price."))
    why = replace(REASON, heading=msg("Why"))
    return Form(
        msg("Amend what the price depends on"),
        msg("Keep the change"),
        (*priced_fields(asked.words, priced, heading=msg("What the price depends on")), why, VERSION),
        lead=f"{of_whom(asked, facts)} {holds}",
    )


async def ask_priced(asked: Asked) -> Outcome:
    """Show what it is priced by."""
    facts = await _open(asked)
    point = facts.row.point
    form = _form(asked, facts, await priced_now(asked, point))
    usual = priced_usual(point) | {"version": str(point.version)}
    return form.blank(asked, **usual).page(**point_around(asked, facts))


async def amend_priced(asked: Asked) -> Outcome:
    """Keep what was changed."""
    facts = await _open(asked)
    point, around = facts.row.point, point_around(asked, facts)
    priced = await priced_now(asked, point)
    filled, by = priced_in(_form(asked, facts, priced).read(asked), priced)
    if not filled.is_sound:
        return filled.page(**around)
    order = AmendPriced(
        asked.me.login,
        filled.nonce,
        point.number,
        version_in(filled),
        point.pan,
        by.power_type,
        by.proportions,
        by.contract_w,
        by.schemes,
        filled.value("reason", str),
    )
    act = file_act(
        Function.AMENDMENT, point_subject(point.number), about=point.account_no, reason=order.reason
    )
    said = msg("The supply point is priced by this from the next sale on.")
    done = await filed(filled, act, order, path=point_path, said=said)
    return done.onward or done.filled.page(**around)


ROUTES: Final = (
    Route("GET", "/supply-points/<number>/power-type", AMENDS, ask_priced),
    Route("POST", "/supply-points/<number>/power-type", AMENDS, amend_priced),
)
