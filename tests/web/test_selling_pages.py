"""Selling at a counter by its pages: who buys, the price, read back, sold, and the token given out."""

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from adapters.db import tables as t
from admin_web.pages.sold import _act
from admin_web.trouble_words import words_of_kind
from gateway.core.authority import Function, Grant, Level
from gateway.core.diary import Action, Actor
from gateway.core.meter import Carrier
from gateway.core.sale import SaleState
from gateway.core.views_booked import SaleFile
from gateway.core.views_sales import Sales
from gateway.core.views_watch import Exceptions
from gateway.office.authorised import Authorised
from gateway.office.keep_shift import OpenShift
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.prepayment.sell_at_counter import GiveOut
from tests.builders import drn
from tests.counter import KeptCounter
from tests.web.staffed import Staffed, only

NONCE = "n" * 24


@pytest.fixture
def staffed(tmp_path):
    return Staffed(tmp_path, size=20).at_counters()


@pytest.fixture
def desk(staffed):
    return staffed.desk()


@pytest.fixture
def pan(staffed):
    return staffed.buyers()[1].pan


def shown(told):
    """What the preview would send."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', told.text))


def sold(staffed, **asked):
    return [one for one in staffed.reader().rows(Sales(branch=None, **asked)) if one.bank.startswith("@")]


def sell(desk, pan, who="chief", **fields):
    """From the amount to the page of the sale."""
    path = f"/sell/{pan}"
    preview = desk.post(path, who, {"nonce": NONCE, **fields})
    assert preview.code == 200, preview.text
    return desk.post(path, who, {**shown(preview), "step": "confirm"})


def test_a_meter_number_is_opened_at_once(desk, staffed):
    meter = staffed.buyers()[0]
    told = desk.post("/sell", "chief", {"nonce": NONCE, "who": meter.pan[6:17]})
    assert (told.code, told.header("location")) == (303, f"/sell/{meter.pan}")


def test_a_name_shows_who_may_be_meant(desk, staffed):
    name = staffed.town.customers[0].name.split()[0]
    told = desk.post("/sell", "chief", {"nonce": NONCE, "who": name})
    assert told.code == 200
    assert 'href="/sell?account=' in told.text


def test_an_account_leads_to_its_meter(desk, staffed):
    meter = staffed.buyers()[0]
    told = desk.get(f"/sell?account={meter.account_no}")
    assert told.code in {200, 303}
    assert f"/sell/{meter.pan}" in told.text + told.header("location")


def test_nobody_is_said_with_the_cure(desk):
    told = desk.post("/sell", "chief", {"nonce": NONCE, "who": "nobody at all"})
    assert told.code == 422
    assert "Compare the digits with the meter" in told.text


def test_whoever_sits_nowhere_is_led_to_her_shift(desk):
    told = desk.get("/sell", "deputy")
    assert "open your shift at one first" in told.text
    assert desk.get(f"/sell/{'6' * 18}", "deputy").code == 404


def test_a_sale_from_the_amount_to_the_token(desk, staffed, pan):
    done = sell(desk, pan, amount="100")
    assert done.code == 303
    page = desk.get(done.header("location"))
    assert "Give the token out" in page.text
    assert "Undo the sale" in page.text
    (sale,) = sold(staffed, pan=pan)
    assert (sale.bank, sale.tender_minor, sale.state) == ("@south-2", 10_000, SaleState.WAITING)
    given = desk.post(f"{done.header('location')}/give", "chief", {})
    assert given.code == 200
    assert re.search(r"token-digits\">\d{4} \d{4} \d{4} \d{4} \d{4}<", given.text)
    again = desk.post(f"{done.header('location')}/give", "chief", {})
    assert again.code == 303, "the page was sent anew"
    assert given.link_to("To the invoice") == "/invoices/south-2/2"
    assert desk.get(done.header("location")).link_to("To the invoice") == "/invoices/south-2/2"
    assert desk.get("/invoices/south-2/2").code == 200
    facts = staffed.reader().totals(SaleFile(branch=None, id=sale.id))
    assert facts.sale.state is SaleState.ISSUED
    assert len(facts.tokens) == 1
    lines = [line for line in staffed.diary() if line.subject == sale.key]
    assert [line.function for line in lines] == ["selling", "selling"]


def test_each_who_sees_the_token_has_a_line_even_where_two_press_at_once(desk, staffed, pan):
    done = sell(desk, pan, amount="100")
    (sale,) = sold(staffed, pan=pan)
    staffed.people.of_herself(OpenShift("deputy", "s9", "south-1"))
    handing = KeptCounter(staffed.batch, "south-2", "chief").giving_out(payment=sale.key).hand_over
    orders = [
        Authorised(
            Actor(login, f"session-{login}", "192.0.2.7", station),
            _act(sale, Action.SHOW),
            GiveOut(login, station, handing),
        )
        for login, station in (("chief", "south-2"), ("deputy", "south-1"))
    ]
    one, other = staffed.batch.run(orders)
    assert one == other
    assert one.token is not None
    shown_to = [line.actor for line in staffed.diary() if line.subject == sale.key]
    assert shown_to == ["chief", "chief", "deputy"]
    assert desk.get(done.header("location")).code == 200


def test_energy_is_sold_for_what_it_costs(desk, staffed, pan):
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, "energy": "50"})
    assert "50.0 kWh" in preview.text
    done = desk.post(f"/sell/{pan}", "chief", {**shown(preview), "step": "confirm"})
    assert done.code == 303
    (sale,) = sold(staffed, pan=pan)
    assert sale.energy_wh == 50_000


def test_the_preview_has_postings_lines_and_change(desk, pan):
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, "amount": "87.50", "given": "100"})
    assert "CASH:south-2:chief" in preview.text
    assert "HOLD:CREDIT" in preview.text
    assert "12.50" in preview.text
    done = desk.post(f"/sell/{pan}", "chief", {**shown(preview), "step": "confirm"})
    assert "12.50" in desk.get(done.header("location")).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "one of the two"),
        ({"amount": "10", "energy": "10"}, "one of the two"),
        ({"amount": "much"}, "no amount"),
        ({"amount": "0"}, "more than zero"),
        ({"amount": "0.50"}, "below the smallest sale"),
        ({"amount": "5000.01"}, "over the limit"),
        ({"energy": "0"}, "more than zero"),
        ({"amount": "100", "given": "99.99"}, "less than the sale costs"),
    ],
)
def test_what_is_not_sold_is_said_with_its_field(desk, staffed, pan, fields, said):
    told = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, **fields})
    assert told.code == 422
    assert said in told.text
    assert sold(staffed, pan=pan) == []


def test_a_confirmation_of_another_price_shows_the_price_again(desk, staffed, pan):
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, "amount": "100"})
    stale = {**shown(preview), "shown": "10000/1/0/old", "step": "confirm"}
    told = desk.post(f"/sell/{pan}", "chief", stale)
    assert told.code == 200
    assert "another one now" in told.text
    assert sold(staffed, pan=pan) == []


def test_the_same_form_sells_once(desk, staffed, pan):
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": NONCE, "amount": "100"})
    confirmed = {**shown(preview), "step": "confirm"}
    one, again = (desk.post(f"/sell/{pan}", "chief", confirmed) for _ in range(2))
    assert one.header("location") == again.header("location")
    assert len(sold(staffed, pan=pan)) == 1


def test_another_screen_is_told_of_the_sale_that_waits(desk, staffed, pan):
    done = sell(desk, pan, amount="100")
    assert done.header("location") in desk.get(f"/sell/{pan}").text
    preview = desk.post(f"/sell/{pan}", "chief", {"nonce": "m" * 24, "amount": "100"})
    told = desk.post(f"/sell/{pan}", "chief", {**shown(preview), "step": "confirm"})
    assert told.code == 422
    assert "still waits for its credit" in told.text
    assert len(sold(staffed, pan=pan)) == 1


@pytest.fixture
def northern(staffed):
    """A meter of Li Na's branch."""
    one = staffed.buyers()[0]
    mine = update(t.customer).where(t.customer.c.account_no == one.account_no).values(branch="north")
    with staffed.engine.begin() as connection:
        connection.execute(mine)
    return one.pan


def test_a_cashier_sells_to_the_customers_of_her_branch(desk, staffed, northern):
    assert sell(desk, northern, "li-na", amount="200").code == 303
    (sale,) = sold(staffed, pan=northern)
    assert sale.bank == "@north-1"


def test_above_her_limit_a_cashier_sells_nothing(desk, staffed, northern):
    told = sell(desk, northern, "li-na", amount="200.01")
    assert sold(staffed, pan=northern) == []
    assert told.code == 422
    assert "above your limit" in told.text


def test_another_branchs_meter_is_not_there(desk, staffed, northern, pan):
    assert desk.get(f"/sell/{northern}", "li-na").code == 200
    assert desk.get(f"/sell/{pan}", "li-na").code == 404
    assert desk.post(f"/sell/{pan}", "li-na", {"nonce": NONCE, "amount": "100"}).code == 404


def waiting(staffed, bank):
    (found,) = [one for one in sold(staffed, bank=bank) if one.state is SaleState.WAITING]
    return found


def test_the_cashier_undoes_her_own_sale(desk, staffed):
    sale = waiting(staffed, "@south-2")
    path = f"/sold/{sale.receipt_no}/undo"
    asked = desk.post(path, "chief", {"nonce": NONCE, "reason": "he changed his mind"})
    assert "CASH:south-2:chief" in asked.text
    done = desk.post(path, "chief", {**shown(asked), "step": "confirm"})
    assert done.code == 303
    assert waiting_states(staffed, sale) is SaleState.REVERSED
    assert "undone" in desk.get(done.header("location")).text


def waiting_states(staffed, sale):
    return staffed.reader().totals(SaleFile(branch=None, id=sale.id)).sale.state


def test_an_undo_needs_a_reason(desk, staffed):
    sale = waiting(staffed, "@south-2")
    told = desk.post(f"/sold/{sale.receipt_no}/undo", "chief", {"nonce": NONCE, "reason": ""})
    assert told.code == 422
    assert waiting_states(staffed, sale) is SaleState.WAITING


def test_nobody_is_offered_to_undo_anothers_sale(desk, staffed):
    sale = waiting(staffed, "@north-1")
    assert "/undo" not in desk.get(f"/sold/{sale.receipt_no}").text
    told = desk.get(f"/sold/{sale.receipt_no}/undo")
    assert told.code == 303
    confirmed = {"nonce": NONCE, "reason": "he changed his mind", "step": "confirm"}
    refused = desk.post(f"/sold/{sale.receipt_no}/undo", "chief", confirmed)
    assert refused.code == 422
    assert "only the cashier who took it" in refused.text


def test_a_banks_sale_has_no_counter_page(desk, staffed):
    staffed.sell(days=1, a_day=2)
    (bank, *_) = staffed.reader().rows(Sales(branch=None, bank="east"))
    assert desk.get(f"/sold/{bank.receipt_no}").code == 404


def correct(desk, sale, who="chief", **fields):
    path = f"/sales/{sale.id}/correct"
    usual = {"nonce": NONCE, "reason": "he had ordered another amount", "meter": sale.pan[6:17]}
    preview = desk.post(path, who, {**usual, **fields})
    if preview.code != 200:
        return preview, None
    return preview, desk.post(path, who, {**shown(preview), "step": "confirm"})


def test_another_person_corrects_a_sale(desk, staffed):
    sale = waiting(staffed, "@north-1")
    assert f"/sales/{sale.id}/correct" in desk.get(f"/sales/{sale.id}").text
    preview, done = correct(desk, sale, amount="50")
    assert "The customer gets back" in preview.text
    assert "CASH:north-1:li-na" in preview.text
    assert done.code == 303
    right = waiting(staffed, "@north-1")
    assert (right.tender_minor, right.key) == (5_000, f"{sale.key}+2")
    assert waiting_states(staffed, sale) is SaleState.REVERSED
    assert "is corrected" in desk.get(done.header("location")).text


def test_nobody_corrects_her_own_sale(desk, staffed):
    sale = waiting(staffed, "@south-2")
    _, told = correct(desk, sale, amount="50")
    assert told.code == 422
    assert "whoever made or last corrected a sale does not correct it" in told.text
    assert waiting_states(staffed, sale) is SaleState.WAITING


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": ""}, "Fill this in"),
        ({"amount": "50", "meter": "123"}, "no meter number"),
        ({"amount": "50", "meter": drn(99)}, "no such meter"),
        ({"amount": "0.01"}, "below the smallest sale"),
        ({"amount": "50", "reason": ""}, "Fill this in"),
    ],
)
def test_a_correction_that_cannot_be_is_said_with_its_field(desk, staffed, fields, said):
    sale = waiting(staffed, "@north-1")
    told, _ = correct(desk, sale, **fields)
    assert told.code == 422
    assert said in told.text
    assert waiting_states(staffed, sale) is SaleState.WAITING


def test_a_sale_that_is_out_is_not_corrected(desk, staffed):
    (out,) = [one for one in sold(staffed) if one.state is SaleState.ISSUED]
    told = desk.get(f"/sales/{out.id}/correct")
    assert told.code == 303
    assert "cannot be corrected" in desk.get(told.header("location")).text


def test_only_who_may_sell_or_correct_does(staffed):
    staffed.let_in("looker", {Function.SALES: Grant(Level.VIEW), Function.CUSTOMERS: Grant(Level.VIEW)})
    desk, sale = staffed.desk(), waiting(staffed, "@north-1")
    for path in ("/sell", f"/sell/{sale.pan}", f"/sold/{sale.receipt_no}", f"/sales/{sale.id}/correct"):
        assert desk.get(path, "looker").code == 403, path
    assert "Counter north-1" in desk.get(f"/sales/{sale.id}", "looker").text


