"""Payments without end for the meters of the builders, and a poster that posts them, many in flight."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.poster import BATCH_MAX, QueuedPoster
from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.outcome import Approved
from gateway.core.payment import PaymentOrder, payment_key
from gateway.prepayment.take_payment import TakePayment
from tests.builders import BANK, identity, issuer, posting_batch, pricing, terms

if TYPE_CHECKING:
    from sqlalchemy import Engine

METERS = 2_000
IN_FLIGHT = 256


class Payments:
    """Makes payments that differ, over all meters in turn; every one sells a token."""

    def __init__(self) -> None:
        self._pans = [identity(serial).pan for serial in range(1, METERS + 1)]
        # A meter is sold hundreds of tokens in a minute here, which nobody would do.
        self._terms, self._pricing, self._issuer = terms(tid_lead_max=10_000_000), pricing(), issuer()
        self._made = 0

    def take(self, count: int) -> list[TakePayment]:
        return [self._next() for _ in range(count)]

    def _next(self) -> TakePayment:
        self._made += 1
        number = self._made
        meter = MeterRef(pan=self._pans[number % METERS])
        trace = f"{number % 1_000_000:06d} 2026-11-23"
        order = PaymentOrder(meter, Money(10_000, "CNY"), "TERM0001", number % 16, trace)
        key = payment_key(BANK, f"{number:012d}-2026-11-23")
        return TakePayment(key, f"{number:064d}", order, self._terms, self._pricing, self._issuer)


def batch_on(engine: Engine):
    """A posting batch with today's clock."""
    return posting_batch(engine, lambda: datetime.now(UTC))


class Posting:
    """A poster with a thread of its own on books that hold the meters."""

    def __init__(self, engine: Engine, reactor, batch_max: int = BATCH_MAX) -> None:
        self._engine = engine
        self._pool = ThreadPool(1, 1)
        self._pool.start()
        self._poster = QueuedPoster(
            batch_on(engine), lambda f, *a: deferToThreadPool(reactor, self._pool, f, *a), batch_max=batch_max
        )
        self._payments = Payments()

    @property
    def posted(self) -> int:
        return self._poster.posted_count

    def post(self, count: int, in_flight: int = IN_FLIGHT) -> Deferred:
        """Post so many payments with ``in_flight`` of them under way; fires with payments per second."""
        # In the order of their numbers, as a bank counts them: an index grows at its end.
        coming = iter(self._payments.take(count))
        left = count
        done: Deferred = Deferred()
        started = time.perf_counter()

        def answered(content) -> None:
            nonlocal left
            assert isinstance(content, Approved), content
            left -= 1
            following = next(coming, None)
            if following is not None:
                self._poster.post(following).addCallbacks(answered, done.errback)
            elif not left:
                done.callback(count / (time.perf_counter() - started))

        for first in islice(coming, in_flight):
            self._poster.post(first).addCallbacks(answered, done.errback)
        return done

    async def close(self) -> None:
        await self._poster.close()
        self._pool.stop()
        self._engine.dispose()
