"""A card in the place of another: the same number and amount, and the meter takes it once."""

import pytest

from gateway.codecs.card.profile import PROFILES
from gateway.core.card import CardKind, CardReason, CardState
from gateway.core.card_order import CardOrderState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardOrdered, Changed
from gateway.prepayment.reissue_card import Gone
from tests import builders, cards
from tests.card_counter import ACCOUNT_NO, CardCounter
from tests.counter import Opening


@pytest.fixture(params=PROFILES)
def counter(request):
    made = CardCounter(request.param)
    made.stock(cards.SERIAL, cards.OTHER_SERIAL)
    made.books.office.branch_of[made.pan] = "north"
    return made


@pytest.fixture
def cpu():
    made = CardCounter()
    made.stock(cards.SERIAL, cards.OTHER_SERIAL)
    made.books.office.branch_of[made.pan] = "north"
    return made


def buy(counter, card, nonce="form-1"):
    sold = counter.sell_on_card(card, nonce)
    assert isinstance(sold, CardOrdered), sold
    counter.write(sold.order, card)
    return sold.order


def refused(content, reason, said=""):
    assert content == NotDone(reason, said)


@pytest.mark.parametrize("purchases", [1, 2, 3])
@pytest.mark.parametrize("is_loaded", [True, False])
def test_the_last_purchase_goes_on_another_card_and_is_taken_once(counter, purchases, is_loaded):
    """Whether the lost card was in the meter before it was lost or not, and whether it is found again."""
    old, meter = counter.blank(), counter.meter()
    for number in range(1, purchases + 1):
        order = buy(counter, old, f"form-{number}")
        if number < purchases or is_loaded:
            assert meter.insert(old).added == order.amount
    before, energy = meter.memory.remaining, len(counter.entries())
    new = counter.blank(cards.OTHER_SERIAL)
    content = counter.reissue(new)
    assert (content.order.state, content.order.number) == (CardOrderState.REISSUED, purchases)
    assert content.order.kind is (CardKind.OPEN if purchases == 1 else CardKind.SUPPLEMENT)
    done = counter.write(content.order, new)
    assert done.order.state is CardOrderState.CONFIRMED
    assert len(counter.entries()) == energy, "no energy and no money moves"
    came = meter.insert(new)
    assert came.added == (0 if is_loaded else order.amount)
    assert meter.memory.remaining == before + came.added
    if purchases > 1 or is_loaded:
        # An opening card that was never in the meter would make itself the card that counts again.
        assert meter.insert(old).added == 0
    states = {serial: one.state for serial, one in counter.books.files.cards.cards.items()}
    assert states == {cards.SERIAL: CardState.BLOCKED, cards.OTHER_SERIAL: CardState.ISSUED}
    refused(counter.sell_on_card(old, "again"), OfficeRefusal.CARD_REFUSED, CardReason.BLOCKED.sentence)
    following = buy(counter, new, "next")
    assert (following.number, following.kind) == (purchases + 1, CardKind.PURCHASE)
    assert meter.insert(new).added == following.amount


def test_a_purchase_in_doubt_goes_on_with_the_new_card(counter):
    old, meter = counter.blank(), counter.meter()
    buy(counter, old)
    meter.insert(old)
    sold = counter.sell_on_card(old, "form-2")
    counter.begin(sold.order, counter.read(old))
    counter.doubt(sold.order)
    new = counter.blank(cards.OTHER_SERIAL)
    content = counter.reissue(new, cards.SERIAL, Gone.DAMAGED)
    assert (content.order.state, content.order.number) == (CardOrderState.REISSUED, 2)
    assert counter.write(content.order, new).order.state is CardOrderState.CONFIRMED
    assert meter.insert(new).added == sold.order.amount


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_card_that_is_lost_while_its_purchase_is_taken_off_has_a_way_out(counter, is_taken):
    """Nobody knows whether it was cleared: the same number goes on another card, and is taken off there."""
    old, meter = counter.blank(), counter.meter()
    buy(counter, old)
    meter.insert(old)
    order = buy(counter, old, "form-2")
    assert counter.take_off(order, old).order.state is CardOrderState.CLEARING
    if is_taken:
        assert meter.insert(old).added == order.amount
    before, new = meter.memory.remaining, counter.blank(cards.OTHER_SERIAL)
    content = counter.reissue(new)
    assert (content.order.state, content.order.number) == (CardOrderState.REISSUED, 2)
    refused(counter.cleared(content.order, counter.read(old)), OfficeRefusal.NO_CARD_ORDER)
    assert counter.write(content.order, new).order.state is CardOrderState.CONFIRMED
    assert meter.insert(new).added == (0 if is_taken else order.amount)
    assert meter.memory.remaining == before + (0 if is_taken else order.amount)


