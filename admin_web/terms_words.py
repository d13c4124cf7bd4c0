"""The terms of a supply point in words: as they are and will be, with what a purchase buys under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from admin_web.acting import refusal_in
from admin_web.cells import Amount, Said
from admin_web.point_words import watts_said
from admin_web.words import msg
from gateway.core.ledger import WATT_HOURS
from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.outcome import MeterFound
from gateway.core.terms import Terms
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.priced_so import PricedSo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from admin_web.diary_changes import Telling
    from gateway.core.supply_point import SupplyPoint

#: What a usual purchase is, in whole units of the currency: what a household pays for a week or two.
USUAL_PURCHASE: Final = "100"

#: Where no counter is named, any will do: prices know counters as one channel.
ANY_STATION: Final = "office"

NOW_AND_THEN: Final = (msg("Now"), msg("Then"))

NO_PARTS: Final = msg("no, one power type takes all of it")


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of a comparison: what it is, in the reader's language, as it is now, and as it will be."""

    label: str
    now: Cell
    then: Cell

    @property
    def is_changed(self) -> bool:
        """Is it another one then?"""
        return self.now != self.then


async def compared(
    asked: Asked, point: SupplyPoint, terms: Terms, at: datetime, prorated_from: date | None = None
) -> Sequence[Compared]:
    """Compare the terms of a supply point with those that it gets at a moment; a meter is asked its price.

    ``prorated_from`` is the day from which its counters go on in proportion, None where they do not.
    """
    say, was = asked.words.say, point.terms
    lines = [
        Compared(say(msg("Power type")), was.power_type, terms.power_type),
        Compared(say(msg("Divided among power types")), _parts(was), _parts(terms)),
        Compared(
            say(msg("Contracted power")),
            watts_said(was.contract_w, asked.shown),
            watts_said(terms.contract_w, asked.shown),
        ),
        Compared(say(msg("Preferential schemes")), _schemes(was), _schemes(terms)),
    ]
    if point.pan:
        tender = _usual_purchase(asked)
        label = say(msg("%(amount)s buys"), amount=asked.shown.money(tender.minor, tender.currency))
        by = [PricedSo(asked.office.counters.pricing, one, at, prorated_from) for one in (was, terms)]
        bought = [await _bought(asked, point, one, tender) for one in by]
        lines.append(Compared(label, *bought))
    return lines


def _usual_purchase(asked: Asked) -> Money:
    """Take what is usual, as far as a counter may sell it."""
    rules = asked.office.counters.rules
    usual = Money.parse(USUAL_PURCHASE, rules.currency).minor
    return Money(min(max(usual, rules.least_minor), rules.most_minor), rules.currency)


async def _bought(asked: Asked, point: SupplyPoint, pricing: PricedSo, tender: Money) -> Cell:
    """Ask what a tender would buy under terms; say why nothing can be bought."""
    counters = asked.office.counters
    sold_by = counters.rules.terms(asked.me.station or ANY_STATION, asked.me.login)
    content = await asked.office.poster.post(Inquire(MeterRef(pan=point.pan), sold_by, pricing, tender))
    if isinstance(content, MeterFound) and content.offer is not None:
        return Amount(content.offer.energy_wh + content.offer.free_wh, WATT_HOURS)
    return refusal_in(asked, content)


def _parts(terms: Terms) -> Cell:
    return ", ".join(f"{name} {percent}%" for name, percent in terms.proportions) or Said(NO_PARTS)


def _schemes(terms: Terms) -> Cell:
    return ", ".join(terms.schemes) or None


def due_said(day: str, terms: Terms, telling: Telling) -> str:
    """Say what is due and from which business day on: ``from 2026-12-01 on: commercial, 8,000 W, POOR``."""
    parts = ", ".join(f"{name} {percent}%" for name, percent in terms.proportions) or terms.power_type
    said = (parts, watts_said(terms.contract_w, telling.shown), *terms.schemes)
    return telling.words.say(
        msg("from %(day)s on: %(terms)s"), day=day, terms=", ".join(one for one in said if one)
    )


def due_as_kept(kept: Mapping[str, Any], telling: Telling) -> str:
    """Say the same of what an amendment keeps."""
    terms = kept["terms"]
    parts = tuple((name, percent) for name, percent in terms["proportions"])
    of = Terms(terms["power_type"], parts, terms["contract_w"], tuple(terms["schemes"]))
    return due_said(kept["day"], of, telling)
