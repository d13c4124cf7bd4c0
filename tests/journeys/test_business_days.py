"""Business days on a real database: two banks that cut over at their own hours, clocks, corrections."""

from __future__ import annotations

import random
import threading
from datetime import date, datetime, time, timedelta

import pytest

from adapters.db.journal_reader import JournalReader
from adapters.db.views import ViewReader
from gateway.core import views as v
from gateway.core.calendar import Calendar
from gateway.core.closed_day import Closed, DayRefusal, DayRefused
from gateway.core.ledger import WATT_HOURS
from gateway.core.money import Money
from gateway.core.outcome import Approved, Declined
from gateway.core.payment import deposit_key
from gateway.prepayment.close_day import CloseDay
from gateway.prepayment.deposit_float import DepositFloat
from gateway.proof.check import check_books
from gateway.proof.check_days import check_days
from tests.builders import NOON, ZONE, Till, books, identity, meter, posting_batch
from tests.naive_views import NaiveLedger, NaiveViews

#: West goes over two hours before midnight, the utility and East at midnight.
CALENDAR = Calendar(ZONE, time(0, 0), {"bank:west": time(22, 0)})
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
METERS = 6


class Shop:
    """Books whose clock is where the test wants it."""

    def __init__(self, fresh):
        self.engine = fresh.database(METERS)
        self.now = NOON
        self.batch = posting_batch(self.engine, lambda: self.now, calendar=CALENDAR)
        self.views = ViewReader(self.engine)

    def post(self, at, *commands):
        self.now = at
        outcomes = self.batch.run(commands)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        return outcomes

    def close(self, day, at):
        return self.post(at, CloseDay(day, CALENDAR))[0]

    def days_of(self, account, unit="CNY"):
        """The business days of an account's postings, in the order of booking."""
        query = v.Statement(account, unit, date(2026, 1, 1), date(2027, 12, 31))
        return [row.business_date for row in self.views.rows(query)]

    def assert_sound(self):
        journal = JournalReader(self.engine)
        assert check_books(journal) == []
        assert check_days(journal, journal.standing().days, journal.closed_days()) == []


@pytest.fixture
def shop(fresh):
    return Shop(fresh)


def clock(day: int, hour: int, minute=0, second=0):
    return datetime(2026, 11, day, hour, minute, second, tzinfo=ZONE)


def pan(serial):
    return identity(serial).pan


EAST, WEST = Till(), Till(bank="west", token_in_answer=False)


def test_two_banks_close_one_day_at_two_hours(shop):
    shop.post(clock(23, 21, 59), EAST.pay("e1", pan=pan(1)), WEST.pay("w1", pan=pan(2)))
    shop.post(clock(23, 22, 0), EAST.pay("e2", pan=pan(3)), WEST.pay("w2", pan=pan(4)))
    refused = shop.close(MONDAY, clock(23, 22, 30))
    assert refused == DayRefused(DayRefusal.NOT_OVER, "2026-11-24 00:00")
    shop.post(clock(23, 23, 59, 59), EAST.pay("e3", pan=pan(5)))
    shop.post(clock(24, 0), EAST.pay("e4", pan=pan(6)))
    assert shop.days_of("BANK:east") == ["2026-11-23"] * 3 + ["2026-11-24"]
    assert shop.days_of("BANK:west") == ["2026-11-23", "2026-11-24"]
    closed = shop.close(MONDAY, clock(24, 0, 0, 1))
    assert (closed.entries, closed.last_position) == (4, 6)
    shop.assert_sound()


def test_a_payment_in_the_batch_of_the_close_is_booked_in_the_day_after(shop):
    shop.post(NOON, EAST.pay("e1", pan=pan(1)))
    before, closed, after = shop.post(
        clock(24, 0), EAST.pay("e2", pan=pan(2)), CloseDay(MONDAY, CALENDAR), EAST.pay("e3", pan=pan(3))
    )
    assert (before.receipt_no, closed.entries, closed.last_position, after.receipt_no) == (2, 1, 2, 3)
    assert shop.days_of("BANK:east") == ["2026-11-23", "2026-11-24", "2026-11-24"]
    shop.assert_sound()


def test_days_can_be_closed_in_one_batch_and_each_opens_as_the_one_before_closed(shop):
    shop.post(NOON, WEST.pay("w1", pan=pan(1)))
    shop.post(clock(24, 12), WEST.pay("w2", pan=pan(2)))
    monday, tuesday = shop.post(clock(26, 0), CloseDay(MONDAY, CALENDAR), CloseDay(TUESDAY, CALENDAR))
    assert (monday.entries, tuesday.entries) == (1, 1)
    assert [one.count for one in (*monday.carried, *tuesday.carried)] == [1, 2]
    shop.assert_sound()


