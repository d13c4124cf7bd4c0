"""What a batch knows of lines: ways, groups, schedules, timetables, and orders on their way to meters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.core.remote_order import RemoteKind, RemoteState

if TYPE_CHECKING:
    from gateway.core.meter_way import MeterWay
    from gateway.core.reading_plan import MeterGroup, ReadingSchedule
    from gateway.core.remote_order import RemoteOrder
    from gateway.core.timetable_version import TimetableVersion


@dataclass(frozen=True, slots=True)
class LineNeeds:
    """What an order about lines wants loaded.

    ``pans`` are meters: the way of each, its open orders, and the last that was delivered of each kind.
    ``orders`` are remote orders by their id, ``payments`` those of sales, each with what is known of its
    meter. ``groups`` and ``schedules`` by code, ``timetables`` by reference, ``rates``: all versions of
    timetables by code. ``asked`` are codes, too: of each of ``pans`` the last order for each version, and
    ``gone_out`` references of versions: whether some meter was ever sent it.
    """

    pans: tuple[str, ...] = ()
    orders: tuple[int, ...] = ()
    payments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    timetables: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    gone_out: tuple[str, ...] = ()

    def joined(self, other: LineNeeds) -> LineNeeds:
        """Return what both want."""
        return LineNeeds(
            (*self.pans, *other.pans),
            (*self.orders, *other.orders),
            (*self.payments, *other.payments),
            (*self.groups, *other.groups),
            (*self.schedules, *other.schedules),
            (*self.timetables, *other.timetables),
            (*self.rates, *other.rates),
            (*self.asked, *other.asked),
            (*self.gone_out, *other.gone_out),
        )


@dataclass(frozen=True, slots=True)
class LineChange:
    """What a decision changes of lines: each as it stands afterwards, new or not."""

    ways: tuple[MeterWay, ...] = ()
    orders: tuple[RemoteOrder, ...] = ()
    groups: tuple[MeterGroup, ...] = ()
    schedules: tuple[ReadingSchedule, ...] = ()
    timetables: tuple[TimetableVersion, ...] = ()


@dataclass(slots=True)
class LineBooks:
    """Lines as they stand, kept up to date with what the batch has decided so far.

    ``ways`` by PAN, ``orders`` by id: those asked for, and of each meter the open ones and the last purchase.
    ``gone_out`` are references of timetables that some meter was sent.
    """

    ways: dict[str, MeterWay] = field(default_factory=dict)
    orders: dict[int, RemoteOrder] = field(default_factory=dict)
    groups: dict[str, MeterGroup] = field(default_factory=dict)
    schedules: dict[str, ReadingSchedule] = field(default_factory=dict)
    timetables: dict[str, TimetableVersion] = field(default_factory=dict)
    gone_out: set[str] = field(default_factory=set)
    next_order: int = 1

    def leads(self, pan: str, version: int | None) -> bool:
        """Say whether the way to a meter is in use, and (unless None) still this version of it."""
        way = self.ways.get(pan)
        return way is not None and way.is_on and version in {None, way.version}

    def open_order(self, pan: str, kinds: frozenset[RemoteKind]) -> RemoteOrder | None:
        """Give the order of one of these kinds that a meter has on its way."""
        return next((one for one in self.orders.values()
                     if one.pan == pan and one.is_open and one.kind in kinds), None)  # fmt: skip

    def of_payment(self, payment: str) -> RemoteOrder | None:
        """Give the order of a sale that was not cancelled."""
        of_it = [one for one in self.orders.values()
                 if one.payment == payment and one.state is not RemoteState.CANCELLED]  # fmt: skip
        return max(of_it, key=lambda one: one.id, default=None)

    def last_number(self, pan: str) -> int:
        """Give the number of a meter's last purchase that may be in it; 0 where there was none."""
        last = self._last_purchase(pan)
        return 0 if last is None else last.number

    def is_refused(self, pan: str) -> bool:
        """Say whether a meter has refused its last purchase: it takes no later one before that."""
        last = self._last_purchase(pan)
        return last is not None and last.state is RemoteState.REFUSED

    def _last_purchase(self, pan: str) -> RemoteOrder | None:
        of_it = (one for one in self.orders.values()
                 if one.pan == pan and one.kind is RemoteKind.RECHARGE
                 and one.state is not RemoteState.CANCELLED)  # fmt: skip
        return max(of_it, key=lambda one: one.number, default=None)

    def versions_of(self, code: str) -> list[TimetableVersion]:
        """Give the versions of a timetable by their numbers."""
        found = (one for one in self.timetables.values() if one.code == code)
        return sorted(found, key=lambda one: one.number)

    def last_asked(self, pan: str, reference: str) -> RemoteOrder | None:
        """Give a meter's last order for a timetable."""
        of_it = [one for one in self.orders.values()
                 if one.pan == pan and one.kind is RemoteKind.TIMETABLE and one.ask == reference]  # fmt: skip
        return max(of_it, key=lambda one: one.id, default=None)

    def apply(self, change: LineChange) -> None:
        """Enter what was decided, so that the next command of the batch sees it."""
        self.ways |= {one.pan: one for one in change.ways}
        self.orders |= {one.id: one for one in change.orders}
        self.groups |= {one.code: one for one in change.groups}
        self.schedules |= {one.code: one for one in change.schedules}
        self.timetables |= {one.reference: one for one in change.timetables}
        rates = (one for one in change.orders if one.kind is RemoteKind.TIMETABLE)
        self.gone_out |= {one.ask for one in rates if one.begun_us is not None}
        self.next_order = max((self.next_order, *(one.id + 1 for one in change.orders)))
