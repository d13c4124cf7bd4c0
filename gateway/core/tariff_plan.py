"""A tariff compiled to whole numbers, so that a quote is a few integer operations.

Every line of a receipt is linear in four things: the energy's own money E, the watt-hours Q, the
tender T and the units n_j of each fixed charge (a month, 17 days, 17 days of 5000 W). A compound tax
is just a sum of such forms. So with G = A·E + B·Q + D·T + Σ C_j·n_j for everything that comes on top
of nothing else, the equation "G = T" is solved once, here::

    price of one Wh in block b   P_b = A·rate_b + B          (minor units, all taxes on it)
    money left for energy            = (1 - D)·T - Σ C_j·n_j

All of it is multiplied by one ``scale`` that makes every P_b, (1 - D) and C_j a whole number.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm
from operator import mul
from typing import TYPE_CHECKING, Final

from gateway.core.money import CURRENCY_EXPONENT
from gateway.core.tariff_field import TariffFault

if TYPE_CHECKING:
    from gateway.core.tariff_table import Share, TariffTable

_ENERGY: Final = "ENERGY"
_ENERGY_NET: Final = "ENERGY_NET"
_TENDER: Final = "TENDER"
_WH_PER_KWH: Final = 1000


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A line's amount in minor units, as whole-number coefficients over one denominator.

    ``charge`` is the number of the fixed charge which the line is (-1: none): such a line is left out
    when no unit of the charge is due.
    """

    code: str
    per_energy: int
    per_wh: int
    per_tender: int
    per_charge: tuple[int, ...]
    denominator: int
    charge: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The compiled tariff. Lists run over the blocks; ``ends`` and ``cost_ends`` leave out the last.

    ``prices`` are scaled gross minor units per Wh, ``starts`` Wh, ``costs`` the scaled gross cost of
    everything below the block; ``rates`` and ``rate_costs`` are the same for the energy's own money.
    """

    scale: int
    per_tender: int
    per_charge: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    prices: tuple[int, ...]
    costs: tuple[int, ...]
    cost_ends: tuple[int, ...]
    rates: tuple[int, ...]
    rate_costs: tuple[int, ...]
    lines: tuple[LinePlan, ...]
    balancing_code: str


@dataclass(frozen=True, slots=True)
class _Form:
    """One linear form, exact."""

    energy: Fraction
    wh: Fraction
    tender: Fraction
    charges: tuple[Fraction, ...]

    def plus(self, other: _Form, factor: Fraction) -> _Form:
        return _Form(
            self.energy + factor * other.energy,
            self.wh + factor * other.wh,
            self.tender + factor * other.tender,
            tuple(mine + factor * theirs for mine, theirs in zip(self.charges, other.charges, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All lines as forms, and their sum without what is inside another line already."""

    forms: dict[str, _Form]
    gross: _Form


def compile_tariff(table: TariffTable) -> Plan:
    """Solve the tariff; TariffFault where a base names no line or where energy would cost nothing."""
    minor_per_wh = Fraction(10 ** CURRENCY_EXPONENT[table.currency], _WH_PER_KWH)
    sheet = _sheet(table, minor_per_wh)
    rates = [block.rate * minor_per_wh for block in table.blocks]
    gross = sheet.gross
    prices = [gross.energy * rate + gross.wh for rate in rates]
    if min(prices) < 0 or prices[-1] <= 0:
        raise TariffFault("energy", "the last block must cost something and no block less than nothing")
    if gross.tender >= 1:
        raise TariffFault("taxes", "shares of the tender must leave something for energy")
    per_tender = 1 - gross.tender
    scale = lcm(*(ratio.denominator for ratio in (*prices, per_tender, *gross.charges)))
    rate_scale = lcm(*(rate.denominator for rate in rates))
    ends = [block.upto_wh for block in table.blocks if block.upto_wh is not None]
    scaled_prices = [_whole(price, scale) for price in prices]
    scaled_rates = [_whole(rate, rate_scale) for rate in rates]
    costs = _costs(scaled_prices, ends)
    balancing_code, lines = _lines(table, sheet, rate_scale)
    return Plan(
        scale=scale,
        per_tender=_whole(per_tender, scale),
        per_charge=tuple(_whole(charge, scale) for charge in gross.charges),
        starts=(0, *ends),
        ends=tuple(ends),
        prices=tuple(scaled_prices),
        costs=costs,
        cost_ends=costs[1:],
        rates=tuple(scaled_rates),
        rate_costs=_costs(scaled_rates, ends),
        lines=lines,
        balancing_code=balancing_code,
    )


