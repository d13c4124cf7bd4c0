"""``powertill day close | show``: end a business day for ever, and look at one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.balance_sheet import carried_over, sheet
from gateway.assembly.commands.figures import RULE, day_argument, table
from gateway.assembly.commands.open_books import add_config, config_of, open_views, posted
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, CommandParser, out, whole
from gateway.assembly.parts import build_calendar
from gateway.core.closed_day import Closed, DayRefused
from gateway.core.timeline import moment_of
from gateway.core.views import PAGE_MAX, DayClose, Days, OpenDays, TrialBalance
from gateway.prepayment.close_day import CloseDay

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import Commands
    from gateway.config import Config
    from gateway.core.views import BusinessDay

#: Days in the list when nobody says how many: two weeks fit a screen.
_LISTED: Final = 14

_CLOSE = """\
Without DATE it is the oldest day that has entries and is open. A day can be
closed once its last cut-over has passed, and after every earlier day. It may
run beside the gateway, which goes on selling. The same again prints the same.

examples:
  powertill day close --config powertill.toml
  powertill day close 2026-11-23
"""
_SHOW = """\
Without DATE it lists the last days. The canonical form is what the checksum is
taken over: powertill day show DATE --canonical | sha256sum

examples:
  powertill day show
  powertill day show 2026-11-23
"""


def add_to(commands: Commands) -> None:
    """Add the two commands to the parser."""
    group = commands.add_parser("day", help="close a business day, or look at one")
    kinds = group.add_subparsers(metavar="close|show", required=True, parser_class=CommandParser)
    close = kinds.add_parser("close", help="close a business day for ever", epilog=_CLOSE)
    add_config(close)
    close.add_argument("day", metavar="DATE", nargs="?", type=day_argument, help="such as 2026-11-23")
    close.set_defaults(run=run_close)
    show = kinds.add_parser("show", help="show a business day, or list the last ones", epilog=_SHOW)
    add_config(show)
    show.add_argument("day", metavar="DATE", nargs="?", type=day_argument, help="such as 2026-11-23")
    show.add_argument("--canonical", action="store_true", help="only what the checksum is taken over")
    show.add_argument(
        "--last", metavar="N", type=whole(1, PAGE_MAX), default=_LISTED, help="days of the list (default: 14)"
    )
    show.set_defaults(run=run_show)


def run_close(arguments: argparse.Namespace) -> int:
    """Close a day and print its figures; 1 when it may not be closed."""
    config = config_of(arguments)
    day = arguments.day or _oldest_open(config)
    if day is None:
        out("no day is open: every entry is in a closed day")
        return 0
    closed = _posted(config, CloseDay(day, build_calendar(config)))
    out(f"{day} is closed.", *_figures(closed))
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Show a day, or the last ones."""
    config = config_of(arguments)
    with open_views(config) as views:
        if arguments.day is None:
            if arguments.canonical:
                raise CommandFault("--canonical: of which DATE? cure: name a closed day")
            return _list(config, views.rows(Days(limit=arguments.last)), views.count(Days()))
        closed = views.totals(DayClose(arguments.day))
        if arguments.canonical:
            if closed is None:
                raise CommandFault(f"{arguments.day} is not closed", NO_SUCCESS)
            out(closed.canonical().removesuffix("\n"))
        elif closed is None:
            _show_open(arguments.day, views)
        else:
            (row,) = views.rows(Days(arguments.day, limit=1))
            out(f"{arguments.day} was closed on {_moment(config, row)}.", *_figures(closed))
    return 0


def _oldest_open(config: Config) -> date | None:
    with open_views(config) as views:
        rows = views.rows(OpenDays(limit=1))
    return date.fromisoformat(rows[0].day) if rows else None


def _posted(config: Config, command: CloseDay) -> Closed:
    try:
        outcome = posted(config, command)
    except LookupError as fault:
        raise CommandFault(str(fault), NO_SUCCESS) from None
    match outcome:
        case Closed():
            return outcome
        case DayRefused():
            raise CommandFault(f"{command.day} is not closed: {outcome.sentence}", NO_SUCCESS)
        case _:
            raise AssertionError(type(outcome))


def _figures(closed: Closed) -> list[str]:
    is_whole = closed.sealed().checksum == closed.checksum
    return [
        *sheet(closed.accounts),
        *carried_over(closed.carried),
        "",
        f"Entries     {closed.entries:,}, none behind position {closed.last_position}",
        f"Checksum    {closed.checksum}",
        *([] if is_whole else ["            IS NOT THAT OF THESE FIGURES; run powertill check"]),
    ]


def _show_open(day: date, views: ViewReader) -> None:
    out(f"{day} is open: its figures are those of this moment.", *sheet(views.rows(TrialBalance(day))))


def _list(config: Config, days: Sequence[BusinessDay], count: int) -> int:
    if not days:
        out("there is no business day yet")
        return 0
    rows = [
        (
            day.day,
            f"{day.postings:,}",
            "open" if day.checksum is None else _moment(config, day),
            (day.checksum or "")[:16],
        )
        for day in days
    ]
    out(*table([("Day", "Postings", "Closed", "Checksum"), RULE, *rows]))
    if count > len(days):
        out(f"and {count - len(days)} before; --last N lists more")
    return 0


def _moment(config: Config, day: BusinessDay) -> str:
    return f"{moment_of(day.closed_at_us or 0).astimezone(config.utility.zone):%Y-%m-%d %H:%M:%S}"
