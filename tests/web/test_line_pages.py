"""What lines have seen, on its pages: lines, calls, gaps, rounds, and one meter's line."""

import csv
import io

import pytest

from adapters.db.line_book import LineBook
from gateway.core.authority import Level
from gateway.core.meter_seen import Figure, MeterContact, ProfileRowKept
from tests.web.line_seen import DAY_S, HOUR_S, LINES, MIDNIGHT_S, PLACE, Heard, with_line_seen
from tests.web.staffed import Manned, only

#: What stands where there is nothing.
NONE = "\N{EN DASH}"


@pytest.fixture
def manned(tmp_path):
    made = Manned(tmp_path).sell(days=2)
    return with_line_seen(made, *pans(made)[:2])


@pytest.fixture
def desk(manned):
    return manned.desk(lines=LINES)


def pans(manned):
    return [one.pan for one in manned.buyers()]


def csv_of(desk, path):
    """The rows of a list's file, up to the empty line before what it says of itself."""
    rows = list(csv.reader(io.StringIO(desk.get(path).body.decode("utf-8-sig"))))
    return rows[1 : rows.index([])]


def wrote(manned, *notes):
    book = LineBook(manned.engine)
    book.write(notes)
    book.close()


# -- lines -----------------------------------------------------------------------------------------------


def test_lines_show_how_they_stand_and_what_they_did_today(desk):
    rows = {row[0]: row for row in desk.get("/lines").cells()}
    assert list(rows) == ["line 1", "line 2", "line 3", "line 4", "net"]
    assert rows["line 1"][1:4] == ["on a call", "a gap", NONE]
    assert rows["line 1"][4:8] == ["2", "1", "11", "CN¥1.70"]
    assert rows["line 2"][1:4] == ["free", NONE, "urgent work only"]
    assert rows["line 3"][1] == "out of service"
    assert rows["line 3"][4] == NONE
    assert rows["line 4"][1] == NONE
    html = desk.get("/lines").text
    assert "<dt>Jobs: as planned</dt><dd>1,204</dd>" in html
    assert "<dt>Jobs: urgent</dt><dd>0</dd>" in html


def test_where_the_lines_run_elsewhere_only_what_they_did_is_shown(manned):
    answer = manned.desk().get("/lines")
    assert "The lines do not run in this process" in answer.text
    assert [row[0] for row in answer.cells()] == ["line 1", "line 2", "line 4"]


def test_a_line_leads_to_its_calls(desk):
    assert 'href="/lines/calls?line=line%204"' in desk.get("/lines").text
    assert [row[1] for row in desk.get("/lines/calls?line=line+4").cells()] == ["line 4"]


def test_a_place_without_lines_says_where_they_are_set_up(tmp_path):
    html = Manned(tmp_path).desk(lines=Heard()).get("/lines").text
    assert "Lines are set up in the gateway&#39;s configuration." in html


# -- calls -----------------------------------------------------------------------------------------------


def test_calls_of_today_have_the_newest_first_and_their_sums(desk):
    answer = desk.get("/lines/calls")
    assert [row[1] for row in answer.cells()] == ["line 4", "line 2", "line 1", "line 1"]
    for said in ("2 calls", "1 call", "the call broke off", "nobody answers", "it went well"):
        assert said in answer.text
    assert "CN¥2.35" in answer.text, "the sum of them all"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("day_from=&day_to=", 5), ("end=good", 2), ("end=bad", 2), ("end=lost", 1), ("kind=urgent", 1),
        ("line=line+1", 2), ("line=nowhere", 0), ("day_from=2026-11-22&day_to=2026-11-22", 1),
    ],
)  # fmt: skip
def test_calls_are_narrowed_down(desk, asked, count):
    assert len(desk.get(f"/lines/calls?{asked}").cells()) == count


def test_calls_are_taken_away_as_a_file(desk):
    rows = csv_of(desk, "/lines/calls?format=csv")
    assert len(rows) == 4
    assert PLACE in rows[0]


# -- gaps ------------------------------------------------------------------------------------------------


def test_gaps_have_the_oldest_first_with_their_reason_and_their_age(desk, manned):
    answer = desk.get("/lines/gaps")
    rows = answer.cells()
    assert [row[3] for row in rows] == ["night"] * 3
    assert [row[5] for row in rows] == ["the number is busy", "the gateway did not run", "nobody answers"]
    assert [row[6] for row in rows] == ["1 day", "1 day", "4 hours"]
    assert f'href="/meters/{pans(manned)[0]}/line"' in answer.text
    assert "1 value" in answer.text


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("state=lost", 1), ("state=waiting", 0), ("why=busy", 1), ("why=not_there", 1), ("schedule=night", 3),
        ("schedule=hourly", 0), ("age=1", 2), ("age=7", 0), ("day_from=2026-11-23", 1),
    ],
)  # fmt: skip
def test_gaps_are_narrowed_down(desk, asked, count):
    assert len(desk.get(f"/lines/gaps?{asked}").cells()) == count


def test_gaps_of_one_meter_are_asked_for_by_its_number(desk, manned):
    assert len(desk.get(f"/lines/gaps?pan={pans(manned)[0]}").cells()) == 2


def test_gaps_are_taken_away_as_a_file(desk):
    assert len(csv_of(desk, "/lines/gaps?format=csv")) == 3


