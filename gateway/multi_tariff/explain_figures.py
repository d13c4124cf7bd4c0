"""Figures as a customer reads them: exact wherever their digits end, and marked where they do not.

A figure whose digits go on for ever is cut after six and marked with three points. Where figures are added up
on the page they are rounded together, so that what stands there sums to what stands below.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.rounding import decimal_text, round_half_up

if TYPE_CHECKING:
    from collections.abc import Sequence

_WH_PER_KWH: Final = 1000
_PLACES: Final = 6
"""Digits of a figure that does not end: a millionth of a kWh is beyond every price."""

_PLACES_EXACT: Final = 12
"""Most digits of a figure that ends: as many as a tariff's rates may have."""

_MARK: Final = "..."


def ends(number: Fraction) -> bool:
    """Say whether all digits of a number can be written.

    >>> ends(Fraction("4.00936")), ends(Fraction(1, 3))
    (True, False)
    """
    return 10**_PLACES_EXACT % number.denominator == 0


def figure(number: Fraction, least: int = 0) -> str:
    """Write a number with all its digits, at least so many; one without end is cut and marked.

    >>> figure(Fraction("68.517"), 2), figure(Fraction(20), 2), figure(Fraction(2, 3))
    ('68.517', '20.00', '0.666666...')
    """
    if ends(number):
        text = decimal_text(number, _PLACES_EXACT).rstrip("0")
        whole, _, digits = text.partition(".")
        return f"{whole}.{digits.ljust(least, '0')}" if digits or least else whole
    sign = "-" if number < 0 else ""
    cut = Fraction(abs(number) * 10**_PLACES).__floor__()
    return sign + decimal_text(Fraction(cut, 10**_PLACES), _PLACES) + _MARK


def summing(numbers: Sequence[Fraction], least: int = 0) -> list[str]:
    """Write numbers that are added up on the page: their texts sum to that of the whole, the last one.

    >>> summing([Fraction(2, 3), Fraction(1, 3)])
    ['0.666667', '0.333333', '1.000000']
    """
    if all(ends(number) for number in numbers):
        return [figure(number, least) for number in (*numbers, sum(numbers, Fraction(0)))]
    return rounded_to(numbers, _PLACES)


def rounded_to(numbers: Sequence[Fraction], places: int) -> list[str]:
    """Write numbers with so many decimals, and their sum as the last one: the texts sum, too.

    >>> rounded_to([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)], 2)
    ['0.34', '0.33', '0.33', '1.00']
    """
    unit = 10**places
    wholes = [round_half_up(number.numerator * unit, number.denominator) for number in numbers]
    total = sum(numbers, Fraction(0))
    whole = round_half_up(total.numerator * unit, total.denominator)
    if wholes:
        # The largest takes what is over: there it is smallest.
        wholes[max(range(len(wholes)), key=lambda place: abs(numbers[place]))] += whole - sum(wholes)
    return [decimal_text(Fraction(number, unit), places) for number in (*wholes, whole)]


def money_text(minor: int, currency: str) -> str:
    """Write minor units with the currency's decimals: ``1050.00``."""
    places = CURRENCY_EXPONENT[currency]
    return decimal_text(Fraction(minor, 10**places), places)


def major(minor: Fraction, currency: str) -> Fraction:
    """Turn minor units into major ones, exactly."""
    return minor * Fraction(1, 10 ** CURRENCY_EXPONENT[currency])


def kwh_text(wh: int) -> str:
    """Write whole Wh as kWh without needless zeros: ``332.3``."""
    return figure(Fraction(wh, _WH_PER_KWH))


def rounded_kwh_text(wh: int, wh_unit: int) -> str:
    """Write energy with the decimals that the tariff rounds to: ``536.0``."""
    return decimal_text(Fraction(wh, _WH_PER_KWH), len(str(_WH_PER_KWH // wh_unit)) - 1)


def percent_text(share: Fraction) -> str:
    """Write a share as percent: ``15``, ``7.5``."""
    return figure(share * 100)
