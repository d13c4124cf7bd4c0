from dataclasses import replace
from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred, fail

from gateway.core.meter import Carrier
from gateway.core.outcome import Declined, Noted
from gateway.core.payment import overdue_key, payment_key
from gateway.core.refusal import Refusal
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.prepayment.resume_sales import NoteOverdueCredit, Resumed, Waits, resume_sales
from tests.builders import BANK, NOON, Till
from tests.doubles import BooksPoster
from tests.naive_views import NaiveViews

DAY = timedelta(hours=24)
CARD_WAIT = timedelta(days=14)
WAITS = Waits(DAY, CARD_WAIT)


def finished(coroutine):
    """Run a verb that never has to wait: its double answers at once."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    return end.value.value


class Start:
    """A till whose credits wait, and the search that finds them ``later``."""

    def __init__(self, later: timedelta, page_max=500):
        self.till = Till(token_in_answer=False)
        self.now = NOON + later
        self.poster = BooksPoster(self.till.books, lambda: self.now)
        self.views = NaiveViews(self.till.books, page_max=page_max)

    def pay(self, *references):
        for reference in references or ("r1",):
            self.till.post(self.till.pay(reference))
        return self

    def resume(self, **more):
        search = resume_sales(self.views, poster=self.poster, now=self.now, wait_max=WAITS, **more)
        return finished(search)

    def noted(self):
        return [command.key for command in self.poster.heard]


class FaultyPoster(BooksPoster):
    """A poster which answers the notes of some payments with a fault."""

    def __init__(self, start: Start, faults: dict[str, Exception]):
        super().__init__(start.till.books, lambda: start.now)
        self._faults = {keys(name)[0]: fault for name, fault in faults.items()}

    def post(self, command):
        if command.key in self._faults:
            self.heard.append(command)
            return fail(self._faults[command.key])
        return super().post(command)


def keys(*references):
    """The keys of the notes of some payments."""
    return [overdue_key(payment_key(BANK, reference)) for reference in references]


def begun(start: Start):
    """Behind which payment each page began."""
    return [query.after and query.after.key for query in start.views.asked]


def note(start: Start):
    command = NoteOverdueCredit(payment_key(BANK, "r1"), BANK)
    return command.decide(start.till.books, start.now)


def test_a_search_that_finds_nothing_open_posts_nothing():
    start = Start(DAY)
    assert start.resume() == Resumed(0, 0, 0)
    assert start.poster.heard == []


def test_a_credit_that_waits_within_its_time_is_counted_and_left_alone():
    start = Start(DAY - timedelta(microseconds=1)).pay()
    assert start.resume() == Resumed(open_count=1, overdue_count=0, noted_count=0)
    assert start.poster.heard == []


def test_a_credit_that_waits_for_too_long_is_noted():
    start = Start(DAY).pay()
    assert start.resume() == Resumed(open_count=1, overdue_count=1, noted_count=1)
    assert start.poster.heard == [NoteOverdueCredit(payment_key(BANK, "r1"), BANK)]


@pytest.mark.parametrize("page_max", [1, 2, 3, 4])
def test_every_overdue_credit_is_noted_however_many_fit_a_page(page_max):
    start = Start(DAY, page_max).pay("r1", "r2", "r3")
    assert start.resume() == Resumed(3, 3, 3)
    assert start.noted() == keys("r1", "r2", "r3")


def test_a_sale_whose_token_is_out_is_not_looked_at():
    start = Start(DAY).pay()
    start.till.post(start.till.hand_over())
    assert start.resume() == Resumed(0, 0, 0)


def test_a_credit_that_is_noted_is_not_posted_again():
    start = Start(DAY, page_max=1).pay("r1", "r2")
    start.resume()
    start.poster.heard.clear()
    assert start.resume() == Resumed(open_count=2, overdue_count=2, noted_count=0)
    assert start.poster.heard == []


def test_the_notes_of_a_page_are_posted_together_and_the_next_page_waits_for_them():
    start = Start(DAY, page_max=2).pay("r1", "r2", "r3")
    waiting: list[Deferred] = []

    def post(_command):
        waiting.append(Deferred())
        return waiting[-1]

    start.poster.post = post
    search = Deferred.fromCoroutine(
        resume_sales(start.views, poster=start.poster, now=start.now, wait_max=WAITS)
    )
    assert len(waiting) == 2
    assert begun(start) == [None]
    first, second = waiting
    first.callback(Noted(1))
    second.callback(Noted(2))
    assert len(waiting) == 3
    assert begun(start) == [None, payment_key(BANK, "r2")]
    waiting[2].callback(Noted(3))
    assert search.result == Resumed(3, 3, 3)


def test_a_search_that_shall_end_leaves_the_other_pages_to_the_next_one():
    start = Start(DAY, page_max=2).pay("r1", "r2", "r3")
    assert start.resume(goes_on=lambda: False) == Resumed(open_count=3, overdue_count=2, noted_count=2)
    assert start.resume() == Resumed(open_count=3, overdue_count=3, noted_count=1)
    assert start.noted() == keys("r1", "r2", "r3")


def test_a_busy_ledger_ends_the_search():
    start = Start(DAY, page_max=1).pay("r1", "r2")
    start.poster = FaultyPoster(start, {"r1": LedgerBusy("full")})
    with pytest.raises(LedgerBusy):
        start.resume()
    assert start.noted() == keys("r1")


@pytest.mark.parametrize("fault", [OutcomeUnknown("ask again"), ZeroDivisionError()])
def test_a_note_that_fails_stops_no_other_and_is_not_hushed_up(fault):
    start = Start(DAY, page_max=2).pay("r1", "r2", "r3")
    start.poster = FaultyPoster(start, {"r1": fault})
    with pytest.raises(type(fault)):
        start.resume()
    assert start.noted() == keys("r1", "r2", "r3")
    start.poster = BooksPoster(start.till.books, lambda: start.now)
    assert start.resume() == Resumed(open_count=3, overdue_count=3, noted_count=1)


def test_a_note_is_on_a_persons_list_and_moves_no_money():
    decision = note(Start(DAY).pay())
    assert decision.exception is not None
    assert (decision.exception.kind, decision.exception.key) == ("credit_overdue", payment_key(BANK, "r1"))
    assert decision.entries == ()


def test_a_credit_is_noted_once_even_if_two_searches_meet():
    start = Start(DAY).pay()
    start.resume()
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


class CardStart(Start):
    """A till whose customer's meter takes its credits from a card."""

    def __init__(self, later: timedelta):
        super().__init__(later)
        meters = self.till.books.meters
        meters.update({pan: replace(meter, carrier=Carrier.CARD) for pan, meter in meters.items()})


def test_a_credit_for_a_card_may_wait_for_its_customer_for_longer():
    start = CardStart(DAY).pay()
    assert start.resume() == Resumed(open_count=1, overdue_count=0, noted_count=0)


def test_a_credit_for_a_card_that_nobody_comes_for_is_noted_with_what_can_be_done():
    start = CardStart(CARD_WAIT).pay()
    assert start.resume() == Resumed(open_count=1, overdue_count=1, noted_count=1)
    (command,) = start.poster.heard
    decided = Start(DAY).pay()
    said = command.decide(decided.till.books, decided.now)
    assert said.exception.text.startswith("a paid credit was never loaded on its card; ask the customer")
