"""Payments whose token a security module makes: what is refused must be refused before money is booked."""

from dataclasses import replace

import pytest
from twisted.internet.task import Clock

from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.meter import MeterRef
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, Declined, TokensWanted
from gateway.core.refusal import Refusal
from gateway.core.timeline import microseconds
from gateway.core.token import IssuerRefusalWhy
from gateway.prepayment.change_key import ChangeKey, KeyStep, WantedKey
from gateway.prepayment.next_step import next_step
from tests.builders import NOON, Till, books, meter
from tests.keyrings import Module

DAY_US = 86_400_000_000
NOW_US = microseconds(NOON)
FIRST = KeyRevision("201457", 1, kt=2, base_date=2014, keeper=KeyKeeper.MODULE)
SECOND = KeyRevision(
    "201457", 2, kt=2, base_date=2014, active_from_us=NOW_US - DAY_US, keeper=KeyKeeper.MODULE
)


def till_with(*revisions, **changes):
    till = Till(books(meter()), **changes)
    till.issuer = Module(Clock(), *revisions).issuer
    return till


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FIRST, replace(SECOND, keeper=KeyKeeper.FILE)),
        (replace(FIRST, keeper=KeyKeeper.FILE), SECOND),
    ],
    ids=["out of the module", "into the module"],
)
def test_a_key_change_that_no_keeper_can_make_is_refused_before_money_is_booked(old, new):
    till = till_with(old, new)
    refused = till.post(till.pay())
    assert isinstance(refused, Declined)
    assert refused.reason is Refusal.NO_TOKEN
    assert till.entries() == []


@pytest.mark.parametrize(
    "olds", [(), (replace(FIRST, state=KeyState.WITHDRAWN),)], ids=["not loaded", "withdrawn"]
)
def test_a_key_change_away_from_a_key_that_cannot_be_used_is_refused_before_money_is_booked(olds):
    till = till_with(*olds, SECOND)
    refused = till.post(till.pay())
    assert isinstance(refused, Declined)
    assert refused.reason is Refusal.NO_TOKEN
    assert till.entries() == []


def test_an_advice_that_may_not_post_goes_on_to_the_token_of_a_payment_that_is_known():
    till = till_with(FIRST)
    till.post(till.pay())
    asked = till.ask()
    content = till.post(asked)
    assert isinstance(content, Approved)
    following = next_step(asked, content)
    assert following is not None
    assert isinstance(till.post(following), TokensWanted)


async def test_a_meter_leaves_a_key_in_a_module_whose_time_to_issue_is_over():
    old = replace(FIRST, issue_until_us=NOW_US - 1)
    till = Till(books(meter()))
    till.issuer = Module(Clock(), old, SECOND, now_us=lambda: NOW_US).issuer
    payment = till.pay()
    held = till.post(payment)
    handing = next_step(payment, held)
    wanted = till.post(handing)
    assert isinstance(wanted, TokensWanted)
    await till.issuer.prepare(wanted.orders)
    handed = till.post(handing)
    assert isinstance(handed, Approved)
    assert len(handed.key_change) == 4


def test_the_office_cannot_begin_a_change_that_no_keeper_can_make():
    till = till_with(FIRST, KeyRevision("201462", 1, kt=2, base_date=2014, keeper=KeyKeeper.SEALED))
    refused = till.post(
        ChangeKey(
            "k1",
            MeterRef(pan=meter().pan),
            KeyStep.BEGIN,
            "anna",
            "why",
            till.issuer.ring,
            WantedKey("201462", "01"),
        )
    )
    assert refused == NotDone(OfficeRefusal.NO_TOKEN, IssuerRefusalWhy.KIND.value)
    assert till.books.meters[meter().pan].key_change is None
