"""What a batch knows of the files, and what its commands change: customers, supply points, the network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.core.account_number import account_number
from gateway.core.card_books import CardBooks
from gateway.core.line_books import LineBooks

if TYPE_CHECKING:
    from gateway.core.amendment import Amendment
    from gateway.core.card_books import CardChange, CardNeeds
    from gateway.core.customer import Customer
    from gateway.core.fitting import Fitting
    from gateway.core.line_books import LineChange, LineNeeds
    from gateway.core.meter import MeterAccount
    from gateway.core.network import NetworkPlace
    from gateway.core.supply_point import SupplyPoint


@dataclass(frozen=True, slots=True)
class FileNeeds:
    """What an order about the files wants loaded; the network's dictionary comes with any.

    ``customers`` are account numbers, each with his supply points. ``id_nos`` are numbers of identity papers:
    who has one of them already. ``fittings`` are meters (PAN): how each is fitted, and which of its sales
    wait. ``new_account``: an
    account number is wanted, or taken by hand. ``cards``: cards, and purchases on their way to them.
    ``lines``: ways to meters, what is read of them when, and orders on their way to them.
    """

    customers: tuple[str, ...] = ()
    id_nos: tuple[str, ...] = ()
    fittings: tuple[str, ...] = ()
    new_account: bool = False
    cards: CardNeeds | None = None
    lines: LineNeeds | None = None

    def joined(self, other: FileNeeds) -> FileNeeds:
        """Return what both want."""
        return FileNeeds(
            (*self.customers, *other.customers),
            (*self.id_nos, *other.id_nos),
            (*self.fittings, *other.fittings),
            self.new_account or other.new_account,
            _joined(self.cards, other.cards),
            _lines_joined(self.lines, other.lines),
        )


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a decision changes of the files: each as it stands afterwards, new or not, with its amendments.

    Of ``meters`` whose they are, what they are priced by and whether they may be sold to; of one that is new
    all, and its id is the database's to give. ``next_serial`` is where the series of account numbers goes on,
    where one was given out.
    """

    customers: tuple[Customer, ...] = ()
    points: tuple[SupplyPoint, ...] = ()
    fittings: tuple[Fitting, ...] = ()
    meters: tuple[MeterAccount, ...] = ()
    network: tuple[NetworkPlace, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    next_serial: int | None = None
    cards: CardChange | None = None
    lines: LineChange | None = None


@dataclass(slots=True)
class FileBooks:
    """The files as they stand, kept up to date with what the batch has decided so far.

    ``customers`` by account number, ``points`` by number, ``fittings`` by PAN, ``having`` those who have an
    identity paper, as account numbers with their branches. ``waiting`` are the keys of a meter's sales that
    were open when the batch began, by PAN, ``hoards`` what may stand in it at the most, where there is a
    limit. ``free`` are the next serial numbers whose account numbers nobody
    had then, as many as may be wanted or taken. ``next_amendment`` is the number of the next amendment's row.
    """

    customers: dict[str, Customer] = field(default_factory=dict)
    points: dict[str, SupplyPoint] = field(default_factory=dict)
    fittings: dict[str, Fitting] = field(default_factory=dict)
    network: dict[str, NetworkPlace] = field(default_factory=dict)
    having: dict[str, dict[str, str]] = field(default_factory=dict)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hoards: dict[str, int] = field(default_factory=dict)
    free: tuple[int, ...] = ()
    next_amendment: int = 1
    cards: CardBooks = field(default_factory=CardBooks)
    lines: LineBooks = field(default_factory=LineBooks)

    def points_of(self, account_no: str) -> tuple[SupplyPoint, ...]:
        """Return a customer's supply points."""
        return tuple(one for one in self.points.values() if one.account_no == account_no)

    def free_serial(self) -> int | None:
        """Give the next serial number that nobody has; None where none is left."""
        return next((one for one in self.free if account_number(one) not in self.customers), None)

    def apply(self, change: FileChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        for one in change.customers:
            self.customers[one.account_no] = one
            for others in self.having.values():
                others.pop(one.account_no, None)
            if one.id_no:
                self.having.setdefault(one.id_no, {})[one.account_no] = one.branch
        self.points |= {one.number: one for one in change.points}
        self.fittings |= {one.pan: one for one in change.fittings}
        self.network |= {one.code: one for one in change.network}
        if change.cards is not None:
            self.cards.apply(change.cards)
        if change.lines is not None:
            self.lines.apply(change.lines)
        self.next_amendment += len(change.amendments)


def with_entry(change: FileChange, entry_id: int) -> FileChange:
    """Tie a change to the entry that was booked with it."""
    tied = tuple(replace(one, entry_id=entry_id) for one in change.amendments)
    return replace(change, amendments=tied)


def _joined(one: CardNeeds | None, other: CardNeeds | None) -> CardNeeds | None:
    return one or other if one is None or other is None else one.joined(other)


def _lines_joined(one: LineNeeds | None, other: LineNeeds | None) -> LineNeeds | None:
    return one or other if one is None or other is None else one.joined(other)
