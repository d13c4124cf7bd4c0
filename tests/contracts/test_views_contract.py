"""What whoever asks the books may rely on: the same rules over the double and both databases."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from adapters.db import open_sales
from adapters.db.poster import run_here
from adapters.db.tariff_rows import enter_version
from adapters.db.views import Views
from gateway.core import views as v
from gateway.core.bank_day import Counted
from gateway.core.calendar import Calendar
from gateway.core.closed_day import AccountSums, Carried, Closed
from gateway.core.money import Money
from gateway.core.payment import deposit_key, payment_key
from gateway.core.tariff_life import TariffHead
from gateway.core.timeline import microseconds
from gateway.prepayment.close_day import CloseDay
from gateway.prepayment.deposit_float import DepositFloat
from gateway.prepayment.resume_sales import NoteOverdueCredit
from tests.builders import BANK, NOON, ZONE, Till, books, identity, meter, posting_batch
from tests.databases import Fresh
from tests.multi_tariff.builders import approved, draft
from tests.naive_views import NaiveLedger, NaiveViews

METERS = 4
NOON_US = microseconds(NOON)
#: West goes over to the next day two hours before midnight.
CALENDAR = Calendar(ZONE, time(0, 0), {"bank:west": time(22, 0)})
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


class OnBooks:
    """The double, over books that a till posts on."""

    def __init__(self):
        on = books(*(meter(serial) for serial in range(1, METERS + 1)))
        self.ledger = NaiveLedger(on, CALENDAR)
        self.views = NaiveViews(on, self.ledger)

    def post(self, *commands, at=NOON):
        return [self.ledger.post(command, at) for command in commands]

    def enter(self, *versions):
        self.views.tariffs += versions


class OnDatabase:
    """The real one, over a database that a batch posts on."""

    def __init__(self, fresh):
        self.engine = fresh.database(METERS)
        self.views = Views(self.engine, run_here)
        self.now = NOON
        self.batch = posting_batch(self.engine, lambda: self.now, calendar=CALENDAR)

    def post(self, *commands, at=NOON):
        self.now = at
        return self.batch.run(commands)

    def enter(self, *versions):
        with self.engine.begin() as connection:
            for version in versions:
                enter_version(connection, version)


@pytest.fixture(params=["double", "sqlite", "postgresql"])
def ledger(request, tmp_path, postgresql):
    if request.param == "double":
        return OnBooks()
    return OnDatabase(Fresh(request.param, tmp_path, postgresql))


def clock(day: int, hour: int, minute=0):
    """A moment of November 2026 in the utility's zone."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def pans():
    return [identity(serial).pan for serial in range(1, METERS + 1)]


def waiting(ledger):
    """Four credits: one is fetched, one is taken back, two wait."""
    till = Till(token_in_answer=False)
    ledger.post(*(till.pay(f"r{n}", pan=pan) for n, pan in enumerate(pans(), 1)))
    ledger.post(till.hand_over("r1"), till.reverse("r3"))


def two_days(ledger):
    """Monday: East deposits and sells, West sells before and after its cut-over. Tuesday: West takes back."""
    one, two, three, four = pans()
    east, west = Till(covered=True), Till(bank="west", token_in_answer=False)
    deposit = DepositFloat(deposit_key(BANK, "d1"), BANK, Money(50_000, "CNY"), "CNY", covered=True)
    ledger.post(deposit, east.pay("r1", pan=one), at=clock(23, 9))
    ledger.post(west.pay("r2", 7_000, pan=two), at=clock(23, 21, 59))
    ledger.post(west.pay("r3", 3_000, pan=three), at=clock(23, 22))
    ledger.post(east.pay("r4", 5_000, pan=four), at=clock(23, 23, 59))
    ledger.post(west.reverse("r2"), at=clock(24, 0))


def said(waiter):
    """What was answered, now: none of them makes anyone wait."""
    heard: list = []
    waiter.addCallback(heard.append)
    (answer,) = heard
    return answer


def rows(ledger, query):
    return list(said(ledger.views.rows(query)))


def count(ledger, query):
    return said(ledger.views.count(query))


def totals(ledger, query):
    return said(ledger.views.totals(query))


def statement(account="BANK:west", first=MONDAY, last=TUESDAY, **more):
    return v.Statement(account, "CNY", first, last, **more)


# -- open sales ------------------------------------------------------------------------------------------


def test_new_books_have_nothing_open(ledger):
    query = v.OpenSales(NOON_US)
    assert (count(ledger, query), rows(ledger, query), totals(ledger, query)) == (0, [], ())


def test_what_waits_is_counted_and_what_has_ended_is_not(ledger):
    waiting(ledger)
    assert count(ledger, v.OpenSales(NOON_US)) == 2
    assert totals(ledger, v.OpenSales(NOON_US)) == (v.CurrencySum("CNY", 2, 20_000),)


