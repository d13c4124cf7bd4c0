"""Timetables of rates on their pages: drafted as text, drawn, approved by another person, and followed."""

import json
from urllib.parse import unquote

import pytest

from admin_web.timetable_fields import DAYS, NOT_DAYS, NOT_SEASONS, NOT_SPECIAL, field_of, typed
from admin_web.timetable_words import Standing, drawn, standing
from gateway.core.timeline import microseconds
from gateway.core.timetable import timetable_read
from gateway.core.timetable_version import TimetableState, TimetableVersion
from gateway.core.views_timetables import TimetableFile
from tests.builders import NOON
from tests.timetables import rates, weekend
from tests.web.filed import with_files
from tests.web.filling import fault, sent
from tests.web.lined import with_lines
from tests.web.staffed import Staffed
from tests.web.timetabled import NO_ROOM, with_timetables

NEW = "/timetables/new"
TYPED = {
    "code": "shops-2", "name": "Shops", "group": "all", "from": "2027-01-01 00:00", "reason": "",
    "tariffs": "4", "days": "1: 00:00 4, 7:00 2\n2: 00:00 3", "seasons": "10-01: 1 1 1 1 1 2 2\n04-01: 1",
    "special_days": "2027-02-06..2027-02-08 2\n2027-05-01 2",
}  # fmt: skip


@pytest.fixture
def books(tmp_path):
    return with_timetables(with_lines(with_files(Staffed(tmp_path, size=40))))


@pytest.fixture
def desk(books):
    return books.desk()


def drafting(desk, **changes):
    return sent(desk, NEW, **(TYPED | {"seasons": "04-01: 1\n10-01: 1 1 1 1 1 2 2"} | changes))


def test_rates_are_typed_line_by_line_and_drawn(desk, books):
    told = drafting(desk)
    assert told.header("location").startswith("/timetables/shops-2/1?")
    version = books.reader().totals(TimetableFile("shops-2/1")).version
    body = json.loads(version.body)
    assert body["days"] == {"1": [["00:00", 4], ["07:00", 2]], "2": [["00:00", 3]]}
    assert body["seasons"][0] == {"from": "04-01", "week": [1] * 7}
    assert list(body["special_days"]) == ["2027-02-06", "2027-02-07", "2027-02-08", "2027-05-01"]
    page = desk.get("/timetables/shops-2/1").text
    assert page.count("<svg viewBox") == 2
    assert "00:00\N{EN DASH}07:00" in page
    line = books.diary()[-1]
    assert (line.function, line.subject, line.detail) == (
        "timetables",
        "shops-2",
        "timetable shops-2/1: draft",
    )


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"code": "A B"}, "code", "small letters, digits, dashes"),
        ({"name": ""}, "name", "Fill this in"),
        ({"group": "south"}, "group", "Choose"),
        ({"from": "2026-11-23 12:30"}, "from", "an hour at least"),
        ({"from": "soon"}, "from", "Write the day and the time"),
        ({"tariffs": "64"}, "tariffs", "it is from 1 to 63"),
        ({"days": "1 00:00 4"}, "days", NOT_DAYS),
        ({"days": "1: 00:00 4\n1: 00:00 3"}, "days", NOT_DAYS),
        ({"days": "1: 00:00 5"}, "days", "there is no tariff 5"),
        ({"days": "x" * (DAYS.length_max + 1)}, "days", "too long"),
        ({"seasons": "10-1: 1"}, "seasons", NOT_SEASONS),
        ({"seasons": "10-01: 1 2"}, "seasons", "seven"),
        ({"special_days": "2027-02-30 1"}, "special_days", NOT_SPECIAL),
        ({"special_days": "2027-02-06 1\n2027-02-05..2027-02-07 1"}, "special_days", NOT_SPECIAL),
        ({"special_days": "2027-02-07..2027-02-06 1"}, "special_days", NOT_SPECIAL),
        ({"special_days": "2027-02-07 9"}, "special_days", "no day table 9"),
    ],
)
def test_what_is_no_timetable_is_refused_at_its_field(desk, changes, name, said):
    told = drafting(desk, **changes)
    assert told.code == 422
    assert said.split(",")[0] in fault(told, name)


def test_an_earlier_version_is_copied_into_the_next_draft(desk, books):
    page = desk.get(f"{NEW}?like=homes/2").text
    for text in typed(weekend()).values():
        assert text.split("\n")[0] in page
    assert 'value="homes"' in page
    assert 'value="homes"' not in desk.get(f"{NEW}?like=nobody/1").text
    fields = typed(rates()) | {"code": "homes", "name": "Homes", "group": "all", "from": "2028-01-01 00:00"}
    assert sent(desk, NEW, **fields).header("location").startswith("/timetables/homes/3?")
    versions = books.reader().totals(TimetableFile("homes/3")).versions
    assert versions[0].body == versions[2].body


