"""No more is sold at a counter than may stand in the meter, by what is known of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.meter import MeterRef
from gateway.core.money import Money
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, MeterFound
from gateway.core.reading import Reading, ReadingState, Shown, Source, Sums, Told
from gateway.core.reading_rules import CreditOut, KnownMeter
from gateway.core.timeline import microseconds
from gateway.prepayment.hoarding import HELD_S, InquireAtCounter
from gateway.prepayment.inquire import Inquire
from tests.builders import NOON, books, meter
from tests.counter import Counter

PAN = meter().pan
NOW_US = microseconds(NOON)


def counter(most_wh, **known):
    made = Counter()
    made.books.files.hoards[PAN] = most_wh
    made.books.readings.known[PAN] = KnownMeter(PAN, "north", **known)
    return made


def ago(seconds):
    return NOW_US - seconds * 1_000_000


def reading(credit_wh, seconds=0):
    shown = Shown(PAN, ago(seconds), (("total", 0),), credit_wh=credit_wh)
    return Reading(1, ago(seconds), shown, Told(Source.MANUAL), "li", ReadingState.ACCEPTED, Sums())


def bought(made):
    return made.sell(minor=10_000)


def room(content):
    assert isinstance(content, NotDone), content
    assert content.reason is OfficeRefusal.HOARDED
    return content.detail


def test_as_much_as_may_stand_there_is_sold_and_not_a_watt_hour_more():
    energy_wh = bought(Counter()).energy_wh
    assert isinstance(bought(counter(energy_wh)), Approved)
    less = counter(energy_wh - 1_000)
    assert room(bought(less)) == f"{(energy_wh - 1_000) / 1_000:g} kWh"
    assert less.entries() == []


@pytest.mark.parametrize(
    ("known", "held_wh"),
    [
        ({}, 0),
        ({"last": reading(50_000)}, 50_000),
        ({"last": reading(50_000, HELD_S)}, 50_000),
        ({"last": reading(50_000, HELD_S + 1)}, 0),
        ({"last": reading(None)}, 0),
        ({"last": reading(-50_000)}, 0),
        ({"out": (CreditOut(ago(HELD_S + 1), 70_000), CreditOut(ago(60), 30_000))}, 30_000),
        (
            {"last": reading(50_000, 60), "out": (CreditOut(ago(90), 70_000), CreditOut(ago(30), 30_000))},
            80_000,
        ),
    ],
)
def test_what_is_known_to_be_left_counts_with_what_is_bought(known, held_wh):
    energy_wh = bought(Counter()).energy_wh
    assert isinstance(bought(counter(energy_wh + held_wh, **known)), Approved)
    assert room(bought(counter(energy_wh + held_wh - 1, **known)))


def test_where_there_is_no_limit_nothing_is_too_much():
    assert isinstance(Counter().sell(minor=500_000), Approved)


def test_the_inquiry_says_so_before_money_is_taken():
    made = counter(10_000)
    asked = InquireAtCounter(Inquire(MeterRef(pan=PAN), made.terms, made.pricing, Money(10_000, "CNY")))
    assert room(made.asked(asked)) == "10 kWh"
    small = replace(asked, inquiry=replace(asked.inquiry, tender=Money(200, "CNY")))
    assert isinstance(made.asked(small), MeterFound)


def test_the_right_sale_of_a_correction_is_held_to_it_as_well():
    other = meter(2)
    made = Counter(on=books(meter(), other))
    made.sell(minor=10_000)
    made.books.office.branch_of[other.pan] = "north"
    too_much = made.correcting(minor=10_000, pan=other.pan)
    made.books.files.hoards[other.pan] = 10_000
    made.now += timedelta(seconds=1)
    assert room(made.post(too_much)) == "10 kWh"
    assert isinstance(made.correct(minor=200, pan=other.pan), Approved)
