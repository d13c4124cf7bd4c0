"""A whole gateway as its own process, with its ordinary configuration, and the load that is sent to it.

Its log goes to a file, as in operation. The load generator is another process on the same machine, so that
its work is in every figure too.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.db.opening import migrate, open_database
from adapters.db.registry import Registry
from gateway.assembly.town import TOWN_VENDING_KEY, enter_town
from gateway.core.meter import Carrier, MeterState
from gateway.secret import write_secret
from gateway.simulators.town import demo_town

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.server import BenchServer

#: Each is sold a token some forty times: a meter's token ids may run an hour, so sixty of them, ahead.
METERS = 4_000
LINKS = 64
#: As many payments in flight as the posting alone is measured with.
MANY_LINKS = 256
START_S_MAX = 60

CONFIG = """
[utility]
name = "Bench Power"
currency = "CNY"
timezone = "Asia/Shanghai"
[database]
url = "{url}"
[ledger]
chain_key_file = "chain.hex"
[[vending_key]]
sgc = "201457"
krn = 1
file = "key.hex"
[[bank]]
code = "east"
profile = "default"
listen = "tcp:{port}:interface=127.0.0.1"
soap_listen = "tcp:{soap_port}:interface=127.0.0.1"
links_max = {links}
[log]
file = "bench.log"
"""


class Gateway:
    """A configured gateway and its folder. ``server`` is where its books are; None for SQLite."""

    def __init__(
        self, place: Path, server: BenchServer | None, books: str = "town", meters: int = METERS
    ) -> None:
        self.place = place
        self._meters = meters
        place.mkdir()
        self.port, self.soap_port = free_port(), free_port()
        self.config = place / "powertill.toml"
        self._made = 0
        self._write(server, books)

    def _write(self, server: BenchServer | None, books: str) -> None:
        """A configuration, keys, and a town of meters in new books."""
        if server is None:
            url = "sqlite:///bench.db"
            owner = open_database(f"sqlite:///{self.place / 'bench.db'}")
            migrate(owner)
        else:
            server.books(books)
            url, owner = server.url(books), open_database(server.cluster.url(books))
        values = {"url": url, "port": self.port, "soap_port": self.soap_port, "links": 2 * MANY_LINKS}
        self.config.write_text(CONFIG.format(**values), encoding="utf-8")
        for name, secret in {"key.hex": TOWN_VENDING_KEY, "chain.hex": bytes(32)}.items():
            write_secret(self.place / name, secret.hex())
        town = demo_town(self._meters)
        enter_town(Registry(owner), town)
        owner.dispose()
        sellable = [m for m in town.meters if m.state is MeterState.ACTIVE and m.carrier is Carrier.TOKEN]
        (self.place / "meters").write_text("\n".join(meter.drn for meter in sellable), encoding="ascii")

    @contextmanager
    def running(
        self, program: Sequence[str] = ("-m", "gateway.cli"), **more: str
    ) -> Iterator[subprocess.Popen]:
        """Serve; ``program`` may be another that serves so, ``more`` goes into its environment."""
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), **more}
        command = [sys.executable, *program, "serve", "--config", str(self.config)]
        process = subprocess.Popen(command, env=environment)
        try:
            for port in (self.port, self.soap_port):
                _wait_for(port)
            yield process
        finally:
            process.terminate()
            process.wait(60)

    def load_iso(self, payments: int, links: int = LINKS) -> dict[str, Any]:
        """Send payments over links of ISO 8583; every one must be approved."""
        return self._load("gateway.simulators.load", payments, self.port, ("--links", links), "--trace")

    def load_iso_many(self, payments: int) -> dict[str, Any]:
        """Send them over MANY_LINKS links."""
        return self.load_iso(payments, MANY_LINKS)

    def load_soap(self, payments: int) -> dict[str, Any]:
        """Send payments from LINKS SOAP clients; every one must be approved."""
        clients = ("--clients", LINKS)
        return self._load("gateway.simulators.soap_load", payments, self.soap_port, clients, "--first")

    def _load(
        self, program: str, payments: int, port: int, links: tuple[str, int], first: str
    ) -> dict[str, Any]:
        command = [
            sys.executable, "-m", program, "--port", str(port), links[0], str(links[1]),
            "--payments", str(payments), "--meters", str(self.place / "meters"), first, str(self._made + 1),
        ]  # fmt: skip
        self._made += payments
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout[-500:], done.stderr[-1_000:])
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert report["approved"] == payments, report["codes"]
        return report


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_S_MAX
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the gateway did not begin to listen")
