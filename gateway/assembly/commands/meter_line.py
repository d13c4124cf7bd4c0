"""``powertill meter read``, ``write``, ``relay`` and ``dump``: speak with a meter over its line."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from twisted.internet.defer import CancelledError

from adapters.lines.open_talk import check_wanted, talk_with
from adapters.lines.talk import AddressFault, Wanted
from adapters.lines.way import PROFILES, SLACK_MS_MAX, Via, Way, WayFault, open_way
from adapters.lines.wire import Traced
from gateway.assembly.commands.line_access import key_file_in, model_in, password_in
from gateway.assembly.commands.reactor_run import waited_for
from gateway.assembly.commands.terminal import (
    NO_SUCCESS,
    CommandFault,
    CommandParser,
    complain,
    harmless,
    out,
    whole,
)
from gateway.assembly.line_trace import tracer
from gateway.codecs.gdw376.fault import ValueFault
from gateway.codecs.gdw376.forwarding import CARRIER, Route
from gateway.codecs.gdw376.forwarding import PORT_MAX as VIA_PORT_MAX
from gateway.codecs.gdw376.frame import Address
from gateway.codecs.meter_model.model import MODELS
from gateway.core.contact import ContactFault, RelayOrder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from gateway.assembly.commands.terminal import Commands
    from gateway.core.contact import ItemRead, ItemsRead, ItemWritten, RelayDone
    from gateway.ports import MeterTalk

CALL_S_MAX: Final = 900
"""Seconds of a call that an engineer may ask for: what a concentrator's read-out takes."""

ROUTES: Final = """\
--at says the way: tcp:HOST:PORT or serial:/dev/ttyUSB0. With --dial a modem
there calls the number. --trace prints every octet to standard error; passwords
and tokens are covered.
"""
_READ: Final = (
    ROUTES
    + """\
An ITEM is a name of the model, or an identifier as the protocol writes it.
Exit code 1 when something could not be read.

examples:
  powertill meter read --model dlt645-2007 --at serial:/dev/ttyUSB0 \\
      --address 000000000161 energy time
  powertill meter read --model iec62056-21 --at serial:/dev/ttyS1 \\
      --dial 5550161 --number 00000161 1.8.0 --trace
"""
)
_WRITE: Final = (
    ROUTES
    + """\
It is sent once, and read back whatever the meter answered. Exit code 1 when it
does not stand there afterwards.

example:
  powertill meter write --model dlt645-2007 --at tcp:10.0.0.7:2404 \\
      --address 000000000161 --password-file p02 time 120000
"""
)
_RELAY: Final = (
    ROUTES
    + """\
It is sent once; then the meter is asked where its relay is, and that is what
counts. Exit code 1 when it is not as ordered, or cannot be seen.

example:
  powertill meter relay --model dlt645-2007 --at tcp:10.0.0.7:2404 \\
      --address 000000000161 --password-file p02 trip
"""
)
_DUMP: Final = (
    ROUTES
    + """\
Everything that the model names, or the meter itself lists.

example:
  powertill meter dump --model dlms-tcp --at tcp:10.0.0.8:4059 \\
      --password-file lls
"""
)


_Done = TypeVar("_Done")


class Errand(Protocol):
    """What is done in a conversation; it gives the exit code."""

    def __call__(self, talk: MeterTalk, arguments: argparse.Namespace) -> Awaitable[int]:
        """Do it."""


def add_to(kinds: Commands) -> None:
    """Add the commands to the group of ``meter``."""
    read = add_errand(kinds, "read", "read items of a meter over its line", _READ, _read)
    read.add_argument("items", metavar="ITEM", nargs="+", help="what is read")
    write = add_errand(kinds, "write", "write an item of a meter over its line", _WRITE, _write)
    write.add_argument("item", metavar="ITEM", help="what is written")
    write.add_argument("text", metavar="TEXT", help="what shall stand there")
    relay = add_errand(kinds, "relay", "switch a meter's relay, and look where it is", _RELAY, _relay)
    relay.add_argument("order", choices=[order.value for order in RelayOrder], help="what it shall do")
    add_errand(kinds, "dump", "read all that a meter has, over its line", _DUMP, _dump)


