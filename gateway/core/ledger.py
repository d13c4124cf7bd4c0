"""The ledger's nouns: postings, and entries that balance or cannot be built.

Double entry with signed whole numbers: a debit is positive, a credit negative, and the postings of one
entry sum to zero in every unit. A unit is a currency (minor units) or ``Wh`` (energy is booked beside
money, under the same entry). Entries are never changed: a mistake is answered by another entry.

Everything that takes time uses four words:

    hold     money came, the credit waits            funding → HOLD
    post     the credit goes out                     HOLD → revenue, tax
    void     the credit is not wanted any more       HOLD → funding
    reverse  the mirror of an entry, naming it
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from collections.abc import Iterable

WATT_HOURS = "Wh"

#: One entry is one event of trade; even a bill with every levy stays far below this.
POSTINGS_MAX = 64


class EntryKind(Enum):
    """What happened, in the words of the journal."""

    SALE = "sale"
    HOLD = "hold"
    POST = "post"
    VOID = "void"
    REVERSE = "reverse"
    DEPOSIT = "deposit"
    CLAIM = "claim"
    CLAIM_UPHELD = "claim_upheld"
    CLAIM_CONCEDED = "claim_conceded"
    #: What a customer owed to the system before this one.
    OPENING = "opening"
    #: A fee is owed, or paid at once.
    FEE = "fee"
    #: A meter came with energy that its customer's first purchase will pay for.
    PRESET = "preset"
    #: A token that moves neither money nor energy went out; the entry says when, and under which number.
    MANAGEMENT = "management"
    #: A meter was read: what it has taken and used.
    READING = "reading"
    #: A meter left its supply point: what was left in it is taken back.
    LEAVING = "leaving"
    #: A customer has paid what he owed, at a counter, and bought nothing.
    DEBT = "debt"
    #: A cashier has paid out what a customer gets back.
    REFUND = "refund"
    #: A shift begins with cash out of the station's safe.
    CASH_OUT = "cash_out"
    #: A shift has ended: its drawer was counted, and what was in it is kept in the safe.
    HAND_IN = "hand_in"
    #: What was taken back goes out again, on a token for another meter.
    TRANSFER = "transfer"
    #: A person found that the meter has what was sold: it is known to be in it from now on.
    RESET = "reset"
    #: A purchase was lost on its way: its tokens are void, and were made once more.
    REISSUE = "reissue"
    #: A purchase was taken off its card before the meter took it: its credit waits again.
    TAKEN_OFF = "taken_off"


#: What may stand in the journal without any posting: a token that gives nothing, and what waits to travel.
_MOVES_NOTHING: Final = frozenset({EntryKind.MANAGEMENT, EntryKind.TRANSFER})


class UnbalancedEntry(ValueError):  # noqa: N818 - it names the thing that cannot exist
    """The postings offered do not make an entry; the text says which rule they break."""


@quickly_built
@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: ``amount`` in minor units or Wh, debit positive, credit negative."""

    account: str
    amount: int
    unit: str


@quickly_built
@dataclass(frozen=True, slots=True)
class Entry:
    """A set of postings which balance per unit. ``reverses`` is the id of the entry it undoes."""

    kind: EntryKind
    postings: tuple[Posting, ...]
    reverses: int | None = None

    def __post_init__(self) -> None:
        """Refuse what does not balance; after this nobody checks again."""
        least = 0 if self.kind in _MOVES_NOTHING else 2  # an entry has two sides
        if not least <= len(self.postings) <= POSTINGS_MAX:
            raise UnbalancedEntry(f"an entry has 2 to {POSTINGS_MAX} postings, not {len(self.postings)}")
        sums: dict[str, int] = {}
        for posting in self.postings:
            if posting.amount == 0:
                raise UnbalancedEntry(f"a posting of zero on {posting.account} says nothing")
            sums[posting.unit] = sums.get(posting.unit, 0) + posting.amount
        for unit, total in sums.items():
            if total:
                raise UnbalancedEntry(f"the postings in {unit} sum to {total}, not to zero")

    def mirrored(self, kind: EntryKind, original_id: int) -> Entry:
        """Return the entry that undoes this one, line by line, naming the original."""
        return Entry(
            kind,
            tuple(Posting(line.account, -line.amount, line.unit) for line in self.postings),
            reverses=original_id,
        )


def transfer(kind: EntryKind, *, debit: str, credit: str, amount: int, unit: str) -> Entry:
    """Build the simplest entry: one account debited, one credited, by a positive amount."""
    if amount <= 0:
        raise UnbalancedEntry(f"{kind.value} of {amount} {unit}: the amount must be positive")
    return Entry(kind, (Posting(debit, amount, unit), Posting(credit, -amount, unit)))


def turnover(entries: Iterable[Entry]) -> dict[tuple[str, str], list[int]]:
    """Sum the postings per (account, unit): debits, credits (both positive), and how many postings."""
    total: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        for posting in entry.postings:
            place, amount = (posting.account, posting.unit), posting.amount
            sums = total.get(place)
            if sums is None:
                sums = total[place] = [0, 0, 0]
            if amount > 0:
                sums[0] += amount
            else:
                sums[1] -= amount
            sums[2] += 1
    return total
