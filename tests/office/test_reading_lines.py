"""A file of readings: each fault named by its line and column, the route's own file read back."""

from datetime import UTC, datetime

import pytest

from gateway.core.reading import Source, StatusWord
from gateway.core.timeline import microseconds
from gateway.office.reading_lines import OF_ROUTE, ReadingFileFault, read_file
from tests.builders import ZONE, drn, identity

HEAD = "meter,taken,total,rate_1,status,credit,credits,reader,note"
SOUND = f"{drn(1)},2026-11-23 14:05,1234.5,800,seal_broken relay_open,-12.5,3,Chen,by the door"


def read(*lines, head=HEAD):
    return read_file("\n".join([head, *lines]).encode(), ZONE)


def faults(*lines, head=HEAD):
    return [(one.line, one.column, one.why) for one in read(*lines, head=head).faults]


def test_a_line_becomes_a_reading():
    (line,) = read(SOUND).lines
    shown = line.shown
    assert (shown.pan, line.line, line.told.source) == (identity(1).pan, 2, Source.HAND_HELD)
    assert shown.taken_us == microseconds(datetime(2026, 11, 23, 6, 5, tzinfo=UTC))
    assert shown.registers == (("total", 1_234_500), ("rate_1", 800_000))
    assert shown.status == (StatusWord.SEAL_BROKEN, StatusWord.RELAY_OPEN)
    assert (shown.credit_wh, shown.credits) == (-12_500, 3)
    assert (line.told.reader, line.told.note) == ("Chen", "by the door")


def test_a_moment_may_say_its_own_zone():
    (line,) = read(SOUND.replace("2026-11-23 14:05", "2026-11-23T14:05:30+03:00")).lines
    assert line.shown.taken_us == microseconds(datetime(2026, 11, 23, 11, 5, 30, tzinfo=UTC))


def test_columns_stand_in_any_order_and_those_of_a_route_may_stay():
    head = ",".join(("total", *OF_ROUTE, "taken", "meter"))
    (line,) = read(f"5{',x' * len(OF_ROUTE)},2026-11-23 14:05,{drn(1)}", head=head).lines
    assert line.shown.registers == (("total", 5_000),)


def test_what_was_not_read_is_left_out():
    found = read(f"{drn(1)},,,,,,,,", "", SOUND)
    assert (found.left_out, len(found.lines), found.faults) == (1, 1, ())


@pytest.mark.parametrize(
    ("old", "new", "column", "why"),
    [
        (drn(1), "123", "meter", ReadingFileFault.METER),
        (drn(1), "=1+1", "meter", ReadingFileFault.METER),
        ("2026-11-23 14:05", "2026-11-23", "taken", ReadingFileFault.TAKEN),
        ("2026-11-23 14:05", "23.11.2026 14:05", "taken", ReadingFileFault.TAKEN),
        ("2026-11-23 14:05", "1026-11-23 14:05", "taken", ReadingFileFault.TAKEN),
        ("2026-11-23 14:05", "", "taken", ReadingFileFault.TAKEN),
        ("1234.5", "", "total", ReadingFileFault.REGISTER),
        ("1234.5", "1234.5678", "total", ReadingFileFault.REGISTER),
        ("1234.5", "-1", "total", ReadingFileFault.REGISTER),
        ("1234.5", "100000000", "total", ReadingFileFault.REGISTER),
        ("1234.5", "1e5", "total", ReadingFileFault.REGISTER),
        (",800,", ",much,", "rate_1", ReadingFileFault.REGISTER),
        ("seal_broken", "broken", "status", ReadingFileFault.STATUS),
        ("seal_broken", "relay_open", "status", ReadingFileFault.STATUS),
        ("-12.5", "full", "credit", ReadingFileFault.CREDIT),
        ("-12.5", "100000000", "credit", ReadingFileFault.CREDIT),
        (",3,", ",-3,", "credits", ReadingFileFault.CREDITS),
        (",3,", ",3.5,", "credits", ReadingFileFault.CREDITS),
        (",3,", ",100000,", "credits", ReadingFileFault.CREDITS),
        ("Chen", "x" * 65, "reader", ReadingFileFault.READER),
        ("by the door", "x" * 121, "note", ReadingFileFault.NOTE),
        ("by the door", "a\x07b", "note", ReadingFileFault.NOTE),
    ],
)
def test_what_is_wrong_in_a_line_is_named_and_the_others_stand(old, new, column, why):
    good = SOUND.replace(drn(1), drn(2))
    assert faults(good, SOUND.replace(old, new, 1)) == [(3, column, why)]
    assert len(read(good, SOUND.replace(old, new, 1)).lines) == 1


@pytest.mark.parametrize(
    ("octets", "column", "why"),
    [
        (b"\xff\xfe\x00", "", ReadingFileFault.NO_TEXT),
        (b"", "", ReadingFileFault.EMPTY),
        (HEAD.encode(), "", ReadingFileFault.EMPTY),
        (f"{HEAD}\n{drn(1)},,,,,,,,".encode(), "", ReadingFileFault.EMPTY),
        (b"meter,taken\n1,2", "total", ReadingFileFault.NO_COLUMN),
        (b"meter,taken,total,colour\n1,2,3,red", "colour", ReadingFileFault.UNKNOWN_COLUMN),
        (b"meter,taken,total,total\n1,2,3,4", "total", ReadingFileFault.UNKNOWN_COLUMN),
        ("\n".join([HEAD, *[SOUND] * 1_001]).encode(), "", ReadingFileFault.TOO_MANY),
    ],
)  # fmt: skip
def test_what_is_no_file_of_readings_is_refused_as_a_whole(octets, column, why):
    found = read_file(octets, ZONE)
    assert not found.is_whole
    assert [(one.line, one.column, one.why) for one in found.faults][:1] == [(0, column, why)]
    assert found.lines == ()


def test_a_line_of_another_width_is_named():
    assert faults(SOUND + ",more") == [(2, "", ReadingFileFault.WIDTH)]


def test_a_file_is_the_same_however_its_lines_end():
    text = f"{HEAD}\n{SOUND}"
    same = {
        read_file(octets, ZONE).sha256
        for octets in (text.encode(), text.replace("\n", "\r\n").encode(), f"\ufeff{text}\n".encode())
    }
    assert len(same) == 1
    assert read_file(text.replace("1234.5", "1234.6").encode(), ZONE).sha256 not in same


def test_where_semicolons_part_the_values_figures_may_have_commas():
    (line,) = read(f"{drn(1)};2026-11-23 14:05;1234,5", head="meter;taken;total").lines
    assert line.shown.total_wh == 1_234_500