def add_errand(kinds: Commands, name: str, words: str, examples: str, errand: Errand) -> CommandParser:
    """Add a command that holds a conversation; ``errand`` gives its exit code.

    What prepares it (``prepare``) may set ``hidden``: tokens that no trace shows.
    """
    parser: CommandParser = kinds.add_parser(name, help=words, epilog=examples)
    parser.add_argument(
        "--model",
        required=True,
        metavar="NAME|FILE.json",
        help=f"what it is: {', '.join(MODELS)}, or a table",
    )
    parser.add_argument("--at", required=True, metavar="WAY", help="how it is reached (see below)")
    parser.add_argument(
        "--address", default="", metavar="DIGITS", help="whom the meter answers to on its line"
    )
    parser.add_argument(
        "--number", default="", metavar="TEXT", help="what it must call itself; else it is left"
    )
    parser.add_argument("--dial", default="", metavar="NUMBER", help="a modem calls this")
    parser.add_argument("--modem", choices=sorted(PROFILES), default="pstn", help="its kind (pstn)")
    parser.add_argument(
        "--call-s", type=whole(1, CALL_S_MAX), default=180, metavar="S", help="seconds of the call (180)"
    )
    parser.add_argument("--via", metavar="CONCENTRATOR", help="through this one, as 0200-04660 (Q/GDW 376.1)")
    parser.add_argument(
        "--via-port",
        type=whole(1, VIA_PORT_MAX),
        default=CARRIER,
        metavar="N",
        help="its port (31)",
    )
    parser.add_argument(
        "--slack-ms", type=whole(0, SLACK_MS_MAX), metavar="MS", help="what the way adds to each answer"
    )
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="the meter's password; mode 0600")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="its keys (DLMS) as JSON; mode 0600")
    parser.add_argument("--trace", action="store_true", help="print every octet to standard error")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=lambda arguments: _run(arguments, errand), hidden=(), prepare=_nothing)
    return parser


def _nothing(_: argparse.Namespace) -> None:
    """Prepare nothing."""


def _run(arguments: argparse.Namespace, errand: Errand) -> int:
    """Open the way, do the errand, and close it; what does not come to that is said in one sentence."""
    arguments.prepare(arguments)
    way, wanted = _way(arguments), _wanted(arguments)
    outcome = waited_for(lambda reactor: _visited(reactor, way, wanted, arguments, errand))
    if isinstance(outcome, int):
        return outcome
    fault = outcome.value
    if isinstance(fault, ContactFault):
        raise CommandFault(harmless(str(fault)), NO_SUCCESS)
    outcome.raiseException()
    raise AssertionError(outcome)


async def _visited(
    reactor: Any,  # noqa: ANN401 - Twisted's, without types
    way: Way,
    wanted: Wanted,
    arguments: argparse.Namespace,
    errand: Errand,
) -> int:
    opened = await open_way(reactor, way, wanted.model.line)
    wire = (
        Traced(opened.wire, tracer(wanted.model, wanted.password, sys.stderr.write, hidden=arguments.hidden))
        if arguments.trace
        else opened.wire
    )
    try:
        talk = talk_with(wire, reactor, wanted)
        try:
            return await errand(talk, arguments)
        finally:
            await talk.leave()
    finally:
        await opened.close()
        for note in opened.notes:
            complain(f"note: {harmless(note)}")


async def _read(talk: MeterTalk, arguments: argparse.Namespace) -> int:
    return _say_items(await talk.read(arguments.items), arguments)


async def _dump(talk: MeterTalk, arguments: argparse.Namespace) -> int:
    found = await talk.everything()
    _say_items(found, arguments)
    # A meter has not all that its model names.
    return 0 if found.read else NO_SUCCESS


async def _write(talk: MeterTalk, arguments: argparse.Namespace) -> int:
    done: ItemWritten = await _ordered(talk.write(arguments.item, arguments.text))
    if arguments.json:
        now = None if done.now is None else plain_of(done.now)
        wanted = {"item": done.item, "wanted": done.wanted, "as_wanted": done.is_as_wanted, "now": now}
        out(json.dumps(wanted | _said(done.fault)))
    else:
        if done.fault is not None:
            out(f"{'answer':<20}{harmless(str(done.fault))}")
        out(
            row_of(done.now)
            if done.now is not None
            else f"{arguments.item:<20}cannot be read back: not known"
        )
        outcome = "not known" if done.now is None else "it does not stand there"
        out(f"{'outcome':<20}{'it stands there' if done.is_as_wanted else outcome}")
    return 0 if done.is_as_wanted else NO_SUCCESS


