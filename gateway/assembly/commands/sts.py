"""``powertill sts``: make a token by hand, read or judge one, change a meter's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands import sts_decode, sts_encode, sts_keychange, sts_verify
from gateway.assembly.commands.terminal import CommandParser

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands


def add_to(commands: Commands) -> None:
    """Add the four commands to the parser."""
    group = commands.add_parser("sts", help="make or read an STS token by hand")
    kinds = group.add_subparsers(
        metavar="encode|decode|keychange|verify", required=True, parser_class=CommandParser
    )
    for command in (sts_encode, sts_decode, sts_keychange, sts_verify):
        command.add_to(kinds)
