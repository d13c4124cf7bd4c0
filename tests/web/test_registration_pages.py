"""Registration on its pages: what is entered, what is refused at its field with the cure, what is booked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.account_number import account_number
from gateway.core.authority import Level
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.prepayment.keep_network import KeepNetworkPlace
from tests import builders
from tests.web.filed import REGISTERED, with_files, with_three_phases
from tests.web.filling import fault, filled, sent
from tests.web.staffed import Staffed, only

NEW = "/customers/new"
MORE = f"/customers/{REGISTERED}/supply-points/new"
WANG = {
    "name": "Wang Fang", "id_no": "530102198805054321", "phone": "+86 871 5550199",
    "address": "Renmin Lu 20", "power_type": "domestic", "contract": "5.5",
    "branch": "-",
}  # fmt: skip
CLERK = only(registration=Level.DO, amendment=Level.DO, installation=Level.DO, customers=Level.VIEW)


@pytest.fixture
def books(tmp_path):
    books = with_files(Staffed(tmp_path, size=12))
    places = (
        NetworkPlace("t-1", NetworkKind.TRANSFORMER, "Mill", "f-7", version=0),
        NetworkPlace("west", NetworkKind.AREA, "West bank", version=0),
        NetworkPlace("old", NetworkKind.AREA, "Old town", is_used=False, version=0),
    )
    books.batch.run([KeepNetworkPlace("local:deputy", f"more-{one.code}", one) for one in places])
    books.let_in("north-clerk", CLERK, "north")
    books.let_in("south-clerk", CLERK, "south")
    return books


@pytest.fixture
def desk(books):
    return books.desk()


def customers(books, **named):
    with books.engine.connect() as connection:
        wanted = [t.customer.c[name] == value for name, value in named.items()]
        return connection.execute(select(t.customer).where(*wanted)).all()


def points(books, account_no):
    with books.engine.connect() as connection:
        p = t.supply_point.c
        his = select(t.supply_point).where(p.account_no == account_no).order_by(p.number)
        return connection.execute(his).all()


def test_a_customer_is_registered_with_his_first_supply_point(desk, books):
    told = sent(desk, NEW, **(WANG | {"branch": "north"}), transformer="t-1", alarm="20", hoard="900")
    assert told.code == 303
    (wang,) = customers(books, name="Wang Fang")
    assert told.header("location").startswith(f"/customers/{wang.account_no}?")
    assert (wang.branch, wang.id_no, wang.version) == ("north", WANG["id_no"], 1)
    (point,) = points(books, wang.account_no)
    assert (point.address, point.power_type, point.contract_w) == ("Renmin Lu 20", "domestic", 5_500)
    assert (point.area, point.feeder, point.transformer) == ("east", "f-7", "t-1")
    assert (point.alarm_wh, point.hoard_wh, point.state) == (20_000, 900_000, "registered")
    line = books.diary()[-1]
    assert (line.function, line.subject, line.outcome) == ("registration", "new customer", "done")
    assert wang.account_no in line.detail
    assert f'href="/customers/{wang.account_no}"' in desk.get("/diary").text


def test_what_is_owed_from_the_first_day_is_read_back_with_its_postings_then_booked(desk, books):
    fields = filled(desk, NEW, **WANG, arrears="120", fee_connection="300.00", fee_card="15")
    told = desk.post(NEW, "chief", fields)
    assert told.code == 200
    assert "CN¥435.00" in told.text
    rows = [row[:3] for row in told.cells()]
    assert rows == [
        ["AR:…:ARREARS", "CN¥120.00", ""],
        ["OPENING", "", "CN¥120.00"],
        ["AR:…:CONNECTION", "CN¥300.00", ""],
        ["AR:…:CARD", "CN¥15.00", ""],
        ["FEE:CONNECTION", "", "CN¥300.00"],
        ["FEE:CARD", "", "CN¥15.00"],
    ]
    assert not customers(books, name="Wang Fang")
    assert desk.post(NEW, "chief", fields | {"step": "confirm"}).code == 303
    (wang,) = customers(books, name="Wang Fang")
    accounts = {name: balance for name, balance in _balances(books) if wang.account_no in name}
    assert accounts == {
        f"AR:{wang.account_no}:ARREARS": 12_000,
        f"AR:{wang.account_no}:CONNECTION": 30_000,
        f"AR:{wang.account_no}:CARD": 1_500,
    }


def _balances(books):
    with books.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(t.account.c.code, t.account.c.balance))]


def test_a_preview_can_be_gone_back_from(desk, books):
    fields = filled(desk, NEW, **WANG, arrears="120", step="change")
    told = desk.post(NEW, "chief", fields)
    assert 'value="Wang Fang"' in told.text
    assert "Confirm" not in told.text
    assert not customers(books, name="Wang Fang")


def test_the_same_form_registers_once(desk, books):
    fields = filled(desk, NEW, **WANG)
    told = [desk.post(NEW, "chief", fields) for _ in range(2)]
    assert [one.code for one in told] == [303, 303]
    assert len(customers(books, name="Wang Fang")) == 1


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"name": ""}, "name", "Fill this in"),
        ({"name": "x" * 65}, "name", "too long"),
        ({"phone": "call me"}, "phone", "digits, spaces and dashes"),
        ({"id_no": "?"}, "id_no", "3 to 31 digits and capital letters"),
        ({"address": ""}, "address", "Fill this in"),
        ({"credit_limit": "-1"}, "credit_limit", "This is 0 to CN¥"),
        ({"credit_limit": "12,5"}, "credit_limit", "can be read in two ways"),
        ({"credit_limit": "99999999999999"}, "credit_limit", "This is 0 to CN¥"),
        ({"account_no": "2000000047"}, "account_no", "check digit; compare it"),
        ({"account_no": REGISTERED}, "account_no", "the account number is taken"),
        ({"branch": "nowhere"}, "branch", "Choose"),
        ({"branch": ""}, "branch", "Fill this in"),
        ({"area": "nowhere"}, "area", "Choose"),
        ({"area": "f-7"}, "area", "Choose"),
        ({"area": "old"}, "area", "Choose"),
        ({"area": "west", "feeder": "f-7"}, "feeder", "leave the area empty"),
        ({"power_type": ""}, "power_type", "Fill this in"),
        ({"power_type": "unheard-of"}, "power_type", "Choose"),
        ({"contract": "2 lamps"}, "contract", "no power in kW"),
        ({"contract": "-5"}, "contract", "This is 0 to 1,000,000 kW"),
        ({"share": "60", "type_2": "commercial", "share_2": "30"}, "share", "90 per cent together"),
        ({"share": "60", "type_2": "commercial", "share_2": "50"}, "share", "must be 100"),
        ({"share": "100", "type_2": "commercial", "share_2": "0"}, "share", "1 to 99 per cent"),
        ({"share": "60", "type_2": "domestic", "share_2": "40"}, "share", "named twice"),
        ({"share": "60"}, "share", "Leave it empty"),
        ({"type_2": "commercial", "share_2": "40"}, "share", "Fill this in"),
        ({"share": "60", "type_2": "commercial"}, "share_2", "Fill this in"),
        ({"share": "60", "share_2": "40"}, "type_2", "Fill this in"),
        ({"share": "1.5", "type_2": "commercial", "share_2": "50"}, "share", "whole number"),
        ({"alarm": "900", "hoard": "900"}, "alarm", "warn below"),
        ({"alarm": "-1"}, "alarm", "This is 0 to"),
        ({"arrears": "-5"}, "arrears", "This is 0 to CN¥10,000,000.00"),
        ({"fee_card": "10000000.01"}, "fee_card", "This is 0 to CN¥10,000,000.00"),
        ({"state": "closed"}, "state", "Choose"),
        ({"phases": "2"}, "phases", "Choose"),
    ],
)  # fmt: skip
def test_what_cannot_be_registered_is_refused_at_its_field_with_the_cure(desk, books, changes, name, said):
    told = sent(desk, NEW, **(WANG | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert f'href="#f-{name}"' in told.text
    assert not customers(books, name="Wang Fang")


@pytest.mark.parametrize("path", [NEW, MORE])
def test_a_power_type_for_three_phases_is_refused_where_there_is_one(books, path):
    with_three_phases(books)
    said = {**WANG, "power_type": "works"} if path == NEW else {"power_type": "works"}
    told = sent(books.desk(), path, **said)
    assert told.code == 422
    assert "for supply points of three phases; choose another" in fault(told, "power_type")
    assert sent(books.desk(), path, **said, phases="3").code == 303


def test_a_field_that_is_folded_away_is_open_where_it_is_wrong(desk):
    assert '<details class="part">' in desk.get(NEW).text
    told = sent(desk, NEW, **WANG, share="60")
    assert '<details class="part" open>' in told.text


def test_parts_of_a_hundred_are_kept(desk, books):
    assert sent(desk, NEW, **WANG, share="60", type_2="commercial", share_2="40").code == 303
    (wang,) = customers(books, name="Wang Fang")
    assert "60" in points(books, wang.account_no)[0].proportions


def test_who_is_known_by_his_identity_number_is_named_and_gets_a_second_file_with_a_tick_only(desk, books):
    school = {"id_no": "530102-77"}
    assert 'name="is_another"' not in desk.get(NEW).text
    told = sent(desk, NEW, **(WANG | school))
    assert told.code == 422
    assert REGISTERED in fault(told, "id_no")
    assert f'<a href="/customers/{REGISTERED}">' in told.text
    assert 'name="is_another"' in told.text
    assert not customers(books, name="Wang Fang")
    assert sent(desk, NEW, **(WANG | school), is_another="yes").code == 303
    assert customers(books, name="Wang Fang")


def test_of_another_branch_s_customer_with_the_number_nothing_is_told(desk):
    told = sent(desk, NEW, "north-clerk", **(WANG | {"id_no": "530102-77"}))
    assert told.code == 422
    assert REGISTERED not in told.text
    assert "of another branch" in told.text


@pytest.mark.parametrize("id_no", ["", "530102198805054399"])
def test_the_same_name_at_the_same_address_is_asked_about_once(desk, books, id_no):
    assert sent(desk, NEW, **WANG).code == 303
    (first,) = customers(books, name="Wang Fang")
    again = WANG | {"id_no": id_no, "name": "WANG  Fang", "address": "renmin lu 20", "arrears": "5"}
    told = sent(desk, NEW, **again)
    assert told.code == 422
    assert "somebody of this name at this address is a customer already" in fault(told, "name")
    assert f'<a href="/customers/{first.account_no}">' in told.text
    assert sent(desk, NEW, **again, is_another="yes", step="confirm").code == 303
    assert [one.account_no for one in customers(books)].count(first.account_no) == 1
    assert customers(books, address="renmin lu 20")


def test_a_neighbour_of_another_name_and_a_customer_of_another_branch_are_not_asked_about(desk, books):
    assert sent(desk, NEW, **WANG).code == 303
    other = WANG | {"id_no": "", "branch": "north"}
    assert sent(desk, NEW, **(other | {"name": "Wang Fan"})).code == 303
    assert sent(desk, NEW, "north-clerk", **other).code == 303


def test_an_identity_number_is_kept_in_capital_letters(desk, books):
    assert sent(desk, NEW, **(WANG | {"id_no": "53010219880505432x"})).code == 303
    assert customers(books, name="Wang Fang")[0].id_no == "53010219880505432X"


def test_a_number_of_another_system_is_kept(desk, books):
    told = sent(desk, NEW, **WANG, account_no="EAST-0017")
    assert told.header("location").startswith("/customers/EAST-0017?")


def test_a_clerk_of_a_branch_registers_for_her_branch(desk, books):
    assert 'name="branch"' not in desk.get(NEW, "north-clerk").text
    assert sent(desk, NEW, "north-clerk", **(WANG | {"branch": "south"})).code == 303
    (wang,) = customers(books, name="Wang Fang")
    assert wang.branch == "north"
    assert desk.get(f"/customers/{wang.account_no}", "north-clerk").code == 200
    assert desk.get(f"/customers/{wang.account_no}", "south-clerk").code == 404


def test_a_customer_takes_power_at_one_more_place(desk, books):
    fields = {"power_type": "commercial", "phases": "3", "state": "applied", "fee_connection": "20"}
    told = sent(desk, MORE, point_address="Qingnian Lu 9", step="confirm", **fields)
    assert told.header("location").startswith(f"/supply-points/{REGISTERED}-3?")
    *_, point = points(books, REGISTERED)
    assert (point.number, point.phases, point.state) == (f"{REGISTERED}-3", 3, "applied")
    assert dict(_balances(books))[f"AR:{REGISTERED}:CONNECTION"] == 2_000


def test_the_fee_of_one_more_supply_point_is_read_back(desk):
    told = sent(desk, MORE, power_type="commercial", fee_connection="20")
    assert [row[0] for row in told.cells()] == [f"AR:{REGISTERED}:CONNECTION", "FEE:CONNECTION"]


def test_a_supply_point_without_its_address_is_refused(desk):
    told = sent(desk, MORE, point_address="", power_type="commercial")
    assert (told.code, fault(told, "point_address")) == (422, "Fill this in.")


def test_where_no_tariff_is_in_force_that_is_said_first(books):
    books.now = builders.NOON - timedelta(days=4000)
    html = books.desk(now=lambda: books.now).get(NEW).text
    assert "A tariff comes first" in html
    assert 'name="nonce"' not in html


@pytest.mark.parametrize("path", [NEW, MORE])
def test_registration_is_for_whoever_may_do_it(desk, books, path):
    books.let_in("reader", only(customers=Level.VIEW))
    assert desk.get(path, "reader").code == 403
    assert desk.post(path, "reader", {"nonce": "n" * 24}).code == 403
    for page in ("/customers", f"/customers/{REGISTERED}"):
        assert "/new" not in desk.get(page, "reader").text
        assert "/new" in desk.get(page).text


@pytest.mark.parametrize("path", [MORE, f"/customers/{REGISTERED}/amend"])
def test_another_branch_s_customer_has_no_forms(desk, path):
    assert desk.get(path, "north-clerk").code == 404
    assert desk.post(path, "north-clerk", {"nonce": "n" * 24}).code == 404


def test_an_account_number_that_nobody_has_has_no_forms(desk):
    assert desk.get(f"/customers/{account_number(987)}/supply-points/new").code == 404
