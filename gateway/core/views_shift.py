"""The question about one shift: what went through its drawer, its invoices, and how it was counted.

``branch`` is the branch of whoever asks (None: all of them); nothing of another is answered.

    question    rows                          totals
    ShiftFile   what moved the drawer         the shift with all of it; None where there is none to see
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.views import Query

if TYPE_CHECKING:
    from gateway.core.staff import Shift


@dataclass(frozen=True, slots=True)
class DrawerMoves:
    """All entries of one kind that moved the drawer: how many, their sum, the energy of their sales."""

    kind: str
    count: int
    minor: int
    energy_wh: int


@dataclass(frozen=True, slots=True)
class HandedIn:
    """The entry with which the drawer was counted and emptied, and the journal's name of who counted."""

    entry_id: int
    channel: str
    due_minor: int
    counted_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceRun:
    """The invoices that whose shift it is has written at the station: the numbers, and how many are red."""

    first: int
    last: int
    count: int
    red: int


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    """A shift and its drawer. ``before_minor`` was in it before: of shifts that ended without a count.

    ``waiting`` are the receipts of sales in it that wait for their credit.
    """

    shift: Shift
    before_minor: int
    moves: tuple[DrawerMoves, ...]
    handed_in: HandedIn | None
    invoices: InvoiceRun | None
    waiting: tuple[int, ...]

    @property
    def due_minor(self) -> int:
        """The cash that is in the drawer by the books, or was when the shift ended."""
        return self.before_minor + sum(one.minor for one in self.moves)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFile(Query[DrawerMoves, "ShiftFacts | None"]):
    """One shift, by its number."""

    branch: str | None
    id: int
