"""Readings on their pages: entered one by one, brought back by a file; routes, inspections, branches."""

import csv
import io

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from adapters.db.seen_rows import write_seen
from admin_web.forgery import form_seal
from admin_web.pages.reading_route import COLUMNS
from gateway.core.authority import Level
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.timeline import microseconds
from gateway.core.views_readings import Readings
from gateway.office.reading_lines import NEEDED, OF_ROUTE, OTHERS
from tests.builders import NOON, drn, identity
from tests.web.staffed import Manned, only

NONCE = "n" * 24
HEAD = "meter,taken,total,rate_1,status,credit,credits,reader,note"


@pytest.fixture
def manned(tmp_path):
    return Manned(tmp_path).sell(days=2)


@pytest.fixture
def desk(manned):
    return manned.desk()


def buyer(manned, number=0):
    return manned.buyers()[number].pan


def form(**changes):
    usual = {
        "day": "2026-11-23", "time": "11:00", "total": "1234.5", "credit": "", "credits": "",
        "source": "manual", "reader": "Chen", "note": "", "reason": "", "nonce": NONCE,
    }  # fmt: skip
    return usual | changes


def entered(desk, pan, who="chief", **changes):
    return desk.post(f"/meters/{pan}/read", who, form(step="confirm", **changes))


def readings(manned, **asked):
    return [row.reading for row in manned.reader().rows(Readings(**({"branch": None} | asked)))]


def upload(desk, text, who="chief", **fields):
    """Send a file as a browser does."""
    seal = form_seal(desk.office.gate.people[who], "/readings/upload")
    parts = {'file"; filename="back.csv': text, "seal": seal, "nonce": NONCE, **fields}
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    octets = f"{body}--b--\r\n".encode()
    head = (
        f"POST /readings/upload HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill={who}\r\n"
        f"Origin: http://127.0.0.1:8080\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(octets)}\r\n\r\n"
    )
    return desk.send(head.encode() + octets)


# -- one meter -------------------------------------------------------------------------------------------


def test_a_reading_is_read_back_before_it_is_taken(desk, manned):
    pan = buyer(manned)
    told = desk.post(f"/meters/{pan}/read", "chief", form(seal_broken="yes", credit="12.5"))
    assert told.code == 200
    assert "Nothing has been done yet" in told.text
    assert "E.LOADED" in told.text
    assert readings(manned) == []
    told = entered(desk, pan, seal_broken="yes", credit="12.5")
    assert (told.code, told.header("location").partition("?")[0]) == (303, f"/meters/{pan}/readings")
    (reading,) = readings(manned)
    assert (reading.shown.total_wh, reading.shown.credit_wh) == (1_234_500, 12_500)
    assert reading.told.reader == "Chen"
    assert [one.value for one in reading.shown.status] == ["seal_broken"]
    assert reading.by == "chief"
    line = manned.diary()[-1]
    assert (line.subject, line.function) == (pan, "readings")


def test_the_meter_s_page_leads_to_its_readings_and_its_form(desk, manned):
    pan = buyer(manned)
    html = desk.get(f"/meters/{pan}").text
    assert f'href="/meters/{pan}/readings"' in html
    assert f'href="/meters/{pan}/read"' in html


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": "2026-11-24"}, "day"),
        ({"day": "yesterday"}, "day"),
        ({"day": "2026-11-22"}, "day"),
        ({"time": "25:00"}, "time"),
        ({"total": "much"}, "total"),
        ({"total": ""}, "total"),
        ({"total": "-5"}, "total"),
        ({"total": "999999999"}, "total"),
        ({"time": "11:30", "total": "1200"}, "total"),
        ({"time": "11:30", "total": "9999"}, "total"),
        ({"credits": "some"}, "credits"),
        ({"credits": "100000"}, "credits"),
        ({"credit": "999999999"}, "credit"),
        ({"source": "remote"}, "source"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk, manned, changes, field):
    pan = buyer(manned)
    entered(desk, pan, nonce="m" * 24)
    told = desk.post(f"/meters/{pan}/read", "chief", form(**changes))
    assert told.code == 422
    assert f'id="w-{field}"' in told.text
    assert len(readings(manned)) == 1


@pytest.mark.parametrize(("total", "said"), [("1200", "less than before"), ("9999", "more than it can")])
def test_what_can_hardly_be_is_explained_on_the_form_itself(desk, manned, total, said):
    pan = buyer(manned)
    entered(desk, pan, nonce="m" * 24)
    told = desk.post(f"/meters/{pan}/read", "chief", form(time="11:30", total=total)).text
    assert said in told
    assert "say below why it is so all the same" in told
    assert "by hand and" not in told


