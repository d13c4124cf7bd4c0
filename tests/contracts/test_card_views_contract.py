"""Cards and their purchases as the office looks at them: on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from adapters.db.views import ViewReader
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.authority import Function
from gateway.core.card import CardState
from gateway.core.card_order import CardOrderState
from gateway.core.card_stock import StockCard
from gateway.core.diary import Actor
from gateway.core.office import NotDone
from gateway.core.office_answer import Changed
from gateway.core.stock import DELIVERY_MAX
from gateway.core.token_reasons import Reason
from gateway.core.token_story import story_of
from gateway.core.views_cards import CardCount, CardFile, CardOrderFile, CardOrders, Cards, KnownSerials
from gateway.core.views_found import TokenQuestion
from gateway.core.views_points import Amendments
from gateway.office.authorised import Act, Authorised
from gateway.office.keep_cards import CardDeed, MarkCard, MoveCard, TakeInCards
from gateway.office.manage_roles import KeepBranch
from tests import cards
from tests.contracts.test_card_orders_contract import Station
from tests.office_people import People

FREE, SOUTHERN = "00" * 7 + "01", "00" * 7 + "02"


class Kept(Station):
    """The station's books, with more cards: each is entered, moved and marked as the office does."""

    def __init__(self, fresh):
        super().__init__(fresh)
        self.reader = ViewReader(self.engine)
        self.count = 0
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE customer SET branch = 'north'"))
        People(self.batch).give(KeepBranch("local:root", "south", "south", "South", is_new=True))
        taken = StockCard(FREE, "powertill-cpu", CardState.PERSONALISED, lot="50% off")
        self.give(TakeInCards, (taken, replace(taken, serial=SOUTHERN, profile="gdw365", branch="south")))

    def give(self, order, *said, **more):
        self.count += 1
        command = order("local:li", f"k{self.count}", *said, **more)
        act = Act(Function.STOCK, "card", "", command.key, reason="set-up")
        (content,) = self.batch.run([Authorised(Actor("li"), act, command)])
        assert not isinstance(content, NotDone | Exception), content
        return content

    def mark(self, serial, deed, **more):
        one = self.one(serial=serial)
        return self.give(MarkCard, serial, one.version, one.pan, "he says so", deed, **more)

    def one(self, **named):
        (row,) = self.reader.rows(Cards(branch=None, **named))
        return row.card

    def serials(self, **asked):
        question = Cards(**({"branch": None} | asked))
        rows = self.reader.rows(question)
        assert self.reader.count(question) == len(rows) or question.limit == len(rows)
        return [row.card.serial for row in rows]

    def orders(self, **asked):
        question = CardOrders(**({"branch": None} | asked))
        return [(row.order.number, row.order.state.value) for row in self.reader.rows(question)]


@pytest.fixture
def kept(fresh):
    return Kept(fresh)


@pytest.fixture
def bought(kept):
    """Two purchases of one meter: the first is in the meter, the second is in doubt."""
    card = kept.blank()
    kept.write(kept.sell_on_card(card, "form-1").order, card)
    kept.meter().insert(card)
    kept.order = kept.sell_on_card(card, "form-2").order
    kept.begin(kept.order, kept.read(card))
    kept.doubt(kept.order)
    return kept


def test_a_delivery_stands_in_the_stock_and_in_the_chain(kept):
    assert kept.one(serial=FREE) == StockCard(FREE, "powertill-cpu", CardState.PERSONALISED, "", "50% off")
    assert list(kept.reader.rows(KnownSerials((FREE, "FF")))) == [FREE]
    assert kept.reader.totals(Cards(branch=None)) == (CardCount("", 3), CardCount("south", 1))
    assert kept.found() == []


def test_a_whole_delivery_is_taken_in_at_once(kept):
    many = tuple(
        StockCard(f"{n:016X}", "powertill-cpu", CardState.PERSONALISED) for n in range(9, 9 + DELIVERY_MAX)
    )
    assert kept.give(TakeInCards, many) == Changed(f"{DELIVERY_MAX} cards", 1)
    assert kept.reader.count(Cards(branch=None)) == DELIVERY_MAX + 4
    assert kept.reader.count(KnownSerials(tuple(one.serial for one in many))) == DELIVERY_MAX
    assert kept.found() == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [FREE, SOUTHERN, cards.SERIAL, cards.OTHER_SERIAL]),
        ({"is_descending": True, "limit": 1}, [cards.OTHER_SERIAL]),
        ({"after": SOUTHERN, "limit": 1}, [cards.SERIAL]),
        ({"text": "50%"}, [FREE, SOUTHERN]),
        ({"text": "b2c3"}, [cards.SERIAL, cards.OTHER_SERIAL]),
        ({"place": "south"}, [SOUTHERN]),
        ({"place": ""}, [FREE, cards.OTHER_SERIAL]),
        ({"profile": "gdw365"}, [SOUTHERN]),
        ({"state": CardState.ISSUED}, [cards.SERIAL]),
        ({"branch": "north"}, [cards.SERIAL]),
        ({"branch": "south"}, [SOUTHERN]),
    ],
)
def test_cards_are_found_by_what_is_known_of_them(bought, asked, found):
    assert bought.serials(**asked) == found
    assert bought.serials(pan=bought.pan) == [cards.SERIAL]