def _whole(ratio: Fraction, scale: int) -> int:
    """Scale a ratio; the scale is a multiple of its denominator, or the plan is wrong."""
    times, rest = divmod(scale, ratio.denominator)
    if rest:
        raise AssertionError("the scale must hold every denominator")
    return ratio.numerator * times


def _costs(prices: list[int], ends: list[int]) -> tuple[int, ...]:
    """Add up what everything below each block costs."""
    widths = (end - start for start, end in pairwise([0, *ends]))
    return tuple(accumulate(map(mul, prices, widths), initial=0))


def _sheet(table: TariffTable, minor_per_wh: Fraction) -> _Sheet:
    zero = Fraction(0)
    no_charge = (zero,) * len(table.charges)
    minor = minor_per_wh * _WH_PER_KWH
    forms = {_ENERGY: _Form(Fraction(1), zero, zero, no_charge)}
    for item in table.kwh_items:
        _add(forms, item.code, _Form(zero, item.rate * minor_per_wh, zero, no_charge))
    for number, charge in enumerate(table.charges):
        units = tuple(charge.amount * minor if place == number else zero for place in range(len(no_charge)))
        _add(forms, charge.code, _Form(zero, zero, zero, units))
    gross = _Form(zero, zero, zero, no_charge)
    for form in forms.values():
        gross = gross.plus(form, Fraction(1))
    tender = _Form(zero, zero, Fraction(1), no_charge)
    untaxed = {charge.code for charge in table.charges if not charge.is_taxed}
    for share in table.shares:
        form = _Form(zero, zero, zero, no_charge)
        for base in _bases(share, forms, untaxed):
            form = form.plus(tender if base == _TENDER else forms[base], share.factor)
        _add(forms, share.code, form)
        if not share.is_contained:
            gross = gross.plus(form, Fraction(1))
    return _Sheet(forms, gross)


def _add(forms: dict[str, _Form], code: str, form: _Form) -> None:
    if code in forms or code in {_ENERGY_NET, _TENDER}:
        raise TariffFault(code, "two lines have this code, or it is a reserved word")
    forms[code] = form


def _bases(share: Share, forms: dict[str, _Form], untaxed: set[str]) -> tuple[str, ...]:
    """Name the lines of a base; a tax without one is on everything before it, but for untaxed charges."""
    for number, base in enumerate(share.base):
        if base not in forms and base != _TENDER:
            raise TariffFault(f"{share.path}.base[{number}]", "names no line that stands before it")
    return share.base or tuple(code for code in forms if code not in untaxed)


def _lines(table: TariffTable, sheet: _Sheet, rate_scale: int) -> tuple[str, tuple[LinePlan, ...]]:
    """Give the balancing line's code, and the plans of all other lines."""
    forms = dict(sheet.forms)
    balancing = table.rounding.balancing_line
    charges = {charge.code: number for number, charge in enumerate(table.charges)}
    if balancing not in forms or balancing in charges:
        raise TariffFault("rounding.balancing_line", "must be the energy, an item or a tax, and always there")
    contained = [share.code for share in table.shares if share.is_contained]
    for code in contained:
        forms[_ENERGY] = forms[_ENERGY].plus(sheet.forms[code], Fraction(-1))
    shown = {code: _ENERGY_NET if code == _ENERGY and contained else code for code in forms}
    return shown[balancing], tuple(
        _line(shown[code], form, rate_scale, charges.get(code, -1))
        for code, form in forms.items()
        if code != balancing
    )


def _line(code: str, form: _Form, rate_scale: int, charge: int) -> LinePlan:
    # The quote brings the energy's money scaled by rate_scale, hence the division here.
    per_energy = Fraction(form.energy, rate_scale)
    denominator = lcm(*(ratio.denominator for ratio in (per_energy, form.wh, form.tender, *form.charges)))
    return LinePlan(
        code=code,
        per_energy=_whole(per_energy, denominator),
        per_wh=_whole(form.wh, denominator),
        per_tender=_whole(form.tender, denominator),
        per_charge=tuple(_whole(units, denominator) for units in form.charges),
        denominator=denominator,
        charge=charge,
    )
