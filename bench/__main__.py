"""``make bench``: every figure of the product in one run, beside what is demanded of it.

    python -m bench                     everything; writes bench/results/latest.{md,json,png}
    python -m bench vend stages         some parts; writes nothing but to the terminal
    python -m bench --quick             shows in a few minutes that all of it works; writes nothing either

Each part runs in a process of its own and has the machine to itself. Figures of one run on one machine: trust
the ratios. The exit code is 1 where a demand is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from bench.demands import with_ratios
from bench.figures import FULL, QUICK, Findings
from bench.machine import Busyness, machine
from bench.plot import draw
from bench.progress import steps
from bench.report import NAME, is_missed, table_lines, verdict_lines, write_report

#: The parts, in the order in which they run; each is the module ``bench_…``, with ``run(effort)``.
PARTS = (
    "codec", "lines", "dlms", "sessions", "tokens", "tariff", "cards", "card_keys", "stations", "posting",
    "postgresql", "vend", "stages", "outbox", "verify", "office",
)  # fmt: skip
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    options = _options()
    effort = QUICK if options.quick else FULL
    if options.into is not None:
        found = import_module(f"bench.bench_{options.parts[0]}").run(effort)
        options.into.write_text(json.dumps(found.as_json()), encoding="utf-8")
        return 0
    wanted = [part for part in PARTS if part in options.parts] if options.parts else list(PARTS)
    of_machine, busyness = machine(), Busyness()
    found = Findings()
    failed = []
    for part in steps("bench", wanted):
        try:
            found.add(_part(part, quick=options.quick))
        except subprocess.CalledProcessError:
            # Its own traceback stands above; what the other parts found is not lost with it.
            failed.append(part)
    of_machine["beside us"] = busyness.told()
    found.figures = with_ratios(found.figures)
    for table in found.tables:
        print("\n".join(table_lines(table)))
    print("\n".join(verdict_lines(found.figures)))
    folder = options.results or (None if options.parts or options.quick else RESULTS)
    if folder is not None:
        write_report(folder, found, of_machine, effort)
        draw(folder / f"{NAME}.png", found, of_machine)
    if failed:
        print(f"**these parts failed, and their figures are lacking: {', '.join(failed)}**")
    return 1 if failed or is_missed(found.figures) else 0


def _part(name: str, *, quick: bool) -> Findings:
    """Run a part as its own process: no reactor, frozen memory or thread of one is in another's figures."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "found.json"
        command = [sys.executable, "-m", "bench", name, "--into", str(into), *(["--quick"] if quick else [])]
        subprocess.run(command, check=True)
        return Findings.from_json(json.loads(into.read_text(encoding="utf-8")))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="short rounds: does it work at all?")
    parser.add_argument("--results", type=Path, metavar="DIR", help="write report and picture there")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)  # what one part hands back
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
