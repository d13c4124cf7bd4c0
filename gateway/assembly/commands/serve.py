"""``powertill serve``: run the gateway in the foreground until it is told to stop."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from gateway.assembly.commands.open_books import add_config, config_of, refuse_strange_books
from gateway.assembly.commands.terminal import NO_SUCCESS, complain
from gateway.assembly.gateway_service import MODULES, START_FAULTS, make_gateway

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands

_EXAMPLES = """\
The log goes to standard error, one JSON object a line, unless the
configuration names a file. SIGTERM or Ctrl-C: what is owed is answered, then
it ends.

examples:
  powertill serve --config /etc/powertill/powertill.toml
  powertill serve --run prepayment      (one flat rate, no tariff tables)
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help="run the gateway", epilog=_EXAMPLES)
    add_config(parser)
    parser.add_argument(
        "--run",
        dest="modules",
        metavar="MODULES",
        type=_modules,
        default=MODULES,
        help=f"the sub-modules to run, separated by commas (default: {','.join(MODULES)})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until a signal comes; 1 with the reason when the gateway cannot start or ends by itself."""
    config = config_of(arguments)
    refuse_strange_books(config)
    from twisted.internet import reactor as installed  # noqa: PLC0415 - importing it installs it

    # Twisted's reactor is several interfaces at once.
    reactor: Any = installed
    gateway = make_gateway(config, reactor, modules=arguments.modules, stream=sys.stderr)
    try:
        gateway.startService()
    except START_FAULTS as fault:
        complain(f"powertill serve: the gateway cannot start: {fault}")
        return NO_SUCCESS
    # The reactor takes SIGTERM and Ctrl-C as an order to stop, and waits for this Deferred before it does.
    reactor.addSystemEventTrigger("before", "shutdown", gateway.stopService)
    reactor.run()
    if gateway.trouble is not None:
        complain(f"powertill serve: the gateway ended: {gateway.trouble}")
        return NO_SUCCESS
    return 0


def _modules(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in MODULES]
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"there is no module {', '.join(unknown) or 'in it'}; choose from {', '.join(MODULES)}"
        )
    return names
