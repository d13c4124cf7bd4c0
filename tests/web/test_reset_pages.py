"""Reset for selling on its pages: what follows is read back, a lost token goes out once, two decide."""

import re

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Level
from gateway.core.token import TokenDigits
from tests.builders import identity
from tests.resets import takes, wall
from tests.web.departed import with_departures
from tests.web.filling import fault, filled, sent
from tests.web.reset import METER, PAID, with_purchase
from tests.web.staffed import Staffed, only

PATH = f"/meters/{METER}/reset"
SAID = {
    "found": "lost", "credits": "0", "evidence": "photo", "reference": "photo 12 of Chen Bo",
    "reason": "the meter says that the token is not for it",
}  # fmt: skip
DIGITS = re.compile(r"[0-9]{4} [0-9]{4} [0-9]{4} [0-9]{4} [0-9]{4}")


@pytest.fixture
def books(tmp_path):
    return with_purchase(with_departures(Staffed(tmp_path, size=12)))


@pytest.fixture
def desk(books):
    return books.desk()


def rows(books, table, **named):
    with books.engine.connect() as connection:
        wanted = [table.c[name] == value for name, value in named.items()]
        return connection.execute(select(table).where(*wanted)).all()


def sale_path(books):
    (sale,) = rows(books, t.sale, key=PAID)
    return f"/sales/{sale.id}"


def hidden(told):
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', told.text)
    return dict(found) | {"step": "confirm"}


def confirmed(desk, who="chief", **changes):
    """What comes of a form that was filled in so and confirmed."""
    told = sent(desk, PATH, who, **(SAID | changes))
    assert told.code == 200, told.text
    return desk.post(PATH, who, hidden(told))


def test_a_lost_purchase_goes_out_once_more_and_the_sale_tells_which_token_stands(desk, books):
    before = rows(books, t.token)
    told = confirmed(desk)
    assert told.code == 200
    new = DIGITS.search(told.text).group()
    (old,) = [one.digits for one in before if one.sale_id == int(sale_path(books).rpartition("/")[2])]
    assert new.replace(" ", "") != old
    digits = [TokenDigits(old), TokenDigits(new.replace(" ", ""))]
    assert takes(wall(identity(922)), *digits) == 1
    html = desk.get(sale_path(books)).text
    assert "Token that was replaced" in html
    assert f"**** {new[-4:]}" in html
    assert f"**** {old[-4:]}" in html
    assert "photo 12 of Chen Bo" in html
    assert SAID["reason"] in html
    assert rows(books, t.token) == before
    shown = desk.post(f"{sale_path(books)}/token", "chief", filled(desk, sale_path(books)))
    assert new in shown.text
    asked = desk.get("/find-token?reference=mill-1").text
    assert "another one stands in its place" in asked
    assert new[-4:] in asked


def test_the_same_form_sent_again_shows_the_same_token(desk):
    told = sent(desk, PATH, **SAID)
    first, second = (desk.post(PATH, "chief", hidden(told)) for _ in range(2))
    assert DIGITS.search(first.text).group() == DIGITS.search(second.text).group()
    again = sent(desk, PATH, **SAID)
    assert again.code == 422
    assert "found to be lost already" in fault(again, "found")


def test_what_is_in_the_meter_is_booked_and_told_on_the_meter(desk, books):
    told = confirmed(desk, found="taken", credits="1")
    assert told.header("location").startswith(f"/meters/{METER}?")
    html = desk.get(f"/meters/{METER}").text
    assert "the last purchase was in the meter" in html
    assert "known in the meter: 0.0 kWh, then 204.7 kWh" in html
    line = books.diary()[-1]
    assert (line.function, line.subject) == ("resets", PAID)
    assert "1 of 1 credits taken" in desk.get("/diary").text


def test_the_preview_says_what_follows_and_posts_nothing(desk, books):
    lost = sent(desk, PATH, **SAID).text
    assert "never both" in lost
    assert "No money is posted. Giving out the new token books one entry of energy" in lost
    taken = sent(desk, PATH, **(SAID | {"found": "taken", "credits": ""})).text
    assert "E.LOADED" in taken
    assert "It is blocked for selling" in sent(desk, PATH, **(SAID | {"credits": "2"})).text
    assert rows(books, t.sale_reset) == []


