"""What a call costs: so much for the call, and so much for each minute that it has begun.

It is our own estimate, for comparing lines and schedules; what is paid stands on the company's bill. The time
counts from dialling on, so it is some twenty seconds more than a company bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.core.contact import ContactWhy

#: Minor units: more for a call, or for a minute, is a slip of the pen.
RATE_MAX: Final = 1_000_000

#: Ends of calls that nobody has answered: no company takes money for them.
_FREE: Final = frozenset(
    {ContactWhy.LINE, ContactWhy.BUSY, ContactWhy.NO_ANSWER, ContactWhy.NO_DIALTONE}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineRate:
    """What a line's calls cost, in minor units of the utility's currency.

    ValueError for a rate under nothing, or above ``RATE_MAX``.
    """

    call_minor: int = 0
    minute_minor: int = 0

    def __post_init__(self) -> None:
        for name in ("call_minor", "minute_minor"):
            if not 0 <= getattr(self, name) <= RATE_MAX:
                raise ValueError(f"{name}: {getattr(self, name)} is no rate; give 0 to {RATE_MAX}")

    def cost(self, seconds: int, why: ContactWhy | None) -> int:
        """Say what a call cost that lasted so long and ended so.

        >>> LineRate(10, 15).cost(61, None)
        40
        >>> LineRate(10, 15).cost(50, ContactWhy.NO_ANSWER)
        0
        """
        if why in _FREE:
            return 0
        return self.call_minor + self.minute_minor * -(-seconds // 60)