def test_a_register_that_rolled_over_is_marked_in_the_form_and_in_a_file(desk, manned):
    pan = buyer(manned)
    fill_up(manned, pan, desk)
    html = desk.post(f"/meters/{pan}/read", "chief", form(time="11:30", total="3")).text
    assert "rolled over: Total register" in html
    told = upload(desk, f"{HEAD}\n{pan},2026-11-23 11:30,3,,,,,,").text
    assert "rolled over: Total register" in told
    assert "7.5 kWh" in told


def test_a_reader_who_insists_has_his_reading_kept_as_doubtful(desk, manned):
    pan = buyer(manned)
    entered(desk, pan, nonce="m" * 24)
    lower = {"time": "11:30", "total": "1200"}
    told = desk.post(f"/meters/{pan}/read", "chief", form(**lower, reason="it was repaired"))
    assert "kept as doubtful" in told.text
    assert entered(desk, pan, **lower, reason="it was repaired").code == 303
    assert [one.state.value for one in readings(manned)] == ["doubtful", "accepted"]
    html = desk.get(f"/meters/{pan}/readings").text
    assert "doubtful" in html
    assert "a doubtful reading" in desk.get("/inspections").text


def test_the_same_form_sent_twice_is_one_reading(desk, manned):
    pan = buyer(manned)
    assert entered(desk, pan).code == entered(desk, pan).code == 303
    assert len(readings(manned)) == 1


def test_what_was_used_is_told_day_by_day(desk, manned):
    pan = buyer(manned)
    entered(desk, pan, day="2026-11-13", total="100", nonce="a" * 24)
    entered(desk, pan, day="2026-11-23", total="130", nonce="b" * 24)
    told = desk.get(f"/meters/{pan}/readings")
    assert "30.0 kWh" in told.text
    assert "3.0 kWh" in told.text
    assert "data-chart" in told.text


# -- lists -----------------------------------------------------------------------------------------------


def test_readings_are_listed_and_narrowed_down(desk, manned):
    entered(desk, buyer(manned), nonce="a" * 24)
    entered(desk, buyer(manned, 1), nonce="b" * 24, relay_open="yes")
    assert len(desk.get("/readings").cells()) == 2
    for asked, count in (
        (f"pan={buyer(manned)}", 1), ("state=doubtful", 0), ("source=manual", 2), ("seen=yes", 1),
        ("day_from=2026-11-24", 0), ("day_to=2026-11-23", 2), ("account_no=nobody", 0),
    ):  # fmt: skip
        assert len(desk.get(f"/readings?{asked}").cells()) == count, asked
    octets = desk.get("/readings?format=csv").body
    assert b"1234.500" in octets


def test_who_may_only_see_readings_enters_none(desk, manned):
    manned.let_in("clerk", only(readings=Level.VIEW))
    pan = buyer(manned)
    entered(desk, pan)
    assert desk.get("/readings", "clerk").code == 200
    assert desk.get(f"/meters/{pan}/readings", "clerk").code == 200
    assert "Bring readings back" not in desk.get("/readings", "clerk").text
    for path in (f"/meters/{pan}/read", f"/meters/{pan}/inspect", "/readings/route", "/readings/upload"):
        assert desk.get(path, "clerk").code == 403
    manned.let_in("nobody", only(sales=Level.VIEW))
    assert desk.get("/readings", "nobody").code == 403


def test_a_branch_sees_and_reads_its_own_meters_alone(desk, manned):
    manned.people.branch("north")
    manned.let_in("north-1", branch="north")
    mine, other = buyer(manned), buyer(manned, 1)
    account = next(one.account_no for one in manned.buyers() if one.pan == mine)
    with manned.engine.begin() as connection:
        is_mine = t.customer.c.account_no == account
        connection.execute(update(t.customer).where(is_mine).values(branch="north"))
    hers = {one.pan for one in manned.buyers() if one.account_no == account}
    entered(desk, other, nonce="a" * 24)
    assert entered(desk, mine, "north-1", nonce="b" * 24).code == 303
    assert len(desk.get("/readings", "north-1").cells()) == 1
    for path in ("read", "readings", "inspect"):
        assert desk.get(f"/meters/{other}/{path}", "north-1").code == 404
    text = f"{HEAD}\n{other},2026-11-23 11:30,1300,,,,,,"
    assert "another branch" in upload(desk, text, "north-1").text
    rows = desk.get("/readings/route?branch=", "north-1").cells()
    assert 0 < len(rows) <= len(hers)


