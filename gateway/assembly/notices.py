"""Joins what tells the outside: the outbox with its thread and its bell, and the webhook or the sweep."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.opening import is_postgresql
from adapters.db.outbox import Outbox
from adapters.db.outbox_bell import OutboxBell
from adapters.messages.webhook import Webhook
from gateway.assembly.outbox_sweep import OutboxSweep
from gateway.assembly.outbox_watch import OutboxWatch
from gateway.events import event
from gateway.prepayment.note_undelivered import NoteUndelivered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, tzinfo

    from twisted.python.failure import Failure

    from gateway.assembly.parts import Ledger
    from gateway.config import Config
    from gateway.core.delivery import Attempt, LeasedNotice
    from gateway.endpoints.health import Check
    from gateway.ports import Poster, Tally

    Now = Callable[[], datetime]

log = logging.getLogger("powertill.outbox")

#: Seconds for all of a stop: less than half of what the whole gateway may take.
STOP_S_MAX: Final = 12.0


class _Consumer(Protocol):
    """What empties the outbox: the watch or the sweep."""

    def start(self) -> None:
        """Begin."""

    def ring(self) -> None:
        """Look soon."""

    def checks(self) -> list[Check]:
        """Say how it stands."""

    def stop(self) -> Awaitable[None]:
        """End, with what is under way."""


@dataclass(slots=True)
class WebhookReceiver:
    """The outside is told by the webhook, a person by the ledger's list of exceptions."""

    webhook: Webhook
    timeout_s: float
    poster: Poster
    now: Now
    zone: tzinfo

    def deliver(self, notice: LeasedNotice) -> Awaitable[Attempt]:
        """Post it. See ``OutboxWatch``."""
        return self.webhook.deliver(notice)

    def give_up(self, notice: LeasedNotice, why: str) -> Awaitable[object]:
        """Put it on a person's list, in the utility's day."""
        return self.poster.post(NoteUndelivered(notice, why, self.now().astimezone(self.zone).date()))


@dataclass(slots=True)
class Notices:
    """All that tells the outside, as one part of the gateway."""

    consumer: _Consumer
    outbox: Outbox
    reactor: Any  # Twisted's reactor is several interfaces at once
    pool: ThreadPool
    on_thread: Callable[..., Deferred[Any]]
    bell: OutboxBell | None
    webhook: Webhook | None

    def start(self) -> None:
        """Begin to empty the outbox."""
        if self.bell is not None:
            self.bell.start()
        self.consumer.start()

    def checks(self) -> list[Check]:
        """Say how deliveries stand."""
        return self.consumer.checks()

    def stop(self) -> Deferred[None]:
        """End what is under way, then give connections and thread back. The ledger must still be open.

        It fires in time whatever happens: what was not settled is delivered again after the next start.
        """
        stopping = Deferred.fromCoroutine(self._stop())
        stopping.addTimeout(STOP_S_MAX, self.reactor)
        return stopping.addErrback(_cut_short)

    async def _stop(self) -> None:
        try:
            await self.consumer.stop()
            if self.webhook is not None:
                await self.webhook.close()
            if self.bell is not None:
                await self.on_thread(self.bell.stop)
            await self.on_thread(self.outbox.close)
        finally:
            # A thread that is not stopped would keep the process alive for ever.
            self.pool.stop()


def build_notices(
    config: Config,
    ledger: Ledger,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Now,
    tally: Tally,
) -> Notices:
    """Build them with a thread of their own; nothing is read or sent before they start."""
    pool = ThreadPool(minthreads=1, maxthreads=1, name="outbox")
    pool.start()

    def on_thread(function: Callable[..., Any], *arguments: Any) -> Deferred[Any]:  # noqa: ANN401 - any call's
        return deferToThreadPool(reactor, pool, function, *arguments)

    outbox = Outbox(ledger.database)
    notify = config.notify
    if notify is None:
        sweep = OutboxSweep(outbox, on_thread, reactor, tally)
        return Notices(sweep, outbox, reactor, pool, on_thread, None, None)
    webhook = Webhook(notify.url, notify.secret.reveal(), notify.timeout_s, reactor, now)
    receiver = WebhookReceiver(webhook, notify.timeout_s, ledger.poster, now, config.utility.zone)
    watch = OutboxWatch(outbox, on_thread, receiver, reactor, now, tally)
    ledger.poster.on_posted = watch.ring
    bell = None
    if is_postgresql(ledger.database):
        # What other processes post rings here too, in the bell's own thread.
        bell = OutboxBell(ledger.database, lambda: reactor.callFromThread(watch.ring))
    return Notices(watch, outbox, reactor, pool, on_thread, bell, webhook)


def _cut_short(failure: Failure) -> None:
    event(log, "notices.cut_short", level=logging.WARNING, raised=failure.value)
