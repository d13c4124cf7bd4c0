"""The search, and where a customer's token is: what is opened, what is said, and whose things are found."""

import re
from typing import Any

import pytest

from gateway.core.authority import Function, Level
from gateway.core.token_reasons import NEXT, NextStep, Reason
from gateway.core.views_found import CASES_MAX, HitKind
from tests.contracts.office_town import PANS
from tests.web.desk import granted, visitor
from tests.web.town_desk import TownDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    staff = {
        "clerk": visitor("clerk", granted(Level.VIEW, Function.FIND_TOKEN, Function.CUSTOMERS)),
        "keeper": visitor("keeper", granted(Level.VIEW, Function.STOCK)),
    }
    return TownDesk(tmp_path_factory.mktemp("town"), staff=staff)


@pytest.fixture
def asked_for(desk, monkeypatch):
    """The searches that the books were asked for."""
    asked: list[Any] = []
    views = desk.office.views
    ask = views.rows

    def rows(query):
        asked.append(query)
        return ask(query)

    monkeypatch.setattr(views, "rows", rows)
    return asked


def found(told) -> list[str]:
    return re.findall(r"<li>(?:<a [^>]*>)?<code>([^<]*)</code>", told.text)


def reasons(told) -> list[str]:
    return re.findall(r'class="reason">([^<]*)<', told.text)


# --- Search ---


@pytest.mark.parametrize("text", ["r1", "pay/east/r1", "1"])
def test_what_is_named_exactly_is_opened_at_once(desk, text):
    told = desk.get(f"/search?q={text}")
    assert (told.code, told.header("location")) == (303, f"/sales/{desk.sale('r1').id}")


@pytest.mark.parametrize(
    ("text", "path"),
    [("A1", "/customers/A1"), (PANS[0], f"/meters/{PANS[0]}"), ("13800000002", "/customers/A2")],
)
def test_a_customer_and_a_meter_are_opened_likewise(desk, text, path):
    assert desk.get(f"/search?q={text}").header("location") == path


def test_a_part_of_a_name_shows_all_that_may_be_meant_and_leads_to_the_list(desk):
    told = desk.get("/search?q=zhang")
    assert set(found(told)) == {"A1", "A10"}
    assert told.link_to("All of these") == "/customers?text=zhang"


def test_a_token_s_last_four_digits_find_its_sale(desk):
    sale = desk.sale("r1")
    told = desk.get(f"/search?q={sale.token_end}")
    assert f'href="/sales/{sale.id}"' in told.text


def test_the_box_is_sent_as_a_form_so_that_no_token_stands_in_an_address(desk):
    assert desk.get("/search").text.count('action="/search" method="post"') == 2
    told = desk.post("/search", fields={"q": "r1"})
    assert (told.code, told.header("location")) == (303, f"/sales/{desk.sale('r1').id}")
    assert set(found(desk.post("/search", fields={"q": "zhang"}))) == {"A1", "A10"}


@pytest.mark.parametrize(
    "token", ["12345678901234567890", "1234+5678+9012+3456+7890", "1234%205678-901234567890"]
)
def test_what_may_be_a_token_is_not_carried_on_to_signing_in(desk, token):
    assert desk.get(f"/search?q={token}", None).header("location") == "/sign-in"
    assert "next=" in desk.get("/search?q=123456789012345678", None).header("location")


TOKENS = ["12345678901234567890", "1234+5678+9012+3456+7890", "1234%205678-9012++3456-%2d7890"]


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_in_an_address_is_neither_looked_for_nor_shown_again(desk, token, asked_for, caplog):
    told = desk.get(f"/search?q={token}")
    assert told.code == 422
    assert "browsers and proxies keep addresses" in told.text
    assert not re.search(r"1234\D*5678|7890", told.raw.decode())
    assert told.text.count('action="/search" method="post"') == 2
    assert 'name="back" value="/search"' in told.text
    assert asked_for == []
    assert "5678" not in caplog.text


def test_a_token_in_the_form_is_looked_for(desk, asked_for):
    assert desk.post("/search", fields={"q": "1234 5678 9012 3456 7890"}).code == 200
    assert [query.text for query in asked_for] == ["1234 5678 9012 3456 7890"]


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        ("clerk", [{HitKind.CUSTOMER}]),
        ("chief", [set(HitKind)]),
        ("keeper", []),
    ],
)
def test_only_what_she_may_see_is_looked_for(desk, asked_for, who, kinds):
    desk.get("/search?q=nobody", who)
    assert [query.kinds for query in asked_for] == kinds


def test_nothing_is_found_that_the_visitor_may_not_see(desk):
    assert desk.get("/search?q=r1", "clerk").code == 200
    assert found(desk.get("/search?q=r1", "clerk")) == []
    assert found(desk.get("/search?q=zhang", "keeper")) == []
    assert found(desk.get("/search?q=zhang", "south")) == []


@pytest.mark.parametrize("text", ["", "%20", "x" * 65, "a%00b"])
def test_what_cannot_be_looked_for_says_what_can(desk, text):
    told = desk.get(f"/search?q={text}")
    assert told.code == 200
    assert "What can be looked for" in told.text


def test_what_is_not_found_says_so_and_what_can_be_looked_for(desk):
    told = desk.get("/search?q=%3Cb%3Enobody")
    assert "Nothing that you may see goes by “&lt;b&gt;nobody”." in told.text
    assert "What can be looked for" in told.text


