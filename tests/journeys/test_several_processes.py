"""The three sub-modules in three processes on the same books: each does its own, and none the others'."""

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from tests.daemon import CONFIG
from tests.journeys.test_sub_modules import JOURNEYS, MODULES
from tests.line_house import (
    enter_ways,
    fit,
    keys_of,
    line_place,
    remote_meter,
    rows,
    token_meter,
    way_to,
)

FLAT = CONFIG + '\n[pricing]\nflat_rate = "0.5000"\n'


@pytest.mark.slow
@pytest.mark.once
def test_three_processes_on_the_same_books_do_each_what_is_its_own(tmp_path):
    file = remote_meter(1)
    place = line_place(tmp_path / "place", [file], config=FLAT)
    keys_of(place, file)
    fit(place, [file])
    with token_meter(place, file) as meter:
        enter_ways(place, way_to(file, meter.place))
        gateways = {module: place.start(None, "--run", module) for module in MODULES}
        try:
            for gateway in gateways.values():
                gateway.up()
            for module, journey in JOURNEYS.items():
                journey(place, gateways[module], file)
            kinds = rows(place, select(t.remote_order.c.kind, t.remote_order.c.state))
            assert sorted(map(tuple, kinds)) == [
                ("relay", "delivered"), ("timetable", "delivered"), ("token", "delivered")
            ]  # fmt: skip
            for gateway in gateways.values():
                gateway.assert_no_fault()
                gateway.stop()
        finally:
            for gateway in gateways.values():
                gateway.kill()
                gateway.ended()
    place.assert_sound()
