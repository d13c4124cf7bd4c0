"""Invoices on books alone: one that stands for each sale, red ones that take back, numbers without a gap."""

from __future__ import annotations

import pytest

from gateway.core.books import Decision
from gateway.core.invoice import Billed, Invoiced, InvoiceKind, series_of
from gateway.core.invoice_books import InvoiceBooks
from gateway.core.office import NotDone, OfficeRefusal
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.issue_red_invoice import IssueRedInvoice
from gateway.prepayment.write_invoice import InvoiceAuthor, new_invoice, red_invoice
from tests.builders import Till, books, identity

PAY, PAN = "pay/east/r1", identity(1).pan
NORTH = InvoiceAuthor("north-1", "north-1", "li-na")
SOUTH = InvoiceAuthor("south", "", "olga")


def till(**changes):
    """A till whose books know whom the meter's sales are for, and that nothing was invoiced yet."""
    made = Till(books(), **changes)
    made.books.invoices = InvoiceBooks(
        next={"north-1": 1, "south": 1}, billed={"A1": Billed("A1", "Zhang Wei", "1 East Road")}
    )
    return made


def issue(author=NORTH, payment=PAY, pan=PAN):
    return IssueInvoice(payment, pan, author)


def red(number=1, author=NORTH, payment=PAY, pan=PAN, series="north-1"):
    return IssueRedInvoice(payment, pan, series, number, author, " wrong meter ")


def end_claim(end):
    return EndClaim(PAY, end, "east", "cleo", PAN, 10_000)


@pytest.mark.parametrize("token_in_answer", [True, False])
def test_a_sale_that_stands_gets_the_next_number_of_the_series(token_in_answer):
    one = till(token_in_answer=token_in_answer)
    one.post(one.pay())
    answer = one.post(issue())
    assert isinstance(answer, Invoiced)
    invoice = answer.invoice
    assert (answer.is_new, invoice.name, invoice.kind, invoice.nth) == (
        True, "north-1/1", InvoiceKind.NORMAL, 1,
    )  # fmt: skip
    assert (invoice.amount_minor, invoice.currency, invoice.takes_back) == (10_000, "CNY", 0)
    assert (invoice.receipt_no, invoice.pan) == (one.books.sales[PAY].receipt_no, PAN)
    assert invoice.energy_wh == one.books.sales[PAY].energy_wh
    assert invoice.billed == Billed("A1", "Zhang Wei", "1 East Road")
    assert (invoice.station, invoice.by) == ("north-1", "li-na")


def test_asked_again_anywhere_it_is_the_same_invoice_and_takes_no_number():
    one = till()
    one.post(one.pay())
    first = one.post(issue())
    for author in (NORTH, SOUTH):
        assert one.post(issue(author)) == Invoiced(first.invoice, is_new=False)
        assert not one.decisions[-1].writes
    assert one.books.invoices.next == {"north-1": 2, "south": 1}


def test_who_bought_is_named_as_he_was_sold_to_and_without_an_address_that_is_not_his():
    one = till()
    one.post(one.pay())
    one.books.invoices.billed = {"A2": Billed("A2", "Li Wei", "2 West Road")}
    assert one.post(issue()).invoice.billed == Billed("A1", "Zhang Wei", "")


def test_a_sale_that_was_given_back_gets_none_and_its_invoice_is_taken_back_in_full():
    one = till(token_in_answer=False)
    one.post(one.pay())
    normal = one.post(issue()).invoice
    assert one.post(red()) == NotDone(OfficeRefusal.SALE_STANDS)
    one.post(one.reverse())
    # Until it is taken back it is still the one that was given out.
    assert one.post(issue()) == Invoiced(normal, is_new=False)
    taken = one.post(red(author=SOUTH)).invoice
    assert (taken.name, taken.kind, taken.takes_back, taken.nth) == ("north-1/2", InvoiceKind.RED, 1, 1)
    assert (taken.amount_minor, taken.energy_wh) == (-10_000, -normal.energy_wh)
    assert (taken.by, taken.station, taken.reason, taken.billed) == ("olga", "", "wrong meter", normal.billed)
    assert one.post(red()) == Invoiced(taken, is_new=False)
    assert one.post(issue()) == NotDone(OfficeRefusal.NOT_STANDING)
    assert one.books.invoices.next == {"north-1": 3, "south": 1}


def test_in_dispute_nothing_is_written_or_taken_back_until_somebody_says_how_it_ends():
    one = till()
    one.post(one.pay())
    one.post(one.reverse())
    assert one.post(issue()) == NotDone(OfficeRefusal.CLAIM_STANDS)
    one.post(end_claim(ClaimEnd.UPHELD))
    normal = one.post(issue()).invoice
    assert one.post(red(normal.number)) == NotDone(OfficeRefusal.SALE_STANDS)


def test_the_invoice_of_a_claim_that_the_utility_bears_is_taken_back():
    one = till()
    one.post(one.pay())
    one.post(issue())
    one.post(one.reverse())
    assert one.post(red()) == NotDone(OfficeRefusal.CLAIM_STANDS)
    one.post(end_claim(ClaimEnd.CONCEDED))
    assert one.post(red()).invoice.takes_back == 1


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (issue(payment="pay/east/none"), OfficeRefusal.NO_SALE),
        (issue(pan=identity(2).pan), OfficeRefusal.NOT_AS_BOOKED),
        (red(payment="pay/east/none"), OfficeRefusal.NO_SALE),
        (red(pan=identity(2).pan), OfficeRefusal.NOT_AS_BOOKED),
        (red(2), OfficeRefusal.NO_INVOICE),
        (red(series="south"), OfficeRefusal.NO_INVOICE),
    ],
)
def test_what_is_not_so_is_refused_and_takes_no_number(order, why):
    one = till()
    one.post(one.pay())
    one.post(issue())
    assert one.post(order) == NotDone(why)
    assert (one.decisions[-1].writes, one.books.invoices.next["north-1"]) == (False, 2)


def test_a_red_invoice_is_not_taken_back_itself():
    one = till(token_in_answer=False)
    for command in (one.pay(), issue(), one.reverse(), red()):
        one.post(command)
    assert one.post(red(2)) == NotDone(OfficeRefusal.NO_INVOICE)


def test_a_correction_writes_the_red_one_and_the_one_that_follows_in_one_decision():
    one = till()
    one.post(one.pay())
    normal = one.post(issue()).invoice
    before, sale = one.books.invoices, one.books.sales[PAY]
    back = red_invoice(before, normal, SOUTH, "wrong meter")
    follows = new_invoice(before.after(back), sale, normal.billed, NORTH)
    assert [(it.name, it.kind, it.nth) for it in (back, follows)] == [
        ("north-1/2", InvoiceKind.RED, 1),
        ("north-1/3", InvoiceKind.NORMAL, 2),
    ]
    assert before.next["north-1"] == 2
    one.books.apply(issue(), Decision(Invoiced(follows, is_new=True), invoices=(back, follows)))
    assert one.books.invoices.standing(PAY) == follows
    assert one.books.invoices.next["north-1"] == 4


def test_a_second_invoice_beside_one_that_stands_cannot_be_written():
    one = till()
    one.post(one.pay())
    one.post(issue())
    with pytest.raises(AssertionError):
        new_invoice(one.books.invoices, one.books.sales[PAY], Billed("A1", "", ""), NORTH)


def test_the_office_s_own_series_is_no_station_s_and_no_branch_s():
    assert (series_of("", None), series_of("", "north"), series_of("n-1", "north")) == (
        "OFFICE", "north", "n-1",
    )  # fmt: skip
