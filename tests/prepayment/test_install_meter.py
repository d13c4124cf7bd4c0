"""Installation: a meter comes from the stock to a supply point, once, and can be sold to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.counters import Counters
from gateway.core.customer import Customer
from gateway.core.fitting import Fitting, Ratio
from gateway.core.meter import Carrier, MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.preset import Preset
from gateway.core.refusal import Refusal
from gateway.core.staff import Operator
from gateway.core.stock import Face, StockMeter, StockState
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.prepayment.install_meter import InstallMeter
from tests.builders import NOON, Till, books, identity, meter

TODAY = NOON.date()
POINT = SupplyPoint(
    "2000000048-1", "2000000048", "Qingnian Lu 5", "shop", contract_w=8_000, schemes=("POOR",),
    state=PointState.REGISTERED,
)  # fmt: skip
PAN = identity(7).pan
READ = (("total", 12_000),)


@pytest.fixture
def office():
    on = books(meter(1))
    on.office.operators = {"li": Operator("li", "Li Na"), "no": Operator("no", "Nora", branch="north")}
    on.office.stock = {PAN: StockMeter(identity(7), "DDS-26", Carrier.TOKEN, "", "lot-1", 0)}
    on.files.customers = {POINT.account_no: Customer(POINT.account_no, "Zhang Wei", "Qingnian Lu 5")}
    on.files.points = {POINT.number: POINT}
    return on


def post(on, command):
    decision = command.decide(on, NOON)
    if decision.writes:
        on.apply(command, decision)
    return decision


def install(on, nonce="n1", by="li", **changes):
    said = {"number": POINT.number, "version": 1, "pan": PAN, "fitted_on": TODAY, "registers": READ}
    return post(on, InstallMeter(by, nonce, **(said | changes)))


def test_a_meter_of_the_stock_becomes_the_points(office):
    decision = install(office, seals=("A17", "B-3"), current=Ratio(100, 5))
    assert decision.content == Changed(POINT.number, 2)
    point = office.files.points[POINT.number]
    assert (point.state, point.pan) == (PointState.ACTIVE, PAN)
    assert office.office.stock[PAN].state is StockState.ISSUED
    fitting = office.files.fittings[PAN]
    assert (fitting.point, fitting.fitted_on, fitting.multiplier) == (POINT.number, TODAY.isoformat(), 20)


def test_the_meter_is_priced_by_what_the_point_has_agreed_on(office):
    (made,) = install(office).files.meters
    assert (made.account_no, made.customer, made.power_type) == (POINT.account_no, "Zhang Wei", "shop")
    assert (made.contract_w, made.schemes, made.state) == (8_000, ("POOR",), MeterState.ACTIVE)
    assert (made.last_tid, made.counters, made.is_test) == (None, Counters(), False)


def test_nothing_is_booked_and_all_of_it_stands_in_the_amendments(office):
    decision = install(office, note="on the outer wall")
    assert decision.entries == ()
    told = [(one.subject, one.kind, one.number, one.reason) for one in decision.files.amendments]
    assert told == [
        (Subject.POINT, AmendmentKind.INSTALLED, POINT.number, "on the outer wall"),
        (Subject.METER, AmendmentKind.INSTALLED, PAN, "on the outer wall"),
    ]


def test_what_a_meter_comes_with_is_owed_and_bought_by_nobody_yet(office):
    decision = install(office, preset=Preset(10_000, 612), currency="CNY")
    (entry,) = decision.entries
    assert {one.account: (one.amount, one.unit) for one in entry.postings} == {
        "E.ISSUED": (10_000, "Wh"),
        "E.UNSOLD": (-10_000, "Wh"),
        f"AR:{POINT.account_no}:PRESET": (612, "CNY"),
        "PRESET_ISSUED": (-612, "CNY"),
    }
    assert decision.files.meters[0].preset == Preset(10_000, 612)


def test_a_preset_that_is_worth_nothing_is_owed_by_nobody(office):
    (entry,) = install(office, preset=Preset(10_000, 0), currency="CNY").entries
    assert {one.unit for one in entry.postings} == {"Wh"}


def on_face(office, **face):
    office.office.stock[PAN] = replace(office.office.stock[PAN], face=Face(**face))


def three_phases(office):
    office.files.points[POINT.number] = replace(POINT, phases=3)


def test_a_meter_of_one_phase_is_not_fitted_where_there_are_three(office):
    three_phases(office)
    on_face(office, phases=1)
    assert install(office).content.reason is OfficeRefusal.ONE_PHASE
    assert office.office.stock[PAN].state is StockState.IN_STOCK
    on_face(office, phases=3)
    assert install(office, "n2").content == Changed(POINT.number, 2)


def test_a_meter_of_three_phases_may_count_one(office):
    on_face(office, phases=3)
    assert install(office).content == Changed(POINT.number, 2)


@pytest.mark.parametrize(
    ("face", "current", "fits"),
    [
        ((1, 220, 36), Ratio(), False),  # 7,920 W, and 8,000 W are agreed on
        ((1, 220, 37), Ratio(), True),
        ((3, 220, 12), Ratio(), False),
        ((3, 220, 13), Ratio(), True),
        ((1, 220, 5), Ratio(100, 5), True),  # 22,000 W behind the transformer
        ((1, 220, 5), Ratio(30, 5), False),
    ],
)
def test_a_meter_bears_what_was_agreed_on_or_is_not_fitted(office, face, current, fits):
    office.office.stock[PAN] = replace(office.office.stock[PAN], face=Face(*face))
    content = install(office, current=current).content
    assert content == Changed(POINT.number, 2) if fits else content.reason is OfficeRefusal.ABOVE_RATING


@pytest.mark.parametrize("face", [(), (0, 220, 60), (3, 0, 1), (3, 220, 0)])
def test_what_nobody_has_said_of_a_meter_is_not_compared(office, face):
    three_phases(office)
    office.office.stock[PAN] = replace(office.office.stock[PAN], face=Face(*face))
    assert install(office).content == Changed(POINT.number, 2)


@pytest.mark.parametrize("face", [(2, 220, 60), (-1, 0, 0), (1, 1_001, 0), (1, -1, 0), (1, 0, 1_001)])
def test_what_stands_on_no_face_is_refused(face):
    with pytest.raises(ValueError, match="a meter has"):
        Face(*face)


def test_the_same_form_fits_one_meter(office):
    first = install(office)
    assert install(office).content == first.content
    assert install(office, pan=identity(8).pan).content.reason is OfficeRefusal.REFERENCE_USED
    assert install(office, "n2").content.reason is OfficeRefusal.TWICE_AT_ONCE
    assert install(office, "n3", version=2).content.reason is OfficeRefusal.WRONG_STATE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": "2000000048-9"}, OfficeRefusal.UNKNOWN_POINT),
        ({"by": "no"}, OfficeRefusal.UNKNOWN_POINT),
        ({"version": 2}, OfficeRefusal.TWICE_AT_ONCE),
        ({"pan": identity(8).pan}, OfficeRefusal.UNKNOWN_STOCK),
        ({"fitted_on": TODAY + timedelta(days=2)}, OfficeRefusal.BAD_FILE),
        ({"fitted_on": TODAY - timedelta(days=91)}, OfficeRefusal.BAD_FILE),
        ({"registers": (("total", -1),)}, OfficeRefusal.BAD_FILE),
        ({"registers": (("total", 10**11),)}, OfficeRefusal.BAD_FILE),
        ({"registers": (("total", 1), ("total", 2))}, OfficeRefusal.BAD_FILE),
        ({"registers": (("moon", 1),)}, OfficeRefusal.BAD_FILE),
        ({"registers": ()}, OfficeRefusal.BAD_FILE),
        ({"registers": (("rate_1", 1),)}, OfficeRefusal.BAD_FILE),
        ({"note": "x" * 121}, OfficeRefusal.BAD_FILE),
        ({"note": "on the wall\x00"}, OfficeRefusal.BAD_FILE),
        ({"seals": ("A", "A")}, OfficeRefusal.BAD_FILE),
        ({"seals": ("a seal",)}, OfficeRefusal.BAD_FILE),
        ({"seals": tuple("ABCDEFG")}, OfficeRefusal.BAD_FILE),
    ],
)
def test_what_cannot_be_fitted_so_leaves_everything_as_it_was(office, changes, reason):
    assert install(office, **changes).content.reason is reason
    assert office.files.points[POINT.number] == POINT
    assert office.office.stock[PAN].state is StockState.IN_STOCK
    assert not office.files.fittings


@pytest.mark.parametrize("state", [StockState.ISSUED, StockState.SCRAPPED])
def test_a_meter_that_has_left_the_stock_is_not_fitted(office, state):
    office.office.stock[PAN] = replace(office.office.stock[PAN], state=state)
    assert install(office).content.reason is OfficeRefusal.NOT_IN_STOCK


def test_a_meter_that_a_customer_has_is_not_fitted_at_another(office):
    office.meters[PAN] = meter(7)
    refused = install(office).content
    assert (refused.reason, refused.detail) == (OfficeRefusal.METER_KNOWN, "A7")


def test_a_customer_of_another_branch_is_not_named_as_the_meters(office):
    office.meters[PAN] = meter(7)
    owner = office.files.customers[POINT.account_no]
    office.files.customers[POINT.account_no] = replace(owner, branch="north")
    office.office.stock[PAN] = replace(office.office.stock[PAN], branch="north")
    office.office.branch_of = {PAN: "south"}
    refused = install(office, by="no").content
    assert (refused.reason, refused.detail) == (OfficeRefusal.METER_KNOWN, "")


def came_back(office, **changes):
    removed = {"state": MeterState.REMOVED, "last_tid": 6_000_000, "counters": Counters(202611, 900)}
    office.meters[PAN] = meter(7, **(removed | changes))
    office.pans_of["A7"] = (PAN,)
    gone = {"removed_on": "2026-11-01", "version": 2}
    office.files.fittings[PAN] = Fitting(PAN, "2000000030-1", "2026-01-05", READ, **gone)


def test_a_meter_that_comes_back_to_the_same_customer_goes_on_counting(office):
    came_back(office, account_no=POINT.account_no)
    assert install(office).meter.counters == Counters(202611, 900)


def test_a_meter_whose_key_the_stock_does_not_know_is_not_fitted(office):
    came_back(office, identity=identity(7, krn=2))
    assert install(office).content.reason is OfficeRefusal.OTHER_KEY


def test_a_meter_with_a_sale_that_waits_in_the_books_is_not_fitted(office):
    came_back(office)
    office.files.waiting = {PAN: ("r1",)}
    assert install(office).content.reason is OfficeRefusal.SALE_WAITS


def test_a_meter_is_fitted_once_its_last_sale_was_given_back_in_the_same_batch(office):
    came_back(office, state=MeterState.ACTIVE)
    till = Till(office, token_in_answer=False)
    assert till.post(till.pay(pan=PAN)).token is None
    office.meters[PAN] = replace(office.meters[PAN], state=MeterState.REMOVED)
    assert install(office).content.reason is OfficeRefusal.SALE_WAITS
    office.files.waiting = {PAN: (till.pay().key,)}
    till.post(till.reverse())
    assert install(office).content == Changed(POINT.number, 2)


def test_a_payment_for_the_former_owner_buys_nothing_for_the_new_one(office):
    came_back(office)
    install(office)
    till = Till(office)
    assert till.post(till.pay("r1", account_no="A7")).reason is Refusal.UNKNOWN_METER


def test_a_meter_that_was_fitted_in_this_batch_is_sold_to_in_the_next(office):
    came_back(office)
    install(office)
    till = Till(office)
    for named in ({"pan": PAN}, {"account_no": POINT.account_no}):
        refused = till.pay("r1", **named).decide(office, NOON)
        assert refused.content.reason is Refusal.NO_TOKEN
        assert not refused.remembered


def test_a_meter_that_came_back_keeps_its_token_ids_and_begins_to_count_anew(office):
    came_back(office)
    decision = install(office)
    assert (decision.meter.id, decision.meter.last_tid) == (7, 6_000_000)
    assert decision.meter.counters == Counters()
    assert office.meters[PAN].account_no == POINT.account_no
    assert office.files.fittings[PAN].version == 3


@pytest.mark.parametrize("ratio", [(0, 1), (5, 100), (10**7, 5), (1, 0)])
def test_a_transformer_has_a_ratio_that_there_is(ratio):
    with pytest.raises(ValueError, match="ratio"):
        Ratio(*ratio)
