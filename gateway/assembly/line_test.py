"""Tests of meters' lines: somebody at a page has a meter called, and sees what goes over the line.

    begin(way) ──job on demand──► lines ──► LineTestErrand: who is it, clock, energy, relay
    look(pan)  ◄── how far it is, what was said, each frame with its meaning; passwords are covered

A test is one call: what does not do is seen, and not tried again. Tests are kept in memory, the newest of
each meter; nothing that they read goes into the books.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.assembly.line_trace import tracer
from gateway.core.clock_check import CLOCK_ITEMS
from gateway.core.contact import ENDS, ContactFault
from gateway.core.fitting import TOTAL
from gateway.core.line_test import LineTest, LineTestRefusal, LineTestStands
from gateway.core.line_work.job import Job
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_items import REGISTER_ITEMS, ItemsSaid
from gateway.metering.pool import PoolFullError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.lines.talk import Wanted
    from gateway.assembly.line_part import Lines
    from gateway.codecs.meter_model.model import MeterModel
    from gateway.core.contact import ContactWhy, ItemsRead
    from gateway.core.line_work.call import Call, Dropped, Settled
    from gateway.core.line_work.slot import GapWhy
    from gateway.core.meter_way import MeterWay
    from gateway.ports import MeterTalk

TESTS_MAX: Final = 20
"""Tests that are kept: the engineers of a day, and some 60 KB each at the most."""

TEST_S_MAX: Final = 900
"""Seconds that a test waits for its line: as long as a call to a concentrator may take that is before it."""

TRACE_LINES_MAX: Final = 400
"""Lines of a trace, of which the newest are kept: ten times what four items take, and a long read-out."""

#: What a test reads besides the number and the relay: as little as shows that the meter is well.
_ITEMS: Final = (*CLOCK_ITEMS, *(item for item, name in REGISTER_ITEMS.items() if name == TOTAL))


class LineTesting:
    """Has meters called for whoever waits, over this process's lines; ``now`` is in the utility's zone."""

    def __init__(self, lines: Lines, now: Callable[[], datetime]) -> None:
        self._lines = lines
        self._now = now
        #: By the meter's number, the oldest first.
        self._kept: dict[str, _Test] = {}
        self._under_way: dict[int, _Test] = {}

    def begin(self, way: MeterWay, by: str) -> LineTestRefusal | None:
        """Have a meter called; one whose test is under way already is not called twice.

        A refusal where nobody can be called now. ``by`` is the login of whoever waits.
        """
        before = self._kept.get(way.pan)
        if before is not None and not before.seen.has_ended:
            return None
        if before is None and not self._make_room():
            return LineTestRefusal.TOO_MANY
        test = _Test(LineTest(way.pan, by, self._now(), LineTestStands.WAITING), way)
        now_s = self._lines.now_s()
        job = Job(
            self._lines.new_id(), WorkKind.ON_DEMAND, way.place, (int(way.pan),), now_s, now_s + TEST_S_MAX,
            bus=way.bus,
        )  # fmt: skip
        self._under_way[job.id] = test
        try:
            self._lines.ask(job, way.kind)
        except PoolFullError:
            del self._under_way[job.id]
            return LineTestRefusal.NO_LINE
        self._kept.pop(way.pan, None)
        self._kept[way.pan] = test
        return None

    def look(self, pan: str) -> LineTest | None:
        """Give the newest test of a meter as it stands; None where none is kept."""
        test = self._kept.get(pan)
        return None if test is None else test.with_trace()

    def errand(self, job: Job) -> LineTestErrand | None:
        """Give what is done in the call of a test; None where the job is none."""
        test = self._under_way.get(job.id)
        return None if test is None else LineTestErrand(self, test)

    def wanted(self, way: MeterWay, said: Callable[[str], object]) -> Wanted:
        """Say who is meant and what lets us in, each frame being told to ``said``; ``ContactFault``."""
        wanted = self._lines.access.wanted(way)
        return replace(wanted, trace=tracer(wanted.model, wanted.password, said, now=self._now))

    def called(self, call: Call, line: str) -> None:
        """Take it that a line of this name begins a call."""
        for test in self._tests_of(call.jobs):
            test.seen = replace(test.seen, stands=LineTestStands.CALLING, line=line)

    def settled(self, end: Settled) -> None:
        """Take how the call has ended: there is no other."""
        test = self._under_way.get(end.job.id)
        if test is None:
            return
        if end.again is not None:
            self._lines.desks[test.way.kind].withdraw(end.job.id)
        self._end(end.job, next(iter(end.unread.values()), None))

    def dropped(self, dropped: Dropped) -> None:
        """Take it that nobody is called."""
        self._end(dropped.job, dropped.why)

    def _end(self, job: Job, why: GapWhy | None) -> None:
        test = self._under_way.pop(job.id, None)
        if test is not None:
            stands = LineTestStands.ENDED
            test.seen = replace(test.seen, stands=stands, ended_at=self._now(), why=why)

    def _tests_of(self, jobs: tuple[Job, ...]) -> list[_Test]:
        return [self._under_way[job.id] for job in jobs if job.id in self._under_way]

    def _make_room(self) -> bool:
        """Forget the oldest test that has ended, where too many are kept; False where none has."""
        if len(self._kept) < TESTS_MAX:
            return True
        ended = next((pan for pan, test in self._kept.items() if test.seen.has_ended), None)
        if ended is None:
            return False
        del self._kept[ended]
        return True


class _Test:
    """A test and its trace, as they grow."""

    def __init__(self, seen: LineTest, way: MeterWay) -> None:
        self.seen = seen
        self.way = way
        self._trace: deque[str] = deque(maxlen=TRACE_LINES_MAX)
        self._told = 0

    def tell(self, line: str) -> None:
        """Take a line of the trace."""
        self._told += 1
        self._trace.append(line.rstrip("\n"))

    def with_trace(self) -> LineTest:
        """Give it as it stands, with its trace so far."""
        return replace(self.seen, trace=tuple(self._trace), left_out=self._told - len(self._trace))


class LineTestErrand:
    """Asks a meter who it is, and what its clock, its total and its relay show."""

    def __init__(self, testing: LineTesting, test: _Test) -> None:
        self._testing = testing
        self._test = test
        self._model: MeterModel | None = None

    async def ready(self) -> Wanted:
        """Say which meter it is, and what lets us in; ``ContactFault`` where that cannot be had."""
        self._test.seen = replace(self._test.seen, stands=LineTestStands.TALKING)
        try:
            wanted = self._testing.wanted(self._test.way, self._test.tell)
        except ContactFault as fault:
            self._miss("access", fault)
            raise
        self._model = wanted.model
        return wanted

    async def carry_out(self, talk: MeterTalk) -> ContactWhy | None:
        """Ask; None where the meter was spoken with to the end, whatever of it is missing."""
        assert self._model is not None, "it was made ready"  # noqa: S101 - of our own code
        why = self._take(self._model, await talk.read(_items(self._model)))
        if why is None and not self._model.number_at:
            why = await self._identify(talk)
        seen = self._test.seen
        if why is None and not (seen.number or seen.read or seen.relay) and seen.missing:
            why = seen.missing[0][1].why
        return why

    def _take(self, model: MeterModel, found: ItemsRead) -> ContactWhy | None:
        """Note what was read; its number and its relay apart."""
        said = ItemsSaid({one.item: one for one in found.read}, {})
        number, relay = said.read.get(model.number_at), said.relay()
        apart = (
            {model.number_at}
            if relay is None or model.relay is None
            else {model.number_at, model.relay.state}
        )
        self._test.seen = replace(
            self._test.seen,
            number="" if number is None else number.text.strip(),
            relay=relay,
            read=tuple(one for one in found.read if one.item not in apart),
        )
        ended = [self._miss(item, fault) for item, fault in found.missing]
        return next((why for why in ended if why is not None), None)

    async def _identify(self, talk: MeterTalk) -> ContactWhy | None:
        try:
            number = await talk.identify()
        except ContactFault as fault:
            return self._miss("number", fault)
        self._test.seen = replace(self._test.seen, number=number.strip())
        return None

    def _miss(self, item: str, fault: ContactFault) -> ContactWhy | None:
        """Note what was not read; give why where nothing more is to be asked after it."""
        seen = self._test.seen
        self._test.seen = replace(seen, missing=(*seen.missing, (item, fault)))
        return fault.why if fault.why in ENDS else None


def _items(model: MeterModel) -> list[str]:
    """Name what is asked for, in one question: a meter that is read out says all of it at once."""
    wanted = (model.number_at, *_ITEMS, "" if model.relay is None else model.relay.state)
    return [item for item in wanted if model.item(item) is not None]
