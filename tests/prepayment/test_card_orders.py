"""Purchases on their way to cards: what is reserved, begun, confirmed, in doubt or given up, and refused."""

from dataclasses import replace

import pytest

from gateway.codecs.card.profile import PROFILES
from gateway.core.card import CardKind, CardReason, CardState, ShownReturn
from gateway.core.card_order import CardOrderState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import CardOrdered
from gateway.core.outcome import Undone
from gateway.core.payment import payment_key
from gateway.core.sale import SaleState
from gateway.prepayment.card_fit import loading_of
from gateway.simulators.card.faults import Fault, FaultKind
from tests import builders, cards
from tests.card_counter import ACCOUNT_NO, CardCounter

EAST = builders.Till()


@pytest.fixture(params=PROFILES)
def counter(request):
    made = CardCounter(request.param)
    made.stock(cards.SERIAL, cards.OTHER_SERIAL)
    return made


@pytest.fixture
def cpu():
    made = CardCounter()
    made.stock(cards.SERIAL, cards.OTHER_SERIAL)
    return made


def refused(content, reason, said=None):
    assert isinstance(content, NotDone), content
    assert content.reason is reason, content
    if said is not None:
        assert content.detail == said.sentence


def bought(counter, card, meter, nonce="form-1", minor=10_000):
    """A purchase as it should be: sold, written, loaded."""
    sold = counter.sell_on_card(card, nonce, minor)
    assert isinstance(sold, CardOrdered), sold
    done = counter.write(sold.order, card)
    assert done.order.state is CardOrderState.CONFIRMED
    came = meter.insert(card)
    assert came.trouble is None
    return sold.order, came.added


def state_of(counter, payment):
    return counter.books.sales[payment].state


def test_purchases_follow_each_other_and_each_is_loaded_once(counter):
    card, meter = counter.blank(), counter.meter()
    kinds = []
    for n in range(1, 4):
        order, added = bought(counter, card, meter, f"form-{n}")
        assert (order.number, order.amount) == (n, added)
        kinds.append(order.kind)
        assert meter.insert(card).added == 0
    assert kinds == [CardKind.OPEN, CardKind.PURCHASE, CardKind.PURCHASE]
    assert len([one for last in counter.decisions for one in last.invoices]) == 3


def test_what_is_reserved_is_held_and_what_is_begun_is_issued(cpu):
    card = cpu.blank()
    sold = cpu.sell_on_card(card)
    assert state_of(cpu, sold.order.payment) is SaleState.WAITING
    (held,) = cpu.entries()
    assert {line.account for line in held.postings} == {"CASH:n1:ann", "HOLD:CREDIT"}
    begun = cpu.begin(sold.order, cpu.read(card))
    assert begun.order.state is CardOrderState.WRITING
    assert state_of(cpu, sold.order.payment) is SaleState.ISSUED
    assert [(line.account, line.amount) for line in cpu.entries()[1].postings if line.unit == "Wh"] == [
        ("E.ISSUED", sold.order.amount),
        ("E.SOLD", -sold.order.amount),
    ]
    assert cpu.books.files.cards.cards[cards.SERIAL].state is CardState.ISSUED


def test_a_step_that_is_told_again_is_answered_again_and_books_nothing(cpu):
    card = cpu.blank()
    selling = cpu.selling_on_card(cpu.read(card))
    sold = cpu.post(selling)
    assert cpu.post(selling) == sold
    before = cpu.read(card)
    begun = cpu.begin(sold.order, before)
    assert cpu.begin(sold.order, before) == begun
    done = cpu.write(sold.order, card)
    count = len(cpu.entries())
    assert cpu.confirm(sold.order, cpu.read(card)) == done
    assert cpu.begin(sold.order, before) == done
    assert cpu.doubt(sold.order) == done
    assert len(cpu.entries()) == count
    refused(cpu.give_up(sold.order), OfficeRefusal.ON_A_CARD)


def test_the_form_of_a_sale_sells_no_other(cpu):
    card = cpu.blank()
    cpu.sell_on_card(card)
    other = cpu.selling_on_card(cpu.read(card), minor=20_000)
    refused(cpu.post(other), OfficeRefusal.REFERENCE_USED)


