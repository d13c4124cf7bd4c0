"""How fast payments are posted on the embedded database, with the full row set.

Two posters stand in one run, alike to the last line but for one figure: a batch holds up to 500 payments, or
one payment has a database transaction of its own. 256 payments are in flight. Every payment writes an entry,
its postings, its key with the decided content, a sale with its quote, a token with its unique id, an outbox
row, and moves balances and counters; the token is really made.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.db.poster import BATCH_MAX
from bench.figures import Findings, Table
from bench.on_reactor import on_reactor
from bench.payments import IN_FLIGHT, METERS, Posting
from bench.progress import steps
from gateway.assembly.pace import set_pace
from tests.builders import database

if TYPE_CHECKING:
    from bench.figures import Effort


async def _measure(reactor, effort: Effort) -> Findings:
    """Alternate the two posters; figures are payments per second, the ratio that of the medians."""
    set_pace()  # as the gateway does when it starts
    rates: dict[str, list[float]] = {"batched": [], "single": []}
    with tempfile.TemporaryDirectory() as folder:
        posters = {
            "batched": (
                Posting(database(Path(folder) / "batched.db", METERS), reactor, BATCH_MAX),
                effort.batched,
            ),
            "single": (Posting(database(Path(folder) / "single.db", METERS), reactor, 1), effort.single),
        }
        for posting, count in posters.values():
            await posting.post(count // 6)
        for number in range(1, effort.rounds + 1):
            for name in steps(f"posting on SQLite, round {number}", list(posters)):
                posting, count = posters[name]
                rates[name].append(await posting.post(count))
        for posting, _ in posters.values():
            await posting.close()
    middle = {name: statistics.median(found) for name, found in rates.items()}
    rows = [
        [words, f"{middle[name]:,.0f}", " ".join(f"{rate:,.0f}" for rate in rates[name])]
        for name, words in {
            "batched": f"batches of up to {BATCH_MAX}",
            "single": "a transaction a payment",
        }.items()
    ]
    table = Table(
        "SQLite: posting in batches and singly", ["how", "payments/s", "rounds"], rows,
        f"{IN_FLIGHT} payments in flight; WAL, synchronous=FULL.",
    )  # fmt: skip
    return Findings({"posting_sqlite": middle["batched"], "posting_sqlite_single": middle["single"]}, [table])


def run(effort: Effort) -> Findings:
    return on_reactor(lambda reactor: _measure(reactor, effort))
