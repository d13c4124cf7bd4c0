"""An invoice: the paper of a sale with a number of its own, and the red one that takes it back.

    series   who writes it: a station, a branch, or the office; each counts 1, 2, 3 … without a gap
    normal   one for a sale that stands; asked for again it is the same one, and takes no number
    red      takes one back in full, by a number of the same series; then a new normal one may follow
    part     a red one for a part: what was given back of the sale when the supply ended; the rest stands

Nothing of it is ever changed: a mistake is answered by a red one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

#: The series of whoever belongs to no branch and sits at no station. No code has large letters.
OFFICE_SERIES: Final = "OFFICE"


class InvoiceKind(Enum):
    """Does it ask for money, or take that back, all of it or a part?

    Of a sale they sort in the order in which they are written.
    """

    NORMAL = "normal"
    PART = "part"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Billed:
    """Whom an invoice is for, as he stood in the files when it was written."""

    account_no: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as it is kept, but for its moment and business day, which are those of its batch.

    ``nth``: the how manieth of its kind its sale has had; of one for a part, that of the one that it takes
    from. ``payment`` and ``receipt_no`` name the sale, ``pan`` its meter. ``amount_minor`` and ``energy_wh``
    are the sale's; of a red one below zero, and without what was given back as a part before.
    ``takes_back`` is the number that a red one takes back, in its own series; 0 of a normal one.
    ``station`` is where it was written ("": at none), ``by`` the login of who did, ``reason`` why it was
    taken back.
    """

    series: str
    number: int
    kind: InvoiceKind
    nth: int
    payment: str
    receipt_no: int
    pan: str
    amount_minor: int
    currency: str
    energy_wh: int
    takes_back: int
    billed: Billed
    station: str
    by: str
    reason: str = ""

    @property
    def name(self) -> str:
        """How people call it: ``north-1/17``."""
        return invoice_name(self.series, self.number)

    @property
    def takes_back_name(self) -> str:
        """How people call what a red one takes back."""
        return invoice_name(self.series, self.takes_back)

    @property
    def is_red(self) -> bool:
        """Does it take another one back, or a part of it?"""
        return self.kind is not InvoiceKind.NORMAL

    @property
    def is_part(self) -> bool:
        """Does the rest of what it takes back still stand?"""
        return self.kind is InvoiceKind.PART


@dataclass(frozen=True, slots=True)
class Invoiced:
    """The answer to an order of an invoice; ``is_new`` is False where it was there already."""

    invoice: Invoice
    is_new: bool


def invoice_name(series: str, number: int) -> str:
    """Write an invoice's series and number in one."""
    return f"{series}/{number}"


def paper_key(series: str, number: int) -> str:
    """Name the first paper of an invoice: whatever is printed behind it is a copy."""
    return f"paper/{invoice_name(series, number)}"


def series_of(station: str, branch: str | None) -> str:
    """Name the series of whoever sits at this station ("": at none) and belongs to this branch.

    >>> series_of("north-1", "north"), series_of("", "north"), series_of("", None)
    ('north-1', 'north', 'OFFICE')
    """
    return station or branch or OFFICE_SERIES
