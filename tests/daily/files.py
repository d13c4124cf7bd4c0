"""Amendments: the basic file, the power type from a day on, more contracted power."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.daily.pages import NOTHING, approve, confirm, fill, saw, send

if TYPE_CHECKING:
    from tests.daily.office import Office


def amendment(office: Office) -> None:
    """Two people open the file; who is later does not write over what the first has kept."""
    path = f"/customers/{office.account}/amend"
    first, second = office.at("clara", path), office.at("susan", path)
    fill(first, phone="+86 871 5550999", reason="a new telephone")
    send(first)
    fill(second, address="Renmin Lu 20a", reason="the number of the house")
    send(second, status=422)
    expect(second.locator(".error-summary")).to_be_visible()
    saw(second, "amendment-twice")
    assert office.posted() == []
    saw(office.at("clara", f"/customers/{office.account}"), "customer")


def power_type(office: Office) -> None:
    """The teahouse closes: from tomorrow on all is the household's. Two persons decide that."""
    page = office.at("clara", f"/supply-points/{office.account}-1/terms")
    fill(page, reason="the teahouse is closed", day=office.tomorrow().isoformat())
    for name in ("share", "share_2", "type_2"):
        fill(page, **{name: NOTHING})
    send(page)
    saw(page, "terms")
    confirm(page)
    assert office.posted() == []
    page = approve(office, "susan")
    saw(page, "terms-approved")
    saw(office.at("clara", f"/supply-points/{office.account}-1"), "terms-due")
    assert office.posted() == []


def capacity(office: Office) -> None:
    """He gets 12 kW in place of 8: the fee is put on his account before he has it."""
    page = office.at("clara", f"/supply-points/{office.account}-1/capacity")
    fill(page, contract="12", rating="14", fee="120", paid="on_account", reason="an electric stove")
    send(page)
    saw(page, "capacity")
    confirm(page)
    assert office.posted() == [("fee", {f"AR:{office.account}:CAPACITY": 12_000, "FEE:CAPACITY": -12_000})]
