"""``powertill ledger …``: what can be asked of the ledger, each question in a file of its own."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.terminal import CommandParser

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands

#: The files of the group; each adds its commands with ``add_to``.
_FILES: Final = ("ledger_trial_balance", "ledger_statement", "ledger_verify")


def add_to(commands: Commands) -> None:
    """Add the group to the parser."""
    group = commands.add_parser("ledger", help="ask the ledger: balances, statements, proofs")
    kinds = group.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    for file in _FILES:
        import_module(f"gateway.assembly.commands.{file}").add_to(kinds)