def test_a_reissued_card_that_is_torn_is_written_again_and_one_that_is_lost_is_reissued(cpu):
    old, meter = cpu.blank(), cpu.meter()
    order = buy(cpu, old)
    cpu.stock("00" * 7 + "01")
    new, third = cpu.blank(cards.OTHER_SERIAL), cpu.blank("00" * 7 + "01")
    again = cpu.reissue(new)
    more = cpu.reissue(third, cards.OTHER_SERIAL, nonce="again-2")
    assert (more.order.state, more.order.serial) == (CardOrderState.REISSUED, "00" * 7 + "01")
    refused(
        cpu.begin(again.order, cpu.read(new)), OfficeRefusal.CARD_REFUSED, CardReason.ORDER_ELSEWHERE.sentence
    )
    assert cpu.write(more.order, third).order.state is CardOrderState.CONFIRMED
    assert meter.insert(third).added == order.amount


def test_a_customer_who_has_bought_nothing_gets_the_new_card_alone(cpu):
    old, new = cpu.blank(), cpu.blank(cards.OTHER_SERIAL)
    sold = cpu.sell_on_card(old)
    refused(cpu.reissue(new), OfficeRefusal.OTHER_CARD)
    cpu.begin(sold.order, cpu.read(old))
    assert isinstance(cpu.reissue(new), CardOrdered)
    assert not isinstance(cpu.reissue(new, nonce="again-2"), Changed)


def test_what_stands_in_the_way_is_said(cpu):
    old, new = cpu.blank(), cpu.blank(cards.OTHER_SERIAL)
    buy(cpu, old)
    refused(cpu.reissue(new, reason=" "), OfficeRefusal.NO_REASON)
    refused(cpu.reissue(new, cards.OTHER_SERIAL), OfficeRefusal.OTHER_CARD)
    refused(cpu.reissue(old), OfficeRefusal.CARD_REFUSED, CardReason.NEVER_INSERTED.sentence)
    cpu.books.balances[f"AR:{ACCOUNT_NO}:CARD"] = 0
    cpu.post(Opening(f"AR:{ACCOUNT_NO}:CARD", 500))
    refused(cpu.reissue(new), OfficeRefusal.CARD_FEE_UNPAID)
    cpu.books.balances.clear()
    cpu.books.office.branch_of[cpu.pan] = "south"
    refused(cpu.reissue(new), OfficeRefusal.OTHER_BRANCH)
    cpu.books.office.branch_of[cpu.pan] = "north"
    till = builders.Till(cpu.books)
    cpu.meter().insert(old)
    till.post(till.pay(pan=cpu.pan))
    cpu.books.office.shifts.clear()
    refused(cpu.reissue(new), OfficeRefusal.NO_SHIFT, "n1")


def test_what_is_only_reserved_is_given_up_before_the_card_is_replaced(cpu):
    old, meter, new = cpu.blank(), cpu.meter(), cpu.blank(cards.OTHER_SERIAL)
    buy(cpu, old)
    meter.insert(old)
    sold = cpu.sell_on_card(old, "form-2")
    refused(cpu.reissue(new), OfficeRefusal.CARD_ORDER_OPEN)
    cpu.give_up(sold.order)
    again = cpu.reissue(new)
    assert again.order.number == 1
    cpu.write(again.order, new)
    meter.insert(new)
    reserved = cpu.reserve(new, sold.order.payment, "form-3")
    assert (reserved.order.number, reserved.order.kind) == (2, CardKind.PURCHASE)
    cpu.write(reserved.order, new)
    assert meter.insert(new).added == reserved.order.amount
