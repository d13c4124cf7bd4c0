"""A test of a meter's line on its page: who may call, what is seen of it, and what the diary has of it."""

import pytest

from admin_web.pages.way_test import REFUSALS, STANDS
from gateway.core.authority import Level
from gateway.core.contact import ContactWhy
from gateway.core.line_test import LineTest, LineTestRefusal, LineTestStands
from tests.web.filed import with_files
from tests.web.filling import sent
from tests.web.line_seen import Heard
from tests.web.line_tested import AT, KeptTests, ended, running, well
from tests.web.lined import FEEDER, meters_on_lines, with_lines
from tests.web.staffed import Staffed, only


@pytest.fixture
def books(tmp_path):
    return with_lines(with_files(Staffed(tmp_path, size=12)))


def pan_of(books):
    return meters_on_lines(books)[0]


def page_of(pan):
    return f"/lines/ways/{pan}/test"


def test_the_words_for_tests_are_whole():
    assert {*STANDS, LineTestStands.ENDED} == {*LineTestStands}
    assert REFUSALS.keys() == {*LineTestRefusal}


def test_a_meter_is_called_once_the_diary_has_a_line_of_it(books):
    tests, pan = KeptTests(), pan_of(books)
    desk = books.desk(lines=Heard(tests=tests))
    told = sent(desk, page_of(pan))
    assert (told.code, told.header("location")) == (303, page_of(pan))
    assert tests.begun == [(pan, "chief")]
    line = books.diary()[-1]
    assert (line.actor, line.function, line.subject, line.outcome) == ("chief", "lines", pan, "done")
    assert f"meter {pan[6:17]} called to test its line" in desk.get("/diary").text


def test_what_the_meter_said_is_shown_with_each_frame_and_its_meaning(books):
    pan = pan_of(books)
    answer = books.desk(lines=Heard(tests=KeptTests(ended(pan)))).get(page_of(pan))
    assert answer.cells()[0][:2] == ["What it calls itself", "000000000161"]
    rows = {row[0]: row[1:] for row in answer.cells()}
    assert rows["Total register"][0] == "112.52 kWh"
    assert rows["Relay"][1:] == ["the meter was silent", "the meter was silent for 3 s, three times"]
    assert "68 61 01 00 00 00 00 68 11 04 34 37 33 37 1C 16" in answer.text
    assert "to 000000000161: read 04000401" in answer.text
    assert "Earlier lines are left out: 12" in " ".join(answer.text.split())
    assert "hx-get" not in answer.text.partition('id="test"')[2].partition("</div>")[0], "it has ended"


def test_a_test_in_which_all_was_read_went_well(books):
    pan = pan_of(books)
    answer = books.desk(lines=Heard(tests=KeptTests(well(pan)))).get(page_of(pan))
    assert "it went well" in answer.text
    assert answer.cells()[-1][:2] == ["Relay", "closed: it has power"]


def test_a_page_looks_by_itself_how_far_a_test_is_and_keeps_no_session_alive(books):
    pan = pan_of(books)
    desk = books.desk(lines=Heard(tests=KeptTests(running(pan))))
    assert f'hx-get="{page_of(pan)}/now" hx-trigger="every 3s"' in desk.get(page_of(pan)).text
    part = desk.get(f"{page_of(pan)}/now", HX_Request="true")
    assert "is being asked" in part.text
    assert "<html" not in part.text


def test_a_meter_whose_test_runs_is_not_called_again(books):
    tests, pan = KeptTests(running(pan_of(books))), pan_of(books)
    assert sent(books.desk(lines=Heard(tests=tests)), page_of(pan)).code == 303
    assert tests.begun == []


@pytest.mark.parametrize("refusal", LineTestRefusal)
def test_what_cannot_be_begun_is_said(books, refusal):
    told = sent(books.desk(lines=Heard(tests=KeptTests(refusal=refusal))), page_of(pan_of(books)))
    assert told.code == 422
    assert REFUSALS[refusal] in told.text


def test_a_call_that_did_not_come_about_says_why(books):
    pan = pan_of(books)
    busy = LineTest(pan, "chief", AT, LineTestStands.ENDED, "line 1", AT, ContactWhy.BUSY)
    html = books.desk(lines=Heard(tests=KeptTests(busy))).get(page_of(pan)).text
    assert "the number is busy" in html
    assert "Not a word was sent or came" in html


def test_where_the_lines_run_elsewhere_the_page_says_so_and_calls_nobody(books):
    desk = books.desk()
    for told in (desk.get(page_of(pan_of(books))), sent(desk, page_of(pan_of(books)), nonce="n" * 24)):
        assert "The lines do not run in this process" in told.text
    assert "Call the meter now" not in told.text


def test_over_a_way_that_is_out_of_use_nobody_is_called(books):
    tests, pan = KeptTests(), pan_of(books)
    desk = books.desk(lines=Heard(tests=tests))
    assert sent(desk, f"/lines/ways/{pan}/keep", state="off").code == 303
    assert "its way is out of use" in sent(desk, page_of(pan), nonce="n" * 24).text
    assert tests.begun == []


def test_who_may_keep_ways_may_call_and_nobody_else(books):
    pan = pan_of(books)
    books.let_in("reader", only(lines=Level.VIEW))
    books.let_in("north-keeper", only(lines=Level.DO), "north")
    desk = books.desk(lines=Heard(tests=KeptTests()))
    assert desk.get(page_of(pan), "reader").code == 403
    assert "Test the line" not in desk.get(f"/lines/ways/{pan}", "reader").text
    for path in (page_of(pan), f"{page_of(pan)}/now", page_of(FEEDER)):
        assert desk.get(path, "north-keeper").code == 404
    assert f'href="{page_of(pan)}"' in desk.get(f"/lines/ways/{pan}").text
    assert 'href="/lines/ways">Call a meter to test its line' in desk.get("/lines").text
