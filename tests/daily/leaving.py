"""Meters that leave: of one replaced what was left travels, of one cancelled it is paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.daily.begin import DELIVERED
from tests.daily.counter import DRAWER
from tests.daily.office import Wall
from tests.daily.pages import approve, confirm, fill, press, saw, send

if TYPE_CHECKING:
    from tests.daily.office import Office


def replaced(office: Office) -> None:
    """Half of the display is dark: another meter comes, and the 150 kWh that were left travel to it."""
    office.wait(60)
    old, new = office.wang, Wall(DELIVERED[2])
    assert (old.total_wh, old.credit_wh) == (120_000, 150_000)
    page = office.at("clara", f"/supply-points/{office.account}-1/replace")
    fill(
        page, last_total="120", remaining="150", said_by="Chen", reason="the display is dark", where="scrap",
        meter=new.number, total="0", seals="A1733", is_test="yes",
    )  # fmt: skip
    send(page)
    saw(page, "replace")
    confirm(page)
    assert office.posted() == [("leaving", {"E.VOID": 150_000, "E.LOADED": -150_000})]
    saw(page, "departure")
    press(page, 'form[action$="/give"] button')
    assert new.enter(page.locator(".token-digits").inner_text()) == 150_000
    assert office.posted() == [("transfer", {"E.VOID": -150_000, "E.ISSUED": 150_000})]
    office.wang = new
    office.wait(2)


def cancelled(office: Office) -> None:
    """Li Si moves out: of the 120 kWh left 50 are the bank's for 30.25, 70 the counter's for 42.35."""
    office.wait(60)
    assert office.li.credit_wh == 120_000
    page = office.at("clara", f"/supply-points/{office.neighbour}-1/cancel")
    fill(page, last_total="20", remaining="120", said_by="Chen", where="stock", fee="10", reason="he moves")
    send(page)
    saw(page, "cancel")
    expect(page.locator("main")).to_contain_text("72.60")
    confirm(page)
    assert office.posted() == []
    page = approve(office, "susan")
    saw(page, "cancel-approved")
    assert office.posted() == [
        (
            "leaving",
            {
                "REV:household:ENERGY": 6_000,
                "LEVY:STREET_LIGHT": 600,
                "VAT": 660,
                "FEE:CANCELLATION": -1_000,
                f"REFUND_PAYABLE:{office.neighbour}": -6_260,
                "E.VOID": 120_000,
                "E.LOADED": -120_000,
            },
        )
    ]


def paid_out(office: Office) -> None:
    """The cashier pays it from her drawer."""
    page = office.at("cai", f"/refunds/{office.neighbour}")
    saw(page, "refund")
    confirm(page)
    assert office.posted() == [("refund", {f"REFUND_PAYABLE:{office.neighbour}": 6_260, DRAWER: -6_260})]
