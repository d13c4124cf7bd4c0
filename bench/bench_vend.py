"""The whole vend over TCP: bank message in, ledger commit inside, token out; 64 links, one machine.

ISO 8583 and SOAP, on PostgreSQL and on SQLite, in turn; and on PostgreSQL as many payments in flight as the
posting alone is measured with, since pgbench is tried with several numbers of clients, too.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Findings, Table
from bench.gateways import LINKS, MANY_LINKS, Gateway
from bench.progress import steps
from bench.server import bench_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.figures import Effort

WORDS = {
    "iso": "ISO 8583",
    "soap": "SOAP, a connection a payment",
    "iso_many": f"ISO 8583, {MANY_LINKS} links",
}
BOOKS = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def run(effort: Effort) -> Findings:
    reports: dict[tuple[str, str], list[dict[str, Any]]] = {
        (books, words): [] for books in BOOKS for words in WORDS if (books, words) != ("sqlite", "iso_many")
    }
    with bench_server() as server, tempfile.TemporaryDirectory() as folder:
        gateways = {
            "sqlite": Gateway(Path(folder) / "sqlite", None),
            "postgresql": Gateway(Path(folder) / "postgresql", server),
        }
        with gateways["sqlite"].running(), gateways["postgresql"].running():
            loads: dict[tuple[str, str], tuple[Callable[[int], dict[str, Any]], int]] = {}
            for books, gateway in gateways.items():
                loads[books, "iso"] = gateway.load_iso, effort.vends
                loads[books, "soap"] = gateway.load_soap, effort.soap_vends
            loads["postgresql", "iso_many"] = gateways["postgresql"].load_iso_many, effort.vends
            for load, payments in loads.values():
                load(payments // 8)
            for number in range(1, effort.rounds + 1):
                for which in steps(f"vend, round {number}", list(loads)):
                    server.settle()
                    load, payments = loads[which]
                    reports[which].append(load(payments))
    return _findings(reports)


def _findings(reports: dict[tuple[str, str], list[dict[str, Any]]]) -> Findings:
    found = Findings()
    rows = []
    for (books, words), rounds in reports.items():
        middle = {
            key: statistics.median(r[key] for r in rounds) for key in ("per_second", "p50_ms", "p99_ms")
        }
        name = f"vend_{words}_{books}"
        found.figures |= {name: middle["per_second"], f"{name}_p99_ms": middle["p99_ms"]}
        generator = sum(r["cpu_seconds"] for r in rounds) / sum(r["payments"] for r in rounds)
        rows.append(
            [f"{WORDS[words]}, {BOOKS[books]}", f"{middle['per_second']:,.0f}", f"{middle['p50_ms']:.1f}",
             f"{middle['p99_ms']:.1f}", f"{1e6 * generator:,.0f}",
             " ".join(f"{r['per_second']:,.0f}" for r in rounds)]
        )  # fmt: skip
    head = ["door and books", "vends/s", "p50, ms", "p99, ms", "of it the load, µs CPU a vend", "rounds"]
    found.figures["vend_best_postgresql"] = max(
        found.figures["vend_iso_postgresql"], found.figures["vend_iso_many_postgresql"]
    )
    note = (
        f"{LINKS} links where nothing else is said, with one payment in flight on each; the load shares the "
        "machine with the gateway."
    )
    found.tables.append(Table("Full vend", head, rows, note))
    return found
