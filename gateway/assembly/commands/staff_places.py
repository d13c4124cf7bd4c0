"""``powertill staff branch | station | standard-roles``: where people work, and as what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.open_books import config_of, open_views
from gateway.assembly.commands.staff_words import add_command, code_argument, given, name_argument
from gateway.assembly.commands.terminal import harmless, out
from gateway.core.authority import Function
from gateway.core.views_staff import Branches, Roles, Stations
from gateway.office.manage_roles import KeepBranch, KeepRole, KeepStation
from gateway.office.standard_roles import STANDARD_ROLES

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

_BRANCH: Final = """\
A branch that is there gets another name. Customers belong to a branch by its
code, and people of a branch see its customers alone.

example:
  powertill staff branch north "Northern district"
"""
_STATION: Final = """\
A station that is there is changed to what is said here; a closed one takes no
shift.

example:
  powertill staff station n1 "Counter 1" --branch north
"""
_STANDARD: Final = """\
Makes those of these roles that are missing, and changes none that is there:
  cashier      finds tokens, shows them whole, keeps a shift
  accountant   orders floats, reversals and tariffs, closes exceptions
  engineer     keeps the stock of meters, orders management tokens and keys
  supervisor   approves what those order
  auditor      sees everything but whole tokens, and exports it
What each may do, to the last function: docs/commands.md.
"""


def add_places(kinds: Commands) -> None:
    """Add the commands."""
    branch = add_command(kinds, "branch", "make a branch office, or name it anew", _BRANCH, run_branch)
    station = add_command(kinds, "station", "make a station, or change it", _STATION, run_station)
    for parser, what in ((branch, "branch"), (station, "station")):
        parser.add_argument("code", metavar="CODE", type=code_argument, help=f"the {what}'s code")
        parser.add_argument("name", metavar="NAME", type=name_argument, help="its name, for people")
    station.add_argument(
        "--branch", metavar="CODE", type=code_argument, required=True, help="the branch it belongs to"
    )
    station.add_argument("--closed", action="store_true", help="it takes no shift")
    add_command(kinds, "standard-roles", "make the roles that offices have", _STANDARD, run_standard)


def run_branch(arguments: argparse.Namespace) -> int:
    """Make it, or name it anew."""
    config, code = config_of(arguments), arguments.code
    with open_views(config) as views:
        is_new = all(one.code != code for one in views.rows(Branches()))
    order = partial(KeepBranch, code=code, name=arguments.name, is_new=is_new)
    given(arguments, config, Function.STATIONS, code, order)
    out(f"Branch        {code}, {harmless(arguments.name)}" + ("" if is_new else " (named anew)"))
    return 0


def run_station(arguments: argparse.Namespace) -> int:
    """Make it, or change it."""
    config, code = config_of(arguments), arguments.code
    with open_views(config) as views:
        is_new = all(row.station.code != code for row in views.rows(Stations()))
    order = partial(
        KeepStation,
        code=code,
        name=arguments.name,
        branch=arguments.branch,
        is_open=not arguments.closed,
        is_new=is_new,
    )
    given(arguments, config, Function.STATIONS, code, order)
    out(
        f"Station       {code}, {harmless(arguments.name)}" + ("" if is_new else " (changed)"),
        f"Branch        {arguments.branch}",
        f"State         {'closed' if arguments.closed else 'open'}",
    )
    return 0


def run_standard(arguments: argparse.Namespace) -> int:
    """Make those that are missing, each with its own line in the diary."""
    config = config_of(arguments)
    with open_views(config) as views:
        known = {row.role.code for row in views.rows(Roles())}
    for role in STANDARD_ROLES:
        if role.code in known:
            out(f"{role.code:<13} is there, and stays as it is")
            continue
        order = partial(KeepRole, code=role.code, version=0, name=role.name, grants=role.grants)
        given(arguments, config, Function.ROLES, role.code, order)
        out(f"{role.code:<13} made")
    return 0
