"""Cancelling on its pages: read back, decided by a second person, and the refund paid by a cashier."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

import schemas
from adapters.db import tables as t
from gateway.core.authority import Level
from gateway.core.refund_price import RefundPrice
from gateway.core.tariff import Tariff
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.prepayment.give_transfer import GiveTransfer
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.manage_meter import Workshop
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests.builders import NOON, ZONE, Till, drn, issuer
from tests.web.departed import CAME, GONE, MILL, with_departures
from tests.web.filling import fault, filled, sent
from tests.web.staffed import Staffed, only

PATH = f"/supply-points/{MILL}-1/cancel"
SAID = {
    "last_total": "0", "remaining": "20", "said_by": "Chen Bo", "where": "stock", "reason": "they move away",
}  # fmt: skip

#: Prices of a day on which energy costs less.
CHEAP = {"energy": {"kind": "flat", "rate": "0.2", "rates_include_tax": False}}


@pytest.fixture
def books(tmp_path):
    """The mill's new meter has its credit, and 100.00 were paid for more."""
    staffed = with_departures(Staffed(tmp_path, size=12))
    moved = GiveTransfer(1, CAME, "deputy", 5, Workshop(issuer(), ZONE, "CNY"))
    bought = Till(tid_lead_max=100_000).pay("mill-1", 10_000, pan=CAME)
    for command in (moved, bought):
        (content,) = staffed.batch.run([command])
        assert content.token is not None, content
    return staffed


@pytest.fixture
def desk(books):
    return books.desk()


def found(books, table, **named):
    with books.engine.connect() as connection:
        wanted = [table.c[name] == value for name, value in named.items()]
        return connection.execute(select(table).where(*wanted)).one_or_none()


def asked(desk, **changes):
    """The preview of a form that was filled in so, and what is sent from it."""
    shown = sent(desk, PATH, **(SAID | changes))
    assert shown.code == 200, shown.text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', shown.text))
    return shown, hidden | {"step": "confirm"}


def test_a_second_person_ends_the_supply_and_a_cashier_pays_the_refund(desk, books):
    shown, fields = asked(desk, fee="2")
    assert f"REFUND_PAYABLE:{MILL}" in shown.text
    assert "To be paid out to the customer" in shown.text
    told = desk.post(PATH, "chief", fields)
    assert found(books, t.supply_point, number=f"{MILL}-1").state == "active"
    request = f"/requests/{found(books, t.approval).reference}"
    assert request in desk.get(told.header("location")).text
    assert "Approve and carry out" not in desk.get(request).text
    html = desk.get(request, "deputy").text
    assert f"Cancel meter {drn(922)}" in html
    assert "FEE:CANCELLATION" in html
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    assert found(books, t.supply_point, number=f"{MILL}-1").state == "closed"
    assert desk.get(PATH).code == 404
    owed = -found(books, t.account, code=f"REFUND_PAYABLE:{MILL}").balance
    assert owed > 0
    assert "Old Mill" in desk.get("/refunds").text
    assert "is cancelled" in desk.get("/diary").text
    assert desk.get("/departures/2").code == 200


def test_a_refund_is_paid_once_by_who_sits_at_a_counter(desk, books):
    _, fields = asked(desk)
    told = desk.post(PATH, "chief", fields)
    request = f"/requests/{found(books, t.approval).reference}"
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    path = f"/refunds/{MILL}"
    assert desk.get(path, "deputy").header("location") == "/sell"
    books.at_counters()
    desk = books.desk()
    html = desk.get(path).text
    assert "CASH:south-2:chief" in html
    back = desk.post(path, "chief", filled(desk, path, step="change"))
    assert "CASH:south-2:chief" not in back.text
    assert ">Old Mill</a>" in back.text
    assert 'href="/refunds">Cancel</a>' in back.text
    assert "Confirm" in desk.post(path, "chief", filled(desk, path)).text
    told = desk.post(path, "chief", filled(desk, path, step="confirm"))
    assert told.header("location").startswith("/refunds?")
    assert found(books, t.account, code=f"REFUND_PAYABLE:{MILL}").balance == 0
    assert found(books, t.account, code="CASH:south-2:chief") is not None
    assert desk.get(path).code == 404
    assert "Nothing is to be paid out" in desk.get("/refunds").text


def test_a_refund_that_has_grown_since_it_was_shown_is_looked_at_again(desk, books):
    _, fields = asked(desk)
    desk.post(PATH, "chief", fields)
    request = f"/requests/{found(books, t.approval).reference}"
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    desk = books.at_counters().desk()
    path = f"/refunds/{MILL}"
    seen = filled(desk, path, step="confirm")
    payable = -found(books, t.account, code=f"REFUND_PAYABLE:{MILL}").balance
    owed = t.account.update().where(t.account.c.code == f"REFUND_PAYABLE:{MILL}")
    with books.engine.begin() as connection:
        connection.execute(owed.values(balance=-payable - 1))
    told = desk.post(path, "chief", seen)
    assert told.code == 422
    assert "the figures are not what was shown any more" in told.text
    assert found(books, t.account, code=f"REFUND_PAYABLE:{MILL}").balance == -payable - 1
    assert desk.post(path, "chief", filled(desk, path, step="confirm")).code == 303