def test_a_correction_tells_nothing_of_another_branchs_customer(staffed, northern):
    sale = waiting(staffed, "@north-1")
    of_north = [northern, sale.pan]
    mine = [one.account_no for one in staffed.buyers() if one.pan in of_north]
    moved = update(t.customer).where(t.customer.c.account_no.in_(mine)).values(branch="north")
    with staffed.engine.begin() as connection:
        connection.execute(moved)
    staffed.let_in("fixer", only(corrections=Level.DO, sales=Level.VIEW), "north")
    desk, other = staffed.desk(), staffed.buyers()[1]
    told, _ = correct(desk, sale, "fixer", amount="50", meter=other.pan[6:17])
    assert told.code == 422
    assert "it belongs to another branch, or is not there" in told.text
    assert other.account_no not in told.text
    assert "CN¥" not in told.text
    assert correct(desk, sale, "fixer", amount="50", meter=northern[6:17])[1].code == 303


def test_a_banks_sale_has_no_correction(desk, staffed):
    staffed.sell(days=1, a_day=2)
    (bank, *_) = staffed.reader().rows(Sales(branch=None, bank="east"))
    told, _ = correct(desk, bank, amount="50")
    assert (told.code, told.header("location").partition("?")[0]) == (303, f"/sales/{bank.id}")


def test_a_correction_confirmed_twice_is_one_and_leads_to_it(desk, staffed):
    sale = waiting(staffed, "@north-1")
    path = f"/sales/{sale.id}/correct"
    fields = {"nonce": NONCE, "reason": "he had ordered more", "meter": sale.pan, "amount": "4000"}
    confirmed = {**shown(desk.post(path, "chief", fields)), "step": "confirm"}
    one, again = (desk.post(path, "chief", confirmed) for _ in range(2))
    assert (one.code, again.code) == (303, 303)
    assert one.header("location").partition("?")[0] == again.header("location").partition("?")[0]
    assert waiting(staffed, "@north-1").tender_minor == 400_000


def test_what_is_given_back_at_a_counter_comes_out_of_the_drawer(desk, staffed):
    sale = waiting(staffed, "@north-1")
    path = f"/sales/{sale.id}/give-back"
    assert "out of the cashier&#39;s drawer" in desk.get(path).text
    preview = desk.post(path, "deputy", {"nonce": NONCE, "reason": "he came back on the next day"})
    assert "Counter north-1 → " in preview.text
    done = desk.post(path, "deputy", {**shown(preview), "step": "confirm"})
    asked = desk.get(f"/requests/undo/{sale.key}")
    assert done.code == 303
    assert "Give CN¥80.00 back at counter north-1" in asked.text
    assert "/banks/@" not in asked.text


def test_the_exception_of_a_counters_sale_leads_to_its_counter_and_asks_no_bank(desk, staffed):
    sale = waiting(staffed, "@north-1")
    staffed.batch.run([NoteOverdueCredit(sale.key, sale.bank)])
    (row,) = staffed.reader().rows(Exceptions(branch=None))
    told = desk.get(f"/exceptions/{row.id}")
    assert "/shifts?station=north-1" in told.text
    assert "/banks/@" not in told.text
    story = desk.get(f"/find-token?pan={sale.pan}").text
    assert "the credit waits at the counter that took it" in story
    assert "ask the bank" not in story


def test_what_its_cashier_has_undone_is_not_said_to_be_given_back(desk, staffed):
    sale = waiting(staffed, "@south-2")
    path, reason = f"/sales/{sale.id}/give-back", {"nonce": NONCE, "reason": "he wants it back"}
    preview = desk.post(path, "deputy", reason)
    desk.post(f"/sold/{sale.receipt_no}/undo", "chief", {**reason, "step": "confirm"})
    assert waiting_states(staffed, sale) is SaleState.REVERSED
    told = desk.post(path, "deputy", {**shown(preview), "step": "confirm"})
    assert told.code == 303
    assert "there is nothing to give back" in desk.get(told.header("location"), "deputy").text


def test_a_card_or_line_meter_is_not_sold_to_at_a_counter_and_no_money_is_taken(desk, staffed):
    for one in staffed.town.meters:
        if one.carrier is Carrier.TOKEN:
            continue
        told = desk.get(f"/sell/{one.pan}")
        assert told.code == 200
        is_card = one.carrier is Carrier.CARD
        why = "It is sold to at a card station" if is_card else "which no counter can hand over yet"
        assert why in told.text
        assert "take no money for it" in told.text
        assert 'name="amount"' not in told.text
        sent = desk.post(f"/sell/{one.pan}", "chief", {"nonce": NONCE, "amount": "100", "step": "confirm"})
        assert sent.code == 422
        assert "take no money for it" in sent.text
        assert sold(staffed, pan=one.pan) == []
        wrong = waiting(staffed, "@north-1")
        corrected, _ = correct(desk, wrong, amount="50", meter=one.pan[6:17])
        assert corrected.code == 422
        assert "take no money for it" in corrected.text


def test_a_correction_whose_price_is_another_one_by_then_is_read_back_again(desk, staffed):
    sale = waiting(staffed, "@north-1")
    path = f"/sales/{sale.id}/correct"
    fields = {"nonce": NONCE, "reason": "he had ordered another amount", "meter": sale.pan, "amount": "50"}
    stale = {**shown(desk.post(path, "chief", fields)), "shown": f"{sale.pan}/old", "step": "confirm"}
    told = desk.post(path, "chief", stale)
    assert told.code == 200
    assert "another one now" in told.text
    assert waiting_states(staffed, sale) is SaleState.WAITING
    assert desk.post(path, "chief", {**shown(told), "step": "confirm"}).code == 303


def test_whoever_corrected_a_sale_does_not_correct_it_again(desk, staffed):
    sale = waiting(staffed, "@north-1")
    correct(desk, sale, amount="50")
    right = waiting(staffed, "@north-1")
    _, told = correct(desk, right, amount="60")
    assert told.code == 422
    assert "whoever made or last corrected a sale does not correct it" in told.text
    assert correct(desk, right, "deputy", amount="60")[1].code == 303


def test_a_token_that_a_counter_gave_out_is_not_the_banks_affair(desk, staffed):
    sale = waiting(staffed, "@south-2")
    path = f"/sold/{sale.receipt_no}/undo"
    asked = desk.post(path, "chief", {"nonce": NONCE, "reason": "he changed his mind"})
    desk.post(f"/sold/{sale.receipt_no}/give", "chief", {})
    told = desk.post(path, "chief", {**shown(asked), "step": "confirm"})
    assert told.code == 422
    assert "the token was given out, and the customer may have entered it" in told.text
    assert "the bank" not in told.text


@pytest.mark.parametrize("kind", ["tokens_too_fast", "reference_reused", "no_token", "credit_overdue"])
def test_an_exception_at_a_counter_asks_no_bank(kind):
    counters, banks = words_of_kind(kind, "@north-1"), words_of_kind(kind, "east")
    assert counters.name == banks.name
    assert "bank" not in f"{counters.matters} {counters.cure}"
    assert "bank" in f"{banks.matters} {banks.cure}"


def found(desk, reference, **asked):
    query = urlencode({"reference": reference, **asked})
    return set(re.findall(r'href="/sales/(\d+)"', desk.get(f"/find-token?{query}").text))


def test_a_counters_sale_is_found_by_what_the_customer_holds(desk, staffed, pan):
    done = sell(desk, pan, amount="100")
    path = done.header("location")
    (sale,) = sold(staffed, pan=pan)
    assert found(desk, str(sale.receipt_no)) == {str(sale.id)}
    desk.post(f"{path}/give", "chief", {})
    for named in ("south-2/2", NONCE, sale.key):
        assert found(desk, named) == {str(sale.id)}, named
    assert found(desk, str(sale.receipt_no), pan=sale.pan) == {str(sale.id)}
    assert found(desk, str(sale.receipt_no), phone="000") == set(), "all that he names must fit"
    for named in ("9" * 30, "south-2/99999999999", "/", "²"):
        assert found(desk, named) == set()


def test_the_reference_of_a_counters_form_is_not_shown(desk, staffed, pan):
    sell(desk, pan, amount="100")
    (sale,) = sold(staffed, pan=pan)
    for path in (f"/find-token?reference={sale.receipt_no}", f"/sales?receipt_no={sale.receipt_no}"):
        assert NONCE not in desk.get(path).text, path
    page = desk.get(f"/sales/{sale.id}").text
    summary = page.partition('id="timeline"')[0]
    assert NONCE not in summary
    assert str(sale.receipt_no) in summary


def test_another_branchs_receipt_finds_nothing(desk, staffed, pan):
    sell(desk, pan, amount="100")
    (sale,) = sold(staffed, pan=pan)
    for named in (str(sale.receipt_no), NONCE, "south-2/1"):
        query = urlencode({"reference": named})
        assert f"/sales/{sale.id}" not in desk.get(f"/find-token?{query}", "li-na").text
