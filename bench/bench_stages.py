"""Where the microseconds of a vend go: the gateway's own stages, its threads, and PostgreSQL's processes.

Two gateways, one on each database, serve 64 ISO 8583 links with their stages timed (see ``staged``); measured
in this way they are a little slower than they are.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Findings, Table
from bench.gateways import Gateway
from bench.progress import steps
from bench.server import bench_server
from bench.staged import DOOR, VARIABLE

if TYPE_CHECKING:
    import subprocess

    from bench.figures import Effort
    from bench.server import BenchServer

#: How long a gateway may take to write its sums.
TELL_S_MAX = 10

#: What takes less is not worth a row.
SHOWN_US_MIN = 0.05

#: Whose books are on the server.
BOOKS = {"PostgreSQL": True, "SQLite": False}

REST = "Twisted, coroutines, handing over between threads"
SERVER = "PostgreSQL's processes"
LOAD = "the load generator"
MEASURING = "(in all these together, the measuring itself)"


def run(effort: Effort) -> Findings:
    with bench_server() as server, tempfile.TemporaryDirectory() as folder:
        found = {}
        for name in steps("stages", list(BOOKS)):
            books = server if BOOKS[name] else None
            gateway = Gateway(Path(folder) / name, books)
            found[name] = _staged(gateway, books, effort.staged)
    return Findings(
        {
            f"cpu_us_per_vend_{name.lower()}": sum(us for us, _ in rows.values())
            for name, rows in found.items()
        },
        [_table(found, effort.staged)],
    )


def _staged(gateway: Gateway, server: BenchServer | None, payments: int) -> dict[str, tuple[float, float]]:
    """Give CPU and passed time of each stage in microseconds a vend."""
    place = gateway.place / "stages.json"
    with gateway.running(("-m", "bench.staged"), **{VARIABLE: str(place)}) as process:
        gateway.load_iso(payments // 4)
        before, server_before = _told(process, place), _server_ns(server)
        report = gateway.load_iso(payments)
        after, server_after = _told(process, place), _server_ns(server)
    rows = {
        stage: tuple((sums[k] - before["stages"].get(stage, (0, 0, 0))[k]) / payments / 1e3 for k in (1, 2))
        for stage, sums in after["stages"].items()
    }
    calls = sum(sums[0] - before["stages"].get(stage, (0,))[0] for stage, sums in after["stages"].items())
    process_us = (after["process_ns"] - before["process_ns"]) / payments / 1e3
    rows[REST] = (process_us - sum(cpu for cpu, _ in rows.values()), 0.0)
    measuring_us = calls * after["cost_ns"] / payments / 1e3
    rows[SERVER] = ((server_after - server_before) / payments / 1e3, 0.0)
    rows[LOAD] = (1e6 * report["cpu_seconds"] / payments, 0.0)
    rows[MEASURING] = (0.0, measuring_us)
    return {stage: (cpu, wall) for stage, (cpu, wall) in rows.items()}


def _told(process: subprocess.Popen, place: Path) -> dict[str, Any]:
    place.unlink(missing_ok=True)
    process.send_signal(signal.SIGUSR1)
    until = time.monotonic() + TELL_S_MAX
    while not place.exists():
        assert time.monotonic() < until, "the gateway does not tell its stages"
        time.sleep(0.02)
    told: dict[str, Any] = json.loads(place.read_text())
    return told


def _server_ns(server: BenchServer | None) -> int:
    """Processor time of the server's processes so far."""
    if server is None:
        return 0
    postmaster = int((server.cluster.data / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    ticks = 0
    for pid in [str(postmaster), *children]:
        # proc(5): behind the name in brackets, utime and stime are the 12th and 13th.
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(values[11]) + int(values[12])
    return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def _table(found: dict[str, dict[str, tuple[float, float]]], payments: int) -> Table:
    order = {stage: n for n, stage in enumerate(dict.fromkeys(stage for _, _, stage in DOOR))}
    names = {stage for rows in found.values() for stage, times in rows.items() if max(times) > SHOWN_US_MIN}
    stages = sorted(names, key=lambda s: (_room(s, order), s))
    rows = []
    for stage in stages:
        cells = [stage]
        for of_books in found.values():
            cpu, wall = of_books.get(stage, (0.0, 0.0))
            cells += [f"{cpu:,.1f}" if cpu else "", f"{wall:,.1f}" if wall else ""]
        rows.append(cells)
    total = ["all"]
    for of_books in found.values():
        total += [f"{sum(cpu for cpu, _ in of_books.values()):,.1f}", ""]
    head = ["stage"]
    for name in found:
        head += [f"{name}: CPU, µs a vend", "passed, µs a vend"]
    note = (
        f"{payments:,} vends over 64 links, each stage without the stages within it. What passed and was no "
        "CPU is waiting: for the database, the disk, or the other thread's turn."
    )
    return Table("Where the microseconds of a vend go", head, [*rows, total], note)


def _room(stage: str, order: dict[str, int]) -> tuple[int, int]:
    """Sort the stages by the way of a payment: door, ledger, the rest."""
    if stage in order:
        return 0, order[stage]
    rooms = ["log", "load", "decide", "write", "chain", "commit", "batch"]
    for n, room in enumerate(rooms):
        if stage.startswith(room):
            return 1, n
    last = [REST, SERVER, LOAD]
    return 2, last.index(stage) if stage in last else len(last)
