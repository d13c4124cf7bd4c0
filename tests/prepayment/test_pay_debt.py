"""A debt that is paid at a counter by itself: what is taken, once, and no more than is owed."""

import pytest

from gateway.core import chart
from gateway.core.dues import DEBTS, PAID_AT_COUNTER
from gateway.core.ledger import EntryKind, Posting
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Operator, Shift, Station
from gateway.prepayment.pay_debt import PayDebt
from tests.builders import NOON, books, meter

OWED = "AR:2000000048:CAPACITY"


@pytest.fixture
def office():
    on = books(meter(1))
    on.balances = {OWED: 50_000}
    on.office.operators = {"li": Operator("li", "Li Na", branch="north")}
    on.office.stations = {"n1": Station("n1", "Counter 1", "north")}
    on.office.shifts = {1: Shift(1, "li", "n1", 1)}
    return on


def pay(on, nonce="n1", **changes):
    said = {
        "station": "n1", "account_no": "2000000048", "kind": "CAPACITY", "owed_minor": 50_000,
        "amount_minor": 50_000, "currency": "CNY",
    }  # fmt: skip
    order = PayDebt("li", nonce, **(said | changes))
    decision = order.decide(on, NOON)
    if decision.writes:
        on.apply(order, decision)
    return decision


def test_the_cash_is_in_the_drawer_and_the_debt_is_gone(office):
    decision = pay(office)
    (entry,) = decision.entries
    assert entry.kind is EntryKind.DEBT
    assert entry.postings == (Posting("CASH:n1:li", 50_000, "CNY"), Posting(OWED, -50_000, "CNY"))
    assert office.balances[OWED] == 0
    assert isinstance(decision.content, Changed)
    assert pay(office, "n2", owed_minor=0).content.reason is OfficeRefusal.NO_DEBT


def test_the_receipt_is_the_number_of_the_entry(office):
    number = office.next_id
    assert pay(office).content == Changed(str(number))


def test_a_part_of_it_may_be_paid(office):
    pay(office, amount_minor=20_000)
    assert office.balances[OWED] == 30_000
    pay(office, "n2", owed_minor=30_000, amount_minor=30_000)
    assert office.balances[OWED] == 0


def test_the_same_form_takes_the_money_once(office):
    first = pay(office).content
    assert pay(office).content == first
    assert office.balances[OWED] == 0
    assert pay(office, amount_minor=1).content.reason is OfficeRefusal.REFERENCE_USED


@pytest.mark.parametrize("amount", [0, -1, 50_001])
def test_nothing_and_more_than_he_owes_is_refused(office, amount):
    assert pay(office, amount_minor=amount).content.reason is OfficeRefusal.ABOVE_DEBT
    assert office.balances[OWED] == 50_000


def test_what_is_owed_must_be_what_was_shown(office):
    office.balances[OWED] = 40_000
    assert pay(office, amount_minor=10_000).content.reason is OfficeRefusal.FIGURES_CHANGED


def test_it_is_taken_where_she_sits_alone(office):
    assert pay(office, station="n2").content.reason is OfficeRefusal.NO_SHIFT
    office.office.operators["li"] = Operator("li", "Li Na", branch="south")
    assert pay(office).content.reason is OfficeRefusal.OTHER_BRANCH
    office.office.stations = {}
    assert pay(office).content.reason is OfficeRefusal.UNKNOWN_STATION


@pytest.mark.parametrize("kind", [chart.PRESET_OWED, "MOON"])
def test_what_the_first_purchase_pays_is_not_paid_by_itself(office, kind):
    office.balances["AR:2000000048:PRESET"] = 50_000
    assert pay(office, kind=kind).content.reason is OfficeRefusal.PAID_BY_PURCHASE


def test_every_kind_but_preset_energy_is_paid_at_a_counter():
    assert set(DEBTS) - set(PAID_AT_COUNTER) == {chart.PRESET_OWED}
