"""``powertill modem-sim``: modems on a telephone exchange, each on a port of its own, until Ctrl-C."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import CannotListenError

from gateway.assembly.commands.modem_words import call_line, ready_line
from gateway.assembly.commands.terminal import CommandFault, out
from gateway.simulators.modems.address import Address, AddressFault, address_of
from gateway.simulators.modems.book_file import BOOK_OCTETS_MAX, Book, BookFault, read_book
from gateway.simulators.modems.callers import CallersDoor
from gateway.simulators.modems.exchange import RING_S, TelephoneExchange
from gateway.simulators.modems.pty_port import PtyPort, PtyWatch
from gateway.simulators.modems.tcp_place import TcpPlace
from gateway.simulators.modems.tcp_port import TcpPort
from gateway.simulators.modems.virtual_modem import VirtualModem

if TYPE_CHECKING:
    from twisted.internet.protocol import Factory

    from gateway.assembly.commands.terminal import Commands
    from gateway.simulators.modems.call import CallRecord

MODEMS_MAX: Final = 256
"""Modems in one process: more than any office has, and as many pseudo terminals as a system gives away."""

RING_S_MAX: Final = 60
"""Seconds from ring to ring: a modem waits for fifty, and then says NO CARRIER itself."""

_SECONDS: Final = re.compile(r"\d{1,2}(\.\d{1,3})?")

_EXAMPLES = """\
FILE is JSON. "numbers" says who answers where, or why nobody does; "lines" is
about our own modems, in the order of --modem and --listen. Where it has no
line for a modem the first is called by 1, the second by 2, and so on.

  {"numbers": [
     {"number": "5551234", "place": "127.0.0.1:7001"},
     {"number": "5551235", "fails": "busy", "after_ms": 500},
     {"number": "5551236", "place": "127.0.0.1:7001", "times": 1,
      "trouble": {"lost": {"octets": 40, "way": "from meter"}}},
     {"number": "5551237", "place": "127.0.0.1:7001",
      "trouble": {"noise_per_mille": 5, "seed": 7, "delay_ms": 300}}],
   "lines": [
     {"number": "5550100"},
     {"number": "5550101", "has_dial_tone": false},
     {"number": "5550102", "kind": "gsm"}]}

numbers:
  place       HOST:PORT where the meter listens
  fails       busy, no answer, no carrier, no dialtone, error, or silent (the
              modem says nothing to the command that dials)
  after_ms    until it answers or fails (default: --ring-s)
  rate        what CONNECT says (9600)
  times       only the first so many calls go wrong; the others go right
  trouble     noise_per_mille with seed, delay_ms, and at an octet: lost (the
              carrier), silent (nothing passes any more), garbled (one octet);
              each with octets, which have passed before, and way: "to meter",
              "from meter" or "both" (counted together)
lines:
  kind        pstn, or gsm (knows AT+CPIN?, +CREG?, +CSQ, +CBST)
  has_dial_tone, is_dead   false: NO DIALTONE; true: the modem says nothing
  times, trouble           as above, of the calls that come in

Who connects to --calls calls a modem: the line CALL NUMBER comes first, or
none, and the first free modem rings until it is told ATA, or S0 says when.
Nobody is asked who he is there: keep these ports on this machine.

