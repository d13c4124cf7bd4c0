"""``powertill bank-totals``: what each bank did in a business day, to be held against its own figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands.figures import RULE, day_argument, figure, table
from gateway.assembly.commands.open_books import add_config, config_of, open_views
from gateway.assembly.commands.terminal import CommandFault, out
from gateway.core.bank_day import BankDay, Counted
from gateway.core.views import DayClose, DayTotals

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands
    from gateway.config import BankSettings, Config

_EXAMPLES = """\
A reversal counts in the day in which it came, a claim is a reversal that came
after the token was out; each end of a claim counts in its own day. What a bank
owes that settles afterwards is its clearing account: what it has collected and
not paid over. Owed before, payments - reversals - claims + those that it pays
after all are owed after. Of a bank that pays in advance: covered before,
deposits - payments + reversals + claims that the utility bears.

examples:
  powertill bank-totals 2026-11-23 --config powertill.toml
  powertill bank-totals 2026-11-23 --bank east
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("bank-totals", help="what each bank did in a business day", epilog=_EXAMPLES)
    add_config(parser)
    parser.add_argument("day", metavar="DATE", type=day_argument, help="such as 2026-11-23")
    parser.add_argument("--bank", metavar="CODE", help="this bank only (default: all of the configuration)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the totals of each bank."""
    config = config_of(arguments)
    banks = _banks(config, arguments.bank)
    with open_views(config) as views:
        is_closed = views.totals(DayClose(arguments.day)) is not None
        found = [(bank, views.totals(DayTotals(bank.code, arguments.day))) for bank in banks]
    out(f"Business day {arguments.day}, {'closed' if is_closed else 'open: figures of this moment'}.")
    for bank, days in found:
        for day in days or (_nothing(bank, arguments.day.isoformat(), config.utility.currency),):
            out("", *_totals(bank, day))
    return 0


def _banks(config: Config, code: str | None) -> list[BankSettings]:
    banks = [bank for bank in config.banks if code in (None, bank.code)]
    if not banks:
        there = ", ".join(bank.code for bank in config.banks) or "none"
        raise CommandFault(f"--bank: {code!r} is not in {config.file}; known are {there}")
    return banks


def _nothing(bank: BankSettings, day: str, currency: str) -> BankDay:
    """Make the report of a bank that has never done anything: a day without sales has a report, too."""
    none = Counted(0, 0)
    return BankDay(bank.code, day, currency, none, none, none, none, none, none, 0, 0, 0, 0)


def _totals(bank: BankSettings, day: BankDay) -> list[str]:
    name = bank.code if bank.name == bank.code else f"{bank.name} ({bank.code})"

    def row(what: str, of: Counted) -> tuple[str, ...]:
        return what, f"{of.count:,}", figure(of.amount, day.currency)

    rows = [
        (f"{name}, {day.currency}", "Count", "Amount"),
        RULE,
        row("Payments", day.payments),
        row("Reversals", day.reversals),
        ("Net", "", figure(day.net, day.currency)),
        row("Claims, reversed after the token was out", day.claims),
        row("Claims ended, the bank pays after all", day.upheld),
        row("Claims ended, the utility bears it", day.conceded),
        row("Deposits", day.deposits),
        RULE,
    ]
    # What a bank that pays in advance has brought stands on the same account, and is no debt of it.
    if not bank.covered:
        rows += [
            ("Owed by the bank before the day", "", figure(day.owed_opening, day.currency)),
            ("Owed by the bank after the day", "", figure(day.owed_closing, day.currency)),
        ]
    if bank.covered or day.covers_opening or day.covers_closing:
        rows += [
            ("Covered before the day", "", figure(day.covers_opening, day.currency)),
            ("Covered after the day", "", figure(day.covers_closing, day.currency)),
        ]
    return table(rows)
