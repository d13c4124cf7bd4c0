"""``powertill ledger statement``: what was posted on an account, with the balance after each posting."""

from __future__ import annotations

import csv
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.figures import balance, day_argument, figure, plain, unit_name
from gateway.assembly.commands.open_books import add_config, config_of, open_views
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, harmless, out
from gateway.core.ledger import WATT_HOURS
from gateway.core.timeline import moment_of
from gateway.core.views import Statement, TrialBalance

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from datetime import tzinfo
    from typing import TextIO

    from adapters.db.views import ViewReader
    from gateway.assembly.commands.terminal import Commands
    from gateway.core.views import StatementRow, StatementTotals

_HEAD: Final = (
    "number", "business_date", "at", "kind", "key", "position", "debit", "credit", "balance", "unit"
)  # fmt: skip
_EXAMPLES = """\
ACCOUNT is a code of the chart, such as BANK:east (what the bank owes) or
FLOAT:east (what it has covered). Both days are included. In the file the balance
is signed, debit positive, and amounts have no separators of thousands.

examples:
  powertill ledger statement BANK:east --from 2026-11-01 --to 2026-11-30
  powertill ledger statement FLOAT:east --from 2026-11-23 --to 2026-11-23 \\
      --csv november-23.csv
"""


def add_to(commands: Commands) -> None:
    """Add the command to the group's parser."""
    parser = commands.add_parser("statement", help="what was posted on an account", epilog=_EXAMPLES)
    add_config(parser)
    parser.add_argument("account", metavar="ACCOUNT", help="the account's code")
    parser.add_argument("--from", dest="first", metavar="DATE", type=day_argument, required=True)
    parser.add_argument("--to", dest="last", metavar="DATE", type=day_argument, required=True)
    parser.add_argument(
        "--csv", metavar="FILE", help="write the postings to a new file; - is standard output"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the statement, or write it to a file."""
    config = config_of(arguments)
    account = arguments.account
    if arguments.first > arguments.last:
        raise CommandFault("--to: is before --from; cure: write the earlier day behind --from")
    unit = WATT_HOURS if account.startswith("E.") else config.utility.currency
    query = Statement(account, unit, arguments.first, arguments.last)
    with open_views(config) as views:
        totals = views.totals(query)
        if not (totals.postings or totals.opening):
            _require_account(views, query)
        if arguments.csv is None:
            _print(views, query, totals, config.utility.zone)
        else:
            with _file(arguments.csv) as opened:
                _write(views, query, opened, config.utility.zone)
            if arguments.csv != "-":
                out(f"{totals.postings:,} postings are in {arguments.csv}")
    return 0


def _require_account(views: ViewReader, query: Statement) -> None:
    """Refuse an account that nobody has ever posted on: most likely it is misspelt."""
    known = [one.code for one in views.rows(TrialBalance(query.last)) if one.unit == query.unit]
    if query.account not in known:
        there = f"there are {', '.join(known)}" if known else "there is none"
        what = f"ACCOUNT: {query.account[:40]!r} has no figures up to {query.last}"
        raise CommandFault(harmless(f"{what}; {there}"), NO_SUCCESS)


def _pages(views: ViewReader, query: Statement) -> Iterator[list[StatementRow]]:
    after = None
    while rows := list(views.rows(_behind(query, after))):
        yield rows
        after = rows[-1]


def _behind(query: Statement, after: StatementRow | None) -> Statement:
    return Statement(query.account, query.unit, query.first, query.last, after)


def _print(views: ViewReader, query: Statement, totals: StatementTotals, zone: tzinfo) -> None:
    unit = query.unit
    # No balance on the way is larger than this, so that every page has the columns of the first.
    amount = len(balance(abs(totals.opening) + max(totals.debit, totals.credit), unit))
    number = max(len(f"{totals.postings:,}"), len("No."))

    def line(no: str, day: str, at: str, what: str, debit: str, credit: str, stands: str, key: str) -> str:  # noqa: PLR0913, PLR0917 - the columns
        amounts = f"{debit:>{amount}}  {credit:>{amount}}  {stands:>{amount}}"
        return f"{no:>{number}}  {day:10}  {at:19}  {what:7}  {amounts}  {key}".rstrip()

    out(f"{harmless(query.account)} in {unit_name(unit)}, {query.first} to {query.last}", "")
    out(line("No.", "Day", "Booked at", "What", "Debit   ", "Credit   ", "Balance   ", "Key"))
    out(line("", "", "", "opening", "", "", balance(totals.opening, unit), ""))
    for rows in _pages(views, query):
        for row in rows:
            at = f"{moment_of(row.at_us).astimezone(zone):%Y-%m-%d %H:%M:%S}"
            debit, credit = (f"{figure(side, unit)}   " if side else "" for side in _sides(row))
            stands, key = balance(row.balance, unit), harmless(row.key)
            out(line(f"{row.number:,}", row.business_date, at, row.kind, debit, credit, stands, key))
    sums = (f"{figure(totals.debit, unit)}   ", f"{figure(totals.credit, unit)}   ")
    out(line("", "", "", "closing", *sums, balance(totals.closing, unit), ""))


def _sides(row: StatementRow) -> tuple[int, int]:
    """Part an amount into debit and credit; one of them is zero."""
    return max(row.amount, 0), max(-row.amount, 0)


def _write(views: ViewReader, query: Statement, file: TextIO, zone: tzinfo) -> None:
    unit = query.unit
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_HEAD)
    for rows in _pages(views, query):
        for row in rows:
            at = moment_of(row.at_us).astimezone(zone).isoformat(timespec="microseconds")
            debit, credit = (plain(side, unit) if side else "" for side in _sides(row))
            stands = plain(row.balance, unit)
            head = (row.number, row.business_date, at, row.kind, row.key, row.position)
            writer.writerow((*head, debit, credit, stands, unit_name(unit)))


@contextmanager
def _file(name: str) -> Iterator[TextIO]:
    """Open a new file; one that is there is not written over."""
    if name == "-":
        yield sys.stdout
        return
    try:
        with Path(name).open("x", encoding="utf-8", newline="") as opened:
            yield opened
    except OSError as fault:
        raise CommandFault(f"--csv: {name}: {fault.strerror}; cure: name a new file") from None
