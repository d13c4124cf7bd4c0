"""The queue in front of the posting batch: the test ends each batch itself, when it likes and as it likes."""

import pytest
from twisted.internet.defer import Deferred

from adapters.db.poster import BATCH_MAX, QUEUE_MAX, QueuedPoster
from adapters.db.posting_batch import LedgerBroken
from gateway.ports import LedgerBusy, OutcomeUnknown


class Thread:
    """Where batches run: each stays in flight until the test ends it."""

    def __init__(self):
        self.calls: list = []

    def __call__(self, function, *arguments):
        done: Deferred = Deferred()
        self.calls.append((function, arguments, done))
        return done

    @property
    def batches(self):
        return [list(arguments[0]) for _, arguments, _ in self.calls if arguments]

    def end(self, *outcomes):
        """End the newest batch: with its commands as their own contents unless told otherwise."""
        _, (commands,), done = self.calls[-1]
        done.callback(list(outcomes or commands))

    def fail(self, fault):
        self.calls[-1][2].errback(fault)


class Batch:
    """Never run here; only its methods' names are handed on."""

    def run(self, commands):
        raise AssertionError(commands)

    def close(self):
        raise AssertionError


class Counter:
    """A poster, its thread, and what its waiters heard."""

    def __init__(self, **more):
        self.thread = Thread()
        self.broken: list[str] = []
        self.poster = QueuedPoster(Batch(), self.thread, self.broken.append, **more)
        self.heard: list = []

    def post(self, *commands):
        for command in commands:
            waiter = self.poster.post(command)
            waiter.addCallbacks(self.heard.append, lambda failure: self.heard.append(failure.value))

    def kinds(self):
        return [type(each) for each in self.heard]


def test_the_first_command_goes_at_once():
    counter = Counter()
    counter.post("a")
    assert counter.thread.batches == [["a"]]


def test_while_a_batch_is_in_flight_nothing_else_starts():
    counter = Counter()
    counter.post("a", "b", "c")
    assert counter.thread.batches == [["a"]]
    assert counter.poster.queued_count == 2


def test_everything_that_queued_meanwhile_is_the_next_batch():
    counter = Counter()
    counter.post("a", "b", "c")
    counter.thread.end()
    assert counter.thread.batches == [["a"], ["b", "c"]]


def test_what_queued_meanwhile_is_begun_before_anybody_is_answered():
    counter = Counter()
    begun: list = []
    counter.poster.post("a").addCallback(lambda _: begun.extend(counter.thread.batches))
    counter.post("b", "c")
    counter.thread.end()
    assert begun == [["a"], ["b", "c"]]


def test_where_nothing_has_queued_all_that_the_answers_bring_is_one_batch():
    counter = Counter(batch_max=2)
    counter.post("first")
    for command in ("a", "b"):
        counter.poster.post(command).addCallback(lambda said: counter.post(f"after {said}"))
    counter.thread.end()
    counter.thread.end()
    assert counter.thread.batches == [["first"], ["a", "b"], ["after a", "after b"]]


def test_a_batch_holds_at_most_five_hundred():
    counter = Counter()
    counter.post("a", *range(BATCH_MAX + 1))
    counter.thread.end()
    assert counter.thread.batches[1] == list(range(BATCH_MAX)) == list(range(500))
    counter.thread.end()
    assert counter.thread.batches[2] == [BATCH_MAX]


def test_nobody_is_answered_before_the_batch_has_ended():
    counter = Counter()
    counter.post("a", "b")
    assert counter.heard == []
    counter.thread.end()
    assert counter.heard == ["a"]
    counter.thread.end()
    assert counter.heard == ["a", "b"]


def test_each_waiter_gets_its_own_outcome():
    counter = Counter(batch_max=3)
    counter.post("first", "a", "b", "c")
    counter.thread.end()
    counter.thread.end("of a", "of b", "of c")
    assert counter.heard == ["first", "of a", "of b", "of c"]


def test_an_outcome_that_is_an_exception_is_raised_at_its_waiter_alone():
    counter = Counter()
    counter.post("first", "a", "b")
    counter.thread.end()
    counter.thread.end(ZeroDivisionError(), "of b")
    assert counter.kinds() == [str, ZeroDivisionError, str]


def test_a_command_posted_by_a_waiter_waits_for_the_next_batch():
    counter = Counter()
    counter.poster.post("a").addCallback(lambda _: counter.post("b"))
    counter.thread.end()
    assert counter.thread.batches == [["a"], ["b"]]


