"""Relays and orders over lines on their pages: ordered, let out by a second person, and mended."""

import re

import pytest

from gateway.core.authority import Level
from gateway.core.contact import RelayOrder
from gateway.core.remote_order import RemoteState
from gateway.core.timeline import microseconds
from gateway.core.views_remote import RemoteOrderFile, RemoteOrders
from gateway.core.views_staff import Requests
from tests.builders import NOON
from tests.web.filed import with_files
from tests.web.filling import fault, filled, sent
from tests.web.lined import FEEDER, meters_on_lines, with_lines
from tests.web.staffed import Staffed, only

WHY = "three months unpaid"


@pytest.fixture
def books(tmp_path):
    return with_lines(with_files(Staffed(tmp_path, size=12)))


@pytest.fixture
def desk(books):
    return books.desk()


def order(books, number):
    return books.reader().totals(RemoteOrderFile(branch=None, id=number)).order


def free(desk, books):
    """A meter on a line with no order on its way: the one whose relay was refused."""
    pan = meters_on_lines(books)[2]
    return pan, f"/meters/{pan}/relay"


def confirmed(desk, path, who="chief", **fields):
    """Send a form, and confirm its preview."""
    wanted = filled(desk, path, who, **fields)
    preview = desk.post(path.partition("?")[0], who, wanted)
    assert preview.code == 200, preview.text
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', preview.text))
    return preview, desk.post(path.partition("?")[0], who, wanted | hidden | {"step": "confirm"})


def test_a_relay_is_ordered_by_one_and_let_out_by_another(desk, books):
    pan, path = free(desk, books)
    preview, told = confirmed(desk, path, "deputy", order="trip", reason=WHY)
    assert "has no power from then on" in preview.text
    assert told.header("location").startswith("/requests/")
    before = len(books.reader().rows(RemoteOrders(branch=None)))
    asked = books.reader().rows(Requests(at_us=microseconds(NOON)))
    (request,) = [one for one in asked if one.kind == "relay"]
    page = desk.get(f"/requests/{request.reference}").text
    assert "over its line: Switch off" in page
    books.approve(request)
    assert len(books.reader().rows(RemoteOrders(branch=None))) == before + 1
    made = order(books, before + 1)
    assert (made.pan, made.ask, made.by, made.second, made.state) == (
        pan, RelayOrder.TRIP.value, "deputy", "chief", RemoteState.WAITING,
    )  # fmt: skip
    assert "Switch off" in desk.get(path).text


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"reason": ""}, "reason", "Fill this in"),
        ({"from": "soon"}, "from", "Write the day and the time"),
        ({"until": "2026-11-23 25:00"}, "until", "Write the day and the time"),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_at_its_field(desk, books, changes, name, said):
    _, path = free(desk, books)
    told = sent(desk, path, **({"order": "close", "reason": WHY} | changes))
    assert told.code == 422
    assert said in fault(told, name)


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"from": "2026-11-23 16:00"}, "from", "nobody is switched off at these hours"),
        ({"until": "2026-11-23 11:00"}, "until", "is over already"),
    ],
)
def test_an_order_out_of_its_time_is_refused_at_its_field(desk, books, changes, name, said):
    _, path = free(desk, books)
    _, told = confirmed(desk, path, "deputy", order="trip", reason=WHY, **changes)
    assert told.code == 422
    assert said in fault(told, name)


def test_whoever_is_protected_is_offered_no_trip(desk, books):
    _, protected, *_ = meters_on_lines(books)
    page = desk.get(f"/meters/{protected}/relay").text
    assert "lives by a breathing machine" in page
    assert 'value="trip"' not in page
    assert 'value="close"' in page


