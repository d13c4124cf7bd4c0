"""What a batch knows of the office, and what its commands change there: people, requests, prices, keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.core.authority import Rights
from gateway.core.staff import rights_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.approval import Approval
    from gateway.core.key_life import KnownGroup, VendingKey
    from gateway.core.session import Session
    from gateway.core.staff import Branch, Operator, Role, Shift, Station
    from gateway.core.station_certificate import StationCertificate, StationCode
    from gateway.core.stock import StockMeter
    from gateway.core.tariff_life import PricedType, TariffVersion
    from gateway.core.trouble import Trouble


@dataclass(frozen=True, slots=True)
class WaitingSale:
    """A sale whose money is in a drawer, and whose credit waits: its key, receipt and tender."""

    key: str
    receipt_no: int
    tender_minor: int


@dataclass(frozen=True, slots=True)
class OfficeNeeds:
    """What an order of the office wants loaded besides: the roles, branches and stations come with any.

    ``everyone``: all operators, where one of them must be left. ``branch_of``: meters (PAN) and account
    numbers whose customer's branch decides who may see them. ``troubles`` are exception rows by id,
    ``noted`` kinds and keys of which it must be known whether a row of them is open.
    ``shifts``: those that are open, and ``drawers`` are accounts of cash of which it must be known which
    sales wait. ``priced`` are power types with all of their
    versions, ``groups`` supply groups with all of their keys, by code. ``stock`` are meters in stock (PAN).
    ``certificates`` are those of card stations by number, ``station_codes`` hashes of codes; of each all
    certificates of its station come.
    """

    logins: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    sessions_of: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    everyone: bool = False
    branch_of: tuple[str, ...] = ()
    troubles: tuple[int, ...] = ()
    noted: tuple[tuple[str, str], ...] = ()
    shifts: bool = False
    drawers: tuple[str, ...] = ()
    priced: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    stock: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    station_codes: tuple[str, ...] = ()

    def joined(self, other: OfficeNeeds) -> OfficeNeeds:
        """Return what both want."""
        return OfficeNeeds(
            logins=(*self.logins, *other.logins),
            sessions=(*self.sessions, *other.sessions),
            sessions_of=(*self.sessions_of, *other.sessions_of),
            approvals=(*self.approvals, *other.approvals),
            everyone=self.everyone or other.everyone,
            branch_of=(*self.branch_of, *other.branch_of),
            troubles=(*self.troubles, *other.troubles),
            noted=(*self.noted, *other.noted),
            shifts=self.shifts or other.shifts,
            drawers=(*self.drawers, *other.drawers),
            priced=(*self.priced, *other.priced),
            groups=(*self.groups, *other.groups),
            stock=(*self.stock, *other.stock),
            certificates=(*self.certificates, *other.certificates),
            station_codes=(*self.station_codes, *other.station_codes),
        )


@dataclass(frozen=True, slots=True)
class OfficeChange:
    """What a decision changes of the office: each as it stands afterwards, new or not.

    Of ``groups`` the name is kept, and its zone. ``keep`` puts away what a row of ``keys`` says is there: it
    is called behind the last row and before the commit, and what it raises takes every row back. It may be
    called again for the same decision.
    """

    operators: tuple[Operator, ...] = ()
    roles: tuple[Role, ...] = ()
    branches: tuple[Branch, ...] = ()
    stations: tuple[Station, ...] = ()
    shifts: tuple[Shift, ...] = ()
    sessions: tuple[Session, ...] = ()
    approvals: tuple[Approval, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    versions: tuple[TariffVersion, ...] = ()
    keys: tuple[VendingKey, ...] = ()
    groups: tuple[KnownGroup, ...] = ()
    stock: tuple[StockMeter, ...] = ()
    certificates: tuple[StationCertificate, ...] = ()
    station_codes: tuple[StationCode, ...] = ()
    # It holds a key, which no repr may show.
    keep: Callable[[], None] | None = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class OfficeBooks:
    """The office as it stands, kept up to date with what the batch has decided so far.

    ``waiting`` are the sales of drawers that were open when the batch began.
    ``noted`` are kinds and keys of which an exception is open, among those that were asked for.
    ``next_line`` is the number of the diary's next line, ``next_key`` that of the next vending key.
    """

    operators: dict[str, Operator] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    shifts: dict[int, Shift] = field(default_factory=dict)
    waiting: dict[str, tuple[WaitingSale, ...]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    approvals: dict[str, Approval] = field(default_factory=dict)
    troubles: dict[int, Trouble] = field(default_factory=dict)
    noted: set[tuple[str, str]] = field(default_factory=set)
    branch_of: dict[str, str] = field(default_factory=dict)
    priced: dict[str, PricedType] = field(default_factory=dict)
    groups: dict[str, KnownGroup] = field(default_factory=dict)
    stock: dict[str, StockMeter] = field(default_factory=dict)
    certificates: dict[str, StationCertificate] = field(default_factory=dict)
    station_codes: dict[str, StationCode] = field(default_factory=dict)
    next_shift: int = 1
    next_key: int = 1
    next_line: int = 1

    def rights(self, login: str) -> Rights:
        """Say what somebody may do; who is unknown may do nothing."""
        operator = self.operators.get(login)
        return Rights() if operator is None else rights_of(operator, self.roles)

    def apply(self, change: OfficeChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        self.operators |= {one.login: one for one in change.operators}
        self.roles |= {one.code: one for one in change.roles}
        self.branches |= {one.code: one for one in change.branches}
        self.stations |= {one.code: one for one in change.stations}
        self.shifts |= {one.id: one for one in change.shifts}
        self.sessions |= {one.id: one for one in change.sessions}
        self.approvals |= {one.reference: one for one in change.approvals}
        self.troubles |= {one.id: one for one in change.troubles}
        self.noted -= {(one.kind, one.key) for one in change.troubles if not one.is_open}
        self.next_shift = max((self.next_shift, *(one.id + 1 for one in change.shifts)))
        self.groups |= {one.sgc: one for one in change.groups}
        self.stock |= {one.pan: one for one in change.stock}
        self.certificates |= {one.number: one for one in change.certificates}
        self.station_codes |= {one.digest: one for one in change.station_codes}
        for version in change.versions:
            self.priced[version.power_type] = self.priced[version.power_type].having(version)
        for key in change.keys:
            self.groups[key.revision.sgc] = self.groups[key.revision.sgc].having(key)
            self.next_key = max(self.next_key, key.id + 1)
