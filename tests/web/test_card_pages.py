"""Cards on their pages: taken in, marked, moved; their purchases, and where a paid credit stands."""

import re
from dataclasses import fields

import pytest

from adapters.card_reader.reader import ReaderState
from admin_web.amendment_words import FIELDS, NOT_TOLD_OF
from admin_web.card_words import CARD_STATES, ORDER_KINDS, ORDER_STATES, READER_STATES, TOLD
from admin_web.filters import NOT_ONE_OF_THESE
from admin_web.forgery import form_seal
from admin_web.pages.card_orders import age_cell
from gateway.codecs.card.profile import Told
from gateway.core.amendment import Subject
from gateway.core.authority import Level
from gateway.core.card import CardKind, CardState
from gateway.core.card_order import CardOrder, CardOrderState
from gateway.core.card_stock import StockCard
from gateway.core.timeline import microseconds
from gateway.core.views_cards import Cards
from gateway.core.views_sales import Sales
from tests.builders import NOON
from tests.web.carded import (
    BACK,
    BAKERY_METER,
    FREE,
    LOST,
    NORTHERN,
    ON_WAY,
    SMITHY_METER,
    STATIONS,
    Heard,
    with_cards,
)
from tests.web.staffed import Staffed, only

NONCE = "n" * 24
NEW = "A1B2C3D4E5F60799"
TOKEN_METER = "600727371803406325"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return with_cards(Staffed(tmp_path_factory.mktemp("cards")).at_counters())


@pytest.fixture
def desk(kept):
    return kept.desk()


@pytest.fixture
def fresh(tmp_path):
    """Books that a test may change."""
    return with_cards(Staffed(tmp_path).at_counters())


def shown(told):
    """What a preview sends on."""
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', told.text))


def card(kept, serial):
    (row,) = kept.reader().rows(Cards(branch=None, serial=serial))
    return row.card


def upload(desk, text, who="chief", **fields):
    """Send a list as a browser does."""
    seal = form_seal(desk.office.gate.people[who], "/cards/take-in")
    usual = {"kind": "powertill-cpu", "place": "-", "lot": "C-9", "serial": ""} | fields
    file = {'file"; filename="cards.csv': text} if text else {}
    parts = {**file, "seal": seal, "nonce": NONCE, **usual}
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    octets = f"{body}--b--\r\n".encode()
    head = (
        f"POST /cards/take-in HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: __Host-powertill={who}\r\n"
        f"Origin: http://127.0.0.1:8080\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(octets)}\r\n\r\n"
    )
    return desk.send(head.encode() + octets)


def lines_in(told):
    return told.text.partition('<textarea name="lines" hidden>\n')[2].partition("</textarea>")[0]


def test_the_words_for_cards_are_whole():
    assert set(CARD_STATES) == set(CardState)
    assert set(ORDER_STATES) == set(CardOrderState)
    assert set(ORDER_KINDS) == set(CardKind)
    assert {one.value for one in Told} <= TOLD.keys()
    assert {one.value for one in ReaderState} <= READER_STATES.keys()


# --- the stock ---


def test_the_list_says_where_each_card_is(desk):
    rows = {row[0]: row[1:] for row in desk.get("/cards").cells()}
    assert set(rows) == {ON_WAY, LOST, FREE, NORTHERN, BACK}
    assert rows[ON_WAY][1:3] == ["with its customer", "Dawn Bakery"]
    assert rows[LOST][1] == "lost and blocked"
    assert (rows[NORTHERN][0], rows[NORTHERN][4]) == ("gdw365", "north")
    assert (rows[FREE][2], rows[FREE][4]) == (rows[NORTHERN][2], "the central store")
    assert "That may be issued:" in desk.get("/cards").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [("state=blocked", {LOST}), (f"pan={SMITHY_METER}", {LOST, BACK}), ("place=north", {NORTHERN}),
     ("kind=gdw365", {NORTHERN}), ("text=c-8", {NORTHERN}), ("text=nobody", set())],
)  # fmt: skip
def test_the_list_is_narrowed_down(desk, asked, found):
    assert {row[0] for row in desk.get(f"/cards?{asked}").cells()} == found


def test_the_list_is_taken_away_as_a_file(desk):
    told = desk.get("/cards?format=csv")
    assert told.code == 200
    assert NORTHERN in told.text