def test_a_page_has_what_waits_with_its_bank_and_its_moment(ledger):
    waiting(ledger)
    found = [(row.key, row.bank, row.at_us, row.is_noted) for row in rows(ledger, v.OpenSales(NOON_US))]
    assert found == [(payment_key(BANK, name), BANK, NOON_US, False) for name in ("r2", "r4")]


def test_what_was_begun_later_is_not_on_a_page(ledger):
    waiting(ledger)
    assert rows(ledger, v.OpenSales(NOON_US - 1)) == []


def test_the_next_page_of_open_sales_begins_behind_the_last_row(ledger):
    waiting(ledger)
    first, second = rows(ledger, v.OpenSales(NOON_US))
    assert rows(ledger, v.OpenSales(NOON_US, first)) == [second]
    assert rows(ledger, v.OpenSales(NOON_US, second)) == []


def test_a_credit_that_a_person_was_told_of_says_so(ledger):
    waiting(ledger)
    ledger.post(NoteOverdueCredit(payment_key(BANK, "r4"), BANK))
    assert [(row.key, row.is_noted) for row in rows(ledger, v.OpenSales(NOON_US))] == [
        (payment_key(BANK, "r2"), False),
        (payment_key(BANK, "r4"), True),
    ]


def test_a_page_of_open_sales_has_no_more_rows_than_its_limit(fresh, monkeypatch):
    monkeypatch.setattr(open_sales, "_PAGE", open_sales._PAGE.limit(1))  # noqa: SLF001 - the statement's limit
    real = OnDatabase(fresh)
    waiting(real)
    (first,) = rows(real, v.OpenSales(NOON_US))
    (second,) = rows(real, v.OpenSales(NOON_US, first))
    assert [row.key for row in (first, second)] == [payment_key(BANK, "r2"), payment_key(BANK, "r4")]
    assert rows(real, v.OpenSales(NOON_US, second)) == []


# -- trial balance ---------------------------------------------------------------------------------------


def test_new_books_have_an_empty_trial_balance(ledger):
    query = v.TrialBalance(MONDAY)
    assert (count(ledger, query), rows(ledger, query), totals(ledger, query)) == (0, [], ())


def test_a_day_opens_as_the_day_before_closed(ledger):
    two_days(ledger)
    closing = {one.place: one.closing for one in rows(ledger, v.TrialBalance(MONDAY)) if one.closing}
    opening = {one.place: one.opening for one in rows(ledger, v.TrialBalance(TUESDAY)) if one.opening}
    assert closing == opening
    assert closing["BANK:west", "CNY"] == 7_000


def test_each_bank_has_its_own_end_of_the_day(ledger):
    two_days(ledger)
    assert AccountSums("BANK:west", "CNY", 0, 7_000, 0) in rows(ledger, v.TrialBalance(MONDAY))
    assert AccountSums("BANK:west", "CNY", 7_000, 3_000, 7_000) in rows(ledger, v.TrialBalance(TUESDAY))
    # East sold at 23:59, which is still Monday for it.
    assert AccountSums("FLOAT:east", "CNY", 0, 15_000, 50_000) in rows(ledger, v.TrialBalance(MONDAY))


def test_an_account_that_stands_at_zero_and_was_not_moved_is_left_out(ledger):
    two_days(ledger)
    ledger.post(Till(bank="west").reverse("r3"), at=clock(24, 1))
    assert "BANK:west" in {one.code for one in rows(ledger, v.TrialBalance(TUESDAY))}
    assert "BANK:west" not in {one.code for one in rows(ledger, v.TrialBalance(WEDNESDAY))}


def test_accounts_stand_in_the_order_of_their_codes(ledger):
    two_days(ledger)
    places = [one.place for one in rows(ledger, v.TrialBalance(TUESDAY))]
    assert places == sorted(places)
    assert count(ledger, v.TrialBalance(TUESDAY)) == len(places) > 5


def test_every_unit_sums_to_zero_and_debits_are_credits(ledger):
    two_days(ledger)
    units = totals(ledger, v.TrialBalance(TUESDAY))
    assert [one.unit for one in units] == ["CNY", "Wh"]
    assert [(one.opening, one.debit - one.credit, one.closing) for one in units] == [(0, 0, 0)] * 2
    assert units[0].debit == 10_000


# -- statement -------------------------------------------------------------------------------------------


def test_a_statement_shows_each_posting_with_the_balance_after_it(ledger):
    two_days(ledger)
    found = [
        (row.number, row.business_date, row.at_us, row.kind, row.key, row.amount, row.balance)
        for row in rows(ledger, statement())
    ]
    key = payment_key("west", "r2")
    assert found == [
        (1, "2026-11-23", microseconds(clock(23, 21, 59)), "hold", key, 7_000, 7_000),
        (2, "2026-11-24", microseconds(clock(23, 22)), "hold", payment_key("west", "r3"), 3_000, 10_000),
        (3, "2026-11-24", microseconds(clock(24, 0)), "void", f"undo/{key}", -7_000, 3_000),
    ]


