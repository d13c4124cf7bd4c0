"""Every line of a receipt as one linear form.

A line is linear in three things: the watt-hours taken in each column (a column is one step of the price under
one set of preferences), the money left after debts, and the units n_j of each fixed charge (a month,
17 days, 17 days of 5000 W)::

    line = Σ rate_c · wh_c  +  share · money  +  Σ charge_j · n_j

A compound tax is just a sum of such forms. Nothing is rounded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.quote import LineKind
from gateway.core.tariff.field import TariffFault
from gateway.core.tariff.table import ENERGY, ENERGY_NET, TENDER, ShareKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.tariff.table import Share, TariffTable

_WH_PER_KWH: Final = 1000
_RESERVED: Final = frozenset({ENERGY_NET, TENDER})
_KINDS: Final = {
    ShareKind.LEVY: LineKind.SHARE,
    ShareKind.REBATE: LineKind.REBATE,
    ShareKind.TAX: LineKind.TAX,
}


@dataclass(frozen=True, slots=True)
class Form:
    """One linear form, exact: minor units per Wh of a column, per unit of money, per unit of a charge."""

    rates: tuple[Fraction, ...]
    share: Fraction
    charges: tuple[Fraction, ...]

    def plus(self, other: Form, factor: Fraction = Fraction(1)) -> Form:
        """Add another form, multiplied."""
        return Form(
            tuple(mine + factor * theirs for mine, theirs in zip(self.rates, other.rates, strict=True)),
            self.share + factor * other.share,
            tuple(mine + factor * theirs for mine, theirs in zip(self.charges, other.charges, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class FormLine:
    """A line's form, with its code, what it is, and the number of the fixed charge that it is (-1: none)."""

    code: str
    kind: LineKind
    form: Form
    charge: int = -1


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lines of one power type, the balancing one's place among them, and their sum."""

    lines: tuple[FormLine, ...]
    balancing: int
    gross: Form


def sheet_of(
    table: TariffTable, rates: Sequence[Sequence[Fraction]], components: Sequence[str], *, has_charges: bool
) -> Sheet:
    """Work the lines out: ``rates`` are the components' rates (major units per kWh) in each column.

    ``has_charges`` is False for the lesser power types of a shared meter, whose fixed charges do not count.
    """
    charges = table.charges if has_charges else ()
    columns = len(rates)
    minor = Fraction(10 ** CURRENCY_EXPONENT[table.currency])
    zero = Fraction(0)
    none = (zero,) * len(charges)
    blank = Form((zero,) * columns, zero, none)
    forms: dict[str, Form] = {}
    kinds: dict[str, LineKind] = {}
    reserved = _RESERVED | table.deduction_codes

    def add(code: str, kind: LineKind, form: Form) -> None:
        if code in forms or code in reserved:
            raise TariffFault(code, "two lines have this code, or it is a reserved word")
        forms[code], kinds[code] = form, kind

    of_energy = LineKind.ENERGY if tuple(components) == (ENERGY,) else LineKind.SUB_ITEM
    for place, code in enumerate(components):
        vector = tuple(column[place] * minor / _WH_PER_KWH for column in rates)
        add(code, of_energy, Form(vector, zero, none))
    for item in table.kwh_items:
        add(item.code, LineKind.KWH_ITEM, Form((item.rate * minor / _WH_PER_KWH,) * columns, zero, none))
    for number, charge in enumerate(charges):
        units = tuple(charge.amount * minor if place == number else zero for place in range(len(charges)))
        add(charge.code, LineKind.CHARGE, Form(blank.rates, zero, units))
    gross = blank
    for form in forms.values():
        gross = gross.plus(form)
    money = Form(blank.rates, Fraction(1), none)
    untaxed = {charge.code for charge in table.charges if not charge.is_taxed}
    for share in table.shares:
        form = blank
        for base in _bases(share, table, forms, components, untaxed):
            form = form.plus(money if base == TENDER else forms[base], share.factor)
        add(share.code, _KINDS[share.kind], form)
        if not share.is_contained:
            gross = gross.plus(form)
    return _sheet(table, forms, kinds, gross)


def _bases(
    share: Share, table: TariffTable, forms: dict[str, Form], components: Sequence[str], untaxed: set[str]
) -> tuple[str, ...]:
    """Name the lines of a base.

    A tax without one is on everything before it, but for untaxed charges and for what is inside another line
    already: a tax inside the price is a part of the energy's form here.
    """
    later = {other.code for other in table.shares} - forms.keys()
    charges = {charge.code for charge in table.charges}
    bases: list[str] = []
    for number, base in enumerate(share.base):
        place = f"{share.path}.base[{number}]"
        if base == share.code or base in later:
            raise TariffFault(place, "names this line itself or one behind it: taxes would be circular")
        if base == ENERGY and ENERGY not in forms:
            bases += components
        elif base in forms or base == TENDER:
            bases.append(base)
        elif base not in charges:  # a charge that does not count here leaves its tax without it
            raise TariffFault(place, "names no line of this tariff")
    contained = {other.code for other in table.shares if other.is_contained}
    return tuple(bases) if share.base else tuple(code for code in forms if code not in untaxed | contained)


def _sheet(table: TariffTable, forms: dict[str, Form], kinds: dict[str, LineKind], gross: Form) -> Sheet:
    """Take contained taxes out of the energy they are in, and find the balancing line."""
    first = next(iter(forms))
    contained = [share.code for share in table.shares if share.is_contained]
    for code in contained:
        forms[first] = forms[first].plus(forms[code], Fraction(-1))
    balancing = table.rounding.balancing_line
    if balancing == ENERGY and ENERGY not in forms:
        balancing = first
    charges = [charge.code for charge in table.charges]
    if balancing not in forms or balancing in charges:
        raise TariffFault("rounding.balancing_line", "must be the energy, an item or a tax, and always there")
    if min(forms[balancing].rates) < 0:
        raise TariffFault("rounding.balancing_line", f"{balancing} is negative: it takes no rest")
    lines = tuple(
        FormLine(
            ENERGY_NET if code == ENERGY and contained else code,
            kinds[code],
            form,
            charges.index(code) if kinds[code] is LineKind.CHARGE else -1,
        )
        for code, form in forms.items()
    )
    return Sheet(lines, list(forms).index(balancing), gross)
