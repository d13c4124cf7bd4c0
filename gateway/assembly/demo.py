"""``powertill demo``: a small town, the gateway on loopback, and a bank that shows what it does.

The tour talks to the real door over TCP with the bank simulator; the receipts are read back from the books,
the tokens are typed into the virtual meter. With ``once`` it ends after the tour: 0 when all went well.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning

from adapters.db.opening import Database, DatabaseFault
from adapters.db.poster import run_here
from adapters.db.posting_batch import PostingBatch
from adapters.db.registry import Registry
from adapters.people.passwords import Passwords
from gateway.assembly.crash_points import CrashPointFault
from gateway.assembly.demo_people import DemoPerson, enter_people
from gateway.assembly.demo_tour import Tour, TourFault
from gateway.assembly.gateway_service import make_gateway
from gateway.assembly.parts import build_calendar, build_database
from gateway.assembly.town import TOWN_VENDING_KEY, enter_town
from gateway.config import Config, load_config
from gateway.config.admin import ADMIN_SECRET_BYTES
from gateway.core.chain import SECRET_BYTES
from gateway.secret import write_secret
from gateway.simulators.town import demo_town

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

#: The doors of the demo, where they are free; else the system chooses.
_DOORS = {"east": 8583, "west": 8584, "health": 9583, "office": 8443}

_CONFIG = """\
# The demonstration town. Everything here is explained in docs/configuration.md.

[utility]
name = "Riverside Power"
currency = "CNY"
timezone = "Asia/Shanghai"

[database]
url = "sqlite:///riverside.db"

[ledger]
chain_key_file = "chain-key.hex"

[[vending_key]]
sgc = "201457"
krn = 1
file = "vending-key.hex"

# East Bank has paid in advance and sells what its float covers; the token comes with the answer.
[[bank]]
code = "east"
name = "East Bank"
profile = "default"
listen = "tcp:{east}:interface=127.0.0.1"
covered = true

# West Bank settles afterwards and fetches its tokens: until then the credit waits and can be taken back.
[[bank]]
code = "west"
name = "West Bank"
profile = "binary87"
listen = "tcp:{west}:interface=127.0.0.1"
token_in_answer = false

[health]
listen = "tcp:{health}:interface=127.0.0.1"

# The office's pages, for this machine only; elsewhere they stand behind TLS.
[admin]
listen = "tcp:{office}:interface=127.0.0.1"
origin = "http://127.0.0.1:{office}"
secret_file = "office-key.hex"
authenticators = "nobody"

[log]
file = "powertill.log"
"""


def run_demo(*, once: bool, say: Callable[[str], None] = print) -> int:
    """Make the town, start the gateway, take the tour; then serve until interrupted, or end (``once``)."""
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    place = Path(tempfile.mkdtemp(prefix="powertill-demo-"))
    doors = {name: _free_port(port) for name, port in _DOORS.items()}
    config_file = _make_place(place, doors)
    town = demo_town()
    config = load_config(str(config_file))
    database = build_database(config)
    enter_town(Registry(database), town)
    people = _enter_people(config, database)
    database.dispose()
    service = make_gateway(config, reactor)
    tour = Tour(config, service, town, reactor, doors, say)
    outcome: list[int] = []

    def ended(failure: Failure | None) -> None:
        outcome.append(0 if failure is None else 1)
        if once or failure is not None:
            with suppress(ReactorNotRunning):  # an interrupt has stopped it already, and ended the tour so
                reactor.stop()  # before anything is said: nobody may be listening any more
        if failure is not None:
            say(_reason(failure))
        elif not once:
            tour.say_what_next(config_file, people)

    def begin() -> None:
        try:
            service.startService()
        except (OSError, DatabaseFault, CrashPointFault) as fault:
            outcome.append(1)
            reactor.stop()
            say(f"the gateway cannot start: {fault}")
            return
        reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
        Deferred.fromCoroutine(tour.take()).addBoth(ended)

    reactor.callWhenRunning(begin)
    reactor.run()
    if once:
        shutil.rmtree(place)
    else:
        say(_where_it_stays(config_file))
    if service.trouble is not None:
        say(f"the gateway ended by itself: {service.trouble}")
        return 1
    return outcome[0] if outcome else 1


def _where_it_stays(config_file: Path) -> str:
    """Tell where the town is, once the gateway has ended."""
    return (
        f"\nThe town stays in {config_file.parent}, with its books and its log. Open it again with\n\n"
        f"   powertill serve --config {config_file}\n\nor delete the folder."
    )


def _reason(failure: Failure) -> str:
    """Say why the tour ended early."""
    if failure.check(TourFault):
        return f"\nThe tour stopped: {failure.getErrorMessage()}"
    return f"\nThe tour stopped by a fault of ours:\n{failure.getTraceback()}"


def _make_place(place: Path, doors: dict[str, int]) -> Path:
    """Write the configuration and the key file of the town."""
    config_file = place / "powertill.toml"
    config_file.write_text(_CONFIG.format(**doors), encoding="utf-8")
    write_secret(place / "vending-key.hex", TOWN_VENDING_KEY.hex())
    write_secret(place / "chain-key.hex", secrets.token_hex(SECRET_BYTES))
    write_secret(place / "office-key.hex", secrets.token_hex(ADMIN_SECRET_BYTES))
    return config_file


def _enter_people(config: Config, database: Database) -> tuple[DemoPerson, ...]:
    """Let two people into the office; nothing runs yet, so their passwords are hashed here and now."""
    secret = config.ledger.chain_key.reveal()
    batch = PostingBatch(database, build_calendar(config), lambda: datetime.now(UTC), secret)
    entering = Deferred.fromCoroutine(enter_people(batch, Passwords(run_here)))
    entered: list[tuple[DemoPerson, ...]] = []
    entering.addCallback(entered.append)
    batch.close()
    return entered[0]


def _free_port(wanted: int) -> int:
    """Return the wanted port where it is free, else one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise TourFault("no free port on the loopback address")