def test_a_statement_of_one_day_begins_with_what_was_there_before(ledger):
    two_days(ledger)
    query = statement(first=TUESDAY)
    assert totals(ledger, query) == v.StatementTotals(7_000, 3_000, 7_000, 3_000, 2)
    assert [row.balance for row in rows(ledger, query)] == [10_000, 3_000]
    assert count(ledger, query) == 2


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_pages_of_a_statement_are_the_whole_statement(ledger, limit):
    two_days(ledger)
    whole, pages, last = rows(ledger, statement()), [], None
    while page := rows(ledger, statement(limit=limit, after=last)):
        assert len(page) <= limit
        pages += page
        last = page[-1]
    assert pages == whole
    assert len(whole) == 3


def test_a_statement_of_days_without_postings_is_empty_and_keeps_its_balance(ledger):
    two_days(ledger)
    query = statement(first=WEDNESDAY, last=WEDNESDAY)
    assert rows(ledger, query) == []
    assert totals(ledger, query) == v.StatementTotals(3_000, 0, 0, 3_000, 0)


@pytest.mark.parametrize(("account", "unit"), [("BANK:north", "CNY"), ("BANK:west", "Wh")])
def test_a_statement_of_an_account_that_is_not_there_is_empty(ledger, account, unit):
    two_days(ledger)
    query = v.Statement(account, unit, MONDAY, TUESDAY)
    assert rows(ledger, query) == []
    assert totals(ledger, query) == v.StatementTotals(0, 0, 0, 0, 0)


# -- a bank's day ----------------------------------------------------------------------------------------


def test_a_bank_s_day_counts_what_it_paid_and_took_back(ledger):
    two_days(ledger)
    (monday,) = totals(ledger, v.DayTotals("west", MONDAY))
    (tuesday,) = totals(ledger, v.DayTotals("west", TUESDAY))
    assert (monday.payments, monday.reversals) == (Counted(1, 7_000), Counted(0, 0))
    assert (tuesday.payments, tuesday.reversals) == (Counted(1, 3_000), Counted(1, 7_000))
    assert (monday.net, tuesday.net) == (7_000, -4_000)
    assert (tuesday.owed_opening, tuesday.owed_closing) == (7_000, 3_000)


def test_a_bank_that_covers_its_sales_has_its_deposits_and_its_float(ledger):
    two_days(ledger)
    (monday,) = totals(ledger, v.DayTotals(BANK, MONDAY))
    assert (monday.deposits, monday.payments) == (Counted(1, 50_000), Counted(2, 15_000))
    assert (monday.covers_opening, monday.covers_closing) == (0, 35_000)
    assert (monday.owed_opening, monday.owed_closing) == (0, 50_000)


def test_a_claim_is_told_apart_from_a_reversal(ledger):
    till = Till()
    ledger.post(till.pay("r1"), till.reverse("r1"))
    (day,) = totals(ledger, v.DayTotals(BANK, MONDAY))
    assert (day.payments, day.reversals, day.claims) == (
        Counted(1, 10_000),
        Counted(0, 0),
        Counted(1, 10_000),
    )
    assert day.owed_closing == 0


def test_a_day_without_the_bank_has_no_totals_before_its_first_payment_and_its_balance_after_it(ledger):
    two_days(ledger)
    assert totals(ledger, v.DayTotals("west", date(2026, 11, 22))) == ()
    (day,) = totals(ledger, v.DayTotals("west", WEDNESDAY))
    assert (day.payments, day.owed_opening, day.owed_closing) == (Counted(0, 0), 3_000, 3_000)
    assert (rows(ledger, v.DayTotals("west", WEDNESDAY)), count(ledger, v.DayTotals("west", WEDNESDAY))) == (
        [],
        0,
    )


def test_the_moves_of_a_bank_s_day_are_all_postings_on_its_accounts(ledger):
    two_days(ledger)
    moves = rows(ledger, v.DayTotals("west", TUESDAY))
    assert [(move.kind, move.account, move.count, move.amount) for move in moves] == [
        ("hold", "BANK:west", 1, 3_000),
        ("void", "BANK:west", 1, -7_000),
    ]
    assert count(ledger, v.DayTotals("west", TUESDAY)) == 2


# -- days and their close --------------------------------------------------------------------------------