def test_a_delivery_is_read_back_before_it_is_taken_in(fresh):
    desk = fresh.desk()
    told = upload(desk, f"serial;profile;branch\n{NEW};;north\n00112233445566AA;sle4442;")
    assert told.code == 200, told.text
    assert "Nothing has been done yet" in told.text
    assert desk.get(f"/cards/{NEW}").code == 404
    told = upload(desk, "", lines=lines_in(told), step="confirm")
    assert told.code == 303, told.text
    one = card(fresh, NEW)
    assert (one.profile, one.branch, one.lot, one.state) == (
        "powertill-cpu", "north", "C-9", CardState.PERSONALISED,
    )  # fmt: skip
    line = fresh.diary()[-1]
    assert (line.actor, line.subject) == ("chief", "2 cards")
    assert "2 cards, from" in desk.get("/diary").text


def test_one_card_is_taken_in_by_its_serial_number(fresh):
    desk = fresh.desk()
    told = upload(desk, "", serial="a1b2 c3d4 e5f6 0799", place="north")
    assert told.code == 200, told.text
    told = upload(desk, "", lines=lines_in(told), step="confirm")
    assert told.header("location").startswith(f"/cards/{NEW}")
    assert card(fresh, NEW).branch == "north"
    assert f"Card {NEW}" in desk.get("/diary").text


@pytest.mark.parametrize(
    ("text", "fields", "said"),
    [
        ("", {}, "one of the two, not both"),
        (f"serial\n{NEW}", {"serial": NEW}, "one of the two, not both"),
        ("", {"serial": "A1"}, "compare it with the card"),
        ("", {"serial": FREE}, "in the stock already"),
        ("", {"serial": NEW, "kind": "gold"}, NOT_ONE_OF_THESE),
        (f"serial\n{FREE}\n", {}, "the card is in the stock already"),
        (f"serial;branch\n{NEW};west", {}, "there is no such branch"),
        ("", {"lines": f"serial;profile;branch\n{FREE};powertill-cpu;", "step": "confirm"}, "already"),
    ],
)
def test_what_is_wrong_with_a_delivery_is_said_and_nothing_is_kept(desk, kept, text, fields, said):
    told = upload(desk, text, **fields)
    assert told.code == 422
    assert said in told.text
    assert len(kept.reader().rows(Cards(branch=None))) == 5


# --- one card ---


def test_a_card_s_page_tells_its_purchases_and_what_became_of_it(desk):
    told = desk.get(f"/cards/{ON_WAY}")
    assert "A purchase is on its way to this card" in told.text
    assert "step?as=" not in told.text, "what may be done with it waits until that is over"
    (second, first) = told.cells()
    assert (second[1], second[3], second[4], second[5]) == (
        "2",
        "in doubt",
        "the card was pulled out",
        "north-1",
    )
    assert (first[1], first[3]) == ("1", "on the card")
    lost = desk.get(f"/cards/{LOST}")
    assert "he has lost it on the market" in lost.text
    assert "State: with its customer → lost and blocked" in lost.text
    assert lost.link_to("Take the card back") == f"/cards/{LOST}/step?as=give_back"
    assert "/step?as=clear" not in lost.text


@pytest.mark.parametrize("path", ["/cards/nobody", "/cards/FF", "/cards/a1b2", f"/cards/{ON_WAY.lower()}"])
def test_what_is_no_card_has_no_page(desk, path):
    assert desk.get(path).code == 404


def step(desk, serial, name, who="chief", **fields):
    """Fill the form in, read it back, confirm it; gives the last answer."""
    path = f"/cards/{serial}/step"
    asked = desk.get(f"{path}?as={name}", who)
    assert asked.code == 200, asked.text
    filled = shown(asked) | {"nonce": NONCE, "reason": "as he says"} | fields
    read = desk.post(path, who, filled)
    if read.code != 200:
        return read
    assert "Nothing has been done yet" in read.text
    return desk.post(path, who, {**shown(read), "step": "confirm"})