@pytest.mark.parametrize("one", [rates(), weekend(), rates(special_days={})])
def test_what_is_typed_is_read_as_it_was_written(desk, books, one):
    fields = TYPED | typed(one)
    assert sent(desk, NEW, **fields).code == 303
    assert timetable_read(books.reader().totals(TimetableFile("shops-2/1")).version.body) == one


def test_a_step_is_told_in_the_diary_in_words(desk):
    sent(desk, "/timetables/homes/2/withdraw", reason="not now")
    assert "timetable homes/2 withdrawn" in desk.get("/diary").text
    assert 'href="/timetables/homes/2"' in desk.get("/amendments").text


def test_another_person_approves_and_the_page_says_where_its_meters_stand(desk, books):
    assert "ask somebody else" in sent(desk, "/timetables/homes/2/approve").text
    drafting(desk)
    assert "ask somebody else" in sent(desk, "/timetables/shops-2/1/approve").text
    page = desk.get("/timetables/homes/1")
    assert "goes to the meters now" in page.text
    assert '<a href="/timetables/homes/1/meters?state=refused">1</a>' in page.text
    assert "Approve</a>" not in page.text
    rows = {row[0]: row for row in desk.get("/timetables").cells()}
    assert rows["homes/1"][5:] == ["5", "0", "1", "3", "1"]
    assert rows["homes/2"][5] in {"", "\N{EN DASH}"}


def test_meters_that_have_not_switched_stand_with_their_reason(desk):
    rows = desk.get("/timetables/homes/1/meters").cells()
    assert len(rows) == 5
    (refused,) = desk.get("/timetables/homes/1/meters?state=refused").cells()
    assert NO_ROOM in refused[4]
    (waits,) = desk.get("/timetables/homes/1/meters?state=passive").cells()
    assert waits[3] == "has it, and waits for its moment"
    assert waits[4] in {"", "\N{EN DASH}"}
    assert desk.get("/timetables/homes/1/meters?format=csv").code == 200
    assert desk.get("/timetables/homes/9/meters").code == 404


def test_a_draft_is_withdrawn_with_a_reason_and_what_has_gone_out_is_not(desk, books):
    assert sent(desk, "/timetables/homes/2/withdraw").code == 422
    told = sent(desk, "/timetables/homes/2/withdraw", reason="not now")
    assert unquote(told.header("location")).startswith("/timetables/homes/2?")
    assert "Withdrawn" in desk.get("/timetables/homes/2").text
    told = sent(desk, "/timetables/homes/1/withdraw", reason="a slip")
    assert "publish the earlier rates as a new version" in told.text


@pytest.mark.parametrize(
    ("detail", "name"),
    [("days.1: no", "days"), ("special_days.2027-02-06: no", "special_days"), ("it is", None)],
)
def test_a_refusal_of_the_rates_names_its_field(detail, name):
    assert field_of(detail) == name


APPROVED = TimetableState.APPROVED


def version(number, days, state=APPROVED):
    return TimetableVersion("homes", number, "", "", "", microseconds(NOON) + days * 86_400_000_000, state)


@pytest.mark.parametrize(
    ("versions", "stands"),
    [
        ([version(1, 3, TimetableState.DRAFT)], Standing.DRAFT),
        ([version(1, 3, TimetableState.WITHDRAWN)], Standing.WITHDRAWN),
        ([version(1, 3)], Standing.NEXT),
        ([version(1, -3)], Standing.IN_FORCE),
        ([version(1, -3), version(2, -1)], Standing.REPLACED),
        ([version(1, 5), version(2, 9)], Standing.NEXT),
        ([version(1, 9), version(2, 5)], Standing.PASSED_OVER),
        ([version(1, 9), version(2, -1)], Standing.PASSED_OVER),
    ],
)
def test_a_version_stands_among_the_others(versions, stands):
    assert standing(versions[0], versions, microseconds(NOON)) is stands


def test_a_version_after_the_next_one_comes_later():
    versions = [version(1, 3), version(2, 9)]
    assert standing(versions[1], versions, microseconds(NOON)) is Standing.LATER


def test_a_day_is_drawn_without_gaps():
    for day in drawn(weekend()).days:
        ends = [one.x + one.width for one in day.stretches]
        assert [one.x for one in day.stretches] == [0, *ends[:-1]]
        assert ends[-1] == 24 * 30