async def _relay(talk: MeterTalk, arguments: argparse.Namespace) -> int:
    done: RelayDone = await _ordered(talk.switch(RelayOrder(arguments.order)))
    state = "not known: it could not be seen" if done.state is None else done.state.value
    if arguments.json:
        seen = None if done.state is None else done.state.value
        ordered = {"order": done.order.value, "as_ordered": done.is_obeyed, "relay": seen}
        out(json.dumps(ordered | _said(done.fault)))
    else:
        if done.fault is not None:
            out(f"{'answer':<20}{harmless(str(done.fault))}")
        outcome = "not known" if done.state is None else "not as ordered"
        out(f"{'relay':<20}{state}", f"{'outcome':<20}{'as ordered' if done.is_obeyed else outcome}")
    return 0 if done.is_obeyed else NO_SUCCESS


async def _ordered(doing: Awaitable[_Done]) -> _Done:
    """Wait for what changes the meter; whoever breaks it off is told that it may be done."""
    try:
        return await doing
    except CancelledError:
        complain("broken off: whether it was done is not known; cure: read what stands there")
        raise


def _say_items(found: ItemsRead, arguments: argparse.Namespace) -> int:
    if arguments.json:
        missing = [
            {"item": item, "why": fault.why.value, "says": str(fault)} for item, fault in found.missing
        ]
        out(json.dumps({"read": [plain_of(one) for one in found.read], "missing": missing}))
    else:
        if found.read:
            out(*map(row_of, found.read))
        for item, fault in found.missing:
            complain(f"{item:<20}{harmless(str(fault))}")
    return NO_SUCCESS if found.missing else 0


def row_of(one: ItemRead) -> str:
    """Make a row of an item; the unit is the number's, and a moment may stand behind it."""
    number, blank, behind = one.text.partition(" ") if one.unit else (one.text, "", "")
    unit = f" {one.unit}" if one.unit else ""
    # The item of a read-out is named as the meter says it.
    return f"{harmless(one.item):<20}{harmless(number + unit + blank + behind)}"


def plain_of(one: ItemRead) -> dict[str, object]:
    """Give an item for a program."""
    return {
        "item": one.item, "at": one.at, "text": one.text,
        "number": one.number, "decimals": one.decimals, "unit": one.unit,
    }  # fmt: skip


def _said(fault: ContactFault | None) -> dict[str, object]:
    """Give what was answered, and whether it may have been done all the same."""
    return {
        "said": None if fault is None else str(fault),
        "in_doubt": fault is not None and fault.is_in_doubt,
    }


def _way(arguments: argparse.Namespace) -> Way:
    try:
        way = Way.parse(arguments.at)
    except WayFault as fault:
        raise CommandFault(f"--at: {fault}") from None
    return Way(
        way.name, way.host, way.port,
        number=arguments.dial, modem=PROFILES[arguments.modem],
        slack_ms=arguments.slack_ms, call_s=arguments.call_s, via=_via(arguments),
    )  # fmt: skip


def _via(arguments: argparse.Namespace) -> Via | None:
    if arguments.via is None:
        return None
    try:
        return Via(Address.from_text(arguments.via), Route(arguments.via_port))
    except ValueFault as fault:
        raise CommandFault(f"--via: {fault}") from None


def _wanted(arguments: argparse.Namespace) -> Wanted:
    model = model_in(arguments.model)
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()  # noqa: E731 - the engineer's own zone
    wanted = Wanted(
        model, arguments.address, now,
        number=arguments.number,
        password=password_in(arguments.password_file), keys=key_file_in(arguments.key_file),
    )  # fmt: skip
    try:
        check_wanted(wanted)
    except AddressFault as fault:
        raise CommandFault(f"--address: {fault}") from None
    return wanted
