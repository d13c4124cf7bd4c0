"""Meters of DL/T 645 in a process of their own: ``python -m bench.meter_bank``; it says its port.

Each connection is one meter, which has one register: the other end is measured here, not this one.
"""

from __future__ import annotations

import resource
import sys
from datetime import UTC
from typing import Any

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from gateway.codecs.dlt645.answering import Asked, MeterEnd

ADDRESS = "000000000161"
REGISTER = bytes.fromhex("52001000")


class Meter(Protocol):
    """One meter."""

    transport: Any

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self.end = MeterEnd(ADDRESS, UTC)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        for asked in self.end.receive(data):
            if isinstance(asked, Asked):
                self.transport.write(self.end.answer(asked.request, REGISTER))


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    factory = Factory.forProtocol(Meter)
    factory.noisy = False
    running: Any = reactor
    port = running.listenTCP(0, factory, backlog=4096, interface="127.0.0.1")
    sys.stdout.write(f"{port.getHost().port}\n")
    sys.stdout.flush()
    running.run()


if __name__ == "__main__":
    main()