@pytest.mark.parametrize(
    "path", ["/meters/000/readings", "/meters/x/read", f"/meters/{identity(999).pan}/inspect"]
)
def test_a_meter_that_is_not_there_has_no_page(desk, path):
    assert desk.get(path).code == 404


# -- inspections -----------------------------------------------------------------------------------------


def test_a_meter_that_is_suspected_leaves_the_list_once_it_was_seen(desk, manned):
    pan = buyer(manned)
    entered(desk, pan, cover_opened="yes")
    (row,) = desk.get("/inspections").cells()
    assert row[1] == "the cover was opened"
    path = f"/meters/{pan}/inspect"
    blank = desk.get(path).text
    reading = blank.partition('name="reading" value="')[2].partition('"')[0]
    fields = {"finding": "in_order", "reason": "the wind", "reading": reading, "nonce": "i" * 24}
    assert desk.post(path, "chief", fields | {"finding": ""}).code == 422
    assert desk.post(path, "chief", fields | {"reason": ""}).code == 422
    stale = desk.post(path, "chief", fields | {"reading": "7"})
    assert "somebody else has changed it meanwhile" in stale.text
    assert desk.post(path, "chief", fields).code == 303
    assert desk.get("/inspections").cells() == []
    html = desk.get(f"/meters/{pan}/readings").text
    assert "the wind" in html
    assert manned.diary()[-1].detail.startswith("the wind")


def test_what_a_line_told_of_a_meter_is_said_in_words_and_nothing_twice(desk, manned):
    pan, events = buyer(manned), (EventKind.COVER_OPENED, EventKind.OVER_CREDITS, EventKind.WRONG_METER)
    entered(desk, pan, cover_opened="yes", credits="9")
    with manned.engine.begin() as connection:
        write_seen(connection, [MeterEvent(pan, microseconds(NOON) - 1, kind) for kind in events])
    said = "more credits taken than went out, the cover was opened, another meter answered at its place"
    (row,) = desk.get("/inspections?why=noticed").cells()
    assert row[1] == said
    assert said in desk.get(f"/meters/{pan}/inspect").text
    assert desk.get("/inspections?why=idle").cells() == []


def test_meters_that_nobody_has_read_are_asked_for_by_that_reason(desk):
    assert desk.get("/inspections").cells() == []
    assert len(desk.get("/inspections?why=unread").cells()) > 1


# -- routes and files ------------------------------------------------------------------------------------


def taken_out(desk, who="chief", **chosen):
    said = {"branch": "", "area": "", "feeder": "", "since": ""} | chosen
    told = desk.post("/readings/route", who, said | {"nonce": NONCE})
    assert told.code == 200, told.text
    return told, list(csv.DictReader(io.StringIO(told.body.decode("utf-8-sig"))))


