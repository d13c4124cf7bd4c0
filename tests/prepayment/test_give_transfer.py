"""What travels goes out as a token once; a security module's has the id that stands in the books before."""

from dataclasses import replace

import pytest
from twisted.internet.task import Clock

from gateway.core.departure import Basis, Departure, Leaving
from gateway.core.key_ring import KeyKeeper, KeyRevision
from gateway.core.meter import MeterState
from gateway.core.office import OfficeRefusal
from gateway.core.outcome import Approved, TokensWanted
from gateway.core.reading import Sums
from gateway.core.token_reserved import TokenReserved
from gateway.prepayment.give_transfer import GiveTransfer, ReserveTransfer
from gateway.prepayment.manage_meter import Workshop
from tests.builders import ZONE, Till, books, issuer, meter
from tests.keyrings import Module

FIRST = KeyRevision("201457", 1, kt=2, base_date=2014, keeper=KeyKeeper.MODULE)
LEFT = Departure(
    1, 0, meter(2).pan, "A1-1", "A1", Leaving.REPLACED, Basis.READ, Sums(20_000, 12_345), 12_345, 12_345,
    "2026-11-23", "Chen", "it is dark", "li", "CNY", new_pan=meter().pan,
)  # fmt: skip


def till_of(departure=LEFT, **changes):
    on = books(replace(meter(), **changes))
    on.readings.departures = {departure.id: departure}
    return Till(on)


def given(till, make, command=GiveTransfer, departure=1, rnd=5):
    return till.post(command(departure, meter().pan, "li", rnd, Workshop(make, ZONE, "CNY")))


def test_a_module_is_asked_for_the_id_that_was_reserved():
    till, module = till_of(), Module(Clock(), FIRST).issuer
    reserved = given(till, module, ReserveTransfer)
    assert isinstance(reserved, TokenReserved)
    assert given(till, module, ReserveTransfer, rnd=9) == reserved
    wanted = given(till, module, rnd=9)
    assert isinstance(wanted, TokensWanted)
    (order,) = wanted.orders
    assert (order.tid, order.rnd) == (reserved.reserved.tid, reserved.reserved.rnd)
    assert till.entries() == []


def test_nothing_is_reserved_where_the_key_is_at_hand():
    till = till_of()
    assert given(till, issuer(), ReserveTransfer).reserved is None
    assert till.books.known == {}


def test_the_token_carries_what_was_left_and_rounding_up_is_free():
    till = till_of()
    content = given(till, issuer())
    assert isinstance(content, Approved)
    assert (content.energy_wh, content.tender_minor, content.lines) == (12_345, 0, ())
    (entry,) = till.entries()
    posted = {one.account: one.amount for one in entry.postings}
    assert posted == {"E.ISSUED": 12_400, "E.VOID": -12_345, "E.FREE": -55}
    assert given(till, issuer(), rnd=1) == content
    assert len(till.entries()) == 1


@pytest.mark.parametrize(
    ("departure", "changes", "reason"),
    [
        (replace(LEFT, id=2), {}, OfficeRefusal.NOTHING_TRAVELS),
        (replace(LEFT, remaining_wh=0), {}, OfficeRefusal.NOTHING_TRAVELS),
        (replace(LEFT, remaining_wh=-5), {}, OfficeRefusal.NOTHING_TRAVELS),
        (replace(LEFT, new_pan=meter(3).pan), {}, OfficeRefusal.NOTHING_TRAVELS),
        (LEFT, {"state": MeterState.REMOVED}, OfficeRefusal.REMOVED),
        (LEFT, {"account_no": "A7"}, OfficeRefusal.REMOVED),
    ],
)
def test_what_does_not_travel_is_not_given_out(departure, changes, reason):
    till = till_of(departure, **changes)
    assert given(till, issuer()).reason is reason
    assert till.entries() == []
