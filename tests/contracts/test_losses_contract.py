"""Measured places, their meters and their losses, on both databases."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from sqlalchemy import update
from twisted.internet.defer import succeed

from adapters.db import tables as t
from adapters.db import view_losses
from adapters.db.line_rows import way_row
from adapters.db.views import ViewReader
from gateway.core.line_loss import MeterMissing, MeterSpan, Unknown
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.network import NetworkKind
from gateway.core.supply_point import PointState
from gateway.core.views_losses import FrozenMoments, LossMeters, MeasuredPlace, MeasuredPlaces
from gateway.metering.report_losses import LossSpan, report_losses
from gateway.ports import TakesTooLong
from tests.builders import identity
from tests.meter_lines import Clock, finished

OCTOBER, NOVEMBER = 1_000_000, 3_678_400
FEEDER_METER, BOX_METER = "600727000000009001", "600727000000009002"
#: Meter 1 and 2 hang at transformer T1 of feeder F1, 3 at the feeder itself, 4 elsewhere.
AT = {1: ("F1", "T1"), 2: ("F1", "T1"), 3: ("F1", ""), 4: ("F2", "")}


def pan(serial):
    return identity(serial).pan


class Losses:
    """Books of four meters below two feeders, of which one and its transformer are measured."""

    def __init__(self, fresh):
        self.engine = fresh.database(count=4)
        self.reader = ViewReader(self.engine)
        with self.engine.begin() as connection:
            places = [("A1", "area", ""), ("F1", "feeder", "A1"), ("F2", "feeder", "A1"),
                      ("T1", "transformer", "F1")]  # fmt: skip
            connection.execute(
                t.network_place.insert(),
                [
                    {"code": code, "kind": kind, "name": f"place {code}", "parent": parent, "is_used": True,
                     "version": 1}
                    for code, kind, parent in places
                ],
            )  # fmt: skip
            for serial, (feeder, transformer) in AT.items():
                where = t.supply_point.c.pan == pan(serial)
                at = {"area": "A1", "feeder": feeder, "transformer": transformer}
                connection.execute(update(t.supply_point).where(where).values(**at))
        self.way(FEEDER_METER, "F1", 100)
        self.way(BOX_METER, "T1", 20)

    def way(self, meter, measures, multiplier):
        way = MeterWay(
            meter, LineKind.NETWORK, "h:1", "1", "dlms-tcp", measures=measures, multiplier=multiplier
        )
        with self.engine.begin() as connection:
            connection.execute(t.meter_way.insert(), [way_row(way)])

    def froze(self, meter, *ends):
        """Let a meter have frozen these totals; None: it has not."""
        rows = [
            {"pan": meter, "at_s": at, "registers": json.dumps([["rate_1", 1], ["total", wh]]), "read_us": 1}
            for at, wh in zip((OCTOBER, NOVEMBER), ends, strict=True)
            if wh is not None
        ]
        with self.engine.begin() as connection:
            connection.execute(t.frozen_reading.insert(), rows)

    def rows(self, query):
        return succeed(self.reader.rows(query))

    def report(self, *places):
        span = LossSpan(OCTOBER, NOVEMBER, places or None)
        return finished(Clock(), report_losses(span, views=self))


@pytest.fixture
def losses(fresh):
    return Losses(fresh)


def test_places_that_are_measured_are_listed(losses):
    losses.way("600727000000009003", "F1", 1)
    found = [
        MeasuredPlace("F1", NetworkKind.FEEDER, "place F1", 2),
        MeasuredPlace("T1", NetworkKind.TRANSFORMER, "place T1", 1),
    ]
    assert (losses.reader.rows(MeasuredPlaces()), losses.reader.count(MeasuredPlaces())) == (found, 2)
    assert losses.reader.rows(MeasuredPlaces(("T1", "F2"))) == found[1:]


def test_places_that_are_measured_are_found_by_what_they_lie_in(losses):
    def within(code):
        return [one.code for one in losses.reader.rows(MeasuredPlaces(within=code))]

    assert [within(code) for code in ("A1", "F1", "T1", "F2")] == [["F1", "T1"], ["F1", "T1"], ["T1"], []]


def test_moments_are_those_that_meters_of_places_froze_the_newest_first(losses):
    losses.froze(FEEDER_METER, 5, 6)
    losses.froze(BOX_METER, 5, None)
    with losses.engine.begin() as connection:
        row = {"pan": pan(1), "at_s": 77, "registers": "[]", "read_us": 1}
        connection.execute(t.frozen_reading.insert(), [row])
    assert losses.reader.rows(FrozenMoments()) == [NOVEMBER, OCTOBER]
    assert losses.reader.rows(FrozenMoments(limit=1)) == [NOVEMBER]
    assert losses.reader.rows(FrozenMoments("T1")) == [OCTOBER]
    assert losses.reader.count(FrozenMoments("F2")) == 0


def test_more_meters_than_can_be_summed_up_are_no_part_of_a_sum(losses, monkeypatch):
    query = LossMeters("F1", NetworkKind.FEEDER, OCTOBER, NOVEMBER)
    monkeypatch.setattr(view_losses, "LOSS_METERS_MAX", 3)
    assert len(losses.reader.rows(query)) == 4
    monkeypatch.setattr(view_losses, "LOSS_METERS_MAX", 2)
    with pytest.raises(TakesTooLong):
        losses.reader.rows(query)


def test_the_meters_of_a_place_come_with_what_they_froze_and_their_multipliers(losses):
    losses.froze(FEEDER_METER, 5, 6)
    losses.froze(pan(1), 100, None)
    with losses.engine.begin() as connection:
        connection.execute(
            t.fitting.insert(),
            [
                {"pan": pan(2), "point": "p", "fitted_on": "2026-01-01", "registers": "[]", "seals": "[]",
                 "current": "[100, 5]", "voltage": "[1, 1]", "note": "", "removed_on": "",
                 "final_registers": "[]", "version": 1}
            ],
        )  # fmt: skip
    query = LossMeters("F1", NetworkKind.FEEDER, OCTOBER, NOVEMBER)
    found = losses.reader.rows(query)
    assert found[0] == MeterSpan(FEEDER_METER, Fraction(100), 5, 6, is_feeder=True)
    assert {one.pan: (one.multiplier, one.begin_wh, one.end_wh) for one in found[1:]} == {
        pan(1): (Fraction(1), 100, None),
        pan(2): (Fraction(20), None, None),
        pan(3): (Fraction(1), None, None),
    }
    assert losses.reader.count(query) == len(found)


def test_an_area_has_all_below_it_and_a_point_without_a_meter_in_use_has_none(losses):
    query = LossMeters("A1", NetworkKind.AREA, OCTOBER, NOVEMBER)
    assert {one.pan for one in losses.reader.rows(query)} == {pan(serial) for serial in AT}
    with losses.engine.begin() as connection:
        where = t.supply_point.c.pan == pan(4)
        connection.execute(update(t.supply_point).where(where).values(state=PointState.CLOSED.value))
    assert pan(4) not in {one.pan for one in losses.reader.rows(query)}


def test_losses_are_reported_the_largest_first_and_those_that_are_not_known_last(losses):
    losses.froze(FEEDER_METER, 0, 1000)
    losses.froze(BOX_METER, 0, None)
    for serial in AT:
        losses.froze(pan(serial), 0, 30_000)
    feeder, box = losses.report()
    assert (feeder.place.code, feeder.loss.loss_wh, feeder.loss.per_mille) == ("F1", 10_000, 100)
    assert (box.place.code, box.loss.loss_wh) == ("T1", None)
    assert box.loss.missing == (MeterMissing(BOX_METER, Unknown.END, is_feeder=True),)
    (alone,) = losses.report("F1")
    assert alone == feeder


def test_a_month_that_is_read_later_makes_a_loss_whole(losses):
    losses.froze(FEEDER_METER, 0, 1000)
    for serial in (1, 2):
        losses.froze(pan(serial), 0, 30_000)
    (partial,) = losses.report("F1")
    assert (partial.loss.loss_wh, partial.loss.is_partial) == (40_000, True)
    losses.froze(pan(3), 0, 30_000)
    (whole,) = losses.report("F1")
    assert (whole.loss.loss_wh, whole.loss.is_partial, whole.loss.meters) == (10_000, False, 3)
