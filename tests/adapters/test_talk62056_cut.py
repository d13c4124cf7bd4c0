"""Conversations in IEC 62056-21 over wires that break, or fall silent, at each octet; load profiles."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters.lines.profile import SPAN_DAYS_MAX
from adapters.lines.talk import Wanted
from adapters.lines.talk62056 import Talk62056
from gateway.codecs.meter_model.model import model_named
from gateway.core.contact import ContactFault, ContactWhy, ItemRead, RelayOrder, RelayState
from tests.failing_lines import every_octet, outcome, wired
from tests.meter62056 import PASSWORD, A, C, E, Meter62056
from tests.meter_lines import Clock

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=ZONE)
WANTED = Wanted(model_named("iec62056-21"), "12345", lambda: NOW, "12345", PASSWORD)
LINE = {"breaks": {ContactWhy.LOST}, "is deaf": {ContactWhy.TIMEOUT, ContactWhy.CHECKSUM}}
RIGHT = {"energy": "000123.4", "time": "12:45:00", "relay": "1"}


def begin(clock, who=C, **wire):
    meter = Meter62056(clock, who)
    way = wired(clock, meter, **wire)
    return meter, Talk62056(way, clock, WANTED), way


@pytest.mark.faults
@pytest.mark.parametrize("who", [A, C, E])
def test_whatever_was_read_before_the_wire_failed_is_kept(who, counted):
    cases = 0
    for fault, at, _, read in every_octet(
        lambda clock, **wire: begin(clock, who, **wire), lambda talk: talk.read(list(RIGHT))
    ):
        cases += 1
        texts = {one.item: one.text for one in read.read}
        assert texts.items() <= RIGHT.items(), (fault, at)
        assert [*texts, *(item for item, _ in read.missing)] == sorted(
            RIGHT, key=lambda item: (item not in texts, list(RIGHT).index(item))
        )
        assert "energy" in texts or "relay" not in texts
        whys = {one.why for _, one in read.missing}
        assert whys <= LINE.get(fault, set()) | ({ContactWhy.REFUSED} if who is A else set()), (fault, at)
        assert fault or len(texts) == (2 if who is A else 3)
    counted(f"{cases} wires")


def is_known(said, meter, fault, at):
    """What the meter did is known, or said to be in doubt; and where it did nothing that is not claimed."""
    if isinstance(said, ContactFault):
        assert (said.why in LINE[fault], said.is_in_doubt, meter.writes) == (True, False, []), (fault, at)
        return
    assert len(meter.writes) <= 1
    if said.fault is not None:
        assert (said.fault.is_in_doubt, said.fault.why in LINE[fault]) == (True, True), (fault, at)
    else:
        assert meter.writes, "the meter has said that it took it"


@pytest.mark.faults
def test_a_write_is_done_once_or_in_doubt_wherever_the_wire_fails(counted):
    seen = {"written": 0, "in doubt": 0, "not begun": 0}
    for fault, at, meter, said in every_octet(begin, lambda talk: talk.write("date", "26-11-26")):
        is_known(said, meter, fault, at)
        if isinstance(said, ContactFault):
            seen["not begun"] += 1
        elif said.now is not None:
            seen["written"] += 1
            assert said.is_as_wanted == (meter.items["0.9.2"] == "26-11-26"), (fault, at)
        else:
            seen["in doubt"] += 1
    assert all(seen.values()), "each of them comes about"
    counted(f"{sum(seen.values())} wires: {seen}")


@pytest.mark.faults
def test_a_relay_is_switched_once_or_in_doubt_wherever_the_wire_fails(counted):
    cases = 0
    for fault, at, meter, said in every_octet(begin, lambda talk: talk.switch(RelayOrder.TRIP)):
        cases += 1
        is_known(said, meter, fault, at)
        if not isinstance(said, ContactFault) and said.state is not None:
            assert (said.state is RelayState.OPEN) == (meter.items["96.3.10"] == "0"), (fault, at)
    counted(f"{cases} wires")


def test_a_write_whose_answer_was_lost_is_read_back_in_another_session():
    clock = Clock()
    meter, talk, wire = begin(clock)
    swallowed: list[bytes] = []

    def lose_one(octets):
        if meter.writes and not swallowed:
            swallowed.append(octets)
        else:
            wire.say(octets)

    meter.out = lose_one
    done = outcome(clock, talk.write("date", "26-11-26"))
    assert (swallowed, done.is_as_wanted, done.fault.is_in_doubt, len(meter.writes)) == (
        [b"\x06"],
        True,
        True,
        1,
    )


HEAD = "P.01({start})(00)(15)(2)(1-0:1.5.0)(kW)(1-0:5.5.0)(kvar)"


def rows(start, count, season="0"):
    lines = [HEAD.format(start=f"{season}{start:%y%m%d%H%M}")]
    return "\r\n".join([*lines, *(f"(0.{n:05d})(0.00000)" for n in range(count))]) + "\r\n"


def profiled(days, word="R5", season="0"):
    clock = Clock()
    meter, talk, _ = begin(clock)
    first = datetime(2026, 6, 1, tzinfo=ZONE) if season == "1" else datetime(2026, 11, 1, tzinfo=ZONE)
    for day in range(days):
        at = first + timedelta(days=day)
        asked = f"{season}{at:%y%m%d}0000;{season}{at:%y%m%d}2359"
        meter.profile[asked] = [rows(at, 40, season), rows(at + timedelta(hours=10), 56, season)]
    if word == "R6":
        meter.answers["R5", "P.01"] = "ER03"
    return clock, meter, talk, first


@pytest.mark.parametrize("word", ["R5", "R6"])
@pytest.mark.parametrize(("season", "offset"), [("0", "+01:00"), ("1", "+02:00")])
def test_a_profile_is_read_day_by_day_with_its_moments(word, season, offset):
    clock, _, talk, first = profiled(3, word, season)
    read = outcome(clock, talk.profile(first, first + timedelta(days=3) - timedelta(seconds=1)))
    assert (len(read.rows), read.fault) == (3 * 96, None)
    day = first.date().isoformat()
    assert [row.moment for row in read.rows[:2]] == [f"{day}T00:00:00{offset}", f"{day}T00:15:00{offset}"]
    assert read.rows[1].values == (
        ItemRead("1-0:1.5.0", "1-0:1.5.0", "0.00001", 1, 5, "kW"),
        ItemRead("1-0:5.5.0", "1-0:5.5.0", "0.00000", 0, 5, "kvar"),
    )
    assert len({row.moment for row in read.rows}) == len(read.rows)


def test_the_rows_before_a_fault_are_kept():
    clock, meter, talk, first = profiled(3)
    parts = list(meter.profile.values())
    parts[1][1] = "P.01(no date)(00)(15)(0)\r\n"
    read = outcome(clock, talk.profile(first, first + timedelta(days=2)))
    assert (len(read.rows), read.fault.why) == (96, ContactWhy.GARBLED)
    clock, meter, talk, first = profiled(1)
    meter.profile.clear()
    assert outcome(clock, talk.profile(first, first)).rows == ()


def test_a_line_of_a_profile_that_cannot_be_read_shifts_no_row():
    clock, meter, talk, first = profiled(1)
    next(iter(meter.profile.values()))[0] += "(0.1)(0.2\r\n"
    read = outcome(clock, talk.profile(first, first + timedelta(hours=23, minutes=59)))
    assert (read.rows, read.fault.why) == ((), ContactWhy.GARBLED)


@pytest.mark.parametrize("days", [-1, SPAN_DAYS_MAX + 1])
def test_a_span_that_is_none_is_refused(days):
    clock, _, talk, first = profiled(1)
    assert outcome(clock, talk.profile(first, first + timedelta(days=days))).why is ContactWhy.REFUSED
