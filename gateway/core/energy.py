"""Energy: whole watt-hours.

People and tariffs speak of kWh with decimals, an STS token carries tenths of a kWh; both become
whole watt-hours at the door.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from gateway.core.quickly_built import quickly_built

WH_LIMIT: Final = 2**63 - 1
"""The largest amount, positive or negative: a ledger column is a signed 64-bit integer."""

WH_PER_TENTH: Final = 100
"""One unit of an STS electricity credit token is 0.1 kWh (IEC 62055-41, transfer amount)."""

_TEXT_LIMIT: Final = 24
"""Longest energy text that is read: 19 digits, a point and a sign fit."""

_KWH_DECIMALS: Final = 3
_KWH: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


class EnergyFault(ValueError):  # noqa: N818 - whose fault it is, is the word of this house
    """Something that is not an amount of energy: wrong text, finer than 1 Wh, out of range."""


@quickly_built
@dataclass(frozen=True, slots=True, order=True)
class Energy:
    """An amount of energy in watt-hours; negative only where a correction takes some back.

    Raises TypeError for anything but a plain integer and EnergyFault beyond WH_LIMIT.

    >>> Energy.parse_kwh("252.3")
    Energy(wh=252300)
    """

    wh: int

    def __post_init__(self) -> None:
        """Refuse what is no energy."""
        if type(self.wh) is not int:
            raise TypeError(f"watt-hours must be an int, not {type(self.wh).__name__}")
        if not -WH_LIMIT <= self.wh <= WH_LIMIT:
            raise EnergyFault(f"energy beyond {WH_LIMIT} Wh")

    @classmethod
    def parse_kwh(cls, text: str) -> Self:
        """Read kWh such as ``252.3``; EnergyFault when it is no number or finer than 0.001 kWh."""
        match = _KWH.fullmatch(text) if len(text) <= _TEXT_LIMIT else None
        if match is None:
            raise EnergyFault(f"not an amount of kWh: {text[:_TEXT_LIMIT]!r}")
        decimals = match[3] or ""
        if decimals[_KWH_DECIMALS:].strip("0"):
            raise EnergyFault(f"{text!r} kWh is finer than one watt-hour")
        return cls(int(match[1] + match[2] + decimals[:_KWH_DECIMALS].ljust(_KWH_DECIMALS, "0")))

    @classmethod
    def from_tenths(cls, tenths: int) -> Self:
        """Take so many STS units of 0.1 kWh as energy."""
        return cls(tenths * WH_PER_TENTH)

    def tenths_ceil(self) -> int:
        """Count STS units of 0.1 kWh, rounded up: a customer never gets less than he paid for.

        Raises EnergyFault for negative energy: a credit token cannot take energy back.
        """
        if self.wh < 0:
            raise EnergyFault("a credit token cannot carry negative energy")
        return -(-self.wh // WH_PER_TENTH)

    def kwh_text(self, dp: int = 1) -> str:
        """Write the kWh with ``dp`` decimals (0 to 3), cut towards zero: never show more than there is."""
        if not 0 <= dp <= _KWH_DECIMALS:
            raise ValueError(f"kWh are shown with 0 to {_KWH_DECIMALS} decimals, not {dp}")
        shown = abs(self.wh) // 10 ** (_KWH_DECIMALS - dp)
        sign = "-" if self.wh < 0 and shown else ""
        digits = str(shown).rjust(dp + 1, "0")
        return f"{sign}{digits[:-dp]}.{digits[-dp:]}" if dp else sign + digits

    def __add__(self, other: Energy) -> Energy:
        """Add watt-hours."""
        return Energy(self.wh + other.wh)

    def __sub__(self, other: Energy) -> Energy:
        """Subtract watt-hours."""
        return Energy(self.wh - other.wh)

    def __neg__(self) -> Energy:
        """Turn the sign."""
        return Energy(-self.wh)

    def __str__(self) -> str:
        """Write the kWh to the watt-hour."""
        return f"{self.kwh_text(_KWH_DECIMALS)} kWh"
