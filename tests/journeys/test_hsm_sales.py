"""Vending keys in a real PKCS#11 module (SoftHSM2): sold under, killed under load, wrong; nothing is lost."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.task import deferLater

from adapters.db.journal_reader import JournalReader
from adapters.db.poster import QueuedPoster, run_here
from adapters.keys.issuer import KeyedIssuer
from adapters.keys.keepers import Keepers
from adapters.keys.pkcs11 import Pkcs11Keys
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyRing
from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.outcome import Approved
from gateway.core.payment import PaymentOrder, payment_key
from gateway.core.refusal import Refusal
from gateway.endpoints.bank_posting import BankPosting
from gateway.prepayment.take_payment import TakePayment
from gateway.proof.check import check_books
from gateway.simulators.meter import Accepted, VirtualMeter
from gateway.tally import NoTally
from tests.builders import BANK, VENDING_KEY, database, decoder_key, identity, posting_batch, pricing, terms
from tests.softhsm import PIN, SoftHsm, is_installed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("softhsm"),
    pytest.mark.skipif(not is_installed() and "POWERTILL_CI" not in os.environ, reason="no softhsm2 here"),
]

METERS, PAYMENTS = 40, 200
KEPT = KeyRevision(
    "201457", 1, kt=2, base_date=2014, kcv="0F353D", keeper=KeyKeeper.PKCS11, label="vk-201457-1"
)


class Shop:
    """A bank's posting over books of its own, whose keys are in a module that can be killed."""

    def __init__(self, folder, revision=KEPT):
        self.hsm = SoftHsm(folder)
        self.hsm.add_key(KEPT.label, VENDING_KEY)
        self.keys = Pkcs11Keys(self.hsm.place(), PIN.encode, reactor)
        ring = KeyRing.of([revision])
        self.issuer = KeyedIssuer(lambda: ring, Keepers(services={KeyKeeper.PKCS11: self.keys}))
        self.engine = database(folder / "books.db", METERS)
        poster = QueuedPoster(posting_batch(self.engine), run_here)
        self.posting = BankPosting(BANK, poster, NoTally(), self.issuer, reactor)
        self.terms, self.pricing = terms(tid_lead_max=1_000), pricing()

    def pay(self, number):
        pan = identity(1 + number % METERS).pan
        order = PaymentOrder(MeterRef(pan=pan), Money(1_000, "CNY"), "T1", 5)
        key = payment_key(BANK, f"r{number}")
        command = TakePayment(key, pan, order, self.terms, self.pricing, self.issuer)
        return self.posting.decided("payment", lambda: command)

    async def pay_all(self, numbers, *, killed_behind=()):
        """Pay, and kill the worker behind some of the payments; what each was answered."""
        asked = []
        for number in numbers:
            asked.append(self.pay(number))
            if number in killed_behind and self.keys.pid is not None:
                os.kill(self.keys.pid, signal.SIGKILL)
            await deferLater(reactor, 0.001)
        return [content for _, content in await DeferredList(asked)]


def taken_by_meters(contents):
    """Enter every token that was answered into its meter; how many were taken."""
    held = [identity(serial) for serial in range(1, METERS + 1)]
    meters = {one.pan: VirtualMeter(one, decoder_key(one)) for one in held}
    paid = [content for content in contents if isinstance(content, Approved)]
    return sum(isinstance(meters[one.pan].enter(one.token.reveal()), Accepted) for one in paid)


@pytest.fixture
def shop(tmp_path):
    made = Shop(tmp_path)
    yield made
    pytest_twisted.blockon(made.keys.stop())


@pytest_twisted.ensureDeferred
async def test_a_module_that_is_killed_again_and_again_under_load_loses_no_payment(shop):
    await shop.keys.start()
    answers = await shop.pay_all(range(PAYMENTS), killed_behind=(5, 60, 61, 120))
    refused = [number for number, content in enumerate(answers) if not isinstance(content, Approved)]
    # What was refused was refused before anything was booked, and may be asked again.
    assert all(answers[number].reason is Refusal.NO_TOKEN for number in refused)
    assert len(list(JournalReader(shop.engine).sales())) == PAYMENTS - len(refused)
    again = await shop.pay_all(refused)
    assert all(isinstance(content, Approved) for content in again)
    assert check_books(JournalReader(shop.engine)) == []
    assert len(list(JournalReader(shop.engine).tokens())) == PAYMENTS
    assert taken_by_meters(answers + again) == PAYMENTS


@pytest_twisted.ensureDeferred
async def test_with_the_module_down_a_payment_is_refused_before_anything_is_booked(shop):
    (content,) = await shop.pay_all([0])
    assert content.reason is Refusal.NO_TOKEN
    assert "security module" in content.sentence
    assert list(JournalReader(shop.engine).entries()) == []


@pytest_twisted.ensureDeferred
async def test_a_key_with_another_check_value_than_was_approved_sells_nothing(tmp_path):
    shop = Shop(tmp_path, replace(KEPT, kcv="000000"))
    await shop.keys.start()
    (content,) = await shop.pay_all([0])
    await shop.keys.stop()
    assert content.reason is Refusal.NO_TOKEN
    assert "check value differs" in content.sentence
    assert list(JournalReader(shop.engine).entries()) == []
