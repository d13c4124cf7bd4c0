"""Rounding a ratio of whole numbers, by name; the only place where digits are dropped.

The names are those of IBM's General Decimal Arithmetic, which tariffs use. Ratios stay whole
numbers, so nothing is lost before the one rounding that the tariff names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction


def round_down(dividend: int, divisor: int) -> int:
    """Round towards zero; the divisor is positive."""
    return dividend // divisor if dividend >= 0 else -(-dividend // divisor)


def round_up(dividend: int, divisor: int) -> int:
    """Round away from zero; the divisor is positive."""
    return -(-dividend // divisor) if dividend >= 0 else dividend // divisor


def round_half_up(dividend: int, divisor: int) -> int:
    """Round to the nearest, a half away from zero; the divisor is positive."""
    half_more = (2 * abs(dividend) + divisor) // (2 * divisor)
    return half_more if dividend >= 0 else -half_more


def round_half_even(dividend: int, divisor: int) -> int:
    """Round to the nearest, a half to the even neighbour; the divisor is positive."""
    whole, rest = divmod(dividend, divisor)
    twice = 2 * rest
    return whole + (twice > divisor or (twice == divisor and whole % 2 == 1))


def round_half_down(dividend: int, divisor: int) -> int:
    """Round to the nearest, a half towards zero; the divisor is positive."""
    half_less = -((divisor - 2 * abs(dividend)) // (2 * divisor))
    return half_less if dividend >= 0 else -half_less


def round_floor(dividend: int, divisor: int) -> int:
    """Round towards minus infinity; the divisor is positive."""
    return dividend // divisor


def round_ceiling(dividend: int, divisor: int) -> int:
    """Round towards plus infinity; the divisor is positive."""
    return -(-dividend // divisor)


ROUNDING: Final[Mapping[str, Callable[[int, int], int]]] = {
    "ROUND_DOWN": round_down,
    "ROUND_UP": round_up,
    "ROUND_HALF_UP": round_half_up,
    "ROUND_HALF_EVEN": round_half_even,
    "ROUND_HALF_DOWN": round_half_down,
    "ROUND_FLOOR": round_floor,
    "ROUND_CEILING": round_ceiling,
}
"""Rounding by the name that a tariff writes."""


def decimal_text(exact: Fraction, places: int) -> str:
    """Write a ratio with so many decimals, a half away from zero: 1/3 to 6 places is ``0.333333``."""
    scaled = round_half_up(exact.numerator * 10**places, exact.denominator)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits
