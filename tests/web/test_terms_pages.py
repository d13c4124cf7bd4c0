"""The terms of a supply point on their pages: changed by two, due, withdrawn; its capacity enlarged."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.db import tables as t
from gateway.core.authority import Level
from gateway.core.views_points import Amendments, DuePoints
from gateway.prepayment.amend_file import AmendPoint
from gateway.prepayment.begin_terms import BeginTerms
from tests.builders import NOON
from tests.web.filed import REGISTERED, on_day, with_files, with_terms
from tests.web.filling import fault, filled, sent
from tests.web.looked_at import FITTED
from tests.web.staffed import Staffed, only

POINT = f"/supply-points/{REGISTERED}-1"
TERMS, CAPACITY = f"{POINT}/terms", f"{POINT}/capacity"
WAITS, DUE = f"/supply-points/{REGISTERED}-2", f"/supply-points/{REGISTERED}-3"
WHY = {"reason": "he has shown his new paper"}
FLAT = {"power_type": "domestic", "contract": "5.5", **WHY}


@pytest.fixture
def books(tmp_path):
    return with_files(Staffed(tmp_path, size=12))


@pytest.fixture
def desk(books):
    return books.desk()


def row(books, table, **named):
    with books.engine.connect() as connection:
        wanted = [table.c[name] == value for name, value in named.items()]
        return connection.execute(select(table).where(*wanted)).one()


def point(books, nth=1):
    return row(books, t.supply_point, number=f"{REGISTERED}-{nth}")


def newest(books):
    return books.reader().rows(Amendments(branch=None, limit=1))[0].amendment


def confirmed(desk, path, who="chief", **fields):
    """Fill a form in, look at its preview, and confirm it."""
    seen = filled(desk, path, who, **fields)
    preview = desk.post(path, who, seen)
    assert preview.code == 200, preview.text
    return preview, desk.post(path, who, seen | {"step": "confirm"})


def approve(desk, request, who="deputy"):
    (nonce, *_) = re.findall(r'name="nonce" value="([^"]+)"', desk.get(request, who).text)
    return desk.post(request, who, {"verdict": "approve", "nonce": nonce})


def bare(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# -- from today on ---------------------------------------------------------------------------------------


def test_the_terms_stand_in_their_form_and_the_preview_compares_them_with_what_they_buy(desk):
    stands = filled(desk, TERMS)
    assert (stands["power_type"], stands["contract"], stands["version"]) == ("commercial", "8", "3")
    assert stands["day"] == "2026-11-23"
    preview, _ = confirmed(desk, TERMS, **FLAT)
    said = bare(preview.text)
    assert "Power type commercial domestic" in said
    assert "Contracted power 8 kW 5.5 kW" in said
    assert "CN¥100.00 buys 182.8 kWh 204.7 kWh" in said
    assert "Nothing is posted" in said


def test_two_people_change_the_terms_and_the_meter_is_sold_so_at_once(desk, books):
    _, told = confirmed(desk, TERMS, **FLAT)
    assert told.code == 303
    assert point(books).version == 3
    request = f"/requests/terms/{REGISTERED}-1/3"
    assert "somebody else who may approve changes of terms" in desk.get(told.header("location")).text
    seen = desk.get(request, "deputy").text
    assert f"Change the terms of supply point {REGISTERED}-1 from 2026-11-23 on" in seen
    assert "Power type commercial domestic" in bare(seen)
    assert approve(desk, request).code == 303
    for one in (point(books), row(books, t.meter, pan=FITTED)):
        assert (one.power_type, one.contract_w) == ("domestic", 5_500)
    done = newest(books)
    assert (done.kind.value, done.by, done.reason) == ("repriced", "chief", WHY["reason"])
    assert "Terms changed: Contracted power, Power type" in bare(desk.get("/diary").text)
    assert "Terms changed" in desk.get(POINT).text


def test_whoever_asked_approves_it_not(desk, books):
    confirmed(desk, TERMS, **FLAT)
    refused = approve(desk, f"/requests/terms/{REGISTERED}-1/3", "chief")
    assert refused.code != 303
    assert point(books).version == 3


def test_another_change_of_what_waits_for_a_second_person_is_told_so(desk):
    confirmed(desk, TERMS, **FLAT)
    _, refused = confirmed(desk, TERMS, **(FLAT | {"contract": "5"}))
    assert refused.code == 422
    assert "another order about the same waits" in refused.text


def test_what_was_changed_meanwhile_is_stale_and_cannot_be_approved(desk, books):
    confirmed(desk, TERMS, **FLAT)
    moved = AmendPoint("local:x", "n", f"{REGISTERED}-1", 3, "Renmin Lu 9", "", "", "", 0, 0, "moved")
    books.batch.run([moved])
    seen = desk.get(f"/requests/terms/{REGISTERED}-1/3", "deputy").text
    assert "has changed since it was asked for" in seen
    assert "Approve and carry out" not in seen


def test_parts_and_schemes_stand_in_the_form_as_they_are(desk, books):
    parts = {"share": "60", "type_2": "domestic", "share_2": "40"}
    preview, _ = confirmed(desk, TERMS, **WHY, **parts)
    assert "commercial 60%, domestic 40%" in preview.text
    approve(desk, f"/requests/terms/{REGISTERED}-1/3")
    assert point(books).proportions == "commercial=60,domestic=40"
    assert row(books, t.meter, pan=FITTED).proportions == "commercial=60,domestic=40"
    stands = filled(desk, TERMS)
    assert {name: stands[name] for name in parts} == parts


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"power_type": ""}, "power_type", "Fill this in"),
        ({"power_type": "unheard-of"}, "power_type", "Choose"),
        ({"contract": "-1"}, "contract", "This is 0 to"),
        ({"contract": "9"}, "contract", "More has a fee"),
        ({"contract": "lots"}, "contract", "no power in kW"),
        ({"share": "60", "type_2": "commercial", "share_2": "30"}, "share", "must be 100"),
        ({"day": ""}, "day", "Fill this in"),
        ({"day": "tomorrow"}, "day", "day"),
        ({"day": "2026-11-22"}, "day", "Nothing is priced backwards"),
        ({"day": "2027-02-24"}, "day", "one of the next 92 days"),
        ({"reason": ""}, "reason", "Fill this in"),
    ],
)
def test_terms_that_cannot_be_so_are_refused_at_their_field(desk, books, changes, name, said):
    told = sent(desk, TERMS, **(FLAT | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert point(books).version == 3


def test_nothing_different_is_told_so(desk):
    told = sent(desk, TERMS, **WHY)
    assert (told.code, "Nothing is different" in told.text) == (422, True)


def test_without_a_price_on_that_day_it_is_refused_at_the_power_type(desk, books):
    seen = filled(desk, TERMS, **FLAT)
    with books.engine.begin() as connection:
        gone = t.tariff_version.c.power_type == "domestic"
        withdrawn = {"state": "withdrawn", "withdrawn_by": "x", "withdrawn_us": 1, "reason": "x"}
        connection.execute(t.tariff_version.update().where(gone).values(withdrawn))
    told = desk.post(TERMS, "chief", seen | {"step": "confirm"})
    assert told.code == 422
    assert fault(told, "power_type")
    assert point(books).version == 3


def test_a_point_without_a_meter_is_compared_without_a_purchase(desk):
    preview, told = confirmed(desk, f"{WAITS}/terms", **FLAT)
    assert ("buys" in preview.text, told.code) == (False, 303)


def test_a_version_that_was_spoilt_changes_nothing(desk, books):
    told = sent(desk, TERMS, **FLAT, version="many", step="confirm")
    assert (told.code, "somebody else has changed it meanwhile" in told.text) == (422, True)
    assert point(books).version == 3


# -- from a later day on ---------------------------------------------------------------------------------


def test_a_later_change_is_shown_and_begins_on_its_day(desk, books):
    confirmed(desk, TERMS, **FLAT, day="2026-12-01")
    approve(desk, f"/requests/terms/{REGISTERED}-1/3")
    page = desk.get(POINT).text
    assert "from 2026-12-01 on: domestic, 5.5 kW" in page
    assert "Change of terms ordered for later" in page
    assert priced(books) == ["commercial", "commercial"]
    for path in (TERMS, CAPACITY):
        assert desk.get(path).code == 404
    books.now = NOON + timedelta(days=8)
    (found,) = books.reader().rows(due_points())
    books.batch.run([BeginTerms(found)])
    assert priced(books) == ["domestic", "domestic"]
    told = bare(desk.get("/amendments").text)
    assert "Change that is due: from 2026-12-01 on: domestic, 5.5 kW → nothing" in told


def test_a_change_that_could_not_begin_is_an_exception_in_the_readers_language(desk, books):
    with_terms(books)
    with books.engine.begin() as connection:
        gone = t.tariff_version.c.power_type == "domestic"
        withdrawn = {"state": "withdrawn", "withdrawn_by": "x", "withdrawn_us": 1, "reason": "x"}
        connection.execute(t.tariff_version.update().where(gone).values(withdrawn))
    books.now = NOON + timedelta(days=8)
    (found,) = books.reader().rows(due_points())
    books.batch.run([BeginTerms(found)])
    told = desk.get("/exceptions?kind=terms_not_begun").text
    assert "A change of terms could not begin" in told
    (path,) = set(re.findall(r'href="(/exceptions/[0-9]+)"', told))
    assert f"the terms due on 2026-12-01 have not begun at {REGISTERED}-3" in desk.get(path).text
    said = desk.get(path, "moscow").text
    assert f"условия, назначенные на 2026-12-01, не вступили в силу в точке учёта {REGISTERED}-3" in said


def priced(books):
    return [one.power_type for one in (point(books), row(books, t.meter, pan=FITTED))]


def due_points():
    return DuePoints(until_us=on_day(8).begins_us)


def test_what_is_due_is_withdrawn_by_two_people(desk, books):
    with_terms(books)
    told = sent(desk, f"{DUE}/terms/withdraw", **WHY)
    assert told.code == 303
    request = f"/requests/terms-off/{REGISTERED}-3/2"
    seen = bare(desk.get(request, "deputy").text)
    assert f"Withdraw the change of supply point {REGISTERED}-3 that is due on 2026-12-01" in seen
    assert "As it was planned As it stays" in seen
    assert "Power type domestic commercial" in seen
    assert approve(desk, request).code == 303
    stands = point(books, 3)
    assert (stands.due, stands.due_us, stands.power_type) == ("", None, "commercial")
    assert newest(books).kind.value == "repricing_withdrawn"


def test_a_withdrawal_needs_a_reason_and_something_that_is_due(desk, books):
    with_terms(books)
    told = sent(desk, f"{DUE}/terms/withdraw")
    assert (told.code, fault(told, "reason")) == (422, "Fill this in.")
    for path in (f"{TERMS}/withdraw", f"{DUE}/terms", f"{DUE}/capacity", "/supply-points/nowhere/terms"):
        assert desk.get(path).code == 404


# -- the capacity ----------------------------------------------------------------------------------------


def balance(books, account):
    return row(books, t.account, code=account).balance


def test_the_capacity_is_enlarged_for_a_fee_on_his_account_and_the_meter_can_be_told(desk, books):
    preview, told = confirmed(desk, CAPACITY, contract="12", fee="500", paid="on_account", **WHY)
    said = bare(preview.text)
    assert f"AR:{REGISTERED}:CAPACITY CN¥500.00" in said
    assert "FEE:CAPACITY CN¥500.00" in said
    assert told.code == 303
    assert (point(books).contract_w, row(books, t.meter, pan=FITTED).contract_w) == (12_000, 12_000)
    assert balance(books, f"AR:{REGISTERED}:CAPACITY") == 50_000
    page = desk.get(POINT)
    assert "Capacity enlarged" in page.text
    order = page.link_to("Tell the meter its power limit")
    assert order == f"/meters/{FITTED}/orders/new?kind=power_limit&value=12000"
    stands = filled(desk, order)
    assert (stands["kind"], stands["value"]) == ("power_limit", "12000")
    assert desk.get(told.header("location")).link_to("Tell the meter its power limit") == order


def test_a_cashier_takes_the_fee_into_her_drawer(books):
    desk = books.at_counters().desk()
    before = balance(books, "CASH:south-2:chief")
    _, told = confirmed(desk, CAPACITY, contract="12", fee="500", paid="cash", **WHY)
    assert told.code == 303
    assert balance(books, "CASH:south-2:chief") == before + 50_000


def test_without_a_fee_nothing_is_posted(desk, books):
    preview, told = confirmed(desk, CAPACITY, contract="12", rating="12", **WHY)
    assert "It posts nothing" in preview.text
    assert (told.code, point(books).contract_w) == (303, 12_000)
    assert newest(books).entry_id is None


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"contract": ""}, "contract", "Fill this in"),
        ({"contract": "8"}, "contract", "no more than was agreed on"),
        ({"contract": "7"}, "contract", "no more than was agreed on"),
        ({"contract": "1000001"}, "contract", "This is 0 to"),
        ({"rating": "11"}, "contract", "does not bear so much"),
        ({"fee": "120"}, "paid", "Say how the fee is paid"),
        ({"fee": "-1", "paid": "on_account"}, "fee", "This is 0 to"),
        ({"paid": "on_account"}, "paid", "There is no fee"),
        ({"fee": "120", "paid": "later"}, "paid", "Choose"),
        ({"reason": ""}, "reason", "Fill this in"),
    ],
)
def test_a_capacity_that_cannot_be_so_is_refused_at_its_field(desk, books, changes, name, said):
    told = sent(desk, CAPACITY, **({"contract": "12", **WHY} | changes))
    assert told.code == 422
    assert said in fault(told, name)
    assert point(books).version == 3


def test_cash_is_not_offered_to_whoever_sits_at_no_counter_and_refused_when_her_shift_ended(books):
    desk = books.at_counters().desk()
    assert "into my drawer" not in desk.get(CAPACITY, "deputy").text
    seen = filled(desk, CAPACITY, contract="12", fee="500", paid="cash", **WHY)
    with books.engine.begin() as connection:
        connection.execute(t.shift.update().values(closed_us=1))
    told = desk.post(CAPACITY, "chief", seen | {"step": "confirm"})
    assert (told.code, "no shift is open" in fault(told, "paid")) == (422, True)


def test_two_who_change_one_point_are_told(desk, books):
    seen = filled(desk, CAPACITY, contract="12", **WHY)
    confirmed(desk, CAPACITY, contract="10", **WHY)
    told = desk.post(CAPACITY, "chief", seen | {"step": "confirm"})
    assert (told.code, "somebody else has changed it meanwhile" in told.text) == (422, True)
    assert point(books).contract_w == 10_000


# -- who may ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [TERMS, CAPACITY, f"{DUE}/terms/withdraw"])
def test_terms_are_for_whoever_may_and_in_her_branch(desk, books, path):
    with_terms(books)
    books.let_in("reader", only(customers=Level.VIEW))
    does = only(amendment=Level.DO, terms=Level.DO, customers=Level.VIEW)
    books.let_in("north-clerk", does, "north").let_in("clerk", does)
    assert desk.get(path, "reader").code == 403
    assert desk.get(path, "north-clerk").code == 404
    assert desk.get(path, "clerk").code == 200


def test_a_point_offers_what_can_be_done_with_it_to_whoever_may(desk, books):
    with_terms(books)
    books.let_in("clerk", only(amendment=Level.DO, terms=Level.DO, customers=Level.VIEW))
    here, due = desk.get(POINT, "clerk").text, desk.get(DUE, "clerk").text
    assert ("Change the terms" in here, "Enlarge the capacity" in here) == (True, True)
    assert "Withdraw the change that is due" in due
    assert "Enlarge the capacity" not in due
    assert "Tell the meter its power limit" not in here


def test_a_branch_approver_decides_about_her_own_customers_alone(desk, books):
    confirmed(desk, TERMS, **FLAT)
    books.let_in("north-head", only(terms=Level.APPROVE, customers=Level.VIEW), "north")
    assert desk.get(f"/requests/terms/{REGISTERED}-1/3", "north-head").code == 404


def test_what_an_address_says_of_a_token_is_no_more_than_a_beginning(desk):
    told = desk.get(f"/meters/{FITTED}/orders/new?kind=nothing&value=<b>")
    assert told.code == 200
    assert "<b>" not in told.text
    assert filled(desk, f"/meters/{FITTED}/orders/new?kind=nothing")["kind"] == ""
