"""Terms are amended from today on at once, from a later day on as due, never backwards, never unseen."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

import schemas
from gateway.core.amendment import AmendmentKind
from gateway.core.counters import Counters
from gateway.core.customer import Customer
from gateway.core.meter import MeterState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Operator
from gateway.core.supply_point import PointEvent, PointState, SupplyPoint
from gateway.core.tariff_life import PricedType, TariffDraft, TariffVersion
from gateway.core.terms import TERMS_AHEAD_DAYS_MAX, DueTerms, Terms, TermsDay
from gateway.core.timeline import microseconds
from gateway.core.views_points import DuePoint
from gateway.prepayment.amend_terms import AmendTerms, WithdrawTerms
from gateway.prepayment.begin_terms import NOT_BEGUN, BeginTerms
from tests.builders import NOON, Till, books, identity, meter

PAN = identity(7).pan
METER = meter(
    7, account_no="2000000048", contract_w=8_000, counters=Counters(month=202611, mtd_wh=90_000, times=2)
)
POINT = SupplyPoint(
    "2000000048-1", "2000000048", "Qingnian Lu 5", "domestic", contract_w=8_000, state=PointState.ACTIVE,
    pan=PAN,
)  # fmt: skip
SHOP = Terms("shop", (), 8_000)
DAY_US = 86_400_000_000
#: Midnight in Shanghai before NOON.
MIDNIGHT_US = microseconds(NOON) - DAY_US // 2


def on_day(ahead):
    begins = MIDNIGHT_US + ahead * DAY_US
    return TermsDay((date(2026, 11, 23) + timedelta(days=ahead)).isoformat(), begins, begins + DAY_US)


def priced(power_type, at, **changes):
    body = json.dumps(schemas.load("tariff/domestic.json") | changes)
    draft = TariffDraft(power_type, "v1", at, body, "anna", at)
    return PricedType((TariffVersion.of(draft).approved("berta", at),), has_meters=True)


@pytest.fixture
def office():
    on = books(METER)
    on.office.operators = {"li": Operator("li", "Li Na"), "no": Operator("no", "Nora", branch="north")}
    on.office.priced = {one: priced(one, NOON - timedelta(days=9)) for one in ("domestic", "shop")}
    on.office.priced["later"] = priced("later", NOON + timedelta(days=2.5))
    on.office.priced["elsewhere"] = priced("elsewhere", NOON - timedelta(days=9), timezone="Asia/Urumqi")
    on.files.customers = {POINT.account_no: Customer(POINT.account_no, "Zhang Wei", "Qingnian Lu 5")}
    on.files.points = {POINT.number: POINT}
    return on


def give(on, command, now=NOON):
    decision = command.decide(on, now)
    if decision.writes:
        on.apply(command, decision)
    return decision


def amend(on, by="li", now=NOON, **changes):
    said = {
        "number": POINT.number, "version": 1, "pan": PAN, "terms": SHOP, "day": on_day(0),
        "reason": "he has opened a shop",
    }  # fmt: skip
    return give(on, AmendTerms(by, "", **(said | changes)), now)


def begin(on, version=2, now=None, terms=SHOP, pan=PAN):
    found = DuePoint(POINT.number, version, pan, on_day(3).begins_us, terms.power_types)
    return give(on, BeginTerms(found), NOON + timedelta(days=2.5) if now is None else now)


# -- from today on ---------------------------------------------------------------------------------------


def test_from_today_on_the_point_and_its_meter_are_priced_so_at_once(office):
    decision = amend(office)
    assert decision.content == Changed(POINT.number, 2)
    (made,) = decision.files.meters
    for one in (office.files.points[POINT.number], made, office.meters[PAN]):
        assert (one.power_type, one.contract_w, one.schemes, one.proportions) == ("shop", 8_000, (), ())
    assert (made.id, made.identity, made.state) == (METER.id, METER.identity, MeterState.ACTIVE)
    (told,) = decision.files.amendments
    assert (told.kind, told.by, told.reason) == (AmendmentKind.REPRICED, "li", "he has opened a shop")
    assert list(told.changes()) == [("power_type", "domestic", "shop"), ("version", 1, 2)]


def test_what_was_bought_goes_on_counting_and_nothing_is_booked(office):
    decision = amend(office)
    assert decision.files.meters[0].counters == METER.counters
    assert decision.entries == ()
    assert office.refitted == set()
    assert Till(office).post(Till().pay(pan=PAN)).power_type == "shop"


def test_a_point_that_waits_for_its_meter_is_amended_alone(office):
    office.files.points = {POINT.number: replace(POINT, state=PointState.REGISTERED, pan="")}
    assert amend(office, pan="").files.meters == ()


def test_less_contracted_power_and_none_are_amended_without_a_fee(office):
    assert amend(office, terms=Terms("domestic", (), 5_000)).content == Changed(POINT.number, 2)
    assert amend(office, version=2, terms=Terms("domestic")).content == Changed(POINT.number, 3)
    assert office.meters[PAN].contract_w == 0


def test_parts_and_schemes_are_kept_for_both(office):
    terms = Terms("domestic", (("domestic", 60), ("shop", 40)), 8_000, ("POOR",))
    (made,) = amend(office, terms=terms).files.meters
    assert office.files.points[POINT.number].terms == terms
    assert (made.proportions, made.schemes) == (terms.proportions, terms.schemes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": "2000000048-9"}, OfficeRefusal.UNKNOWN_POINT),
        ({"by": "no"}, OfficeRefusal.UNKNOWN_POINT),
        ({"version": 2}, OfficeRefusal.TWICE_AT_ONCE),
        ({"pan": ""}, OfficeRefusal.TWICE_AT_ONCE),
        ({"reason": " "}, OfficeRefusal.NO_REASON),
        ({"terms": POINT.terms}, OfficeRefusal.NO_CHANGES),
        ({"terms": Terms("domestic", (), 8_001)}, OfficeRefusal.MORE_POWER),
        ({"terms": Terms("later", (), 8_000)}, OfficeRefusal.NO_PRICE),
        ({"terms": Terms("unheard-of", (), 8_000)}, OfficeRefusal.NO_PRICE),
        ({"terms": Terms("domestic", (("shop", 60), ("later", 40)), 8_000)}, OfficeRefusal.BAD_FILE),
        ({"terms": Terms("shop", (("shop", 60), ("later", 40)), 8_000)}, OfficeRefusal.NO_PRICE),
        ({"terms": Terms("shop", (("shop", 60), ("elsewhere", 40)), 8_000)}, OfficeRefusal.NOT_TOGETHER),
        ({"day": on_day(-1)}, OfficeRefusal.DAY_PAST),
        ({"day": on_day(TERMS_AHEAD_DAYS_MAX + 1)}, OfficeRefusal.DAY_TOO_FAR),
        ({"day": on_day(2), "terms": Terms("later", (), 8_000)}, OfficeRefusal.NO_PRICE),
    ],
)
def test_what_cannot_be_so_leaves_everything_as_it_was(office, changes, reason):
    decision = amend(office, **changes)
    assert decision.content.reason is reason
    assert not decision.writes
    assert office.files.points[POINT.number] == POINT


def test_a_tariff_that_cannot_be_read_is_no_price(office):
    office.office.priced["shop"] = priced("shop", NOON - timedelta(days=9), energy="nothing")
    assert amend(office).content == NotDone(OfficeRefusal.NO_PRICE, "shop")


def test_a_closed_point_and_a_meter_that_the_books_do_not_have_are_refused(office):
    office.meters.clear()
    assert amend(office).content.reason is OfficeRefusal.UNKNOWN_METER
    office.files.points = {POINT.number: replace(POINT, state=PointState.CLOSED, pan="")}
    assert amend(office, pan="").content.reason is OfficeRefusal.WRONG_STATE


def test_a_version_that_was_looked_at_has_one_change(office):
    first = amend(office)
    assert amend(office).content == first.content
    other = amend(office, terms=Terms("domestic", (), 5_000))
    assert (other.content.reason, other.writes) == (OfficeRefusal.TWICE_AT_ONCE, False)


# -- from a later day on ---------------------------------------------------------------------------------


def test_a_later_change_is_due_and_changes_no_price_yet(office):
    decision = amend(office, day=on_day(3), terms=Terms("later", (), 8_000))
    point = office.files.points[POINT.number]
    assert (decision.content, decision.files.meters) == (Changed(POINT.number, 2), ())
    assert (point.power_type, point.due.day) == ("domestic", "2026-11-26")
    assert point.due.terms.power_type == "later"
    (told,) = decision.files.amendments
    assert told.kind is AmendmentKind.REPRICING_DUE
    assert [name for name, _, _ in told.changes()] == ["due", "version"]


def test_the_farthest_day_is_still_taken(office):
    assert amend(office, day=on_day(TERMS_AHEAD_DAYS_MAX)).content == Changed(POINT.number, 2)


def test_another_change_is_told_which_day_is_taken(office):
    amend(office, day=on_day(3))
    refused = amend(office, version=2, terms=Terms("domestic", (), 5_000))
    assert refused.content == NotDone(OfficeRefusal.CHANGE_DUE, "2026-11-26")


def test_on_its_day_it_begins_in_the_name_of_who_ordered_it(office):
    amend(office, day=on_day(3))
    decision = begin(office)
    assert decision.content == Changed(POINT.number, 3)
    point = office.files.points[POINT.number]
    assert (point.power_type, point.due, office.meters[PAN].power_type) == ("shop", None, "shop")
    (told,) = decision.files.amendments
    assert (told.kind, told.by, told.reason) == (AmendmentKind.REPRICED, "li", "he has opened a shop")
    assert [name for name, _, _ in told.changes()] == ["due", "power_type", "version"]


def test_it_begins_once_and_not_before_its_day(office):
    amend(office, day=on_day(3))
    assert begin(office, now=NOON).content.reason is OfficeRefusal.NO_CHANGE_DUE
    first = begin(office)
    assert begin(office).content == first.content
    assert begin(office, version=3).content.reason is OfficeRefusal.NO_CHANGE_DUE
    assert begin(office, version=9).content.reason is OfficeRefusal.TWICE_AT_ONCE


def test_where_it_has_no_price_a_person_is_told_once_and_it_stays_due(office):
    amend(office, day=on_day(3))
    del office.office.priced["shop"]
    decision = begin(office)
    assert decision.content.reason is OfficeRefusal.NO_PRICE
    assert (decision.exception.kind, decision.exception.key) == (NOT_BEGUN, POINT.number)
    assert begin(office).exception is None
    assert office.files.points[POINT.number].due is not None
    office.office.priced["shop"] = priced("shop", NOON)
    assert begin(office).content == Changed(POINT.number, 3)


def test_a_meter_that_the_books_do_not_have_any_more_is_told_too(office):
    amend(office, day=on_day(3))
    office.meters.clear()
    assert begin(office).exception is not None


def test_the_due_change_is_withdrawn_before_its_day(office):
    amend(office, day=on_day(3))
    off = WithdrawTerms("li", "", POINT.number, 2, "he opens later")
    assert give(office, off).content == Changed(POINT.number, 3)
    assert office.files.points[POINT.number] == replace(POINT, version=3)
    assert begin(office, version=3).content.reason is OfficeRefusal.NO_CHANGE_DUE


@pytest.mark.parametrize(
    ("changes", "now", "reason"),
    [
        ({"version": 1}, NOON, OfficeRefusal.TWICE_AT_ONCE),
        ({"reason": ""}, NOON, OfficeRefusal.NO_REASON),
        ({"by": "no"}, NOON, OfficeRefusal.UNKNOWN_POINT),
        ({}, NOON + timedelta(days=2.5), OfficeRefusal.NO_CHANGE_DUE),
    ],
)
def test_what_has_begun_or_is_not_hers_is_not_withdrawn(office, changes, now, reason):
    amend(office, day=on_day(3))
    said = {"by": "li", "nonce": "", "number": POINT.number, "version": 2, "reason": "later"}
    assert give(office, WithdrawTerms(**(said | changes)), now).content.reason is reason


def test_nothing_is_withdrawn_where_nothing_is_due(office):
    off = WithdrawTerms("li", "", POINT.number, 1, "later")
    assert give(office, off).content.reason is OfficeRefusal.NO_CHANGE_DUE


def test_with_the_point_ends_what_was_due_there():
    due = DueTerms("2026-11-26", 1, SHOP, "li", "a shop")
    waits = replace(POINT, state=PointState.REGISTERED, pan="", due=due)
    assert waits.after(PointEvent.GIVE_UP).due is None
    assert waits.after(PointEvent.INSTALL, pan=PAN).due == due


def test_a_power_type_for_three_phases_is_refused_where_there_is_one(office):
    office.office.priced["works"] = priced("works", NOON - timedelta(days=9), three_phase=True)
    refused = amend(office, terms=Terms("works", (), 8_000)).content
    assert (refused.reason, refused.detail) == (OfficeRefusal.NEEDS_THREE_PHASES, "works")
    mixed = Terms("shop", (("shop", 60), ("works", 40)), 8_000)
    assert amend(office, terms=mixed).content.reason is OfficeRefusal.NEEDS_THREE_PHASES
    office.files.points[POINT.number] = replace(POINT, phases=3)
    assert amend(office, terms=Terms("works", (), 8_000)).content == Changed(POINT.number, 2)


# -- in proportion to the days that are left --------------------------------------------------------------


def mtd_of(on):
    return on.meters[PAN].counters.mtd_wh


def test_what_was_bought_counts_in_full_where_the_utility_carries(office):
    amend(office)
    assert mtd_of(office) == 90_000


def test_where_it_prorates_the_days_that_are_left_count(office):
    # On 23 November eight of thirty days are left: 90 kWh count as 24.
    amend(office, prorates=True)
    assert (office.meters[PAN].power_type, mtd_of(office)) == ("shop", 24_000)


def test_less_power_is_no_other_power_type(office):
    amend(office, prorates=True, terms=Terms("domestic", (), 5_000))
    assert (office.meters[PAN].contract_w, mtd_of(office)) == (5_000, 90_000)


def test_a_change_that_is_due_counts_from_its_own_day(office):
    amend(office, prorates=True, day=on_day(3))
    assert mtd_of(office) == 90_000
    # It was found two days late; from 26 November on five of thirty days are left.
    begin(office, now=NOON + timedelta(days=5))
    assert (office.meters[PAN].power_type, mtd_of(office)) == ("shop", 15_000)
