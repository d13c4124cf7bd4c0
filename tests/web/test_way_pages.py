"""Ways, groups and schedules on their pages: entered, changed, brought as a list, and who keeps them."""

from dataclasses import fields

import pytest

from admin_web.forgery import form_seal
from admin_web.line_amendments import LINE_FIELDS, LINE_NOT_TOLD
from admin_web.line_words import (
    GROUP_KINDS,
    LINE_KINDS,
    RELAY_ORDERS,
    RELAY_STATES,
    REMOTE_KINDS,
    REMOTE_STATES,
    WANTS,
)
from admin_web.pages.remote_order import DEEDS
from gateway.core.amendment import Subject
from gateway.core.authority import Level
from gateway.core.contact import RelayOrder, RelayState
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.reading_plan import GroupKind, MeterGroup, ReadingSchedule, Wants
from gateway.core.remote_order import RemoteKind, RemoteOrder, RemoteState
from gateway.core.views_ways import Groups, Schedules, WayFile
from gateway.metering.keep_ways import WAYS_MAX
from tests.builders import drn
from tests.web.filed import with_files
from tests.web.filling import fault, sent
from tests.web.lined import FEEDER, meters_on_lines, with_lines
from tests.web.staffed import Staffed, only

NONCE = "n" * 24
HEAD = "meter,kind,place,address,model"


@pytest.fixture
def books(tmp_path):
    return with_lines(with_files(Staffed(tmp_path, size=12)))


@pytest.fixture
def desk(books):
    return books.desk()


def way(books, pan):
    return books.reader().totals(WayFile(branch=None, pan=pan)).row.way


def spare(books):
    """A meter that hangs, and has no way."""
    return books.buyers()[4].pan


def test_the_words_for_lines_are_whole():
    for words, kind in (
        (LINE_KINDS, LineKind), (GROUP_KINDS, GroupKind), (WANTS, Wants), (REMOTE_KINDS, RemoteKind),
        (REMOTE_STATES, RemoteState), (RELAY_ORDERS, RelayOrder),
    ):  # fmt: skip
        assert set(words) == set(kind)
    assert RELAY_STATES.keys() == {one.value for one in RelayState}
    assert len(DEEDS) == 3


@pytest.mark.parametrize(
    ("subject", "row"),
    [
        (Subject.WAY, MeterWay),
        (Subject.GROUP, MeterGroup),
        (Subject.SCHEDULE, ReadingSchedule),
        (Subject.REMOTE_ORDER, RemoteOrder),
    ],
)
def test_each_field_of_a_row_is_told_by_a_name_or_named_as_not_told(subject, row):
    told, not_told = LINE_FIELDS[subject].keys(), LINE_NOT_TOLD[subject]
    assert told | not_told == {one.name for one in fields(row)}
    assert not told & not_told


# -- ways ------------------------------------------------------------------------------------------------


def test_the_list_says_how_each_meter_is_reached(desk, books):
    one, two, three, four = meters_on_lines(books)
    rows = {row[0]: row[1:] for row in desk.get("/lines/ways").cells()}
    assert len(rows) == 5
    assert rows[two[6:17]][1:4] == ["over the network", "10.0.4.7:4059", "mill-1"]
    assert rows[two[6:17]][-2:] == ["in use", "protected"]
    assert [row[0] for row in desk.get("/lines/ways?kind=modem").cells()] == [three[6:17]]
    assert [row[0] for row in desk.get("/lines/ways?protected=yes").cells()] == [two[6:17]]
    assert [row[0] for row in desk.get("/lines/ways?place=f-7").cells()] == [FEEDER[6:17]]
    assert {one, four} < {row.pan for row in books.buyers()}


def test_a_way_is_entered_shown_changed_and_put_out_of_use(desk, books):
    pan = spare(books)
    assert "none is entered" in desk.get(f"/lines/ways/{pan}").text
    entered = {
        "meter": pan,
        "kind": "modem",
        "place": "0871 555-0188",
        "model": "dlt645-2007",
        "address": "9",
    }
    told = sent(desk, "/lines/ways/new", **entered)
    assert told.header("location").startswith(f"/lines/ways/{pan}?")
    assert way(books, pan).place == "08715550188"
    assert "0871" not in books.diary()[-1].detail + books.diary()[-1].subject
    assert sent(desk, f"/lines/ways/{pan}/keep", state="off", note="the mast is down").code == 303
    assert (way(books, pan).is_on, way(books, pan).version) == (False, 2)
    page = desk.get(f"/lines/ways/{pan}").text
    assert "out of use" in page
    assert "In use: yes → no" in page
    assert "way to meter" in desk.get("/diary").text


