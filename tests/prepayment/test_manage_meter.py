"""Management tokens: ordered by one person, approved by another, made once; on books alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core.key_ring import KeyRevision
from gateway.core.ledger import EntryKind
from gateway.core.management import Managed, ManagementFault, ManagementOrder, ManagementOrdered
from gateway.core.meter import Carrier, MeterRef, MeterState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import recalled
from gateway.core.timeline import microseconds
from gateway.core.token import tid_at
from gateway.core.token_order import ManagementKind
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from tests.builders import NOON, ZONE, Till, books, identity, meter
from tests.keyrings import issuer_with, published, published_identity

FIRST = KeyRevision("201457", 1, kt=2, base_date=2014)
SECOND = KeyRevision("201457", 2, kt=2, base_date=2014, active_from_us=microseconds(NOON) - 1)
CLEAR = ManagementOrder(ManagementKind.CLEAR_CREDIT, 0xFFFF, "moved out", "anna")


class Office:
    """Orders and approves on a till's books."""

    def __init__(self, *revisions, of=None):
        self.till = Till(books(of or meter()))
        self.workshop = Workshop(issuer_with(*(revisions or (FIRST,))), ZONE, "CNY")

    def order(self, order=CLEAR, *, reference="m1", pan=None):
        ref = MeterRef(pan=pan or meter().pan)
        return self.till.post(OrderManagement(reference, ref, order, 5, self.workshop))

    def approve(self, by="ben", *, reference="m1", pan=None):
        ref = MeterRef(pan=pan or meter().pan)
        return self.till.post(ApproveManagement(reference, ref, by, 5, self.workshop))

    @property
    def standing(self):
        return self.till.books.meters[meter().pan]


def test_an_order_makes_nothing_until_a_second_person_approves_it():
    office = Office()
    assert isinstance(office.order(), ManagementOrdered)
    assert (office.till.tokens(), office.till.entries(), office.standing) == ([], [], meter())
    managed = office.approve()
    assert (managed.order, managed.approved_by, managed.receipt_no) == (CLEAR, "ben", 1)
    assert [token.digits for token in office.till.tokens()] == [managed.token]


@pytest.mark.parametrize(
    "name", [f"STS531-1-11e2.2/{test}" for test in ("CTSA03.1", "CTSA04.1", "CTSA06.1", "CTSA07.1")]
)
def test_an_approved_token_has_its_published_digits(name):
    vector = published("mgmt", name)
    held = published_identity(pan=vector["pan"], ti=vector["ti"])
    office = Office(of=meter(pan=held.pan, identity=held))
    civil = datetime.fromisoformat(vector["dt"]).replace(tzinfo=ZONE)
    office.till.now = civil
    kind = ManagementKind(vector["subclass"])
    office.order(ManagementOrder(kind, vector["value"], "test", "anna"), pan=held.pan)
    assert office.approve(pan=held.pan).token.reveal() == vector["token"]


def test_the_token_stands_among_the_sales_as_one_of_nothing():
    office = Office()
    office.order()
    managed = office.approve()
    decision = office.till.decisions[-1]
    assert [(entry.kind, entry.postings) for entry in decision.entries] == [(EntryKind.MANAGEMENT, ())]
    assert (decision.sale.tender.minor, decision.sale.encoded_wh) == (0, 0)
    assert decision.sale.receipt_no == managed.receipt_no


def test_a_management_token_takes_its_turn_among_the_token_ids():
    office = Office()
    office.order()
    office.approve()
    now = tid_at(2014, NOON.astimezone(ZONE).replace(tzinfo=None))
    office.till.post(office.till.pay())
    assert [token.tid for token in office.till.tokens()] == [now, now + 1]


@pytest.mark.parametrize("by", ["anna", " Anna ", "ANNA"])
def test_nobody_approves_his_own_order_however_he_spells_himself(by):
    office = Office()
    office.order()
    assert office.approve(by).reason is OfficeRefusal.SAME_PERSON
    assert office.till.tokens() == []


def test_an_approval_that_is_asked_again_gives_the_same_token():
    office = Office()
    office.order()
    managed = office.approve()
    assert office.approve() == office.approve("carl") == managed == recalled(managed.stored())
    assert len(office.till.tokens()) == 1


def test_an_order_under_a_used_reference_is_said_again_or_refused():
    office = Office()
    ordered = office.order()
    assert office.order() == ordered == recalled(ordered.stored())
    other = ManagementOrder(ManagementKind.CLEAR_TAMPER, 0, "repaired", "anna")
    assert office.order(other).reason is OfficeRefusal.REFERENCE_USED


def test_an_order_lasts_a_day():
    office = Office()
    office.order()
    office.till.now = NOON + timedelta(hours=24, seconds=1)
    assert office.approve().reason is OfficeRefusal.TOO_OLD


def test_the_second_person_names_the_meter_too():
    office = Office()
    office.till.books.meters[meter(2).pan] = meter(2)
    office.order()
    assert office.approve(pan=meter(2).pan).reason is OfficeRefusal.OTHER_METER


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (meter(2), OfficeRefusal.UNKNOWN_METER),
        (meter(state=MeterState.REMOVED), OfficeRefusal.REMOVED),
        (meter(carrier=Carrier.CARD), OfficeRefusal.NO_TOKENS),
    ],
    ids=str,
)
def test_a_meter_that_takes_no_tokens_is_refused(of, why):
    refused = Office(of=of).order()
    assert isinstance(refused, NotDone)
    assert refused.reason is why


def test_a_blocked_meter_may_be_told_things():
    office = Office(of=meter(state=MeterState.BLOCKED))
    office.order()
    assert isinstance(office.approve(), Managed)


def test_without_an_order_there_is_nothing_to_approve():
    assert Office().approve().reason is OfficeRefusal.NO_ORDER


def test_a_key_change_goes_out_in_front():
    office = Office(FIRST, SECOND)
    office.order()
    assert len(office.approve().key_change) == 4
    assert office.standing.key_change.new == identity(1, krn=2)


def test_an_expired_key_makes_no_management_token():
    office = Office(replace(FIRST, ken=60))
    office.order()
    refused = office.approve()
    assert refused.reason is OfficeRefusal.NO_TOKEN
    assert "expired" in refused.sentence
    assert office.till.entries() == []


@pytest.mark.parametrize(
    ("kind", "value", "reason", "by", "names"),
    [
        (ManagementKind.POWER_LIMIT, 18_201_625, "more", "anna", "value"),
        (ManagementKind.CLEAR_TAMPER, 1, "more", "anna", "value"),
        (ManagementKind.CLEAR_CREDIT, 65_536, "more", "anna", "value"),
        (ManagementKind.CLEAR_CREDIT, -1, "more", "anna", "value"),
        (ManagementKind.CLEAR_CREDIT, 0, "  ", "anna", "reason"),
        (ManagementKind.CLEAR_CREDIT, 0, "x" * 201, "anna", "reason"),
        (ManagementKind.CLEAR_CREDIT, 0, "more", "", "by"),
    ],
    ids=str,
)
def test_an_order_that_cannot_be_carried_out_names_the_part(kind, value, reason, by, names):
    with pytest.raises(ManagementFault, match=names):
        ManagementOrder(kind, value, reason, by)
