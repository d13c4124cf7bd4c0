"""How fast notices leave the outbox: leased and deleted in pages of 100, and one that failed in each page.

On each database, with a consumer alone and with two side by side. A page is three transactions: lease, take
out, make due later. Nothing is delivered here: the figure is what the database allows.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from adapters.db import tables as t
from adapters.db.opening import migrate, open_database
from adapters.db.outbox import Outbox
from bench.figures import Findings, Table
from bench.server import bench_server
from gateway.core.delivery import NEVER_US

if TYPE_CHECKING:
    from bench.figures import Effort

ROWS = 40_000
PAGE = 100
NOW_US = 1_800_000_000_000_000
LEASE_US = 60_000_000


def fill(engine) -> None:
    row = {"kind": "token_issued", "subject": 1, "text": "", "due_us": 0, "attempts": 0}
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox"))
        connection.execute(insert(t.outbox), [row | {"at_us": n} for n in range(ROWS)])


def consume(engine, taken: list[int]) -> None:
    outbox = Outbox(engine)
    while notices := outbox.lease(NOW_US, NOW_US + LEASE_US, PAGE):
        *delivered, failed = notices
        outbox.done(delivered)
        outbox.failed([(failed, NEVER_US)])
        taken.append(len(notices))
    outbox.close()


def measure(engine, consumers: int) -> float:
    """Rows per second with so many consumers."""
    fill(engine)
    taken: list[int] = []
    threads = [threading.Thread(target=consume, args=(engine, taken)) for _ in range(consumers)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began
    assert sum(taken) == ROWS, sum(taken)
    return ROWS / took_s


def both(engine) -> list[float]:
    migrate(engine)
    figures = [measure(engine, consumers) for consumers in (1, 2)]
    engine.dispose()
    return figures


def run(_effort: Effort) -> Findings:
    """Measure on a file and on a server of our own, whose disk waits like anybody's."""
    with tempfile.TemporaryDirectory() as folder:
        rates = {"SQLite": both(open_database(f"sqlite:///{Path(folder) / 'till.db'}"))}
    with bench_server() as server:
        rates["PostgreSQL"] = both(open_database(server.cluster.create("bench")))
    rows = [[name, *(f"{rate:,.0f}" for rate in found)] for name, found in rates.items()]
    note = f"Pages of {PAGE}, one notice of each made due later; {ROWS:,} notices."
    head = ["books", "notices/s, one consumer", "two consumers"]
    return Findings(
        {f"outbox_{name.lower()}_per_s": max(found) for name, found in rates.items()},
        [Table("The outbox: leased, delivered, deleted", head, rows, note)],
    )
