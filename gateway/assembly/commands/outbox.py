"""``powertill outbox``: what waits to be told to the outside, what was tried in vain, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.open_books import add_config, config_of, open_outbox
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, out, whole
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    import argparse
    from datetime import tzinfo

    from adapters.db.outbox_desk import OutboxDesk, TriedRow
    from gateway.assembly.commands.terminal import Commands

#: Notices listed one by one: whoever has more to look at has one cause to look for.
_LISTED_MAX: Final = 50

#: The largest number that a row can have.
_ID_MAX: Final = 2**63 - 1

_EXAMPLES = """\
A notice stays here until its receiver has taken it (docs/notices.md). One that
was refused, or not taken for days, is given up and waits for you: put the
receiver right, then let the notices be tried again.

examples:
  powertill outbox                      what waits, and what was tried in vain
  powertill outbox retry                try again all that were given up
  powertill outbox retry 4711           try this one again, now
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("outbox", help="list or retry what is told outside", epilog=_EXAMPLES)
    add_config(parser)
    parser.add_argument(
        "order", metavar="retry", nargs="?", choices=("list", "retry"), default="list",
        help="try again what was given up",
    )  # fmt: skip
    parser.add_argument("id", metavar="ID", nargs="?", type=whole(1, _ID_MAX), help="this notice only")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what lies in the outbox, or make notices due again; 1 where the one named is not there."""
    if arguments.order == "list" and arguments.id is not None:
        raise CommandFault(f"ID: a list has none; cure: powertill outbox retry {arguments.id}")
    config = config_of(arguments)
    with open_outbox(config) as desk:
        if arguments.order == "retry":
            return _retry(desk, arguments.id)
        _list(desk, config.utility.zone)
    return 0


def _retry(desk: OutboxDesk, id_: int | None) -> int:
    found = desk.retry(id_)
    if found == 0 and id_ is not None:
        out(f"there is no notice {id_}: it was delivered, or never there")
        return NO_SUCCESS
    out(f"{found} will be tried again in a few seconds" if found else "nothing was given up")
    return 0


def _list(desk: OutboxDesk, zone: tzinfo) -> None:
    kinds = desk.kinds()
    if not kinds:
        out("nothing waits")
        return
    out(f"{'kind':<24}{'waiting':>10}{'given up':>10}")
    out(*(f"{row.kind:<24}{row.waiting:>10}{row.undelivered:>10}" for row in kinds))
    oldest_us = desk.oldest_us()
    if oldest_us is not None:
        out(f"the oldest waits since {_time(oldest_us, zone)}")
    tried = desk.tried(_LISTED_MAX + 1)
    if tried:
        out("", f"{'id':>12}  {'kind':<24}{'booked':<21}{'attempts':>8}  next")
        out(*(_line(row, zone) for row in tried[:_LISTED_MAX]))
    if len(tried) > _LISTED_MAX:
        out("… and more")


def _line(row: TriedRow, zone: tzinfo) -> str:
    due = "given up" if row.is_given_up else _time(row.due_us, zone)
    return f"{row.id:>12}  {row.kind:<24}{_time(row.at_us, zone):<21}{row.attempts:>8}  {due}"


def _time(at_us: int, zone: tzinfo) -> str:
    return f"{moment_of(at_us).astimezone(zone):%Y-%m-%d %H:%M:%S}"
