"""A security module makes the tokens: whatever is lost or dies on the way, a payment has one, of one id.

The module keeps its record over every crash of the gateway, as a certified one does. A crash is a door and a
poster that are never heard of again; a new pair on the same books is asked everything anew.
"""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from adapters.db.journal_reader import JournalReader
from adapters.db.poster import QueuedPoster, run_here
from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing
from gateway.core.token import IssuerRefusalWhy
from gateway.proof.check import check_books
from gateway.simulators.bank_messages import BankIdentity
from gateway.simulators.meter import Accepted, VirtualMeter
from gateway.simulators.security_module import Trouble
from tests.builders import Wire, bank_door, decoder_key, drn, identity, posting_batch
from tests.keyrings import Module

UNREACHABLE = IssuerRefusalWhy.UNREACHABLE
KEPT = KeyRevision("201457", 1, kt=2, base_date=2014, keeper=KeyKeeper.MODULE, label="east")


class MortalPoster(QueuedPoster):
    """Dies before its n-th command, or after it was written and before anybody heard of it."""

    def __init__(self, batch, dies_at=None, *, is_written=False):
        super().__init__(batch, run_here)
        self.dies_at, self.is_written, self.count = dies_at, is_written, 0

    def post(self, command):
        self.count += 1
        if self.dies_at is None or self.count < self.dies_at:
            return super().post(command)
        if self.count == self.dies_at and self.is_written:
            super().post(command)
        return Deferred()


class Till:
    """One bank's link to a gateway on these books, with a module that outlives it."""

    def __init__(self, engine):
        self.engine, self.clock = engine, Clock()
        self.module = Module(self.clock, KEPT)
        self.start()
        self.request = self.wire.messages.payment(drn(1), 10_000)

    def start(self, *, advice_posts=True, **death):
        poster = MortalPoster(posting_batch(self.engine), **death)
        made = {"poster": poster, "issuer": self.module.issuer, "advice_posts": advice_posts}
        door = bank_door(self.engine, clock=self.clock, **made)
        self.wire = Wire(door, BankIdentity()).sign_on()

    def pay(self):
        """Send the payment; what is answered, if anything is."""
        return self.ask(self.request)

    def ask(self, message):
        """Send a message, and give the clock time for every try."""
        found = self.wire.send(self.wire.profile.spec.encode(message.mti, message.fields))
        for _ in range(60):
            self.clock.advance(0.25)
            found += self.wire.answers()
        return found

    def token(self):
        """Pay until there is a token, as a bank repeats."""
        for _ in range(3):
            for answer in self.pay():
                if "TK" in self.tags(answer):
                    return self.tags(answer)["TK"]
        raise AssertionError("no token came")

    def tags(self, answer):
        return self.wire.profile.tags_of(48, answer.fields[48])

    def proves(self, token):
        """The books are sound, and have this token alone; the module made no other for this id."""
        journal = JournalReader(self.engine)
        assert check_books(journal) == []
        (row,) = journal.tokens()
        orders = [issued.order for issued in self.module.virtual.issued]
        assert [order.tid for order in orders] == [row.tid]
        assert isinstance(VirtualMeter(identity(), decoder_key(identity())).enter(token), Accepted)


@pytest.fixture
def till(fresh):
    return Till(fresh.database(3))


def test_a_payment_gets_its_token_from_the_module_in_its_answer(till):
    (answer,) = till.pay()
    assert answer.fields[39] == "00"
    till.proves(till.tags(answer)["TK"])


@pytest.mark.parametrize("trouble", list(Trouble), ids=lambda one: one.value)
def test_what_is_lost_on_the_way_is_asked_for_again_under_the_same_name(till, trouble):
    till.module.virtual.troubles.append(trouble)
    till.proves(till.token())