def test_somebodys_word_waits_for_a_second_person_who_gives_nothing_out_herself(desk, books):
    told = sent(desk, PATH, **(SAID | {"evidence": "said", "credits": ""}))
    assert "A second person has to approve it" in told.text
    asked = desk.post(PATH, "chief", hidden(told))
    request = asked.header("location").partition("?")[0]
    assert rows(books, t.sale_reset) == []
    html = desk.get(request, "deputy").text
    assert "its last purchase is lost" in html
    assert "Somebody says so, nothing was seen" in html
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    assert [one.outcome for one in rows(books, t.sale_reset)] == ["lost"]
    html = desk.get(sale_path(books)).text
    assert "still to be given out once more" in html
    assert "to be made once more" in desk.get("/find-token?reference=mill-1").text
    given = desk.post(f"{sale_path(books)}/again", "chief", filled(desk, sale_path(books)))
    assert DIGITS.search(given.text)
    again = desk.post(f"{sale_path(books)}/again", "chief", filled(desk, sale_path(books)))
    assert again.header("location").startswith(sale_path(books))


def test_a_meter_that_has_taken_too_much_is_blocked_and_freed_by_two(desk, books):
    confirmed(desk, credits="5")
    assert [one.state for one in rows(books, t.meter, pan=METER)] == ["blocked"]
    (note,) = rows(books, t.exception_note, kind="counter_ahead")
    html = desk.get(f"/exceptions/{note.id}").text
    assert "5 credits taken, 1 sold" in html
    refused = sent(desk, PATH, **(SAID | {"found": "taken", "credits": "1"}))
    assert "tick that it may be sold to again" in fault(refused, "free")
    told = sent(desk, PATH, **(SAID | {"found": "taken", "credits": "1", "free": "yes"}))
    asked = desk.post(PATH, "chief", hidden(told))
    request = asked.header("location").partition("?")[0]
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    assert [one.state for one in rows(books, t.meter, pan=METER)] == ["active"]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("found", {"found": ""}),
        ("credits", {"credits": "1"}),
        ("credits", {"credits": "999999"}),
        ("evidence", {"evidence": ""}),
        ("reference", {"reference": ""}),
        ("time", {"time": "noon"}),
        ("time", {"time": "08:00"}),
        ("time", {"time": "23:59"}),
        ("reason", {"reason": ""}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk, books, name, changes):
    told = sent(desk, PATH, **(SAID | changes))
    assert told.code == 422
    assert fault(told, name)
    assert rows(books, t.sale_reset) == []


def test_whoever_comes_from_an_older_sale_is_told_which_one_is_the_last(desk):
    assert "only the last is reset" in desk.get(f"{PATH}?sale=1").text
    assert "/reset?sale=" in desk.get(desk.get("/search?q=mill-1").header("location")).text


def test_a_meter_without_a_purchase_has_nothing_to_reset(desk, books):
    (other,) = rows(books, t.meter, pan=identity(921).pan)
    assert desk.get(f"/meters/{other.pan}/reset").code == 404
    bought = {row.meter_id for row in rows(books, t.token)}
    free = next(one.pan for one in rows(books, t.meter) if one.id not in bought and one.state == "active")
    assert "nothing can be reset" in desk.get(f"/meters/{free}/reset").text


def test_a_lost_token_is_found_by_its_last_digits_as_the_first_one_is(desk, books):
    new = DIGITS.search(confirmed(desk).text).group()
    found = desk.post("/search", "chief", filled(desk, "/search", q=new))
    assert found.header("location") == sale_path(books)
    ends = desk.post("/search", "chief", filled(desk, "/search", q=new[-4:]))
    assert sale_path(books) in f"{ends.text} {ends.header('location')}"


def test_who_may_not_reset_finds_no_form_and_no_button(books):
    books.let_in("clerk", only(meters=Level.VIEW, sales=Level.VIEW, resets=Level.VIEW))
    desk = books.desk()
    assert desk.get(PATH, "clerk").code == 403
    assert "Reset for selling" not in desk.get(f"/meters/{METER}", "clerk").text
    assert "Reset for selling" not in desk.get(sale_path(books), "clerk").text


def test_another_branch_sees_nothing_of_it(books):
    books.let_in("north", None, branch="north")
    desk = books.desk()
    assert desk.get(PATH, "north").code == 404
    assert desk.post(f"{sale_path(books)}/again", "north", {}).code in {403, 404}
