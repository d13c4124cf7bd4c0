"""Meters that have left, beside what ``filed`` enters: one was replaced, and its credit waits."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.account_number import account_number
from gateway.core.customer import Customer
from gateway.core.dues import Dues
from gateway.core.fitting import DIRECT
from gateway.core.meter import Carrier
from gateway.core.office import NotDone
from gateway.core.stock import StockMeter
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.core.timeline import microseconds
from gateway.office.keep_stock import TakeIn
from gateway.prepayment.cancel_meter import CancelMeter
from gateway.prepayment.inquire_leaving import InquireLeaving
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.leave_point import Going
from gateway.prepayment.register_customer import RegisterCustomer
from gateway.prepayment.replace_meter import Coming, ReplaceMeter
from tests.builders import Till, identity

#: A mill whose meter was replaced.
MILL = account_number(888)
#: A ferry whose supply has ended, and whose refund is to be paid out.
FERRY = account_number(889)
BY = "local:deputy"
GONE, CAME, SPARE = (identity(serial).pan for serial in (921, 922, 923))


def with_departures(staffed):
    """Enter them; returns the books."""
    mill = Customer(MILL, "Old Mill", "Mill Lane 1")
    point = SupplyPoint("", "", "Mill Lane 1", "domestic", state=PointState.REGISTERED)
    meters = tuple(
        StockMeter(identity(serial), "DDS-26", Carrier.TOKEN, "", "2026-11", 0) for serial in (921, 922, 923)
    )
    number = f"{MILL}-1"
    for command in (
        RegisterCustomer(BY, "mill", mill, point, Dues("CNY"), "CNY"),
        TakeIn(BY, "mill-meters", meters),
        InstallMeter(BY, "mill-fit", number, 1, GONE, staffed.now.date(), (("total", 0),), is_test=True),
        replaced(number, 2, staffed.now),
    ):
        (content,) = staffed.batch.run([command])
        assert not isinstance(content, Exception | NotDone), content
    return staffed


def replaced(number, version, now, **changes):
    """More is said to be left than ever went out, which somebody at the machine may say alone."""
    going = Going(
        number, version, GONE, now.date().isoformat(), microseconds(now), (("total", 4_000),), 12_340,
        "Chen Bo", to_stock=True, reason="the relay sticks", currency="CNY", shown_wh=12_340, is_above=True,
    )  # fmt: skip
    coming = Coming(CAME, (("total", 0),), ("B-7",), DIRECT, DIRECT, is_test=True)
    return ReplaceMeter(BY, "mill-replaced", replace(going, **changes), coming)


def with_refund(staffed):
    """A supply has ended, and something is to be paid out; returns the books."""
    number, pan, now = f"{FERRY}-1", identity(931).pan, staffed.now
    ferry = Customer(FERRY, "Ferry House", "River Bank 3")
    point = SupplyPoint("", "", "River Bank 3", "domestic", state=PointState.REGISTERED)
    meter = StockMeter(identity(931), "DDS-26", Carrier.TOKEN, "", "2026-11", 0)
    for command in (
        RegisterCustomer(BY, "ferry", ferry, point, Dues("CNY"), "CNY"),
        TakeIn(BY, "ferry-meter", (meter,)),
        InstallMeter(BY, "ferry-fit", number, 1, pan, now.date(), (("total", 0),), is_test=True),
        Till(tid_lead_max=100_000).pay("ferry-1", 10_000, pan=pan),
    ):
        (content,) = staffed.batch.run([command])
        assert not isinstance(content, Exception | NotDone), content
    going = Going(
        number, 2, pan, now.date().isoformat(), microseconds(now), (), 20_000, "Chen Bo", to_stock=True,
        reason="they move away", currency="CNY", shown_wh=20_000,
    )  # fmt: skip
    order = CancelMeter(BY, "ferry-ends", going, 200)
    (looked,) = staffed.batch.run([InquireLeaving(order)])
    (content,) = staffed.batch.run([replace(order, shown_minor=looked.departure.refund_minor)])
    assert not isinstance(content, Exception | NotDone), content
    return staffed
