"""How long it takes to verify the books of a million payments: every seal, entry, balance and sum anew.

The books are real: the payments are posted in full batches, decided, with tokens and seals, which is a figure
of its own. Then the verifier reads them as they stand at one moment, as ``powertill ledger verify`` does.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from adapters.db.poster import BATCH_MAX
from bench.figures import Findings, Table
from bench.payments import METERS, Payments, batch_on
from bench.progress import bar
from bench.server import bench_server
from gateway.assembly.pace import set_pace
from gateway.core.outcome import Approved
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, database

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bench.figures import Effort

#: Progress is told after so many payments: a bar that is drawn after every batch would be in the figure.
TOLD_EVERY = 5_000


def run(effort: Effort) -> Findings:
    set_pace()  # as the gateway does; the command verifies at the interpreter's own pace, which is no faster
    found, rows = Findings(), []
    with bench_server() as server, tempfile.TemporaryDirectory() as folder:
        server.books("million", METERS)
        empty = server.sizes("million")
        for name, engine in {
            "PostgreSQL": open_database(server.url("million")),
            "SQLite": database(Path(folder) / "million.db", METERS),
        }.items():
            posted_s = _post(engine, effort.books, name)
            took_s, entries = _verify(engine, name, effort.books)
            engine.dispose()
            found.figures[f"verify_{name.lower()}_s_per_million"] = took_s * 1_000_000 / entries
            found.figures[f"books_{name.lower()}_per_s"] = entries / posted_s
            rows.append([name, f"{posted_s:,.0f}", f"{entries / posted_s:,.0f}", f"{took_s:,.1f}",
                         f"{entries / took_s:,.0f}"])  # fmt: skip
        grown = {name: size - empty.get(name, 0) for name, size in server.sizes("million").items()}
        size = (Path(folder) / "million.db").stat().st_size
        found.figures["bytes_per_payment_of_a_million"] = sum(grown.values()) / effort.books
        found.figures["bytes_per_payment_sqlite"] = size / effort.books
    head = ["books", "posted in, s", "payments/s", "verified in, s", "payments verified/s"]
    note = (
        f"{effort.books:,} payments each, posted by one thread in batches of {BATCH_MAX} with nobody at the "
        f"door; they take {found.figures['bytes_per_payment_of_a_million']:,.0f} bytes each on PostgreSQL, "
        f"{found.figures['bytes_per_payment_sqlite']:,.0f} on SQLite."
    )
    found.tables.append(Table("Verifying the books", head, rows, note))
    return found


def _post(engine: Engine, count: int, name: str) -> float:
    """Post so many payments; the seconds that posting took, without making them."""
    batch, payments, left, took_s = batch_on(engine), Payments(), count, 0.0
    with bar(f"verify: post on {name}", count, "payment") as shown:
        while left:
            portion = min(left, TOLD_EVERY)
            coming = payments.take(portion)
            began = time.perf_counter()
            for first in range(0, portion, BATCH_MAX):
                outcomes = batch.run(coming[first : first + BATCH_MAX])
                assert all(isinstance(one, Approved) for one in outcomes), outcomes[:3]
            took_s += time.perf_counter() - began
            left -= portion
            shown.update(portion)
    batch.close()
    return took_s


def _verify(engine: Engine, name: str, count: int) -> tuple[float, int]:
    """Verify; seconds and entries. Wrong books would be worth no figure."""

    def watched(links, shown):
        """Tell the progress as the links go by."""
        position = 0
        for sealed in links:
            shown.update(sealed.link.last_position - position)
            position = sealed.link.last_position
            yield sealed

    with bar(f"verify: on {name}", count, "payment") as shown, JournalReader(engine).snapshot() as journal:
        began = time.perf_counter()
        verdict = verify(watched(journal.sealed(), shown), CHAIN_SECRET, journal.standing(), {})
        took_s = time.perf_counter() - began
    assert verdict.findings == [], verdict.findings[:3]
    assert verdict.entries == count, verdict.entries
    return took_s, verdict.entries
