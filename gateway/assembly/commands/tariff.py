"""``powertill tariff …``: look at a tariff file, price a purchase by it, and have the price explained."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import schemas
from gateway.assembly.commands.tariff_check import add_check
from gateway.assembly.commands.tariff_publish import add_publishing
from gateway.assembly.commands.tariff_purchase import add_booked, add_purchase, receipt_of
from gateway.assembly.commands.terminal import CommandFault, CommandParser, harmless, out
from gateway.core.rounding import decimal_text
from gateway.multi_tariff.compare_quotes import compare_quotes
from gateway.multi_tariff.compare_words import cause_text, compare_text, effect_texts
from gateway.multi_tariff.explain_figures import kwh_text, money_text
from gateway.multi_tariff.explain_quote import explain_quote
from gateway.multi_tariff.explanation_layout import PAPER_COLUMNS, TERMINAL_COLUMNS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from gateway.assembly.commands.terminal import Commands
    from gateway.multi_tariff.explanation import Receipt

_EXAMPLES: Final = """\
Nothing is booked. A tariff file is enough; explain and compare take booked sales, too.

examples:
  powertill tariff check domestic.json
  powertill tariff quote domestic.json --amount 100.00 --mtd-kwh 230
  powertill tariff explain domestic.json --kwh 50 --columns 48
  powertill tariff compare domestic.json --amount 100 --then-mtd-kwh 300
  powertill tariff compare --receipt 000000000007-1105 --then-receipt 000000000031-1120
"""


def add_to(commands: Commands) -> None:
    """Add the group to the parser."""
    group = commands.add_parser("tariff", help="check a tariff, price by it, explain", epilog=_EXAMPLES)
    kinds = group.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    add_publishing(kinds)
    add_check(kinds)
    quote = _purchase_parser(kinds, "quote", "price a purchase by a tariff file", None)
    quote.set_defaults(run=_quote)
    explain = _purchase_parser(kinds, "explain", "say in plain words why a purchase brings what it brings")
    add_booked(explain)
    _add_columns(explain)
    explain.set_defaults(run=_explain)
    compare = _purchase_parser(kinds, "compare", "say why a second purchase brings less, or more")
    compare.add_argument(
        "--then", metavar="FILE", type=Path, help="the second purchase's tariff (default: FILE)"
    )
    add_purchase(compare, "then-")
    add_booked(compare, "then-")
    _add_columns(compare)
    compare.set_defaults(run=_compare)
    schema = kinds.add_parser("schema", help="print the JSON Schema of a tariff file")
    schema.set_defaults(run=_schema)


def _purchase_parser(kinds: Commands, name: str, said: str, nargs: str | None = "?") -> CommandParser:
    parser = kinds.add_parser(name, help=said)
    parser.add_argument("file", metavar="FILE", type=Path, nargs=nargs, help="the tariff file")
    add_purchase(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_columns(parser: CommandParser) -> None:
    parser.add_argument(
        "--columns",
        type=int,
        choices=(PAPER_COLUMNS, TERMINAL_COLUMNS),
        default=TERMINAL_COLUMNS,
        help="width of the page (default: 80)",
    )


def _quote(arguments: argparse.Namespace) -> int:
    """Print what a purchase costs and brings."""
    receipt = receipt_of(arguments)
    quote, currency = receipt.quote, receipt.currency
    plain = _plain(receipt)
    if arguments.json:
        out(json.dumps(plain))
        return 0
    rows = [("Tender", str(quote.tender))]
    rows += [("Energy", f"{kwh_text(quote.energy_wh)} kWh (exact: {plain['kwh_exact']})")]
    if quote.credit_minor is not None:
        rows[1:] = [("Credit", f"{currency} {money_text(quote.credit_minor, currency)}")]
    if quote.free_wh:
        rows.append(("Free energy", f"{kwh_text(quote.free_wh)} kWh"))
    rows += [(_code(line.code, line.part), line.amount.text()) for line in quote.lines]
    if quote.account_minor:
        rows.append(("From account", money_text(quote.account_minor, currency)))
    if quote.residual_minor:
        rows.append(("To account", money_text(quote.residual_minor, currency)))
    width = max(len(name) for name, _ in rows)
    out(*(f"{name:{width}}  {text}" for name, text in rows))
    return 0


def _code(code: str, part: str) -> str:
    return f"{code} ({part})" if part else code


def _plain(receipt: Receipt) -> dict[str, object]:
    """Give a quote for a program: decimal strings, as a tariff file has them."""
    quote, currency = receipt.quote, receipt.currency
    return {
        "version": quote.version,
        "currency": currency,
        "tender": quote.tender.text(),
        "kwh": kwh_text(quote.energy_wh),
        "kwh_exact": decimal_text(quote.kwh_exact, 6),
        "free_kwh": kwh_text(quote.free_wh),
        "credit": None if quote.credit_minor is None else money_text(quote.credit_minor, currency),
        "lines": [
            {"code": line.code, "part": line.part, "kind": line.kind.value, "amount": line.amount.text()}
            for line in quote.lines
        ],
        "from_account": money_text(quote.account_minor, currency),
        "to_account": money_text(quote.residual_minor, currency),
        "preference_cost": money_text(sum(cost.minor for cost in quote.preference), currency),
    }


def _explain(arguments: argparse.Namespace) -> int:
    """Print the explanation of a purchase."""
    receipt = receipt_of(arguments)
    _page(explain_quote(receipt, arguments.columns), arguments, _plain(receipt))
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    """Print why the second purchase brings less, or more, than the first."""
    first, second = receipt_of(arguments), receipt_of(arguments, "then-")
    try:
        comparison = compare_quotes(first, second)
    except ValueError as fault:
        raise CommandFault(f"--then: {fault}; cure: name a tariff of the same kind") from None
    *effects, total = effect_texts(comparison)
    causes = [
        {"cause": cause.kind.value, "kwh": effect, "text": cause_text(comparison, cause)}
        for cause, effect in zip(comparison.causes, effects, strict=True)
    ]
    plain: dict[str, object] = {
        "first": _plain(first),
        "second": _plain(second),
        "difference_kwh": total,
        "causes": causes,
    }
    _page(compare_text(comparison, arguments.columns), arguments, plain)
    return 0


def _page(lines: Sequence[str], arguments: argparse.Namespace, plain: dict[str, object]) -> None:
    if arguments.json:
        out(json.dumps({**plain, "page": list(lines)}))
    else:
        out(*(harmless(line) for line in lines))


def _schema(_: argparse.Namespace) -> int:
    """Print the schema as it is in the tree, so that an editor can check a tariff while it is written."""
    json.dump(schemas.load("tariff/tariff.schema.json"), sys.stdout, indent=2, ensure_ascii=False)
    out()
    return 0