# --- Where is the token? ---


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("reference=r1", Reason.OUT_NOT_TOLD),
        ("reference=w3", Reason.OVERDUE),
        ("reference=c1", Reason.ON_CARD),
        ("reference=w1", Reason.REVERSED),
        ("reference=r3", Reason.CLAIMED),
        ("reference=never", Reason.REVERSED_BEFORE),
        (f"pan={PANS[2]}", Reason.OUT_NOT_TOLD),
        ("at_from=2026-11-23T21:59&at_to=2026-11-23T21:59", Reason.REVERSED),
        ("phone=13800000002&reference=w3", Reason.OVERDUE),
    ],
)
def test_each_payment_is_answered_with_where_it_stands_and_what_happens_next(desk, query, reason):
    told = desk.get(f"/find-token?{query}", "clerk")
    assert told.code == 200
    assert reasons(told) == [_shown(reason.value)]
    assert _shown(NEXT[reason].value) in told.text


def _shown(sentence: str) -> str:
    return (sentence[0].upper() + sentence[1:]).replace("'", "&#39;")


def test_a_refusal_is_said_with_its_reason(desk):
    told = desk.get("/find-token?reference=b1", "clerk")
    assert reasons(told) == [_shown(Reason.REFUSED.value)]
    assert "The meter is blocked; the customer must see the utility" in told.text
    assert _shown(NextStep.UNBLOCK.value) in told.text


def test_of_a_refused_payment_the_moment_is_not_called_paid(desk):
    labels = {one: desk.get(f"/find-token?reference={one}").text for one in ("r1", "b1", "never")}
    assert "<dt>Paid at</dt>" in labels["r1"]
    assert "<dt>Paid at</dt>" not in labels["b1"] + labels["never"]
    assert "<dt>Refused at</dt>" in labels["b1"]
    assert "<dt>Reversed at</dt>" in labels["never"]


def test_a_payment_goes_by_the_reference_on_the_bank_s_slip(desk):
    told = desk.get("/find-token?reference=r1").text
    assert "<code>r1</code>" in told
    assert "pay/east/r1" not in told


def test_several_payments_are_all_answered_the_newest_first(desk):
    assert len(reasons(desk.get("/find-token?phone=13800000002"))) == 4


def test_before_anything_is_named_it_says_what_to_ask_the_customer_for(desk):
    told = desk.get("/find-token")
    assert reasons(told) == []
    assert "Ask the customer for one of these" in told.text


def test_where_nothing_was_booked_it_says_so_and_what_to_check(desk):
    told = desk.get("/find-token?reference=unheard")
    assert reasons(told) == ["Nothing was booked under this."]
    assert "read them back to him" in told.text


def test_a_wrong_number_is_said_beside_its_field(desk):
    told = desk.get("/find-token?pan=123")
    assert told.code == 422
    assert "count the digits" in told.text
    assert desk.get(f"/find-token?reference={'x' * 65}").code == 422


def test_the_token_is_offered_to_whoever_may_show_it(desk):
    path = f'action="/sales/{desk.sale("r1").id}/token"'
    assert path in desk.get("/find-token?reference=r1").text
    assert path not in desk.get("/find-token?reference=r1", "clerk").text


def test_another_branch_s_payments_are_not_found(desk):
    assert reasons(desk.get("/find-token?reference=r3", "north")) == ["Nothing was booked under this."]


TOKEN = "12345678901234567890"


@pytest.mark.parametrize("name", ["reference", "phone"])
def test_a_token_in_the_address_is_not_shown_again(desk, name):
    told = desk.get(f"/find-token?{name}=1234+5678+9012+3456+7890")
    assert told.code == 422
    assert "The address may have held a token" in told.text
    assert "7890" not in told.text


def test_a_payment_whose_reference_has_twenty_digits_is_found(tmp_path):
    town = TownDesk(tmp_path)
    town.town.post(town.town.east.pay(TOKEN, pan=PANS[0]))
    assert len(reasons(town.get(f"/find-token?reference={TOKEN}"))) == 1


def test_where_more_payments_fit_than_are_shown_it_says_so(tmp_path):
    town = TownDesk(tmp_path)
    town.town.post(*(town.town.east.pay(f"many-{n}", pan=PANS[3]) for n in range(CASES_MAX - 1)))
    path = f"/find-token?pan={PANS[3]}"
    before = town.get(path)
    town.town.post(town.town.east.pay("one-more", pan=PANS[3]))
    after = town.get(path)
    assert len(reasons(before)) == len(reasons(after)) == CASES_MAX
    assert ("There are more than" in before.text, "There are more than 20." in after.text) == (False, True)


def test_what_was_asked_to_be_given_back_is_not_offered_again(tmp_path):
    town = TownDesk(tmp_path).enter_people("chief")
    path, sale = "/find-token?reference=w3", town.sale("w3", "west")
    assert town.get(path).link_to("Give the payment back") is not None
    town.post(f"/sales/{sale.id}/give-back", fields={"nonce": "n" * 24, "reason": "x", "step": "confirm"})
    assert town.get(path).link_to("Give the payment back") is None


def test_where_nobody_is_told_a_token_waits_for_no_notice(tmp_path):
    silent = TownDesk(tmp_path, tells_others=False).get("/find-token?reference=r1")
    assert reasons(silent) == [_shown(Reason.OUT.value)]
    assert "<span>Notice</span>" not in silent.text