@pytest.mark.parametrize("is_written", [False, True], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("dies_at", [1, 2, 3], ids=["the payment", "the asking", "the hand-over"])
def test_a_gateway_that_dies_at_any_step_comes_back_to_one_token_with_the_reserved_id(
    till, dies_at, is_written
):
    till.start(dies_at=dies_at, is_written=is_written)
    assert till.pay() == []
    reserved = JournalReader(till.engine).sales()
    before = [sale.id for sale in reserved]
    till.start()
    token = till.token()
    till.proves(token)
    assert [sale.id for sale in JournalReader(till.engine).sales()][: len(before)] == before
    assert till.token() == token


@pytest.mark.parametrize("trouble", list(Trouble), ids=lambda one: one.value)
@pytest.mark.parametrize("dies_at", [2, 3], ids=["the asking", "the hand-over"])
def test_a_module_in_trouble_and_a_gateway_that_dies_make_one_token_together(till, dies_at, trouble):
    till.module.virtual.troubles.append(trouble)
    till.start(dies_at=dies_at)
    assert till.pay() == []
    till.start()
    till.proves(till.token())


def test_a_silent_module_leaves_the_payment_to_be_asked_again_and_refuses_the_next_before_it_is_booked(till):
    till.module.virtual.stop()
    (answer,) = till.pay()
    assert answer.fields[39] not in {"00", "05", "12"}
    (sale,) = JournalReader(till.engine).sales()
    assert sale.state == "waiting"
    other = till.wire.messages.payment(drn(2), 10_000)
    refused = till.wire.ask(other)
    assert "security module does not answer" in refused.fields[63]
    assert len(list(JournalReader(till.engine).sales())) == 1


def test_a_query_while_the_module_is_silent_does_not_call_a_booked_payment_declined(till):
    till.module.virtual.stop()
    (paid,) = till.pay()
    (asked,) = till.ask(till.wire.messages.query(till.request))
    assert asked.fields[39] == paid.fields[39] == "68"
    assert "booked" in asked.fields[63]
    assert "nothing was booked" not in asked.fields[63]


def test_that_a_booked_payment_has_no_token_is_put_before_a_person_with_the_key_and_the_reason(till):
    till.module.virtual.stop()
    till.pay()
    till.pay()
    (told,) = JournalReader(till.engine).open_exceptions()
    assert (told.kind, told.key) == ("no_token", f"201457/1/2026-11-23/{UNREACHABLE.value}")
    assert told.text.startswith("a paid credit waits")


def test_an_advice_that_may_not_post_brings_the_token_of_a_payment_that_was_never_answered(till):
    till.start(dies_at=2)
    assert till.pay() == []
    till.start(advice_posts=False)
    (answer,) = till.ask(till.wire.messages.advice(till.request))
    till.proves(till.tags(answer)["TK"])


def test_where_the_gateway_has_no_such_module_nothing_is_booked(fresh):
    engine, clock = fresh.database(3), Clock()
    issuer = KeyedIssuer(lambda: KeyRing.of([KEPT]), Keepers(), seconds=clock.seconds)
    wire = Wire(bank_door(engine, clock=clock, issuer=issuer), BankIdentity()).sign_on()
    refused = wire.ask(wire.messages.payment(drn(1), 10_000))
    assert refused.fields[39] == "91"
    assert list(JournalReader(engine).sales()) == []


def test_when_the_module_is_back_the_waiting_payment_gets_its_token(till):
    till.module.virtual.stop()
    till.pay()
    till.module.virtual.restart()
    till.proves(till.token())


def test_a_payment_whose_token_never_came_can_be_reversed(till):
    till.module.virtual.stop()
    till.pay()
    undone = till.wire.ask(till.wire.messages.reversal(till.request))
    assert undone.fields[39] == "00"
    till.module.virtual.restart()
    assert all("TK" not in till.tags(answer) for answer in till.pay())
    assert check_books(JournalReader(till.engine)) == []
    assert list(JournalReader(till.engine).tokens()) == []
