"""``powertill staff …``: the people of the office, what they may do, and what waits for a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.staff_lists import add_lists
from gateway.assembly.commands.staff_people import add_people
from gateway.assembly.commands.staff_places import add_places
from gateway.assembly.commands.staff_requests import add_requests
from gateway.assembly.commands.terminal import CommandParser

if TYPE_CHECKING:
    from gateway.assembly.commands.terminal import Commands

_EXAMPLES: Final = """\
For who sits at this machine: to begin with, and when nobody else can. Each step
stands in the diary with your name.

first steps:
  powertill staff add-administrator anna --name "Anna Smith"
  powertill staff standard-roles
  powertill staff add ben --name "Ben Okoro" --role cashier
  powertill staff password ben
"""


def add_to(commands: Commands) -> None:
    """Add the group to the parser."""
    group = commands.add_parser("staff", help="people, roles, requests and the diary", epilog=_EXAMPLES)
    kinds = group.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    add_people(kinds)
    add_places(kinds)
    add_requests(kinds)
    add_lists(kinds)
