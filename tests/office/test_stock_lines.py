"""Delivery lists: what is right becomes meters, what is wrong is named by its line and column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.meter import Carrier
from gateway.core.stock import DELIVERY_MAX, Face
from gateway.office.stock_lines import FAULTS_MAX, StockFaultWhy, read_delivery
from tests.builders import drn, identity

HEAD = "meter,model,carrier,sgc,krn,ti,ea,kt,base_date,branch,lot,note,phases,voltage,current"
BRANCHES = {"", "north"}


def line(serial=1, **changes):
    usual = {
        "meter": drn(serial), "model": "DDS-26", "carrier": "token", "sgc": "201457", "krn": "1", "ti": "01",
        "ea": "11", "kt": "2", "base_date": "2014", "branch": "north", "lot": "L1", "note": "",
        "phases": "", "voltage": "", "current": "",
    }  # fmt: skip
    return ",".join((usual | changes).values())


def read(*lines, head=HEAD, **more):
    return read_delivery("\n".join([head, *lines]).encode(), BRANCHES, **more)


def faults(*lines, **more):
    return [(one.line, one.column, one.why) for one in read(*lines, **more).faults]


def test_a_sound_list_becomes_meters():
    found = read(line(1), line(2, carrier="card", branch=""))
    assert found.is_sound
    (first, one), (second, two) = found.meters
    assert (first, second) == (2, 3)
    assert one.identity == identity(1)
    assert (one.model, one.carrier, one.branch, one.lot) == ("DDS-26", Carrier.TOKEN, "north", "L1")
    assert (two.carrier, two.branch) == (Carrier.CARD, "")


@pytest.mark.parametrize(
    ("column", "written", "why"),
    [
        ("meter", "12345", StockFaultWhy.METER), ("meter", drn(1)[:-1] + "x", StockFaultWhy.METER),
        ("model", "", StockFaultWhy.WORD), ("model", "x" * 41, StockFaultWhy.WORD),
        ("carrier", "Token!", StockFaultWhy.CARRIER), ("sgc", "2014", StockFaultWhy.SGC),
        ("krn", "0", StockFaultWhy.KRN), ("krn", "", StockFaultWhy.KRN), ("ti", "1", StockFaultWhy.TI),
        ("ea", "7", StockFaultWhy.EA), ("kt", "4", StockFaultWhy.KT),
        ("base_date", "2020", StockFaultWhy.BASE_DATE), ("branch", "south", StockFaultWhy.BRANCH),
        ("lot", "x" * 41, StockFaultWhy.WORD), ("note", "x" * 121, StockFaultWhy.NOTE),
        ("phases", "2", StockFaultWhy.PHASES), ("phases", "three", StockFaultWhy.PHASES),
        ("voltage", "0", StockFaultWhy.VOLTAGE), ("voltage", "1001", StockFaultWhy.VOLTAGE),
        ("voltage", "220V", StockFaultWhy.VOLTAGE), ("current", "5(60)", StockFaultWhy.CURRENT),
        ("current", "1001", StockFaultWhy.CURRENT), ("current", "9" * 50, StockFaultWhy.CURRENT),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_its_line_and_column(column, written, why):
    assert faults(line(1), line(2, **{column: written})) == [(3, column, why)]


def test_all_faults_of_all_lines_are_named_at_once():
    found = faults(line(1, sgc="1", kt="9"), line(2), line(3, ea=""))
    assert found == [
        (2, "sgc", StockFaultWhy.SGC), (2, "kt", StockFaultWhy.KT), (4, "ea", StockFaultWhy.EA),
    ]  # fmt: skip
    many = faults(*[line(1, sgc="1") for _ in range(FAULTS_MAX + 5)])
    assert len(many) == FAULTS_MAX


def test_a_meter_stands_once_in_a_list_however_its_number_is_written():
    assert faults(line(1), line(1, meter=identity(1).pan)) == [(3, "meter", StockFaultWhy.TWICE)]


def test_what_stands_on_the_face_is_taken_in_where_it_is_said():
    found = read(line(1, phases="3", voltage="220", current="60"), line(2, phases="1"), line(3))
    assert [one.face for _, one in found.meters] == [Face(3, 220, 60), Face(1), Face()]
    assert [one.face.rating_w for _, one in found.meters] == [39_600, 0, 0]


def test_columns_come_in_any_order_and_the_last_ones_may_be_left_out():
    head = "sgc,meter,model,carrier,krn,ti,ea,kt,base_date"
    row = f"201457,{drn(1)},DDS-26,token,1,01,11,2,2014"
    found = read(row, head=head, usual_branch="north")
    assert found.meters[0][1].branch == "north"
    assert faults(row, head=head.replace("kt", "key")) == [
        (1, "kt", StockFaultWhy.NO_COLUMN),
        (1, "key", StockFaultWhy.UNKNOWN_COLUMN),
    ]


def test_a_list_that_is_none_is_refused_whole():
    assert read_delivery(b"\xff\xfe", BRANCHES).faults[0].why is StockFaultWhy.NO_TEXT
    assert faults() == [(0, "", StockFaultWhy.EMPTY)]
    assert faults(line(1) + ",more") == [(2, "", StockFaultWhy.WIDTH)]
    too_many = read(*[line(1)] * (DELIVERY_MAX + 1))
    assert too_many.faults[0].why is StockFaultWhy.TOO_MANY


def test_a_mark_at_the_beginning_and_empty_lines_are_passed_over():
    octets = b"\xef\xbb\xbf" + f"{HEAD}\r\n\r\n{line(1)}\r\n,,,\r\n".encode()
    found = read_delivery(octets, BRANCHES)
    assert found.is_sound
    assert [number for number, _ in found.meters] == [3]


@given(st.binary(max_size=300))
def test_no_octets_make_the_reader_fail(octets):
    read_delivery(octets, BRANCHES)
    read_delivery(HEAD.encode() + b"\n" + octets, BRANCHES)
