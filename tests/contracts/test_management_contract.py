"""Orders for management tokens, asked for on both databases."""

from __future__ import annotations

import pytest

from gateway.core.management import ManagementOrder
from gateway.core.meter import MeterRef
from gateway.core.token_order import ManagementKind
from gateway.core.views_orders import ManagementOrders
from gateway.prepayment.manage_meter import OrderManagement, Workshop
from tests.builders import ZONE, issuer
from tests.contracts.office_town import NORTH, PANS, SOUTH, Town, clock


@pytest.fixture
def town(fresh):
    town = Town(fresh)
    tools = Workshop(issuer(), ZONE, "CNY")
    for reference, pan in (("m2", PANS[1]), ("m/3 x", PANS[0])):
        order = ManagementOrder(ManagementKind.CLEAR_TAMPER, 0, "the seal was broken", "Li Na")
        town.post(OrderManagement(reference, MeterRef(pan=pan), order, 3, tools), at=clock(25, 11))
    return town


def asked(town, **changes):
    usual = {"at_us": town.us(25, 12), "branch": None}
    return ManagementOrders(**(usual | changes))


def references(town, **changes):
    return [one.reference for one in town.reader.rows(asked(town, **changes))]


def test_orders_come_newest_first_with_who_approved_them(town):
    assert references(town) == ["m2", "m/3 x", "m1"]
    made, open_ = town.reader.rows(asked(town, reference="m1"))[0], town.reader.rows(asked(town))[0]
    assert (made.order.by, made.approved_by, made.is_made) == ("Li Na", "Wang Fang", True)
    assert (made.pan, made.customer, made.order.value) == (PANS[0], "Zhang Wei", 5_000)
    assert made.sale_id is not None
    assert (open_.approved_by, open_.made_us, open_.sale_id) == ("", None, None)
    assert town.reader.count(asked(town)) == 3


def test_what_waits_is_what_can_still_be_approved(town):
    assert references(town, waiting_only=True) == ["m2", "m/3 x"]
    assert town.reader.totals(asked(town)) == 2
    assert references(town, waiting_only=True, at_us=town.us(26, 12)) == []
    (case, *_) = town.reader.rows(asked(town, reference="m2"))
    assert case.waits(town.us(26, 11))
    assert not case.waits(town.us(26, 11) + 1)


def test_orders_are_asked_for_by_meter_by_branch_and_page_by_page(town):
    assert references(town, pan=PANS[0]) == ["m/3 x", "m1"]
    assert (references(town, branch=NORTH), references(town, branch=SOUTH)) == (["m/3 x", "m1"], ["m2"])
    assert references(town, reference="m1", branch=SOUTH) == references(town, reference="none") == []
    first = town.reader.rows(asked(town, limit=1))[0]
    assert references(town, after=(first.at_us, first.reference)) == ["m/3 x", "m1"]


def test_no_token_is_among_what_is_answered(town):
    assert not any("****" in repr(one) for one in town.reader.rows(asked(town)))
