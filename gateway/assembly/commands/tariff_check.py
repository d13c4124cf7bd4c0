"""``powertill tariff check``: say what a tariff file is, or which field of it is wrong."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.tariff_file import document_of, tariff_of
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, harmless, out
from gateway.core.tariff.table import Period
from gateway.multi_tariff.explain_figures import figure, kwh_text
from gateway.proof.case import Verdict
from gateway.proof.tariff_vectors import run as run_cases

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from gateway.assembly.commands.terminal import Commands
    from gateway.core.tariff import Tariff
    from gateway.proof.case import Case

_CASES_MAX: Final = 10_000
"""Most golden cases of one file: each is priced, and a tariff has some tens of them."""

_EXAMPLES: Final = """\
A file may be a tariff; or an object with "tariff" and "cases", golden cases that
are priced by it; or "cases" alone, each with a tariff of its own. Exit code 2
where a field is wrong, 1 where a case does not hold.

example:
  powertill tariff check domestic.json
"""


def add_check(kinds: Commands) -> None:
    """Add the command to the group."""
    parser = kinds.add_parser("check", help="say what a file is, or what is wrong", epilog=_EXAMPLES)
    parser.add_argument("file", metavar="FILE", type=Path, help="the tariff file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what the tariff is and how its cases went."""
    file: Path = arguments.file
    document = document_of(file)
    tariff = None if "cases" in document and "tariff" not in document else tariff_of(document, file)
    cases = list(_cases(document)) if "cases" in document else []
    failed = [case for case in cases if case.verdict is Verdict.FAILED]
    rows = [] if tariff is None else list(_described(tariff))
    if arguments.json:
        plain: dict[str, object] = {"file": str(file), "tariff": None if tariff is None else dict(rows)}
        plain["cases"] = {one.value: sum(case.verdict is one for case in cases) for one in Verdict}
        plain["failures"] = [str(case) for case in failed]
        out(json.dumps(plain))
        return NO_SUCCESS if failed else 0
    lines = [f"{name:<10} {harmless(text)}" for name, text in rows]
    lines += [harmless(str(case)) for case in cases if case.verdict is not Verdict.PASSED]
    if "cases" in document:
        counted = [f"{sum(case.verdict is one for case in cases)} {one.value}" for one in Verdict]
        lines.append(f"{'cases':<10} {', '.join(counted)}")
    out(*lines)
    return NO_SUCCESS if failed else 0


def _cases(document: Mapping[str, object]) -> Iterator[Case]:
    """Price the golden cases; those without a tariff of their own by the file's."""
    rows = document["cases"]
    if not isinstance(rows, list) or len(rows) > _CASES_MAX:
        raise CommandFault(f"FILE: cases: must be a list of at most {_CASES_MAX}")
    shared = {"tariff": document["tariff"]} if "tariff" in document else {}
    told = [shared | row if isinstance(row, dict) else row for row in rows]
    return run_cases({"cases": told})


def _described(tariff: Tariff) -> Iterator[tuple[str, str]]:
    """Say in a few rows what a tariff is."""
    table, energy = tariff.table, tariff.table.energy
    yield "tariff", f"{tariff.version}, in {tariff.currency}, by the clock of {tariff.timezone}"
    yield "meter", "holds money" if table.holds_money else "holds energy"
    rates = [sum(step.rates, Fraction(0)) for option in energy.options for step in option.steps]
    span = figure(min(rates)) if min(rates) == max(rates) else f"{figure(min(rates))} to {figure(max(rates))}"
    yield "prices", f"{span} {tariff.currency} a kWh, before taxes and levies that come on top"
    ends = dict.fromkeys(
        step.upto_wh for option in energy.options for step in option.steps if step.upto_wh is not None
    )
    if ends:
        by = (
            "month"
            if energy.ladder.begins is None
            else "year that begins on {:02}-{:02}".format(*energy.ladder.begins)
        )
        yield "steps", f"at {', '.join(kwh_text(end) for end in ends)} kWh of the {by}"
    for name, words in _choices(tariff):
        if words:
            yield name, ", ".join(words)
    lines = [*energy.components, *(item.code for item in table.kwh_items)]
    lines += [charge.code for charge in table.charges] + [share.code for share in table.shares]
    yield "lines", ", ".join(lines)
    for charge in table.charges:
        each = "month" if charge.period is Period.MONTH else "day"
        amount = figure(charge.amount * (1000 if charge.is_per_watt else 1))
        yield "charge", f"{charge.code}: {amount} a {each}{' for each kW' if charge.is_per_watt else ''}"


def _choices(tariff: Tariff) -> Iterator[tuple[str, list[str]]]:
    """What else decides a price."""
    table, energy = tariff.table, tariff.table.energy
    options = energy.options
    yield "seasons", list(dict.fromkeys(option.season for option in options if option.season))
    yield "days", list(dict.fromkeys(option.day_type for option in options if option.day_type))
    yield "zones", list(dict.fromkeys(option.zone for option in options if option.zone))
    yield "bands", [f"up to {kwh_text(most)} kWh" for most in energy.bands if most is not None]
    yield "schemes", list(dict.fromkeys(entry.scheme for entry in table.preferences))
    yield "free", [f"{kwh_text(table.free.wh)} kWh a month"] if table.free else []