examples:
  powertill modem-sim --book book.json --modem line-a --modem line-b
  powertill modem-sim --book book.json --listen 127.0.0.1:7100 --ring-s 0.1
  powertill modem-sim --book book.json --modem line-a --calls 127.0.0.1:7200
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("modem-sim", help="be modems on a telephone exchange", epilog=_EXAMPLES)
    parser.add_argument("--book", metavar="FILE", type=Path, required=True, help="the numbers")
    parser.add_argument(
        "--modem",
        metavar="LINK",
        type=Path,
        action="append",
        dest="ports",
        help="a modem on a port of this name",
    )
    parser.add_argument(
        "--listen", metavar="HOST:PORT", type=_address, action="append", dest="ports",
        help="a modem behind a serial server there",
    )  # fmt: skip
    parser.add_argument(
        "--calls", metavar="HOST:PORT", type=_address, help="who connects there calls a modem"
    )
    parser.add_argument(
        "--ring-s", metavar="SECONDS", type=_seconds, default=RING_S,
        help=f"from ring to ring, and until a number answers ({RING_S:g})",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Be the modems until a signal comes; the names of their ports go with them."""
    ports: list[Path | Address] = arguments.ports or []
    if not 1 <= len(ports) <= MODEMS_MAX:
        raise CommandFault(f"{len(ports)} modems; cure: name from 1 to {MODEMS_MAX} by --modem or --listen")
    raw = _file(arguments.book)
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    reactor: Any = installed
    book = _book(raw, arguments.book, reactor)
    if len(book.lines) > len(ports):
        said = f"--book: {arguments.book}: it has {len(book.lines)} lines, and there are {len(ports)} modems"
        raise CommandFault(f"{said}; cure: name a --modem or --listen for each line")
    exchange = TelephoneExchange(reactor, book.entries, ring_s=arguments.ring_s, noted=_print_call)
    lines = [*book.lines, *[None] * (len(ports) - len(book.lines))]
    modems = [VirtualModem(exchange, reactor, line) for line in lines]
    with ExitStack() as leaving:
        opening = _Opening(reactor, leaving)
        for modem, where in zip(modems, ports, strict=True):
            _print(ready_line(modem.line.number, opening.port(modem, where)))
        if arguments.calls is not None:
            door = CallersDoor(exchange, reactor)
            _print(ready_line("calls", opening.listening("--calls", arguments.calls, door)))
        reactor.run()
    return 0


class _Opening:
    """Opens what others come in by; CommandFault for what cannot be, and all is closed with ``leaving``."""

    def __init__(self, reactor: Any, leaving: ExitStack) -> None:  # noqa: ANN401 - several interfaces at once
        self._reactor = reactor
        self._leaving = leaving
        self._watch: PtyWatch | None = None

    def port(self, modem: VirtualModem, where: Path | Address) -> str:
        """Open a modem's port; give where it is."""
        if not isinstance(where, Path):
            return self.listening("--listen", where, TcpPort(modem))
        try:
            if self._watch is None:
                self._watch = PtyWatch(self._reactor)
                self._leaving.callback(self._watch.close)
            self._leaving.callback(PtyPort(self._reactor, modem, where, self._watch).close)
        except OSError as fault:
            why = (fault.strerror or str(fault)).lower()
            raise CommandFault(f"--modem {where}: {why}; cure: remove it, or name another place") from None
        return str(where)

    def listening(self, option: str, where: Address, factory: Factory) -> str:
        """Listen there; give the address with the port that it became."""
        try:
            port = self._reactor.listenTCP(where.port, factory, interface=where.host)
        except CannotListenError as fault:
            why = fault.socketError.strerror or str(fault.socketError)
            raise CommandFault(f"{option} {where}: {why}; cure: name a free port of this machine") from None
        self._leaving.callback(port.stopListening)
        return str(Address(where.host, port.getHost().port))


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            raw = opened.read(BOOK_OCTETS_MAX + 1)
    except OSError as fault:
        raise CommandFault(f"--book: {path} cannot be read: {fault.strerror}; cure: name a file") from None
    if len(raw) > BOOK_OCTETS_MAX:
        raise CommandFault(f"--book: {path} has more than {BOOK_OCTETS_MAX} octets; cure: leave numbers out")
    return raw


def _book(raw: bytes, path: Path, reactor: Any) -> Book:  # noqa: ANN401 - as above
    try:
        return read_book(raw, lambda address: TcpPlace(reactor, address))
    except BookFault as fault:
        raise CommandFault(f"--book: {path}: {fault}") from None


def _print_call(record: CallRecord) -> None:
    _print(call_line(record))


def _print(line: str) -> None:
    out(line)
    sys.stdout.flush()


def _address(text: str) -> Address:
    try:
        return address_of(text, least_port=0)
    except AddressFault as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _seconds(text: str) -> float:
    if not _SECONDS.fullmatch(text) or float(text) > RING_S_MAX:
        raise argparse.ArgumentTypeError(f"must be seconds from 0 to {RING_S_MAX}, such as 2 or 0.1")
    return float(text)
