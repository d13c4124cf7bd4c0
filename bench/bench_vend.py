"""The whole vend over TCP: bank message in, ledger commit inside, token out; 64 links, one machine.

The gateway runs as its own process with its ordinary configuration (log to a file, embedded database); the
load generator is a second process on the same machine, so that its work is in the figure too.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from adapters.db.registry import Registry
from gateway.assembly.parts import build_database
from gateway.assembly.town import TOWN_VENDING_KEY, enter_town
from gateway.config import load_config
from gateway.core.meter import Carrier, MeterState
from gateway.simulators.town import demo_town

METERS = 2_000
LINKS = 64
WARM_UP = 2_000
PAYMENTS = 20_000
START_S_MAX = 30

CONFIG = """
[utility]
name = "Bench Power"
currency = "CNY"
timezone = "Asia/Shanghai"
[database]
url = "sqlite:///bench.db"
[[vending_key]]
sgc = "201457"
krn = 1
file = "key.hex"
[[bank]]
code = "east"
profile = "default"
listen = "tcp:{port}:interface=127.0.0.1"
[log]
file = "bench.log"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def made(place: Path, port: int) -> Path:
    """A configuration, a key and a town of meters."""
    config = place / "powertill.toml"
    config.write_text(CONFIG.format(port=port), encoding="utf-8")
    key = place / "key.hex"
    key.touch(mode=0o600)
    key.write_text(TOWN_VENDING_KEY.hex(), encoding="ascii")
    town = demo_town(METERS)
    database = build_database(load_config(str(config)))
    enter_town(Registry(database), town)
    database.dispose()
    sellable = [m for m in town.meters if m.state is MeterState.ACTIVE and m.carrier is Carrier.TOKEN]
    (place / "meters").write_text("\n".join(meter.drn for meter in sellable), encoding="ascii")
    return config


def load(place: Path, port: int, payments: int, trace: int) -> dict:
    command = [
        sys.executable, "-m", "gateway.simulators.load", "--port", str(port), "--links", str(LINKS),
        "--payments", str(payments), "--meters", str(place / "meters"), "--trace", str(trace),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def wait_for(port: int) -> None:
    until = time.monotonic() + START_S_MAX
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the gateway did not begin to listen")


def run() -> dict[str, float]:
    """Payments per second and the answer times in milliseconds."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        place, port = Path(folder), free_port()
        config = made(place, port)
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(config)]
        gateway = subprocess.Popen(command, env=environment)
        try:
            wait_for(port)
            load(place, port, WARM_UP, 1)
            report = load(place, port, PAYMENTS, 1 + WARM_UP)
        finally:
            gateway.terminate()
            gateway.wait(30)
    assert report["approved"] == PAYMENTS, report["codes"]
    return {key: report[key] for key in ("per_second", "p50_ms", "p99_ms")}


if __name__ == "__main__":
    print(run())
