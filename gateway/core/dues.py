"""What a new customer owes from the first day: what he owed before, and what his connection costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.ledger import Entry, EntryKind, Posting, transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a new connection may cost, by the kind of fee: the account of each is FEE:<kind>.
FEES: Final = ("CONNECTION", "METER", "CARD")

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
