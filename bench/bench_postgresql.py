"""Our posting on PostgreSQL beside pgbench, which writes the same rows on the same server in turn with us.

Ours: the poster with its batches, 256 payments in flight and then as many as a batch holds, as the
gateway's own role, every payment decided and its token made. pgbench: the same rows, one database transaction
a payment, as several statements or as one call of a function, with 1 to 64 clients. And pgbench's own TPC-B,
for orientation.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.db.opening import open_database
from adapters.db.poster import BATCH_MAX
from bench.figures import Findings, Table
from bench.on_reactor import on_reactor
from bench.payments import IN_FLIGHT, METERS, Posting
from bench.pgbench import Rate, Variant, initialise_tpcb, run_pgbench
from bench.progress import steps
from bench.same_rows import PaymentRows
from bench.server import bench_server
from gateway.assembly.pace import set_pace

if TYPE_CHECKING:
    from bench.figures import Effort
    from bench.server import BenchServer

OURS, THEIRS, TPCB = "ours", "theirs", "tpcb"
CLIENTS = (1, 4, 16, 64)
#: The clients that the demand is made of; the others show where pgbench is at its best on this machine.
DEMANDED_CLIENTS = frozenset({1, 16, 64})
SCALE = 20
SAMPLE = 2_000
WRITTEN = ("entry", "posting", "command_key", "sale", "token", "outbox")


class Contest:
    """Ours and theirs on one server."""

    def __init__(self, server: BenchServer, effort: Effort, folder: Path, reactor) -> None:
        self.server, self.effort = server, effort
        server.books(OURS, METERS)
        self.empty = server.sizes(OURS)
        self.posting = Posting(open_database(server.url(OURS)), reactor)
        self.folder = folder
        self.ours: dict[int, list[float]] = {IN_FLIGHT: [], BATCH_MAX: []}
        self.theirs: dict[Variant, list[Rate]] = {}

    async def prepare(self) -> None:
        """Post some payments, take the rows of one as the pattern for pgbench, and warm everybody up."""
        await self.posting.post(SAMPLE)
        rows = PaymentRows(self.server, OURS)
        self.rows_written, self.tender_minor = rows.counted(), rows.sale["tender_minor"]
        self.server.books(THEIRS, METERS)
        rows.prepare(self.server, THEIRS)
        self.server.cluster.create(TPCB)
        initialise_tpcb(self.server, TPCB, SCALE)
        for name, script in {"transaction": rows.transaction(), "function": rows.call()}.items():
            file = self.folder / f"{name}.sql"
            file.write_text(script, encoding="ascii")
            for clients in CLIENTS:
                self.theirs[Variant(name, file, clients)] = []
        self.theirs[Variant("TPC-B", None, 16)] = []
        for variant in self.theirs:
            self.pgbench(variant, self.effort.warm_up_s)
        await self.posting.post(self.effort.posted // 6)

    def pgbench(self, variant: Variant, seconds: int) -> Rate:
        books, variables = (TPCB, {}) if variant.script is None else (THEIRS, {"meters": METERS})
        return run_pgbench(self.server, books, variant, seconds, **variables)

    async def round(self, number: int) -> None:
        """Measure everybody once."""
        for one in steps(f"postgresql, round {number}", [*self.ours, *self.theirs]):
            self.server.settle()
            if isinstance(one, Variant):
                self.theirs[one].append(self.pgbench(one, self.effort.pgbench_s))
            else:
                self.ours[one].append(await self.posting.post(self.effort.posted, one))

    def findings(self) -> Findings:
        self._check_rows()
        of_ours = {in_flight: statistics.median(rates) for in_flight, rates in self.ours.items()}
        ours = max(of_ours.values())
        rates = {one: statistics.median(r.per_second for r in rates) for one, rates in self.theirs.items()}
        waits = {one: statistics.median(r.latency_ms for r in rates) for one, rates in self.theirs.items()}
        same_rows = {one: rate for one, rate in rates.items() if one.script is not None}
        best = max(rate for one, rate in same_rows.items() if one.clients in DEMANDED_CLIENTS)
        table = Table(
            "PostgreSQL: our posting beside pgbench",
            ["who", "payments/s", "ours is", "mean answer, ms", "rounds"],
            [
                *([f"Powertill, batches, {in_flight} in flight", f"{rate:,.0f}", "",
                   f"{1000 * in_flight / rate:,.1f}", _listed(self.ours[in_flight])]
                  for in_flight, rate in of_ours.items()),
                *([f"pgbench, {_NAMES[one.name]}, {one.clients} client{'s' if one.clients > 1 else ''}",
                   f"{rate:,.0f}", f"{ours / rate:,.1f}x", f"{waits[one]:,.1f}",
                   _listed([r.per_second for r in self.theirs[one]])] for one, rate in rates.items()),
            ],
            f"Rows of a payment: {self.rows_written}. pgbench {_SPARED}.",
        )  # fmt: skip
        per_payment, sizes = self._sizes()
        return Findings(
            {"posting_postgresql": ours, "pgbench_same_rows": best, "bytes_per_payment": per_payment,
             "pgbench_same_rows_any": max(same_rows.values())},
            [table, sizes],
        )  # fmt: skip

    def _check_rows(self) -> None:
        """Both wrote the same number of rows for each payment, and theirs add up."""
        counted = {
            books: [self.server.rows(books, f"SELECT count(*) FROM {name}")[0][0] for name in WRITTEN]  # noqa: S608 - our own names
            for books in (OURS, THEIRS)
        }
        per_payment = {books: [count / counts[0] for count in counts] for books, counts in counted.items()}
        assert per_payment[OURS] == per_payment[THEIRS], counted
        moved = "SELECT sum(balance), max(balance) FROM account WHERE unit = 'CNY'"
        out_by, most = self.server.rows(THEIRS, moved)[0]
        assert out_by == 0, out_by
        assert most == counted[THEIRS][0] * self.tender_minor, most

    def _sizes(self) -> tuple[float, Table]:
        count = self.posting.posted
        grown = {name: size - self.empty.get(name, 0) for name, size in self.server.sizes(OURS).items()}
        rows = sorted(((size, name) for name, size in grown.items() if size > count / 10), reverse=True)
        total = sum(grown.values()) / count
        table = Table(
            "PostgreSQL: bytes of a payment",
            ["table, with indexes", "bytes a payment", "share"],
            [[name, f"{size / count:,.0f}", f"{size / count / total:.0%}"] for size, name in rows]
            + [["all", f"{total:,.0f}", ""]],
            f"After {count:,} payments: what the tables have grown by, free space and all partitions "
            "included; no notice of the outbox has been delivered.",
        )
        return total, table

    async def close(self) -> None:
        await self.posting.close()


_NAMES = {"transaction": "11 statements", "function": "one call", "TPC-B": f"its own TPC-B (scale {SCALE})"}
_SPARED = (
    "writes the same rows into copies of the tables without triggers and partitions, reads and decides "
    "nothing, makes no token and no chain"
)


def _listed(rates: list[float]) -> str:
    return " ".join(f"{rate:,.0f}" for rate in rates)


async def _measure(reactor, effort: Effort) -> Findings:
    set_pace()  # as the gateway does when it starts
    with bench_server() as server, tempfile.TemporaryDirectory() as folder:
        contest = Contest(server, effort, Path(folder), reactor)
        try:
            await contest.prepare()
            for number in range(1, effort.rounds + 1):
                await contest.round(number)
        finally:
            await contest.close()
        found = contest.findings()
        told = ", ".join(f"{name} {value}" for name, value in server.settings().items())
        found.notes.append(f"PostgreSQL, everybody's settings: {told}.")
        return found


def run(effort: Effort) -> Findings:
    return on_reactor(lambda reactor: _measure(reactor, effort))