def test_a_clock_set_back_behind_the_close_does_not_open_the_day_again(shop):
    shop.post(clock(23, 23, 30), EAST.pay("e1", pan=pan(1)))
    closed = shop.close(MONDAY, clock(24, 0, 5))
    shop.post(clock(23, 23, 45), EAST.pay("e2", pan=pan(2)), WEST.pay("w1", pan=pan(3)))
    shop.post(clock(20, 12), EAST.pay("e3", pan=pan(4)))
    assert shop.days_of("BANK:east") == ["2026-11-23", "2026-11-24", "2026-11-24"]
    assert shop.days_of("BANK:west") == ["2026-11-24"]
    assert shop.close(MONDAY, clock(24, 0, 10)) == closed
    assert shop.close(TUESDAY, clock(25, 0)).entries == 3
    shop.assert_sound()


def test_a_clock_that_ran_days_ahead_is_closed_and_stated_all_the_same(shop):
    shop.post(NOON, WEST.pay("w1", pan=pan(1)))
    shop.post(clock(28, 12), WEST.pay("w2", pan=pan(2)))
    # From here on ids run ahead of the clock, which is right again.
    shop.post(clock(23, 13), WEST.pay("w3", pan=pan(3)), WEST.reverse("w3"))
    query = v.Statement("BANK:west", "CNY", MONDAY, MONDAY)
    assert [(row.kind, row.balance) for row in shop.views.rows(query)] == [
        ("hold", 10_000),
        ("hold", 20_000),
        ("void", 10_000),
    ]
    (day,) = shop.views.totals(v.DayTotals("west", MONDAY))
    assert (day.payments.count, day.reversals.count) == (2, 1)
    monday = shop.close(MONDAY, clock(24, 0))
    assert (monday.entries, monday.carried[0].count) == (3, 1)
    assert shop.close(date(2026, 11, 28), clock(29, 0)).entries == 1
    shop.assert_sound()


def test_a_payment_of_a_closed_day_is_taken_back_in_the_day_in_which_it_is(shop):
    paid, gone = shop.post(NOON, WEST.pay("w1", pan=pan(1)), EAST.pay("e1", pan=pan(2)))
    assert isinstance(paid, Approved)
    assert isinstance(gone, Approved)
    monday = shop.close(MONDAY, clock(24, 0))
    shop.post(clock(24, 9), WEST.reverse("w1"), EAST.reverse("e1"))
    assert shop.days_of("BANK:west") == ["2026-11-23", "2026-11-24"]
    assert shop.days_of("CLAIM:east") == ["2026-11-24"]
    assert shop.views.totals(v.DayClose(MONDAY)) == monday
    (west,) = shop.views.totals(v.DayTotals("west", TUESDAY))
    assert (west.payments.count, west.reversals.count, west.net) == (0, 1, -10_000)
    shop.assert_sound()


def test_a_close_repeated_by_another_process_says_the_same(shop):
    shop.post(NOON, EAST.pay("e1", pan=pan(1)))
    other = posting_batch(shop.engine, lambda: clock(24, 1), calendar=CALENDAR)
    first = shop.close(MONDAY, clock(24, 0))
    assert other.run([CloseDay(MONDAY, CALENDAR)]) == [first]
    # The other one had never heard of the close; its payments know it all the same.
    other.run([EAST.pay("e2", pan=pan(2))])
    shop.post(clock(23, 23), EAST.pay("e3", pan=pan(3)))
    assert shop.days_of("BANK:east") == ["2026-11-23", "2026-11-24", "2026-11-24"]
    with shop.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM closed_day").scalar_one() == 1


def test_damaged_sums_are_not_closed(shop):
    shop.post(NOON, EAST.pay("e1", pan=pan(1)))
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account_day SET debit = debit + 1 WHERE debit > 0")
    assert shop.close(MONDAY, clock(24, 0)) == DayRefused(DayRefusal.SUMS_DIFFER)
    assert shop.views.rows(v.Days())[0].checksum is None