def test_what_was_posted_is_counted():
    counter = Counter()
    counter.post("a", "b", "c")
    counter.thread.end()
    counter.thread.end()
    assert (counter.poster.batch_count, counter.poster.posted_count) == (2, 3)


def test_a_full_queue_refuses_before_anything_is_done():
    counter = Counter()
    counter.post("in flight", *range(QUEUE_MAX))
    assert counter.heard == []
    counter.post("too much")
    assert counter.kinds() == [LedgerBusy]
    assert counter.poster.queued_count == QUEUE_MAX


def test_a_queue_that_was_full_takes_again():
    counter = Counter()
    counter.post("in flight", *range(QUEUE_MAX), "too much")
    counter.thread.end()
    counter.post("one more")
    assert counter.kinds() == [LedgerBusy, str]


def test_a_waiter_that_gave_up_changes_nothing_for_the_others():
    counter = Counter()
    counter.post("first")
    given_up = counter.poster.post("a")
    given_up.addErrback(lambda _: None)
    counter.post("b")
    given_up.cancel()
    counter.thread.end()
    counter.thread.end()
    assert counter.heard == ["first", "b"]


# -- closing ---------------------------------------------------------------------------------------------


def test_a_closing_poster_takes_nothing_more():
    counter = Counter()
    counter.poster.close()
    counter.post("late")
    assert counter.kinds() == [LedgerBusy]


def test_a_closing_poster_answers_everything_that_is_queued():
    counter = Counter()
    counter.post("a", "b")
    counter.poster.close()
    counter.thread.end()
    counter.thread.end()
    assert counter.heard == ["a", "b"]


def test_the_batch_is_closed_after_the_last_answer():
    counter = Counter()
    counter.post("a", "b")
    counter.poster.close()
    counter.thread.end()
    assert [function.__name__ for function, _, _ in counter.thread.calls] == ["run", "run"]
    counter.thread.end()
    assert [function.__name__ for function, _, _ in counter.thread.calls] == ["run", "run", "close"]


def test_closing_is_over_when_the_batch_is_closed():
    counter, over = Counter(), []
    counter.poster.close().addCallback(lambda _: over.append("closed"))
    assert over == []
    counter.thread.calls[-1][2].callback(None)
    assert over == ["closed"]


def test_closing_twice_is_over_twice():
    counter = Counter()
    counter.post("a")
    counter.poster.close()
    counter.poster.close()
    counter.thread.end()
    assert [function.__name__ for function, _, _ in counter.thread.calls[1:]] == ["close", "close"]


# -- failures --------------------------------------------------------------------------------------------


def test_a_batch_that_failed_as_a_whole_reaches_every_waiter(caplog):
    counter = Counter()
    counter.post("first", "a", "b")
    counter.thread.end()
    counter.thread.fail(ZeroDivisionError())
    assert counter.kinds() == [str, ZeroDivisionError, ZeroDivisionError]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_the_poster_lives_on_after_a_batch_that_failed(caplog):
    counter = Counter()
    counter.post("a")
    counter.thread.fail(ZeroDivisionError())
    counter.post("b")
    counter.thread.end()
    assert counter.heard[1:] == ["b"]
    assert counter.broken == []


def broken_counter():
    counter = Counter()
    counter.post("a", "b", "c")
    counter.thread.fail(LedgerBroken("disk I/O error"))
    return counter


def test_a_broken_disk_is_reported_once(caplog):
    counter = broken_counter()
    counter.post("d")
    assert counter.broken == ["disk I/O error"]


def test_whoever_was_in_the_batch_when_the_disk_broke_must_ask_again(caplog):
    assert OutcomeUnknown in broken_counter().kinds()


def test_what_was_queued_when_the_disk_broke_is_refused_untried(caplog):
    counter = broken_counter()
    assert counter.thread.batches == [["a"]]
    assert sorted(counter.kinds(), key=str) == sorted([OutcomeUnknown, LedgerBusy, LedgerBusy], key=str)


def test_after_the_disk_broke_everything_is_refused(caplog):
    counter = broken_counter()
    counter.post("d")
    assert counter.kinds()[-1] is LedgerBusy


def test_a_broken_ledger_can_still_be_closed(caplog):
    counter, over = broken_counter(), []
    counter.poster.close().addCallback(lambda _: over.append("closed"))
    counter.thread.calls[-1][2].callback(None)
    assert over == ["closed"]


@pytest.mark.parametrize("posts", [1, 7])
def test_every_waiter_is_answered_exactly_once(posts):
    counter = Counter(batch_max=2)
    counter.post(*range(posts))
    while len(counter.heard) < posts:
        counter.thread.end()
    assert counter.heard == list(range(posts))
