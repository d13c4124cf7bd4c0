"""``powertill exceptions``: what a person must look at, the oldest first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from gateway.assembly.commands.open_books import add_config, config_of, open_journal
from gateway.assembly.commands.terminal import out
from gateway.core.counter import called
from gateway.core.timeline import moment_of
from gateway.multi_tariff.note_unread_tariff import KIND as UNREAD_TARIFF

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

_WIDTH = 79
_EXAMPLES = """\
A reversal after the token was out, a reversal of a payment that never came, a
paid credit that nobody fetched, notices that could not be delivered, an approved
tariff version that cannot be read: each stands here until it is settled.

example:
  powertill exceptions --config powertill.toml
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("exceptions", help="list what a person must look at", epilog=_EXAMPLES)
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every open exception, or that there is none."""
    config = config_of(arguments)
    with open_journal(config) as journal:
        found = list(journal.open_exceptions())
    for row in found:
        at = moment_of(row.at_us).astimezone(config.utility.zone)
        reference = row.key.rpartition("/")[2]
        about = f"{called(row.bank)}  payment {reference}" if row.bank else f"notices of {reference}"
        if row.kind == UNREAD_TARIFF:
            about = f"tariff {row.key.partition('/')[2]}"
        out(f"{at:%Y-%m-%d %H:%M:%S}  {about}")
        out(*textwrap.wrap(row.text, _WIDTH, initial_indent="    ", subsequent_indent="    "))
    out(f"{len(found)} to look at" if found else "nothing to look at")
    return 0
