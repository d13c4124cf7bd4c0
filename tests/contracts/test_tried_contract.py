"""Meters on which a tariff is tried, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.views import ViewReader
from gateway.core.meter import MeterState
from gateway.core.views_tried import MetersOfType
from tests.builders import meter_file

if TYPE_CHECKING:
    from gateway.core.customer import MeterFile


@pytest.fixture
def reader(fresh):
    files: list[MeterFile] = [meter_file(serial) for serial in range(1, 24)]
    files += [
        meter_file(31, power_type="shop"),
        meter_file(32, state=MeterState.BLOCKED),
        meter_file(33, proportions=(("domestic", 60), ("shop", 40))),
    ]
    engine = fresh.database(meters=files)
    with engine.begin() as connection:
        connection.execute(update(t.meter).values(ytd_wh=t.meter.c.id * 1_000))
        connection.execute(update(t.customer).where(t.customer.c.account_no == "A5").values(branch="north"))
    return ViewReader(engine)


def asked(**changes):
    return MetersOfType(**({"branch": None, "power_type": "domestic"} | changes))


def test_all_are_taken_where_they_are_few(reader):
    found = reader.rows(asked())
    assert len(found) == reader.count(asked()) == reader.totals(asked()) == 23
    assert [one.counters.ytd_wh for one in found] == sorted(one.counters.ytd_wh for one in found)


def test_of_many_some_are_taken_from_the_least_use_to_the_most(reader):
    found = [one.counters.ytd_wh // 1_000 for one in reader.rows(asked(limit=5))]
    assert found == [1, 6, 11, 16, 21]
    assert reader.totals(asked(limit=5)) == 23
    assert len(reader.rows(asked(limit=22))) == 12


def test_a_branch_has_its_own_and_none_of_another_kind_is_taken(reader):
    assert [one.account_no for one in reader.rows(asked(branch="north"))] == ["A5"]
    assert [one.account_no for one in reader.rows(asked(power_type="shop"))] == ["A31"]
    assert list(reader.rows(asked(power_type="none"))) == []
