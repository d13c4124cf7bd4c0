"""A place whose meters are on lines: their ways in the books, their keys beside, and served meters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from adapters.db import tables as t
from adapters.db.file_rows import fitting_row
from adapters.db.line_rows import group_row, remote_order_row, schedule_row, timetable_row, way_row
from adapters.db.opening import open_database
from gateway.core.contact import RelayOrder
from gateway.core.fitting import Fitting
from gateway.core.meter import Carrier
from gateway.core.meter_number import MeterNumber
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.remote_order import RemoteKind, RemoteOrder
from gateway.core.timeline import microseconds
from gateway.core.timetable_version import TimetableState, TimetableVersion
from tests.builders import VENDING_KEY, meter_file
from tests.daemon import CONFIG, make_place
from tests.programs import Program

if TYPE_CHECKING:
    from gateway.core.reading_plan import MeterGroup, ReadingSchedule
    from gateway.core.timetable import Timetable

KEYS = ("00112233445566778899AABBCCDDEEFF", "FFEEDDCCBBAA99887766554433221100")

LINES = """
[lines]
access = "meters"
recharging = "training"

[[line]]
name = "net"
kind = "network"
at_once = {at_once}
"""


def secret(file, text):
    """Write a file that is its owner's alone."""
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def remote_meter(serial: int):
    """A meter that takes its credit over a line."""
    return replace(meter_file(serial), carrier=Carrier.REMOTE)


def line_place(folder, files, *, more="", at_once=4, config=CONFIG, url=None):
    """Make a place with these meters, whose lines are in its configuration."""
    place = make_place(folder, len(files), LINES.format(at_once=at_once) + more, config, url, files)
    (folder / "meters").mkdir()
    secret(folder / "meters" / "dlt645-prepaid.password", "000000")
    return place


def enter_ways(place, *ways: MeterWay) -> None:
    """Enter ways as they stand, in a place of tests."""
    engine = open_database(place.url)
    with engine.begin() as connection:
        for way in ways:
            connection.execute(insert(t.meter_way).values(way_row(way)))
    engine.dispose()


def way_to(file, where: str, model="dlms-prepaid", **more) -> MeterWay:
    """A way over the network to a meter that calls itself by its number."""
    return MeterWay(file.identity.pan, LineKind.NETWORK, where, own_number(file), model, **more)


def own_number(file) -> str:
    """What a meter calls itself: the last digits of the number on its face."""
    return f"{int(MeterNumber.parse(file.identity.pan).drn) % 10**12:012d}"


def keys_of(place, file) -> None:
    """Give the gateway the keys of a meter of DLMS."""
    keys = {"encryption": KEYS[0], "authentication": KEYS[1], "title": "5054495041424344", "counter": 1}
    secret(place.folder / "meters" / f"{file.identity.pan}.keys", json.dumps(keys))


def token_meter(place, file, *more) -> Program:
    """Serve a meter of DLMS that takes this meter's tokens."""
    of, folder = file.identity, place.folder
    words: tuple[Any, ...] = (
        "--model", "dlms-prepaid", "--address", str(int(own_number(file))), "--listen", "127.0.0.1:0",
        "--key-file", secret(folder / "meter-keys", "".join(KEYS)),
        "--sts-key-file", secret(folder / "sts-key", VENDING_KEY.hex()),
        "--pan", of.pan, "--sgc", of.sgc, "--krn", of.krn, "--ti", of.ti, "--kt", of.kt,
        "--base-date", of.base_date,
    )  # fmt: skip
    return Program("meter-sim", "serve", *map(str, (*words, *more)))


def wallet_meter(_place, file, *more, where=("--listen", "127.0.0.1:0")) -> Program:
    """Serve a meter of DL/T 645 with a wallet that counts money."""
    words = (
        "--model", "dlt645-prepaid", "--address", str(int(own_number(file))), *where,
        "--prepaid", "money", "--balance", "5.00",
    )  # fmt: skip
    return Program("meter-sim", "serve", *words, *more)


def fit(place, files) -> None:
    """Have meters fitted today with nothing counted, in a place of tests."""
    fitted_on = datetime.now(UTC).date().isoformat()
    engine = open_database(place.url)
    with engine.begin() as connection:
        hung = connection.execute(select(t.supply_point.c.pan, t.supply_point.c.number)).all()
        points = {row.pan: row.number for row in hung}
        for file in files:
            pan = file.identity.pan
            fitting = Fitting(pan, points[pan], fitted_on, (("total", 0),))
            connection.execute(insert(t.fitting).values(fitting_row(fitting)))
    engine.dispose()


def plan(place, group: MeterGroup, *schedules: ReadingSchedule) -> None:
    """Enter a group and what is read of it, in a place of tests."""
    engine = open_database(place.url)
    with engine.begin() as connection:
        connection.execute(insert(t.meter_group).values(group_row(group)))
        for one in schedules:
            connection.execute(insert(t.reading_schedule).values(schedule_row(one)))
    engine.dispose()


def rows(place, statement):
    """Read what stands in the books of a place."""
    engine = open_database(place.url)
    try:
        with engine.connect() as connection:
            return connection.execute(statement).all()
    finally:
        engine.dispose()


def order_relay(place, pan: str, order: RelayOrder = RelayOrder.TRIP) -> None:
    """Enter an order that two people have given, in a place of tests."""
    now_us = microseconds(datetime.now(UTC))
    asked = RemoteOrder(
        1_000, RemoteKind.RELAY, pan, "A1", ask=order.value, by="li", second="anna", reason="asked for",
        at_us=now_us,
    )  # fmt: skip
    _enter(place, t.remote_order, remote_order_row(asked))


def publish(place, timetable: Timetable, group: str) -> str:
    """Enter rates that two people have let out, for tomorrow, in a place of tests; give their reference."""
    from_us = microseconds(datetime.now(UTC) + timedelta(days=1)) // 60_000_000 * 60_000_000
    version = TimetableVersion(
        "winter", 1, "Winter", group, timetable.stored(), from_us, TimetableState.APPROVED,
        by="li", second="anna",
    )  # fmt: skip
    _enter(place, t.timetable, timetable_row(version))
    return version.reference


def _enter(place, table, row) -> None:
    engine = open_database(place.url)
    with engine.begin() as connection:
        connection.execute(insert(table).values(row))
    engine.dispose()
