"""What a customer owes on his page: each kind with how it is paid; a cashier takes a debt, and prints."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from admin_web.debt_words import DEBT_NAMES
from gateway.core.authority import Function, Grant, Level
from gateway.core.dues import DEBTS, Dues
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.prepayment.register_customer import AddPoint
from tests.web.filed import REGISTERED, with_files
from tests.web.filling import fault, filled, sent
from tests.web.staffed import CASHIER, Staffed

CUSTOMER = f"/customers/{REGISTERED}"
CONNECTION = f"{CUSTOMER}/debts/connection"


@pytest.fixture
def books(tmp_path):
    books = with_files(Staffed(tmp_path, size=12).at_counters())
    owing(books, arrears_minor=12_000, fees=(("CONNECTION", 30_000),))
    return books


def owing(books, **dues):
    """He owes it from one more supply point."""
    with books.engine.connect() as connection:
        like = connection.execute(select(t.supply_point.c.power_type)).scalars().first()
    point = SupplyPoint("", REGISTERED, "Qingnian Lu 5", like, state=PointState.REGISTERED)
    order = AddPoint("local:root", books.people.nonce(), REGISTERED, point, Dues("CNY", **dues), "CNY")
    (content,) = books.batch.run([order])
    return content


def balance(books, code):
    with books.engine.connect() as connection:
        found = connection.execute(select(t.account.c.balance).where(t.account.c.code == code))
        return found.scalar_one_or_none() or 0


def test_what_he_owes_is_on_his_page_with_how_it_is_paid(books):
    told = books.desk().get(CUSTOMER)
    html = told.text
    assert "What he owes" in html
    assert "His purchases pay it, as his tariff says" in html
    assert "He pays it at a counter" in html
    assert f'href="{CONNECTION}"' in html
    assert "What he owes" not in books.desk().get("/customers/2000000048").text


def test_a_debt_is_read_back_with_its_postings_then_taken_and_receipted(books):
    desk = books.desk()
    fields = filled(desk, CONNECTION)
    assert fields["amount"] == "300.00"
    told = desk.post(CONNECTION, "chief", fields)
    assert [row[:3] for row in told.cells()] == [
        ["CASH:south-2:chief", "CN¥300.00", ""],
        [f"AR:{REGISTERED}:CONNECTION", "", "CN¥300.00"],
    ]
    assert balance(books, f"AR:{REGISTERED}:CONNECTION") == 30_000
    before = balance(books, "CASH:south-2:chief")
    told = desk.post(CONNECTION, "chief", fields | {"step": "confirm"})
    assert told.code == 303
    assert balance(books, f"AR:{REGISTERED}:CONNECTION") == 0
    assert balance(books, "CASH:south-2:chief") == before + 30_000
    receipt = desk.get(told.header("location"))
    assert receipt.code == 200
    for said in ("CN¥300.00", "Fee for the connection", REGISTERED, "south-2", "chief", "Print"):
        assert said in receipt.text
    line = books.diary()[-1]
    assert (line.function, line.outcome) == ("selling", "done")


def test_the_same_form_takes_it_once(books):
    desk = books.desk()
    fields = filled(desk, CONNECTION) | {"step": "confirm"}
    told = [desk.post(CONNECTION, "chief", fields) for _ in range(2)]
    assert [one.code for one in told] == [303, 303]
    assert told[0].header("location") == told[1].header("location")
    assert balance(books, f"AR:{REGISTERED}:CONNECTION") == 0
    assert desk.get(CONNECTION).code == 404


def test_a_part_is_taken_and_the_rest_stays(books):
    desk = books.desk()
    assert sent(desk, CONNECTION, amount="100", step="confirm").code == 303
    assert balance(books, f"AR:{REGISTERED}:CONNECTION") == 20_000
    assert filled(desk, CONNECTION)["amount"] == "200.00"


@pytest.mark.parametrize("amount", ["0", "-1", "300.01"])
def test_more_than_he_owes_is_refused_at_its_field_with_the_cure(books, amount):
    told = sent(books.desk(), CONNECTION, amount=amount)
    assert told.code == 422
    assert "CN¥300.00 at the most" in fault(told, "amount")


def test_what_was_paid_meanwhile_is_looked_at_again(books):
    desk = books.desk()
    fields = filled(desk, CONNECTION)
    sent(desk, CONNECTION, amount="100", step="confirm")
    told = desk.post(CONNECTION, "chief", fields | {"step": "confirm"})
    assert told.code == 422
    assert "not what was shown any more" in told.text
    assert balance(books, f"AR:{REGISTERED}:CONNECTION") == 20_000


def test_above_her_limit_it_is_refused(books):
    books.let_in("kim", CASHIER | {Function.SELLING: Grant(Level.DO, 10_000)})
    books.visitors["kim"] = replace(books.visitors["kim"], station="south-2")
    told = sent(books.desk(), CONNECTION, "kim", step="confirm")
    assert "above your limit" in told.text
    assert balance(books, f"AR:{REGISTERED}:CONNECTION") == 30_000


def test_whoever_has_no_shift_open_is_led_to_where_she_opens_one(books):
    assert books.desk().get(CONNECTION, "deputy").header("location") == "/sell"


def test_who_does_not_sell_sees_the_debts_and_takes_none(books):
    told = books.desk().get(CUSTOMER, "auditor")
    assert "What he owes" in told.text
    assert "/debts/" not in told.text
    assert books.desk().get(CONNECTION, "auditor").code == 403


@pytest.mark.parametrize("kind", ["preset", "moon", "CONNECTION"])
def test_what_no_counter_takes_has_no_page(books, kind):
    assert books.desk().get(f"{CUSTOMER}/debts/{kind}").code == 404


def test_a_receipt_is_of_this_customer_and_of_a_debt_alone(books):
    desk = books.desk()
    told = sent(desk, CONNECTION, step="confirm")
    number = told.header("location").partition("?")[0].rpartition("/")[2]
    assert desk.get(f"/customers/2000000048/receipts/{number}").code == 404
    assert desk.get(f"{CUSTOMER}/receipts/1").code == 404
    assert desk.get(f"{CUSTOMER}/receipts/x").code == 404


def test_another_branch_s_customer_pays_at_another_counter(books):
    books.let_in("south-cashier", CASHIER, "south")
    assert books.desk().get(CONNECTION, "south-cashier").code == 404


def test_each_kind_of_debt_has_a_name():
    assert set(DEBT_NAMES) == set(DEBTS)


# -- who may put a debt on an account --------------------------------------------------------------------

DUES = f"{CUSTOMER}/dues"
WHY = {"reason": "the paper came late"}


def up_to(books, minor):
    """A clerk who registers and amends, and puts so much on an account alone."""
    grants = {one: Grant(Level.DO, minor) for one in (Function.REGISTRATION, Function.AMENDMENT)}
    books.let_in("clerk", grants | {Function.CUSTOMERS: Grant(Level.VIEW)})
    return books.desk()


def test_a_debt_is_put_on_the_account_after_it_was_read_back(books):
    desk = books.desk()
    fields = filled(desk, DUES, fee_meter="200", **WHY)
    told = desk.post(DUES, "chief", fields)
    assert [row[:3] for row in told.cells()] == [
        [f"AR:{REGISTERED}:METER", "CN¥200.00", ""], ["FEE:METER", "", "CN¥200.00"],
    ]  # fmt: skip
    assert balance(books, f"AR:{REGISTERED}:METER") == 0
    assert desk.post(DUES, "chief", fields | {"step": "confirm"}).code == 303
    assert balance(books, f"AR:{REGISTERED}:METER") == 20_000
    assert "Put a debt on the account" in desk.get(CUSTOMER).text
    assert "the paper came late" in books.diary()[-1].detail


def test_nothing_owed_is_refused_at_its_field(books):
    told = sent(books.desk(), DUES, **WHY)
    assert (told.code, fault(told, "arrears")) == (422, "Say what he owes: at least one of these sums.")


@pytest.mark.parametrize(("fee", "code"), [("100", 303), ("100.01", 422)])
def test_up_to_her_limit_she_puts_it_on_an_account_alone(books, fee, code):
    told = sent(up_to(books, 10_000), DUES, "clerk", fee_meter=fee, step="confirm", **WHY)
    assert told.code == code
    if code != 303:
        assert "above your limit; somebody with a higher one must do it" in fault(told, "fee_meter")
    assert balance(books, f"AR:{REGISTERED}:METER") == (10_000 if code == 303 else 0)


@pytest.mark.parametrize(("arrears", "code"), [("60", 303), ("60.01", 422)])
def test_up_to_her_limit_she_registers_with_it_alone(books, arrears, code):
    said = {"name": "Wang Fang", "address": "Renmin Lu 20", "power_type": "domestic", "branch": "-"}
    desk = up_to(books, 10_000)
    told = sent(desk, "/customers/new", "clerk", **said, arrears=arrears, fee_card="40", step="confirm")
    assert told.code == code
    if code != 303:
        assert "above your limit" in fault(told, "arrears")
        assert sent(desk, "/customers/new", "clerk", **said).code == 303, "without it she registers him"


@pytest.mark.parametrize(("fee", "code"), [("100", 303), ("100.01", 422)])
def test_up_to_her_limit_she_enlarges_for_a_fee_alone(books, fee, code):
    path = f"/supply-points/{REGISTERED}-1/capacity"
    said = {"contract": "12", "fee": fee, "paid": "on_account", "step": "confirm", **WHY}
    assert sent(up_to(books, 10_000), path, "clerk", **said).code == code
    assert balance(books, f"AR:{REGISTERED}:CAPACITY") == (10_000 if code == 303 else 0)
