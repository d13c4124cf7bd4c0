"""Meter replacing on its pages: the statement is read back, the meter replaced, the credit given out once."""

import re

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Level
from tests.builders import drn
from tests.web.departed import CAME, GONE, MILL, SPARE, with_departures
from tests.web.filling import fault, filled, sent
from tests.web.staffed import Staffed, only

PATH = f"/supply-points/{MILL}-1/replace"
SAID = {
    "meter": drn(923), "total": "0", "last_total": "3.5", "remaining": "0", "said_by": "Chen Bo",
    "where": "stock", "reason": "the display is dark", "is_test": "yes",
}  # fmt: skip


@pytest.fixture
def books(tmp_path):
    return with_departures(Staffed(tmp_path, size=12))


@pytest.fixture
def desk(books):
    return books.desk()


def found(books, table, **named):
    with books.engine.connect() as connection:
        wanted = [table.c[name] == value for name, value in named.items()]
        return connection.execute(select(table).where(*wanted)).one_or_none()


def given(desk):
    """The credit of the meter before is out: as long as it waits, no meter goes."""
    return desk.post("/departures/1/give", "chief", filled(desk, "/departures/1"))


def previewed(desk, who="chief", **changes):
    """What is sent from the preview of a form that was filled in so."""
    given(desk)
    shown = sent(desk, PATH, who, **(SAID | changes))
    assert shown.code == 200, shown.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    return shown, hidden | {"step": "confirm"}


def test_a_meter_is_replaced_once_its_statement_was_read_back(desk, books):
    shown, fields = previewed(desk)
    assert "Went out for this meter on tokens" in shown.text
    assert found(books, t.supply_point, number=f"{MILL}-1").pan == CAME
    told = desk.post(PATH, "chief", fields)
    assert told.header("location").startswith("/departures/2?")
    assert found(books, t.supply_point, number=f"{MILL}-1").pan == SPARE
    assert found(books, t.stock_meter, pan=CAME).state == "in_stock"
    line = books.diary()[-1]
    assert (line.function, line.subject) == ("replacement", f"supply point {MILL}-1")
    assert f"meter {drn(923)} instead of {drn(922)}" in desk.get("/diary").text


def test_the_credit_that_travels_is_given_out_once_and_shown(desk, books):
    assert "Old Mill" in desk.get("/departures/1").text
    assert "still waits to be given out" in sent(desk, PATH, **SAID).text
    told = given(desk)
    assert told.code == 200
    assert re.search(r"[0-9]{4} [0-9]{4} [0-9]{4} [0-9]{4} [0-9]{4}", told.text)
    sale = found(books, t.sale, key="move/1")
    assert (sale.energy_wh, sale.encoded_wh, sale.tender_minor) == (12_340, 12_400, 0)
    again = given(desk)
    assert again.header("location").startswith("/departures/1?")
    assert "the credit is given out" in desk.get("/departures/1").text
    assert desk.get(f"/sales/{sale.id}").code == 200


def test_more_than_went_out_waits_for_a_second_person(desk, books):
    shown, fields = previewed(desk, remaining="99")
    assert "a second person has to approve it" in shown.text
    told = desk.post(PATH, "chief", fields)
    assert found(books, t.supply_point, number=f"{MILL}-1").pan == CAME
    request = f"/requests/{found(books, t.approval).reference}"
    assert request in desk.get(told.header("location")).text
    html = desk.get(request, "deputy").text
    assert f"Replace meter {drn(922)} by {drn(923)}" in html
    assert "E.VOID" in html
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    assert found(books, t.supply_point, number=f"{MILL}-1").pan == SPARE


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("last_total", {"last_total": "x"}, "kWh"),
        ("last_total", {"last_total": "-1"}, "0 to"),
        ("remaining", {"remaining": "999999999"}, "No meter shows so much credit"),
        ("said_by", {"said_by": ""}, ""),
        ("reason", {"reason": ""}, ""),
        ("fitted_on", {"fitted_on": "2026-01-01"}, "90 days"),
        ("meter", {"meter": "123"}, ""),
        ("meter", {"meter": drn(922)}, "left the stock"),
        ("meter", {"meter": drn(999)}, "no such meter"),
        ("total", {"total": ""}, ""),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk, books, name, changes, said):
    given(desk)
    told = sent(desk, PATH, **(SAID | changes))
    assert told.code == 422
    assert fault(told, name)
    assert said in fault(told, name)
    assert found(books, t.supply_point, number=f"{MILL}-1").pan == CAME


def test_figures_that_changed_meanwhile_are_shown_again(desk):
    _, fields = previewed(desk)
    told = desk.post(PATH, "chief", fields | {"shown": "17"})
    assert told.code == 200
    assert "The figures are others now" in told.text


def test_who_may_not_replace_meters_finds_no_form_and_no_button(books):
    books.let_in("clerk", only(customers=Level.VIEW, replacement=Level.VIEW))
    desk = books.desk()
    assert desk.get(PATH, "clerk").code == 403
    assert "Replace the meter" not in desk.get(f"/supply-points/{MILL}-1", "clerk").text
    assert "Give the token out" not in desk.get("/departures/1", "clerk").text


def test_another_branch_sees_nothing_of_it(books):
    books.let_in("north", None, branch="north")
    desk = books.desk()
    assert desk.get(PATH, "north").code == 404
    assert desk.get("/departures/1", "north").code == 404
    assert "Old Mill" not in desk.get("/departures", "north").text


def test_the_list_leads_to_each_statement(desk):
    html = desk.get("/departures?state=waits").text
    assert "/departures/1" in html
    assert desk.get(f"/departures?pan={drn(921)}").text.count("Old Mill") == html.count("Old Mill")
    assert "Old Mill" not in desk.get("/departures?state=done").text
    assert desk.get("/departures/77").code == 404
    assert desk.get(f"/meters/{GONE}").code == 200
