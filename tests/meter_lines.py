"""Wires without sockets for tests of conversations: octets go to a meter in this process."""

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from gateway.core.contact import ContactFault, ContactWhy

#: Seconds that a conversation may take by the clock before it counts as hanging: the longest question twice.
HANGS_AFTER_S = 700

#: What the two ways in which a line may end are called.
ENDS = {"cut_at": "breaks", "deaf_at": "falls silent"}


class Link:
    """A wire to a meter: ``meter(octets)`` gives what it answers. Octets are counted both ways.

    ``cut_at``: the wire breaks when so many octets have gone; ``deaf_at``: from there on nothing arrives any
    more, either way. ``chunk``: answers come in pieces of so many octets, ``gap_s`` apart.
    """

    is_speed_fixed = True
    slack_ms = 0

    def __init__(self, clock, meter, *, cut_at=None, deaf_at=None, chunk=None, gap_s=0.01):
        self.owner = None
        self.clock = clock
        self.meter = meter
        self.cut_at, self.deaf_at, self.chunk, self.gap_s = cut_at, deaf_at, chunk, gap_s
        self.gone = 0
        self.sent = []
        self.speeds = []
        self.is_over = False
        self.is_closed = False

    def ms_of(self, octets):
        return 0

    def send(self, octets):
        if self.is_over:
            return
        self.sent.append(octets)
        arrived = self._carried(octets)
        answer = self.meter(arrived) if arrived else b""
        if answer:
            size = self.chunk or len(answer)
            for place, at in enumerate(range(0, len(answer), size)):
                self.clock.callLater((place + 1) * self.gap_s, self.say, answer[at : at + size])

    def say(self, octets):
        """Let the meter say something, asked or not."""
        if self.is_over:
            return
        arrived = self._carried(octets)
        if arrived and self.owner is not None:
            self.owner.came(arrived)
        self._break_if_due()

    def change_speed(self, baud, *, is_hdlc):
        self.speeds.append((baud, is_hdlc))

    def close(self):
        self.is_closed = True
        return succeed(None)

    def _carried(self, octets):
        ends = [end for end in (self.cut_at, self.deaf_at) if end is not None]
        passed = octets if not ends else octets[: max(0, min(ends) - self.gone)]
        self.gone += len(octets)
        if self.cut_at is not None and self.gone >= self.cut_at and not self.is_over:
            self.clock.callLater(0.001, self._break_if_due)
        return passed

    def _break_if_due(self):
        if self.is_over or self.cut_at is None or self.gone < self.cut_at:
            return
        self.is_over = True
        if self.owner is not None:
            self.owner.broke(ContactFault(ContactWhy.LOST, "the wire broke"))


def finished(clock, coroutine, *, within_s=HANGS_AFTER_S):
    """Run a coroutine on the clock to its end, and give what it gave, or raise what it raised."""
    ended: list[Any] = []
    running: Deferred[Any] = Deferred.fromCoroutine(coroutine)
    running.addBoth(ended.append)
    until = clock.seconds() + within_s
    while not ended and clock.seconds() < until:
        calls = clock.getDelayedCalls()
        assert calls, "nothing is waited for, and it has not ended"
        clock.advance(max(0.0, min(call.getTime() for call in calls) - clock.seconds()))
    assert ended, f"it hangs: not ended after {within_s} s"
    if hasattr(ended[0], "raiseException"):
        ended[0].raiseException()
    return ended[0]


__all__ = ["ENDS", "HANGS_AFTER_S", "Clock", "Link", "finished"]
