"""``powertill conformance``: run a file of published vectors and count what holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.assembly.commands.sts_tables import read_tables
from gateway.assembly.commands.terminal import NO_SUCCESS, CommandFault, harmless, out
from gateway.proof.case import Verdict
from gateway.proof.conformance import KINDS, FormatFault, cases_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from gateway.assembly.commands.terminal import Commands
    from gateway.proof.case import Case

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
"""The largest published collection has a few MiB; beyond this the memory is better spent."""

_EXAMPLES = """\
One line for each vector that does not hold, the reasons of those left out, and
the count in the last line. Exit code 1 when any fails.

examples:
  powertill conformance sts vectors/sts.json
  powertill conformance sts vectors/sts.json --sta-tables sta.json
  powertill conformance tariffs vectors/tariffs.json
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("conformance", help="run a file of published vectors", epilog=_EXAMPLES)
    parser.add_argument("kind", metavar="KIND", choices=tuple(KINDS), help=f"one of {', '.join(KINDS)}")
    parser.add_argument("file", metavar="FILE", type=Path, help="the JSON file with the vectors")
    parser.add_argument(
        "--sta-tables", metavar="FILE", type=Path, help="sts: the licensed tables of EA07, as JSON"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the failures, the skips by their reasons, and the count."""
    tables = None
    if arguments.sta_tables is not None:
        if arguments.kind != "sts":
            raise CommandFault("--sta-tables: belongs to the kind sts; cure: leave it out")
        tables = read_tables(arguments.sta_tables)
    try:
        cases = cases_of(arguments.kind, _document(arguments.file), tables)
    except FormatFault as fault:
        raise CommandFault(f"FILE: {arguments.file} {fault}") from None
    counts, reasons = _printed(cases)
    for reason, count in reasons.most_common():
        out(f"skipped {count}: {harmless(reason)}")
    passed, failed, skipped = (counts[verdict] for verdict in Verdict)
    out(f"{passed} passed, {failed} failed, {skipped} skipped")
    return NO_SUCCESS if failed else 0


def _printed(cases: Iterator[Case]) -> tuple[Counter[Verdict], Counter[str]]:
    """Print the failures as they come, and count."""
    counts: Counter[Verdict] = Counter()
    reasons: Counter[str] = Counter()
    for case in cases:
        counts[case.verdict] += 1
        if case.verdict is Verdict.FAILED:
            out(harmless(str(case)))
        elif case.verdict is Verdict.SKIPPED:
            reasons[case.reason] += 1
    return counts, reasons


def _document(file: Path) -> object:
    """Read the file; what is no JSON text is refused with the place."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(FILE_BYTES_MAX + 1)
    except OSError as fault:
        sentence = f"FILE: {file} cannot be read: {fault.strerror}; cure: name a vector file"
        raise CommandFault(sentence) from None
    if len(octets) > FILE_BYTES_MAX:
        raise CommandFault(f"FILE: {file} is longer than {FILE_BYTES_MAX} bytes; cure: split it")
    try:
        return json.loads(octets)
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}: {fault.msg}"
        raise CommandFault(f"FILE: {file} is not JSON ({where}); cure: name a vector file") from None
    except (ValueError, RecursionError):
        raise CommandFault(f"FILE: {file} is not JSON; cure: name a vector file") from None