# -- rounds ----------------------------------------------------------------------------------------------


def test_rounds_have_the_newest_first_and_say_what_is_left(desk):
    rows = desk.get("/lines/rounds").cells()
    assert [row[2] for row in rows] == ["gaps are left", "something is lost", "carried out from here on"]
    assert [row[3:7] for row in rows] == [
        ["40", "1", "39", "0"], ["40", "0", "39", "1"], [NONE, NONE, NONE, NONE],
    ]  # fmt: skip
    assert 'href="/lines/gaps?schedule=night"' in desk.get("/lines/rounds").text


@pytest.mark.parametrize(
    ("asked", "count"),
    [("left=yes", 2), ("left=no", 1), ("schedule=night", 3), ("schedule=x", 0), ("day_from=2026-11-23", 1)],
)
def test_rounds_are_narrowed_down(desk, asked, count):
    assert len(desk.get(f"/lines/rounds?{asked}").cells()) == count


# -- one meter -------------------------------------------------------------------------------------------


def test_a_meter_s_line_says_how_it_is_reached_and_how_the_last_contact_ended(desk, manned):
    html = desk.get(f"/meters/{pans(manned)[0]}/line").text
    for said in (
        PLACE,
        "a modem dials",
        "dlt645-2007",
        "the call broke off",
        "7 s behind",
        "closed: it has power",
    ):
        assert said in html, said
    for said in ("the cover was opened", "its clock was set", "by 7 s", "1,178.0 kWh", "800.0 kWh"):
        assert said in html, said
    assert html.count("the number is busy") == 2, "of the gap, and of the call"


def test_a_meter_s_page_leads_to_its_line(desk, manned):
    pan = pans(manned)[0]
    assert f'href="/meters/{pan}/line"' in desk.get(f"/meters/{pan}").text


def test_the_load_profile_of_the_last_day_is_drawn_and_told(desk, manned):
    html = desk.get(f"/meters/{pans(manned)[0]}/line").text
    assert "2026-11-22" in html
    assert "energy-total: what came in each period" in html
    assert "voltage-a: as it stood" in html
    # Of the hour up to midnight 24² less 23² tenths, in hundredths of a kWh; of the first one 1.
    assert "00:00 4.7 kWh" in html
    assert "01:00 0.1 kWh" in html
    assert html.count("<rect") == 48
    assert "220.8 V" in html
    assert "power was lost" in html


def test_another_day_of_the_profile_may_be_asked_for(desk, manned):
    pan = pans(manned)[0]
    html = desk.get(f"/meters/{pan}/line?day=2026-11-20").text
    assert "No row of this day was read." in html
    assert f'href="/meters/{pan}/line?day=2026-11-19#profile"' in html
    assert "Write the day as year, month and day" in desk.get(f"/meters/{pan}/line?day=soon").text


def test_a_register_that_goes_back_is_drawn_as_it_stood(desk, manned):
    pan = pans(manned)[1]
    rows = [ProfileRowKept(pan, MIDNIGHT_S - DAY_S + n * HOUR_S, (Figure("p", figure, 0, "Wh"),), "")
            for n, figure in ((1, 5_000), (2, 4_000), (3, -10))]  # fmt: skip
    wrote(manned, *rows)
    html = desk.get(f"/meters/{pan}/line").text
    assert "p: as it stood" in html
    assert 'height="80"' in html
    assert 'height="0"' in html


def test_a_meter_that_nobody_calls_says_so(desk, manned):
    html = desk.get(f"/meters/{pans(manned)[2]}/line").text
    assert "no way to it is kept: nobody calls it" in html
    assert "there was none yet" in html


def test_a_meter_that_answers_has_no_other_good_contact(desk, manned):
    pan = pans(manned)[2]
    wrote(manned, MeterContact(pan, 5, off_s=0))
    html = desk.get(f"/meters/{pan}/line").text
    assert "it went well" in html
    assert "Went well last" not in html
    assert "it is right" in html


@pytest.mark.parametrize("path", ["/meters/000/line", "/meters/x/line"])
def test_a_meter_that_there_is_not_has_no_line(desk, path):
    assert desk.get(path).code == 404


def test_who_may_not_see_lines_sees_none(manned, desk):
    manned.let_in("clerk", only(meters=Level.VIEW))
    manned.let_in("reader", only(lines=Level.VIEW))
    pan = pans(manned)[0]
    for path in ("/lines", "/lines/calls", "/lines/gaps", "/lines/rounds", f"/meters/{pan}/line"):
        assert desk.get(path, "clerk").code == 403, path
        assert desk.get(path, "reader").code == 200, path
    assert f"/meters/{pan}/line" not in desk.get(f"/meters/{pan}", "clerk").text


def test_a_branch_sees_the_calls_and_gaps_of_its_own_meters(manned, desk):
    manned.people.branch("north")
    manned.let_in("north-1", branch="north")
    assert desk.get("/lines", "north-1").code == 404
    assert desk.get("/lines/rounds", "north-1").code == 404
    assert desk.get("/lines/gaps", "north-1").cells() == []
    assert desk.get("/lines/calls", "north-1").cells() == []
    assert desk.get(f"/meters/{pans(manned)[0]}/line", "north-1").code == 404