@pytest.mark.slow
def test_days_are_closed_while_payments_come_from_another_process(shop):
    """Payments run over midnight on one connection while another closes: no entry slips behind the close."""
    moments = [clock(23, 23, 59, 50) + timedelta(seconds=n) / 4 for n in range(80)]
    posted = threading.Event()

    def sell():
        here = [NOON]
        batch = posting_batch(shop.engine, lambda: here[0], calendar=CALENDAR)
        for n, moment in enumerate(moments):
            here[0] = moment
            (paid,) = batch.run([WEST.pay(f"w{n}", pan=pan(1 + n % METERS))])
            assert isinstance(paid, Approved), paid
            posted.set()
        batch.close()

    seller = threading.Thread(target=sell)
    seller.start()
    posted.wait(30)
    closes: list = []
    while seller.is_alive() or not closes:
        closes += [one for one in [shop.close(MONDAY, clock(24, 0))] if isinstance(one, Closed)]
        # East's payments are on this connection, by a clock that is behind.
        shop.post(clock(23, 23, 58), EAST.pay(f"e{len(closes)}", pan=pan(1)))
    seller.join()
    assert len(set(closes)) == 1
    assert shop.close(TUESDAY, clock(25, 0)).entries >= 1
    shop.assert_sound()


# -- a thousand operations, added up twice ---------------------------------------------------------------


def operations(seed: int, count: int):
    """Moments that mostly rise, with a command for each; now and then a clock goes back, a day is closed."""
    dice, now = random.Random(seed), clock(23, 8)
    references: list[tuple[Till, str]] = []
    west, covered = Till(bank="west", token_in_answer=False), Till(bank="north", covered=True)
    for n in range(count):
        now += timedelta(minutes=dice.choice([0, 1, 5, 15, 30, 60, -2]))
        if dice.random() < 0.005:
            now -= timedelta(hours=dice.randrange(1, 40))
        till = dice.choice([EAST, west, covered])
        old, reference = dice.choice(references) if references else (till, "")
        what = dice.choices(["pay", "reverse", "hand over", "deposit", "close"], [12, 4, 3, 2, 2])[0]
        if what == "pay" or (not reference and what in {"reverse", "hand over"}):
            references.append((till, f"p{n}"))
            minor = dice.randrange(100, 90_000)
            yield now, till.pay(f"p{n}", minor, pan=pan(dice.randrange(1, METERS + 1)))
        elif what == "reverse":
            yield now, old.reverse(reference)
        elif what == "hand over":
            yield now, old.hand_over(reference)
        elif what == "deposit":
            amount = Money(dice.randrange(1, 500_000), "CNY")
            yield now, DepositFloat(deposit_key("north", f"d{n}"), "north", amount, "CNY", covered=True)
        else:
            yield now, CloseDay(now.date() - timedelta(days=dice.choice([1, 1, 1, 2])), CALENDAR)


def without_ids(rows):
    """Statement rows as they are in any store: ids are the store's own."""
    columns = ("number", "position", "at_us", "business_date", "kind", "key", "amount", "balance")
    return [[getattr(row, name) for name in columns] for row in rows]


@pytest.mark.sim
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_operations_give_the_figures_that_adding_all_up_gives(shop, seed):
    on = books(*(meter(serial) for serial in range(1, METERS + 1)))
    naive = NaiveLedger(on, CALENDAR)
    heard: list = []
    for now, command in operations(seed, 1_000):
        (said,), wanted = shop.post(now, command), naive.post(command, now)
        assert type(said) is type(wanted), (said, wanted)
        if isinstance(said, Closed | DayRefused | Declined):
            assert said == wanted
        heard.append(said)
    closes = [one for one in heard if isinstance(one, Closed)]
    assert len({one.day for one in closes}) > 5
    other, views = NaiveViews(on, naive), shop.views
    days = [date.fromisoformat(day.day) for day in views.rows(v.Days())]
    assert len(days) > 3
    for day in days:
        queries = [
            v.TrialBalance(day),
            *(v.DayTotals(bank, day) for bank in ("east", "west", "north")),
            v.DayClose(day),
        ]
        for query in queries:
            assert list(views.rows(query)) == other.rows(query).result
            assert views.count(query) == other.count(query).result
            assert views.totals(query) == other.totals(query).result
    assert views.rows(v.Days()) == other.rows(v.Days()).result
    for account in [one for one in views.rows(v.TrialBalance(days[0])) if one.unit != WATT_HOURS]:
        query = v.Statement(account.code, "CNY", days[-1], days[0])
        assert without_ids(views.rows(query)) == without_ids(other.rows(query).result)
        for day in days:
            one = v.Statement(account.code, "CNY", day, day)
            assert without_ids(views.rows(one)) == without_ids(other.rows(one).result)
            assert views.totals(one) == other.totals(one).result
    shop.assert_sound()
