"""``powertill meter-sim``: virtual meters to type into, to talk to, and a whole town of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands import meter_sim_serve, meter_sim_town, meter_sim_type
from gateway.assembly.commands.terminal import CommandParser

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands


def add_to(commands: Commands) -> None:
    """Add the three commands to the parser."""
    group = commands.add_parser("meter-sim", help="be a meter, or a town of them")
    kinds = group.add_subparsers(metavar="type|serve|town", required=True, parser_class=CommandParser)
    for command in (meter_sim_type, meter_sim_serve, meter_sim_town):
        command.add_to(kinds)
