"""What a batch knows of the files, and what its commands change: customers, supply points, the network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.amendment import Amendment
    from gateway.core.customer import Customer
    from gateway.core.fitting import Fitting
    from gateway.core.meter import MeterAccount
    from gateway.core.network import NetworkPlace
    from gateway.core.supply_point import SupplyPoint


@dataclass(frozen=True, slots=True)
class FileNeeds:
    """What an order about the files wants loaded; the network's dictionary comes with any.

    ``customers`` are account numbers, each with his supply points. ``id_nos`` are numbers of identity papers:
    who has one of them already. ``fittings`` are meters (PAN): how each is fitted, and which of its sales
    wait. ``new_account``: the next
    account number is wanted.
    """

    customers: tuple[str, ...] = ()
    id_nos: tuple[str, ...] = ()
    fittings: tuple[str, ...] = ()
    new_account: bool = False

    def joined(self, other: FileNeeds) -> FileNeeds:
        """Return what both want."""
        return FileNeeds(
            (*self.customers, *other.customers),
            (*self.id_nos, *other.id_nos),
            (*self.fittings, *other.fittings),
            self.new_account or other.new_account,
        )


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a decision changes of the files: each as it stands afterwards, new or not, with its amendments.

    Of ``meters`` whose they are, what they are priced by and whether they may be sold to; of one that is new
    all, and its id is the database's to give.
    """

    customers: tuple[Customer, ...] = ()
    points: tuple[SupplyPoint, ...] = ()
    fittings: tuple[Fitting, ...] = ()
    meters: tuple[MeterAccount, ...] = ()
    network: tuple[NetworkPlace, ...] = ()
    amendments: tuple[Amendment, ...] = ()


@dataclass(slots=True)
class FileBooks:
    """The files as they stand, kept up to date with what the batch has decided so far.

    ``customers`` by account number, ``points`` by number, ``fittings`` by PAN, ``having`` the account numbers
    of those who have an identity paper. ``waiting`` are the keys of a meter's sales that were open when the
    batch began, by PAN. ``next_serial`` is that of the next account number,
    ``next_amendment`` the number of the next amendment's row.
    """

    customers: dict[str, Customer] = field(default_factory=dict)
    points: dict[str, SupplyPoint] = field(default_factory=dict)
    fittings: dict[str, Fitting] = field(default_factory=dict)
    network: dict[str, NetworkPlace] = field(default_factory=dict)
    having: dict[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    next_serial: int = 1
    next_amendment: int = 1

    def points_of(self, account_no: str) -> tuple[SupplyPoint, ...]:
        """Return a customer's supply points."""
        return tuple(one for one in self.points.values() if one.account_no == account_no)

    def apply(self, change: FileChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        for one in change.customers:
            if one.account_no not in self.customers:
                self.next_serial += 1
            self.customers[one.account_no] = one
            others = self.having.get(one.id_no, ())
            if one.id_no and one.account_no not in others:
                self.having[one.id_no] = (*others, one.account_no)
        self.points |= {one.number: one for one in change.points}
        self.fittings |= {one.pan: one for one in change.fittings}
        self.network |= {one.code: one for one in change.network}
        self.next_amendment += len(change.amendments)


def with_entry(change: FileChange, entry_id: int) -> FileChange:
    """Tie a change to the entry that was booked with it."""
    tied = tuple(replace(one, entry_id=entry_id) for one in change.amendments)
    return replace(change, amendments=tied)
