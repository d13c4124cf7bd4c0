"""Registration and the basic file: what is entered once, what is refused, and what is booked with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.account_number import account_number
from gateway.core.amendment import AmendmentKind, Subject
from gateway.core.customer import Customer
from gateway.core.dues import Dues
from gateway.core.ledger import EntryKind
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Branch, Operator
from gateway.core.supply_point import IllegalStep, PointEvent, PointState, SupplyPoint
from gateway.core.tariff_life import PricedType, TariffDraft, TariffVersion
from gateway.prepayment.amend_file import AmendCustomer, AmendPoint, StepPoint
from gateway.prepayment.book_dues import BookDues
from gateway.prepayment.keep_network import KeepNetworkPlace
from gateway.prepayment.register_customer import AddPoint, RegisterCustomer
from tests.builders import NOON, books

ZHANG = Customer("", "Zhang Wei", "Qingnian Lu 5", phone="+86 871 5550123", id_no="530102199001011234")
POINT = SupplyPoint("", "", "Qingnian Lu 5", "domestic", area="east", state=PointState.REGISTERED)
NOTHING_DUE = Dues("CNY")
FIRST = account_number(1)


def priced(power_type="domestic", *, at=NOON - timedelta(days=30)):
    draft = TariffDraft(power_type, "v1", at, "{}", "anna", at)
    return PricedType((TariffVersion.of(draft).approved("berta", at),), has_meters=True)


@pytest.fixture
def office():
    on = books()
    on.office.operators = {"li": Operator("li", "Li Na"), "no": Operator("no", "Nora", branch="north")}
    on.files.free = tuple(range(1, 10))
    on.office.branches = {"north": Branch("north", "North")}
    on.office.priced = {
        "domestic": priced(),
        "shop": priced("shop"),
        "later": priced("later", at=NOON + timedelta(days=1)),
    }
    on.files.network = {
        one.code: one
        for one in (
            NetworkPlace("east", NetworkKind.AREA, "East"),
            NetworkPlace("west", NetworkKind.AREA, "West"),
            NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7", "east"),
            NetworkPlace("t-1", NetworkKind.TRANSFORMER, "Mill", "f-7"),
            NetworkPlace("old", NetworkKind.AREA, "Old town", is_used=False),
        )
    }
    return on


def post(on, command):
    decision = command.decide(on, NOON)
    if decision.writes:
        on.apply(command, decision)
    return decision


def register(on, customer=ZHANG, point=POINT, dues=NOTHING_DUE, by="li", nonce="n1", **more):
    return post(on, RegisterCustomer(by, nonce, customer, point, dues, "CNY", **more))


def why(decision):
    return decision.content.reason


def test_a_customer_gets_the_next_account_number_and_his_first_supply_point(office):
    assert register(office).content == Changed(FIRST)
    assert office.files.customers[FIRST].name == "Zhang Wei"
    assert office.files.points[f"{FIRST}-1"].state is PointState.REGISTERED
    assert register(office, replace(ZHANG, id_no=""), nonce="n2").content == Changed(account_number(2))


def test_the_same_form_registers_once(office):
    first = register(office)
    again = register(office)
    assert again.content == first.content
    assert not again.writes
    assert why(register(office, replace(ZHANG, name="Li Si"))) is OfficeRefusal.REFERENCE_USED
    assert len(office.files.customers) == 1


def test_a_registration_stands_in_the_amendments_with_all_that_was_entered(office):
    told = register(office).files.amendments
    assert [(one.subject, one.number, one.kind, one.before) for one in told] == [
        (Subject.CUSTOMER, FIRST, AmendmentKind.REGISTERED, ""),
        (Subject.POINT, f"{FIRST}-1", AmendmentKind.REGISTERED, ""),
    ]
    assert ("name", None, "Zhang Wei") in list(told[0].changes())
    assert ("state", None, "registered") in list(told[1].changes())


def test_what_was_owed_before_and_what_a_connection_costs_is_owed_from_the_first_day(office):
    decision = register(office, dues=Dues("CNY", 12_000, (("CONNECTION", 30_000), ("CARD", 1_500))))
    opening, fees = decision.entries
    assert opening.kind is EntryKind.OPENING
    assert [(one.account, one.amount) for one in opening.postings] == [
        (f"AR:{FIRST}:ARREARS", 12_000),
        ("OPENING", -12_000),
    ]
    assert fees.kind is EntryKind.FEE
    assert [(one.account, one.amount) for one in fees.postings] == [
        (f"AR:{FIRST}:CONNECTION", 30_000),
        (f"AR:{FIRST}:CARD", 1_500),
        ("FEE:CONNECTION", -30_000),
        ("FEE:CARD", -1_500),
    ]
    assert {one.entry_id for one in decision.files.amendments} == {1}


def test_nothing_is_booked_where_nothing_is_due(office):
    decision = register(office)
    assert decision.entries == ()
    assert {one.entry_id for one in decision.files.amendments} == {None}


@pytest.mark.parametrize(
    ("fees", "arrears"),
    [((("GIFT", 1),), 0), ((("CARD", 0),), 0), ((("CARD", 1), ("CARD", 2)), 0), ((), -1), ((), 10**10)],
)
def test_dues_that_cannot_be_are_no_dues(fees, arrears):
    with pytest.raises(ValueError, match=r"fee|owed"):
        Dues("CNY", arrears, fees)


@pytest.mark.parametrize(
    ("customer", "reason"),
    [
        (replace(ZHANG, name=" "), OfficeRefusal.BAD_FILE),
        (replace(ZHANG, phone="call me"), OfficeRefusal.BAD_FILE),
        (replace(ZHANG, id_no="?"), OfficeRefusal.BAD_FILE),
        (replace(ZHANG, address="x" * 121), OfficeRefusal.BAD_FILE),
        (replace(ZHANG, credit_limit_minor=-1), OfficeRefusal.BAD_FILE),
        (replace(ZHANG, address="lane 5\x00"), OfficeRefusal.BAD_FILE),
        (replace(ZHANG, branch="nowhere"), OfficeRefusal.UNKNOWN_BRANCH),
        (replace(ZHANG, account_no="2000000047"), OfficeRefusal.BAD_ACCOUNT),
        (replace(ZHANG, account_no="!"), OfficeRefusal.BAD_ACCOUNT),
        (replace(ZHANG, account_no="AB/7"), OfficeRefusal.BAD_ACCOUNT),
    ],
)
def test_a_file_that_cannot_be_so_is_not_opened(office, customer, reason):
    assert why(register(office, customer)) is reason
    assert not office.files.customers


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        (replace(POINT, area="nowhere"), OfficeRefusal.UNKNOWN_PLACE),
        (replace(POINT, area="f-7"), OfficeRefusal.UNKNOWN_PLACE),
        (replace(POINT, area="old"), OfficeRefusal.UNKNOWN_PLACE),
        (replace(POINT, area="west", feeder="f-7"), OfficeRefusal.UNKNOWN_PLACE),
        (replace(POINT, power_type="unheard-of"), OfficeRefusal.NO_PRICE),
        (replace(POINT, power_type="later"), OfficeRefusal.NO_PRICE),
        (replace(POINT, proportions=(("shop", 60), ("later", 40))), OfficeRefusal.BAD_FILE),
        (replace(POINT, proportions=(("domestic", 60), ("later", 40))), OfficeRefusal.NO_PRICE),
        (replace(POINT, state=PointState.CLOSED), OfficeRefusal.WRONG_STATE),
        (replace(POINT, address="lane 5\x00"), OfficeRefusal.BAD_FILE),
        (replace(POINT, address="lane\n5"), OfficeRefusal.BAD_FILE),
    ],
)
def test_a_supply_point_that_cannot_be_so_is_not_opened(office, point, reason):
    assert why(register(office, point=point)) is reason
    assert not office.files.points


def test_a_supply_point_stands_where_its_places_are_below_each_other(office):
    point = replace(POINT, feeder="f-7", transformer="t-1", proportions=(("domestic", 60), ("shop", 40)))
    assert register(office, point=point).content == Changed(FIRST)


@pytest.mark.parametrize(
    "wrong",
    [{"phases": 2}, {"alarm_wh": -1}, {"hoard_wh": 10**10}, {"alarm_wh": 5_000, "hoard_wh": 5_000},
     {"proportions": (("domestic", 60), ("shop", 30))}, {"contract_w": -1}, {"pan": "1" * 18}],
)  # fmt: skip
def test_a_supply_point_is_nothing_that_cannot_be(wrong):
    with pytest.raises(ValueError, match=r"phases|Wh|per cent|power|meter"):
        replace(POINT, **wrong)


def test_a_number_of_another_system_is_kept_and_never_used_twice(office):
    assert register(office, replace(ZHANG, account_no="EAST-0017")).content == Changed("EAST-0017")
    again = register(office, replace(ZHANG, account_no="EAST-0017", id_no=""), nonce="n2")
    assert why(again) is OfficeRefusal.ACCOUNT_USED


def test_who_is_known_by_his_identity_number_gets_a_second_file_only_where_it_is_meant(office):
    register(office)
    again = register(office, nonce="n2")
    assert why(again) is OfficeRefusal.KNOWN_PERSON
    assert again.content.detail == FIRST
    assert register(office, nonce="n3", is_another=True).content == Changed(account_number(2))


def test_a_number_that_was_taken_by_hand_is_passed_over_in_the_same_batch(office):
    register(office, replace(ZHANG, account_no=FIRST))
    assert register(office, replace(ZHANG, id_no=""), nonce="n2").content == Changed(account_number(2))


def test_where_no_number_is_left_one_is_entered_by_hand(office):
    office.files.free = ()
    assert why(register(office)) is OfficeRefusal.NO_NUMBER_LEFT
    assert register(office, replace(ZHANG, account_no=FIRST)).content == Changed(FIRST)


def test_the_series_goes_on_behind_the_number_that_was_given_out(office):
    office.files.free = (7, 9)
    assert register(office).files.next_serial == 8
    assert register(office, replace(ZHANG, account_no="A-17", id_no=""), nonce="n2").files.next_serial is None


def test_customers_of_another_branch_are_not_named(office):
    register(office)
    register(office, replace(ZHANG, branch="north"), nonce="n2", is_another=True)
    again = register(office, replace(ZHANG, branch="north"), by="no", nonce="n3")
    assert (why(again), again.content.detail) == (OfficeRefusal.KNOWN_PERSON, account_number(2))
    register(office, replace(ZHANG, branch="north", id_no="Z9999"), by="no", nonce="n4")
    third = replace(office.files.customers[account_number(3)], id_no=ZHANG.id_no)
    taken = post(office, AmendCustomer("no", "n5", third, "paper shown"))
    assert (why(taken), taken.content.detail) == (OfficeRefusal.KNOWN_PERSON, account_number(2))


def test_who_has_another_identity_number_now_is_not_known_by_the_old_one(office):
    register(office)
    other = replace(office.files.customers[FIRST], id_no="Z9999")
    post(office, AmendCustomer("li", "n2", other, "mistyped"))
    assert register(office, nonce="n3").content == Changed(account_number(2))


def test_whoever_is_not_loaded_has_no_customers_not_even_those_without_a_branch(office):
    register(office)
    moved = replace(office.files.customers[FIRST], address="Renmin Lu 8")
    assert why(post(office, AmendCustomer("ghost", "n2", moved, "why"))) is OfficeRefusal.UNKNOWN_CUSTOMER


def test_what_is_owed_in_another_currency_is_not_booked(office):
    refused = register(office, dues=Dues("Wh", 5))
    assert why(refused) is OfficeRefusal.BAD_FILE
    register(office)
    added = post(office, AddPoint("li", "n2", FIRST, POINT, Dues("USD", 5), "CNY"))
    assert why(added) is OfficeRefusal.BAD_FILE


def test_whoever_belongs_to_a_branch_registers_for_that_branch_alone(office):
    assert why(register(office, by="no")) is OfficeRefusal.OTHER_BRANCH
    assert register(office, replace(ZHANG, branch="north"), by="no", nonce="n2").content == Changed(FIRST)


def test_a_customer_gets_further_supply_points(office):
    register(office)
    shop = replace(POINT, power_type="shop", state=PointState.APPLIED)
    added = post(office, AddPoint("li", "n2", FIRST, shop, Dues("CNY", 0, (("METER", 20_000),)), "CNY"))
    assert added.content == Changed(f"{FIRST}-2")
    assert [one.kind for one in added.entries] == [EntryKind.FEE]
    missing = post(office, AddPoint("li", "n3", "2000000048", shop, NOTHING_DUE, "CNY"))
    assert why(missing) is OfficeRefusal.UNKNOWN_CUSTOMER
    other = post(office, AddPoint("no", "n4", FIRST, shop, NOTHING_DUE, "CNY"))
    assert why(other) is OfficeRefusal.UNKNOWN_CUSTOMER


def test_the_basic_file_is_changed_with_what_was_and_what_is(office):
    register(office)
    moved = replace(office.files.customers[FIRST], address="Renmin Lu 8")
    decision = post(office, AmendCustomer("li", "n2", moved, "moved house"))
    assert decision.content == Changed(FIRST, 2)
    (told,) = decision.files.amendments
    assert list(told.changes()) == [("address", "Qingnian Lu 5", "Renmin Lu 8"), ("version", 1, 2)]
    assert (told.by, told.reason) == ("li", "moved house")
    assert office.files.customers[FIRST].address == "Renmin Lu 8"


def test_two_who_change_a_file_at_once_are_noticed(office):
    register(office)
    seen = office.files.customers[FIRST]
    post(office, AmendCustomer("li", "n2", replace(seen, phone="0871 111111"), "new number"))
    late = post(office, AmendCustomer("li", "n3", replace(seen, phone="0871 222222"), "new number"))
    assert why(late) is OfficeRefusal.TWICE_AT_ONCE
    assert office.files.customers[FIRST].phone == "0871 111111"


@pytest.mark.parametrize(
    ("changes", "reason", "refused"),
    [
        ({}, "why", OfficeRefusal.NO_CHANGES),
        ({"name": "Zhang Wei Wei"}, " ", OfficeRefusal.NO_REASON),
        ({"name": ""}, "why", OfficeRefusal.BAD_FILE),
        ({"branch": "nowhere"}, "why", OfficeRefusal.UNKNOWN_BRANCH),
    ],
)
def test_a_change_that_cannot_be_is_refused(office, changes, reason, refused):
    register(office)
    said = replace(office.files.customers[FIRST], **changes)
    assert why(post(office, AmendCustomer("li", "n2", said, reason))) is refused


def test_an_identity_number_that_another_has_is_taken_over_only_where_it_is_meant(office):
    register(office)
    register(office, replace(ZHANG, id_no="Z9999"), nonce="n2")
    second = replace(office.files.customers[account_number(2)], id_no=ZHANG.id_no)
    refused = post(office, AmendCustomer("li", "n3", second, "paper shown"))
    assert why(refused) is OfficeRefusal.KNOWN_PERSON
    done = post(office, AmendCustomer("li", "n4", second, "paper shown", is_another=True))
    assert done.content == Changed(account_number(2), 2)


def test_an_applicant_is_registered_or_given_up(office):
    register(office, point=replace(POINT, state=PointState.APPLIED))
    number = f"{FIRST}-1"
    done = post(office, StepPoint("li", "n2", number, 1, PointEvent.REGISTER, "papers are complete"))
    assert done.content == Changed(number, 2)
    again = post(office, StepPoint("li", "n3", number, 2, PointEvent.REGISTER, "once more"))
    assert why(again) is OfficeRefusal.WRONG_STATE
    post(office, StepPoint("li", "n4", number, 2, PointEvent.GIVE_UP, "moved away"))
    assert office.files.points[number].state is PointState.CLOSED


def test_steps_with_a_meter_are_not_taken_without_one(office):
    register(office)
    step = post(office, StepPoint("li", "n2", f"{FIRST}-1", 1, PointEvent.INSTALL, "no meter named"))
    assert why(step) is OfficeRefusal.WRONG_STATE
    with pytest.raises(IllegalStep, match="registered, so not cancel"):
        office.files.points[f"{FIRST}-1"].after(PointEvent.CANCEL)


def amend_point(office, nonce="n2", version=1, by="li", reason="new feeder", **changes):
    said = {"address": "Qingnian Lu 5", "area": "east", "feeder": "", "transformer": ""}
    limits = {"alarm_wh": 0, "hoard_wh": 0}
    said |= limits | changes
    return post(office, AmendPoint(by, nonce, f"{FIRST}-1", version, reason=reason, **said))


def test_the_basic_file_of_a_supply_point_is_changed(office):
    register(office)
    decision = amend_point(office, feeder="f-7", hoard_wh=500_000)
    assert decision.content == Changed(f"{FIRST}-1", 2)
    point = office.files.points[f"{FIRST}-1"]
    assert (point.feeder, point.hoard_wh, point.power_type) == ("f-7", 500_000, "domestic")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"area": "nowhere"}, OfficeRefusal.UNKNOWN_PLACE),
        ({"alarm_wh": -5}, OfficeRefusal.BAD_FILE),
        ({}, OfficeRefusal.NO_CHANGES),
        ({"version": 7, "feeder": "f-7"}, OfficeRefusal.TWICE_AT_ONCE),
        ({"by": "no", "feeder": "f-7"}, OfficeRefusal.UNKNOWN_POINT),
        ({"feeder": "f-7", "reason": ""}, OfficeRefusal.NO_REASON),
        ({"address": "lane 5\x00"}, OfficeRefusal.BAD_FILE),
    ],
)
def test_a_supply_point_that_cannot_be_so_stays_as_it_was(office, changes, reason):
    register(office)
    before = office.files.points[f"{FIRST}-1"]
    assert why(amend_point(office, **changes)) is reason
    assert office.files.points[f"{FIRST}-1"] == before


def test_a_place_that_is_used_no_more_locks_no_file(office):
    register(office, point=replace(POINT, feeder="f-7"))
    office.files.network["f-7"] = replace(office.files.network["f-7"], is_used=False)
    assert amend_point(office, feeder="f-7", hoard_wh=500_000).content == Changed(f"{FIRST}-1", 2)


def test_a_place_that_stays_must_lie_below_the_one_that_is_new(office):
    register(office, point=replace(POINT, feeder="f-7"))
    assert why(amend_point(office, feeder="f-7", area="west")) is OfficeRefusal.UNKNOWN_PLACE


def test_a_supply_point_that_is_closed_is_changed_no_more(office):
    register(office)
    post(office, StepPoint("li", "n2", f"{FIRST}-1", 1, PointEvent.GIVE_UP, "moved away"))
    assert why(amend_point(office, "n3", 2, feeder="f-7")) is OfficeRefusal.WRONG_STATE


def test_who_belongs_to_a_branch_does_not_change_the_network(office):
    assert why(post(office, KeepNetworkPlace("no", "n1", place()))) is OfficeRefusal.OTHER_BRANCH


def place(code="f-8", kind=NetworkKind.FEEDER, name="Feeder 8", parent="east", version=0, **more):
    return NetworkPlace(code, kind, name, parent, version=version, **more)


def test_the_network_grows_and_changes_place_by_place(office):
    assert post(office, KeepNetworkPlace("li", "n1", place())).content == Changed("f-8", 1)
    renamed = place(name="Feeder eight", version=1, is_used=False)
    assert post(office, KeepNetworkPlace("li", "n2", renamed)).content == Changed("f-8", 2)
    assert office.files.network["f-8"].name == "Feeder eight"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (place(code="F 8"), OfficeRefusal.BAD_CODE),
        (place(name=""), OfficeRefusal.BAD_NAME),
        (place(code="f-7"), OfficeRefusal.CODE_USED),
        (place(version=3), OfficeRefusal.TWICE_AT_ONCE),
        (place(parent="nowhere"), OfficeRefusal.UNKNOWN_PLACE),
        (place(parent="f-7"), OfficeRefusal.UNKNOWN_PLACE),
        (place(kind=NetworkKind.AREA), OfficeRefusal.UNKNOWN_PLACE),
        (place("east", NetworkKind.AREA, "East", "", 1), OfficeRefusal.NO_CHANGES),
        (place("east", NetworkKind.FEEDER, "East", "west", 1), OfficeRefusal.UNKNOWN_PLACE),
    ],
)
def test_a_place_that_cannot_be_so_is_not_entered(office, said, reason):
    before = dict(office.files.network)
    assert why(post(office, KeepNetworkPlace("li", "n1", said))) is reason
    assert office.files.network == before


# -- what is owed later ----------------------------------------------------------------------------------


def owe(on, dues, by="li", nonce="d1", **changes):
    said = {"account_no": FIRST, "dues": dues, "currency": "CNY", "reason": "the paper came late"}
    return post(on, BookDues(by, nonce, **(said | changes)))


def test_what_is_owed_is_put_on_his_account_later_as_from_the_first_day(office):
    dues = Dues("CNY", 12_000, (("METER", 20_000),))
    at_once = register(office, dues=dues).entries
    booked = owe(office, dues)
    assert booked.content == Changed(FIRST)
    assert booked.entries == at_once
    assert owe(office, dues).entries == (), "the same form books it once"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"account_no": "2000000048"}, OfficeRefusal.UNKNOWN_CUSTOMER),
        ({"by": "no"}, OfficeRefusal.UNKNOWN_CUSTOMER),
        ({"dues": NOTHING_DUE}, OfficeRefusal.NOTHING_OWED),
        ({"dues": Dues("USD", 5)}, OfficeRefusal.BAD_FILE),
        ({"reason": " "}, OfficeRefusal.NO_REASON),
    ],
)
def test_what_cannot_be_owed_so_is_not_booked(office, changes, reason):
    register(office)
    refused = owe(office, **({"dues": Dues("CNY", 5)} | changes))
    assert (why(refused), refused.entries) == (reason, ())