def test_a_route_is_taken_out_as_a_file_that_can_come_back(desk, manned):
    pan = buyer(manned)
    entered(desk, pan, total="1000")
    told, rows = taken_out(desk)
    assert "route-2026-11-23.csv" in told.header("content-disposition")
    assert tuple(rows[0]) == COLUMNS
    assert set(COLUMNS) == {*NEEDED, *OTHERS, *OF_ROUTE}
    mine = next(row for row in rows if row["meter"] == drn_of(pan))
    assert (mine["last_total"], mine["expected_from"], mine["total"]) == ("1000.000", "1000.000", "")
    line = manned.diary()[-1]
    assert (line.action, line.subject) == ("export", "route")
    assert "sha256" in line.detail
    # Nothing of it was read: nothing comes back.
    assert "there is no reading in the file" in upload(desk, told.body.decode("utf-8-sig")).text
    mine |= {"taken": "2026-11-23 11:30", "total": "1010.25", "reader": "Chen"}
    back = io.StringIO()
    writer = csv.DictWriter(back, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    told = upload(desk, back.getvalue())
    assert told.code == 200
    assert "10.25 kWh" in told.text
    assert upload(desk, "", lines=back.getvalue(), step="confirm").code == 303
    assert readings(manned, pan=pan)[0].shown.total_wh == 1_010_250


def drn_of(pan):
    return pan[6:17] if pan.startswith("600727") else pan[4:17]


def test_a_route_tells_no_reading_that_no_register_shows(desk, manned):
    pan = buyer(manned)
    fill_up(manned, pan, desk)
    _, rows = taken_out(desk)
    mine = next(row for row in rows if row["meter"] == drn_of(pan))
    assert (mine["expected_from"], mine["expected_to"]) == ("99999995.500", "99999999.000")
    assert "99,999,999.0 kWh" in desk.get("/readings/route?branch=").text


def fill_up(manned, pan, desk):
    """Let the meter show nearly all that its register can."""
    with manned.engine.begin() as connection:
        wanted = t.fitting.c.pan == pan
        connection.execute(update(t.fitting).where(wanted).values(registers='[["total", 99999995500]]'))
    told = entered(desk, pan, nonce="m" * 24, time="10:00", total="99999995.5")
    assert told.code == 303, told.text


def test_what_a_route_tells_runs_as_no_formula(desk, manned):
    with manned.engine.begin() as connection:
        connection.execute(update(t.supply_point).values(address="=1+1"))
        connection.execute(update(t.customer).values(name="@evil"))
    _, rows = taken_out(desk)
    assert {row["address"] for row in rows} == {"'=1+1"}
    assert {row["customer"] for row in rows} == {"'@evil"}


def test_a_route_leaves_out_what_was_read_since(desk, manned):
    _, every = taken_out(desk)
    entered(desk, buyer(manned), total="1000")
    _, rows = taken_out(desk, since="2026-11-23")
    assert len(rows) == len(every) - 1
    assert len(desk.get("/readings/route?since=2026-11-23").text) > 0


def test_each_line_of_a_file_stands_or_falls_by_itself(desk, manned):
    pan, other = buyer(manned), buyer(manned, 1)
    entered(desk, pan, time="10:00", total="1000")
    text = "\n".join([
        HEAD,
        f"{pan},2026-11-23 11:00,1010,,seal_broken relay_open,12.5,3,Chen,",
        f"{drn(998)},2026-11-23 11:00,1010,,,,,,",
        f"{other},2026-11-24 11:00,1010,,,,,,",
        f"{other},2026-11-23 11:00,70,,,,,,",
        f"{other},2026-11-23 11:30,60,,,,,,",
        f"{pan},2026-11-23 10:00,1000,,,,,Chen,",
        f"{other},2026-11-23 11:00,71,,,,,,",
        f"{pan},2026-11-23 11:30,9999,,,,,,",
        "123,2026-11-23 11:00,1,,,,,,",
        f"{pan},noon,1,,,,,,",
        f"{pan},2026-11-23 11:40,much,,,,,,",
        f"{pan},2026-11-23 11:40,1020,-1,,,,,",
        f"{pan},2026-11-23 11:40,1020,,fine,,,,",
        f"{pan},2026-11-23 11:40,1020,,,lots,,,",
        f"{pan},2026-11-23 11:40,1020,,,,-1,,",
        f"{pan},2026-11-23 11:40,1020",
        f"{pan},,,,,,,,",
    ])  # fmt: skip
    told = upload(desk, text)
    assert told.code == 200
    refused = {row[0]: (row[1], row[3]) for row in told.cells()}
    assert sorted(refused, key=int) == ["3", "4", "6", "8", "9", *map(str, range(10, 18))]
    assert "no such meter" in refused["3"][1]
    assert "lies ahead" in refused["4"][1]
    assert "less than before" in refused["6"][1]
    assert "another reading of this moment" in refused["8"][1]
    assert "more than it can" in refused["9"][1]
    assert [refused[str(n)][0] for n in range(10, 17)] == [
        "meter", "taken", "total", "rate_1", "status", "credit", "credits",
    ]  # fmt: skip
    assert len(readings(manned)) == 1
    assert upload(desk, "", lines=text, step="confirm").code == 303
    assert len(readings(manned)) == 3
    # The same file again changes nothing, whoever brings it.
    assert upload(desk, "", "deputy", lines=text.replace("\n", "\r\n"), step="confirm").code == 303
    assert len(readings(manned)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Fill this in"),
        (HEAD, "there is no reading in the file"),
        ("meter,total\n1,2", "does not name this column"),
        (f"{HEAD},colour\n1,2,3,,,,,,,red", "there is no column of this name"),
        (f"{HEAD}\n" + "07000000016,2026-11-23 11:00,1,,,,,,\n" * 1_001, "1000 readings at most"),
        (f"{HEAD}\n123,2026-11-23 11:00,1,,,,,,", "No line of the file stands"),
        (f"{HEAD}\n{drn(998)},2026-11-23 11:00,1,,,,,,", "No line of the file stands"),
    ],
)
def test_a_file_of_which_nothing_stands_is_refused_with_the_cure(desk, text, said):
    told = upload(desk, text)
    assert told.code == 422
    assert said in told.text


def test_a_file_with_semicolons_may_have_commas_before_decimals(desk, manned):
    pan = buyer(manned)
    text = f"meter;taken;total\n{pan};2026-11-23 11:00;1010,5\n"
    assert upload(desk, "", lines=text, step="confirm").code == 303
    assert readings(manned)[0].shown.total_wh == 1_010_500
