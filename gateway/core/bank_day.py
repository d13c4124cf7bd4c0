"""What a bank did in a business day, as its own figures are compared with the ledger's.

What moves the bank's own accounts, by the kind of entry::

    payments    Dr BANK or FLOAT    by a sale, or by a hold whose credit waits
    reversals   Cr BANK or FLOAT    the credit was given back
    claims      Dr CLAIM            reversed after the token was out: in dispute
    upheld      Cr CLAIM            the bank pays a claim after all
    conceded    Cr CLAIM            the utility bears a claim
    deposits    Cr FLOAT            covered in advance

Of a bank that settles afterwards what it owes after the day is what it owed before, and payments - reversals
- claims + upheld. Of one that pays in advance what is covered after the day is what was covered before, and
deposits - payments + reversals + conceded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.ledger import WATT_HOURS, EntryKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from gateway.core.closed_day import AccountSums

_PAYS = frozenset({EntryKind.SALE.value, EntryKind.HOLD.value})
_GIVES_BACK = frozenset({EntryKind.VOID.value, EntryKind.REVERSE.value})
_CLAIMS = frozenset({EntryKind.CLAIM.value})
_UPHELD = frozenset({EntryKind.CLAIM_UPHELD.value})
_CONCEDED = frozenset({EntryKind.CLAIM_CONCEDED.value})
_DEPOSITS = frozenset({EntryKind.DEPOSIT.value})


@dataclass(frozen=True, slots=True)
class BankMove:
    """What the entries of one kind did to one account of a bank: how many postings, and their sum."""

    kind: str
    account: str
    unit: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many, and their sum in minor units."""

    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class BankDay:
    """One bank's business day in one currency; sums are minor units.

    ``owed`` is what the bank has to pay over (its clearing account), ``covers`` what it has covered before
    and not yet sold (its float); both where the day began and where it ended.
    """

    bank: str
    day: str
    currency: str
    payments: Counted
    reversals: Counted
    claims: Counted
    upheld: Counted
    conceded: Counted
    deposits: Counted
    owed_opening: int
    owed_closing: int
    covers_opening: int
    covers_closing: int

    @property
    def net(self) -> int:
        """What was paid less what was given back."""
        return self.payments.amount - self.reversals.amount


def accounts_of(bank: str) -> tuple[str, str, str]:
    """Name a bank's clearing account, its float and its claims."""
    return chart.bank(bank), chart.bank_float(bank), chart.claim(bank)


def bank_days(
    bank: str, day: str, moves: Sequence[BankMove], sums: Iterable[AccountSums]
) -> tuple[BankDay, ...]:
    """Put a bank's day together from what moved its accounts and where these stood, by currency."""
    clearing, covered, disputed = mine = accounts_of(bank)
    stood = {one.place: one for one in sums if one.code in mine}
    units = {move.unit for move in moves} | {unit for _, unit in stood}
    days = []
    for unit in sorted(units - {WATT_HOURS}):
        in_unit = [move for move in moves if move.unit == unit]
        owed, covers = stood.get((clearing, unit)), stood.get((covered, unit))
        days.append(
            BankDay(
                bank=bank,
                day=day,
                currency=unit,
                payments=_counted(in_unit, _PAYS, (clearing, covered)),
                reversals=_counted(in_unit, _GIVES_BACK, (clearing, covered)),
                claims=_counted(in_unit, _CLAIMS, (disputed,)),
                upheld=_counted(in_unit, _UPHELD, (disputed,)),
                conceded=_counted(in_unit, _CONCEDED, (disputed,)),
                deposits=_counted(in_unit, _DEPOSITS, (covered,)),
                owed_opening=0 if owed is None else owed.opening,
                owed_closing=0 if owed is None else owed.closing,
                covers_opening=0 if covers is None else -covers.opening,
                covers_closing=0 if covers is None else -covers.closing,
            )
        )
    return tuple(days)


def _counted(moves: Iterable[BankMove], kinds: Collection[str], accounts: Collection[str]) -> Counted:
    """Sum up what entries of these kinds did to these accounts; each kind goes one way only."""
    found = [move for move in moves if move.kind in kinds and move.account in accounts]
    return Counted(sum(move.count for move in found), abs(sum(move.amount for move in found)))
