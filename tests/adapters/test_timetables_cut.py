"""Timetables over lines that end, or fall silent, at each octet: what begins is whole."""

import json
from datetime import timedelta

import pytest

from gateway.core.contact import ContactFault
from gateway.core.timetable_done import TimetableSeen
from gateway.simulators.meters.house_state import plain
from tests.meter_lines import ENDS
from tests.timetables import MIDNIGHT, Metered, rates, weekend
from tests.virtual_meters import local

DAY = timedelta(days=1)
#: A day of each season, a special day of both rates, a Saturday.
SEEN_ON = (local(2026, 12, 3), local(2027, 5, 5), local(2026, 12, 2), local(2026, 12, 5))
WAITING = rates(
    days={"1": [["00:00", 1]], "2": [["00:00", 2]], "3": [["00:00", 4]]}, special_days={"2026-12-02": 3}
)


def fresh(model):
    return Metered(model)


def others_wait(model):
    """Other rates wait for a moment before that of the new ones."""
    meter = Metered(model)
    assert meter.publish(WAITING, MIDNIGHT - 2 * DAY).seen is TimetableSeen.PASSIVE
    return meter


def state(meter):
    """What is set in the meter: rates, and parts of a calendar as they were written."""
    kept = plain(meter.house)
    rates_of = {name: kept[name] for name in meter.house.rates.plain()}
    return json.dumps([rates_of, kept["notes"]])


def whole(meter):
    """What counts on some days once all moments are past, without another contact."""
    meter.wait_until(MIDNIGHT + timedelta(hours=1))
    return [meter.counts(day) for day in SEEN_ON[:2]]


def is_told(said, before, after):
    """What was said is what is there: nothing was written, it is not known, or it was seen."""
    if isinstance(said, ContactFault):
        return said.is_in_doubt or before == after
    return said.seen is not TimetableSeen.ACTIVE


@pytest.mark.faults
@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
@pytest.mark.parametrize(
    ("model", "begun"),
    [("dlt645-2007", fresh), ("dlt645-2007", others_wait), ("dlms-hdlc", others_wait), ("dlms-tcp", fresh)],
)
def test_wherever_the_line_ends_only_whole_rates_begin_and_the_next_contact_ends_the_doubt(
    model, begun, way, counted
):
    def do(timetables):
        return timetables.publish(rates(), MIDNIGHT)

    meter = begun(model)
    before = state(meter)
    wholes = [whole(begun(model)), whole(fresh(model))]
    said, link = meter.contact(do)
    assert said.seen is TimetableSeen.PASSIVE
    wholes.append(whole(meter))
    known, doubts = {}, 0
    for k in range(link.gone + 1):
        meter = begun(model)
        said, _ = meter.contact(do, **{way: k})
        after = state(meter)
        assert is_told(said, before, after), k
        doubts += isinstance(said, ContactFault) and said.is_in_doubt
        if after in known:
            continue
        known[after] = k
        assert whole(meter) in wholes, (k, "what begins by itself is whole")
        meter = begun(model)
        meter.contact(do, **{way: k})
        assert meter.publish(rates()).seen is TimetableSeen.PASSIVE, k
        assert whole(meter) == wholes[-1], k
        assert meter.look(rates()).seen is TimetableSeen.ACTIVE
    assert doubts
    told = f"{len(known)} states of the meter, {doubts} in doubt"
    counted(f"{link.gone + 1} octets at which the line {ENDS[way]}: {told}")


@pytest.mark.faults
@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
def test_wherever_the_line_ends_a_weekend_is_whole_or_none(way, counted):
    def begun():
        meter = Metered()
        meter.publish(weekend())
        meter.wait_until(MIDNIGHT + timedelta(hours=1))
        return meter

    def do(timetables):
        return timetables.publish(weekend(), MIDNIGHT)

    def saturday(meter):
        return meter.counts(SEEN_ON[3])

    meter = begun()
    none = saturday(meter)
    said, link = meter.contact(do)
    assert (said.seen, saturday(meter)) == (TimetableSeen.ACTIVE, [3] * 24)
    known = set()
    for k in range(link.gone + 1):
        meter = begun()
        meter.contact(do, **{way: k})
        if state(meter) in known:
            continue
        known.add(state(meter))
        assert saturday(meter) in (none, [3] * 24), k
        assert meter.publish(weekend()).seen is TimetableSeen.ACTIVE, k
        assert saturday(meter) == [3] * 24
    assert len(known) > 1
    counted(f"{link.gone + 1} octets at which the line {ENDS[way]}: {len(known)} states of the meter")
