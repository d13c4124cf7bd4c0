"""Meter replacing on both databases: what was left travels, once, and the books are sound after each step."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.core.departure import Basis, Leaving
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.outcome import Approved
from gateway.prepayment.inquire_leaving import InquireLeaving
from gateway.prepayment.replace_meter import ReplaceMeter
from tests.builders import identity
from tests.leaving import NEW, NEXT, OLD, POINT, Town


@pytest.fixture
def town(fresh):
    return Town(fresh.database(count=3))


def test_what_was_left_travels_to_the_new_meter(town):
    bought = town.buy().energy_wh
    town.day = 1
    town.read(100, credit_wh=bought)
    town.day = 2
    left = bought - 40_000
    assert town.replace(140, remaining_wh=left, shown_wh=left) == Changed("1", 2)
    assert (town.balance("E.VOID"), town.balance("E.LOADED"), town.balance("E.USED")) == (left, 0, 40_000)
    town.assert_sound()
    given = town.transfer()
    assert isinstance(given, Approved)
    assert (given.energy_wh, given.tender_minor, given.pan) == (left, 0, NEW)
    encoded = -(-left // 100) * 100
    assert (town.balance("E.VOID"), town.balance("E.ISSUED")) == (0, encoded)
    assert town.balance("E.FREE") == left - encoded
    town.assert_sound()


def test_the_transfer_is_given_out_once(town):
    bought = town.buy().energy_wh
    town.replace(remaining_wh=bought, shown_wh=bought)
    first = town.transfer()
    town.day = 1
    assert town.transfer() == first
    assert town.balance("E.ISSUED") == first.energy_wh
    (case,) = town.departures()
    assert (case.receipt_no, case.waits) == (first.receipt_no, False)


def test_a_departure_comes_back_as_it_was_made(town):
    bought = town.buy().energy_wh
    town.replace(remaining_wh=bought - 500, shown_wh=bought - 500)
    (case,) = town.departures(pan=NEW)
    one = case.departure
    assert (one.kind, one.basis, one.point, one.pan, one.new_pan) == (
        Leaving.REPLACED, Basis.READ, POINT, OLD, NEW,
    )  # fmt: skip
    assert (one.remaining_wh, one.pending_wh, one.said_by, one.by) == (bought - 500, 500, "Chen", "local:li")
    assert [lot.energy_wh for lot in one.lots] == [bought - 500]
    assert (case.customer, case.waits) == ("Zhang Wei", True)
    assert [row.id for row in town.departures(is_waiting=True, point=POINT)] == [1]
    assert town.departures(branch="north") == []


def test_the_files_say_which_meter_is_where(town):
    town.replace(12, remaining_wh=0)
    assert town.row("supply_point", "number", POINT).pan == NEW
    assert town.row("meter", "pan", OLD).state == "removed"
    assert town.row("meter", "pan", NEW).state == "active"
    old, new = town.row("stock_meter", "pan", OLD), town.row("stock_meter", "pan", NEW)
    assert (old.state, new.state) == ("in_stock", "issued")
    assert town.row("fitting", "pan", NEW).point == POINT
    town.assert_sound()


def test_the_counters_of_the_price_go_on_in_the_new_meter(town):
    town.buy()
    before = town.row("meter", "pan", OLD)
    town.replace(remaining_wh=0)
    after, old = town.row("meter", "pan", NEW), town.row("meter", "pan", OLD)
    names = ("month", "mtd_wh", "year", "ytd_wh", "bought_on", "times", "fees_month", "past_wh")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
    assert (old.mtd_wh, before.mtd_wh > 0) == (0, True)


def test_a_scrapped_meter_does_not_come_back(town):
    town.replace(remaining_wh=0, to_stock=False)
    assert town.row("stock_meter", "pan", OLD).state == "scrapped"


def test_what_is_above_all_that_went_out_takes_a_second_person(town):
    bought = town.buy().energy_wh
    above = bought + 1
    refused = town.replace(remaining_wh=above, shown_wh=above)
    assert refused == NotDone(OfficeRefusal.ABOVE_ENVELOPE)
    assert town.replace(remaining_wh=above, shown_wh=above, is_above=True) == Changed("1", 2)
    town.assert_sound()


def test_a_meter_that_had_lent_is_sold_what_it_lent(town):
    bought = town.buy(5_500).energy_wh
    town.day = 1
    town.read(0, credit_wh=bought)
    town.day = 2
    used = bought + 10_000
    assert town.replace(used / 1_000, remaining_wh=-10_000, shown_wh=-10_000) == Changed("1", 2)
    owed = town.balance("AR:A1:OVERDRAFT")
    assert owed == town.departures()[0].departure.overdraft_minor
    assert owed == pytest.approx(5_500 * 10_000 / bought, abs=3)
    assert (town.balance("E.LOADED"), town.balance("E.USED"), town.balance("E.VOID")) == (0, used, 0)
    assert town.transfer() == NotDone(OfficeRefusal.NOTHING_TRAVELS)
    town.assert_sound()


def test_what_a_meter_lent_has_no_price_where_nothing_was_paid(town):
    refused = town.replace(10, remaining_wh=-1_000, shown_wh=-1_000)
    assert refused == NotDone(OfficeRefusal.NO_OVERDRAFT_PRICE)


def test_a_dark_meter_is_estimated_by_three_months(town):
    for day in (0, 30, 60):
        town.day = day
        bought = town.buy().energy_wh
    town.day = 75
    looked = town.give(InquireLeaving(town.order()))
    used = 3 * bought * 75 // 91
    assert (looked.departure.basis, looked.departure.remaining_wh) == (Basis.ESTIMATED, 3 * bought - used)
    assert town.replace(shown_wh=1) == NotDone(OfficeRefusal.FIGURES_CHANGED)
    town.replace(shown_wh=looked.departure.remaining_wh)
    assert town.departures()[0].departure.basis is Basis.ESTIMATED
    town.assert_sound()


def test_a_meter_that_shows_its_registers_alone_is_counted(town):
    bought = town.buy().energy_wh
    town.day = 1
    town.read(100, credit_wh=bought)
    town.day = 3
    looked = town.give(InquireLeaving(town.order(103)))
    assert (looked.departure.basis, looked.departure.remaining_wh) == (Basis.COUNTED, bought - 3_000)
    assert sum(one.amount for one in looked.postings) == 0
    assert town.departures() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": "A9-1"}, OfficeRefusal.UNKNOWN_POINT),
        ({"version": 2}, OfficeRefusal.TWICE_AT_ONCE),
        ({"number": "A2-1"}, OfficeRefusal.WRONG_STATE),
        ({"reason": " "}, OfficeRefusal.NO_REASON),
        ({"said_by": ""}, OfficeRefusal.BAD_FILE),
        ({"left_on": "2026-01-01"}, OfficeRefusal.BAD_FILE),
        ({"registers": (("moon", 1),)}, OfficeRefusal.BAD_FILE),
        ({"shown_wh": 5}, OfficeRefusal.FIGURES_CHANGED),
    ],
)
def test_what_cannot_go_leaves_everything_as_it_was(town, changes, reason):
    assert town.replace(**({"remaining_wh": 0} | changes)).reason is reason
    assert town.departures() == []
    assert town.row("supply_point", "number", POINT).pan == OLD


def test_no_meter_comes_that_is_not_in_stock(town):
    assert town.replace(remaining_wh=0, pan=identity(9).pan).reason is OfficeRefusal.UNKNOWN_STOCK
    town.replace(remaining_wh=0)
    assert town.replace(remaining_wh=0, version=2, pan=NEW).reason is OfficeRefusal.WRONG_STATE


def test_a_meter_with_a_sale_that_waits_stays(town):
    town.till = type(town.till)(tid_lead_max=100_000, token_in_answer=False)
    town.buy()
    assert town.replace(remaining_wh=0).reason is OfficeRefusal.SALE_WAITS


def test_the_new_meter_is_replaced_in_turn_and_the_first_one_comes_back(town):
    bought = town.buy().energy_wh
    town.replace(remaining_wh=bought, shown_wh=bought)
    town.transfer()
    town.day = 10
    left = bought - 20_000
    change = {"version": 2, "pan": NEXT, "shown_wh": left, "remaining_wh": left}
    going = town.going(20, **(change | {"pan": NEW}))
    assert town.give(ReplaceMeter("local:li", town.nonce(), going, town.coming(OLD))) == Changed("2", 3)
    (last, _) = town.departures()
    assert [lot.energy_wh for lot in last.departure.lots][-1] <= left
    assert town.row("meter", "pan", OLD).state == "active"
    town.transfer(2, OLD)
    town.assert_sound()
    town.day = 12
    town.read(500, OLD, credit_wh=left - 3_000)
    town.assert_sound()


def test_a_departure_is_written_once_and_for_ever(town):
    town.replace(remaining_wh=0)
    with pytest.raises(DBAPIError), town.engine.begin() as connection:
        connection.execute(text("UPDATE departure SET remaining_wh = 7"))
