"""The report of a run: Markdown for people, JSON for programs, and the verdict on the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.demands import DEMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from bench.demands import Demand
    from bench.figures import Effort, Findings, Table

NAME = "latest"


def write_report(folder: Path, found: Findings, of_machine: dict[str, str], effort: Effort) -> None:
    """Write ``latest.md`` and ``latest.json``; whatever a run before has left is overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.md").write_text(_markdown(found, of_machine, effort), encoding="utf-8")
    told = {
        "machine": of_machine,
        "effort": str(effort),
        "figures": {
            d.figure: {"value": round(found.figures[d.figure], 4), "unit": d.unit, "demanded": d.demanded,
                       "way": d.way, "holds": d.holds(found.figures[d.figure])}
            for d in DEMANDS if d.figure in found.figures
        },
        "all_figures": {name: round(value, 4) for name, value in sorted(found.figures.items())},
        "tables": found.as_json()["tables"],
        "notes": found.notes,
    }  # fmt: skip
    (folder / f"{NAME}.json").write_text(
        json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def verdict_lines(figures: dict[str, float]) -> list[str]:
    """Every figure beside its demand, a line each."""
    return [
        f"{d.what:<56} {_said(d, figures[d.figure]):>12}  {_demanded(d):<16} {_verdict(d, figures)}".rstrip()
        for d in DEMANDS
        if d.figure in figures
    ]


def is_missed(figures: dict[str, float]) -> bool:
    return any(d.figure in figures and not d.holds(figures[d.figure]) for d in DEMANDS)


def table_lines(table: Table) -> list[str]:
    """A table as Markdown."""
    lines = [f"## {table.title}", "", f"| {' | '.join(table.head)} |"]
    lines += ["| --- |" + " ---: |" * (len(table.head) - 1)]
    lines += [f"| {' | '.join(row)} |" for row in table.rows]
    return [*lines, "", *([table.note, ""] if table.note else [])]


def _markdown(found: Findings, of_machine: dict[str, str], effort: Effort) -> str:
    lines = ["# What `make bench` measured", "", "One run on one machine: trust the ratios.", ""]
    lines += ["![the figures beside their demands](latest.png)", ""]
    lines += ["| figure | measured | demanded | |", "| --- | ---: | ---: | --- |"]
    lines += [
        f"| {d.what} | {_said(d, found.figures[d.figure])} | {_demanded(d)} | {_verdict(d, found.figures)} |"
        for d in DEMANDS
        if d.figure in found.figures
    ]
    lines += ["", "## The machine", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {words} |" for name, words in of_machine.items()]
    lines += ["", f"Rounds: {effort.rounds} each, in turn; a figure is the median of its rounds.", ""]
    lines += [line for note in found.notes for line in (note, "")]
    for table in found.tables:
        lines += table_lines(table)
    return "\n".join(lines).rstrip() + "\n"


def _said(demand: Demand, value: float) -> str:
    return f"{value:,.{demand.decimals}f} {demand.unit}"


def _demanded(demand: Demand) -> str:
    if demand.demanded is None:
        return ""
    decimals = 0 if demand.demanded == int(demand.demanded) else 1
    return f"{demand.way} {demand.demanded:,.{decimals}f} {demand.unit}"


def _verdict(demand: Demand, figures: dict[str, float]) -> str:
    if demand.demanded is None:
        return ""
    return "holds" if demand.holds(figures[demand.figure]) else "**missed**"
