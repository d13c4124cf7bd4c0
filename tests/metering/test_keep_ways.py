"""A list of ways: each line stands or falls by itself."""

import json
from dataclasses import replace

import pytest

from gateway.core.line_books import LineChange
from gateway.core.meter_way import LineKind
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import recalled
from gateway.core.remote_order import RemoteKind, RemoteOrder, RemoteState
from gateway.core.way_answer import WayFate, WayOutcome
from gateway.metering.keep_ways import WAYS_MAX, KeepMeterWays, WayLine
from tests.line_files import FEEDER, OTHER, PAN, line_office, post, way


@pytest.fixture
def office():
    on = line_office()
    on.files.lines.apply(LineChange(ways=(way(version=1, note="in the cellar", protection="oxygen"),)))
    return on


def line(number, pan=PAN, place="08715550123", address="161", **more):
    return WayLine(number, pan, LineKind.MODEM, place, address, "dlt645-2007", **more)


def keep(on, *lines, by="li"):
    return post(on, KeepMeterWays(by, "n1", lines))


def test_each_line_stands_or_falls_by_itself(office):
    decision = keep(
        office,
        line(2),
        line(3, OTHER),
        line(4, FEEDER),
        line(5, OTHER, "0871"),
        line(6, FEEDER, measures="f-7", multiplier=40),
    )
    assert decision.content.lines == (
        WayOutcome(2, WayFate.SAME),
        WayOutcome(3, WayFate.NEW),
        WayOutcome(4, WayFate.REFUSED, "UNKNOWN_METER"),
        WayOutcome(5, WayFate.REFUSED, "TWICE_AT_ONCE"),
        WayOutcome(6, WayFate.REFUSED, "TWICE_AT_ONCE"),
    )
    assert [one.number for one in decision.files.amendments] == [OTHER]
    assert recalled(decision.content.stored()) == decision.content


def test_what_a_line_says_nothing_of_stays(office):
    keep(office, line(2, address="162", bus="b1"))
    stands = office.files.lines.ways[PAN]
    assert (stands.address, stands.bus, stands.note, stands.protection) == (
        "162", "b1", "in the cellar", "oxygen",
    )  # fmt: skip
    assert stands.version == 2


def test_a_file_takes_no_protection_away(office):
    (outcome,) = keep(office, line(2, protection="")).content.lines
    assert outcome == WayOutcome(2, WayFate.REFUSED, "PROTECTION_STANDS")
    assert office.files.lines.ways[PAN].protection == "oxygen"


def test_a_way_that_was_out_of_use_is_on_again(office):
    stands = office.files.lines.ways[PAN]
    office.files.lines.apply(LineChange(ways=(replace(stands, is_on=False),)))
    keep(office, line(2))
    assert office.files.lines.ways[PAN].is_on


def test_a_file_that_protects_withdraws_the_trip_that_waits(office):
    waits = RemoteOrder(1, RemoteKind.RELAY, OTHER, "A2", ask="trip")
    office.files.lines.apply(LineChange(orders=(waits,)))
    keep(office, line(2, OTHER, protection="a home for the old"))
    assert office.files.lines.orders[1].state is RemoteState.CANCELLED


def test_nothing_is_written_where_nothing_is_new(office):
    decision = keep(office, line(2))
    assert decision.files is None
    assert decision.content.count(WayFate.SAME) == 1


def test_lines_of_another_branch_are_refused(office):
    (outcome,) = keep(office, line(2, OTHER), by="no").content.lines
    assert outcome.fault == "OTHER_BRANCH"


@pytest.mark.parametrize("count", [0, WAYS_MAX + 1])
def test_an_order_has_so_many_lines(office, count):
    assert keep(office, *(line(n) for n in range(count))).content == NotDone(OfficeRefusal.NO_WAYS)


def test_no_repr_has_a_telephone_number_and_another_number_is_another_order():
    one, other = (KeepMeterWays("li", "n1", (line(2, place=place),)) for place in ("08715550123", "1"))
    assert "5550123" not in repr(one)
    assert one.digest != other.digest


def test_an_answer_is_kept_as_a_short_text(office):
    assert json.loads(keep(office, line(2)).content.stored()) == ["ways", [[2, "same", ""]]]
