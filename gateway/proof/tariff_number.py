"""What golden tariff cases are made of: decimal text, records, lists, and how two figures agree."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, cast

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.rounding import round_half_up
from gateway.core.tariff import NotBuilt

Record = dict[str, object]
Difference = tuple[str, object, object]
"""What differs, what the case demands, what we made of it."""

_NUMBER_LIMIT: Final = 40
"""Longest number of a case: far above any amount, far below what would take long to read."""

_REMARKS: Final = frozenset({"desc", "description", "arithmetic", "explanation", "title", "source"})


def is_remark(key: str) -> bool:
    """Says it something to people only, by the rules of the format?"""
    return key in _REMARKS or "note" in key or key.endswith(("_published", "tolerance", "_remark"))


def record(value: object) -> Record:
    """Take an object; TypeError for anything else."""
    if not isinstance(value, dict):
        raise TypeError("must be an object")
    return cast("Record", value)  # JSON objects have text keys.


def rows(value: object) -> list[Record]:
    """Take a list of objects; TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError("must be a list")
    return [record(row) for row in value]


def known_keys(row: Record, known: frozenset[str], place: str) -> None:
    """Refuse to price or to compare what nobody here reads: NotBuilt names it."""
    for key, value in row.items():
        if key not in known and not is_remark(key) and value is not None:
            raise NotBuilt(f"{place}.{key}")


def number(value: object) -> Fraction:
    """Read decimal text; a whole number may stand without quotes (``"tier": 1``)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if not isinstance(value, str) or len(value) > _NUMBER_LIMIT or set(value) - set("0123456789.-"):
        raise TypeError("numbers are decimal strings")
    return Fraction(value)


def whole(exact: Fraction) -> int:
    """Take a whole number; ValueError for anything finer."""
    if exact.denominator != 1:
        raise ValueError("finer than the smallest unit")
    return exact.numerator


def minor_of(value: object, currency: str) -> int:
    """Read an amount of money as minor units."""
    return whole(number(value) * 10 ** CURRENCY_EXPONENT[currency])


def wh_of(value: object) -> int:
    """Read kWh as watt-hours."""
    return whole(number(value) * 1000)


def is_same(wanted: object, actual: Fraction | None) -> bool:
    """Compare exactly; null is for a figure that is not there."""
    return actual is None if wanted is None else number(wanted) == actual


def agrees(wanted: object, actual: Fraction | None) -> bool:
    """Compare to as many decimals as the case writes down."""
    if wanted is None or actual is None:
        return wanted is None and actual is None
    scale = 10 ** len(str(wanted).partition(".")[2])
    return bool(number(wanted) * scale == round_half_up(actual.numerator * scale, actual.denominator))
