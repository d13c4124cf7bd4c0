"""Visits to meters that answer oddly: nothing is taken that does not say what it must."""

import pytest

from gateway.codecs.meter_model.model import model_named
from gateway.core.contact import (
    ContactFault,
    ContactWhy,
    ItemRead,
    ItemsRead,
    ItemWritten,
    ProfileRead,
    ProfileRow,
)
from gateway.core.meter_event import EventKind
from gateway.metering.read_meter import read_meter
from gateway.metering.visit import MeterVisit, VisitSlot
from tests.meter_lines import Clock, finished
from tests.virtual_meters import BEGIN, EAST
from tests.visits import PAN, Kept, frozen, profile, registers

#: A quarter-hour's middle.
NOW = BEGIN.replace(minute=7)
SHOWN = {"clock": "2026-11-23T08:07:00+08:00", "date": "26112301", "time": "080700"}


class Odd:
    """A conversation that gives these items, and these rows; ``fault``: what the rest of the rows ends by."""

    def __init__(self, items, rows=(), fault=None, written=None):
        self.items = {**SHOWN, **items}
        self.rows, self.fault, self.written = rows, fault, written
        self.writes = []

    async def read(self, names):
        found = [self.items.get(name, ContactFault(ContactWhy.REFUSED, "no such item")) for name in names]
        pairs = list(zip(names, found, strict=True))
        return ItemsRead(
            tuple(item(name, one) for name, one in pairs if not isinstance(one, ContactFault)),
            tuple((name, one) for name, one in pairs if isinstance(one, ContactFault)),
        )

    async def profile(self, _first, _last, _item="profile"):
        return ProfileRead(tuple(self.rows), self.fault)

    async def write(self, name, text):
        self.writes.append((name, text))
        if isinstance(self.written, ContactFault):
            raise self.written
        return ItemWritten(name, text, item(name, self.written or text))


def item(name, said):
    return said if isinstance(said, ItemRead) else ItemRead(name, name, said)


def kwh(name, units):
    return ItemRead(name, name, str(units), units, 2, "kWh")


def energy(units=100):
    return {name: kwh(name, units) for name in ("energy", *(f"energy-t{n}" for n in range(1, 5)))}


def visited(talk, *slots, model="dlms-tcp"):
    visit = MeterVisit(PAN, model_named(model), EAST, tuple(VisitSlot(*slot) for slot in slots))

    async def held():
        return await read_meter(visit, talk=talk, keeper=Kept(), now=lambda: NOW)

    return finished(Clock(), held())


def why(ended):
    return [(one.why, str(one.fault)) for one in ended.slots]


def row(moment, **values):
    return ProfileRow(moment, tuple(kwh(name, units) for name, units in values.items()))


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ({"energy": ItemRead("energy", "", "-")}, (ContactWhy.REFUSED, "energy: the meter has none")),
        ({"energy": "1.00"}, (ContactWhy.GARBLED, "energy: no amount of energy")),
        (
            {"energy-t2": ContactFault(ContactWhy.CHECKSUM, "no whole frame")},
            (ContactWhy.CHECKSUM, "no whole frame"),
        ),
        ({"relay": ContactFault(ContactWhy.TIMEOUT, "no answer")}, (ContactWhy.TIMEOUT, "no answer")),
        ({"relay": ContactFault(ContactWhy.GARBLED, "odd")}, (None, "None")),
        ({"relay": "half open"}, (None, "None")),
    ],
)
def test_registers_count_as_read_with_all_that_the_meter_has(items, said):
    ended = visited(Odd(energy() | items), registers())
    assert why(ended) == [said]
    assert ended.brought.seen is not None, "the rest is kept all the same"


def test_a_tariff_that_the_meter_refuses_is_one_that_it_has_not():
    items = energy()
    del items["energy-t4"]
    ended = visited(Odd(items), registers())
    assert (why(ended), len(ended.brought.seen.registers)) == ([(None, "None")], 4)


def test_a_model_without_a_total_is_said():
    ended = visited(Odd({"time": "080700"}), registers(), model="dlt645-1997")
    assert why(ended)[0][0] is ContactWhy.REFUSED


def test_a_month_without_its_total_is_none():
    talk = Odd({}, [row("2026-11-01T00:00:00+08:00", **{"energy-t1": 5})])
    ended = visited(talk, frozen(2026, 11, 1))
    assert (why(ended), ended.brought.frozen) == ([(ContactWhy.GARBLED, "what it froze has no total")], ())