def test_a_card_that_is_pulled_out_is_finished_with_the_same_number(counter):
    card, meter = counter.blank(), counter.meter()
    bought(counter, card, meter)
    sold = counter.sell_on_card(card, "form-2")
    card.fault = Fault(card_updates(counter, card)[-1], FaultKind.TEAR, 1)
    torn = counter.write(sold.order, card)
    assert torn.order.state is CardOrderState.IN_DOUBT
    refused(counter.sell_on_card(card, "form-3"), OfficeRefusal.CARD_ORDER_OPEN)
    done = counter.write(sold.order, card)
    assert (done.order.state, done.order.number) == (CardOrderState.CONFIRMED, 2)
    assert meter.insert(card).added == sold.order.amount


def card_updates(counter, card):
    """Which commands of a whole writing change the card: found on another card that is as it is."""
    trial = CardCounter(counter.profile.name)
    trial.stock(cards.SERIAL)
    first, meter = trial.blank(), trial.meter()
    bought(trial, first, meter)
    sold, seen = trial.sell_on_card(first, "form-2"), []
    sent = first.transmit

    def watched(raw):
        seen.append(raw[1])
        return sent(raw)

    first.transmit = watched
    trial.write(sold.order, first)
    # The reading before the sale has its own commands; ``count`` begins anew with each reset.
    return [at for at, ins in enumerate(seen) if ins in {0xD6, 0xD0}]


def test_a_payment_that_is_taken_back_before_the_card_is_never_written(cpu):
    card = cpu.blank()
    till = builders.Till(cpu.books)
    till.post(till.pay(pan=cpu.pan))
    reserved = cpu.reserve(card, payment_key("east", "r1"))
    assert isinstance(reserved, CardOrdered)
    assert isinstance(till.post(till.reverse()), Undone)
    void = cpu.begin(reserved.order, cpu.read(card))
    assert void.order.state is CardOrderState.VOID
    refused(cpu.begin(reserved.order, cpu.read(card)), OfficeRefusal.CARD_ORDER_VOID)
    assert cpu.read(card).count == 0


def test_a_payment_that_is_taken_back_after_the_card_was_begun_is_a_claim(cpu):
    card = cpu.blank()
    till = builders.Till(cpu.books)
    till.post(till.pay(pan=cpu.pan))
    payment = payment_key("east", "r1")
    reserved = cpu.reserve(card, payment)
    cpu.begin(reserved.order, cpu.read(card))
    till.post(till.reverse())
    assert state_of(cpu, payment) is SaleState.CLAIMED
    assert cpu.write(reserved.order, card).order.state is CardOrderState.CONFIRMED


def test_a_purchase_is_given_up_before_it_is_begun_and_its_number_goes_to_the_next(cpu):
    card = cpu.blank()
    sold = cpu.sell_on_card(card)
    assert cpu.give_up(sold.order).order.state is CardOrderState.VOID
    again = cpu.reserve(card, sold.order.payment, "form-2")
    assert again.order.number == sold.order.number
    assert cpu.write(again.order, card).order.state is CardOrderState.CONFIRMED


def test_a_card_that_was_elsewhere_meanwhile_is_not_written(cpu):
    """It was read here, then sold to at another counter; the purchase of there is still on it."""
    card, meter = cpu.blank(), cpu.meter()
    bought(cpu, card, meter)
    stale = cpu.read(card)
    bought_elsewhere = cpu.sell_on_card(card, "form-2")
    cpu.write(bought_elsewhere.order, card)
    sold = cpu.post(cpu.selling_on_card(stale, "form-3"))
    refused(sold, OfficeRefusal.CARD_REFUSED, CardReason.COUNT_BEHIND)


@pytest.mark.parametrize("is_loaded", [False, True])
def test_a_purchase_that_was_reserved_on_an_old_picture_is_looked_at_anew(cpu, is_loaded):
    card, meter = cpu.blank(), cpu.meter()
    sold = cpu.sell_on_card(card)
    cpu.write(sold.order, card)
    shown = cpu.read(card)
    back = ShownReturn(shown.meter_no, shown.customer_no, 0, 1)
    reserved = cpu.post(cpu.selling_on_card(replace(shown, returned=back), "form-2"))
    assert reserved.order.number == 2
    if is_loaded:
        meter.insert(card)
    content = cpu.write(reserved.order, card)
    wanted = CardOrderState.CONFIRMED if is_loaded else CardOrderState.VOID
    assert content.order.state is wanted
    assert meter.insert(card).added == (reserved.order.amount if is_loaded else sold.order.amount)


