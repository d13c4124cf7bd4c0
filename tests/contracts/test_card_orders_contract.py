"""Purchases on their way to cards, in the books: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adapters.db.journal_reader import JournalReader
from adapters.db.open_sales import OPEN_SALES
from gateway.core.card_order import CardOrderState
from gateway.core.meter import Carrier
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardOrdered
from gateway.core.timeline import microseconds
from gateway.core.views import OpenSales
from gateway.office.keep_shift import OpenShift
from gateway.office.manage_roles import KeepStation
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from gateway.proof.verify import verify
from tests import builders, cards
from tests.builders import CHAIN_SECRET
from tests.card_counter import ACCOUNT_NO, METER_SERIAL, KeptCardCounter
from tests.office_people import People

METERS = [
    builders.meter_file(1),
    builders.meter_file(METER_SERIAL, account_no=ACCOUNT_NO, carrier=Carrier.CARD),
]


class Station(KeptCardCounter):
    """A station with a card reader, on books that are kept."""

    def __init__(self, fresh):
        self.engine = fresh.database(meters=METERS)
        super().__init__(builders.posting_batch(self.engine, lambda: self.now))
        people = People(self.batch)
        people.branch("north")
        people.enter("ann", "four words are better")
        people.give(KeepStation("local:root", "s1", "n1", "Counter 1", "north", is_open=True, is_new=True))
        people.of_herself(OpenShift("ann", "s2", "n1"))
        self.stock(cards.SERIAL, cards.OTHER_SERIAL)

    def found(self):
        with JournalReader(self.engine).snapshot() as journal:
            assert check_books(journal) == []
            assert check_days(journal, journal.standing().days, journal.closed_days()) == []
            return verify(journal.sealed(), CHAIN_SECRET, journal.standing(), {}).findings

    def rows(self, query):
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def station(fresh):
    return Station(fresh)


def test_a_credit_that_waits_for_its_card_is_known_as_one(station):
    assert isinstance(station.sell_on_card(station.blank(), "form-1"), CardOrdered)
    with station.engine.connect() as connection:
        (waiting,) = OPEN_SALES.rows(connection, OpenSales(microseconds(station.now)))
    assert (waiting.is_on_card, waiting.is_noted) == (True, False)


def test_purchases_stand_in_the_books_with_all_that_became_of_them(station):
    card, meter = station.blank(), station.meter()
    for number in (1, 2):
        station.now += timedelta(minutes=5)
        sold = station.sell_on_card(card, f"form-{number}")
        assert isinstance(sold, CardOrdered), sold
        done = station.write(sold.order, card)
        assert (done.order.state, done.order.number) == (CardOrderState.CONFIRMED, number)
        assert meter.insert(card).added == sold.order.amount
    assert station.rows("SELECT number, state, version FROM card_order ORDER BY id") == [
        (1, "confirmed", 3),
        (2, "confirmed", 3),
    ]
    assert station.rows("SELECT serial, state FROM card WHERE pan <> ''") == [(cards.SERIAL, "issued")]
    kinds = station.rows("SELECT kind FROM amendment WHERE subject = 'card_order' ORDER BY id")
    assert [kind for (kind,) in kinds] == 2 * ["reserved", "begun", "confirmed"]
    assert station.rows("SELECT count(*) FROM invoice") == [(2,)]
    (issued,) = station.rows("SELECT balance FROM account WHERE code = 'E.ISSUED'")
    assert issued == (meter.memory.remaining,)
    assert station.found() == []


def test_two_forms_in_one_batch_reserve_once(station):
    card = station.blank()
    shown = station.read(card)
    one, other = station.selling_on_card(shown, "form-1"), station.selling_on_card(shown, "form-2")
    done = station.batch.run([one, other])
    assert isinstance(done[0], CardOrdered)
    assert done[1] == NotDone(OfficeRefusal.COUNTER_WAITS)
    assert station.found() == []


def test_a_purchase_in_doubt_is_finished_and_one_that_was_not_begun_given_up(station):
    card = station.blank()
    sold = station.sell_on_card(card)
    assert station.give_up(sold.order).order.state is CardOrderState.VOID
    again = station.reserve(card, sold.order.payment, "form-2")
    station.begin(again.order, station.read(card))
    doubt = station.doubt(again.order)
    assert (doubt.order.state, doubt.order.told) == (CardOrderState.IN_DOUBT, "card_gone")
    assert station.write(again.order, card).order.state is CardOrderState.CONFIRMED
    assert station.found() == []


def test_a_wrong_purchase_is_taken_off_and_the_right_one_has_its_number(station):
    card, meter = station.blank(), station.meter()
    wrong = station.write(station.sell_on_card(card, "form-1", 50_000).order, card).order
    taken = station.take_off(wrong, card)
    assert station.clear(taken.order, card).order.state is CardOrderState.VOID
    assert station.found() == []
    assert station.rows("SELECT state, encoded_wh FROM sale") == [("waiting", 0)]
    again = station.reserve(card, wrong.payment, "form-2")
    assert station.write(again.order, card).order.state is CardOrderState.CONFIRMED
    assert (again.order.number, meter.insert(card).added) == (1, wrong.amount)
    assert station.found() == []


def test_a_lost_card_is_reissued_and_nothing_is_booked(station):
    old, new, meter = station.blank(), station.blank(cards.OTHER_SERIAL), station.meter()
    order = station.write(station.sell_on_card(old).order, old).order
    booked = station.rows("SELECT count(*) FROM posting")
    with station.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET branch = 'north'"))
    again = station.reissue(new)
    assert isinstance(again, CardOrdered), again
    assert station.write(again.order, new).order.state is CardOrderState.CONFIRMED
    assert meter.insert(new).added == order.amount
    assert station.rows("SELECT count(*) FROM posting") == booked
    assert station.found() == []


def test_a_row_that_was_changed_past_the_ledger_is_found(station):
    card = station.blank()
    station.write(station.sell_on_card(card).order, card)
    with station.engine.begin() as connection:
        connection.execute(text("UPDATE card_order SET amount = amount + 1"))
        connection.execute(text("UPDATE card SET state = 'cleared' WHERE pan <> ''"))
    assert len(station.found()) == 2


def test_the_database_gives_a_number_of_a_meter_once(station):
    card = station.blank()
    station.write(station.sell_on_card(card).order, card)
    copied = "SELECT 9, 'other', {rest} FROM card_order"
    rest = (
        "pan, account_no, serial, profile, kind, number, amount, state, station, actor, at_us, told, version,"
        " begun_us"
    )
    with pytest.raises(IntegrityError), station.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO card_order {copied.format(rest=rest)}"))
