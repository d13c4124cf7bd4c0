"""The picture of a run: rates side by side, bytes and microseconds where they go, demands as lines."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.demands import DEMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Findings, Table

OURS, THEIRS, GREY, MISSED = "#1b6e53", "#b5642a", "#8a8f98", "#b3261e"

#: Stages are drawn by room: the part of their name before the colon.
ROOMS = (
    "codec",
    "door",
    "poster",
    "counters",
    "log line",
    "load",
    "decide",
    "write",
    "chain",
    "commit",
    "batch",
)


def draw(file: Path, found: Findings, of_machine: dict[str, str]) -> None:
    """Draw what was measured; a part that was not run leaves its place empty."""
    tables = {table.title: table for table in found.tables}
    mpl.rcParams |= {
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
    }
    figure = Figure(figsize=(13, 12), layout="constrained")
    places = figure.subplot_mosaic(
        [["rates", "vends"], ["sizes", "demands"], ["stages", "stages"]], height_ratios=[1, 1.1, 1.35]
    )
    figure.suptitle(
        f"Powertill, make bench: {of_machine['date']}, {of_machine['processor']}, "
        f"PostgreSQL {of_machine['PostgreSQL']}, Python {of_machine['Python']}",
        fontsize=11,
    )
    for name, title, drawn in (
        ("rates", "PostgreSQL: our posting beside pgbench", _rates),
        ("vends", "Full vend", _vends),
        ("sizes", "PostgreSQL: bytes of a payment", _bytes),
        ("stages", "Where the microseconds of a vend go", _stages),
    ):
        if title in tables:
            drawn(places[name], tables[title])
        else:
            places[name].set_axis_off()
    _ratios(places["demands"], found.figures)
    for place in places.values():
        place.title.set_in_layout(False)  # a long title would take the width from the bars
    figure.savefig(file, dpi=110)


def _number(text: str) -> float:
    return float(text.replace(",", "") or 0)


def _bars(place: Any, names: list[str], values: list[float], colours: list[str], unit: str) -> None:
    """Draw bars lying down, the first on top, each with its figure."""
    places = range(len(names), 0, -1)
    place.barh(places, values, color=colours, height=0.72)
    place.set_yticks(list(places), [_wrapped(name) for name in names], fontsize=8)
    most = max(values) or 1
    for at, value in zip(places, values, strict=True):
        place.text(value + most * 0.01, at, f"{value:,.0f}", va="center")
    place.set_xlim(0, most * 1.16)
    place.set_xlabel(unit)
    place.spines[["top", "right"]].set_visible(False)


def _wrapped(name: str) -> str:
    return "\n".join(fill(line, 30) for line in name.splitlines())


def _rates(place: Any, table: Table) -> None:
    names = [row[0].replace("pgbench, ", "pgbench: ") for row in table.rows]
    values = [_number(row[1]) for row in table.rows]
    colours = [OURS] + [GREY if "TPC-B" in name else THEIRS for name in names[1:]]
    _bars(place, names, values, colours, "payments/s (TPC-B: its own transactions/s)")
    same = [value for name, value in zip(names[1:], values[1:], strict=True) if "TPC-B" not in name]
    place.axvline(4 * max(same), color=MISSED, linestyle="--", linewidth=1)
    place.set_title("The same rows by us and by pgbench (red: 4x its best, demanded)")


def _vends(place: Any, table: Table) -> None:
    names = [
        f"{row[0].replace(', a connection a payment', '')}\np50 {row[2]} ms, p99 {row[3]} ms"
        for row in table.rows
    ]
    _bars(place, names, [_number(row[1]) for row in table.rows], [OURS] * len(names), "vends/s")
    place.set_title("Full vend over TCP, 64 links")


def _bytes(place: Any, table: Table) -> None:
    rows = [row for row in table.rows if _number(row[1]) >= 1]
    _bars(
        place,
        [row[0] for row in rows],
        [_number(row[1]) for row in rows],
        [GREY] * (len(rows) - 1) + [OURS],
        "bytes",
    )
    place.axvline(2_000, color=MISSED, linestyle="--", linewidth=1)
    place.set_xlim(0, max(2_000, _number(rows[-1][1])) * 1.16)
    place.set_title("PostgreSQL: bytes of a payment with indexes (red: 2,000, demanded)")


def _ratios(place: Any, figures: dict[str, float]) -> None:
    """How many times what is demanded each figure is; 1 is just enough."""
    known = [d for d in DEMANDS if d.demanded is not None and d.figure in figures]
    if not known:
        place.set_axis_off()
        return
    times = [d.times(figures[d.figure]) or 0.0 for d in known]
    places = range(len(known), 0, -1)
    place.barh(places, times, color=[OURS if t >= 1 else MISSED for t in times], height=0.72)
    place.set_yticks(list(places), [fill(d.what, 30) for d in known], fontsize=8)
    for at, value, d in zip(places, times, known, strict=True):
        said = f"{figures[d.figure]:,.{d.decimals}f} {d.unit} ({d.way} {d.demanded:,g})"
        place.text(value, at, f" {said}", va="center", fontsize=8)
    place.axvline(1, color=MISSED, linestyle="--", linewidth=1)
    place.set_xlim(0, max(*times, 1.0) * 1.5)
    place.set_xlabel("times what is demanded; left of 1 it is missed")
    place.spines[["top", "right"]].set_visible(False)
    place.set_title("Every demand (red: missed)")


def _stages(place: Any, table: Table) -> None:
    """The stages of both databases, gathered by room."""
    kinds = ["PostgreSQL", "SQLite"]
    sums: dict[str, list[float]] = {}
    for row in table.rows[:-1]:
        room = row[0].partition(":")[0]
        name = room if room in ROOMS else row[0].partition(",")[0]
        kept = sums.setdefault(name, [0.0, 0.0])
        kept[0] += _number(row[1])
        kept[1] += _number(row[3])
    drawn = {name: values for name, values in sums.items() if max(values) > 0}
    height = 0.38
    for n, (kind, colour) in enumerate(zip(kinds, (OURS, GREY), strict=True)):
        at = [len(drawn) - m + (0.5 - n) * height for m in range(len(drawn))]
        values = [found[n] for found in drawn.values()]
        place.barh(at, values, height=height, color=colour, label=f"books on {kind}")
        for y, value in zip(at, values, strict=True):
            place.text(value, y, f" {value:.0f}" if value else "", va="center", fontsize=8)
    place.set_yticks([len(drawn) - m for m in range(len(drawn))], list(drawn))
    place.set_xlabel("CPU, µs a vend")
    place.legend(loc="lower right", frameon=False)
    place.spines[["top", "right"]].set_visible(False)
    place.set_title("Where the microseconds of a vend go (ISO 8583)")
