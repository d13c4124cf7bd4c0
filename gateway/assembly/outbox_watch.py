"""Delivers what stands in the outbox: lease → deliver, so many at once → take out, or make due later.

Each notice is on its own: one that hangs keeps its place until its deadline, and the others go on. Nothing
here touches the ledger's thread, and a receiver that is dead costs the posting nothing: after a few attempts
in a row without success one notice at a time is tried, every 15 s, until one gets through.

What a crash leaves is a lease that runs out. What the database does not take is kept and said to it again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.internet.task import deferLater

from adapters.db.opening import DatabaseFault
from gateway.core.delivery import NEVER_US, RETRY_FIRST_S, Attempt, Backlog, Fate, next_due_us
from gateway.core.timeline import microseconds
from gateway.endpoints.health import Check, Standing
from gateway.events import event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from twisted.python.failure import Failure

    from adapters.db.outbox import Outbox
    from gateway.core.delivery import LeasedNotice
    from gateway.ports import Tally

    RunElsewhere = Callable[..., Deferred[Any]]

log = logging.getLogger("powertill.outbox")

#: Deliveries under way at one time: with a receiver that takes 50 ms, some 600 notices a second.
IN_FLIGHT_MAX: Final = 32

#: Seconds in which rings and ends gather before the database is asked: one statement then serves many.
GATHER_S: Final = 0.05

#: Seconds between two looks when nobody rings: for retries that fall due, and for what another process wrote.
POLL_S: Final = 5.0

#: Seconds of a lease beyond the delivery's own deadline: the ledger may take some for telling a person.
LEASE_MARGIN_S: Final = 30

#: Attempts in a row without success after which the receiver is taken to be down, and seconds between two
#: attempts from then on: thousands of notices must not be tried in vain by the thread that answers the banks.
SETBACKS_MAX: Final = 8
PROBE_S: Final = 15.0

#: Seconds between two counts of what lies in the outbox: each reads all of it.
LOOK_S: Final = 60.0

#: Seconds after which the oldest notice is too old: a receiver that is restarted is back long before.
OLD_S_MAX: Final = 900

#: Seconds before the database is asked again after it did not serve.
TROUBLE_S: Final = 5.0

#: Seconds that a stop waits for deliveries under way: the rest of the stop needs its time as well.
DRAIN_S_MAX: Final = 5.0


class Receiver(Protocol):
    """Whoever is told, and the person who is told that it did not work."""

    timeout_s: float

    def deliver(self, notice: LeasedNotice) -> Awaitable[Attempt]:
        """Deliver a notice within ``timeout_s``; how that ended."""

    def give_up(self, notice: LeasedNotice, why: str) -> Awaitable[object]:
        """Tell a person that a notice stays undelivered."""


class OutboxWatch:
    """The loop. ``run_elsewhere`` runs what touches the database on a thread of its own, call by call."""

    def __init__(  # noqa: PLR0913, PLR0917 - a loop between five rooms, joined once
        self,
        outbox: Outbox,
        run_elsewhere: RunElsewhere,
        receiver: Receiver,
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        now: Callable[[], datetime],
        tally: Tally,
    ) -> None:
        self._outbox = outbox
        self._run_elsewhere = run_elsewhere
        self._receiver = receiver
        self._clock = clock
        self._now = now
        self._tally = tally
        self._under_way: dict[str, Deferred[None]] = {}
        self._done: list[LeasedNotice] = []
        self._failed: list[tuple[LeasedNotice, int]] = []
        self._setbacks = 0
        self._probe_at = self._look_at = 0.0
        self._goes_on = False
        self._is_rung = False
        self._waiting: Deferred[None] | None = None
        self._work: Deferred[None] | None = None
        self._backlog = Backlog(0, None, 0)

    def start(self) -> None:
        """Begin: with what was left by whoever delivered before us."""
        self._goes_on = True
        self._work = Deferred.fromCoroutine(self._run())

    def ring(self) -> None:
        """Look into the outbox soon: something was written into it. Called in the reactor's thread."""
        self._is_rung = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def stop(self) -> None:
        """Lease nothing more; wait a little for what is under way, leave the rest to the next start."""
        if self._work is None:
            return
        self._goes_on = False
        self.ring()
        await self._work
        # What is cancelled then may have arrived all the same: it is due again, under the same key.
        await DeferredList(list(self._under_way.values())).addTimeout(DRAIN_S_MAX, self._clock)
        try:
            await self._settle()
        except DatabaseFault as fault:
            event(log, "outbox.unreachable", level=logging.WARNING, why=str(fault))

    def checks(self) -> list[Check]:
        """Say how deliveries stand, from what was counted last, and bring the levels up to date."""
        backlog, age_s = self._backlog, self._age_s()
        self._tally.level("outbox_waiting", backlog.waiting)
        self._tally.level("outbox_undelivered", backlog.undelivered)
        self._tally.level("outbox_oldest_seconds", age_s)
        if backlog.undelivered:
            says = f"{backlog.undelivered} notices were given up; see: powertill outbox"
        elif age_s > OLD_S_MAX:
            says = f"the oldest of {backlog.waiting} notices waits for {age_s // 60} minutes"
        else:
            return [Check("outbox", Standing.OK, f"{backlog.waiting} notices wait")]
        return [Check("outbox", Standing.DEGRADED, says)]

    async def _run(self) -> None:
        quiet_until = 0.0
        while self._goes_on:
            if self._clock.seconds() >= quiet_until:
                try:
                    await self._turn()
                except DatabaseFault as fault:
                    event(log, "outbox.unreachable", level=logging.WARNING, why=str(fault))
                    quiet_until = self._clock.seconds() + TROUBLE_S
                except Exception as fault:  # noqa: BLE001 - one turn of a loop: the next one may do better
                    event(log, "outbox.turn_failed", level=logging.ERROR, raised=fault)
                    quiet_until = self._clock.seconds() + TROUBLE_S
            await self._rung()

    async def _turn(self) -> None:
        await self._settle()
        await self._look()
        await self._take()

    async def _take(self) -> None:
        """Lease what is due, as many as may be delivered at once, and begin to deliver it."""
        most = IN_FLIGHT_MAX - len(self._under_way)
        if self._setbacks >= SETBACKS_MAX:
            if self._under_way or self._clock.seconds() < self._probe_at:
                return
            most, self._probe_at = 1, self._clock.seconds() + PROBE_S
        if most <= 0 or not self._goes_on:
            return
        now_us = self._now_us()
        until_us = now_us + int((self._receiver.timeout_s + LEASE_MARGIN_S) * 1_000_000)
        for notice in await self._run_elsewhere(self._outbox.lease, now_us, until_us, most):
            if notice.key not in self._under_way:
                delivering = self._under_way[notice.key] = Deferred.fromCoroutine(self._deliver(notice))
                delivering.addBoth(self._ended, notice.key)

    async def _deliver(self, notice: LeasedNotice) -> None:
        began_s = self._clock.seconds()
        try:
            attempt = await self._receiver.deliver(notice)
        except CancelledError:
            attempt = Attempt(Fate.LATER, "the gateway stops")
        except Exception as fault:  # noqa: BLE001 - one notice of many: the others go on
            event(log, "notice.delivery_failed", level=logging.ERROR, raised=fault, notice=notice.id)
            attempt = Attempt(Fate.LATER, "a fault of ours")
        self._tally.took("notice", self._clock.seconds() - began_s)
        await self._judge(notice, attempt)

    async def _judge(self, notice: LeasedNotice, attempt: Attempt) -> None:
        """Decide what becomes of a notice; a person is told before it is given up, or it is not given up."""
        self._setbacks = self._setbacks + 1 if attempt.fate is Fate.LATER else 0
        if attempt.fate is Fate.DONE:
            self._done.append(notice)
            self._note(notice, "delivered", attempt.why, logging.DEBUG)
            return
        later_us = next_due_us(notice.attempts, self._now_us()) if attempt.fate is Fate.LATER else None
        if later_us is not None:
            self._failed.append((notice, later_us))
            self._note(notice, "later", attempt.why, logging.INFO)
            return
        try:
            await self._receiver.give_up(notice, attempt.why)
        except Exception as fault:  # noqa: BLE001 - the ledger may be busy or closing: the notice is tried again
            event(log, "notice.nobody_told", level=logging.WARNING, raised=fault, notice=notice.id)
            self._failed.append((notice, self._now_us() + RETRY_FIRST_S * 1_000_000))
        else:
            self._failed.append((notice, NEVER_US))
            self._note(notice, "given_up", attempt.why, logging.WARNING)

    def _note(self, notice: LeasedNotice, outcome: str, why: str, level: int) -> None:
        self._tally.count("notices", outcome=outcome)
        event(
            log, "notice.tried", level=level, notice=notice.id, kind=notice.kind, outcome=outcome,
            attempt=notice.attempts, why=why,
        )  # fmt: skip

    def _ended(self, result: Failure | None, key: str) -> None:
        del self._under_way[key]
        self.ring()
        if result is not None:
            event(log, "notice.unjudged", level=logging.ERROR, raised=result.value)

    async def _settle(self) -> None:
        """Tell the database how deliveries ended; what it does not take is told again at the next turn."""
        done, failed = self._done, self._failed
        self._done, self._failed = [], []
        try:
            if done:
                await self._run_elsewhere(self._outbox.done, done)
                done = []
            if failed:
                await self._run_elsewhere(self._outbox.failed, failed)
        except DatabaseFault:
            self._done, self._failed = done + self._done, failed + self._failed
            raise

    async def _look(self) -> None:
        if self._clock.seconds() >= self._look_at:
            self._look_at = self._clock.seconds() + LOOK_S
            self._backlog = await self._run_elsewhere(self._outbox.backlog)

    async def _rung(self) -> None:
        """Wait until somebody rings or it is time to look again, and then for what else gathers."""
        if not self._is_rung:
            self._waiting = deferLater(self._clock, POLL_S)
            try:
                await self._waiting
            except CancelledError:
                pass  # somebody rang
            finally:
                self._waiting = None
        if self._goes_on:
            await deferLater(self._clock, GATHER_S)
        self._is_rung = False

    def _now_us(self) -> int:
        return microseconds(self._now())

    def _age_s(self) -> int:
        """Seconds since the oldest notice was written; it may have been delivered since it was counted."""
        oldest_us = self._backlog.oldest_us
        return 0 if oldest_us is None else max(0, (self._now_us() - oldest_us) // 1_000_000)
