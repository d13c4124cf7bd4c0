"""The long run: full load for as long as POWERTILL_SOAK_S says; memory, files and answer times stay flat.

``make soak`` runs it for two minutes; ``POWERTILL_SOAK_S=1800 make soak`` for half an hour.
"""

import os
import sys
import time
from pathlib import Path

import pytest

from adapters.db.journal_reader import JournalReader
from adapters.db.opening import open_database
from bench.gateways import Gateway
from gateway.proof.check import check_books

SOAK_S = int(os.environ.get("POWERTILL_SOAK_S", "120"))
ROUND = 10_000
#: A meter's token ids may run sixty ahead of the clock: so many meters are enough for all rounds.
METERS = 20_000
#: Traces of the load generator end at a million; each payment of a run needs its own.
ROUNDS_MAX = 99
#: After the caches are full, memory may still breathe; more than this is a leak (of 8 % over half an hour).
GROWTH_MAX = 1.08


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no such process")


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.soak
def test_memory_files_and_answer_times_stay_flat_under_full_load(tmp_path):
    town = Gateway(tmp_path / "town", None, meters=METERS)
    with town.running() as process:
        # The first rounds meet every meter and fill every cache.
        reports = [town.load_iso(ROUND) for _ in range(2)]
        memory, files = [resident_kib(process.pid)], [open_files(process.pid)]
        until = time.monotonic() + SOAK_S
        while time.monotonic() < until and len(reports) < ROUNDS_MAX:
            reports.append(town.load_iso(ROUND))
            memory.append(resident_kib(process.pid))
            files.append(open_files(process.pid))
    p99 = [report["p99_ms"] for report in reports]
    said = f"{len(reports)} rounds of {ROUND}: KiB {memory}, files {files}, p99 {p99}"
    sys.stderr.write(f"{said}\n")
    assert all(report["approved"] == ROUND for report in reports)
    assert memory[-1] <= memory[0] * GROWTH_MAX
    assert max(files) == min(files)
    database = open_database(f"sqlite:///{tmp_path / 'town' / 'bench.db'}")
    assert check_books(JournalReader(database)) == []
    database.dispose()
