"""Reads many meters at once, a connection each: ``python -m bench.meter_reader PORT COUNT SECONDS``.

It prints one JSON object: reads a second, waits in ms, processor time and the most memory that it held.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.internet.task import react

from adapters.lines.talk import Wanted
from adapters.lines.talk645 import Talk645
from adapters.lines.tcp_wire import connect
from bench.meter_bank import ADDRESS
from gateway.codecs.meter_model.model import model_named

#: Connections that are made at one time: as many as a listener's queue holds well.
AT_ONCE = 256
WARM_UP_S = 2


class Reading:
    """What was read, and how long each took."""

    def __init__(self, ends: float) -> None:
        self.begins = ends
        self.ends = ends
        self.waits: list[float] = []

    async def go_on(self, talk: Talk645) -> None:
        """Read one register again and again."""
        while (begun := time.monotonic()) < self.ends:
            found = await talk.read(["energy"])
            assert found.read[0].number == 100_052, found
            ended = time.monotonic()
            if self.begins <= begun and ended <= self.ends:
                self.waits.append(ended - begun)


async def measured(port: int, count: int, seconds: float) -> dict[str, float]:
    """Connect all, read for so many seconds, and say how it went."""
    model, gate = model_named("dlt645-2007"), DeferredSemaphore(AT_ONCE)
    wanted = Wanted(model, ADDRESS, lambda: datetime.now(UTC))
    begun = time.monotonic()
    wires = await gatherResults(
        [
            gate.run(lambda: Deferred.fromCoroutine(connect(reactor, "127.0.0.1", port, slack_ms=20_000)))
            for _ in range(count)
        ]
    )
    connected_s = time.monotonic() - begun
    reading = Reading(0)
    reading.begins = time.monotonic() + WARM_UP_S
    reading.ends = reading.begins + seconds
    cpu = time.process_time()
    talks = [Talk645(wire, reactor, wanted) for wire in wires]
    await gatherResults([Deferred.fromCoroutine(reading.go_on(talk)) for talk in talks])
    waits = sorted(reading.waits)
    return {
        "sessions": count,
        "connected_s": connected_s,
        "reads_per_s": len(waits) / seconds,
        "median_ms": waits[len(waits) // 2] * 1000,
        "p99_ms": waits[len(waits) * 99 // 100] * 1000,
        "cpu_share": (time.process_time() - cpu) / (seconds + WARM_UP_S),
        "memory_mib": _most_memory_kib() / 1024,
    }


def _most_memory_kib() -> int:
    """Look up the most memory that this process ever held (VmHWM)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise LookupError("VmHWM")


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])

    async def run(_: object) -> None:
        print(json.dumps(await measured(port, count, seconds)))

    react(lambda clock: Deferred.fromCoroutine(run(clock)))


if __name__ == "__main__":
    main()