def test_what_a_card_says_is_why_nothing_is_sold(cpu):
    card, meter = cpu.blank(), cpu.meter()
    foreign = cpu.blank("00" * 8)
    refused(cpu.sell_on_card(foreign), OfficeRefusal.CARD_REFUSED, CardReason.FOREIGN)
    bought(cpu, card, meter)
    refused(cpu.sell_on_card(cpu.blank(cards.OTHER_SERIAL), "form-2"), OfficeRefusal.HAS_A_CARD)
    sold = cpu.sell_on_card(card, "form-3")
    cpu.write(sold.order, card)
    refused(cpu.sell_on_card(card, "form-4"), OfficeRefusal.CARD_REFUSED, CardReason.NOT_INSERTED)
    assert [one.tender.minor for one in cpu.books.sales.values()] == [10_000, 10_000]


def test_a_sale_that_is_refused_reserves_nothing(cpu):
    card = cpu.blank()
    content = cpu.post(cpu.selling_on_card(cpu.read(card), minor=99))
    assert not isinstance(content, CardOrdered)
    assert cpu.books.files.cards.orders == {}


def test_only_a_credit_that_waits_for_a_card_is_reserved(cpu):
    card = cpu.blank()
    refused(cpu.reserve(card, "pay/east/none"), OfficeRefusal.NO_SALE)
    till = builders.Till(cpu.books)
    till.post(till.pay())
    token = cpu.reserving(cpu.read(card), payment_key("east", "r1"))
    refused(cpu.post(token), OfficeRefusal.OTHER_METER)
    refused(cpu.post(replace(token, pan=builders.meter().pan)), OfficeRefusal.NOT_WAITING)


def test_a_customer_whose_number_has_letters_is_told_so():
    lettered = CardCounter()
    lettered.stock(cards.SERIAL)
    lettered.books.meters[lettered.pan] = replace(lettered.books.meters[lettered.pan], account_no="A-17")
    refused(lettered.sell_on_card(lettered.blank()), OfficeRefusal.NOT_ON_CARDS)
    assert ACCOUNT_NO.isdigit()


def test_nobody_else_s_purchase_is_stepped(cpu):
    card = cpu.blank()
    sold = cpu.sell_on_card(card)
    refused(cpu.begin(replace(sold.order, id=99), cpu.read(card)), OfficeRefusal.NO_CARD_ORDER)
    refused(cpu.begin(replace(sold.order, by="bob"), cpu.read(card)), OfficeRefusal.NO_CARD_ORDER)
    elsewhere = CardCounter(station="n2", on=cpu.books)
    refused(elsewhere.begin(sold.order, cpu.read(card)), OfficeRefusal.OTHER_STATION)
    refused(cpu.confirm(sold.order, cpu.read(card)), OfficeRefusal.CARD_ORDER_VOID)


def test_a_purchase_that_stopped_at_one_station_is_finished_at_another(cpu):
    card, meter = cpu.blank(), cpu.meter()
    sold = cpu.sell_on_card(card)
    cpu.begin(sold.order, cpu.read(card))  # and there the power fails
    elsewhere = CardCounter(station="n2", login="bob", on=cpu.books)
    done = elsewhere.write(sold.order, card)
    assert (done.order.state, done.order.station) == (CardOrderState.CONFIRMED, "n2")
    assert meter.insert(card).added == sold.order.amount


def test_a_purchase_is_found_on_its_card_whose_station_never_said_so(cpu):
    card, meter = cpu.blank(), cpu.meter()
    sold = cpu.sell_on_card(card)
    cpu.begin(sold.order, cpu.read(card))
    cards.written("powertill-cpu", card, loading_of(sold.order))
    meter.insert(card)
    refused(cpu.begin(sold.order, replace(cpu.read(card), serial="00")), OfficeRefusal.CARD_REFUSED)
    assert cpu.confirm(sold.order, cpu.read(card)).order.state is CardOrderState.CONFIRMED
    refused(cpu.confirm(replace(sold.order, id=5), cpu.read(card)), OfficeRefusal.NO_CARD_ORDER)
