"""Handing a waiting credit over, asking for results, filling floats, inquiring; on books alone."""

from gateway.core.ledger import EntryKind, Posting
from gateway.core.meter import Carrier, MeterRef, MeterState
from gateway.core.money import Money
from gateway.core.outcome import Declined, Deposited, MeterFound
from gateway.core.payment import deposit_key
from gateway.core.refusal import Refusal
from gateway.prepayment.deposit_float import DepositFloat
from gateway.prepayment.inquire import Inquire
from tests.builders import BANK, NOON, Till, books, meter


def test_a_waiting_credit_is_handed_over_once_and_then_said_again():
    till = Till(token_in_answer=False)
    till.post(till.pay())
    handed = till.post(till.hand_over())
    assert handed.token is not None
    assert till.post(till.hand_over()) == handed
    assert len(till.tokens()) == 1


def test_a_hand_over_posts_the_held_money_to_revenue_and_tax():
    till = Till(token_in_answer=False)
    till.post(till.pay())
    till.post(till.hand_over())
    posted = till.entries()[-1]
    assert posted.kind is EntryKind.POST
    assert posted.postings[:3] == (
        Posting("HOLD:CREDIT", 10_000, "CNY"),
        Posting("REV:domestic:ENERGY", -8_850, "CNY"),
        Posting("VAT", -1_150, "CNY"),
    )


def test_after_the_hand_over_a_reversal_is_too_late():
    till = Till(token_in_answer=False)
    till.post(till.pay())
    till.post(till.hand_over())
    assert till.post(till.reverse()) == Declined(Refusal.TOKEN_OUT)


def test_what_was_in_the_answer_is_said_again_and_not_made_again():
    till = Till()
    paid = till.post(till.pay())
    assert till.post(till.hand_over()) == paid
    assert len(till.tokens()) == 1


def test_the_credit_of_a_card_is_not_handed_to_the_bank():
    till = Till(books(meter(carrier=Carrier.CARD)))
    till.post(till.pay())
    assert till.post(till.hand_over()).token is None


def test_nothing_is_handed_over_for_a_payment_that_never_came_or_was_refused():
    till = Till()
    assert till.post(till.hand_over("other")) == Declined(Refusal.ORIGINAL_UNKNOWN)
    refused = till.post(till.pay(minor=1))
    assert till.post(till.hand_over()) == refused


def test_an_advice_that_may_not_post_tells_the_result_or_that_there_is_none():
    till = Till()
    assert till.post(till.ask()) == Declined(Refusal.ORIGINAL_UNKNOWN)
    paid = till.post(till.pay())
    assert till.post(till.ask()) == paid
    assert till.post(till.ask(minor=5)) == Declined(Refusal.KEY_REUSED)


def deposit(minor: int, currency: str = "CNY", reference: str = "d1") -> DepositFloat:
    return DepositFloat(deposit_key(BANK, reference), BANK, Money(minor, currency), "CNY", covered=True)


def test_a_deposit_fills_the_float_once():
    till = Till(books(balances={f"FLOAT:{BANK}": -100}))
    assert till.post(deposit(500)) == Deposited(1, 600, "CNY")
    assert till.post(deposit(500)) == Deposited(1, 600, "CNY")
    assert till.books.balances[f"FLOAT:{BANK}"] == -600


def test_a_deposit_is_refused_where_it_makes_no_sense():
    till = Till()
    assert till.post(deposit(0)) == Declined(Refusal.BAD_AMOUNT)
    assert till.post(deposit(5, "USD")) == Declined(Refusal.WRONG_CURRENCY, "CNY")
    till.post(deposit(500))
    assert till.post(deposit(600)) == Declined(Refusal.KEY_REUSED)


def inquire(till: Till, **named):
    ref = MeterRef(**named) if named else MeterRef(pan=meter().pan)
    return Inquire(ref, till.terms, till.pricing).decide(till.books, NOON).content


def test_an_inquiry_describes_the_customer_and_what_may_be_paid():
    assert inquire(Till()) == MeterFound(
        pan=meter().pan,
        account_no="A1",
        customer="Zhang Wei",
        power_type="domestic",
        carrier=Carrier.TOKEN,
        least=Money(100, "CNY"),
        most=Money(500_000, "CNY"),
        mtd_wh=0,
    )


def test_an_inquiry_says_why_a_meter_may_not_buy():
    assert inquire(Till(books(meter(state=MeterState.BLOCKED)))) == Declined(Refusal.METER_BLOCKED)
    assert inquire(Till(), account_no="nobody") == Declined(Refusal.UNKNOWN_METER)
    assert inquire(Till(books(meter(power_type="none")))) == Declined(Refusal.NO_TARIFF)