def test_new_books_have_no_days(ledger):
    for query in (v.Days(), v.OpenDays()):
        assert (count(ledger, query), rows(ledger, query), totals(ledger, query)) == (0, [], None)
    assert totals(ledger, v.DayClose(MONDAY)) is None
    assert rows(ledger, v.DayClose(MONDAY)) == []


def test_days_that_were_posted_in_are_open_until_they_are_closed(ledger):
    two_days(ledger)
    assert [day.day for day in rows(ledger, v.OpenDays())] == ["2026-11-23", "2026-11-24"]
    ledger.post(CloseDay(MONDAY, CALENDAR), at=clock(24, 0))
    assert [(day.day, day.checksum) for day in rows(ledger, v.OpenDays())] == [("2026-11-24", None)]
    assert count(ledger, v.OpenDays()) == 1


def test_the_list_of_days_tells_the_newest_first_and_who_is_closed(ledger):
    two_days(ledger)
    (closed,) = ledger.post(CloseDay(MONDAY, CALENDAR), at=clock(24, 0))
    tuesday, monday = rows(ledger, v.Days())
    assert (tuesday.day, tuesday.closed_at_us, tuesday.last_position) == ("2026-11-24", None, None)
    assert (monday.day, monday.closed_at_us) == ("2026-11-23", microseconds(clock(24, 0)))
    assert (monday.last_position, monday.checksum) == (closed.last_position, closed.checksum)
    assert totals(ledger, v.Days()) == totals(ledger, v.OpenDays()) == monday


def test_the_list_of_days_ends_where_it_is_told_and_has_its_limit(ledger):
    two_days(ledger)
    ledger.post(CloseDay(MONDAY, CALENDAR), CloseDay(TUESDAY, CALENDAR), at=clock(26, 0))
    ledger.post(CloseDay(WEDNESDAY, CALENDAR), at=clock(26, 0))
    assert [day.day[-2:] for day in rows(ledger, v.Days())] == ["25", "24", "23"]
    assert [day.day[-2:] for day in rows(ledger, v.Days(until=TUESDAY))] == ["24", "23"]
    assert [day.day[-2:] for day in rows(ledger, v.Days(limit=1))] == ["25"]
    assert (count(ledger, v.Days()), count(ledger, v.Days(until=TUESDAY))) == (3, 2)
    assert rows(ledger, v.Days(limit=1))[0].postings == 0


def test_what_a_close_says_is_what_was_answered(ledger):
    two_days(ledger)
    (closed,) = ledger.post(CloseDay(MONDAY, CALENDAR), at=clock(24, 0))
    assert isinstance(closed, Closed)
    assert totals(ledger, v.DayClose(MONDAY)) == closed
    assert rows(ledger, v.DayClose(MONDAY)) == list(closed.accounts) == rows(ledger, v.TrialBalance(MONDAY))
    assert count(ledger, v.DayClose(MONDAY)) == len(closed.accounts)
    assert (closed.day, closed.entries) == ("2026-11-23", 4)
    assert closed.carried == (Carried("HOLD:CREDIT", "CNY", 1, 7_000),)


# -- tariff versions -------------------------------------------------------------------------------------


def versions(ledger):
    """Two power types; one version was withdrawn as a draft, one when it was approved."""
    gone = draft("v3", 5).withdrawn("li", NOON, "a slip")
    also = approved("v4", 6).withdrawn("wang", NOON, "another slip")
    listed = [approved("c1", -5, power_type="commercial"), approved("v1"), gone, also, draft("v2")]
    ledger.enter(*reversed(listed))
    return listed


def test_new_books_have_no_tariff_version(ledger):
    query = v.TariffVersions()
    assert (count(ledger, query), rows(ledger, query)) == (0, [])
    assert totals(ledger, query) == TariffHead(0, 0, 0)


def test_versions_come_by_power_type_and_moment_with_all_that_became_of_them(ledger):
    listed = versions(ledger)
    assert rows(ledger, v.TariffVersions()) == listed
    assert rows(ledger, v.TariffVersions("domestic")) == listed[1:]
    assert rows(ledger, v.TariffVersions("nobody's")) == []


def test_versions_are_counted_however_short_the_page(ledger):
    versions(ledger)
    assert count(ledger, v.TariffVersions(limit=1)) == 5
    assert totals(ledger, v.TariffVersions(limit=1)) == TariffHead(5, 3, 2)
    assert totals(ledger, v.TariffVersions("commercial")) == TariffHead(1, 1, 0)


def test_versions_are_turned_over_page_by_page(ledger):
    listed, found = versions(ledger), []
    page = rows(ledger, v.TariffVersions(limit=2))
    while page:
        found += page
        page = rows(ledger, v.TariffVersions(after=page[-1], limit=2))
    assert found == listed


def test_a_page_of_versions_has_its_limits():
    with pytest.raises(ValueError, match="1 to 1000 rows"):
        v.TariffVersions(limit=0)
