"""Requests, exceptions, banks, days: what waits, what it would post, and what becomes of it in the books."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time

import pytest

from admin_web.needs import BankSetUp
from gateway.core.approval import ApprovalState
from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.views_staff import Requests
from gateway.core.views_watch import Banks, Exceptions
from gateway.endpoints.health import Check, Standing
from tests import builders
from tests.web.desk import Desk, DoubleGate, granted, visitor
from tests.web.filling import sent
from tests.web.staffed import NOW_US, Staffed

EAST, WEST = "/requests/deposit/east/slip-77", "/requests/deposit/west/slip-78"
EAST_BANK = BankSetUp("east", "Bank East", "default", time(22, 0), is_covered=False)
WEST_BANK = BankSetUp("west", "Bank West", "default", time(22, 0), is_covered=True)
REASON = {"reason": "the bank has paid the customer back"}


@pytest.fixture
def staffed(tmp_path):
    return Staffed(tmp_path).trouble().asked()


@pytest.fixture
def desk(staffed):
    return Desk(staffed.office(banks=(EAST_BANK, WEST_BANK)))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """A desk that nobody writes at, for all tests that only look."""
    checks = [Check("bank.east", Standing.DEGRADED, "the bank is not connected")]
    staffed = Staffed(tmp_path_factory.mktemp("read")).trouble().asked()
    run = replace(staffed.office(banks=(EAST_BANK, WEST_BANK)), checks=lambda: checks)
    return Desk(run)


def request(staffed, reference):
    (found,) = staffed.reader().rows(Requests(at_us=NOW_US, reference=reference))
    return found


def confirmed(desk, path, who="chief", **fields):
    """Fill in a form, see its preview, and confirm it."""
    shown = sent(desk, path, who, **fields)
    assert (shown.code, "Nothing has been done yet." in shown.text) == (200, True)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    return shown, desk.post(path, who, hidden | {"step": "confirm"})


def covers(staffed, bank):
    (standing,) = [one for one in staffed.reader().rows(Banks(staffed.office().today())) if one.bank == bank]
    return standing.covers_minor


# -- requests --------------------------------------------------------------------------------------------


def test_by_default_the_list_has_what_the_reader_may_decide(read):
    assert [cells[1] for cells in read.get("/requests").cells()] == ["slip-77"]
    assert [cells[1] for cells in read.get("/requests", "deputy").cells()] == ["slip-78"]
    assert read.get("/requests", "auditor").cells() == []


def test_what_others_have_to_decide_is_a_list_of_its_own(read):
    assert [cells[1] for cells in read.get("/requests?which=others").cells()] == ["slip-78"]
    assert read.get("/requests").link_to("1 more is for others to decide") == "/requests?which=others"
    assert len(read.get("/requests?which=others", "auditor").cells()) == 2
    assert [cells[3] for cells in read.get("/requests?which=own").cells()] == ["chief"]
    assert read.get("/requests?which=others", "li-na").cells() == []


def test_the_overview_counts_what_the_reader_may_decide_and_what_others_may(staffed):
    office = staffed.office()
    low = {Function.FLOATS: (Grant(Level.APPROVE, 400_000),), Function.DASHBOARD: (Grant(Level.VIEW),)}
    office.gate.people |= {
        "glance": visitor("glance", granted(Level.VIEW, Function.DASHBOARD)),
        "low": visitor("low", Rights(low)),
    }
    desk = Desk(office)
    counts = [_requests_told(desk.get("/", who)) for who in ("chief", "auditor", "low", "glance")]
    assert counts == [["1", "1"], ["0", "2"], ["1", "1"], ["0", "0"]]


def _requests_told(told):
    tile = told.text.partition('id="t-requests"')[2].partition("</section>")[0]
    return re.findall(r"<strong>(\d+)</strong>", tile)


def test_a_request_shows_the_order_in_words_and_what_it_will_post(read):
    told = read.get(EAST)
    assert told.cells() == [["BANK:east", "CN¥12,500.00", ""], ["FLOAT:east", "", "CN¥12,500.00"]]
    assert "as agreed on the telephone" in told.text
    assert "Approve and carry out" in told.text
    assert read.get("/requests").link_to("Book a deposit of CN¥12,500.00 of bank east") == EAST


def test_one_s_own_request_is_for_somebody_else_to_decide(read):
    html = read.get(WEST).text
    assert "somebody else must decide" in html
    assert "Approve and carry out" not in html
    assert "Withdraw my request" in html


def test_what_a_reader_may_not_see_is_not_there(read):
    assert read.get(EAST, "li-na").code == 404
    assert read.get(EAST, "guest").code == 404
    assert read.get("/requests/deposit/east/none").code == 404
    assert "You cannot decide it" in read.get(EAST, "auditor").text


def test_a_second_person_approves_and_it_is_booked_in_the_same_moment(desk, staffed):
    told = desk.post(EAST, "chief", _decision(desk, EAST, "approve"))
    assert told.header("location").startswith(f"{EAST}?notice=")
    assert request(staffed, "deposit/east/slip-77").state is ApprovalState.APPROVED
    assert covers(staffed, "east") == 1_250_000
    assert "Approve and carry out" not in desk.get(EAST).text


def test_nobody_approves_her_own_request_whatever_she_sends(desk, staffed):
    fields = _decision(desk, WEST, "withdraw") | {"verdict": "approve"}
    told = desk.post(WEST, "chief", fields)
    assert (told.code, "nobody approves her own request" in told.text) == (422, True)
    assert request(staffed, "deposit/west/slip-78").state is ApprovalState.ASKED


def test_who_has_no_right_to_approve_is_refused_by_the_books(desk, staffed):
    fields = _decision(desk, EAST, "approve")
    assert desk.post(EAST, "auditor", fields).code == 422
    assert request(staffed, "deposit/east/slip-77").state is ApprovalState.ASKED
    assert desk.post(EAST, "guest", fields).code == 404


def test_a_refusal_says_why(desk, staffed):
    assert desk.post(EAST, "chief", _decision(desk, EAST, "refuse")).code == 422
    fields = _decision(desk, EAST, "refuse") | {"reason": "the slip is another bank's"}
    assert desk.post(EAST, "chief", fields).code == 303
    found = request(staffed, "deposit/east/slip-77")
    assert (found.state, found.outcome) == (ApprovalState.REFUSED, "the slip is another bank's")


def test_who_asked_may_withdraw(desk, staffed):
    assert desk.post(WEST, "chief", _decision(desk, WEST, "withdraw")).code == 303
    assert request(staffed, "deposit/west/slip-78").state is ApprovalState.WITHDRAWN


def _decision(desk, path, verdict):
    """What the form of a decision holds, with its nonce; a form that is not shown is made up."""
    nonces = re.findall(r'name="nonce" value="([^"]*)"', desk.get(path, "chief").text)
    return {"nonce": nonces[0], "verdict": verdict}


# -- exceptions ------------------------------------------------------------------------------------------


def test_open_exceptions_come_first_and_are_counted_by_kind(read):
    told = read.get("/exceptions")
    assert [cells[2] for cells in told.cells()] == [
        "Reversed before the payment came", "A credit has waited for too long",
        "A credit has waited for too long",
    ]  # fmt: skip
    assert "<strong>2</strong> A credit has waited for too long" in told.text
    assert len(read.get("/exceptions?kind=credit_overdue&bank=west").cells()) == 2
    assert read.get("/exceptions?day_to=2026-11-22").cells() == []
    assert read.get("/exceptions?day_to=9999-12-31").code == 422


def test_an_exception_says_what_happened_why_it_matters_and_what_can_be_done(read):
    told = read.get("/exceptions/1")
    assert "a paid credit was never handed over" in told.text
    assert "the customer has paid and has nothing" in told.text
    assert told.link_to("Give the payment back") == "/exceptions/1/resolve?as=reversed"
    assert read.get("/exceptions/3").link_to("Give the payment back") is None
    assert read.get("/exceptions/3").link_to("Close as explained") is not None
    assert read.get("/exceptions/1", "auditor").link_to("Close as explained") is None


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "1" * 30])
def test_an_exception_that_is_not_there_is_not_there(read, number):
    assert read.get(f"/exceptions/{number}").code == 404


def test_an_exception_of_no_branch_is_seen_by_whoever_sees_all_branches(read):
    assert read.get("/exceptions/3", "li-na").code == 404


def test_a_payment_is_given_back_by_two_people(desk, staffed):
    shown, told = confirmed(desk, "/exceptions/1/resolve", **{"as": "reversed"}, **REASON)
    assert [cells[0] for cells in shown.cells()].count("HOLD:CREDIT") == 1
    assert "CN¥50.00" in shown.text
    path = told.header("location").partition("?")[0]
    assert path.startswith("/requests/")
    assert staffed.reader().rows(Exceptions(branch=None, id=1))[0].is_open
    assert desk.get(path, "deputy").cells() == shown.cells()
    assert desk.post(path, "deputy", _of_deputy(desk, path)).code == 303
    (trouble,) = staffed.reader().rows(Exceptions(branch=None, id=1, open_only=False))
    assert (trouble.is_open, trouble.resolution, trouble.resolved_by) == (False, "reversed", "chief")
    assert "The payment is given back".lower() in desk.get("/exceptions/1").text.lower()


def test_what_cannot_be_done_is_not_offered(read, desk):
    form = read.get("/exceptions/3/resolve?as=reversed").text
    assert re.findall(r'<option value="([a-z]+)"', form) == ["explained", "settled"]
    assert sent(desk, "/exceptions/3/resolve", **{"as": "reversed"}, **REASON).code == 422


def test_the_preview_has_the_amount_even_where_nothing_is_posted(desk):
    shown, _ = confirmed(desk, "/exceptions/1/resolve", **{"as": "settled"}, **REASON)
    assert ("<strong>CN¥50.00</strong>" in shown.text, "It posts nothing" in shown.text) == (True, True)


def test_giving_back_is_offered_to_whoever_may_order_it_alone(staffed):
    grants = {Function.EXCEPTIONS: Grant(Level.DO)}
    closer = visitor("deputy", Rights.of([grants], None))
    desk = Desk(replace(staffed.office(), gate=DoubleGate({"deputy": closer})))
    assert desk.get("/exceptions/1", "deputy").link_to("Close as explained") is not None
    assert desk.get("/exceptions/1", "deputy").link_to("Give the payment back") is None
    asked = desk.get("/exceptions/1/resolve?as=reversed", "deputy").text
    assert 'value="explained"' in asked
    assert 'value="reversed"' not in asked
    assert sent(desk, "/exceptions/1/resolve", "deputy", **{"as": "reversed"}, **REASON).code == 422


def test_what_was_asked_to_be_given_back_is_not_offered_again(desk, read):
    deed = "Give the payment back"
    assert read.get("/exceptions/1").link_to(deed) is not None
    confirmed(desk, "/exceptions/1/resolve", **{"as": "reversed"}, **REASON)
    assert desk.get("/exceptions/1").link_to(deed) is None
    assert 'value="reversed"' not in desk.get("/exceptions/1/resolve").text


def test_an_exception_s_timeline_is_that_of_its_sale(read):
    told = read.get("/exceptions/1").text.partition('id="timeline"')[2].partition("</section>")[0]
    for said in ("Answered: accepted, the credit waits", "Hold: paid, and the credit waits"):
        assert told.count(said) == 1
    amounts = re.findall(r'<span class="sum">(.*?)</span>', told, re.DOTALL)
    assert amounts
    assert all('href="/entries/' in one for one in amounts)


def test_an_exception_is_closed_as_explained_without_an_entry(desk, staffed):
    shown, told = confirmed(desk, "/exceptions/3/resolve", **{"as": "explained"}, **REASON)
    assert (shown.cells(), "It posts nothing" in shown.text) == ([], True)
    path = told.header("location").partition("?")[0]
    assert "It posts nothing" in desk.get(path, "deputy").text
    assert desk.post(path, "deputy", _of_deputy(desk, path)).code == 303
    assert not staffed.reader().rows(Exceptions(branch=None, id=3, open_only=False))[0].is_open


def _of_deputy(desk, path):
    html = desk.get(path, "deputy").text
    return {"nonce": re.findall(r'name="nonce" value="([^"]*)"', html)[0], "verdict": "approve"}


# -- banks and days --------------------------------------------------------------------------------------


def test_a_bank_shows_its_accounts_its_day_and_its_doors(read):
    told = read.get("/banks/east")
    assert "Bank East" in told.text
    assert "22:00" in told.text
    assert "the bank is not connected" in told.text
    assert "nobody is connected" in told.text
    west = read.get("/banks/west")
    assert west.link_to("Book a deposit") == "/banks/west/deposit"
    assert 'href="/ledger/FLOAT:west/CNY"' in west.text
    assert read.get("/banks/nobody").code == 404


def test_the_list_of_banks_is_of_the_day_that_was_chosen(read):
    rows = {cells[0]: cells for cells in read.get("/banks?day=2026-11-21").cells()}
    assert rows["west"][2:4] == ["2", "CN¥125.00"]


def test_each_bank_shows_what_it_covers_or_what_it_owes_by_how_it_settles(desk, staffed):
    staffed.batch.run([builders.Till().pay("e1", 10_000, pan=staffed.buyers()[0].pan)])
    afterwards, in_advance = "/ledger/BANK:{}/CNY", "/ledger/FLOAT:{}/CNY"
    for path in ("/banks", "/banks/{}"):
        for bank, has, has_not in (("east", afterwards, in_advance), ("west", in_advance, afterwards)):
            text = desk.get(path.format(bank)).text
            assert has.format(bank) in text
            assert has_not.format(bank) not in text


def test_a_bank_that_settles_afterwards_takes_no_deposit_and_says_why(desk, staffed):
    assert desk.get("/banks/east").link_to("Book a deposit") is None
    asked = desk.get("/banks/east/deposit")
    assert asked.header("location").startswith("/banks/east?notice=")
    assert "the bank settles afterwards" in desk.get(asked.header("location")).text
    fields = {"amount": "1000.00", "reference": "slip-80", "reason": "brought to the counter"}
    hidden = re.findall(r'name="nonce" value="([^"]*)"', desk.get("/banks/west/deposit").text)
    told = desk.post("/banks/east/deposit", "chief", fields | {"nonce": hidden[0], "step": "confirm"})
    assert (told.code, "the bank settles afterwards" in told.text, "(east)" in told.text) == (422, True, True)
    assert "east" not in {one.bank for one in staffed.reader().rows(Banks(staffed.office().today()))}


def test_a_deposit_is_previewed_and_then_waits_for_a_second_person(desk, staffed):
    fields = {"amount": "1000.00", "reference": "slip-80", "reason": "brought to the counter"}
    shown, told = confirmed(desk, "/banks/west/deposit", **fields)
    assert shown.cells() == [["BANK:west", "CN¥1,000.00", ""], ["FLOAT:west", "", "CN¥1,000.00"]]
    assert told.header("location").startswith("/requests/deposit/west/slip-80?notice=")
    assert covers(staffed, "west") == 0
    again = sent(desk, "/banks/west/deposit", amount="0.00", reference="slip-81", reason="nothing")
    assert (again.code, "A deposit is more than nothing." in again.text) == (422, True)


def test_a_day_that_is_open_says_so_and_another_is_not_there(read):
    assert "The day is still open" in read.get("/days/2026-11-21").text
    assert [read.get(f"/days/{day}").code for day in ("2026-11-20", "yesterday")] == [404, 404]
    assert read.get("/days").cells()[0][1] == "not closed yet"