def test_a_card_goes_its_way_by_forms(fresh):
    desk = fresh.desk()
    assert step(desk, LOST, "give_back", place="north").code == 303
    assert (card(fresh, LOST).state, card(fresh, LOST).branch) == (CardState.RETURNED, "north")
    assert step(desk, LOST, "clear", nonce="c" * 24).code == 303
    assert card(fresh, LOST).pan == ""
    assert step(desk, LOST, "move", nonce="m" * 24, place="-").code == 303
    assert step(desk, LOST, "scrap", nonce="s" * 24).code == 303
    page = desk.get(f"/cards/{LOST}")
    assert "step?as=" not in page.text
    assert "lies in the central store" in desk.get("/diary").text
    assert step_refused(desk, LOST, "scrap") == 303, "it leads back and says why"


def step_refused(desk, serial, name):
    return desk.get(f"/cards/{serial}/step?as={name}").code


@pytest.mark.parametrize("name", ["", "clear", "issue", "../step"])
def test_a_step_that_is_none_now_is_not_asked_for(desk, name):
    assert step_refused(desk, FREE, name) == 303
    assert desk.post(f"/cards/{FREE}/step", "chief", {"nonce": NONCE, "as": "issue"}).code == 303


def test_a_step_is_refused_beside_its_form(fresh):
    desk, path = fresh.desk(), f"/cards/{FREE}/step"
    told = desk.post(path, "chief", {"nonce": NONCE, "as": "scrap", "version": "1"})
    assert told.code == 422
    late = {"nonce": NONCE, "as": "scrap", "version": "9", "reason": "bent", "step": "confirm"}
    told = desk.post(path, "chief", late)
    assert "somebody else has changed it meanwhile" in told.text
    wrong = {
        "nonce": NONCE,
        "as": "give_back",
        "version": "1",
        "reason": "so",
        "place": "-",
        "step": "confirm",
    }
    assert "is not where this step begins" in desk.post(path, "chief", wrong).text
    on_way = card(fresh, ON_WAY)
    busy = {"nonce": NONCE, "as": "lose", "version": str(on_way.version), "reason": "so", "step": "confirm"}
    told = desk.post(f"/cards/{ON_WAY}/step", "chief", busy)
    assert "is on its way to its card already" in told.text
    assert card(fresh, ON_WAY) == on_way


def test_a_branch_has_its_own_cards(fresh):
    fresh.let_in("south-1", branch="south").let_in("north-9", branch="north")
    desk = fresh.desk()
    assert desk.get("/cards", "south-1").cells() == []
    assert {row[0] for row in desk.get("/cards", "north-9").cells()} == {ON_WAY, LOST, NORTHERN}
    assert desk.get(f"/cards/{NORTHERN}", "south-1").code == 404
    assert desk.get("/card-orders?state=", "south-1").cells() == []
    told = upload(desk, "", "south-1", serial=NEW, place="south")
    assert upload(desk, "", "south-1", lines=lines_in(told), step="confirm").code == 303
    moved = step(desk, NEW, "move", "south-1", place="north", nonce="v" * 24)
    assert moved.header("location").startswith("/cards?"), moved.header("location")
    assert desk.get(f"/cards/{NEW}", "south-1").code == 404


def test_whoever_may_only_see_the_stock_changes_nothing(fresh):
    fresh.let_in("viewer", only(stock=Level.VIEW))
    desk = fresh.desk()
    assert desk.get("/cards", "viewer").code == 200
    assert "Take in" not in desk.get("/cards", "viewer").text
    assert "step?as=" not in desk.get(f"/cards/{FREE}", "viewer").text
    for path in ("/cards/take-in", f"/cards/{FREE}/step?as=scrap"):
        assert desk.get(path, "viewer").code == 403


# --- purchases ---


def test_purchases_on_their_way_are_shown_by_themselves_and_all_of_them_on_demand(desk):
    ((_, age, state, why, station, customer, *_),) = desk.get("/card-orders").cells()
    assert (age, state, why) == ("0 minutes", "in doubt", "the card was pulled out")
    assert (station, customer) == ("north-1", "Dawn Bakery")
    assert len(desk.get("/card-orders?state=").cells()) == 3
    assert len(desk.get("/card-orders?state=confirmed&station=north-1").cells()) == 2
    assert len(desk.get(f"/card-orders?state=&serial={BACK}").cells()) == 1
    assert desk.get("/card-orders?state=nonsense").code == 422


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, (0, "minute")), (59, (59, "minute")), (60, (1, "hour")), (3_000, (2, "day"))]
)
def test_an_age_is_said_in_the_largest_whole_unit(minutes, said):
    cell = age_cell(microseconds(NOON) - minutes * 60_000_000, microseconds(NOON))
    assert (cell.count, cell.one.removeprefix("%(count)s ")) == said


