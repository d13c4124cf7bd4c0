"""Supply points and amendments: lists, one point, what customers' and meters' pages say of them; branches."""

from dataclasses import fields

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from admin_web.amendment_words import FIELDS, NOT_TOLD, changes_said
from admin_web.diary_changes import Telling
from admin_web.shown import Shown
from admin_web.words import words_of
from gateway.core.amendment import Amendment, AmendmentKind, Subject, amended
from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.customer import Customer
from gateway.core.fitting import Fitting
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.supply_point import SupplyPoint
from tests.builders import ZONE
from tests.web.desk import Desk, DoubleGate, office, people, visitor
from tests.web.filed import REGISTERED, with_files
from tests.web.looked_at import FITTED
from tests.web.staffed import Staffed

POINT = f"{REGISTERED}-1"


def sees(*functions, branch=None):
    return Rights({one: (Grant(Level.VIEW),) for one in functions}, branch)


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    books = with_files(Staffed(tmp_path_factory.mktemp("books"), size=12))
    with books.engine.begin() as connection:
        is_school = t.customer.c.account_no == REGISTERED
        connection.execute(update(t.customer).where(is_school).values(branch="north"))
    return books


@pytest.fixture
def desk(books):
    staff = people() | {
        "clerk": visitor("clerk", sees(Function.CUSTOMERS)),
        "fitter": visitor("fitter", sees(Function.METERS)),
        "north": visitor("north", sees(Function.CUSTOMERS, Function.METERS, branch="north")),
        "south": visitor("south", sees(Function.CUSTOMERS, Function.METERS, branch="south")),
    }
    return Desk(office(books.engine, gate=DoubleGate(staff)))


@pytest.mark.parametrize(
    ("asked", "count"),
    [("text=renmin%20lu%208", 1), ("text=School", 2), ("state=registered", 1), ("area=east", 2),
     (f"text={FITTED[6:17]}", 1), ("power_type=nothing", 0)],
)  # fmt: skip
def test_supply_points_are_narrowed_down_by_what_is_known_of_them(desk, asked, count):
    assert len(desk.get(f"/supply-points?{asked}").cells()) == count


def test_a_supply_point_s_page_has_its_customer_its_meter_as_it_is_fitted_and_its_amendments(desk):
    html = desk.get(f"/supply-points/{POINT}").text
    for said in (
        f'href="/customers/{REGISTERED}"', f'href="/meters/{FITTED}"', "East of the river (east)",
        "A1730, A1731", "100 / 5 A", "total: 12.0 kWh, rate 1: 8.0 kWh",
        "Address: Qingnian Lu 5, hall → Renmin Lu 8, hall", "Reason: it has moved",
        f'href="/amendments?number={POINT}"',
    ):  # fmt: skip
        assert said in html


def test_a_customer_s_page_lists_his_supply_points(desk):
    html = desk.get(f"/customers/{REGISTERED}", "clerk").text
    assert f'href="/supply-points/{POINT}"' in html
    assert "Qingnian Lu 5, kitchen" in html


def test_a_meter_s_page_shows_its_fitting_and_leads_to_its_point_whoever_may_see_that(desk):
    assert f'href="/supply-points/{POINT}"' in desk.get(f"/meters/{FITTED}").text
    html = desk.get(f"/meters/{FITTED}", "fitter").text
    assert "A1730, A1731" in html
    assert "/supply-points/" not in html
    assert 'id="timeline"' not in html


def test_what_is_of_another_branch_is_not_there(desk):
    assert [row[0] for row in desk.get("/supply-points", "north").cells()] == [POINT, f"{REGISTERED}-2"]
    assert desk.get(f"/supply-points/{POINT}", "north").code == 200
    assert desk.get(f"/supply-points/{POINT}", "south").code == 404
    assert desk.get("/supply-points", "south").cells() == []
    assert {row[1] for row in desk.get("/amendments", "south").cells()} == {"Network: Registered"}


@pytest.mark.parametrize("path", ["/supply-points/nobody-1", "/supply-points/%00"])
def test_a_supply_point_that_is_not_there_has_no_page(desk, path):
    assert desk.get(path).code == 404


@pytest.mark.parametrize(
    ("asked", "count"),
    [("subject=network", 2), (f"number={POINT}", 3), (f"number={FITTED}", 1), ("number=07000009113", 1),
     ("kind=corrected", 1), ("by=local:deputy", 8), ("by=nobody", 0), ("day_from=2026-11-24", 0),
     ("day_to=2026-11-23", 8)],
)  # fmt: skip
def test_amendments_are_narrowed_down_by_what_is_known_of_them(desk, asked, count):
    assert len(desk.get(f"/amendments?{asked}").cells()) == count


def test_amendments_are_for_whoever_sees_customers(desk):
    assert desk.get("/amendments", "fitter").code == 403
    assert desk.get("/supply-points", "fitter").code == 403


def telling(language="en"):
    words = words_of(language)
    return Telling(words, Shown(words.locale, ZONE), "CNY")


@pytest.mark.parametrize("row", [Customer, SupplyPoint, Fitting, NetworkPlace])
def test_each_field_that_can_be_amended_has_a_label(row):
    assert {one.name for one in fields(row)} <= FIELDS.keys() | NOT_TOLD


def test_a_place_of_the_network_is_told_as_it_was_and_is():
    old = NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7", "east")
    new = NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7a", "east", is_used=False, version=2)
    said = changes_said(amended(AmendmentKind.CORRECTED, old, new, "li"), telling())
    assert said == "Name of the place: Feeder 7 → Feeder 7a; Offered for new supply points: yes → no"


def test_of_what_is_new_only_what_was_filled_in_is_told():
    new = Customer("2000000014", "Zhang Wei", "", credit_limit_minor=150)
    said = changes_said(amended(AmendmentKind.REGISTERED, None, new, "li"), telling("zh"))
    assert said == "姓名: Zhang Wei; 透支额度: ¥1.50"


def test_a_field_of_a_newer_program_stands_as_it_is_kept():
    one = Amendment(
        Subject.POINT, "1-1", 2, AmendmentKind.CORRECTED, '{"colour":"red"}', '{"colour":"blue"}', "li"
    )
    assert changes_said(one, telling()) == "colour: red → blue"
