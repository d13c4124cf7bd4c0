"""Closing a business day, on books alone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from gateway.core.calendar import Calendar
from gateway.core.closed_day import AccountSums, Carried, Closed, DayFigures, DayRefusal, DayRefused, Recount
from gateway.prepayment import close_day
from gateway.prepayment.close_day import CloseDay
from tests.builders import NOON, ZONE, Till, books, identity, meter
from tests.naive_views import NaiveLedger

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
CALENDAR = Calendar(ZONE, time(0, 0), {"bank:west": time(22, 0)})
CLOSE = CloseDay(MONDAY, CALENDAR)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=ZONE)


@pytest.fixture
def ledger():
    return NaiveLedger(books(*(meter(serial) for serial in range(1, 5))), CALENDAR)


def sell(ledger, *references, at=NOON, till=None, first=1):
    till = till or Till()
    for n, reference in enumerate(references, first):
        ledger.post(till.pay(reference, pan=identity(n).pan), at)


def refusal(content):
    assert isinstance(content, DayRefused)
    return content.reason, content.detail


def test_a_day_is_closed_with_its_figures_and_their_checksum(ledger):
    sell(ledger, "r1", "r2")
    closed = ledger.post(CLOSE, MIDNIGHT)
    assert (closed.day, closed.entries, closed.last_position, closed.carried) == ("2026-11-23", 2, 2, ())
    assert AccountSums("BANK:east", "CNY", 0, 20_000, 0) in closed.accounts
    assert closed.checksum == closed.sealed().checksum != ""


def test_a_close_moves_no_money_and_is_remembered(ledger):
    sell(ledger, "r1")
    ledger._load_days({"2026-11-23"})  # noqa: SLF001 - what the road's first step does
    decision = CLOSE.decide(ledger.books, MIDNIGHT)
    assert decision.remembered
    assert (decision.entries, decision.exception, decision.closes) == ((), None, decision.content)


def test_a_day_without_entries_can_be_closed_and_says_zero(ledger):
    closed = ledger.post(CLOSE, MIDNIGHT)
    assert (closed.entries, closed.last_position, closed.accounts, closed.carried) == (0, 0, (), ())


def test_asked_again_the_close_says_the_same_whatever_has_happened_since(ledger):
    sell(ledger, "r1")
    first = ledger.post(CLOSE, MIDNIGHT)
    sell(ledger, "r2", at=MIDNIGHT, first=2)
    ledger.post(CloseDay(TUESDAY, CALENDAR), MIDNIGHT + timedelta(days=1))
    assert ledger.post(CLOSE, MIDNIGHT + timedelta(days=9)) == first


@pytest.mark.parametrize(
    ("own", "ends"),
    [
        ({}, "2026-11-24 00:00"),
        ({"bank:west": time(22, 0)}, "2026-11-24 00:00"),
        ({"b": time(23)}, "2026-11-24 00:00"),
    ],
)
def test_a_day_is_not_closed_before_its_last_cut_over(ledger, own, ends):
    close = CloseDay(MONDAY, Calendar(ZONE, time(0, 0), own))
    just_before = MIDNIGHT - timedelta(microseconds=1)
    assert refusal(ledger.post(close, just_before)) == (DayRefusal.NOT_OVER, ends)
    assert isinstance(ledger.post(close, MIDNIGHT), Closed)


def test_the_utility_s_own_cut_over_counts_too(ledger):
    close = CloseDay(MONDAY, Calendar(ZONE, time(23, 30), {"bank:west": time(22, 0)}))
    assert refusal(ledger.post(close, NOON)) == (DayRefusal.NOT_OVER, "2026-11-23 23:30")


def test_days_close_in_order(ledger):
    sell(ledger, "r1")
    sell(ledger, "r2", at=MIDNIGHT, first=2)
    later = MIDNIGHT + timedelta(days=1)
    tuesday = CloseDay(TUESDAY, CALENDAR)
    assert refusal(ledger.post(tuesday, later)) == (DayRefusal.EARLIER_OPEN, "2026-11-23")
    ledger.post(CLOSE, later)
    assert isinstance(ledger.post(tuesday, later), Closed)


def test_a_day_without_entries_need_not_be_closed_and_cannot_be_later(ledger):
    sell(ledger, "r1", at=MIDNIGHT)
    assert isinstance(ledger.post(CloseDay(TUESDAY, CALENDAR), MIDNIGHT + timedelta(days=1)), Closed)
    refused = ledger.post(CLOSE, MIDNIGHT + timedelta(days=1))
    assert refusal(refused) == (DayRefusal.LATER_CLOSED, "2026-11-24")


def test_a_refusal_is_not_remembered(ledger):
    sell(ledger, "r1")
    ledger.post(CLOSE, NOON)
    assert CLOSE.key not in ledger.books.known
    assert isinstance(ledger.post(CLOSE, MIDNIGHT), Closed)


def test_a_day_opens_as_the_last_one_closed(ledger):
    sell(ledger, "r1")
    monday = ledger.post(CLOSE, MIDNIGHT)
    sell(ledger, "r2", at=MIDNIGHT, first=2)
    tuesday = ledger.post(CloseDay(TUESDAY, CALENDAR), MIDNIGHT + timedelta(days=1))
    assert {one.place: one.opening for one in tuesday.accounts} == {
        one.place: one.closing for one in monday.accounts
    }


def test_credits_that_wait_are_carried_over_with_their_number_and_sum(ledger):
    west = Till(bank="west", token_in_answer=False)
    sell(ledger, "r1", "r2", "r3", till=west)
    ledger.post(west.hand_over("r2"), NOON)
    monday = ledger.post(CLOSE, MIDNIGHT)
    assert monday.carried == (Carried("HOLD:CREDIT", "CNY", 2, 20_000),)
    ledger.post(west.reverse("r1"), MIDNIGHT)
    sell(ledger, "r4", at=MIDNIGHT, till=west, first=4)
    tuesday = ledger.post(CloseDay(TUESDAY, CALENDAR), MIDNIGHT + timedelta(days=1))
    assert tuesday.carried == (Carried("HOLD:CREDIT", "CNY", 2, 20_000),)
    ledger.post(west.hand_over("r3"), MIDNIGHT + timedelta(days=1))
    ledger.post(west.reverse("r4"), MIDNIGHT + timedelta(days=1))
    wednesday = ledger.post(CloseDay(date(2026, 11, 25), CALENDAR), MIDNIGHT + timedelta(days=2))
    assert wednesday.carried == ()


def test_money_held_for_a_claim_is_carried_over(ledger):
    east = Till(covered=True)
    ledger.books.balances["FLOAT:east"] = -50_000
    ledger.post(east.pay("r1", pan=identity(1).pan), NOON)
    ledger.post(east.reverse("r1"), NOON)
    assert ledger.post(CLOSE, MIDNIGHT).carried == (Carried("HOLD:CLAIM", "CNY", 1, 10_000),)


def test_a_reversal_after_the_close_is_booked_in_the_day_in_which_it_comes(ledger):
    west = Till(bank="west", token_in_answer=False)
    sell(ledger, "r1", till=west)
    monday = ledger.post(CLOSE, MIDNIGHT)
    # The clock may say Monday again: the day is closed, whatever it says.
    ledger.post(west.reverse("r1"), NOON)
    assert [booked.day for booked in ledger.journal] == ["2026-11-23", "2026-11-24"]
    assert ledger.post(CLOSE, MIDNIGHT) == monday
    tuesday = ledger.post(CloseDay(TUESDAY, CALENDAR), MIDNIGHT + timedelta(days=1))
    assert AccountSums("BANK:west", "CNY", 10_000, 0, 10_000) in tuesday.accounts


# -- figures that do not agree are never made to last ----------------------------------------------------


def damaged(ledger, **changes):
    """What a close says when the loaded figures are these."""
    ledger._load_days({"2026-11-23"})  # noqa: SLF001 - what the road's first step does
    figures = ledger.books.days["2026-11-23"]
    ledger.books.days["2026-11-23"] = replace(figures, **changes)
    decision = CLOSE.decide(ledger.books, MIDNIGHT)
    assert not decision.writes
    return refusal(decision.content)


def test_sums_that_are_not_those_of_the_postings_are_refused(ledger):
    sell(ledger, "r1")
    assert damaged(ledger, recount=Recount(1, {}, {})) == (DayRefusal.SUMS_DIFFER, "")


def test_accounts_that_do_not_sum_to_zero_are_refused(ledger):
    one = AccountSums("BANK:east", "CNY", 0, 5, 0)
    recount = Recount(1, {one.place: (5, 0)}, {})
    assert damaged(ledger, sums=(one,), recount=recount) == (DayRefusal.OUT_OF_BALANCE, "5 CNY")


def test_a_day_that_does_not_open_as_the_last_one_closed_is_refused(ledger):
    both = (AccountSums("BANK:east", "CNY", 5, 0, 0), AccountSums("FLOAT:east", "CNY", -5, 0, 0))
    assert damaged(ledger, sums=both) == (DayRefusal.OPENING_DIFFERS, "")


def test_more_accounts_than_a_close_can_hold_are_refused(ledger, monkeypatch):
    monkeypatch.setattr(close_day, "DAY_ACCOUNTS_MAX", 2)
    sell(ledger, "r1")
    assert damaged(ledger)[0] is DayRefusal.TOO_MANY_ACCOUNTS


def test_figures_without_a_posting_agree():
    assert DayFigures((), Recount(0, {}, {})).agree
