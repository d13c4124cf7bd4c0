"""``powertill ledger trial-balance``: where every account stands after a business day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.assembly.commands.balance_sheet import sheet
from gateway.assembly.commands.figures import day_argument
from gateway.assembly.commands.open_books import add_config, config_of, open_views
from gateway.assembly.commands.terminal import NO_SUCCESS, out
from gateway.core.closed_day import units_out
from gateway.core.timeline import business_date
from gateway.core.views import DayClose, TrialBalance

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

_EXAMPLES = """\
Dr stands on the left-hand side, Cr on the right-hand side. It is read from the
sums that are kept for each day, however many entries there are.

examples:
  powertill ledger trial-balance --config powertill.toml
  powertill ledger trial-balance --day 2026-11-23
"""


def add_to(commands: Commands) -> None:
    """Add the command to the group's parser."""
    parser = commands.add_parser(
        "trial-balance", help="where every account stands after a day", epilog=_EXAMPLES
    )
    add_config(parser)
    parser.add_argument(
        "--day", metavar="DATE", type=day_argument, help="the business day (default: today's)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the trial balance; 1 when it is out of balance."""
    config = config_of(arguments)
    utility = config.utility
    day = arguments.day or business_date(datetime.now(UTC), utility.zone, utility.cut_over)
    with open_views(config) as views:
        accounts, is_closed = views.rows(TrialBalance(day)), views.totals(DayClose(day)) is not None
    out(f"Trial balance after {day}, a day that is {'closed' if is_closed else 'open'}.", *sheet(accounts))
    if units_out(accounts):
        out("", "THE ACCOUNTS DO NOT SUM TO ZERO; run powertill check")
        return NO_SUCCESS
    return 0
