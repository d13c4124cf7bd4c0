"""Selling at a counter: what was shown is sold, once, into the cashier's drawer; she alone takes it back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.meter import Carrier, MeterRef
from gateway.core.money import Money
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, Declined, Undone
from gateway.core.pricing import corrects_of
from gateway.core.refusal import Refusal
from gateway.core.sale import SaleState
from gateway.core.shown_price import shown_of
from gateway.core.staff import Shift
from gateway.office.orders import GiveBackOrder
from gateway.prepayment.correct_sale import CorrectSale, correction_key
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.inquire import Inquire
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests.builders import books, free_pricing, meter
from tests.counter import RULES, Counter


def not_done(content):
    assert isinstance(content, NotDone), content
    return content.reason


def drawer(counter):
    return sum(
        posting.amount for entry in counter.entries() for posting in entry.postings
        if posting.account == "CASH:n1:ann"
    )  # fmt: skip


def bought(counter, pan=None):
    counters = counter.books.meters[pan or meter().pan].counters
    return counters.mtd_wh, counters.ytd_wh, counters.times


def test_the_money_is_in_the_drawer_and_the_credit_waits():
    counter = Counter()
    sold = counter.sell(minor=10_000)
    assert isinstance(sold, Approved)
    assert sold.token is None
    (sale,) = counter.books.sales.values()
    assert (sale.bank, sale.funding, sale.state) == ("@n1", "CASH:n1:ann", SaleState.WAITING)
    assert drawer(counter) == 10_000


def test_its_token_is_given_out_once_and_again_the_same():
    counter = Counter()
    counter.sell()
    first, again = counter.give_out(), counter.give_out()
    assert isinstance(first, Approved)
    assert first.token is not None
    assert again == first
    assert len(counter.tokens()) == 1


def test_the_form_sent_twice_is_one_sale():
    counter = Counter()
    assert counter.sell() == counter.sell()
    assert drawer(counter) == 10_000


def test_the_form_of_another_sale_is_refused_and_told_of_the_counter():
    counter = Counter()
    counter.sell("form-1", minor=10_000)
    refused = counter.sell("form-1", minor=5_000)
    assert isinstance(refused, Declined)
    assert refused.reason is Refusal.KEY_REUSED
    assert counter.decisions[-1].exception.text.startswith("a form of the counter was sent again")
    assert drawer(counter) == 10_000


def test_another_screen_does_not_sell_while_one_sale_waits():
    counter = Counter()
    counter.sell("form-1")
    assert not_done(counter.sell("form-2")) is OfficeRefusal.COUNTER_WAITS
    counter.give_out("form-1")
    assert isinstance(counter.sell("form-2"), Approved)


def test_a_sale_that_was_begun_before_this_batch_counts_as_well():
    counter = Counter()
    counter.books.files.waiting[meter().pan] = ("pay/@n2/other",)
    assert not_done(counter.sell()) is OfficeRefusal.COUNTER_WAITS


def test_a_banks_credit_that_waits_is_no_hindrance():
    counter = Counter()
    counter.books.files.waiting[meter().pan] = ("pay/east/r1",)
    assert isinstance(counter.sell(), Approved)


@pytest.mark.parametrize("shift", [None, "n2", "closed", "bob"])
def test_whoever_sits_nowhere_sells_nothing(shift):
    counter = Counter()
    open_ = counter.books.office.shifts.pop(1)
    other = {
        "n2": replace(open_, station="n2"),
        "closed": replace(open_, closed_us=1),
        "bob": replace(open_, login="bob"),
    }
    if shift is not None:
        counter.books.office.shifts[1] = other[shift]
    assert not_done(counter.sell()) is OfficeRefusal.NO_SHIFT
    assert counter.entries() == []


@pytest.mark.parametrize(
    ("station", "cashier", "reason"),
    [
        ({"is_open": False}, {}, OfficeRefusal.UNKNOWN_STATION),
        ({}, {"branch": "south"}, OfficeRefusal.OTHER_BRANCH),
        ({"branch": "south"}, {}, OfficeRefusal.OTHER_BRANCH),
    ],
)
def test_a_shift_that_could_not_be_opened_any_more_sells_nothing_and_ends_what_it_began(
    station, cashier, reason
):
    counter = Counter()
    counter.sell("form-1")
    office = counter.books.office
    office.stations["n1"] = replace(office.stations["n1"], **station)
    office.operators["ann"] = replace(office.operators["ann"], **cashier)
    assert not_done(counter.sell("form-2")) is reason
    assert isinstance(counter.sell("form-1"), Approved), "the answer to a repeat is the same"
    assert isinstance(counter.give_out("form-1"), Approved)


def test_what_was_shown_is_sold_or_nothing_is():
    counter = Counter()
    assert not_done(counter.sell(shown="another")) is OfficeRefusal.PRICE_CHANGED
    assert counter.entries() == []
    assert isinstance(counter.sell(), Approved), "the same form may be confirmed with what it shows now"


def test_free_energy_that_came_or_went_since_is_another_price():
    counter = Counter(rules=replace(RULES, currency="ZAR"))
    counter.pricing = free_pricing()
    shown = counter.shown(10_000, meter().pan)
    counters = replace(counter.books.meters[meter().pan].counters, free_month=202611)
    counter.books.meters[meter().pan] = replace(meter(), counters=counters)
    without = counter.shown(10_000, meter().pan)
    assert shown != without
    assert not_done(counter.sell(shown=shown)) is OfficeRefusal.PRICE_CHANGED
    assert isinstance(counter.sell(shown=without), Approved)


@pytest.mark.parametrize("carrier", [Carrier.CARD, Carrier.REMOTE])
def test_nothing_is_sold_to_a_meter_whose_credit_no_counter_hands_over(carrier):
    counter = Counter(on=books(meter(), meter(2, carrier=carrier)))
    assert not_done(counter.sell(pan=meter(2).pan)) is OfficeRefusal.NOT_AT_COUNTER
    assert counter.entries() == []
    counter.sell(minor=10_000)
    counter.books.office.branch_of[meter(2).pan] = "north"
    assert not_done(counter.correct(minor=10_000, pan=meter(2).pan)) is OfficeRefusal.NOT_AT_COUNTER
    assert drawer(counter) == 10_000


@pytest.mark.parametrize(
    ("minor", "reason"), [(0, Refusal.BAD_AMOUNT), (99, Refusal.BELOW_MINIMUM), (500_001, Refusal.OVER_LIMIT)]
)
def test_an_amount_that_is_not_sold_is_refused_as_a_banks_is(minor, reason):
    content = Counter().sell(minor=minor, shown="another")
    assert isinstance(content, Declined)
    assert content.reason is reason


def test_energy_is_sold_for_what_it_costs():
    counter = Counter()
    found = counter.post(
        Inquire(MeterRef(pan=meter().pan), counter.terms, counter.pricing, energy_wh=100_000)
    )
    assert found.offer.energy_wh == 100_000
    sold = counter.sell(minor=found.offer.tender.minor, shown=shown_of(found.offer))
    assert isinstance(sold, Approved)
    assert sold.energy_wh == 100_000
    assert sum(minor for _, minor in sold.lines) == found.offer.tender.minor


def test_she_takes_her_own_sale_back_within_the_window():
    counter = Counter()
    counter.sell()
    counter.now += timedelta(seconds=counter.rules.undo_s)
    assert isinstance(counter.undo(), Undone)
    assert drawer(counter) == 0
    (sale,) = counter.books.sales.values()
    assert sale.state is SaleState.REVERSED
    assert bought(counter) == (0, 0, 0)
    late = counter.give_out()
    assert isinstance(late, Declined)
    assert late.reason is Refusal.REVERSED


def test_what_was_taken_back_in_another_way_is_not_undone_as_well():
    for taken_back in ("corrected", "given back"):
        counter = Counter()
        counter.sell(minor=10_000)
        if taken_back == "corrected":
            counter.correct(minor=4_000)
        else:
            counter.post(GiveBack(counter.key("form-1"), "@n1", "super", meter().pan, 10_000))
        left = drawer(counter)
        assert not_done(counter.undo()) is OfficeRefusal.DONE_ALREADY, "she would give the money back again"
        assert drawer(counter) == left


def test_what_the_office_gives_back_takes_its_invoice_back_in_the_same_breath():
    counter = Counter()
    counter.sell(minor=10_000)
    key, pan = counter.key("form-1"), meter().pan
    normal = counter.post(IssueInvoice(key, pan, InvoiceAuthor("n1", "n1", "ann"))).invoice
    counter.post(GiveBackOrder(key, "@n1", pan, 10_000).command("super", "he moves away"))
    (red,) = counter.decisions[-1].invoices
    assert (red.name, red.takes_back, red.amount_minor) == ("n1/2", normal.number, -10_000)
    assert (red.station, red.by, red.reason) == ("", "super", "he moves away")
    assert counter.books.invoices.standing(key) is None
    again = counter.post(GiveBackOrder(key, "@n1", pan, 10_000).command("super", "he moves away"))
    assert (isinstance(again, Undone), counter.decisions[-1].invoices) == (True, ())


def test_an_undo_sent_twice_is_one():
    counter = Counter()
    counter.sell(minor=10_000)
    assert counter.undo() == counter.undo()
    assert drawer(counter) == 0


def test_not_after_the_window():
    counter = Counter()
    counter.sell()
    counter.now += timedelta(seconds=counter.rules.undo_s + 1)
    assert not_done(counter.undo()) is OfficeRefusal.UNDO_OVER
    assert drawer(counter) == 10_000


def test_not_once_the_credit_has_left_the_house():
    counter = Counter()
    counter.sell()
    counter.give_out()
    assert not_done(counter.undo()) is OfficeRefusal.TOKEN_GIVEN
    assert drawer(counter) == 10_000


def test_not_somebody_elses():
    counter = Counter()
    counter.sell()
    counter.books.office.shifts[2] = Shift(2, "bob", "n2", 0)
    assert not_done(counter.undo(by="bob", station="n1")) is OfficeRefusal.NOT_HERS


def test_a_banks_payment_is_not_given_out_at_a_counter():
    counter = Counter()
    assert not_done(counter.give_out(payment="pay/east/r1")) is OfficeRefusal.BANK_SALE


def test_a_wrong_amount_is_put_right_in_one_breath():
    counter = Counter()
    counter.sell(minor=10_000)
    right = counter.correct(minor=5_000)
    assert isinstance(right, Approved)
    wrong, sale = counter.books.sales.values()
    assert (wrong.state, sale.state) == (SaleState.REVERSED, SaleState.WAITING)
    assert sale.key == correction_key(wrong.key)
    assert corrects_of(sale.quote) == wrong.key
    assert sale.tender == Money(5_000, "CNY")
    assert drawer(counter) == 5_000
    assert sale.id == wrong.id + 2, "the mirror stands between them"
    alone = Counter()
    alone.sell(minor=5_000)
    assert counter.books.meters[meter().pan].counters == alone.books.meters[meter().pan].counters
    assert isinstance(counter.give_out(payment=sale.key), Approved)


def test_a_correction_asked_for_twice_is_one():
    counter = Counter()
    counter.sell(minor=10_000)
    assert counter.correct(minor=5_000) == counter.correct(minor=5_000)
    assert drawer(counter) == 5_000


def test_a_sale_is_corrected_once():
    counter = Counter()
    counter.sell(minor=10_000)
    counter.correct(minor=5_000)
    assert not_done(counter.correct(minor=7_000)) is OfficeRefusal.NOT_WAITING
    assert drawer(counter) == 5_000


def test_the_wrong_meter_is_put_right():
    other = meter(2)
    counter = Counter(on=books(meter(), other))
    counter.sell(minor=10_000)
    counter.books.office.branch_of[other.pan] = "north"
    right = counter.correct(minor=10_000, pan=other.pan)
    assert isinstance(right, Approved)
    assert right.pan == other.pan
    assert bought(counter) == (0, 0, 0)
    assert counter.books.meters[other.pan].counters.mtd_wh == right.energy_wh


def test_a_correction_can_be_corrected():
    counter = Counter()
    counter.sell(minor=10_000)
    counter.correct(minor=5_000)
    wrong = correction_key(counter.key("form-1"))
    assert isinstance(counter.correct(payment=wrong, was=5_000, minor=7_000, by="other"), Approved)
    assert drawer(counter) == 7_000


def test_each_correction_takes_another_person_than_the_one_before():
    counter = Counter()
    counter.sell(minor=10_000)
    counter.correct(minor=5_000)
    wrong = correction_key(counter.key("form-1"))
    for by in ("super", "local:super", "ann"):
        again = counter.correct(payment=wrong, was=5_000, minor=7_000, by=by)
        assert not_done(again) is OfficeRefusal.OWN_SALE
    assert drawer(counter) == 5_000
    assert isinstance(counter.correct(payment=wrong, was=5_000, minor=7_000, by="other"), Approved)


def test_a_correction_that_cannot_be_sold_leaves_the_sale_as_it_was():
    counter = Counter()
    counter.sell(minor=10_000)
    content = counter.correct(minor=1, shown="another")
    assert isinstance(content, Declined)
    assert content.reason is Refusal.BELOW_MINIMUM
    assert not_done(counter.correct(minor=5_000, shown="another")) is OfficeRefusal.PRICE_CHANGED
    (sale,) = counter.books.sales.values()
    assert sale.state is SaleState.WAITING
    assert drawer(counter) == 10_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"by": "ann"}, OfficeRefusal.OWN_SALE),
        ({"by": "local:ann"}, OfficeRefusal.OWN_SALE),
        ({"was": 9_999}, OfficeRefusal.NOT_AS_BOOKED),
        ({"was_pan": meter(2).pan}, OfficeRefusal.NOT_AS_BOOKED),
        ({"drawer": "bob"}, OfficeRefusal.NOT_AS_BOOKED),
        ({"payment": "pay/@n1/none"}, OfficeRefusal.NO_SALE),
    ],
)
def test_a_correction_is_refused(change, reason):
    counter = Counter()
    counter.sell(minor=10_000)
    assert not_done(counter.correct(minor=5_000, **change)) is reason
    assert drawer(counter) == 10_000


def test_a_credit_that_has_left_the_house_is_not_corrected():
    counter = Counter()
    counter.sell(minor=10_000)
    counter.give_out()
    assert not_done(counter.correct(minor=5_000)) is OfficeRefusal.TOKEN_GIVEN


def test_a_banks_sale_is_the_banks_to_reverse():
    counter = Counter()
    bank = replace(counter.terms, bank="east", cash="")
    paid = counter.payment("pay/east/r1", 10_000, meter().pan, bank)
    counter.post(paid)
    right = counter.payment(correction_key("pay/east/r1"), 5_000, meter().pan, bank)
    wrong = CorrectSale("super", "pay/east/r1", meter().pan, 10_000, right, "another")
    assert not_done(counter.post(wrong)) is OfficeRefusal.BANK_SALE


def invoices(counter, key):
    return [(one.name, one.amount_minor) for one in counter.books.invoices.of_sale.get(key, ())]


def test_the_invoice_is_written_when_the_token_is_given_out():
    counter = Counter()
    counter.sell(minor=10_000)
    assert invoices(counter, counter.key("form-1")) == []
    counter.give_out()
    counter.give_out()
    assert invoices(counter, counter.key("form-1")) == [("n1/1", 10_000)]


def test_one_that_was_written_before_is_the_invoice():
    counter = Counter()
    counter.sell(minor=10_000)
    counter.post(counter.invoicing(counter.key("form-1")))
    counter.give_out()
    assert invoices(counter, counter.key("form-1")) == [("n1/1", 10_000)]


def test_a_sale_undone_has_its_invoice_taken_back():
    counter = Counter()
    counter.sell(minor=10_000)
    counter.post(counter.invoicing(counter.key("form-1")))
    counter.undo()
    assert invoices(counter, counter.key("form-1")) == [("n1/1", 10_000), ("n1/2", -10_000)]
    red = counter.books.invoices.of_sale[counter.key("form-1")][-1]
    assert (red.by, red.reason) == ("ann", "he changed his mind")


def test_a_sale_undone_without_one_takes_no_number():
    counter = Counter()
    counter.sell()
    counter.undo()
    assert counter.books.invoices.next["n1"] == 1


def test_a_correction_takes_the_wrong_invoice_back_and_the_right_one_follows():
    counter = Counter()
    wrong = counter.key("form-1")
    counter.sell(minor=10_000)
    counter.post(counter.invoicing(wrong))
    counter.correct(minor=4_000)
    assert invoices(counter, wrong) == [("n1/1", 10_000), ("n1/2", -10_000)]
    counter.give_out(payment=correction_key(wrong))
    assert invoices(counter, correction_key(wrong)) == [("n1/3", 4_000)]


def test_a_correction_that_is_refused_writes_no_red_invoice():
    counter = Counter()
    wrong = counter.key("form-1")
    counter.sell(minor=10_000)
    counter.post(counter.invoicing(wrong))
    counter.correct(minor=1, shown="another")
    assert invoices(counter, wrong) == [("n1/1", 10_000)]
    assert counter.books.invoices.next["n1"] == 2
