"""``powertill station``: let a card station in, run it, look whether all of it is in order."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

from twisted.python.failure import Failure

from adapters.card_reader.pcsc import readers_there
from adapters.card_reader.pcsc_words import NoLibrary
from adapters.card_reader.serial import SerialSlot
from card_station.centre import Ok
from card_station.conversation import why_of
from card_station.gateway_client import GatewayClient, Papers
from card_station.identity import IdentityFault, request_of
from card_station.journal import Journal, JournalFault
from gateway.assembly.card_station import STATION_FAULTS, card_station, folder_of, line_of, plan_of
from gateway.assembly.commands.reactor_run import waited_for
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, complain, harmless, out
from gateway.codecs.card.steps import Lost
from gateway.codecs.ccid.message import CardState
from gateway.config import ConfigFault
from gateway.config.card_station import load_card_station

if TYPE_CHECKING:
    import argparse

    from card_station.centre import Answer
    from gateway.assembly.commands.terminal import CommandParser, Commands
    from gateway.config.card_station import CardStationSettings

_CODE: Final = re.compile(r"[A-Z0-9-]{8,40}")

_EXAMPLES = """\
A station is let in once: whoever keeps the stations draws a code for it in the
office, which is typed here. Its key is made on this machine and never leaves
it.

examples:
  powertill station enrol --config station.toml
  powertill station check --config station.toml
  powertill station run --config station.toml
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("station", help="sell on IC cards at a counter", epilog=_EXAMPLES)
    doings = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    enrol = doings.add_parser("enrol", help="let this station in, with a code of the centre")
    _add_config(enrol)
    enrol.add_argument("--again", action="store_true", help="also where it has a certificate already")
    enrol.set_defaults(run=run_enrol)
    check = doings.add_parser("check", help="look at reader, journal, certificate and centre")
    _add_config(check)
    check.set_defaults(run=run_check)
    run = doings.add_parser("run", help="run the station until Ctrl-C or SIGTERM")
    _add_config(run)
    run.set_defaults(run=run_station)


def _add_config(parser: CommandParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", default="station.toml", help="the station's configuration"
    )


def _settings(arguments: argparse.Namespace) -> CardStationSettings:
    try:
        return load_card_station(arguments.config)
    except ConfigFault as fault:
        raise CommandFault(str(fault)) from None


def run_enrol(arguments: argparse.Namespace) -> int:
    """Make a key, send the code, keep the certificate."""
    settings = _settings(arguments)
    folder = folder_of(settings)
    if folder.is_enrolled and not arguments.again:
        raise CommandFault(f"{folder.path}: this station has a certificate; cure: say --again for a new one")
    try:
        request, authority = request_of(folder.key()), folder.authority_pem()
    except (IdentityFault, ValueError, OSError) as fault:
        raise CommandFault(str(fault)) from None
    code = _code()
    answer = _asked(settings.centre, Papers(authority), "enrol", {"code": code, "csr": request})
    if not isinstance(answer, Ok):
        complain(f"powertill station enrol: {harmless(why_of(answer))}")
        return NO_SUCCESS
    folder.keep(answer.content["certificate"])
    out(f"station     {answer.content['station']}", f"folder      {folder.path}")
    return 0


def _code() -> str:
    """Read the code from the terminal or a pipe: on the command line every user could read it."""
    if sys.stdin.isatty():
        sys.stderr.write("Code: ")
        sys.stderr.flush()
    code = sys.stdin.readline(64).strip().upper()
    if _CODE.fullmatch(code) is None:
        raise CommandFault("that is no code; cure: type the letters and digits as the office has shown them")
    return code


def _asked(url: str, papers: Papers, op: str, request: dict[str, Any]) -> Answer:
    """Ask the centre once."""
    found = waited_for(lambda reactor: GatewayClient(url, papers, reactor).ask(op, request))
    if isinstance(found, Failure):
        found.raiseException()
    return found


def run_check(arguments: argparse.Namespace) -> int:
    """Say of each part whether it is in order; 1 where one is not."""
    settings = _settings(arguments)
    checks = [_reader(settings), _journal(settings), *_line(settings)]
    for name, is_well, said in checks:
        out(f"{name:<11} {'ok' if is_well else 'no':<4} {harmless(said)}")
    return 0 if all(is_well for _, is_well, _ in checks) else NO_SUCCESS


def _reader(settings: CardStationSettings) -> tuple[str, bool, str]:
    if settings.line is not None:
        return _serial_reader(settings)
    try:
        there = readers_there()
    except NoLibrary as fault:
        return "reader", False, str(fault)
    if isinstance(there, Lost):
        return "reader", False, there.detail
    if settings.reader in there:
        return "reader", True, settings.reader
    return "reader", False, f"{settings.reader} is not there; there are: {', '.join(there) or 'none'}"


def _serial_reader(settings: CardStationSettings) -> tuple[str, bool, str]:
    """Ask the reader on the line whether a card is in it; its answer shows that it is there."""
    plan = line_of(settings)
    assert plan is not None, "asked for a serial reader only"  # noqa: S101 - of our own code
    slot = SerialSlot(plan)
    found = slot.line.look()
    slot.close()
    if isinstance(found, Lost):
        return "reader", False, found.detail
    card = "empty" if found.card is CardState.NONE else "a card is in it"
    return "reader", True, f"{plan.path}, {card}"


def _journal(settings: CardStationSettings) -> tuple[str, bool, str]:
    file = settings.folder / "journal"
    try:
        journal = Journal(file)
    except JournalFault as fault:
        return "journal", False, str(fault)
    unfinished = len(journal.purchases)
    journal.close()
    return "journal", True, f"{file}, {unfinished} unfinished"


def _line(settings: CardStationSettings) -> list[tuple[str, bool, str]]:
    try:
        papers = folder_of(settings).papers()
    except IdentityFault as fault:
        return [("papers", False, str(fault))]
    request = {"version": plan_of(settings).version, "readers": [], "unfinished": 0, "clock_us": 0}
    answer = _asked(settings.centre, papers, "hello", request)
    if not isinstance(answer, Ok):
        return [("papers", True, str(settings.folder)), ("centre", False, why_of(answer))]
    said = answer.content
    return [("papers", True, str(settings.folder)), ("centre", True, f"{said['station']} {said['name']}")]


def run_station(arguments: argparse.Namespace) -> int:
    """Run until a signal comes."""
    settings = _settings(arguments)
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    service = card_station(settings, reactor)
    try:
        service.startService()
    except STATION_FAULTS as fault:
        complain(f"powertill station run: the station cannot start: {fault}")
        return NO_SUCCESS
    out(f"desk        {settings.folder / 'desk.url'}")
    sys.stdout.flush()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    reactor.run()
    return 0
