"""How fast payments are posted on the embedded database, with the full row set.

Two posters stand in one run, alike to the last line but for one figure: a batch holds up to 500 payments, or
one payment has a database transaction of its own. 256 payments are in flight. Every payment writes an entry,
its postings, its key with the decided content, a sale with its quote, a token with its unique id, an outbox
row, and moves balances and counters; the token is really made.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.poster import BATCH_MAX, QueuedPoster
from gateway.assembly.pace import set_pace
from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.outcome import Approved
from gateway.core.payment import PaymentOrder, payment_key
from gateway.prepayment.take_payment import TakePayment
from tests.builders import BANK, database, identity, issuer, posting_batch, pricing, terms

METERS = 2_000
IN_FLIGHT = 256
BATCHED = 12_000
SINGLE = 1_500
ROUNDS = 3


class Posting:
    """A poster on a database of its own, with payments to post."""

    def __init__(self, folder: Path, batch_max: int, reactor) -> None:
        self.engine = database(folder / f"batch-{batch_max}.db", METERS)
        self.pool = ThreadPool(1, 1)
        self.pool.start()
        self.batch = posting_batch(self.engine, lambda: datetime.now(UTC))
        self.poster = QueuedPoster(
            self.batch, lambda f, *a: deferToThreadPool(reactor, self.pool, f, *a), batch_max=batch_max
        )
        self.pans = [identity(serial).pan for serial in range(1, METERS + 1)]
        self.terms, self.pricing, self.issuer = terms(tid_lead_max=10_000_000), pricing(), issuer()
        self.made = 0

    def payment(self) -> TakePayment:
        self.made += 1
        number = self.made
        meter = MeterRef(pan=self.pans[number % METERS])
        order = PaymentOrder(meter, Money(10_000, "CNY"), "T1", number % 16)
        key = payment_key(BANK, f"{number:012d}-2026-11-23")
        return TakePayment(key, f"{number:064d}", order, self.terms, self.pricing, self.issuer)

    def post(self, count: int) -> Deferred:
        """Post so many payments with IN_FLIGHT of them under way; fires with payments per second."""
        coming = [self.payment() for _ in range(count)]
        left = count
        done: Deferred = Deferred()
        started = time.perf_counter()

        def answered(content) -> None:
            nonlocal left
            assert isinstance(content, Approved), content
            left -= 1
            if coming:
                self.poster.post(coming.pop()).addCallbacks(answered, done.errback)
            elif not left:
                done.callback(count / (time.perf_counter() - started))

        for _ in range(min(IN_FLIGHT, count)):
            self.poster.post(coming.pop()).addCallbacks(answered, done.errback)
        return done

    async def close(self) -> None:
        await self.poster.close()
        self.pool.stop()
        self.engine.dispose()


async def measure(reactor) -> dict[str, float]:
    """Alternate the two posters; figures are payments per second, the ratio that of the medians."""
    set_pace()  # as the gateway does when it starts
    with tempfile.TemporaryDirectory(dir=".") as folder:
        batched, single = (Posting(Path(folder), size, reactor) for size in (BATCH_MAX, 1))
        rates: dict[str, list[float]] = {"batched": [], "single": []}
        await batched.post(1_000)
        await single.post(300)
        for _ in range(ROUNDS):
            rates["batched"].append(await batched.post(BATCHED))
            rates["single"].append(await single.post(SINGLE))
        await batched.close()
        await single.close()
    batched_rate, single_rate = statistics.median(rates["batched"]), statistics.median(rates["single"])
    return {
        "batched_per_s": batched_rate,
        "single_per_s": single_rate,
        "ratio": batched_rate / single_rate,
    }


def run() -> dict[str, float]:
    """Measure on a reactor of its own."""
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    figures: dict[str, float] = {}

    def begin() -> None:
        done: Deferred[Any] = Deferred.fromCoroutine(measure(reactor))
        done.addCallback(figures.update)
        done.addErrback(lambda failure: failure.printTraceback())
        done.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    return figures


if __name__ == "__main__":
    print(run())