def test_a_page_says_why_nothing_can_be_ordered(desk, books):
    one, _, _, four = meters_on_lines(books)
    assert "is on its way already" in desk.get(f"/meters/{one}/relay").text
    assert "closed: power is on" in desk.get(f"/meters/{one}/relay").text
    assert "No line leads to this meter" in desk.get(f"/meters/{books.buyers()[4].pan}/relay").text
    assert "This model of meter has no relay" not in desk.get(f"/meters/{four}/relay").text
    assert "No line" not in desk.get(f"/meters/{FEEDER}/relay").text


def test_relays_are_seen_and_ordered_by_whoever_may(desk, books):
    _, path = free(desk, books)
    books.let_in("looker", only(relays=Level.VIEW))
    books.let_in("nobody", only(lines=Level.DO))
    assert desk.get(path, "nobody").code == 403
    page = desk.get(path, "looker")
    assert (page.code, 'name="reason"' in page.text) == (200, False)
    assert desk.post(path, "looker", {"order": "close", "reason": WHY, "nonce": "n" * 24}).code == 403


# -- orders over lines -----------------------------------------------------------------------------------


def test_the_list_has_what_is_still_on_its_way_and_all_of_it(desk):
    assert [row[0] for row in desk.get("/lines/orders").cells()] == ["3", "1"]
    rows = desk.get("/lines/orders?state=").cells()
    assert [(row[0], row[3], row[4]) for row in rows] == [
        ("3", "Switch on", "not known yet"),
        ("2", "Switch on", "refused"),
        ("1", "Switch off", "waits for its line"),
    ]
    assert desk.get("/lines/orders?kind=token").cells() == []
    assert [row[0] for row in desk.get("/lines/orders?state=refused").cells()] == ["2"]


def test_an_order_is_told_step_by_step(desk):
    page = desk.get("/lines/orders/2").text
    assert "the relay is open: the meter refuses: no reason" in page
    assert "State: waits for its line → being sent" in page
    assert page.count("three months unpaid") == 3, "its reason, once in the history, and in the raw record"


@pytest.mark.parametrize(
    ("number", "deed", "state"),
    [
        (1, "cancel", RemoteState.CANCELLED),
        (2, "again", RemoteState.WAITING),
        (2, "by_hand", RemoteState.BY_HAND),
        (3, "by_hand", RemoteState.BY_HAND),
    ],
)
def test_what_does_not_go_on_by_itself_is_mended_with_a_reason(desk, books, number, deed, state):
    path = f"/lines/orders/{number}/mend?as={deed}"
    assert deed in desk.get(f"/lines/orders/{number}").text
    preview, told = confirmed(desk, path, reason="he has paid")
    assert "Read it back" in preview.text
    assert told.header("location").startswith(f"/lines/orders/{number}?")
    assert order(books, number).state is state
    assert "he has paid" in desk.get(f"/lines/orders/{number}").text


@pytest.mark.parametrize(("number", "deed"), [(1, "again"), (2, "cancel"), (3, "again"), (1, "lose")])
def test_what_cannot_become_of_an_order_is_not_offered(desk, number, deed):
    told = desk.get(f"/lines/orders/{number}/mend?as={deed}")
    assert (told.code, told.header("location").partition("?")[0]) == (303, f"/lines/orders/{number}")


def test_a_relay_s_order_is_mended_by_whoever_may_let_relays_out(desk, books):
    books.let_in("clerk", only(lines=Level.DO, relays=Level.DO))
    assert "mend?as" not in desk.get("/lines/orders/1", "clerk").text
    assert desk.get("/lines/orders/1/mend?as=cancel", "clerk").code == 303
    form = {"as": "cancel", "reason": WHY, "nonce": "n" * 24, "step": "confirm"}
    told = desk.post("/lines/orders/1/mend", "clerk", form)
    assert "your roles do not allow this" in told.text
    assert order(books, 1).state is RemoteState.WAITING


@pytest.mark.parametrize("number", ["x", "1" * 19, "%C2%B2"])
def test_a_number_that_is_none_has_no_page(desk, number):
    assert desk.get(f"/lines/orders/{number}").code == 404
