"""The cash of a shift: what it begins with, what is counted at its end, and where it goes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.ledger import EntryKind
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import WaitingSale
from gateway.core.outcome import Approved
from gateway.core.sale import SaleState
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.prepayment.give_back import GiveBack
from tests.builders import meter
from tests.counter import Counter

DRAWER, SAFE, OVER = "CASH:n1:ann", "SAFE:n1", "OVER_SHORT:n1:ann"


class Shifts(Counter):
    """A counter whose shift ends; the balances are those of the entries."""

    def __init__(self):
        super().__init__()
        self.books.balances = dict.fromkeys((DRAWER, SAFE, OVER), 0)

    def sold(self, minor=10_000):
        self.sell(minor=minor)
        self.give_out()
        return self

    def close(self, counted, *, by="ann", due=None, reason="", nonce="c1", shift=1):
        due = self.books.balances[DRAWER] if due is None else due
        return self.post(CloseShift(by, nonce, shift, "ann", "n1", counted, due, "CNY", reason))

    def open(self, begins_minor=0, nonce="o1"):
        return self.post(OpenShift("ann", nonce, "n1", begins_minor, "CNY"))

    def lines(self):
        (entry,) = self.decisions[-1].entries
        return entry.kind, {line.account: line.amount for line in entry.postings}

    def why(self, content):
        assert isinstance(content, NotDone), content
        return content.reason


def test_a_counted_drawer_is_handed_in_and_empty():
    shifts = Shifts().sold()
    assert shifts.close(10_000) == Changed("n1", 1)
    assert shifts.lines() == (EntryKind.HAND_IN, {SAFE: 10_000, DRAWER: -10_000})
    assert shifts.books.office.shifts[1].closed_us is not None
    assert shifts.books.balances[DRAWER] == 0


@pytest.mark.parametrize(("counted", "over"), [(9_500, 500), (10_250, -250), (0, 10_000)])
def test_what_is_missing_or_too_much_is_booked_with_a_reason(counted, over):
    shifts = Shifts().sold()
    assert shifts.why(shifts.close(counted)) is OfficeRefusal.COUNT_DIFFERS
    assert shifts.books.office.shifts[1].closed_us is None
    assert isinstance(shifts.close(counted, reason="a coin was false"), Changed)
    kind, lines = shifts.lines()
    assert (kind, lines[OVER], lines[DRAWER], lines.get(SAFE, 0)) == (
        EntryKind.HAND_IN, over, -10_000, counted,
    )  # fmt: skip


def test_an_empty_drawer_is_closed_without_an_entry():
    shifts = Shifts()
    assert isinstance(shifts.close(0), Changed)
    assert shifts.decisions[-1].entries == ()


def test_a_count_beside_other_figures_is_looked_at_again():
    shifts = Shifts().sold()
    assert shifts.why(shifts.close(9_000, due=9_000)) is OfficeRefusal.FIGURES_CHANGED
    assert shifts.why(shifts.close(-1, reason="less than nothing")) is OfficeRefusal.FIGURES_CHANGED
    assert shifts.books.office.shifts[1].closed_us is None


def test_a_shift_is_not_closed_while_a_sale_of_its_drawer_waits():
    shifts = Shifts()
    receipt = shifts.sell(minor=10_000).receipt_no
    refused = shifts.close(10_000)
    assert refused == NotDone(OfficeRefusal.DRAWER_WAITS, f"receipts {receipt}")
    shifts.give_out()
    assert isinstance(shifts.close(10_000), Changed)


def test_a_sale_of_before_this_batch_stops_the_closing_as_well():
    shifts = Shifts()
    shifts.books.office.waiting[DRAWER] = (WaitingSale("pay/@n1/old", 17, 10_000),)
    assert shifts.close(0) == NotDone(OfficeRefusal.DRAWER_WAITS, "receipts 17")


def test_a_sale_given_back_stops_nothing():
    shifts = Shifts()
    shifts.sell(minor=10_000)
    shifts.post(GiveBack(shifts.key("form-1"), "@n1", "super", meter().pan, 10_000))
    assert isinstance(shifts.close(0), Changed)


def test_the_form_sent_twice_closes_once():
    shifts = Shifts().sold()
    assert shifts.close(10_000, due=10_000) == shifts.close(10_000, due=10_000)
    assert shifts.books.balances[SAFE] == 10_000


def test_after_its_end_nothing_moves_the_drawer():
    shifts = Shifts().sold()
    shifts.close(10_000)
    assert shifts.why(shifts.sell("form-2")) is OfficeRefusal.NO_SHIFT
    assert shifts.why(shifts.undo()) is OfficeRefusal.NO_SHIFT
    assert shifts.why(shifts.correct(minor=5_000)) is OfficeRefusal.TOKEN_GIVEN
    assert shifts.books.balances[DRAWER] == 0


def test_a_drawer_that_was_closed_before_cash_was_counted_is_not_moved_by_a_correction():
    shifts = Shifts()
    shifts.sell(minor=10_000)
    office = shifts.books.office
    office.shifts[1] = replace(office.shifts[1], closed_us=1)
    assert shifts.why(shifts.correct(minor=5_000)) is OfficeRefusal.DRAWER_CLOSED
    (sale,) = shifts.books.sales.values()
    assert sale.state is SaleState.WAITING
    # What was in it counts with her next shift there.
    shifts.now += timedelta(hours=1)
    assert isinstance(shifts.open(), Changed)
    assert isinstance(shifts.correct(minor=5_000), Approved)
    assert shifts.books.balances[DRAWER] == 5_000


def test_a_shift_begins_with_cash_out_of_the_safe_and_no_more_than_it_holds():
    shifts = Shifts().sold()
    shifts.close(10_000)
    shifts.now += timedelta(hours=1)
    assert shifts.why(shifts.open(10_001)) is OfficeRefusal.SAFE_TOO_LITTLE
    assert isinstance(shifts.open(4_000), Changed)
    assert shifts.lines() == (EntryKind.CASH_OUT, {DRAWER: 4_000, SAFE: -4_000})
    assert shifts.books.balances == {DRAWER: 4_000, SAFE: 6_000, OVER: 0}
    assert shifts.close(4_000, shift=2, nonce="c2") == Changed("n1", 2)
