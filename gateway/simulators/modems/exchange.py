r"""The telephone exchange between virtual modems and meters: who is called, who answers, who is busy.

    exchange = TelephoneExchange(clock, [Entry("5551234", InProcess(make_meter))], ring_s=0)
    modem = VirtualModem(exchange, clock)            the clock may be the reactor, or a test's
    modem.out = ...                                  gets what the modem says
    modem.receive(b"ATD5551234\r")

Nobody waits here for anything but the clock, so a test has thousands of calls in a second.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from gateway.simulators.modems.book import CALM, Outcome, digits_of
from gateway.simulators.modems.call import Call, CallPlan, CallRecord, OurEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.ports import Clock
    from gateway.simulators.modems.book import Entry, OwnLine

RING_S: Final = 2.0
"""Seconds from ring to ring, and until a number without a time of its own answers: half of what is usual."""

RINGS_MAX: Final = 12
"""Rings until whoever calls gives up: a minute on a real line."""


class Station(OurEnd, Protocol):
    """A modem on one of our lines, as the exchange knows it."""

    line: OwnLine

    @property
    def is_free(self) -> bool:
        """Could a call come in?"""

    def rung(self, call: Call) -> None:
        """This call rings from now on."""

    def ring(self) -> None:
        """It rings once."""


class Caller(Protocol):
    """Who calls one of our modems, and then speaks by the call's ``from_far``."""

    def answered(self) -> None:
        """There is a carrier."""

    def receive(self, octets: bytes) -> None:
        """Take octets of the modem."""

    def hung_up(self) -> None:
        """The call is over, or nobody has answered it."""


def _nobody(_record: CallRecord) -> None:
    """Note no call."""


class TelephoneExchange:
    """Numbers, lines and calls. ``noted`` is told of each call when it is over.

    ``ring_s``: from ring to ring, and until a number without a time of its own answers. 0: it answers at
    once, and a modem that is called rings as often as everywhere.
    """

    def __init__(
        self,
        clock: Clock,
        entries: Iterable[Entry] = (),
        *,
        ring_s: float = RING_S,
        noted: Callable[[CallRecord], object] = _nobody,
    ) -> None:
        self._clock = clock
        self._ring_s = ring_s
        self._between_s = ring_s or RING_S
        self._noted = noted
        self._entries: dict[str, Entry] = {}
        self._lines: dict[str, Station] = {}
        self._engaged: dict[str, Call] = {}
        self._callers: dict[Call, Caller] = {}
        self._ordinals: Counter[str] = Counter()
        for entry in entries:
            self.enter(entry)

    def enter(self, entry: Entry) -> None:
        """Write a number into the book, in the place of what stood there; ValueError for one of our own."""
        if entry.number in self._lines:
            raise ValueError("this is the number of a line of ours")
        self._entries[entry.number] = entry

    def install(self, station: Station) -> None:
        """Put a modem on its line; ValueError where the number is taken."""
        number = station.line.number
        if number in self._lines or number in self._entries:
            raise ValueError("this number is taken")
        self._lines[number] = station

    def unused_number(self) -> str:
        """Give the number of a line for which nobody has chosen one: 1, 2, 3 and so on."""
        number = len(self._lines) + 1
        while str(number) in self._lines or str(number) in self._entries:
            number += 1
        return str(number)

    def call_to(self, number: str) -> Call | None:
        """Give the call that a number of the book is engaged by, if any."""
        return self._engaged.get(number)

    def dial(self, station: Station, dialled: str, wait_s: float) -> Call:
        """Call a number from a line of ours; ``wait_s``: how long its modem waits for the carrier (S7)."""
        number = digits_of(dialled)
        entry = self._entries.get(number)
        plan = self._plan(station, number, entry)
        call = Call(plan, station, self._clock, self._over)
        if entry is not None and number not in self._engaged and station.line.has_dial_tone:
            self._engaged[number] = call
        if plan.fails is Outcome.SILENT:
            return call
        after_s = self._ring_s if entry is None or entry.after_ms is None else entry.after_ms / 1000
        if after_s > wait_s:
            call.after(wait_s, partial(call.end, Outcome.NO_CARRIER))
        elif plan.fails is not None or entry is None or entry.place is None:
            call.after(after_s, partial(call.end, plan.fails or Outcome.NO_CARRIER))
        else:
            call.after(after_s, partial(self._put_through, call, entry.place, wait_s - after_s))
        return call

    def ring(self, caller: Caller, number: str | None = None) -> Call | None:
        """Call one of our modems, or the first that is free; None where that is engaged, or is none."""
        station = self._lines.get(number) if number is not None else self._first_free()
        if station is None or not station.is_free:
            outcome = Outcome.NO_CARRIER if station is None and number is not None else Outcome.BUSY
            self._noted(CallRecord(number or "", True, outcome, None, 0, 0))  # noqa: FBT003 - it came in
            return None
        line = station.line
        self._ordinals[line.number] += 1
        ordinal = self._ordinals[line.number]
        is_wrong = line.times is None or ordinal <= line.times
        trouble = line.trouble if is_wrong else CALM
        call = Call(
            CallPlan(line.number, None, trouble, ordinal, is_inbound=True), station, self._clock, self._over
        )
        self._callers[call] = caller
        station.rung(call)
        call.after(0, partial(self._ring, call, station, RINGS_MAX))
        return call

    def take(self, call: Call) -> None:
        """Answer a call that rings on a line of ours; its modem has taken it."""
        caller = self._callers.pop(call)
        call.answered(caller.receive, caller.hung_up)
        caller.answered()

    # Steps.

    def _plan(self, station: Station, number: str, entry: Entry | None) -> CallPlan:
        if not station.line.has_dial_tone:
            return CallPlan(number, Outcome.NO_DIALTONE)
        if entry is None:
            return CallPlan(number, Outcome.NO_CARRIER)
        if number in self._engaged:
            return CallPlan(number, Outcome.BUSY)
        self._ordinals[number] += 1
        ordinal = self._ordinals[number]
        if entry.times is not None and ordinal > entry.times:
            return CallPlan(number, None, CALM, ordinal, entry.rate)
        return CallPlan(number, entry.fails, entry.trouble, ordinal, entry.rate)

    def _put_through(self, call: Call, place: Callable[[Call], object], wait_s: float) -> None:
        call.after(wait_s, partial(call.end, Outcome.NO_CARRIER))
        place(call)

    def _ring(self, call: Call, station: Station, left: int) -> None:
        if not left:
            call.unanswered()
            return
        call.after(self._between_s, partial(self._ring, call, station, left - 1))
        station.ring()

    def _first_free(self) -> Station | None:
        return next((station for station in self._lines.values() if station.is_free), None)

    def _over(self, call: Call, record: CallRecord) -> None:
        if self._engaged.get(record.number) is call:
            del self._engaged[record.number]
        caller = self._callers.pop(call, None)
        if caller is not None:
            caller.hung_up()
        self._noted(record)
