"""Reads thousands of meters at once: one process with a connection for each, and the meters in another.

What is measured is the reading process: reads a second, and the most memory that it ever held.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.figures import FULL, Findings, Table

if TYPE_CHECKING:
    from bench.figures import Effort

SESSIONS = 4_000
SECONDS = 20
QUICK_SECONDS = 3


def run(effort: Effort) -> Findings:
    """Measure 1, 100 and 4,000 connections."""
    seconds = SECONDS if effort == FULL else QUICK_SECONDS
    with subprocess.Popen(
        [sys.executable, "-m", "bench.meter_bank"], stdout=subprocess.PIPE, text=True
    ) as meters:
        port = meters.stdout.readline().strip()
        try:
            found = [_read(port, count, seconds) for count in (1, 100, SESSIONS)]
        finally:
            meters.terminate()
    rows = [
        [
            f"{one['sessions']:,.0f}", f"{one['connected_s']:.2f} s", f"{one['reads_per_s']:,.0f}",
            f"{one['median_ms']:.1f} / {one['p99_ms']:.1f} ms", f"{one['cpu_share']:.0%}",
            f"{one['memory_mib']:.1f} MiB",
        ]
        for one in found
    ]  # fmt: skip
    head = ["connections", "all made in", "reads/s", "half / 99 of 100 within", "processor", "memory"]
    note = (
        "Each reads one register of DL/T 645 again and again, with the 30 ms of quiet that a line needs "
        "before each question. The meters' process shares the machine."
    )
    most = found[-1]
    figures = {"meter_reads_per_s": most["reads_per_s"], "meter_sessions_mib": most["memory_mib"]}
    return Findings(figures, [Table("Meters read at once", head, rows, note)])


def _read(port: str, count: int, seconds: float) -> dict[str, float]:
    ended = subprocess.run(
        [sys.executable, "-m", "bench.meter_reader", port, str(count), str(seconds)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=300,
    )  # fmt: skip
    found: dict[str, float] = json.loads(ended.stdout)
    return found
