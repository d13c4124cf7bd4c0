"""Management tokens from the pages: ordered by one, approved by another, shown to who may see it."""

import re

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Level
from gateway.core.token_order import NotPrepared, TokenOrder
from tests.web.staffed import Manned, only

NONCE = "n" * 24


@pytest.fixture
def manned(tmp_path):
    return Manned(tmp_path)


@pytest.fixture
def desk(manned):
    return manned.desk()


@pytest.fixture
def place(manned):
    return f"/meters/{manned.town.meters[0].pan}/orders"


def filled(**changes):
    usual = {"kind": "power_limit", "value": "5000", "reason": "he asked for it", "nonce": NONCE}
    return usual | {"step": "confirm"} | changes


def ordered(desk, place, **changes):
    told = desk.post(f"{place}/new", "chief", filled(**changes))
    assert told.code == 303, told.text
    return told


def test_an_order_is_read_back_before_it_is_given(desk, place, manned):
    told = desk.post(f"{place}/new", "chief", filled(step=""))
    assert told.code == 200
    assert "Nothing has been done yet" in told.text
    assert manned.town.customers[0].name_ascii in told.text
    assert desk.get("/management-tokens").cells() == []


def test_an_order_waits_for_another_person_who_makes_the_token(desk, place):
    ordered(desk, place)
    assert "somebody else has to approve it" in desk.get(f"{place}/{NONCE}", "chief").text
    assert (
        "who ordered it cannot approve it"
        in desk.post(f"{place}/{NONCE}/approve", "chief", {"nonce": NONCE}).text
    )
    assert "waits for a second person" in desk.get("/management-tokens?state=waiting").text
    told = desk.post(f"{place}/{NONCE}/approve", "deputy", {"nonce": NONCE})
    assert told.code == 303
    assert "the token is made" in desk.get(f"{place}/{NONCE}").text
    assert desk.get("/management-tokens?state=waiting").cells() == []
    assert f'href="{place}/{NONCE}"' in desk.get(place.removesuffix("/orders")).text


def test_the_whole_token_is_shown_once_the_diary_has_noted_it(desk, place, manned):
    ordered(desk, place)
    desk.post(f"{place}/{NONCE}/approve", "deputy", {"nonce": NONCE})
    with manned.engine.begin() as connection:
        digits = connection.execute(select(t.token.c.digits)).scalar_one()
    grouped = re.sub(r"(\d{4})(?=\d)", r"\1 ", digits)
    for path in (f"{place}/{NONCE}", place.removesuffix("/orders"), "/management-tokens"):
        assert grouped not in desk.get(path).text
        assert digits not in desk.get(path).text
    told = desk.post(f"{place}/{NONCE}/token", "deputy")
    assert grouped in told.text
    line = manned.diary()[-1]
    assert (line.actor, line.action, line.function) == ("deputy", "show", "show_token")
    assert digits not in repr(manned.diary())


def test_an_order_and_its_approval_stand_in_the_diary(desk, place, manned):
    ordered(desk, place)
    desk.post(f"{place}/{NONCE}/approve", "deputy", {"nonce": NONCE})
    lines = [
        (one.actor, one.outcome, one.subject) for one in manned.diary() if one.function == "management_tokens"
    ]
    subject = f"{manned.town.meters[0].pan} power_limit 5000"
    assert lines == [("chief", "done", subject), ("deputy", "done", subject)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"value": ""}, "needs a value"), ({"value": "99999999"}, "takes 0 to 18,201,624"),
     ({"kind": "clear_tamper", "value": "1"}, "takes 0 to 0"), ({"kind": "water"}, "Choose one"),
     ({"reason": ""}, "Fill this in"), ({"value": "-1"}, "whole number")],
)  # fmt: skip
def test_what_no_token_can_say_is_told_beside_its_field(desk, place, wrong, said):
    told = desk.post(f"{place}/new", "chief", filled(**wrong))
    assert told.code == 422
    assert said in told.text


def test_the_same_form_sent_twice_is_one_order(desk, place):
    ordered(desk, place)
    ordered(desk, place)
    assert len(desk.get("/management-tokens").cells()) == 1
    assert "used before with other content" in desk.post(f"{place}/new", "chief", filled(value="6000")).text


def test_whoever_may_only_order_approves_nothing_and_sees_no_token(desk, manned, place):
    manned.let_in("clerk", only(management_tokens=Level.DO, meters=Level.VIEW))
    told = desk.post(f"{place}/new", "clerk", filled())
    assert told.code == 303
    assert desk.post(f"{place}/{NONCE}/approve", "clerk", {"nonce": NONCE}).code == 403
    desk.post(f"{place}/{NONCE}/approve", "deputy", {"nonce": NONCE})
    assert desk.post(f"{place}/{NONCE}/token", "clerk").code == 403
    assert "/token" not in desk.get(f"{place}/{NONCE}", "clerk").text


def test_an_order_about_a_meter_of_another_branch_is_not_there(desk, manned, place):
    ordered(desk, place)
    manned.people.branch("north")
    manned.let_in("north-1", branch="north")
    for path in (f"{place}/new", f"{place}/{NONCE}", f"{place}/{NONCE}/approve"):
        assert desk.get(path, "north-1").code == 404
    assert desk.post(f"{place}/new", "north-1", filled()).code == 404
    assert desk.get("/management-tokens", "north-1").cells() == []


def test_a_card_meter_is_refused_in_the_form_with_what_was_typed(desk, manned):
    pan = manned.town.meters[1].pan
    told = desk.post(f"/meters/{pan}/orders/new", "chief", filled())
    assert told.code == 422
    assert "the meter takes no tokens" in told.text
    assert "he asked for it" in told.text


def test_the_issuer_is_asked_before_a_token_is_made(desk, manned, place, monkeypatch):
    """An issuer that has to prepare first gets its time between two postings."""
    issuer, prepared = desk.office.workshop.issuer, []
    make = type(issuer).make

    def made_when_prepared(self, order):
        if isinstance(order, TokenOrder) and order not in prepared:
            raise NotPrepared(order)
        return make(self, order)

    async def prepare(_self, orders):
        prepared.extend(orders)

    monkeypatch.setattr(type(issuer), "make", made_when_prepared)
    monkeypatch.setattr(type(issuer), "prepare", prepare)
    ordered(desk, place)
    assert desk.post(f"{place}/{NONCE}/approve", "deputy", {"nonce": NONCE}).code == 303
    assert len(prepared) == 1
