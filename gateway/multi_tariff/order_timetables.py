"""Order that meters are sent a version of a timetable, or looked at once its moment is past.

Whoever works the lines asks for it again and again, portion by portion: what stands already is not ordered
once more, so nothing is remembered. Of each meter:

    no way, or one that is off        nothing
    an open order for this version    nothing
    one for an earlier version, or a withdrawn one, that waits and was not sent    is cancelled
    the version in force is not in it yet, and this one is the next                nothing yet
    never ordered, or passed over, or its time was over                            is ordered
    seen to wait, and its moment is past                                           is ordered: it is looked at
    seen to count, refused, taken back by a person, or done by hand                nothing

A version that is withdrawn, or passed over, is ordered no more; what waits for it is cancelled.

Refusals: unknown_timetable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import not_done
from gateway.core.line_books import LineChange, LineNeeds
from gateway.core.meter import MeterRef
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.person import office_channel
from gateway.core.remote_order import RemoteEvent, RemoteKind, RemoteOrder, RemoteState
from gateway.core.remote_step import LINES
from gateway.core.timeline import microseconds
from gateway.core.timetable_done import TimetableSeen, seen_in
from gateway.core.timetable_life import due, looked_before

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.amendment import Amendment
    from gateway.core.books import Books
    from gateway.core.line_books import LineBooks
    from gateway.core.timetable_version import TimetableVersion

PORTION_MAX: Final = 500
"""Meters of one command: a batch has no more, and the banks wait for it."""

PASSED_OVER: Final = "another version takes its place"

_RATES: Final = frozenset({RemoteKind.TIMETABLE})
#: Of an order that ended so, a person has to say what comes next.
_ENDED: Final = frozenset({RemoteState.REFUSED, RemoteState.BY_HAND, RemoteState.CANCELLED})


@dataclass(frozen=True, slots=True)
class OrderTimetables:
    """The meters ``pans`` are to have the version ``reference``: ``PORTION_MAX`` of them at the most.

    What is answered has the number of orders that were given or cancelled as its version.
    """

    reference: str
    pans: tuple[str, ...]

    digest = "order-timetables"

    def __post_init__(self) -> None:
        """A portion has a limit."""
        if len(self.pans) > PORTION_MAX:
            raise ValueError(f"more than {PORTION_MAX} meters at once")

    @property
    def key(self) -> str:
        """The portion; nothing is remembered."""
        return f"order-timetables/{self.reference}/{self.pans[0] if self.pans else ''}"

    @property
    def channel(self) -> str:
        """Whoever works the lines."""
        return office_channel(LINES)

    def needs(self) -> Needs:
        """The meters with their ways and orders, and all versions of the timetable."""
        code = self.reference.rpartition("/")[0]
        lines = LineNeeds(pans=self.pans, rates=(code,), asked=(code,))
        return Needs(meters=tuple(MeterRef(pan=pan) for pan in self.pans), files=FileNeeds(lines=lines))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Refuse, or order what is wanting."""
        lines, now_us = books.files.lines, microseconds(now)
        version = lines.timetables.get(self.reference)
        if version is None:
            return not_done(OfficeRefusal.UNKNOWN_TIMETABLE, self.reference)
        portion = _Portion(lines, version, now_us)
        for pan in dict.fromkeys(self.pans):
            meter, way = books.meters.get(pan), lines.ways.get(pan)
            if way is not None and way.is_on:
                # A meter of the network has no customer.
                portion.see_to(pan, "" if meter is None else meter.account_no)
        return portion.decision()


class _Portion:
    """What is ordered and cancelled, meter by meter."""

    def __init__(self, lines: LineBooks, version: TimetableVersion, now_us: int) -> None:
        self._lines = lines
        self._version = version
        self._now_us = now_us
        self._due = due(lines.versions_of(version.code), now_us)
        self._orders: list[RemoteOrder] = []
        self._told: list[Amendment] = []
        self._next = lines.next_order

    def see_to(self, pan: str, account_no: str) -> None:
        """Cancel and order for one meter what there is to be."""
        open_one = self._lines.open_order(pan, _RATES)
        if open_one is not None and not self._may_cancel(open_one):
            return
        is_wanted = self._is_wanted(pan)
        if open_one is not None:
            if not is_wanted and self._is_due(open_one.ask):
                return
            after = open_one.after(RemoteEvent.CANCEL, self._now_us, PASSED_OVER)
            self._add(AmendmentKind.CANCELLED, open_one, after)
        if is_wanted:
            self._add(AmendmentKind.ORDERED, None, self._order(pan, account_no))

    def decision(self) -> Decision:
        """Make the decision of all of it."""
        count = len(self._orders)
        if not count:
            return Decision(Changed(self._version.reference, 0))
        change = FileChange(lines=LineChange(orders=tuple(self._orders)), amendments=tuple(self._told))
        told = f"timetable {self._version.reference}: {count} orders given or cancelled"
        return Decision(Changed(self._version.reference, count), files=change, told=told)

    def _may_cancel(self, order: RemoteOrder) -> bool:
        """Is it for another version of this timetable, or none that is wanted, and was nothing sent?"""
        if order.state is not RemoteState.WAITING or order.doubts:
            return False
        if order.ask == self._version.reference:
            return not self._due.has(self._version)
        return order.ask.rpartition("/")[0] == self._version.code

    def _is_due(self, reference: str) -> bool:
        other = self._lines.timetables.get(reference)
        return other is not None and self._due.has(other)

    def _is_wanted(self, pan: str) -> bool:
        if not self._due.has(self._version) or not self._is_its_turn(pan):
            return False
        last = self._lines.last_asked(pan, self._version.reference)
        if last is None or last.state is RemoteState.EXPIRED or last.told == PASSED_OVER:
            return True
        if last.state is not RemoteState.DELIVERED or seen_in(last.told) is TimetableSeen.ACTIVE:
            return False
        looked, seen_us = looked_before(self._version, self._now_us), last.ended_us or 0
        return looked is not None and (seen_us <= looked[0] or seen_us <= looked[1])

    def _is_its_turn(self, pan: str) -> bool:
        """Has the meter what is in force? The next one would take its place before it begins."""
        before = self._due.in_force
        if before is None or before.number == self._version.number:
            return True
        last = self._lines.last_asked(pan, before.reference)
        if last is None:
            return False
        counts = last.state is RemoteState.DELIVERED and seen_in(last.told) is TimetableSeen.ACTIVE
        return counts or last.state in _ENDED

    def _order(self, pan: str, account_no: str) -> RemoteOrder:
        return RemoteOrder(
            id=self._next,
            kind=RemoteKind.TIMETABLE,
            pan=pan,
            account_no=account_no,
            ask=self._version.reference,
            by=LINES,
            second=self._version.second,
            at_us=self._now_us,
            from_us=self._now_us,
        )

    def _add(self, kind: AmendmentKind, before: RemoteOrder | None, after: RemoteOrder) -> None:
        self._orders.append(after)
        self._told.append(amended(kind, before, after, LINES, after.told))
        self._next = max(self._next, after.id + 1)
