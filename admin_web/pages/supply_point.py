"""One supply point: whose it is, what may be taken there, the meter that counts it, how it was amended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Amount, Code, Link, Said
from admin_web.diary_changes import Telling
from admin_web.file_timeline import amendments_told, noted_about
from admin_web.file_words import METER_STATES, customer_path, meter_cell, meter_number
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.amend_point import point_facts, steps_of
from admin_web.pages.cancel_meter import leaving_deeds
from admin_web.pages.management import power_limit_path
from admin_web.pages.supply_points import SEES
from admin_web.point_words import POINT_STATES, fitting_raw, how_fitted, point_path, watts_said
from admin_web.route import Route
from admin_web.terms_words import NO_PARTS, due_said
from admin_web.words import msg
from gateway.core.amendment import written
from gateway.core.authority import Function, Level
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import Carrier
from gateway.core.supply_point import PointEvent, PointState

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.supply_point import SupplyPoint
    from gateway.core.views_files import MeterRow
    from gateway.core.views_points import PointFacts


async def supply_point(asked: Asked) -> Outcome:
    """Show it; NotThere for another branch's, too."""
    facts = await point_facts(asked)
    number = facts.row.point.number
    changed = amendments_told(asked, facts.amendments, number, is_cut=facts.has_older)
    noted = await noted_about(asked, number)
    thing = Thing(
        kind=msg("Supply point"),
        title=number,
        state=POINT_STATES[facts.row.point.state],
        facts=_facts_of(asked, facts),
        deeds=_deeds_of(asked, facts.row.point, facts.meter),
        timeline=changed.lines + noted.lines,
        older=changed.older + noted.older,
        related=_related(facts),
        raw=_raw(facts),
    )
    crumbs = ((asked.words.say(msg("Supply points")), "/supply-points"),)
    return object_page(asked, thing, crumbs, "supply_point.html", meter_facts=_meter_facts(asked, facts))


def _deeds_of(asked: Asked, point: SupplyPoint, meter: MeterRow | None) -> tuple[Deed, ...]:
    """Give what its state lets be done with it, and she may do."""
    path, deeds = point_path(point.number), list[Deed]()
    is_open = point.state is not PointState.CLOSED
    if asked.me.rights.may(Function.INSTALLATION, Level.DO) and point.may(PointEvent.INSTALL):
        deeds.append(Deed(msg("Install a meter"), f"{path}/install"))
    if point.may(PointEvent.CANCEL):
        deeds += leaving_deeds(asked, point.number)
    if asked.me.rights.may(Function.AMENDMENT, Level.DO):
        if is_open:
            deeds.append(Deed(msg("Amend the file"), f"{path}/amend"))
        if is_open and point.due is None:
            deeds.append(Deed(msg("Enlarge the capacity"), f"{path}/capacity"))
        if steps_of(point):
            is_applied = point.state is PointState.APPLIED
            label = msg("Register it or give it up") if is_applied else msg("Give it up")
            deeds.append(Deed(label, f"{path}/step"))
    if asked.me.rights.may(Function.TERMS, Level.DO) and is_open:
        is_free = point.due is None
        label = msg("Change the terms") if is_free else msg("Withdraw the change that is due")
        deeds.append(Deed(label, f"{path}/terms" if is_free else f"{path}/terms/withdraw"))
    limit = None if meter is None or meter.carrier is not Carrier.TOKEN else limit_of(point)
    if asked.me.rights.may(Function.MANAGEMENT_TOKENS, Level.DO) and limit is not None:
        deeds.append(Deed(msg("Tell the meter its power limit"), limit))
    return tuple(deeds)


def limit_of(point: SupplyPoint) -> str | None:
    """Name the form that tells the meter the contracted power; None where there is none to tell."""
    return power_limit_path(point.pan, point.contract_w) if point.pan else None


def _facts_of(asked: Asked, facts: PointFacts) -> tuple[Fact, ...]:
    row, point = facts.row, facts.row.point
    names = {one.code: f"{one.name} ({one.code})" for one in facts.places}
    parts = ", ".join(f"{power_type} {percent}%" for power_type, percent in point.proportions)
    limit = Amount(point.hoard_wh, WATT_HOURS) if point.hoard_wh else Said(msg("no limit"))
    due: tuple[Fact, ...] = ()
    if point.due is not None:
        telling = Telling(asked.words, asked.shown, asked.me.currency)
        due = (Fact(msg("Change that is due"), due_said(point.due.day, point.due.terms, telling)),)
    return (
        Fact(msg("Customer"), Link(row.customer, customer_path(point.account_no))),
        Fact(msg("Account number"), Code(point.account_no)),
        Fact(msg("Address"), point.address or None),
        Fact(msg("Area"), names.get(point.area, point.area) or None),
        Fact(msg("Feeder"), names.get(point.feeder, point.feeder) or None),
        Fact(msg("Transformer"), names.get(point.transformer, point.transformer) or None),
        Fact(msg("Power type"), point.power_type),
        Fact(msg("Divided among power types"), parts or Said(NO_PARTS)),
        Fact(msg("Phases"), point.phases),
        Fact(msg("Contracted power"), watts_said(point.contract_w, asked.shown)),
        Fact(msg("Preferential schemes"), ", ".join(point.schemes) or None),
        *due,
        Fact(msg("The meter warns at"), Amount(point.alarm_wh, WATT_HOURS)),
        Fact(msg("Most that may stand in it"), limit),
        Fact(msg("Branch"), row.branch or None),
    )


def _meter_facts(asked: Asked, facts: PointFacts) -> tuple[Fact, ...]:
    """Tell of the meter that is there, and how it is fitted as far as that was entered."""
    if facts.meter is None:
        return ()
    fitted = () if facts.fitting is None else how_fitted(asked, facts.fitting)
    return (
        Fact(msg("Meter number"), meter_cell(facts.meter.pan)),
        Fact(msg("State"), METER_STATES[facts.meter.state]),
        *fitted,
    )


def _related(facts: PointFacts) -> tuple[Related, ...]:
    point = facts.row.point
    customer = Related(msg("Customer"), facts.row.customer, customer_path(point.account_no))
    found = [customer]
    if point.pan:
        found += [
            Related(msg("Meter"), meter_number(point.pan), f"/meters/{point.pan}"),
            Related(msg("Sales"), meter_number(point.pan), f"/sales?pan={point.pan}"),
        ]
    return (
        *found,
        Related(msg("Amendments"), Code(point.number), f"/amendments?number={quote(point.number, safe='')}"),
    )


def _raw(facts: PointFacts) -> dict[str, object]:
    return {**json.loads(written(facts.row.point)), "fitting": fitting_raw(facts.fitting)}


ROUTES: Final = (Route("GET", "/supply-points/<number>", SEES, supply_point),)
