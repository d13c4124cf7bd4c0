"""A network with losses: a feeder that loses too much, a transformer with a gap, one that gives more than it
gets, one that nobody has read; four months of them.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import insert, update

from adapters.db import tables as t
from adapters.db.line_rows import way_row
from adapters.db.seen_rows import write_seen
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.timeline import microseconds
from tests.builders import NOON, ZONE, identity

#: The beginnings of months, the newest first.
MOMENTS = tuple(int(datetime(2026, month, 1, tzinfo=ZONE).timestamp()) for month in (11, 10, 9, 8))
PLACES = (
    ("hills", "area", "The hills", ""),
    ("h-1", "feeder", "Hill road", "hills"),
    ("h-11", "transformer", "Mill", "h-1"),
    ("h-12", "transformer", "Quarry", "h-1"),
    ("h-13", "transformer", "Chapel", "h-1"),
)
#: What measures what, with the multiplier, and what it counts in a month before that.
MEASURES = {
    "h-1": (identity(971).pan, 100, 9_500), "h-11": (identity(972).pan, 20, 11_000),
    "h-12": (identity(973).pan, 20, 13_000), "h-13": (identity(974).pan, 20, None),
}  # fmt: skip
#: The transformers of the first customers, and what each uses in a month.
USERS = (("h-11", 200_000), ("h-11", 0), ("h-12", 150_000), ("h-12", 130_000), ("h-13", 90_000))


def users(staffed):
    """Their meters."""
    return [one.pan for one in staffed.buyers()[: len(USERS)]]


def with_losses(staffed):
    """Enter it as it stands in the books' tables, and what was noticed in it; returns the books."""
    with staffed.engine.begin() as connection:
        connection.execute(
            insert(t.network_place),
            [
                {"code": code, "kind": kind, "name": name, "parent": parent, "is_used": 1, "version": 1}
                for code, kind, name, parent in PLACES
            ],
        )
        for code, (meter, multiplier, month_wh) in MEASURES.items():
            way = MeterWay(
                meter, LineKind.NETWORK, f"10.0.5.{multiplier}:4059", code, "dlms-tcp", measures=code,
                multiplier=multiplier,
            )  # fmt: skip
            connection.execute(insert(t.meter_way), [way_row(way)])
            _froze(connection, meter, month_wh)
        for meter, (code, month_wh) in zip(users(staffed), USERS, strict=True):
            at = {"area": "hills", "feeder": "h-1", "transformer": code}
            connection.execute(update(t.supply_point).where(t.supply_point.c.pan == meter).values(at))
            _froze(connection, meter, month_wh)
        kinds = (EventKind.COVER_OPENED, EventKind.CLOCK_TOO_FAR)
        noticed = [MeterEvent(users(staffed)[1], microseconds(NOON) - 1, kind) for kind in kinds]
        write_seen(connection, noticed)
    return staffed


def _froze(connection, meter, month_wh) -> None:
    """Let it count so much each month; with 0 it was not read at the last moment, with None never."""
    rows = [
        {"pan": meter, "at_s": at_s, "read_us": at_s * 1_000_000,
         "registers": json.dumps([["total", 5_000_000 + (month_wh or 70_000) * n]])}
        for n, at_s in enumerate(reversed(MOMENTS))
        if month_wh or (month_wh is not None and at_s != MOMENTS[0])
    ]  # fmt: skip
    if rows:
        connection.execute(insert(t.frozen_reading), rows)
