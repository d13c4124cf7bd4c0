"""Timetables published on books alone: a group of meters with ways, and orders for them, step by step."""

from datetime import timedelta

from gateway.core.line_books import LineBooks
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.office import NotDone
from gateway.core.reading_plan import GroupKind, MeterGroup
from gateway.core.remote_ended import RemoteEnded
from gateway.core.remote_order import RemoteEvent
from gateway.core.timeline import microseconds
from gateway.metering.step_remote import BeginRemote, EndRemote
from gateway.multi_tariff.order_timetables import OrderTimetables
from gateway.multi_tariff.publish_timetable import ApproveTimetable, DraftTimetable, WithdrawTimetable
from tests.builders import NOON, books, meter
from tests.timetables import rates

DAY = timedelta(days=1)
LI, ZHANG = "local:li", "local:zhang"
METERS = [meter(serial) for serial in (1, 2, 3)]
ONE, TWO, WAYLESS = (one.pan for one in METERS)


class Desk:
    """Posts on books alone, at a moment of its own; ``decisions`` are all that were made."""

    def __init__(self):
        self.books = books(*METERS)
        ways = {pan: MeterWay(pan, LineKind.MODEM, "5550161", "161", "dlt645-2007") for pan in (ONE, TWO)}
        groups = {"north": MeterGroup("north", "North", GroupKind.ALL)}
        self.books.files.lines = LineBooks(ways=ways, groups=groups)
        self.now = NOON
        self.count = 0
        self.decisions = []

    def post(self, command):
        decision = command.decide(self.books, self.now)
        self.books.apply(command, decision)
        self.decisions.append(decision)
        return decision.content

    def nonce(self):
        self.count += 1
        return f"n{self.count}"

    def draft(self, after=10 * DAY, by=LI, nonce=None, **changes):
        usual = {"code": "homes", "name": "Homes", "group": "north", "body": rates().stored()}
        from_us = microseconds(NOON + after)
        said = {**usual, "from_us": from_us, **changes}
        return self.post(DraftTimetable(by, nonce or self.nonce(), **said))

    def approve(self, reference="homes/1", by=ZHANG, version=1):
        return self.post(ApproveTimetable(by, self.nonce(), reference, version))

    def withdraw(self, reference="homes/1", by=ZHANG, version=1, reason="a slip", **more):
        return self.post(WithdrawTimetable(by, self.nonce(), reference, version, reason, **more))

    def published(self, after=10 * DAY, **changes):
        """Draft and approve the next version, and give its reference."""
        reference = self.draft(after, **changes).subject
        self.approve(reference)
        return reference

    def found(self, reference="homes/1"):
        return self.books.files.lines.timetables[reference]

    def order(self, reference="homes/1", *pans):
        """Order for meters; give how many orders were given or cancelled."""
        content = self.post(OrderTimetables(reference, pans or (ONE, TWO, WAYLESS)))
        return content if isinstance(content, NotDone) else content.version

    def orders(self, pan=ONE):
        """Where a meter's orders stand, the oldest first."""
        of_it = [one for one in self.books.files.lines.orders.values() if one.pan == pan]
        return [(one.ask, one.state.value) for one in sorted(of_it, key=lambda one: one.id)]

    def last(self, pan=ONE):
        return max(
            (one for one in self.books.files.lines.orders.values() if one.pan == pan), key=lambda one: one.id
        )

    def begin(self, pan=ONE):
        self.post(BeginRemote(self.last(pan).id))

    def end(self, event=RemoteEvent.DELIVER, told="passive", pan=ONE):
        """A contact is made, and leaves a meter's last order so."""
        self.begin(pan)
        self.post(EndRemote(self.last(pan).id, RemoteEnded(event, told)))
