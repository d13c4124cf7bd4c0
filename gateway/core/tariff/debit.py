"""A balance debited by readings: what the energy used in each zone costs, on the ladder as it was used.

A meter whose balance the server keeps is not priced at the purchase but at the reading, since only then the
time of use is known. Readings come in the order of use; one that crosses a tier is cut there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.quote import QuoteRefused
from gateway.core.tariff.field import NotBuilt, TariffFault
from gateway.core.tariff.walk import walk_energy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.core.buyer import Buyer
    from gateway.core.tariff.plan import Plan
    from gateway.core.tariff.version import Tariff
    from gateway.core.tariff.walk import Walked

_READINGS_MAX: Final = 50_000
"""Most readings of one debit: a year of readings each quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Energy used in one zone on one tier: ``number`` counts the tiers from 1, ``exact`` is minor units."""

    zone: str
    number: int
    wh: int
    exact: Fraction

    @property
    def rate(self) -> Fraction:
        """The price of one kWh in minor units, all taxes on it."""
        return self.exact * 1000 / self.wh


@dataclass(frozen=True, slots=True)
class Debit:
    """What readings cost: exactly and rounded (minor units), the balance after it, and how it came about.

    ``balance_after_minor`` may be below zero: power was used that was not paid for.
    """

    exact: Fraction
    minor: int
    balance_after_minor: int
    segments: tuple[Segment, ...]
    ytd_after_wh: int


def debited(
    tariff: Tariff, readings: Sequence[tuple[str, int]], *, balance_minor: int, buyer: Buyer
) -> Debit:
    """Price readings of (zone, Wh) in the order of use, on top of what ``buyer`` has used before.

    ``buyer.ytd_wh`` (``mtd_wh`` where the ladder counts months) is the energy used before the first reading.
    Raises TariffFault for a zone that the tariff does not have, NotBuilt where charges or shares of a tender
    would have to be taken of a debit.
    """
    if len(readings) > _READINGS_MAX:
        raise TariffFault("readings", f"are more than {_READINGS_MAX} in one debit")
    if tariff.table.charges:
        raise NotBuilt("fixed_charges", "a debit by readings with fixed charges")
    by_month = tariff.table.energy.ladder.begins is None
    used, exact = buyer.mtd_wh if by_month else buyer.ytd_wh, Fraction(0)
    segments: list[Segment] = []
    for number, (zone, wh) in enumerate(readings):
        plan = tariff.plan(buyer, zone)
        if isinstance(plan, QuoteRefused):
            raise TariffFault(f"readings[{number}].zone", f"the tariff has no zone {zone!r}")
        if plan.share != plan.scale:
            raise NotBuilt("taxes", "a debit by readings with a share of the tender")
        if wh < 0:
            raise TariffFault(f"readings[{number}].kwh", "energy is used, never given back")
        if wh:
            walked = walk_energy(plan, used, used if by_month else 0, wh)
            exact += Fraction(walked.money, plan.scale)
            segments += _segments(zone, walked, plan)
            used += wh
    rule = tariff.table.rounding
    minor = rule.round_money(exact.numerator, exact.denominator * rule.minor_unit) * rule.minor_unit
    return Debit(exact, minor, balance_minor - minor, tuple(segments), used)


def _segments(zone: str, walked: Walked, plan: Plan) -> Iterator[Segment]:
    for step, width in (*walked.full, (walked.last, walked.num)):
        cost = Fraction(width * step.price, plan.scale)
        yield Segment(zone, step.number, width // plan.wh_scale, cost)
