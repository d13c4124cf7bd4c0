"""Say why the same money bought less, or more: two receipts, and the causes of their difference.

The first purchase is priced again with one thing after the other changed to that of the second, in this
order: the money paid, taxes, prices and the other rules of the tariff's version, season, average use,
preferential price, what was counted before, free energy, fixed charges, the channel's fee, emergency
credit, old debt, change from before. The effect of each is the exact kWh after its change less those before
it. So the effects sum to the difference of the two exact purchases, whatever the order; what the two
roundings of the energy differ by is the last cause, and with it they sum to the difference of what the two
customers got. The order goes from what concerns everybody to what concerns this customer: a debt is told in
kWh at the second purchase's price.

Nothing is refused but two receipts that cannot be compared (ValueError): other currencies, kWh and money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.tariff.field import TariffFault
from gateway.core.tariff.version import MeterPart, Tariff
from gateway.multi_tariff.compare_worlds import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.multi_tariff.explanation import Receipt

_WH_PER_KWH: Final = 1000


class CauseKind(Enum):
    """What may differ between two purchases, in the order in which it is changed."""

    AMOUNT = "amount"
    TAXES = "taxes"
    RATES = "rates"
    RULES = "rules"
    VERSION = "version"
    SEASON = "season"
    BAND = "band"
    PREFERENCE = "preference"
    LADDER = "ladder"
    FREE = "free"
    CHARGES = "charges"
    FEE = "fee"
    EMERGENCY = "emergency"
    ARREARS = "arrears"
    ACCOUNT = "account"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, with the kWh that the second purchase bought more (or, negative, less) by it.

    ``before`` and ``after`` are the worlds on both sides of the change.
    """

    kind: CauseKind
    kwh: Fraction
    before: World
    after: World


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two receipts, and the causes of their difference, the strongest first; rounding comes last."""

    first: Receipt
    second: Receipt
    causes: tuple[Cause, ...]

    @property
    def kwh(self) -> Fraction:
        """How much more the second customer got, with free energy; the causes' kWh sum to it."""
        return got(self.second) - got(self.first)


def got(receipt: Receipt) -> Fraction:
    """The kWh that a purchase brought, with the free ones (a meter that holds money: the units of money)."""
    return Fraction(receipt.quote.energy_wh + receipt.quote.free_wh, _WH_PER_KWH)


def compare_quotes(first: Receipt, second: Receipt) -> Comparison:
    """Find the causes; ValueError for receipts that cannot be compared."""
    if first.currency != second.currency:
        raise ValueError(f"{first.currency} and {second.currency} cannot be compared")
    if first.table.holds_money != second.table.holds_money:
        raise ValueError("one meter holds money and the other energy")
    start, end = World.of(first), World.of(second)
    try:
        steps = list(_steps(start, end, in_parts=True))
    except TariffFault:
        # The two versions name their lines so differently that there is no price between them.
        steps = list(_steps(start, end, in_parts=False))
    exact = _causes(start, steps)
    rounding = (got(second) - end.energy()) - (got(first) - start.energy())
    causes = sorted(exact, key=lambda cause: abs(cause.kwh), reverse=True)
    if rounding:
        causes.append(Cause(CauseKind.ROUNDING, rounding, end, end))
    assert sum(cause.kwh for cause in causes) == got(second) - got(first)  # noqa: S101 - see the module
    return Comparison(first, second, tuple(causes))


def _causes(start: World, steps: list[tuple[CauseKind, World]]) -> list[Cause]:
    """Give what each step changes; steps without an effect are no causes."""
    found, before, energy = [], start, start.energy()
    for kind, after in steps:
        if after == before:
            continue
        changed = after.energy()
        if changed != energy:
            found.append(Cause(kind, changed - energy, before, after))
        before, energy = after, changed
    return found


def _steps(start: World, end: World, *, in_parts: bool) -> Iterator[tuple[CauseKind, World]]:
    """Walk from one world to the other, one change at a time."""
    world = replace(start, minor=end.minor)
    yield CauseKind.AMOUNT, world
    for kind, tariff in _versions(start.tariff, end.tariff, in_parts=in_parts):
        world = replace(world, tariff=tariff)
        if in_parts:
            world.energy()  # refused here where there is no such price
        yield kind, world
    buyer, then = world.buyer, end.buyer
    for kind, changes in (
        (CauseKind.SEASON, {"at": then.at}),
        (CauseKind.BAND, {"average_wh": then.average_wh}),
        (CauseKind.PREFERENCE, {"schemes": then.schemes}),
        (CauseKind.LADDER, {"mtd_wh": then.mtd_wh, "ytd_wh": then.ytd_wh}),
        (CauseKind.FREE, {"free_claimed": then.free_claimed}),
        (
            CauseKind.CHARGES,
            {"months_due": then.months_due, "days_due": then.days_due, "contract_w": then.contract_w},
        ),
        (CauseKind.FEE, {"channel": then.channel}),
        (CauseKind.EMERGENCY, {"emergency_minor": then.emergency_minor}),
        (CauseKind.ARREARS, {"arrears_minor": then.arrears_minor}),
        (CauseKind.ACCOUNT, {"account_minor": then.account_minor}),
    ):
        buyer = replace(buyer, **changes)
        world = replace(world, buyer=buyer)
        if kind is CauseKind.PREFERENCE:
            world = replace(world, preference_day=end.preference_day)
        if kind is CauseKind.FREE:
            world = replace(world, free_schemes=end.free_schemes)
        yield kind, world


def _versions(first: Tariff, second: Tariff, *, in_parts: bool) -> Iterator[tuple[CauseKind, Tariff]]:
    """Change the tariff: taxes, prices, all the rest; or at once."""
    names = [(part.name, part.percent) for part in first.parts]
    if in_parts and names == [(part.name, part.percent) for part in second.parts]:
        pairs = list(zip(first.parts, second.parts, strict=True))
        taxed = tuple(
            MeterPart(one.name, one.percent, replace(one.table, shares=two.table.shares))
            for one, two in pairs
        )
        yield CauseKind.TAXES, Tariff(first.version, taxed)
        priced = tuple(
            MeterPart(
                one.name,
                one.percent,
                replace(one.table, energy=two.table.energy, kwh_items=two.table.kwh_items),
            )
            for one, (_, two) in zip(taxed, pairs, strict=True)
        )
        yield CauseKind.RATES, Tariff(first.version, priced)
        yield CauseKind.RULES, second
    else:
        yield CauseKind.VERSION, second
