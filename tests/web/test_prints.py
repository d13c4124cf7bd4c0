"""Printing: a page carries what the diary will say of it, and the line stands before the browser prints."""

import re
from dataclasses import replace
from html import unescape

import pytest

from admin_web.forgery import form_seal
from gateway.core.authority import Function, Level, Rights
from gateway.core.views_staff import Diary
from tests.web.desk import granted, visitor
from tests.web.town_desk import TownDesk


@pytest.fixture
def desk(tmp_path):
    clerk = visitor("clerk", granted(Level.VIEW, Function.SALES))
    return TownDesk(tmp_path, staff={"clerk": clerk}).enter_people("chief", "clerk")


def note_in(html: str) -> dict[str, str]:
    """What a page carries."""
    found = re.search(r'id="printing" hidden data-page="([^"]*)" data-mark="([^"]*)"', html)
    return {} if found is None else {"page": unescape(found[1]), "mark": found[2]}


def lines(desk):
    return desk.town.reader.rows(Diary(action="print"))


def test_a_list_that_is_printed_stands_in_the_diary_with_its_filters(desk):
    note = note_in(desk.get("/sales?bank=east&day_from=").text)
    assert desk.post("/print", fields=note).code == 204
    (line,) = lines(desk)
    assert (line.actor, line.function, line.subject, line.outcome) == ("chief", "sales", "/sales", "done")
    assert 'bank="east"' in line.detail
    assert line.detail.endswith("; /sales")


def test_a_token_that_is_printed_stands_under_its_sale_and_without_its_digits(desk):
    sale = desk.sale("r1")
    html = desk.post(f"/sales/{sale.id}/token").text
    assert desk.post("/print", fields=note_in(html)).code == 204
    (line,) = lines(desk)
    assert (line.function, line.subject, line.detail) == ("show_token", sale.key, "/sales/<id>/token")


def test_a_filter_that_may_hold_a_token_is_left_out(desk):
    desk.post("/print", fields=note_in(desk.get("/diary?text=1234+5678+9012+3456+7890").text))
    (line,) = lines(desk)
    assert line.detail == "/diary"


@pytest.mark.parametrize("path", ["/help", "/no-such-page", "/sales/999999"])
def test_what_shows_nothing_of_anybody_s_carries_no_note(desk, path):
    assert note_in(desk.get(path).text) == {}


def test_a_note_is_good_for_the_session_and_the_text_that_it_was_made_for(desk):
    note = note_in(desk.get("/sales?bank=east&day_from=").text)
    assert desk.post("/print", fields=note | {"page": note["page"].replace("east", "west")}).code == 404
    assert desk.post("/print", "clerk", fields=note).code == 404
    assert lines(desk) == []


def test_a_form_s_seal_is_no_note_s(desk):
    note = note_in(desk.get("/sales").text)
    chief = desk.office.gate.people["chief"]
    assert desk.post("/print", fields=note | {"mark": form_seal(chief, "/print")}).code == 404


def test_a_note_without_the_seal_of_forms_or_from_elsewhere_is_turned_away(desk):
    note = note_in(desk.get("/sales").text)
    assert desk.post("/print", fields=note, seal=False).code == 403
    assert desk.post("/print", fields=note, Origin="https://elsewhere.example").code == 403
    assert lines(desk) == []


def test_whoever_has_lost_the_right_meanwhile_prints_nothing(desk):
    note = note_in(desk.get("/sales", "clerk").text)
    gate = desk.office.gate
    gate.people["clerk"] = replace(gate.people["clerk"], rights=Rights({}))
    assert desk.post("/print", "clerk", fields=note).code == 403
    assert lines(desk) == []


def test_a_page_that_was_printed_is_told_in_the_timeline_of_its_thing(desk):
    pan = desk.sale("r1").pan
    desk.post("/print", fields=note_in(desk.get(f"/meters/{pan}").text))
    assert "Meters: printed" in desk.get(f"/meters/{pan}").text


def test_the_diary_leads_to_the_page_that_was_printed_and_leaves_the_pattern_out(desk):
    desk.post("/print", fields=note_in(desk.get("/sales?bank=east&day_from=").text))
    html = desk.get("/diary?action=print").text
    assert 'href="/sales"' in html
    assert "bank=&#34;east&#34;" in html
    assert "; /sales" not in html
