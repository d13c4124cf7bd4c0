"""``powertill demo``: a town, a bank and a gateway on this machine, to look at and to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

_EXAMPLES = """\
Everything is made in a new folder, with test keys: no real meter takes the
tokens.

examples:
  powertill demo           (sells until you stop it)
  powertill demo --once    (one round, then it ends)
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("demo", help="show a whole town at work", epilog=_EXAMPLES)
    parser.add_argument("--once", action="store_true", help="one round, then stop")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demonstration."""
    # Only now: they bring the whole house with them.
    from gateway.assembly.commands.open_books import database_faults_as_answers  # noqa: PLC0415
    from gateway.assembly.demo import run_demo  # noqa: PLC0415

    with database_faults_as_answers():
        return run_demo(once=arguments.once)
