"""A claim ends by two people, on either database: in one piece wherever the process is killed, and once."""

from __future__ import annotations

import signal

import pytest

from adapters.db.journal_reader import JournalReader
from gateway.core.approval import Verdict
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import ApprovalAsked, Changed
from gateway.core.outcome import Approved, Declined
from gateway.core.refusal import Refusal
from gateway.office.orders import ResolveOrder
from tests.builders import BANK, meter
from tests.journeys.test_given_back import POSTER_POINTS, ended, go, process, ready
from tests.office.house import House
from tests.office.people import ordered

PAYMENT, REFERENCE = "pay/east/r1", "claim/pay/east/r1"
CONCEDED = ResolveOrder(1, "reversed_after_token", "conceded", PAYMENT, BANK, meter(1).pan, 10_000)


@pytest.fixture
def house(fresh):
    made = House(fresh.database(3)).settled()
    assert isinstance(made.post(made.till.pay("r1")), Approved)
    assert isinstance(made.post(made.till.hand_over("r1")), Approved)
    assert made.post(made.till.reverse("r1", 10_000)) == Declined(Refusal.TOKEN_OUT)
    said = made.post(ordered("cleo", CONCEDED))
    assert isinstance(said, ApprovalAsked)
    assert said.reference == REFERENCE
    return made


def kinds(house):
    return [entry.kind for entry, _ in JournalReader(house.engine).entries()]


def assert_ended(house):
    """It ended, once; a bank that reverses again is told the same as before, and nothing is open."""
    assert house.post(house.till.reverse("r1", 10_000)) == Declined(Refusal.TOKEN_OUT)
    assert kinds(house) == ["hold", "post", "claim", "claim_conceded"]
    (sale,) = JournalReader(house.engine).sales()
    assert sale.state == "conceded"
    assert list(JournalReader(house.engine).open_exceptions()) == []
    house.is_sound()


def test_a_claim_ends_once_however_often_it_is_asked_for_and_approved(house):
    approve, order = house.decide("chen", Verdict.APPROVE, REFERENCE), ordered("cleo", CONCEDED)
    assert house.run(approve, approve, order) == [Changed(REFERENCE)] * 3
    assert house.post(order) == Changed(REFERENCE)
    other = ResolveOrder(1, "reversed_after_token", "upheld", PAYMENT, BANK, meter(1).pan, 10_000)
    assert house.post(ordered("cleo", other)) == NotDone(OfficeRefusal.TROUBLE_CLOSED)
    assert_ended(house)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("point", POSTER_POINTS)
def test_a_crash_at_a_point_neither_loses_nor_doubles_the_end_of_a_claim(house, point):
    house.batch.close()
    dying = ready(process(house, "chen", point, reference=REFERENCE))
    go(dying)
    assert ended(dying) == ("", -signal.SIGKILL)
    assert ("claim_conceded" in kinds(house)) is (point == "poster.committed")
    house.is_sound()
    assert house.post(house.decide("chen", Verdict.APPROVE, REFERENCE)) == Changed(REFERENCE)
    assert_ended(house)
