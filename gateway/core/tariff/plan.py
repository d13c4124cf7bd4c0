"""A price compiled to whole numbers, so that a quote is a few integer operations.

The equation "all lines together = the money" is solved once, here. With ``forms``' linear forms it reads::

    Σ price_c · wh_c  =  (1 - share) · money  -  Σ charge_j · n_j

All of it is multiplied by one ``scale`` that makes every price, share and charge a whole number. Energy is in
units of 1/``wh_scale`` Wh, so that a step which ends at 70 % of some kWh ends on a whole number.

Several power types share a meter by percentage: of each kWh each type has its part, at its own price. Their
steps are merged on the meter's own counter: a step that ends at 100 kWh of a type with 40 % ends at 250 kWh.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.tariff.field import TariffFault
from gateway.core.tariff.forms import sheet_of
from gateway.core.tariff.preference import stacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.quote import LineKind
    from gateway.core.tariff.forms import FormLine, Sheet
    from gateway.core.tariff.table import Preference, Step, TariffTable


@dataclass(frozen=True, slots=True)
class Part:
    """A power type's part of a meter: its share of each kWh, its steps in force, the preferences held."""

    name: str
    share: Fraction
    table: TariffTable
    components: tuple[str, ...]
    steps: tuple[Step, ...]
    held: tuple[Preference, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step: its upper end on the ladder's counter (None: without end), price, column and number."""

    upto: int | None
    price: int
    column: int
    number: int


@dataclass(frozen=True, slots=True)
class Phase:
    """The steps under one set of preferences: up to ``cap_wh`` of the month's energy (None: without end)."""

    cap_wh: int | None
    steps: tuple[PlanStep, ...]


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A line's amount in minor units: whole-number coefficients over one denominator.

    ``charge`` is the number of the fixed charge that the line is (-1: none): it is left out when none is due.
    """

    code: str
    kind: LineKind
    part: str
    rates: tuple[int, ...]
    share: int
    charges: tuple[int, ...]
    denominator: int
    charge: int


@dataclass(frozen=True, slots=True)
class CutPlan:
    """What a scheme takes off one component, per unit of energy in each column, over a denominator."""

    scheme: str
    funder: str
    line: int
    rates: tuple[int, ...]
    denominator: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled price; ``balancing`` is the place of the line that takes what rounding leaves."""

    scale: int
    wh_scale: int
    share: int
    charges: tuple[int, ...]
    phases: tuple[Phase, ...]
    lines: tuple[LinePlan, ...]
    balancing: int
    cuts: tuple[CutPlan, ...]


def compile_plan(parts: Sequence[Part]) -> Plan:
    """Solve the price; TariffFault where a base names no line or where energy would cost nothing.

    The first part is the main one: charges, rounding and the balancing line are its own.
    """
    ends = sorted(
        {Fraction(step.upto_wh) / part.share for part in parts for step in part.steps if step.upto_wh}
    )
    wh_scale = lcm(*(end.denominator for end in ends)) if ends else 1
    merged = [[_step_at(part, end) for part in parts] for end in (*ends, None)]
    caps = sorted({entry.cap_wh for part in parts for entry in part.held if entry.cap_wh is not None})
    phases = [
        (cap, [_held_at(part, caps, place) for part in parts]) for place, cap in enumerate((*caps, None))
    ]
    columns = [(held, row) for _, held in phases for row in merged]
    sheets, cuts = [], []
    for place, part in enumerate(parts):
        listed, taken = _rates(part, [(held[place], row[place]) for held, row in columns])
        sheets.append(sheet_of(part.table, listed, part.components, has_charges=place == 0))
        cuts.append(taken)
    return _plan(parts, sheets, cuts, _Shape(wh_scale, tuple(ends), tuple(cap for cap, _ in phases)))


@dataclass(frozen=True, slots=True)
class _Shape:
    wh_scale: int
    ends: tuple[Fraction, ...]
    caps: tuple[int | None, ...]


def _step_at(part: Part, end: Fraction | None) -> Step:
    """The part's own step below a merged end."""
    for step in part.steps:
        if step.upto_wh is None or (end is not None and end * part.share <= step.upto_wh):
            return step
    raise AssertionError("the last step is without end")


def _held_at(part: Part, caps: list[int], place: int) -> tuple[Preference, ...]:
    """The preferences that still count once ``place`` of the caps are used up."""
    used = caps[:place]
    return tuple(entry for entry in part.held if entry.cap_wh not in used)


_Cuts = list[list[dict[str, Fraction]]]


def _rates(
    part: Part, columns: Sequence[tuple[tuple[Preference, ...], Step]]
) -> tuple[list[list[Fraction]], _Cuts]:
    """The components' rates in each column, for the part's share of a kWh, and what was cut off them."""
    rates, every = [], []
    for held, step in columns:
        cuts = stacked(step.rates, part.components, held)
        taken = [sum(cut.values(), Fraction(0)) for cut in cuts]
        rates.append([(rate - less) for rate, less in zip(step.rates, taken, strict=True)])
        every.append(cuts)
    return rates, every


def _plan(parts: Sequence[Part], sheets: Sequence[Sheet], cuts: Sequence[_Cuts], shape: _Shape) -> Plan:
    """Put the parts' sheets together and scale everything to whole numbers."""
    per_unit = [part.share / shape.wh_scale for part in parts]
    columns = len(sheets[0].gross.rates)
    weighed = list(zip(per_unit, sheets, strict=True))
    prices = [
        sum((unit * sheet.gross.rates[column] for unit, sheet in weighed), Fraction(0))
        for column in range(columns)
    ]
    if min(prices) < 0 or prices[-1] <= 0:
        raise TariffFault("energy", "the last step must cost something and no step less than nothing")
    # A share of the money is taken of each part's own share of it.
    shares = (part.share * sheet.gross.share for part, sheet in zip(parts, sheets, strict=True))
    left = 1 - sum(shares, Fraction(0))
    if left <= 0:
        raise TariffFault("taxes", "shares of the tender must leave something for energy")
    charges = sheets[0].gross.charges
    scale = lcm(*(ratio.denominator for ratio in (*prices, left, *charges)))
    width = len(shape.ends) + 1
    scaled = [_whole(price, scale) for price in prices]
    uptos = (*(_whole(end, shape.wh_scale) for end in shape.ends), None)
    return Plan(
        scale=scale,
        wh_scale=shape.wh_scale,
        share=_whole(left, scale),
        charges=tuple(_whole(charge, scale) for charge in charges),
        phases=tuple(
            Phase(
                cap,
                tuple(
                    PlanStep(upto, scaled[number * width + place], number * width + place, place + 1)
                    for place, upto in enumerate(uptos)
                ),
            )
            for number, cap in enumerate(shape.caps)
        ),
        lines=tuple(
            _line(line, part, unit, len(charges))
            for part, sheet, unit in zip(parts, sheets, per_unit, strict=True)
            for line in sheet.lines
        ),
        balancing=sheets[0].balancing,
        cuts=tuple(_cut_plans(parts, sheets, cuts, per_unit)),
    )


def _whole(ratio: Fraction, scale: int) -> int:
    """Scale a ratio; the scale is a multiple of its denominator, or the plan is wrong."""
    times, rest = divmod(scale, ratio.denominator)
    if rest:
        raise AssertionError("the scale must hold every denominator")
    return ratio.numerator * times


def _line(line: FormLine, part: Part, unit: Fraction, charge_count: int) -> LinePlan:
    rates = [rate * unit for rate in line.form.rates]
    share = line.form.share * part.share
    charges = line.form.charges or (Fraction(0),) * charge_count
    denominator = lcm(*(ratio.denominator for ratio in (*rates, share, *charges)))
    return LinePlan(
        code=line.code,
        kind=line.kind,
        part=part.name,
        rates=tuple(_whole(rate, denominator) for rate in rates),
        share=_whole(share, denominator),
        charges=tuple(_whole(charge, denominator) for charge in charges),
        denominator=denominator,
        charge=line.charge,
    )


def _cut_plans(
    parts: Sequence[Part], sheets: Sequence[Sheet], cuts: Sequence[_Cuts], per_unit: Sequence[Fraction]
) -> list[CutPlan]:
    """One plan for each scheme and component that it makes cheaper."""
    plans, offset = [], 0
    for part, sheet, of_part, unit in zip(parts, sheets, cuts, per_unit, strict=True):
        minor_per_wh = _minor_per_wh(part)
        for scheme, funder in dict.fromkeys((entry.scheme, entry.funder) for entry in part.held):
            for place in range(len(part.components)):
                rates = [column[place].get(scheme, Fraction(0)) * minor_per_wh * unit for column in of_part]
                if any(rates):
                    denominator = lcm(*(rate.denominator for rate in rates))
                    whole = tuple(_whole(rate, denominator) for rate in rates)
                    plans.append(CutPlan(scheme, funder, offset + place, whole, denominator))
        offset += len(sheet.lines)
    return plans


def _minor_per_wh(part: Part) -> Fraction:
    return Fraction(10 ** CURRENCY_EXPONENT[part.table.currency], 1000)
