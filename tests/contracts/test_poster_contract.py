"""What whoever posts may rely on: the same rules over the double and the real poster on either database."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from adapters.db.poster import QueuedPoster, run_here
from gateway.core.books import Books, Needs
from gateway.core.money import Money
from gateway.core.outcome import Approved, Declined, Undone
from gateway.core.payment import deposit_key
from gateway.core.refusal import Refusal
from gateway.ports import LedgerBusy
from gateway.prepayment.deposit_float import DepositFloat
from tests.builders import BANK, NOON, Till, books, identity, meter, posting_batch
from tests.databases import Fresh
from tests.doubles import BooksPoster

METERS = 3


@pytest.fixture(params=["double", "sqlite", "postgresql"])
def poster(request, tmp_path, postgresql):
    if request.param == "double":
        yield BooksPoster(books(*(meter(serial) for serial in range(1, METERS + 1))), lambda: NOON)
        return
    engine = Fresh(request.param, tmp_path, postgresql).database(METERS)
    real = QueuedPoster(posting_batch(engine), run_here)
    yield real
    said(real.close())


def said(waiter):
    """What a post came to, now: neither of the two makes anyone wait."""
    heard: list = []
    waiter.addCallbacks(heard.append, lambda failure: heard.append(failure.value))
    (content,) = heard
    return content


@dataclass(frozen=True)
class Broken:
    """A command with a mistake of ours in it."""

    key: str = "broken"
    digest: str = ""
    channel: str = "test"

    def needs(self) -> Needs:
        return Needs(keys=(self.key,))

    def decide(self, books: Books, now):
        raise ZeroDivisionError


def deposit(minor: int, reference: str = "d1") -> DepositFloat:
    return DepositFloat(deposit_key(BANK, reference), BANK, Money(minor, "CNY"), "CNY", covered=True)


def test_a_command_is_answered_with_its_content(poster):
    content = said(poster.post(Till().pay("r1", 10_000)))
    assert isinstance(content, Approved)
    assert (content.receipt_no, content.pan, content.tender_minor) == (1, meter().pan, 10_000)


def test_the_same_command_is_answered_with_the_same_content(poster):
    till = Till()
    first = said(poster.post(till.pay("r1")))
    assert said(poster.post(till.pay("r1"))) == first


def test_the_same_key_with_another_digest_is_refused(poster):
    till = Till()
    said(poster.post(till.pay("r1", 10_000)))
    assert said(poster.post(till.pay("r1", 20_000))) == Declined(Refusal.KEY_REUSED)


def test_a_refusal_that_may_pass_is_not_remembered(poster):
    hasty = Till(tid_lead_max=0)
    said(poster.post(hasty.pay("r1")))
    assert said(poster.post(hasty.pay("r2"))) == Declined(Refusal.TOKENS_TOO_FAST)
    assert isinstance(said(poster.post(Till().pay("r2"))), Approved)


def test_a_refusal_that_stays_is_remembered(poster):
    till = Till(covered=True)
    said(poster.post(till.pay("r1", 10_000)))
    said(poster.post(deposit(10_000)))
    assert said(poster.post(till.pay("r1", 10_000))) == Declined(Refusal.NOT_COVERED)


def test_a_balance_moves_with_what_is_booked(poster):
    till = Till(covered=True)
    said(poster.post(deposit(15_000)))
    assert isinstance(said(poster.post(till.pay("r1", 10_000))), Approved)
    assert said(poster.post(till.pay("r2", 10_000))) == Declined(Refusal.NOT_COVERED)
    assert said(poster.post(deposit(1, "d2"))).balance_minor == 5_001


def test_what_one_command_decided_the_next_one_knows(poster):
    till = Till()
    assert said(poster.post(till.reverse("r1"))) == Undone(None)
    assert said(poster.post(till.pay("r1"))) == Declined(Refusal.REVERSED)


def test_the_tokens_of_a_meter_all_differ(poster):
    till = Till()
    tokens = [said(poster.post(till.pay(f"r{n}"))).token for n in range(10)]
    assert len({token.reveal() for token in tokens}) == 10


def test_receipts_count_on_over_all_meters(poster):
    till = Till()
    receipts = [said(poster.post(till.pay(f"r{n}", pan=identity(n).pan))).receipt_no for n in (1, 2, 3)]
    assert receipts == [1, 2, 3]


def test_a_command_that_cannot_decide_fails_for_whoever_posted_it(poster):
    assert isinstance(said(poster.post(Broken())), ZeroDivisionError)


def test_a_command_that_cannot_decide_leaves_no_trace(poster):
    said(poster.post(Broken()))
    assert said(poster.post(Till().pay("r1"))).receipt_no == 1


def test_a_closed_poster_refuses_before_anything_is_done(poster):
    poster.close()
    assert isinstance(said(poster.post(Till().pay("r1"))), LedgerBusy)
