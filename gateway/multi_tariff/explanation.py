"""A receipt with all that it was made of: quote, buyer, tariff; and the price steps that it went through."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.quote import QuoteRefused
from gateway.core.tariff.deduction import deductions, taken, tender_for
from gateway.core.tariff.till import till_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from gateway.core.buyer import Buyer
    from gateway.core.quote import Quote
    from gateway.core.tariff import Tariff
    from gateway.core.tariff.deduction import Deduction
    from gateway.core.tariff.plan import LinePlan, Plan
    from gateway.core.tariff.table import TariffTable
    from gateway.core.tariff.till import Till

_WH_PER_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class Receipt:
    """A quote with its buyer and its tariff; ``since`` is the first day of the tariff's version."""

    quote: Quote
    buyer: Buyer
    tariff: Tariff
    since: date | None = None

    @property
    def table(self) -> TariffTable:
        """The tariff's own figures."""
        return self.tariff.table

    @property
    def currency(self) -> str:
        """The currency of the tariff."""
        return self.tariff.currency

    @property
    def places(self) -> int:
        """Decimals of the currency."""
        return CURRENCY_EXPONENT[self.currency]

    def till(self) -> Till:
        """What the quote was worked out with; ValueError where the buyer cannot have had this quote."""
        plan = self.tariff.plan(self.buyer)
        if isinstance(plan, QuoteRefused):
            raise ValueError(plan.sentence)  # noqa: TRY004 - a refusal is a value here, and no wrong type
        return till_of(self.table, plan, self.buyer, self.tariff.version)

    def steps(self) -> Iterator[PriceStep]:
        """The price's steps from where the counters stood."""
        till = self.till()
        return steps_from(till.plan, self.places, till.ladder_wh, till.month_wh)

    def steps_after(self) -> Iterator[PriceStep]:
        """The price's steps from where the counters stand now."""
        till, more_wh = self.till(), self.quote.energy_wh
        return steps_from(till.plan, self.places, till.ladder_wh + more_wh, till.month_wh + more_wh)

    def taken(self) -> list[tuple[PriceStep, Fraction]]:
        """The steps that the purchase went through, with the kWh taken from each."""
        blocks = self.quote.blocks
        return [(step, block.kwh_exact) for step, block in zip(self.steps(), blocks, strict=False)]

    def has_steps(self) -> bool:
        """Does the price depend on what was bought before?"""
        return len(self.till().plan.phases[-1].steps) > 1


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One step of the price: ``width`` kWh (None: without end) at ``price`` each.

    It runs from ``begin`` to ``end`` (None: without end) on the counter. ``cap`` is the kWh of a month
    up to which the preferences in this price count; ``column`` is its place in the compiled lines.
    """

    begin: Fraction
    end: Fraction | None
    width: Fraction | None
    price: Fraction
    column: int
    cap: Fraction | None


def steps_from(plan: Plan, places: int, ladder_wh: int, month_wh: int) -> Iterator[PriceStep]:
    """Give the steps that energy is taken from, in order; the last one is without end."""
    unit = Fraction(1, plan.wh_scale * _WH_PER_KWH)
    position, used = ladder_wh * plan.wh_scale, month_wh * plan.wh_scale
    for phase in plan.phases:
        room = None if phase.cap_wh is None else phase.cap_wh * plan.wh_scale - used
        for step in phase.steps:
            if room is not None and room <= 0:
                break
            width = None if step.upto is None else step.upto - position
            if width is not None and width <= 0:
                continue
            if room is not None and (width is None or width > room):
                width = room
            yield PriceStep(
                begin=position * unit,
                end=None if step.upto is None else step.upto * unit,
                width=None if width is None else width * unit,
                price=price_of(plan, step.price, places),
                column=step.column,
                cap=None if phase.cap_wh is None else Fraction(phase.cap_wh, _WH_PER_KWH),
            )
            if width is None:
                return
            position, used = position + width, used + width
            room = None if room is None else room - width


def price_of(plan: Plan, price: int, places: int) -> Fraction:
    """Turn a compiled price into major units per kWh."""
    return Fraction(price * plan.wh_scale * _WH_PER_KWH, plan.scale * 10**places)


def rate_in(plan: Plan, line: LinePlan, column: int, places: int) -> Fraction:
    """What a line is of each kWh in a column, in major units."""
    return Fraction(line.rates[column] * plan.wh_scale * _WH_PER_KWH, line.denominator * 10**places)


@dataclass(frozen=True, slots=True)
class Working:
    """The exact way between the tender and the energy, in minor units.

    The energy's ``cost``, the ``charges`` (code, are they taxed, minor units), taxes on the money itself
    (``on_tender``) and what was ``deducted`` are together the ``money`` and what the ``account`` gave.
    ``is_by_money`` is False where the energy came first and the money was worked out from it; ``money`` is
    then not yet rounded. ``keeps_change`` is true where it was rounded down so that change is left.
    """

    is_by_money: bool
    keeps_change: bool
    money: Fraction
    account: Fraction
    deducted: tuple[tuple[Deduction, Fraction], ...]
    charges: tuple[tuple[str, bool, Fraction], ...]
    on_tender: Fraction
    cost: Fraction


def working_of(receipt: Receipt) -> Working:
    """Work the quote out again, exactly: by money where that gives its energy, else by energy."""
    quote, till = receipt.quote, receipt.till()
    plan, account = till.plan, Fraction(quote.account_minor)
    charges = tuple(
        (
            charge.code,
            gross != 10**receipt.places * charge.amount * plan.scale,
            Fraction(gross * units, plan.scale),
        )
        for charge, gross, units in zip(receipt.table.charges, plan.charges, till.due, strict=bool(till.due))
        if units
    )
    due = sum((minor for _, _, minor in charges), Fraction(0))
    cost = sum((block.gross_minor for block in quote.blocks), Fraction(0))
    share = 1 - Fraction(plan.share, plan.scale)
    held = deductions(receipt.table, receipt.buyer)
    amounts, left = taken(held, quote.tender.minor)
    money = Fraction(quote.tender.minor)
    left += account
    is_by_money = left * (1 - share) == due + cost
    rounded = quote.kwh_exact * _WH_PER_KWH != quote.energy_wh
    keeps_change = not is_by_money and (rounded or quote.residual_minor > 0)
    if not is_by_money:
        if keeps_change:
            # Change was kept: taxes on the money are on all of it, the rest is what the energy costs.
            money = sum(amounts, Fraction(0)) + left * share + due + cost - account
        else:
            left = (due + cost) * Fraction(plan.scale, plan.share)
            exact = tender_for(held, left - account)
            money = left - account if exact is None else exact
            amounts = [one.of(money) for one in held]
    return Working(
        is_by_money,
        keeps_change,
        money,
        account,
        tuple(zip(held, amounts, strict=True)),
        charges,
        left * share,
        cost,
    )
