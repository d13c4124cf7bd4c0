"""A virtual card in a process of its own: ``python -m bench.virtual_card PROFILE SERIAL PORT [METER]``.

With the number of a meter it is put into that one with each line that comes in, and what was added is said.
"""

from __future__ import annotations

import sys
from threading import Thread

from gateway.simulators.card.vpcd import VpcdWire
from tests.cards import blank, meter


def main() -> None:
    name, serial, port, *numbers = sys.argv[1:]
    card = blank(name, serial)
    wire = VpcdWire(card, int(port))
    if not numbers:
        wire.serve()
        return
    Thread(target=wire.serve, daemon=True).start()
    its_meter = meter(name, *numbers)
    for _ in sys.stdin:
        print(its_meter.insert(card).added, flush=True)


if __name__ == "__main__":
    main()