@pytest.mark.parametrize("moment", ["2026-11-01T00:15:00+08:00", "2026-10-01T00:00:00", "never"])
def test_a_month_of_another_moment_is_none(moment):
    ended = visited(Odd({}, [row(moment, energy=5)]), frozen(2026, 11, 1))
    assert why(ended) == [(ContactWhy.REFUSED, "the meter has frozen nothing for 2026-11-01 00:00")]


def test_a_month_whose_moment_has_no_offset_is_of_the_meters_zone():
    ended = visited(Odd({}, [row("2026-11-01T00:00:00", energy=500)]), frozen(2026, 11, 1))
    assert (why(ended), ended.brought.frozen[0].registers) == ([(None, "None")], (("total", 5000),))


@pytest.mark.parametrize(
    ("items", "model", "said"),
    [
        ({"settles": "9999"}, "dlt645-2007", (ContactWhy.GARBLED, "settles: '9999' is no day and hour")),
        ({"last-month-at": "soon"}, "iec62056-21", (ContactWhy.GARBLED, "last-month-at: no moment")),
        (
            {"settles": "0100", "time": "-"},
            "dlt645-2007",
            (ContactWhy.GARBLED, "its clock is not known, so neither what it froze last"),
        ),
        ({}, "dlt645-2007", (ContactWhy.REFUSED, "no such item")),
    ],
)
def test_a_copy_whose_moment_cannot_be_told_is_none(items, model, said):
    copies = {f"{name}-last-month": kwh(f"{name}-last-month", 5) for name in energy()}
    ended = visited(Odd(copies | items), frozen(2026, 11, 1), model=model)
    assert (why(ended), ended.brought.frozen) == ([said], ())


def test_a_copy_of_which_a_part_was_lost_is_kept_and_asked_for_again():
    copies = {f"{name}-last-month": kwh(f"{name}-last-month", 5) for name in energy()}
    lost = {"energy-t3-last-month": ContactFault(ContactWhy.CHECKSUM, "no whole frame"), "settles": "0100"}
    ended = visited(Odd(copies | lost), frozen(2026, 11, 1), model="dlt645-2007")
    assert why(ended) == [(ContactWhy.CHECKSUM, "no whole frame")]
    assert [name for name, _ in ended.brought.frozen[0].registers] == ["total", "rate_1", "rate_2", "rate_4"]


LAST = "2026-11-23T00:00:00+08:00"
FIRST = "2026-11-22T00:15:00+08:00"
LOST = ContactFault(ContactWhy.LOST, "broke off")
NO_MORE = ContactFault(ContactWhy.REFUSED, "no more")


@pytest.mark.parametrize(
    ("moments", "fault", "said"),
    [
        ([FIRST, LAST], None, None),
        ([FIRST], None, None),
        ([FIRST], NO_MORE, None),
        ([FIRST, LAST], LOST, None),
        ([FIRST], LOST, ContactWhy.LOST),
        ([], LOST, ContactWhy.LOST),
        ([], NO_MORE, ContactWhy.REFUSED),
        ([], None, ContactWhy.REFUSED),
        (["2026-11-24T00:00:00+08:00"], None, ContactWhy.REFUSED),
    ],
)
def test_a_day_is_read_with_its_last_row_or_where_there_are_no_more(moments, fault, said):
    ended = visited(Odd({}, [row(moment, energy=1) for moment in moments], fault), profile(2026, 11, 23))
    assert [one.why for one in ended.slots] == [said]
    assert len(ended.brought.profile) == len([one for one in moments if one in {FIRST, LAST}])


def test_after_a_line_that_was_lost_nothing_more_is_asked():
    talk = Odd({}, [], LOST)
    ended = visited(talk, profile(2026, 11, 22), profile(2026, 11, 23))
    assert ([one.why for one in ended.slots], ended.why) == ([ContactWhy.LOST] * 2, ContactWhy.LOST)
    assert ended.brought.contact.told == "broke off"


@pytest.mark.parametrize(
    ("written", "kind", "told"),
    [
        (None, EventKind.CLOCK_SET, "its clock is 89 s behind"),
        ("2026-11-23T07:00:00+08:00", EventKind.CLOCK_NOT_SET, "it does not stand as it was set"),
        (ContactFault(ContactWhy.AUTH, "wrong password"), EventKind.CLOCK_NOT_SET, "wrong password"),
    ],
)
def test_a_clock_is_written_once_and_counts_as_set_where_it_was_seen(written, kind, told):
    talk = Odd(energy() | {"clock": "2026-11-23T08:05:30+08:00"}, written=written)
    ended = visited(talk, registers())
    assert talk.writes == [("clock", "2026-11-23T08:07:00+08:00")]
    (event,) = ended.brought.events
    assert (event.kind, told in event.told, ended.brought.contact.was_set) == (kind, True, written is None)
    assert ended.why is None, "the registers were read all the same"