def test_a_meter_s_page_shows_its_cards_and_purchases(desk):
    told = desk.get(f"/meters/{SMITHY_METER}")
    assert f'href="/cards/{LOST}"' in told.text
    assert "Cards of this meter" in told.text
    assert "Purchases on cards" in told.text
    assert "on the card" in told.text
    assert "Cards of this meter" not in desk.get(f"/meters/{TOKEN_METER}").text


def sale_of(kept, meter):
    return kept.reader().rows(Sales(branch=None, pan=meter))


def test_a_sale_s_timeline_tells_how_it_came_to_its_card(desk, kept):
    newest, first = sale_of(kept, BAKERY_METER)
    told = desk.get(f"/sales/{newest.id}").text
    steps = ["Reserved for the customer&#39;s card", "at station north-1"]
    steps += ["A station began to write it on the card", "the card was pulled out", "the credit is out"]
    for said in (*steps, "In doubt: it is not known whether it is on the card"):
        assert said in told, said
    assert "Noted for a person to look at" not in told
    assert "<dt>Token</dt>" not in told
    assert "It is on the card" in desk.get(f"/sales/{first.id}").text
    (again,) = sale_of(kept, SMITHY_METER)
    assert "Brought to another card" in desk.get(f"/sales/{again.id}").text


@pytest.mark.parametrize(
    ("asked", "reason", "next_step"),
    [
        ("reference=card-1", "waits to be written on the customer", "brings the card to a station"),
        (f"pan={BAKERY_METER}", "whether it is there is not known", "is finished with the same number"),
        (f"pan={SMITHY_METER}", "The credit is on the customer", "puts the card into the meter"),
    ],
)
def test_a_customer_without_his_credit_is_told_where_its_purchase_stands(desk, asked, reason, next_step):
    told = desk.get(f"/find-token?{asked}").text
    assert reason in told
    assert next_step in told
    assert "<dt>The purchase</dt>" in told
    assert "<dt>Token</dt>" not in told


def test_a_card_meter_is_sold_to_at_a_card_station(desk):
    told = desk.get(f"/sell/{BAKERY_METER}")
    assert "It is sold to at a card station" in told.text
    assert 'name="amount"' not in told.text
    sent = desk.post(f"/sell/{BAKERY_METER}", "chief", {"nonce": NONCE, "amount": "100"})
    assert (sent.code, "take no money for it here" in sent.text) == (422, True)


def test_amendments_of_cards_are_said_in_their_own_words(desk):
    told = desk.get("/amendments?subject=card_order").text
    assert "State: nothing → " not in told
    assert "reserved, nothing written yet" in told
    assert "Put on the card:" in told
    assert f'href="/cards/{ON_WAY}"' in told, "a purchase leads to its card"
    told = desk.get("/amendments?subject=card").text
    assert "State: with its customer → lost and blocked" in told
    assert f'href="/cards/{LOST}"' in told


@pytest.mark.parametrize("row", [StockCard, CardOrder])
def test_each_field_of_a_card_that_can_be_amended_has_a_label(row):
    subject = Subject.CARD if row is StockCard else Subject.CARD_ORDER
    assert {one.name for one in fields(row)} <= FIELDS.keys() | NOT_TOLD_OF[subject]


def test_what_was_sold_for_a_card_waits_for_its_station(desk, kept):
    newest = sale_of(kept, BAKERY_METER)[0]
    told = desk.get(f"/sold/{newest.receipt_no}")
    assert told.code == 200
    assert "<dt>The purchase</dt>" in told.text
    assert "Give the token out" not in told.text


# --- stations ---


def test_stations_show_what_was_heard_of_them_last(kept):
    desk = kept.desk(stations=Heard(*STATIONS))
    rows = {row[0]: row for row in desk.get("/stations").cells()}
    assert "on line" in rows["north-1"]
    assert "desk: ready, spare: odd" in rows["north-1"]
    assert "1 unfinished purchase" in rows["north-1"]
    assert "silent" in rows["south-2"]
    assert "on line" not in rows["south-1"]


def test_where_no_card_station_calls_the_list_is_as_it_was(desk):
    assert "Card station" not in desk.get("/stations").text
