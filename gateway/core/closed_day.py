"""A closed business day: its figures for ever, and the checksum over exactly these.

Debit is positive and credit negative, as everywhere in the ledger; amounts are minor units or watt-hours.
The checksum is SHA-256 over the canonical form, so that anybody can take it anew from a printed page. Its
lines end with a line feed, their words are parted by one tab, accounts stand in the order of code and unit::

    powertill-day   1
    day             2026-11-23
    entries         3
    last_position   3
    account         BANK:east       CNY     0       30000   0       30000
    carried         HOLD:CREDIT     CNY     1       10000

An account's numbers are opening, debit, credit and closing; it stands there when it did not open at zero or
was moved. What is carried over waits beyond the close: how many, and their sum.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Self

from gateway.core.sentence import with_detail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORM: Final = "powertill-day\t1"
_KEY: Final = "close/"

#: Accounts of one day: the chart has a few hundred, and all of them are stored with each day for ever.
DAY_ACCOUNTS_MAX: Final = 10_000


def close_key(day: str) -> str:
    """Name the close of a business day: there can be only one."""
    return f"{_KEY}{day}"


def day_of_close(key: str) -> str | None:
    """Return the business day of a close's key, or None for a key of something else."""
    return key.removeprefix(_KEY) if key.startswith(_KEY) else None


@dataclass(frozen=True, slots=True)
class AccountSums:
    """An account in one business day: where it stood, and what was debited and credited (both positive)."""

    code: str
    unit: str
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """Where it stands after the day."""
        return self.opening + self.debit - self.credit

    @property
    def place(self) -> tuple[str, str]:
        """What tells it from every other account."""
        return self.code, self.unit


@dataclass(frozen=True, slots=True)
class Carried:
    """Money that waits over the end of the day on one account: how many holds, and their sum (positive)."""

    code: str
    unit: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The decided content of a close. ``last_position``: no entry of the day stands behind it."""

    day: str
    entries: int
    last_position: int
    accounts: tuple[AccountSums, ...]
    carried: tuple[Carried, ...]
    checksum: str = ""

    def sealed(self) -> Self:
        """Return the same figures with their checksum."""
        checksum = hashlib.sha256(self.canonical().encode()).hexdigest()
        return type(self)(self.day, self.entries, self.last_position, self.accounts, self.carried, checksum)

    def canonical(self) -> str:
        """Write the figures in the form that the checksum is taken over."""
        lines = [
            _FORM,
            f"day\t{self.day}",
            f"entries\t{self.entries}",
            f"last_position\t{self.last_position}",
        ]
        lines += [
            f"account\t{one.code}\t{one.unit}\t{one.opening}\t{one.debit}\t{one.credit}\t{one.closing}"
            for one in self.accounts
        ]
        lines += [f"carried\t{one.code}\t{one.unit}\t{one.count}\t{one.amount}" for one in self.carried]
        return "".join(f"{line}\n" for line in lines)

    def stored(self) -> str:
        """Write the content as compact JSON; the order of the values is part of the stored format."""
        accounts = [[one.code, one.unit, one.opening, one.debit, one.credit] for one in self.accounts]
        carried = [[one.code, one.unit, one.count, one.amount] for one in self.carried]
        values = ("closed", self.day, self.entries, self.last_position, accounts, carried, self.checksum)
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:
        """Read it back; ``Any`` because these are JSON values of our own stored format, in its order."""
        day, entries, last_position, accounts, carried, checksum = values
        return cls(
            day,
            entries,
            last_position,
            tuple(AccountSums(*one) for one in accounts),
            tuple(Carried(*one) for one in carried),
            checksum,
        )


@dataclass(frozen=True, slots=True)
class Recount:
    """A day counted anew from its postings: (debit, credit) and holds begun less ended, by (code, unit)."""

    entries: int
    moved: Mapping[tuple[str, str], tuple[int, int]]
    held: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What is loaded of a day that is to be closed: the kept sums, and the same from the postings."""

    sums: tuple[AccountSums, ...]
    recount: Recount

    @property
    def agree(self) -> bool:
        """Do the kept sums say what the postings say?"""
        kept = {one.place: (one.debit, one.credit) for one in self.sums if one.debit or one.credit}
        return kept == dict(self.recount.moved)


class DayRefusal(Enum):
    """A reason not to close a day; nothing is remembered, since all of them may pass."""

    NOT_OVER = "not_over"
    EARLIER_OPEN = "earlier_open"
    LATER_CLOSED = "later_closed"
    SUMS_DIFFER = "sums_differ"
    OPENING_DIFFERS = "opening_differs"
    OUT_OF_BALANCE = "out_of_balance"
    TOO_MANY_ACCOUNTS = "too_many_accounts"


_SENTENCES: Final = {
    DayRefusal.NOT_OVER: "the day is not over; close it after its last cut-over",
    DayRefusal.EARLIER_OPEN: "an earlier day is open; close that one first",
    DayRefusal.LATER_CLOSED: "a later day is closed, so this one takes nothing and stays as it is",
    DayRefusal.SUMS_DIFFER: "the day's sums are not those of its postings; run powertill check",
    DayRefusal.OPENING_DIFFERS: "the day does not open as the last one closed; run powertill check",
    DayRefusal.OUT_OF_BALANCE: "the accounts do not sum to zero; run powertill check",
    DayRefusal.TOO_MANY_ACCOUNTS: f"more than {DAY_ACCOUNTS_MAX} accounts have figures",
}


@dataclass(frozen=True, slots=True)
class DayRefused:
    """A day was not closed, and why; nothing changed."""

    reason: DayRefusal
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words, with the detail where there is one."""
        return with_detail(_SENTENCES[self.reason], self.detail)


def units_out(accounts: Iterable[AccountSums]) -> dict[str, int]:
    """Name the units whose balances do not sum to zero at the end of the day, and by how much."""
    total: dict[str, int] = {}
    for one in accounts:
        total[one.unit] = total.get(one.unit, 0) + one.closing
    return {unit: amount for unit, amount in total.items() if amount}
