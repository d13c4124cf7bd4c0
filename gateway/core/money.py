"""Money: a whole number of minor units with a currency, and never a fraction of one.

Text becomes money at the door (``Money.parse``) and money becomes text at the door (``text``);
in between there are only integers. Two currencies never meet in one sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from gateway.core.currency import CURRENCY_EXPONENT, CURRENCY_LETTERS, CURRENCY_NUMERIC
from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CURRENCY_EXPONENT",
    "CURRENCY_LETTERS",
    "CURRENCY_NUMERIC",
    "MINOR_LIMIT",
    "CurrencyMismatch",
    "Money",
    "MoneyFault",
]

MINOR_LIMIT: Final = 2**63 - 1
"""The largest amount, positive or negative: a ledger column is a signed 64-bit integer."""

_TEXT_LIMIT: Final = 24
"""Longest amount that is read: 19 digits, a point and a sign fit; anything longer is not an amount."""

_SPLIT_LIMIT: Final = 1000
"""Most parts of one split: more than any tariff has lines or any plan has instalments."""

_AMOUNT: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


class MoneyFault(ValueError):  # noqa: N818 - whose fault it is, is the word of this house
    """Something that is not an amount of money: wrong text, unknown currency, out of range."""


class CurrencyMismatch(TypeError):  # noqa: N818 - it says what happened
    """Two currencies met in one sum or comparison: our mistake, never the customer's."""


@quickly_built
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one ISO 4217 currency; ordered within its currency.

    Raises TypeError for a minor part that is not a plain integer (a bool is not one either) and
    MoneyFault for an unknown currency or an amount beyond MINOR_LIMIT.

    >>> Money.parse("12.50", "CNY")
    Money(minor=1250, currency='CNY')
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        # ``type() is`` and not ``isinstance``: True is an int to Python, but not to a cashier.
        if type(self.minor) is not int:
            raise TypeError(f"minor units must be an int, not {type(self.minor).__name__}")
        if self.currency not in CURRENCY_EXPONENT:
            raise MoneyFault(f"unknown currency {self.currency!r}")
        if not -MINOR_LIMIT <= self.minor <= MINOR_LIMIT:
            raise MoneyFault(f"amount beyond {MINOR_LIMIT} minor units")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Make nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read ``12.50``: ASCII digits, an optional minus, a point before the minor digits.

        Fewer decimals than the currency has are filled up; more are refused with MoneyFault, even
        zeros, because ``1.500`` is a thousand and a half in some countries. So are signs, spaces,
        separators of thousands and exponents.
        """
        if currency not in CURRENCY_EXPONENT:
            raise MoneyFault(f"unknown currency {currency!r}")
        match = _AMOUNT.fullmatch(text) if len(text) <= _TEXT_LIMIT else None
        if match is None:
            raise MoneyFault(f"not an amount: {text[:_TEXT_LIMIT]!r}")
        sign, whole, decimals = match[1], match[2], match[3] or ""
        exponent = CURRENCY_EXPONENT[currency]
        if len(decimals) > exponent:
            raise MoneyFault(f"{text!r} has {len(decimals)} decimals, {currency} has {exponent}")
        return cls(int(sign + whole + decimals.ljust(exponent, "0")), currency)

    def text(self) -> str:
        """Write the amount alone, all minor digits, no separators: ``12.50``, ``-0.05``, ``7`` (JPY)."""
        exponent = CURRENCY_EXPONENT[self.currency]
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else sign + digits

    def with_currency(self) -> str:
        """Write the currency and the amount: ``CNY 12.50``."""
        return f"{self.currency} {self.text()}"

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Divide by weights; the parts sum to the whole exactly.

        Remainder rule, largest remainder first: every part is rounded towards zero, and the minor
        units left over go one each to the parts that lost most, the earlier part on a tie.
        Raises ValueError when a weight is negative, all are zero, or there are too many.
        """
        if len(weights) > _SPLIT_LIMIT or any(weight < 0 for weight in weights) or sum(weights) <= 0:
            raise ValueError("weights must be whole numbers from 0, not all 0, and not too many")
        total = sum(weights)
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        parts = [share for share, _ in shares]
        left_over = abs(self.minor) - sum(parts)
        by_loss = sorted(range(len(parts)), key=lambda place: (-shares[place][1], place))
        for place in by_loss[:left_over]:
            parts[place] += 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not meet")

    def __add__(self, other: Money) -> Money:
        """Add within one currency."""
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract within one currency."""
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        """Turn the sign."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Compare within one currency."""
        self._same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        """Compare within one currency."""
        self._same_currency(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        """Compare within one currency."""
        return other < self

    def __ge__(self, other: Money) -> bool:
        """Compare within one currency."""
        return other <= self

    def __str__(self) -> str:
        """Write the currency and the amount."""
        return self.with_currency()
