from datetime import timedelta

import pytest

from gateway.core.journal import SaleRow
from gateway.core.outcome import Declined, Noted
from gateway.core.payment import payment_key
from gateway.core.refusal import Refusal
from gateway.prepayment.resume_sales import NoteOverdueCredit, Resumed, resume_sales
from tests.builders import BANK, NOON, Till
from tests.doubles import BooksPoster, OpenSales

DAY = timedelta(hours=24)


def finished(coroutine):
    """Run a verb that never has to wait: its double answers at once."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    return end.value.value


class Start:
    """A till whose credits wait, and the start that finds them ``later``."""

    def __init__(self, later: timedelta, state="waiting"):
        self.till = Till(token_in_answer=False)
        self.now = NOON + later
        self.poster = BooksPoster(self.till.books, lambda: self.now)
        self.state = state

    def pay(self, reference="r1"):
        self.till.post(self.till.pay(reference))
        return self

    def rows(self):
        sales = self.till.books.sales.values()
        return [
            SaleRow(
                sale.id, sale.key, sale.bank, sale.meter_id, sale.tender.minor, "CNY", 0, self.state,
                sale.receipt_no, sale.at_us,
            )
            for sale in sales
        ]  # fmt: skip

    def resume(self):
        journal = OpenSales(*self.rows())
        return finished(resume_sales(journal, poster=self.poster, now=self.now, wait_max=DAY))


def note(start: Start):
    command = NoteOverdueCredit(payment_key(BANK, "r1"), BANK)
    return command.decide(start.till.books, start.now)


def test_a_start_that_finds_nothing_open_posts_nothing():
    start = Start(DAY)
    assert start.resume() == Resumed(0, 0)
    assert start.poster.heard == []


def test_a_credit_that_waits_within_its_time_is_counted_and_left_alone():
    start = Start(DAY - timedelta(microseconds=1)).pay()
    assert start.resume() == Resumed(open_count=1, overdue_count=0)
    assert start.poster.heard == []


def test_a_credit_that_waits_for_too_long_is_noted():
    start = Start(DAY).pay()
    assert start.resume() == Resumed(open_count=1, overdue_count=1)
    assert start.poster.heard == [NoteOverdueCredit(payment_key(BANK, "r1"), BANK)]


def test_every_overdue_credit_is_noted():
    start = Start(DAY).pay("r1").pay("r2").pay("r3")
    assert start.resume() == Resumed(3, 3)
    payments = [payment_key(BANK, f"r{n}") for n in (1, 2, 3)]
    assert [command.payment for command in start.poster.heard] == payments


def test_a_sale_that_is_not_open_is_not_looked_at():
    assert Start(DAY, state="issued").pay().resume() == Resumed(0, 0)


def test_a_note_is_on_a_persons_list_and_moves_no_money():
    decision = note(Start(DAY).pay())
    assert decision.exception is not None
    assert (decision.exception.kind, decision.exception.key) == ("credit_overdue", payment_key(BANK, "r1"))
    assert decision.entries == ()


def test_a_credit_is_noted_once_however_often_the_gateway_starts():
    start = Start(DAY).pay()
    start.resume()
    assert start.resume() == Resumed(1, 1)
    decision = note(start)
    assert decision.content == Noted(1)
    assert not decision.writes


def test_a_credit_handed_over_in_the_meantime_is_not_noted():
    start = Start(DAY).pay()
    start.till.post(start.till.hand_over())
    decision = note(start)
    assert decision.content == Declined(Refusal.ORIGINAL_UNKNOWN)
    assert not decision.writes
    assert decision.exception is None


def test_the_credit_itself_stays_where_it_is():
    start = Start(DAY).pay()
    start.resume()
    assert start.till.post(start.till.hand_over()).token is not None
