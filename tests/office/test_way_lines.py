"""A list of ways is read line by line, and says where it is wrong."""

import pytest

from gateway.core.meter_way import LineKind
from gateway.metering.keep_ways import WayLine
from gateway.office.way_lines import FAULTS_MAX, FILE_WAYS_MAX, WayFileFault, read_ways
from tests.builders import drn, identity

HEAD = "meter,kind,place,address,model"
ONE = f"{drn(1)},network,10.0.4.7:4059,161,dlt645-2007"


def read(*lines):
    return read_ways("\n".join(lines).encode())


def test_a_line_is_read_by_the_names_of_its_columns():
    found = read("model,place,kind,address,meter,bus", f"dlms-tcp,0871,MODEM,,{drn(1)},mill")
    assert found.faults == ()
    assert found.lines == (WayLine(2, identity(1).pan, LineKind.MODEM, "0871", "", "dlms-tcp", bus="mill"),)


def test_a_column_that_is_not_there_says_nothing_and_an_empty_value_takes_away():
    assert read(HEAD, ONE).lines[0].bus is None
    line = read(f"{HEAD},bus,protection,multiplier", f"{ONE},,,").lines[0]
    assert (line.bus, line.protection, line.multiplier, line.note) == ("", "", 1, None)


def test_semicolons_and_marks_of_spreadsheets_are_understood():
    octets = b"\xef\xbb\xbf" + f"{HEAD}\r\n{ONE}\r\n\r\n".replace(",", ";").encode()
    assert [one.line for one in read_ways(octets).lines] == [2]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"\xff\xfe", WayFileFault.NO_TEXT),
        (b"", WayFileFault.EMPTY),
        (HEAD.encode(), WayFileFault.EMPTY),
        (f"{HEAD}\n{ONE}\n".encode() + f"{ONE}\n".encode() * FILE_WAYS_MAX, WayFileFault.TOO_MANY),
        (f"meter,kind\n{ONE}".encode(), WayFileFault.NO_COLUMN),
        (f"{HEAD},colour\n{ONE},red".encode(), WayFileFault.UNKNOWN_COLUMN),
        (f"{HEAD},kind\n{ONE},modem".encode(), WayFileFault.UNKNOWN_COLUMN),
    ],
)
def test_a_file_that_is_no_list_of_ways_is_refused_whole(octets, why):
    found = read_ways(octets)
    assert (found.faults[0].why, found.faults[0].line, found.is_whole, found.lines) == (why, 0, False, ())


@pytest.mark.parametrize(
    ("line", "column", "why"),
    [
        ("12,modem,1,161,x", "meter", WayFileFault.METER),
        (f"{drn(1)},pigeon,1,161,x", "kind", WayFileFault.KIND),
        (f"{drn(1)},modem", "", WayFileFault.WIDTH),
    ],
)
def test_a_fault_of_a_line_leaves_the_others(line, column, why):
    found = read(HEAD, line, ONE)
    (fault,) = found.faults
    assert (fault.line, fault.column, fault.why) == (2, column, why)
    assert ([one.line for one in found.lines], found.is_whole) == ([3], True)


@pytest.mark.parametrize("written", ["0", "1000001", "1.5", "-1", "²", "many"])
def test_a_multiplier_is_a_whole_number(written):
    (fault,) = read(f"{HEAD},multiplier", f"{ONE},{written}").faults
    assert (fault.column, fault.written, fault.why) == ("multiplier", written, WayFileFault.MULTIPLIER)


def test_a_meter_stands_in_a_file_once():
    found = read(HEAD, ONE, f"{identity(1).pan},modem,1,161,dlt645-2007")
    assert [(one.line, one.column, one.why) for one in found.faults] == [(3, "meter", WayFileFault.TWICE)]
    assert [one.line for one in found.lines] == [2]


def test_so_many_faults_are_told():
    assert len(read(HEAD, *(["x,modem,1,161,y"] * (FAULTS_MAX + 9))).faults) == FAULTS_MAX
