"""``powertill meter-sim town``: be thousands of meters, as one file describes them."""

from __future__ import annotations

import resource
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import CannotListenError

from gateway.assembly.commands.meter_sim_run import model_at, now, run_until_told
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault
from gateway.simulators.meters.security_module import TRAINING_KEY, TrainingModule
from gateway.simulators.meters.serve import Served
from gateway.simulators.meters.town import TOWN_OCTETS_MAX, Site, Town, TownFault, read_town, sites_of

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

SOCKETS_BESIDE: Final = 64
"""Sockets and files that a process has open beside those of its meters."""

DIALS_EACH_S: Final = 200
"""Calls that a town makes in a second when it begins: no gateway takes thousands at once."""

_EXAMPLES = """\
Prints one line when all meters can be spoken to, and ends on Ctrl-C with 0.
FILE is JSON:

  {"seed": 7, "zone": "+08:00", "groups": [
    {"model": "dlt645-2007", "count": 2000, "first": "000000000001",
     "load_w": 600, "curve": "home", "drift_ppm": 50, "clock_off_s": 120,
     "energy_kwh": 9000, "where": {"ports_from": 20000}},
    {"model": "dlt645-prepaid", "count": 64, "first": "000000010001",
     "prepaid": {"balance": "50.00", "price": "0.5000"},
     "where": {"ports_from": 30000, "bus": 32}},
    {"model": "dlms-tcp", "count": 100, "first": "000000020001",
     "where": {"dial": "127.0.0.1:7000", "hello": "{number}"}}]}

  where   port (all on one line), ports_from (a port for each line), or dial;
          bus: so many meters on a line; host; one_caller: no second caller
  also    period_min, profile_rows (96), mode (IEC 62056-21), turn_ms;
          prepaid: counts (money, energy), overdraft

What differs from meter to meter is drawn from the seed: the same file makes the
same town.

example:
  powertill meter-sim town town.json
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("town", help="be thousands of meters, from one file", epilog=_EXAMPLES)
    parser.add_argument("file", metavar="FILE", type=Path, help="the town, as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Be the town."""
    file: Path = arguments.file
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(TOWN_OCTETS_MAX + 1)
        town = read_town(text, lambda name: model_at(name, file.parent))
    except OSError as fault:
        raise CommandFault(f"{file} cannot be read: {fault.strerror}; cure: name a file") from None
    except UnicodeDecodeError:
        raise CommandFault(f"{file} is no text; cure: write it as UTF-8") from None
    except TownFault as fault:
        raise CommandFault(f"{file}: {fault}") from None
    _make_room(town, file)
    served: list[Served] = []

    def begin(reactor: Any) -> str:  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        served.append(Served(reactor, seed=town.seed))
        return _begun(town, served[0])

    def end() -> None:
        for each in served:
            each.stop()

    return run_until_told(begin, end)


def _begun(town: Town, served: Served) -> str:
    module = TrainingModule(TRAINING_KEY, secrets.token_bytes)
    dialled = sum(where.is_dialled for group in town.groups for where in group.lines)
    for site in sites_of(town, time.monotonic, now(), module):
        _serve(served, site, within_s=dialled // DIALS_EACH_S)
    return f"{'ready':<12}{town.count} meters on {town.lines} lines"


def _serve(served: Served, site: Site, within_s: int) -> None:
    where = site.where
    if where.is_dialled:
        hello = where.hello.replace("{number}", site.meters[0].house.number).encode("ascii")
        served.dial(where.host, where.port, site.meters, hello=hello, within_s=within_s)
        return
    try:
        served.listen(where.host, where.port, site.meters, is_for_one=where.is_for_one)
    except CannotListenError as fault:
        why = getattr(fault.socketError, "strerror", None) or fault.socketError
        raise CommandFault(f"{where.host}:{where.port}: {why}; cure: another port", NO_SUCCESS) from None


def _make_room(town: Town, file: Path) -> None:
    """Let the process have a socket for each line and a caller on each, where the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    least = town.lines + SOCKETS_BESIDE
    if hard != resource.RLIM_INFINITY and least > hard:
        raise CommandFault(
            f"{file}: {town.lines} lines, and this process may have {hard} sockets; cure: more meters on a "
            "bus, or a higher limit (ulimit -n)"
        )
    wanted = 2 * town.lines + SOCKETS_BESIDE
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
