"""A meter that takes cards leaves: what was left goes on the new meter's card, or its money back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.core.card_order import CardOrderState
from gateway.core.meter import Carrier
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardOrdered, Changed
from gateway.core.outcome import Approved
from gateway.core.stock import StockMeter
from gateway.office.keep_shift import OpenShift
from gateway.office.keep_stock import TakeIn
from gateway.office.manage_roles import KeepStation
from gateway.prepayment.give_back import GiveBack
from tests import builders, cards
from tests.card_counter import ACCOUNT_NO, METER_SERIAL, KeptCardCounter
from tests.leaving import LI, Town
from tests.office_people import People

OLD, NEW = builders.identity(METER_SERIAL), builders.identity(9)
POINT = f"{ACCOUNT_NO}-1"
METERS = [builders.meter_file(METER_SERIAL, account_no=ACCOUNT_NO, carrier=Carrier.CARD)]


class Place(Town):
    """A customer with a card, and a station where it is loaded."""

    def __init__(self, fresh):
        super().__init__(fresh.database(meters=METERS))
        self.give(TakeIn(LI, self.nonce(), (StockMeter(NEW, "DDS-26", Carrier.CARD, "", "lot-2", 0),)))
        batch = builders.posting_batch(self.engine, lambda: self.now)
        people = People(batch)
        people.branch("north")
        people.enter("ann", "four words are better")
        people.give(KeepStation("local:root", "s1", "n1", "Counter 1", "north", is_open=True, is_new=True))
        people.of_herself(OpenShift("ann", "s2", "n1"))
        self.station = KeptCardCounter(batch)
        self.station.stock(cards.SERIAL, cards.OTHER_SERIAL)

    def pass_time(self):
        self.day += 1
        self.station.now = self.now

    def leave(self, left_wh, **changes):
        said = {"number": POINT, "old": OLD.pan, "pan": NEW.pan, "remaining_wh": left_wh, "shown_wh": left_wh}
        return self.replace(**(said | changes))


@pytest.fixture
def place(fresh):
    return Place(fresh)


def test_what_was_left_goes_on_the_card_of_the_new_meter_and_is_taken_once(place):
    station, card, meter = place.station, place.station.blank(), place.station.meter()
    sold = station.sell_on_card(card)
    station.write(sold.order, card)
    meter.insert(card)
    place.pass_time()
    left = sold.order.amount - 40_050
    assert place.leave(left) == Changed("1", 2)
    given = place.transfer(pan=NEW.pan)
    assert isinstance(given, Approved)
    assert (given.token, given.energy_wh, given.carrier) == (None, left, Carrier.CARD)
    assert place.transfer(pan=NEW.pan) == given
    assert place.balance("E.VOID") == left
    place.assert_sound()
    station.pan, new_card = NEW.pan, station.blank(cards.OTHER_SERIAL)
    reserved = station.reserve(new_card, "move/1", "form-2")
    assert isinstance(reserved, CardOrdered), reserved
    assert (reserved.order.number, reserved.order.amount) == (1, left)
    assert station.write(reserved.order, new_card).order.state is CardOrderState.CONFIRMED
    new_meter = station.meter()
    assert new_meter.insert(new_card).added == left
    assert new_meter.insert(new_card).added == 0
    assert (place.balance("E.VOID"), place.balance("E.ISSUED")) == (0, 40_050 + left)
    (case,) = place.departures()
    assert (case.waits, case.has_token) == (False, False)
    place.assert_sound()


def test_a_meter_whose_purchase_is_on_its_way_to_its_card_stays(place):
    station, card = place.station, place.station.blank()
    sold = station.sell_on_card(card)
    assert place.leave(0) == NotDone(OfficeRefusal.CARD_ORDER_OPEN)
    station.begin(sold.order, station.read(card))
    place.pass_time()
    assert place.leave(0) == NotDone(OfficeRefusal.CARD_ORDER_OPEN)


def test_what_travels_is_nobody_s_money_to_give_back(place):
    station, card = place.station, place.station.blank()
    station.write(station.sell_on_card(card).order, card)
    place.pass_time()
    place.leave(100_000)
    place.transfer(pan=NEW.pan)
    content = station.post(GiveBack("move/1", "", "super", NEW.pan, 0))
    assert content == NotDone(OfficeRefusal.NO_SALE)


def test_a_supply_with_a_card_ends_with_its_refund(place):
    station, card, meter = place.station, place.station.blank(), place.station.meter()
    station.write(station.sell_on_card(card).order, card)
    meter.insert(card)
    place.pass_time()
    left = meter.memory.remaining
    content = place.cancel(number=POINT, pan=OLD.pan, remaining_wh=left, shown_wh=left)
    assert isinstance(content, Changed), content
    assert place.balance(f"REFUND_PAYABLE:{ACCOUNT_NO}") == -10_000
    place.assert_sound()


def test_a_credit_counts_as_out_from_when_its_card_was_begun(place):
    station, card = place.station, place.station.blank()
    till = builders.Till(tid_lead_max=100_000)
    place.give(till.pay(pan=OLD.pan))
    place.pass_time()
    place.read(10, pan=OLD.pan, credit_wh=0)
    place.day += 1
    station.now = place.now + timedelta(hours=1)
    reserved = station.reserve(card, "pay/east/r1")
    station.write(reserved.order, card)
    (row,) = [place.row("reading", "pan", OLD.pan)]
    assert row.issued_wh == 0
    place.day += 1
    place.read(20, pan=OLD.pan, credit_wh=reserved.order.amount - 10_000)
    assert place.balance("E.LOADED") + place.balance("E.USED") > 0
    place.assert_sound()
