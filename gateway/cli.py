"""``powertill``: the command line. The parser and the way to each command; the commands are in assembly."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, CommandParser, complain

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Each command's file. Only the one that is called is imported: a token is read in a tenth of the time
#: that the gateway takes to load.
_FILES: Final = {
    "serve": "serve",
    "init": "init",
    "demo": "demo",
    "deposit": "deposit",
    "check": "check",
    "day": "day",
    "ledger": "ledger",
    "bank-totals": "bank_totals",
    "db": "db",
    "exceptions": "exceptions",
    "outbox": "outbox",
    "tariff": "tariff",
    "keys": "keys",
    "meter": "meter",
    "staff": "staff",
    "stations": "stations",
    "sts": "sts",
    "iso8583": "iso8583",
    "conformance": "conformance",
    "bank-sim": "bank_sim",
    "meter-sim": "meter_sim",
    "card-sim": "card_sim",
    "modem-sim": "modem_sim",
    "station": "station",
}
_INTERRUPTED: Final = 130
"""The exit code of a program that Ctrl-C ended: 128 and the signal's number."""

_EXAMPLES = """\
first steps:
  powertill demo                        look at a whole town at work
  powertill init shop --town            make a gateway with test customers
  powertill serve --config shop/powertill.toml

powertill COMMAND --help describes a command.
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when it succeeded, 1 when the answer is no, 2 when the input is wrong."""
    words = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = _ended(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (``| head``); Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_SUCCESS
    return code


def _ended(words: Sequence[str]) -> int:
    """Run the command and give its exit code, however it ends."""
    try:
        return _run(words)
    except CommandFault as fault:
        complain(f"powertill {words[0]}: {fault}")
        return fault.code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SystemExit as ended:
        # The parser has spoken already: --help and --version end with 0, a refusal with 2.
        return ended.code if isinstance(ended.code, int) else 0


def _run(words: Sequence[str]) -> int:
    parser = _parser({words[0]} if words and words[0] in _FILES else set(_FILES))
    if not words:
        parser.print_help()
        return 0
    arguments = parser.parse_args(words)
    code: int = arguments.run(arguments)
    return code


def _parser(wanted: set[str]) -> CommandParser:
    parser = CommandParser(
        prog="powertill", description="Prepaid power: banks pay, meters get their tokens.", epilog=_EXAMPLES
    )
    parser.add_argument("--version", action="version", version=f"powertill {_version()}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    for name, file in _FILES.items():
        if name in wanted:
            import_module(f"gateway.assembly.commands.{file}").add_to(commands)
    return parser


def _version() -> str:
    try:
        return metadata.version("powertill")
    except metadata.PackageNotFoundError:
        return "of a source tree"


if __name__ == "__main__":
    sys.exit(main())