def test_a_meter_that_has_a_way_is_not_entered_anew(desk, books):
    one, *_ = meters_on_lines(books)
    entered = {"meter": one, "kind": "modem", "place": "1", "model": "dlt645-2007", "address": "9"}
    assert sent(desk, "/lines/ways/new", **entered).header("location").startswith(f"/lines/ways/{one}/keep")


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"meter": "123"}, "meter", "count the digits"),
        ({"meter": drn(999)}, "meter", "no such meter"),
        ({"place": "call me"}, "place", "no line leads there"),
        ({"address": "16X"}, "address", "no address of the model"),
        ({"model": ""}, "model", "Fill this in"),
        ({"measures": "f-7", "multiplier": "0"}, "multiplier", "a multiplier is 1 to"),
    ],
)
def test_a_way_that_leads_nowhere_is_refused_at_its_field(desk, books, changes, name, said):
    entered = {"meter": spare(books), "kind": "modem", "place": "1", "model": "dlt645-2007", "address": "9"}
    told = sent(desk, "/lines/ways/new", **(entered | changes))
    assert told.code == 422
    assert said in fault(told, name)


def test_a_protection_is_taken_away_with_a_reason(desk, books):
    _, two, *_ = meters_on_lines(books)
    told = sent(desk, f"/lines/ways/{two}/keep", protection="")
    assert "a reason is needed" in fault(told, "reason")
    assert sent(desk, f"/lines/ways/{two}/keep", protection="", reason="she has moved").code == 303
    assert "she has moved" in desk.get(f"/lines/ways/{two}").text


def test_the_meter_of_a_feeder_is_the_utility_s(desk, books):
    assert sent(desk, f"/lines/ways/{FEEDER}/keep", multiplier="8000").code == 303
    assert way(books, FEEDER).multiplier == 8_000
    assert "Switch the relay" not in desk.get(f"/lines/ways/{FEEDER}").text


def test_lines_are_seen_and_kept_by_whoever_may(desk, books):
    one, *_ = meters_on_lines(books)
    books.let_in("reader", only(lines=Level.VIEW))
    books.let_in("north-keeper", only(lines=Level.DO), "north")
    assert desk.get(f"/lines/ways/{one}", "reader").code == 200
    assert "Change the way" not in desk.get(f"/lines/ways/{one}", "reader").text
    for path in ("/lines/ways/new", f"/lines/ways/{one}/keep", "/lines/groups/new"):
        assert desk.get(path, "reader").code == 403
    for path in (f"/lines/ways/{one}", f"/lines/ways/{FEEDER}/keep", "/lines/groups", "/lines/schedules"):
        assert desk.get(path, "north-keeper").code == 404
    assert desk.get("/lines/ways", "north-keeper").cells() == []
    assert 'href="/lines/groups"' not in desk.get("/account", "north-keeper").text


# -- a list of ways --------------------------------------------------------------------------------------


def upload(desk, text, who="chief", **more):
    """Send a file as a browser does."""
    seal = form_seal(desk.office.gate.people[who], "/lines/ways/upload")
    file = {'file"; filename="ways.csv': text} if text else {}
    parts = {**file, "seal": seal, "nonce": NONCE, **more}
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    octets = f"{body}--b--\r\n".encode()
    head = (
        f"POST /lines/ways/upload HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill={who}\r\n"
        f"Origin: http://127.0.0.1:8080\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(octets)}\r\n\r\n"
    )
    return desk.send(head.encode() + octets)


def test_a_list_is_shown_before_it_is_kept_and_each_line_stands_by_itself(desk, books):
    one, pan = meters_on_lines(books)[0], spare(books)
    text = "\n".join((
        HEAD, f"{pan},network,10.9.9.9:1,7,dlt645-2007", f"{one},network,10.0.4.7:4059,161,dlt645-2007",
        f"{drn(999)},modem,1,7,dlt645-2007", "12,modem,1,7,dlt645-2007",
    ))  # fmt: skip
    preview = upload(desk, text)
    assert preview.code == 200
    assert "way will be entered" in preview.text
    assert "no such meter" in preview.text
    assert "this is no meter number" in preview.text
    assert books.reader().totals(WayFile(branch=None, pan=pan)).row is None, "nothing is kept yet"
    told = upload(desk, "", lines=text, step="confirm")
    assert told.header("location").startswith("/lines/ways?")
    assert way(books, pan).place == "10.9.9.9:1"
    assert "ways: 1 entered, 0 changed, 1 as they were, 1 refused" in desk.get("/diary").text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("meter,place\n1,2", "the first line does not name this column"),
        (f"{HEAD}\n12,modem,1,7,dlt645-2007", "No line of the file stands"),
        (f"{HEAD}\n{drn(999)},modem,1,7,dlt645-2007", "No line of the file stands"),
    ],
)
def test_a_file_of_which_nothing_stands_is_refused(desk, text, said):
    told = upload(desk, text)
    assert (told.code, said in told.text) == (422, True)
    assert len(desk.get("/lines/ways").cells()) == 5


def test_a_long_list_is_kept_in_portions(desk, books):
    pan = spare(books)
    lines = [f"{drn(n)},modem,1,7,dlt645-2007" for n in range(2_000, 2_000 + WAYS_MAX)]
    text = "\n".join((HEAD, *lines, f"{pan},modem,0871,7,dlt645-2007"))
    assert "way will be entered" in upload(desk, text).text
    assert upload(desk, "", lines=text, step="confirm").code == 303
    assert way(books, pan).place == "0871"
    assert [line.subject for line in books.diary()[-2:]] == [f"{WAYS_MAX} ways", "1 ways"]


