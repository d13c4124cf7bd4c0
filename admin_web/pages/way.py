"""The way to one meter: how it is reached, and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from admin_web.answers import NotThere
from admin_web.cells import Code, Link, Said
from admin_web.file_timeline import amendments_told
from admin_web.file_words import customer_path, meter_number
from admin_web.line_words import LINE_KINDS, WAY_STATES, way_path
from admin_web.object_page import Deed, Fact, Related, Thing, object_page
from admin_web.pages.ways import DOES, SEES, crumbs_of, models
from admin_web.route import Route
from admin_web.words import msg
from gateway.core.amendment import written
from gateway.core.authority import Function, Level
from gateway.core.views_points import AMENDMENTS_SHOWN
from gateway.core.views_ways import WayFile

if TYPE_CHECKING:
    from admin_web.answers import Outcome
    from admin_web.asked import Asked
    from gateway.core.meter_way import MeterWay
    from gateway.core.views_ways import WayFacts


async def way_facts(asked: Asked) -> WayFacts:
    """Give what is known of the meter of the path; NotThere for another branch's, too."""
    pan = asked.places["pan"]
    if not (pan.isascii() and pan.isdigit()):
        raise NotThere
    facts = await asked.office.views.totals(WayFile(branch=asked.me.rights.branch, pan=pan))
    if facts is None:
        raise NotThere
    return facts


async def way(asked: Asked) -> Outcome:
    """Show the way to a meter."""
    facts, pan = await way_facts(asked), asked.places["pan"]
    stands = None if facts.row is None else facts.row.way
    is_cut = len(facts.amendments) == AMENDMENTS_SHOWN
    told = amendments_told(asked, facts.amendments, pan, is_cut=is_cut)
    thing = Thing(
        kind=msg("Way to meter"),
        title=meter_number(pan).text,
        state=None if stands is None else WAY_STATES[stands.is_on],
        facts=(*whose(facts, pan), *_how(stands)),
        deeds=_deeds(asked, facts, pan),
        timeline=told.lines,
        older=told.older,
        related=tuple(_related(facts, pan)),
        raw=None if stands is None else json.loads(written(stands)),
    )
    return object_page(asked, thing, crumbs_of(asked))


def whose(facts: WayFacts, pan: str) -> tuple[Fact, ...]:
    """Say which meter it is, and whose."""
    if not facts.account_no:
        return (Fact(msg("Meter number"), meter_number(pan)),)
    return (
        Fact(msg("Meter number"), Link(meter_number(pan), f"/meters/{pan}")),
        Fact(msg("Customer"), Link(facts.customer, customer_path(facts.account_no))),
        Fact(msg("Address"), facts.address or None),
    )


def _how(stands: MeterWay | None) -> tuple[Fact, ...]:
    if stands is None:
        return (Fact(msg("Way"), Said(msg("none is entered, so this meter is not called"))),)
    measured = (
        Fact(msg("Measures this place of the network"), Code(stands.measures)),
        Fact(msg("Multiplier"), stands.multiplier),
    )
    return (
        *reached(stands),
        Fact(msg("Protected from being cut off"), stands.protection or Said(msg("no"))),
        *(measured if stands.measures else ()),
        Fact(msg("Note"), stands.note or None),
    )


def reached(stands: MeterWay) -> tuple[Fact, ...]:
    """Say over what a meter is reached, and how it is spoken with."""
    return (
        Fact(msg("Kind of line"), Said(LINE_KINDS[stands.kind])),
        Fact(msg("Number, host or name"), Code(stands.place)),
        Fact(msg("Bus or concentrator"), stands.bus or None),
        Fact(msg("Model of meter"), Said(dict(models()).get(stands.model, stands.model))),
        Fact(msg("Address on the wire"), Code(stands.address) if stands.address else None),
    )


def _deeds(asked: Asked, facts: WayFacts, pan: str) -> tuple[Deed, ...]:
    deeds = []
    rights = asked.me.rights
    may_keep = DOES.opens(rights) and (rights.branch is None or facts.account_no)
    if may_keep:
        label = msg("Enter the way") if facts.row is None else msg("Change the way")
        deeds.append(Deed(label, f"{way_path(pan)}/keep"))
    if may_keep and facts.row is not None:
        deeds.append(Deed(msg("Test the line"), f"{way_path(pan)}/test"))
    if facts.row is not None and facts.account_no and rights.may(Function.RELAYS, Level.DO):
        deeds.append(Deed(msg("Switch the relay"), f"/meters/{pan}/relay"))
    return tuple(deeds)


def _related(facts: WayFacts, pan: str) -> list[Related]:
    found = [Related(msg("Orders over its line"), meter_number(pan), f"/lines/orders?pan={pan}&state=")]
    if facts.account_no:
        found.insert(0, Related(msg("Meter"), meter_number(pan), f"/meters/{pan}"))
    if facts.row is not None and facts.row.way.bus:
        bus = facts.row.way.bus
        found.append(Related(msg("Meters on this bus"), bus, f"/lines/ways?text={bus}"))
    return found


ROUTES: Final = (Route("GET", "/lines/ways/<pan>", SEES, way),)
