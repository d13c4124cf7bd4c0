"""What a customer owes: the kinds of debts, and what a new one owes from the first day.

    kind                       comes of                          is paid
    ARREARS, EMERGENCY         before, credit in advance         by purchases as the tariff says; at a counter
    OVERDRAFT                  a meter that left, below nothing  at a counter
    PRESET                     energy that a meter came with     by the first purchase alone; where the meter
                                                                 leaves before that, it becomes ARREARS
    CONNECTION, METER, CARD    a new connection                  at a counter
    CAPACITY                   more contracted power             at a counter

Whatever is left when a supply ends is paid from what the customer gets back (``settlement.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.ledger import Entry, EntryKind, Posting, transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The kind of the fee for a card, and of what is owed for it.
CARD: Final = "CARD"

#: What a new connection may cost, by the kind of fee: the account of each is FEE:<kind>.
FEES: Final = ("CONNECTION", "METER", CARD)

#: The kind of the fee for more contracted power, and of what is owed for it.
CAPACITY: Final = "CAPACITY"

#: Credit in advance.
EMERGENCY: Final = "EMERGENCY"

#: Kinds of debts, in the order in which they are paid when a supply ends: arrears before all.
DEBTS: Final = (chart.ARREARS, EMERGENCY, chart.OVERDRAFT, chart.PRESET_OWED, *FEES, CAPACITY)

#: Those that purchases pay, where the tariff takes a part of them for it.
PAID_BY_PURCHASES: Final = (chart.ARREARS, EMERGENCY)

#: Those that are paid at a counter by themselves: all but what the first purchase is priced with.
PAID_AT_COUNTER: Final = tuple(kind for kind in DEBTS if kind != chart.PRESET_OWED)

#: The most that is owed from before, or that a connection costs: ten million of a currency with two decimals.
OWED_MAX: Final = 10**9


@dataclass(frozen=True, slots=True)
class Dues:
    """What is owed, in minor units of ``currency``: ``arrears_minor`` from before, ``fees`` as (kind, sum).

    Raises ValueError for a fee of another kind than FEES, one that is named twice, and a sum out of reach.
    """

    currency: str
    arrears_minor: int = 0
    fees: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be owed."""
        kinds = [kind for kind, _ in self.fees]
        if not set(kinds) <= set(FEES) or len(set(kinds)) < len(kinds):
            raise ValueError(f"fees are {', '.join(FEES)}, each of them once")
        if not all(0 < minor <= OWED_MAX for _, minor in self.fees):
            raise ValueError(f"a fee is 1 to {OWED_MAX} minor units")
        if not 0 <= self.arrears_minor <= OWED_MAX:
            raise ValueError(f"what is owed from before is 0 to {OWED_MAX} minor units")

    @property
    def total_minor(self) -> int:
        """All of it."""
        return self.arrears_minor + sum(minor for _, minor in self.fees)

    def entries(self, account_no: str) -> Iterator[Entry]:
        """Book it: Dr AR:…:ARREARS, Cr OPENING; for each fee Dr AR:…:<kind>, Cr FEE:<kind>."""
        if self.arrears_minor:
            owed = chart.owed(account_no, chart.ARREARS)
            yield transfer(
                EntryKind.OPENING,
                debit=owed,
                credit=chart.OPENING,
                amount=self.arrears_minor,
                unit=self.currency,
            )
        if self.fees:
            owing = [Posting(chart.owed(account_no, kind), minor, self.currency) for kind, minor in self.fees]
            earned = [Posting(chart.fee(kind), -minor, self.currency) for kind, minor in self.fees]
            yield Entry(EntryKind.FEE, (*owing, *earned))
