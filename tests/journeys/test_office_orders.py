"""The office's orders about meters on real books: they stand beside the sales, and the books stay sound."""

from __future__ import annotations

import pytest

from adapters.db.journal_reader import JournalReader
from gateway.core.key_ring import KeyRevision
from gateway.core.management import Managed, ManagementOrder
from gateway.core.meter import MeterRef
from gateway.core.outcome import Approved
from gateway.core.token_order import ManagementKind
from gateway.prepayment.change_key import ChangeKey, KeyStep, WantedKey
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from gateway.proof.check import check_books
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, ZONE, Till, books, identity, meter, posting_batch
from tests.keyrings import issuer_with

FIRST = KeyRevision("201457", 1, kt=2, base_date=2014)
CLEAR = ManagementOrder(ManagementKind.CLEAR_CREDIT, 0xFFFF, "moved out", "anna")
PAN = identity().pan
REF = MeterRef(pan=PAN)


class Office:
    """Posts on books in a database, a batch for each order; a till's payments beside."""

    def __init__(self, engine):
        self.engine, self.batch = engine, posting_batch(engine)
        self.till = Till(books(meter()))
        self.till.issuer = issuer_with(FIRST)
        self.workshop = Workshop(self.till.issuer, ZONE, "CNY")

    def post(self, command):
        (content,) = self.batch.run([command])
        if isinstance(content, Exception):
            raise content
        return content

    def clear(self, reference):
        self.post(OrderManagement(reference, REF, CLEAR, 5, self.workshop))
        return self.post(ApproveManagement(reference, REF, "ben", 5, self.workshop))

    def step(self, reference, step, wanted=None):
        return self.post(ChangeKey(reference, REF, step, "anna", "why", self.till.issuer.ring, wanted))

    def is_sound(self):
        journal = JournalReader(self.engine)
        assert check_books(journal) == []
        with journal.snapshot() as reader:
            assert verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings == []


@pytest.fixture
def office(fresh):
    return Office(fresh.database(3))


def test_a_management_token_stands_between_two_sales_and_the_books_are_sound(office):
    first = office.post(office.till.pay("r1"))
    managed = office.clear("m1")
    second = office.post(office.till.pay("r2"))
    assert isinstance(managed, Managed)
    assert [first.receipt_no, managed.receipt_no, second.receipt_no] == [1, 2, 3]
    tids = [token.tid for token in JournalReader(office.engine).tokens()]
    assert tids == [tids[0], tids[0] + 1, tids[0] + 2]
    office.is_sound()


def test_an_approval_is_said_again_from_the_books(office):
    managed = office.clear("m1")
    again = Office(office.engine)
    assert again.post(ApproveManagement("m1", REF, "ben", 5, again.workshop)) == managed
    again.is_sound()


def test_a_key_change_outlives_the_gateway_that_began_it(office):
    office.step("k1", KeyStep.BEGIN, WantedKey("201457", "02"))
    again = Office(office.engine)
    paid = again.post(again.till.pay("r1"))
    assert isinstance(paid, Approved)
    assert len(paid.key_change) == 4
    again.step("k2", KeyStep.CONFIRM)
    later = Office(office.engine)
    assert later.post(later.till.pay("r2")).key_change == ()
    later.is_sound()


def test_a_change_that_a_sale_began_is_given_up_on_the_books(office):
    office.step("k1", KeyStep.BEGIN, WantedKey("201457", "02"))
    office.post(office.till.pay("r1"))
    office.step("k2", KeyStep.GIVE_UP)
    assert Office(office.engine).post(office.till.pay("r2")).key_change == ()
    office.is_sound()
