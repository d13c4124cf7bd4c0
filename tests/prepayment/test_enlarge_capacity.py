"""More contracted power: the fee first, then the point and its meter in one."""

import pytest

from gateway.core.amendment import AmendmentKind
from gateway.core.dues import OWED_MAX
from gateway.core.fitting import Fitting, Ratio
from gateway.core.ledger import EntryKind, Posting
from gateway.core.meter import Carrier
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Operator, Shift, Station
from gateway.core.stock import Face, StockMeter
from gateway.prepayment.enlarge_capacity import EnlargeCapacity, Fee, FeePaid
from tests.builders import identity
from tests.prepayment.test_amend_terms import PAN, POINT, amend, give, office, on_day

__all__ = ["office"]

FREE = Fee(0, "CNY")
ON_ACCOUNT = Fee(50_000, "CNY", FeePaid.ON_ACCOUNT)
CASH = Fee(50_000, "CNY", FeePaid.CASH, "n1")


def enlarge(on, nonce="n1", by="li", **changes):
    said = {
        "number": POINT.number, "version": 1, "pan": PAN, "power_types": ("domestic",), "contract_w": 12_000,
        "rating_w": 0, "fee": FREE, "currency": "CNY", "reason": "he has bought an oven",
    }  # fmt: skip
    return give(on, EnlargeCapacity(by, nonce, **(said | changes)))


def test_without_a_fee_the_point_and_its_meter_have_more_at_once(office):
    decision = enlarge(office, rating_w=12_000)
    assert (decision.content, decision.entries) == (Changed(POINT.number, 2), ())
    assert (office.files.points[POINT.number].contract_w, office.meters[PAN].contract_w) == (12_000, 12_000)
    (told,) = decision.files.amendments
    assert (told.kind, told.reason, told.entry_id) == (AmendmentKind.ENLARGED, "he has bought an oven", None)
    assert ("contract_w", 8_000, 12_000) in list(told.changes())


@pytest.mark.parametrize(
    ("face", "current", "fits"), [((1, 220, 54), (1, 1), False), ((1, 220, 55), (1, 1), True),
                                  ((1, 220, 5), (60, 5), True), ((), (1, 1), True)],
)  # fmt: skip
def test_what_the_stock_knows_of_the_meters_face_counts(office, face, current, fits):
    office.office.stock[PAN] = StockMeter(identity(7), "DDS", Carrier.TOKEN, "", "", 0, face=Face(*face))
    office.files.fittings[PAN] = Fitting(
        PAN, POINT.number, "2026-11-01", (("total", 0),), current=Ratio(*current)
    )
    content = enlarge(office).content
    assert content == Changed(POINT.number, 2) if fits else content.reason is OfficeRefusal.ABOVE_RATING


def test_a_fee_on_his_account_is_owed_with_the_amendment(office):
    decision = enlarge(office, fee=ON_ACCOUNT)
    (entry,) = decision.entries
    assert entry.kind is EntryKind.FEE
    assert entry.postings == (
        Posting("AR:2000000048:CAPACITY", 50_000, "CNY"),
        Posting("FEE:CAPACITY", -50_000, "CNY"),
    )
    assert decision.files.amendments[0].entry_id == 1


def test_a_cashier_takes_it_into_the_drawer_of_her_open_shift(office):
    assert enlarge(office, fee=CASH).content == NotDone(OfficeRefusal.NO_SHIFT, "n1")
    sits(office)
    (entry,) = enlarge(office, fee=CASH).entries
    assert [one.account for one in entry.postings] == ["CASH:n1:li", "FEE:CAPACITY"]


def sits(on, branch="north", *, is_open=True):
    on.office.shifts = {1: Shift(1, "li", "n1", 0)}
    on.office.stations = {"n1": Station("n1", "Counter 1", branch, is_open)}


def test_no_fee_is_taken_at_a_station_that_was_closed_or_is_another_branchs_by_now(office):
    sits(office, is_open=False)
    assert enlarge(office, fee=CASH).content == NotDone(OfficeRefusal.UNKNOWN_STATION, "n1")
    sits(office, branch="south")
    office.office.operators["li"] = Operator("li", "Li Na", branch="")
    assert enlarge(office, fee=CASH).content == NotDone(OfficeRefusal.OTHER_BRANCH, "n1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": "2000000048-9"}, OfficeRefusal.UNKNOWN_POINT),
        ({"by": "no"}, OfficeRefusal.UNKNOWN_POINT),
        ({"version": 2}, OfficeRefusal.TWICE_AT_ONCE),
        ({"pan": ""}, OfficeRefusal.TWICE_AT_ONCE),
        ({"power_types": ("shop",)}, OfficeRefusal.TWICE_AT_ONCE),
        ({"reason": ""}, OfficeRefusal.NO_REASON),
        ({"contract_w": 8_000}, OfficeRefusal.NOT_MORE_POWER),
        ({"contract_w": 0}, OfficeRefusal.NOT_MORE_POWER),
        ({"contract_w": 10**9 + 1}, OfficeRefusal.BAD_FILE),
        ({"rating_w": 11_999}, OfficeRefusal.ABOVE_RATING),
        ({"fee": Fee(1, "CNY")}, OfficeRefusal.FEE_UNPAID),
        ({"fee": Fee(1, "EUR", FeePaid.ON_ACCOUNT)}, OfficeRefusal.BAD_FILE),
    ],
)
def test_what_cannot_be_so_books_nothing(office, changes, reason):
    decision = enlarge(office, **changes)
    assert decision.content.reason is reason
    assert not decision.writes


def test_while_a_change_of_terms_is_due_it_waits_for_that_day(office):
    amend(office, day=on_day(3))
    assert enlarge(office, version=2).content == NotDone(OfficeRefusal.CHANGE_DUE, "2026-11-26")


def test_without_a_price_nothing_is_enlarged(office):
    del office.office.priced["domestic"]
    assert enlarge(office).content.reason is OfficeRefusal.NO_PRICE


def test_the_same_form_enlarges_once(office):
    first = enlarge(office, fee=ON_ACCOUNT)
    again = enlarge(office, fee=ON_ACCOUNT)
    assert (again.content, again.entries) == (first.content, ())


def test_a_fee_out_of_reach_is_none():
    for minor in (-1, OWED_MAX + 1):
        with pytest.raises(ValueError, match="a fee is 0 to"):
            Fee(minor, "CNY")
