"""Customers and meters: lists, files, and what of another branch is not there."""

import re

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from gateway.core.authority import Function, Grant, Level, Rights
from tests.web.books import Paid
from tests.web.desk import Desk, DoubleGate, office, people, visitor


def sees(*functions, branch=None):
    return Rights({one: (Grant(Level.VIEW),) for one in functions}, branch)


@pytest.fixture(scope="module")
def paid(tmp_path_factory):
    paid = Paid(tmp_path_factory.mktemp("books")).sell(days=2, a_day=20)
    with paid.engine.begin() as connection:
        is_first = t.customer.c.account_no == paid.town.customers[0].account_no
        connection.execute(update(t.customer).where(is_first).values(branch="north", phone="13800000001"))
    return paid


@pytest.fixture
def desk(paid):
    staff = people() | {
        "clerk": visitor("clerk", sees(Function.CUSTOMERS, Function.METERS)),
        "north": visitor("north", sees(Function.CUSTOMERS, Function.METERS, branch="north")),
    }
    return Desk(office(paid.engine, gate=DoubleGate(staff)))


@pytest.fixture
def first(paid):
    return paid.town.meters[0]


def test_a_customer_is_found_by_a_part_of_what_is_known(desk, paid):
    one = paid.town.customers[6]
    assert [row[0] for row in desk.get(f"/customers?text={one.account_no}").cells()] == [one.account_no]
    assert desk.get("/customers?text=13800000001").cells()[0][3] == "13800000001"


def test_customers_stand_in_the_order_that_was_asked_for(desk):
    names = [row[1] for row in desk.get("/customers?sort=-name").cells()]
    assert names == sorted(names, reverse=True)
    numbers = [row[0] for row in desk.get("/customers").cells()]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("text", ["x" * 65, "%00", "a%0ab"])
def test_what_no_name_can_be_is_said_beside_the_field(desk, text):
    for path in ("/customers", "/meters"):
        told = desk.get(f"{path}?text={text}")
        assert told.code == 422
        assert 'aria-invalid="true"' in told.text


def test_a_customer_s_page_has_his_meters_and_what_he_bought(desk, first):
    html = desk.get(f"/customers/{first.account_no}").text
    assert f'href="/meters/{first.pan}"' in html
    assert "CN¥" in html
    assert re.search(r"<code>r0[^<]*</code>", html)
    assert "pay/east/" not in html.partition('id="raw"')[0]


def test_whoever_may_not_see_sales_or_the_diary_sees_none_in_a_file(desk, first):
    for path in (f"/customers/{first.account_no}", f"/meters/{first.pan}"):
        assert "CN¥" not in desk.get(path, "clerk").text
        assert 'id="timeline"' not in desk.get(path, "clerk").text


def test_a_customer_of_another_branch_and_his_meters_are_not_there(desk, paid, first):
    other = paid.town.meters[6]
    assert len(desk.get("/customers", "north").cells()) == len(desk.get("/meters", "north").cells()) == 1
    assert desk.get(f"/customers/{first.account_no}", "north").code == 200
    assert desk.get(f"/meters/{first.pan}", "north").code == 200
    assert desk.get(f"/customers/{other.account_no}", "north").code == 404
    assert desk.get(f"/meters/{other.pan}", "north").code == 404


@pytest.mark.parametrize(
    "path", ["/customers/nobody", "/customers/%00", "/meters/1", "/meters/x", "/meters/%D9%A3"]
)
def test_whoever_is_not_there_has_no_page(desk, path):
    assert desk.get(path).code == 404


def test_a_meter_s_page_tells_its_key_its_counters_and_no_token(desk, paid, first):
    html = desk.get(f"/meters/{first.pan}").text
    assert "EA11 (MISTY1)" in html
    assert "Energy bought in that month" in html
    assert "**** **** **** ****" in html
    with paid.engine.begin() as connection:
        digits = connection.execute(t.token.select()).all()
    assert digits
    assert not any(one.digits in html for one in digits)


@pytest.mark.parametrize(
    ("asked", "count"),
    [("state=blocked", 1), ("carrier=card", 1), ("test=yes", 1), ("changing=yes", 0), ("krn=2", 0),
     ("sgc=201457", 41), ("power_type=commercial", 7), ("text=600727371803406325", 1)],
)  # fmt: skip
def test_meters_are_narrowed_down_by_what_is_known_of_them(desk, asked, count):
    assert len(desk.get(f"/meters?{asked}").cells()) == count


def test_the_numbers_of_meters_stand_in_a_file_as_text(desk):
    told = desk.get("/meters?format=csv&text=600727371803406325")
    assert told.body.decode("utf-8-sig").splitlines()[1].startswith("37180340632,")
