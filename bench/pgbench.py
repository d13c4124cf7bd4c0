"""Runs pgbench, that of the server's own version, and reads its figures."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.server import BenchServer

#: pgbench's own threads; there are two processors, and more threads than that gain nothing.
THREADS_MAX = 2


class PgbenchFault(RuntimeError):  # noqa: N818 - it says what happened
    """Payments failed, or pgbench did: its figures would be worth nothing."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way of writing: its script (None: pgbench's own TPC-B) and how many clients do it at once."""

    name: str
    script: Path | None
    clients: int

    def __str__(self) -> str:
        return f"{self.name}, {self.clients} clients"


@dataclass(frozen=True, slots=True)
class Rate:
    """What pgbench tells of a run."""

    per_second: float
    latency_ms: float


def run_pgbench(server: BenchServer, books: str, variant: Variant, seconds: int, **variables: int) -> Rate:
    """Let it run for so long; PgbenchFault unless every transaction was committed."""
    command = [
        str(server.cluster.bin / "pgbench"), "-h", str(server.cluster.folder), "-U", "postgres", "-n",
        "-M", "prepared", "-T", str(seconds), "-c", str(variant.clients),
        "-j", str(min(variant.clients, THREADS_MAX)),
    ]  # fmt: skip
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    command += ["-b", "tpcb-like"] if variant.script is None else ["-f", str(variant.script)]
    done = subprocess.run([*command, books], capture_output=True, text=True, check=False)
    told = done.stdout
    failed = re.search(r"number of failed transactions: (\d+)", told)
    if done.returncode or failed is None or int(failed[1]):
        raise PgbenchFault(f"{variant}: {told[-400:]} {done.stderr[-800:]}")
    return Rate(_figure(told, r"tps = ([\d.]+)"), _figure(told, r"latency average = ([\d.]+)"))


def initialise_tpcb(server: BenchServer, books: str, scale: int) -> None:
    """Make pgbench's own tables."""
    command = [str(server.cluster.bin / "pgbench"), "-h", str(server.cluster.folder), "-U", "postgres"]
    subprocess.run([*command, "-i", "-q", "-s", str(scale), books], capture_output=True, check=True)


def _figure(told: str, pattern: str) -> float:
    found = re.search(pattern, told)
    assert found is not None, told
    return float(found[1])
