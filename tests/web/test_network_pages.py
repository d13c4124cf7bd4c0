"""The network's dictionary on its pages: the list, a new place, a change, and whose it is to keep."""

import pytest

from gateway.core.authority import Level
from tests.web.filed import with_files
from tests.web.filling import fault, sent
from tests.web.staffed import Staffed, only

NEW = "/network/new"
MILL = {"kind": "transformer", "code": "t-1", "name": "Mill <1>", "parent": "f-7"}


@pytest.fixture
def books(tmp_path):
    return with_files(Staffed(tmp_path, size=12))


@pytest.fixture
def desk(books):
    return books.desk()


def test_a_place_is_entered_changed_and_used_no_more(desk, books):
    assert sent(desk, NEW, **MILL).header("location").startswith("/network?")
    assert [row[0] for row in desk.get("/network?kind=transformer").cells()] == ["t-1"]
    assert "Mill &lt;1&gt;" in desk.get("/network").text
    assert sent(desk, "/network/t-1", name="Old mill", state="unused").code == 303
    assert [row[2] for row in desk.get("/network?state=unused").cells()] == ["Old mill"]
    line = books.diary()[-1]
    assert (line.function, line.subject, line.detail) == ("dictionary", "t-1", "transformer t-1: corrected")
    assert "Transformer t-1: Corrected" in desk.get("/diary").text


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"kind": ""}, "kind", "Fill this in"),
        ({"code": "T 1"}, "code", "small letters, digits, dashes"),
        ({"code": "f-7"}, "code", "the code is taken"),
        ({"name": ""}, "name", "Fill this in"),
        ({"parent": ""}, "parent", "a transformer to a feeder"),
        ({"parent": "east"}, "parent", "a transformer to a feeder"),
        ({"parent": "nowhere"}, "parent", "Choose"),
        ({"kind": "area"}, "parent", "an area to nothing"),
        ({"kind": "feeder"}, "parent", "A feeder belongs to an area"),
    ],
)
def test_a_place_that_cannot_be_is_refused_at_its_field(desk, changes, name, said):
    told = sent(desk, NEW, **(MILL | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert len(desk.get("/network").cells()) == 2


def test_two_who_change_a_place_at_once(desk):
    told = sent(desk, "/network/f-7", name="Feeder seven", version="9")
    assert "somebody else has changed it meanwhile" in told.text
    assert "nothing is different" in sent(desk, "/network/f-7").text


def test_a_place_that_is_not_there_has_no_page(desk):
    assert desk.get("/network/nowhere").code == 404


@pytest.mark.parametrize("path", ["/network", NEW, "/network/f-7"])
def test_the_dictionary_is_kept_by_whoever_may_and_belongs_to_no_branch(desk, books, path):
    books.let_in("reader", only(customers=Level.VIEW))
    books.let_in("north-keeper", only(dictionary=Level.DO), "north")
    books.let_in("keeper", only(dictionary=Level.DO))
    assert desk.get(path, "reader").code == 403
    assert desk.get(path, "north-keeper").code in {403, 404}
    assert 'href="/network"' not in desk.get("/account", "north-keeper").text
    assert desk.get(path, "keeper").code == 200
    assert 'href="/network"' in desk.get("/account", "keeper").text
