"""A float is filled where there is one; on books alone."""

from __future__ import annotations

from gateway.core.money import Money
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Deposited
from gateway.core.payment import deposit_key
from gateway.prepayment.deposit_float import DepositFloat
from tests.builders import BANK, Till


def deposit(*, covered: bool) -> DepositFloat:
    return DepositFloat(deposit_key(BANK, "d1"), BANK, Money(500, "CNY"), "CNY", covered=covered)


def test_a_bank_that_settles_afterwards_has_no_float_to_fill():
    till = Till()
    refused = till.post(deposit(covered=False))
    assert refused == NotDone(OfficeRefusal.SETTLES_AFTERWARDS, BANK)
    assert (BANK in refused.sentence, "covered = true" in refused.sentence) == (True, True)
    assert till.entries() == []


def test_what_was_deposited_before_a_bank_came_to_settle_afterwards_is_answered_as_it_was():
    till = Till()
    first = till.post(deposit(covered=True))
    assert isinstance(first, Deposited)
    assert till.post(deposit(covered=False)) == first
