"""The stock on both databases: what was taken in is found, in the order and the branch asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.db.views import ViewReader
from gateway.core.authority import Function
from gateway.core.diary import Actor
from gateway.core.meter import Carrier
from gateway.core.office_answer import Changed
from gateway.core.stock import StockMeter, StockState
from gateway.core.views_stock import KnownPans, Stock, StockCount
from gateway.office.authorised import Act, Authorised
from gateway.office.keep_stock import MoveStock, ScrapStock, TakeIn
from tests.builders import identity, posting_batch
from tests.office_people import People

PANS = [identity(serial).pan for serial in (11, 12, 13)]


class Kept:
    def __init__(self, fresh):
        self.engine = fresh.database(count=1)
        self.batch = posting_batch(self.engine)
        People(self.batch).branch("north")
        self.reader = ViewReader(self.engine)

    def give(self, command):
        act = Act(Function.STOCK, "stock", "", command.key, reason="set-up")
        (content,) = self.batch.run([Authorised(Actor("li"), act, command)])
        return content


@pytest.fixture
def kept(fresh):
    kept = Kept(fresh)
    one = StockMeter(identity(11), "DDS-26", Carrier.TOKEN, "", "L1", 0, note="50% off")
    meters = (one, replace(one, identity=identity(12)), replace(one, identity=identity(13), model="DTS"))
    assert isinstance(kept.give(TakeIn("local:li", "n1", meters)), Changed)
    kept.give(MoveStock("local:li", "n2", PANS[1], 1, "north"))
    kept.give(ScrapStock("local:li", "n3", PANS[2], 1, "broken"))
    return kept


def asked(**changes):
    return Stock(**({"branch": None} | changes))


def pans(kept, **changes):
    return [one.pan for one in kept.reader.rows(asked(**changes))]


def test_a_meter_comes_back_as_it_was_taken_in(kept):
    (one,) = kept.reader.rows(asked(pan=PANS[0]))
    assert (one.identity, one.model, one.carrier, one.note) == (
        identity(11),
        "DDS-26",
        Carrier.TOKEN,
        "50% off",
    )
    assert (one.state, one.version) == (StockState.IN_STOCK, 1)
    (two,) = kept.reader.rows(asked(pan=PANS[1]))
    assert (two.branch, two.version) == ("north", 2)


@pytest.mark.parametrize(
    ("question", "found"),
    [({}, [0, 1, 2]), ({"branch": "north"}, [1]), ({"place": ""}, [0, 2]),
     ({"state": StockState.SCRAPPED}, [2]), ({"text": "dts"}, [2]), ({"text": "50%"}, [0, 1]),
     ({"text": "L1"}, [0, 1, 2]),
     ({"branch": "north", "place": ""}, []), ({"pan": "0"}, [])],
)  # fmt: skip
def test_meters_are_found_by_what_is_known_of_them(kept, question, found):
    assert pans(kept, **question) == [PANS[n] for n in found]
    assert kept.reader.count(asked(**question)) == len(found)


def test_pages_go_on_behind_a_meter_both_ways(kept):
    assert pans(kept, after=PANS[0]) == PANS[1:]
    assert pans(kept, is_descending=True, after=PANS[2], limit=1) == [PANS[1]]


def test_the_totals_count_what_lies_where(kept):
    assert kept.reader.totals(asked()) == (StockCount("", 1), StockCount("north", 1))
    assert kept.reader.totals(asked(branch="north")) == (StockCount("north", 1),)


def test_a_number_is_known_from_the_stock_and_from_the_customers(kept):
    customers = identity(1).pan
    known = kept.reader.rows(KnownPans((PANS[0], customers, identity(99).pan)))
    assert {one.pan: one.is_customers for one in known} == {PANS[0]: False, customers: True}
    assert kept.reader.count(KnownPans((PANS[0],))) == 1
    again = TakeIn("local:li", "n9", (StockMeter(identity(1), "DDS", Carrier.TOKEN, "", "", 0),))
    assert kept.give(again).detail == customers