def test_a_card_s_file_tells_its_purchases_and_what_became_of_it(bought):
    facts = bought.reader.totals(CardFile(branch=None, serial=cards.SERIAL))
    assert [row.order.number for row in facts.orders] == [2, 1]
    assert {row.customer for row in facts.orders} == {facts.row.customer}
    assert [one.amendment.kind for one in facts.amendments] == [AmendmentKind.ISSUED, AmendmentKind.TAKEN_IN]
    assert bought.reader.totals(CardFile(branch="south", serial=cards.SERIAL)) is None
    mine = bought.reader.totals(CardFile(branch="north", serial=cards.SERIAL))
    assert [one.amendment.kind for one in mine.amendments] == [AmendmentKind.ISSUED]
    assert mine.amendments[0].amendment.before == "", "where it lay before is not theirs"
    assert bought.reader.count(CardFile(branch=None, serial="FF")) == 0


def test_purchases_in_doubt_come_first_and_pages_go_on_behind_them(bought):
    assert bought.orders() == [(2, "in_doubt"), (1, "confirmed")]
    assert bought.orders(is_open=True) == [(2, "in_doubt")]
    assert bought.orders(is_open=False) == [(1, "confirmed")]
    assert bought.orders(state=CardOrderState.CONFIRMED) == [(1, "confirmed")]
    assert bought.orders(station="n1", serial=cards.SERIAL, pan=bought.pan, branch="north") != []
    assert bought.orders(branch="south") == bought.orders(station="n2") == []
    newest = bought.order.id
    assert bought.orders(after=newest) == [(1, "confirmed")]
    assert bought.orders(is_open=True, after=newest) == []
    assert bought.orders(is_open=True, before=newest) == []
    assert bought.orders(is_open=True, after=99) == []
    assert bought.reader.totals(CardOrders(branch=None)) == 1
    assert bought.reader.count(CardOrders(branch=None)) == 2


def test_a_sale_s_steps_are_told_in_their_order(bought):
    question = CardOrderFile(payment=bought.order.payment)
    steps = [one.amendment.kind for one in bought.reader.rows(question)]
    assert steps == [AmendmentKind.RESERVED, AmendmentKind.BEGUN, AmendmentKind.IN_DOUBT]
    (order,) = bought.reader.totals(question)
    assert (order.state, order.told) == (CardOrderState.IN_DOUBT, "card_gone")
    assert bought.reader.count(CardOrderFile(payment="pay/east/none")) == 0


def test_where_is_my_token_says_where_the_purchase_stands(bought):
    told = [story_of(case).reason for case in bought.reader.rows(TokenQuestion(branch=None, pan=bought.pan))]
    assert sorted(told, key=lambda one: one.value) == sorted(
        (Reason.CARD_IN_DOUBT, Reason.ON_THE_CARD), key=lambda one: one.value
    )


def test_what_was_amended_of_a_card_is_seen_where_it_is_now(bought):
    def seen(branch, subject):
        rows = bought.reader.rows(Amendments(branch=branch, subject=subject))
        return {(row.amendment.number, row.amendment.kind) for row in rows}

    assert seen("north", Subject.CARD) == {(cards.SERIAL, AmendmentKind.ISSUED)}
    assert seen("south", Subject.CARD) == {(SOUTHERN, AmendmentKind.TAKEN_IN)}
    assert len(seen("north", Subject.CARD_ORDER)) == 6
    assert seen("south", Subject.CARD_ORDER) == set()
    free = bought.one(serial=FREE)
    bought.give(MoveCard, FREE, free.version, "", "they need one", "south")
    assert (FREE, AmendmentKind.STEPPED) in seen("south", Subject.CARD)
    assert (FREE, AmendmentKind.TAKEN_IN) not in seen("south", Subject.CARD)


def test_a_lost_card_goes_its_way_and_the_books_are_sound(kept):
    card = kept.blank()
    kept.write(kept.sell_on_card(card).order, card)
    kept.mark(cards.SERIAL, CardDeed.LOSE)
    again = kept.reissue(kept.blank(cards.OTHER_SERIAL))
    kept.write(again.order, kept.blank(cards.OTHER_SERIAL))
    kept.mark(cards.SERIAL, CardDeed.GIVE_BACK, branch="south")
    kept.mark(cards.SERIAL, CardDeed.CLEAR)
    assert kept.one(serial=cards.SERIAL).pan == ""
    assert kept.serials(pan=kept.pan) == [cards.OTHER_SERIAL]
    assert kept.serials(branch="south") == [SOUTHERN, cards.SERIAL]
    assert kept.found() == []
