"""A purchase taken off its card before the meter took it: the credit waits again, and the number is free."""

import pytest

from gateway.codecs.card.profile import PROFILES
from gateway.codecs.card.steps import Unknown
from gateway.core.card import CardReason
from gateway.core.card_order import CardOrderState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardOrdered
from gateway.core.outcome import Approved, Undone
from gateway.core.payment import payment_key
from gateway.core.sale import SaleState
from gateway.prepayment.give_back import GiveBack
from gateway.simulators.card.faults import Fault, FaultKind
from tests import builders, cards
from tests.card_counter import CardCounter


@pytest.fixture(params=PROFILES)
def counter(request):
    made = CardCounter(request.param)
    made.stock(cards.SERIAL)
    return made


@pytest.fixture
def cpu():
    made = CardCounter()
    made.stock(cards.SERIAL)
    return made


def bought(counter, card, nonce="form-1", minor=10_000):
    sold = counter.sell_on_card(card, nonce, minor)
    assert isinstance(sold, CardOrdered), sold
    assert counter.write(sold.order, card).order.state is CardOrderState.CONFIRMED
    return sold.order


def balances(counter):
    found: dict = {}
    for entry in counter.entries():
        for line in entry.postings:
            found[line.account] = found.get(line.account, 0) + line.amount
    return {account: minor for account, minor in found.items() if minor}


@pytest.mark.parametrize("purchases", [1, 2, 3])
def test_the_credit_waits_again_and_another_amount_has_the_same_number(counter, purchases):
    card, meter = counter.blank(), counter.meter()
    for number in range(1, purchases):
        bought(counter, card, f"form-{number}")
        meter.insert(card)
    wrong = bought(counter, card, "wrong", 50_000)
    taken = counter.take_off(wrong, card)
    assert taken.order.state is CardOrderState.CLEARING
    void = counter.clear(taken.order, card)
    assert void.order.state is CardOrderState.VOID
    assert counter.books.sales[wrong.payment].state is SaleState.WAITING
    before = meter.memory.remaining
    meter.insert(card)
    assert meter.memory.remaining == before, "what was taken off adds nothing"
    giving = GiveBack(wrong.payment, "@n1", "super", counter.pan, 50_000)
    assert isinstance(counter.post(giving), Undone)
    right = bought(counter, card, "right", 20_000)
    assert right.number == wrong.number == purchases
    assert meter.insert(card).added == right.amount
    held = balances(counter)
    assert held["CASH:n1:ann"] == 10_000 * (purchases - 1) + 20_000
    assert "HOLD:CREDIT" not in held


def test_a_card_that_is_pulled_out_while_it_is_cleared_is_cleared_again_or_found_taken(counter):
    """At each command and each byte: the meter has the purchase and the books say so, or neither."""
    tried = 0
    for at in range(40):
        for byte in range(0, 12, 3):
            outcome = torn(CardCounter(counter.profile.name), Fault(at, FaultKind.TEAR, byte))
            tried += 1
            assert outcome in {"cleared", "taken"}
    print(f"\n{tried} faults on {counter.profile.name}")  # noqa: T201 - the count of cases, for -s


def torn(counter, fault):
    counter.stock(cards.SERIAL)
    card, meter = counter.blank(), counter.meter()
    bought(counter, card)
    meter.insert(card)
    wrong = bought(counter, card, "form-2")
    taken = counter.take_off(wrong, card)
    card.fault = fault
    first = counter.clear(taken.order, card)
    card.fault = None
    added = meter.insert(card).added
    order = counter.books.files.cards.orders[wrong.id]
    if added:
        assert first is not None
        assert counter.cleared(order, counter.read(card)).order.state is CardOrderState.CONFIRMED
        assert counter.books.sales[wrong.payment].state is SaleState.ISSUED
        return "taken"
    if order.state is CardOrderState.CLEARING:
        assert counter.clear(order, card).order.state is CardOrderState.VOID
    assert meter.insert(card).added == 0
    assert counter.books.sales[wrong.payment].state is SaleState.WAITING
    return "cleared"


def test_what_the_meter_has_taken_stays(cpu):
    card, meter = cpu.blank(), cpu.meter()
    order = bought(cpu, card)
    meter.insert(card)
    content = cpu.take_off(order, card)
    assert content == NotDone(OfficeRefusal.CARD_REFUSED, CardReason.TAKEN.sentence)


def test_only_the_last_purchase_is_taken_off_and_only_for_a_reason(cpu):
    card, meter = cpu.blank(), cpu.meter()
    first = bought(cpu, card)
    assert cpu.take_off(first, card, reason="") == NotDone(OfficeRefusal.NO_REASON)
    meter.insert(card)
    bought(cpu, card, "form-2")
    assert cpu.take_off(first, card) == NotDone(OfficeRefusal.NOT_LAST)
    meter.insert(card)
    reserved = cpu.sell_on_card(card, "form-3")
    assert cpu.take_off(first, card) == NotDone(OfficeRefusal.CARD_ORDER_OPEN)
    assert cpu.take_off(reserved.order, card) == NotDone(OfficeRefusal.NO_CARD_ORDER)


def test_a_purchase_in_doubt_is_taken_off(cpu):
    card = cpu.blank()
    sold = cpu.sell_on_card(card)
    cpu.begin(sold.order, cpu.read(card))
    cpu.doubt(sold.order)
    taken = cpu.take_off(sold.order, card)
    assert cpu.clear(taken.order, card).order.state is CardOrderState.VOID


def test_a_bank_s_sale_in_dispute_stays_on_its_card_until_the_claim_has_ended(cpu):
    card, till = cpu.blank(), builders.Till(cpu.books)
    assert isinstance(till.post(till.pay(pan=cpu.pan)), Approved)
    reserved = cpu.reserve(card, payment_key("east", "r1"))
    cpu.write(reserved.order, card)
    till.post(till.reverse())
    assert cpu.take_off(reserved.order, card) == NotDone(OfficeRefusal.CLAIM_STANDS)


def test_nothing_else_is_sold_while_a_card_is_being_cleared(cpu):
    card = cpu.blank()
    taken = cpu.take_off(bought(cpu, card), card)
    assert cpu.sell_on_card(card, "form-2") == NotDone(OfficeRefusal.CARD_ORDER_OPEN)
    assert cpu.cleared(taken.order, cpu.read(card)) == NotDone(
        OfficeRefusal.CARD_REFUSED, CardReason.ON_THE_CARD.sentence
    )
    assert not isinstance(taken, Unknown)
