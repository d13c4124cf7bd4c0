"""Says how the lines of a desk stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.core.line_standing import LineDoes, LineStanding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.assembly.line_desk import LineDesk
    from gateway.config.line_settings import LineSettings
    from gateway.core.meter_way import LineKind


def standing_of(kind: LineKind, rows: Sequence[LineSettings], desk: LineDesk) -> Iterator[LineStanding]:
    """Say of each line what it does; of those that are alike the place stands behind the name."""
    running, out = desk.running, desk.lines_out
    for place, row in enumerate(rows):
        name = row.name if row.at_once == 1 else f"{row.name}/{place - rows.index(row) + 1}"
        call = running.get(place)
        if call is None:
            does = LineDoes.OUT if place in out else LineDoes.FREE
            yield LineStanding(name, kind, does, row.is_reserved)
            continue
        meters = sum(len(job.meters) for job in call.jobs)
        yield LineStanding(
            name, kind, LineDoes.CALLING, row.is_reserved, call.at_s, call.jobs[0].kind, meters
        )  # fmt: skip
