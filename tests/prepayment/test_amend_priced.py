"""Amendment of what a price depends on: from the next sale on, for the point and its meter alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.amendment import AmendmentKind
from gateway.core.counters import Counters
from gateway.core.customer import Customer
from gateway.core.meter import MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Operator
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.core.tariff_life import PricedType, TariffDraft, TariffVersion
from gateway.prepayment.amend_priced import AmendPriced
from tests.builders import NOON, books, meter

METER = meter(1, account_no="2000000048", counters=Counters(mtd_wh=5_000))
PAN = METER.pan
POINT = SupplyPoint(
    "2000000048-1", "2000000048", "Qingnian Lu 5", "domestic", schemes=("POOR",), state=PointState.ACTIVE,
    pan=PAN,
)  # fmt: skip


def priced(power_type, at):
    draft = TariffDraft(power_type, "v1", at, "{}", "anna", at)
    return PricedType((TariffVersion.of(draft).approved("berta", at),), has_meters=True)


@pytest.fixture
def office():
    on = books(METER)
    on.office.operators = {"li": Operator("li", "Li Na"), "no": Operator("no", "Nora", branch="north")}
    on.office.priced = {one: priced(one, NOON - timedelta(days=9)) for one in ("domestic", "shop")}
    on.office.priced["later"] = priced("later", NOON + timedelta(days=1))
    on.files.customers = {POINT.account_no: Customer(POINT.account_no, "Zhang Wei", "Qingnian Lu 5")}
    on.files.points = {POINT.number: POINT}
    return on


def amend(on, nonce="n1", by="li", **changes):
    said = {
        "number": POINT.number, "version": 1, "pan": PAN, "power_type": "shop", "proportions": (),
        "contract_w": 8_000, "schemes": (), "reason": "he has opened a shop",
    }  # fmt: skip
    command = AmendPriced(by, nonce, **(said | changes))
    decision = command.decide(on, NOON)
    if decision.writes:
        on.apply(command, decision)
    return decision


def test_the_point_and_its_meter_are_priced_by_the_same_from_now_on(office):
    decision = amend(office)
    assert decision.content == Changed(POINT.number, 2)
    (made,) = decision.files.meters
    for one in (office.files.points[POINT.number], made, office.meters[PAN]):
        assert (one.power_type, one.contract_w, one.schemes, one.proportions) == ("shop", 8_000, (), ())
    assert (made.id, made.identity, made.state) == (METER.id, METER.identity, MeterState.ACTIVE)


def test_what_was_bought_goes_on_counting_and_nothing_is_booked(office):
    decision = amend(office)
    assert decision.files.meters[0].counters == METER.counters
    assert decision.entries == ()


def test_it_stands_in_the_amendments_with_the_reason(office):
    (told,) = amend(office).files.amendments
    assert (told.kind, told.reason) == (AmendmentKind.REPRICED, "he has opened a shop")
    assert ("power_type", "domestic", "shop") in list(told.changes())


def test_the_meter_is_sold_to_in_the_same_batch(office):
    amend(office)
    assert office.refitted == set()


def test_parts_are_kept_for_both(office):
    parts = (("domestic", 60), ("shop", 40))
    (made,) = amend(office, power_type="domestic", proportions=parts).files.meters
    assert made.proportions == office.files.points[POINT.number].proportions == parts


def test_a_point_that_waits_for_its_meter_is_amended_alone(office):
    office.files.points = {POINT.number: replace(POINT, state=PointState.REGISTERED, pan="")}
    assert amend(office, pan="").files.meters == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": "2000000048-9"}, OfficeRefusal.UNKNOWN_POINT),
        ({"by": "no"}, OfficeRefusal.UNKNOWN_POINT),
        ({"version": 2}, OfficeRefusal.TWICE_AT_ONCE),
        ({"pan": ""}, OfficeRefusal.TWICE_AT_ONCE),
        ({"reason": " "}, OfficeRefusal.NO_REASON),
        ({"power_type": "later"}, OfficeRefusal.NO_PRICE),
        ({"power_type": "unheard-of"}, OfficeRefusal.NO_PRICE),
        ({"proportions": (("domestic", 60), ("shop", 30))}, OfficeRefusal.BAD_FILE),
        ({"proportions": (("domestic", 60), ("later", 40))}, OfficeRefusal.BAD_FILE),
        ({"proportions": (("shop", 60), ("later", 40))}, OfficeRefusal.NO_PRICE),
        ({"contract_w": -1}, OfficeRefusal.BAD_FILE),
        ({"schemes": ("A", "A")}, OfficeRefusal.BAD_FILE),
        (
            {"power_type": "domestic", "contract_w": 0, "schemes": ("POOR",)},
            OfficeRefusal.NO_CHANGES,
        ),
    ],
)
def test_what_cannot_be_so_leaves_everything_as_it_was(office, changes, reason):
    decision = amend(office, **changes)
    assert decision.content.reason is reason
    assert not decision.writes
    assert office.files.points[POINT.number] == POINT


def test_a_closed_point_and_a_meter_that_the_books_do_not_have_are_refused(office):
    office.meters.clear()
    assert amend(office).content.reason is OfficeRefusal.UNKNOWN_METER
    office.files.points = {POINT.number: replace(POINT, state=PointState.CLOSED, pan="")}
    assert amend(office, "n2", pan="").content.reason is OfficeRefusal.WRONG_STATE


def test_the_same_form_amends_once(office):
    first = amend(office)
    assert amend(office).content == first.content
    assert amend(office, power_type="domestic").content.reason is OfficeRefusal.REFERENCE_USED