# -- groups and schedules --------------------------------------------------------------------------------


def group(books, code):
    return next(one for one in books.reader().rows(Groups()) if one.code == code)


def test_a_group_is_made_of_meters_by_their_numbers_and_says_how_many_it_calls(desk, books):
    one, two, *_ = meters_on_lines(books)
    listed = {"code": "some", "name": "Some", "kind": "list", "meters": f"{one[6:17]}, {two} {two}"}
    assert sent(desk, "/lines/groups/new", **listed).code == 303
    assert group(books, "some").of == f"{one} {two}"
    page = desk.get("/lines/groups/some").text
    assert f"{one[6:17]} {two[6:17]}" in page
    assert sent(desk, "/lines/groups/some", kind="place", place="f-7").code == 303
    assert (group(books, "some").kind, group(books, "some").of) == (GroupKind.PLACE, "f-7")


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"code": "S 1"}, "code", "small letters, digits, dashes"),
        ({"code": "two"}, "code", "the code is taken"),
        ({"kind": "list", "meters": ""}, "meters", "Fill this in"),
        ({"kind": "list", "meters": "12"}, "meters", "12: a meter number has"),
        ({"kind": "branch"}, "branch", "Fill this in"),
        ({"kind": "model"}, "model", "Fill this in"),
    ],
)
def test_a_group_that_cannot_be_is_refused_at_its_field(desk, changes, name, said):
    told = sent(desk, "/lines/groups/new", **({"code": "some", "name": "Some", "kind": "all"} | changes))
    assert told.code == 422
    assert said in fault(told, name)


def test_a_meter_without_a_way_is_named(desk, books):
    pan = spare(books)
    listed = {"code": "some", "name": "Some", "kind": "list", "meters": pan}
    said = fault(sent(desk, "/lines/groups/new", **listed), "meters")
    assert (pan[6:17] in said, "no line leads to this meter" in said) == (True, True)


def schedule(books, code):
    return next(one for one in books.reader().rows(Schedules()) if one.code == code)


NEW = {
    "code": "weekly", "name": "Weekly", "group": "all", "wants": "profile", "comes": "days", "opens": "01:00",
    "closes": "05:00", "jitter": "30", **{f"day_{day}": "" for day in range(1, 7)},
}  # fmt: skip


def test_a_schedule_is_made_and_tells_its_next_moments(desk, books):
    assert sent(desk, "/lines/schedules/new", **NEW).header("location").startswith("/lines/schedules/weekly?")
    made = schedule(books, "weekly")
    assert (made.recurrence, made.weekdays, made.jitter_s) == ("days 0", "0123456", 1_800)
    page = desk.get("/lines/schedules/weekly").text
    assert "values of 2026-11-30 00:00, called from 2026-11-30 01:00 to 2026-11-30 05:00" in page
    assert "values of 2026-12-14 00:00" in page
    rows = {row[0]: row for row in desk.get("/lines/schedules").cells()}
    assert rows["weekly"][4] == "Monday"
    assert rows["monthly"][4:8] == ["on day 1 of each month", "22:00–06:00", "–", "switched off"]  # noqa: RUF001 - as shown


def test_a_schedule_is_changed_and_switched_off(desk, books):
    assert sent(desk, "/lines/schedules/nightly", comes="minutes", every="60", state="off").code == 303
    made = schedule(books, "nightly")
    assert (made.recurrence, made.is_on, made.version) == ("minutes 60", False, 2)
    assert "Next round" not in desk.get("/lines/schedules/nightly").text


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"comes": "minutes"}, "every", "minutes that divide a day"),
        ({"comes": "month", "every": "32"}, "every", "1 to 31"),
        ({"day_0": ""}, "day_0", "Tick one day"),
        ({"comes": "month", "every": "1"}, "comes", "choose what comes so"),
        ({"opens": "9"}, "opens", "hours are written as 22:00"),
        ({f"call_{day}": "" for day in range(7)}, "opens", "one weekday at least"),
        ({"jitter": "121"}, "jitter", "half of the hours"),
        ({"group": ""}, "group", "Fill this in"),
    ],
)
def test_a_schedule_that_cannot_be_carried_out_is_refused_at_its_field(desk, changes, name, said):
    told = sent(desk, "/lines/schedules/new", **(NEW | changes))
    assert told.code == 422
    assert said in fault(told, name)


@pytest.mark.parametrize(
    "path",
    ["/lines/groups/none", "/lines/schedules/none", "/lines/ways/1", "/lines/ways/x", "/lines/orders/99"],
)
def test_what_is_not_there_has_no_page(desk, path):
    assert desk.get(path).code == 404


def test_without_a_group_a_schedule_has_nothing_to_read(tmp_path):
    page = with_files(Staffed(tmp_path)).desk().get("/lines/schedules/new").text
    assert "There is no group of meters yet." in page