def test_a_refund_that_the_drawer_does_not_hold_says_how_much_it_does(books):
    books.batch.run([Till(tid_lead_max=100_000).pay("mill-2", 100_000, pan=CAME)])
    desk = books.at_counters().desk()
    _, fields = asked(desk, remaining="1200")
    desk.post(PATH, "chief", fields)
    request = f"/requests/{found(books, t.approval).reference}"
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    path = f"/refunds/{MILL}"
    told = desk.post(path, "chief", filled(desk, path, step="confirm"))
    assert told.code == 422
    assert "your drawer does not hold so much" in told.text
    assert "CNY 183.45 are in it" in told.text
    assert found(books, t.account, code=f"REFUND_PAYABLE:{MILL}").balance < 0


def test_it_is_said_at_which_price_energy_is_given_back(desk, books):
    shown, _ = asked(desk)
    assert "given back at the price that was paid for it" in shown.text
    tariff = Tariff.from_mapping(schemas.load("tariff/domestic.json") | CHEAP, "cheap-1")
    cheap = TariffPricing([TariffInForce("domestic", NOON - timedelta(days=9), tariff)])
    desk = books.desk(refund_price=RefundPrice.CURRENT, pricing=cheap)
    shown, fields = asked(desk)
    assert "at what it costs today, and never at more than was paid" in shown.text
    assert "It costs less today, so less is given back for it" in shown.text
    assert "REPRICED" in shown.text
    desk.post(PATH, "chief", fields)
    request = f"/requests/{found(books, t.approval).reference}"
    assert "REPRICED" in desk.get(request, "deputy").text
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    assert found(books, t.account, code="REPRICED").balance < 0
    assert "It costs less today" in desk.get("/departures/2").text


def test_which_invoices_are_taken_back_in_part_is_said_beforehand(desk, books):
    books.batch.run([IssueInvoice("pay/east/mill-1", CAME, InvoiceAuthor("OFFICE", "", "chief"))])
    shown, fields = asked(desk)
    assert "Red invoices are written for what is given back of these: OFFICE/1" in shown.text
    desk.post(PATH, "chief", fields)
    request = f"/requests/{found(books, t.approval).reference}"
    desk.post(request, "deputy", filled(desk, request, "deputy", verdict="approve"))
    html = desk.get("/invoices/OFFICE/2").text
    assert "Takes a part back of" in html
    assert "they move away" in html
    assert "/invoices/OFFICE/2" in desk.get(f"/invoices?account_no={MILL}&kind=part").text
    paper = desk.post("/invoices/OFFICE/2/paper", "chief", {"size": "a4", "language": "en"})
    assert paper.body.startswith(b"%PDF")


def test_the_meter_s_page_leads_to_replacing_and_cancelling_whoever_may(books):
    books.let_in("clerk", only(meters=Level.VIEW, cancellation=Level.DO))
    desk, path = books.desk(), f"/meters/{CAME}"
    html = desk.get(path).text
    assert f"/supply-points/{MILL}-1/replace" in html
    assert PATH in html
    hers = desk.get(path, "clerk").text
    assert PATH in hers
    assert f"/supply-points/{MILL}-1/replace" not in hers
    assert "Cancel the meter" not in desk.get(f"/meters/{GONE}").text


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("fee", {"fee": "x"}),
        ("fee", {"fee": "9999999"}),
        ("said_by", {"said_by": ""}),
        ("reason", {"reason": ""}),
        ("remaining", {"remaining": "lots"}),
        ("last_total", {"last_total": "-3"}),
        ("fitted_on", {"fitted_on": "2026-01-01"}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(desk, name, changes):
    told = sent(desk, PATH, **(SAID | changes))
    assert told.code == 422
    assert fault(told, name)


def test_a_fee_above_what_is_left_is_refused(desk):
    assert sent(desk, PATH, **SAID, fee="5000").code == 422


def test_who_may_not_cancel_finds_no_form_and_who_does_not_sell_no_refunds(books):
    books.let_in("clerk", only(customers=Level.VIEW, cancellation=Level.VIEW))
    books.let_in("north", None, branch="north")
    desk = books.desk()
    assert desk.get(PATH, "clerk").code == 403
    assert desk.get("/refunds", "clerk").code == 403
    assert "Cancel the meter" not in desk.get(f"/supply-points/{MILL}-1", "clerk").text
    assert desk.get(PATH, "north").code == 404
    assert desk.get(f"/refunds/{MILL}", "north").code == 404
