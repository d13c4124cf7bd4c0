"""The stock of meters: a delivery comes in whole or not at all; a meter is moved or scrapped step by step."""

from dataclasses import replace

import pytest

from gateway.core.meter import Carrier
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.staff import Branch, Operator
from gateway.core.stock import DELIVERY_MAX, StockMeter, StockState
from gateway.core.timeline import microseconds
from gateway.office.keep_stock import MoveStock, ScrapStock, TakeIn
from tests.builders import NOON, books, identity, meter


def arriving(serial=7, **changes):
    return replace(StockMeter(identity(serial), "DDS-26", Carrier.TOKEN, "", "lot-1", 0), **changes)


@pytest.fixture
def stock():
    on = books(meter(1))
    on.office.branches = {code: Branch(code, code.title()) for code in ("north", "south")}
    on.office.operators = {"li": Operator("li", "Li Na"), "no": Operator("no", "Nora", branch="north")}
    return on


def post(on, command):
    decision = command.decide(on, NOON)
    if decision.writes:
        on.apply(command, decision)
    return decision.content


def take_in(on, *meters, by="li", nonce="n1"):
    return post(on, TakeIn(by, nonce, meters))


def test_a_delivery_is_in_stock_from_the_moment_it_is_taken_in(stock):
    assert isinstance(take_in(stock, arriving(7), arriving(8)), Changed)
    one = stock.office.stock[identity(7).pan]
    assert (one.arrived_us, one.state, one.version) == (microseconds(NOON), StockState.IN_STOCK, 1)
    assert len(stock.office.stock) == 2


@pytest.mark.parametrize(
    ("meters", "why"),
    [
        ((), OfficeRefusal.NO_METERS),
        ((arriving(7), arriving(7)), OfficeRefusal.METER_KNOWN),
        ((arriving(7), arriving(1)), OfficeRefusal.METER_KNOWN),
        ((arriving(7), arriving(8, branch="nowhere")), OfficeRefusal.UNKNOWN_BRANCH),
    ],
)
def test_of_a_delivery_that_is_refused_nothing_is_kept(stock, meters, why):
    assert take_in(stock, *meters).reason is why
    assert stock.office.stock == {}


def test_a_delivery_has_a_limit(stock):
    assert take_in(stock, *[arriving(7)] * (DELIVERY_MAX + 1)).reason is OfficeRefusal.NO_METERS


def test_the_same_form_is_one_delivery(stock):
    first = take_in(stock, arriving(7))
    assert take_in(stock, arriving(7)) == first
    assert take_in(stock, arriving(8)).reason is OfficeRefusal.REFERENCE_USED
    assert take_in(stock, arriving(7), nonce="n2").reason is OfficeRefusal.METER_KNOWN


def test_whoever_belongs_to_a_branch_takes_in_for_that_branch_alone(stock):
    assert take_in(stock, arriving(7), by="no").reason is OfficeRefusal.OTHER_BRANCH
    assert isinstance(take_in(stock, arriving(7, branch="north"), by="no", nonce="n2"), Changed)


def test_a_meter_is_moved_and_scrapped_step_by_step(stock):
    take_in(stock, arriving(7))
    pan = identity(7).pan
    assert post(stock, MoveStock("li", "m", pan, 1, "north")) == Changed(pan, 2)
    assert stock.office.stock[pan].branch == "north"
    assert post(stock, MoveStock("li", "m2", pan, 1, "south")).reason is OfficeRefusal.TWICE_AT_ONCE
    assert post(stock, MoveStock("li", "m3", pan, 2, "nowhere")).reason is OfficeRefusal.UNKNOWN_BRANCH
    assert post(stock, ScrapStock("li", "s", pan, 2, "its case is broken")) == Changed(pan, 3)
    scrapped = stock.office.stock[pan]
    assert (scrapped.state, scrapped.note) == (StockState.SCRAPPED, "its case is broken")
    assert post(stock, MoveStock("li", "m4", pan, 3, "south")).reason is OfficeRefusal.NOT_IN_STOCK


def test_a_meter_of_another_branch_is_as_one_that_is_not_there(stock):
    take_in(stock, arriving(7, branch="south"))
    for command in (MoveStock("no", "m", identity(7).pan, 1, "north"), ScrapStock("no", "s", "0", 1, "gone")):
        content = post(stock, command)
        assert isinstance(content, NotDone)
        assert content.reason is OfficeRefusal.UNKNOWN_STOCK


def test_a_meter_is_scrapped_with_a_reason(stock):
    take_in(stock, arriving(7))
    assert post(stock, ScrapStock("li", "s", identity(7).pan, 1, " ")).reason is OfficeRefusal.NO_REASON
