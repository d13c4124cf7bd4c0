"""A gateway whose stages are timed: ``python -m bench.staged serve --config …`` serves like ``powertill``.

Nothing of the product is changed: functions are wrapped from outside. Each stage is told the processor time
of its own thread and the time that passed, both without what was spent in stages within it. On SIGUSR1 the
sums up to now are written, as JSON, to the file that POWERTILL_STAGES names.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.db import load, posting_batch, write
from adapters.db.bulk import RowWriter
from adapters.db.pipeline import Pipeline
from adapters.db.poster import QueuedPoster
from adapters.keys.issuer import KeyedIssuer
from adapters.metrics.prometheus import PrometheusTally
from gateway import cli
from gateway.codecs.iso8583.framing import FrameReader
from gateway.codecs.iso8583.message import MessageSpec
from gateway.core import chain
from gateway.core.books import Books
from gateway.core.outcome import Approved
from gateway.endpoints.bank_answer import AnswerWriter
from gateway.endpoints.bank_conversation import Conversation
from gateway.endpoints.bank_iso8583 import BankLink
from gateway.endpoints.iso8583_orders import MessageOrders
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.prepayment.take_payment import TakePayment

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "POWERTILL_STAGES"

#: Stages of the reactor's thread and of the ledger's, in the order of a payment: who, what, and its name.
DOOR: list[tuple[Any, str, str]] = [
    (BankLink, "dataReceived", "door: bytes in, deadlines"),
    (FrameReader, "receive", "codec: cut frames"),
    (MessageSpec, "decode", "codec: decode"),
    (Conversation, "hear", "door: what is asked"),
    (MessageOrders, "command", "door: make the command"),
    (QueuedPoster, "post", "poster: queue"),
    (QueuedPoster, "_answer", "poster: wake the waiters, resume their coroutines"),
    (AnswerWriter, "decided", "door: write the answer"),
    (MessageSpec, "encode", "codec: encode"),
    (BankLink, "_say", "door: bytes out"),
    (PrometheusTally, "count", "counters"),
    (PrometheusTally, "took", "counters"),
    (PrometheusTally, "level", "counters"),
]
LEDGER: list[tuple[Any, str, str]] = [
    (posting_batch.PostingBatch, "run", "batch: the road itself"),
    (TakePayment, "needs", "load: what is needed"),
    (posting_batch, "load_books", "load: books from rows"),
    (load, "answers", "load: the head and the rows"),
    (posting_batch, "_decide", "decide: refusals, sale, entry"),
    (TariffPricing, "price", "decide: price"),
    (KeyedIssuer, "make", "decide: token"),
    (Books, "apply", "decide: books know"),
    (write.BatchWriter, "write", "write: rows from decisions"),
    (Approved, "stored", "write: decided content as text"),
    (chain, "array_text", "chain: columns in the sealed form"),
    (write, "link_mac", "chain: seal"),
]


class Stages:
    """Sums by stage: calls, own processor time, own passed time, both in nanoseconds."""

    def __init__(self) -> None:
        self.sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._here = threading.local()

    def timed(self, function: Callable[..., Any], stage: str, *, within: bool = False) -> Callable[..., Any]:
        """Wrap a function. ``within``: the stage around it tells which (a statement of load, or of write)."""
        here, sums = self._here, self.sums
        cpu_ns, wall_ns = time.thread_time_ns, time.perf_counter_ns

        @functools.wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            around = getattr(here, "stage", None)
            name = f"{around[0].partition(':')[0]}: {stage}" if within and around else stage
            mine = here.stage = [name, 0, 0]
            wall, cpu = wall_ns(), cpu_ns()
            try:
                return function(*arguments, **named)
            finally:
                cpu, wall = cpu_ns() - cpu, wall_ns() - wall
                sum_ = sums[name]
                sum_[0] += 1
                sum_[1] += cpu - mine[1]
                sum_[2] += wall - mine[2]
                here.stage = around
                if around is not None:
                    around[1] += cpu
                    around[2] += wall

        return run

    def cost_ns(self) -> float:
        """What one wrapped call costs."""
        calls = 20_000
        empty = self.timed(lambda: None, "nothing")
        before = time.thread_time_ns()
        for _ in range(calls):
            empty()
        del self.sums["nothing"]
        return (time.thread_time_ns() - before) / calls


def wrap(stages: Stages) -> None:
    """Wrap everything, before the gateway is built."""
    import logging  # noqa: PLC0415 - the log is a stage too

    from sqlalchemy import Connection  # noqa: PLC0415 - as the statements are
    from sqlalchemy.engine.base import RootTransaction  # noqa: PLC0415 - and the commit

    for owner, name, stage in [*DOOR, *LEDGER, (logging.Logger, "handle", "log line")]:
        setattr(owner, name, stages.timed(getattr(owner, name), stage))
    for owner, name in ((Connection, "execute"), (RowWriter, "__call__")):
        setattr(owner, name, stages.timed(getattr(owner, name), "statements", within=True))
    # PostgreSQL's rows go in a pipeline: what its end takes is what the server still has to do.
    ending = stages.timed(Pipeline.__exit__, "the server's answers", within=True)
    Pipeline.__exit__ = ending  # type: ignore[method-assign]
    RootTransaction.commit = stages.timed(RootTransaction.commit, "commit")  # type: ignore[method-assign]


def main() -> int:
    stages = Stages()
    cost_ns = stages.cost_ns()
    wrap(stages)
    place = Path(os.environ[VARIABLE])

    def tell(*_: object) -> None:
        told = {
            "stages": dict(stages.sums),
            "reactor_ns": time.thread_time_ns(),
            "process_ns": time.process_time_ns(),
            "cost_ns": cost_ns,
        }
        unfinished = place.with_suffix(".part")
        unfinished.write_text(json.dumps(told))
        unfinished.rename(place)

    signal.signal(signal.SIGUSR1, tell)
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
