"""A trouble: something that a person must look at, and what she found became of it (an exception's row)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final


class Resolution(Enum):
    """What became of it, as the person who looked says."""

    EXPLAINED = "explained"
    """Nothing was wrong with the money or the credit; the reason says why."""
    SETTLED = "settled"
    """It was put right outside: the bank, the customer or the meter was seen to."""
    REVERSED = "reversed"
    """The payment was taken back."""
    UPHELD = "upheld"
    """The bank pays a claim after all: the payment stands."""
    CONCEDED = "conceded"
    """The bank keeps the money of a claim: the utility bears it."""


#: What ends a claim, with an entry; nothing else closes its exception.
ENDS_CLAIM: Final = frozenset({Resolution.UPHELD, Resolution.CONCEDED})

#: The kind of trouble that a claim is.
CLAIM: Final = "reversed_after_token"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An exception as it is kept."""

    id: int
    kind: str
    bank: str
    key: str
    sale_id: int | None
    text: str
    at_us: int
    is_open: bool
    branch: str = ""
    resolution: str = ""
    resolved_by: str = ""
    resolved_us: int | None = None
    reason: str = ""

    def resolved(self, resolution: Resolution, by: str, at_us: int, reason: str) -> Trouble:
        """Return it as it is once somebody has said what became of it."""
        return replace(
            self,
            is_open=False,
            resolution=resolution.value,
            resolved_by=by,
            resolved_us=at_us,
            reason=reason,
        )
