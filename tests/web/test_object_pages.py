"""The page of each thing has a summary, a timeline, what is related, and the raw record without secrets."""

import pytest

from gateway.core.authority import Function, Level
from gateway.core.views import Days
from tests.web.desk import granted, visitor
from tests.web.staffed import Staffed
from tests.web.town_desk import TownDesk

SECTIONS = ('id="summary"', 'id="timeline"', 'id="related"', 'id="raw"')


def sections_of(told) -> list[str]:
    assert told.code == 200
    return [one for one in SECTIONS if one in told.text]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    clerk = visitor("clerk", granted(Level.VIEW, Function.BANKS))
    return TownDesk(tmp_path_factory.mktemp("town"), staff={"clerk": clerk})


@pytest.fixture(scope="module")
def staffed(tmp_path_factory):
    return Staffed(tmp_path_factory.mktemp("staffed"), size=8).asked().rights_asked()


def test_a_bank_tells_its_sales_and_its_exceptions(town):
    told = town.get("/banks/east")
    assert sections_of(told) == list(SECTIONS)
    timeline = told.text.partition('id="timeline"')[2]
    assert "/sales/" in timeline
    assert "/exceptions/" in timeline


def test_a_bank_tells_no_sales_to_whoever_may_not_see_them(town):
    html = town.get("/banks/east", "clerk").text
    assert 'id="timeline"' not in html
    assert "pay/east/" not in html


def test_an_entry_tells_the_money_and_the_energy_that_it_moved(town):
    told = town.get("/entries/at/1")
    assert sections_of(told) == list(SECTIONS)
    assert "Energy booked" in told.text


def test_a_day_leads_to_its_sales_and_its_diary_and_has_its_record(town):
    day = town.town.reader.rows(Days())[0].day
    told = town.get(f"/days/{day}")
    assert [one for one in sections_of(told) if one != 'id="timeline"'] == [
        one for one in SECTIONS if one != 'id="timeline"'
    ]
    assert f"/sales?day_from={day}&amp;day_to={day}" in told.text
    assert f"/diary?day_from={day}&amp;day_to={day}" in told.text


def test_a_request_tells_who_asked_and_leads_to_what_it_is_about(staffed):
    told = staffed.desk().get("/requests/deposit/east/slip-77")
    assert sections_of(told) == list(SECTIONS)
    assert "asked for a second person" in told.text
    assert 'href="/banks/east"' in told.text.partition('id="related"')[2]


def test_a_person_s_record_has_neither_the_password_s_hash_nor_the_authenticator_s_secret(staffed):
    told = staffed.desk().get("/operators/deputy")
    assert sections_of(told) == list(SECTIONS)
    kept = staffed.operator("deputy")
    assert kept.password.reveal() not in told.text
    assert "&#34;password&#34;: true" in told.text
