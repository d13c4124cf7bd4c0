"""``powertill check``: read all of the books and say whether they are sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.assembly.commands.open_books import add_config, config_of, open_journal
from gateway.assembly.commands.terminal import NO_SUCCESS, out
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.invoices import invoice_findings

if TYPE_CHECKING:
    import argparse

    from gateway.assembly.commands.terminal import Commands

_EXAMPLES = """\
Adds up every posting, sale and token anew, as they stand at one moment, and
looks for gaps among the invoices. It may run beside the gateway, which goes on
selling.

example:
  powertill check --config powertill.toml
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("check", help="check that the books are sound", epilog=_EXAMPLES)
    add_config(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print each finding, or that there is none; 1 when there is one."""
    with open_journal(config_of(arguments)) as journal:
        findings = check_books(journal)
        standing = journal.standing()
        findings += check_days(journal, standing.days, journal.closed_days())
        findings += invoice_findings(standing.invoices)
        if findings:
            out(*findings, f"the books are not sound: {len(findings)} findings")
            return NO_SUCCESS
        entries, sales, tokens, days = (
            sum(1 for _ in rows)
            for rows in (journal.entries(), journal.sales(), journal.tokens(), journal.closed_days())
        )
    closed = f", closed days: {days}" if days else ""
    out(f"the books are sound: {entries} entries, {sales} sales, {tokens} tokens{closed}")
    return 0
