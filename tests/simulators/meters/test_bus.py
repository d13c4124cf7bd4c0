"""Several virtual meters on one line: each answers what is its own; two at once nobody understands."""

import pytest

from gateway.codecs.dlt645.frame import ANY, BROADCAST, encoded, frames_of
from gateway.codecs.dlt645.requests import Read, ReadAddress, SetTime
from gateway.simulators.meters.bus import BUS_METERS_MAX, Answer, Bus, together
from tests.virtual_meters import BEGIN, house, wired


def frame(address, request):
    return encoded(address, request.function, request.body)


def bus(*numbers, model="dlt645-2007"):
    return Bus([wired(model, house(number=number)).face() for number in numbers])


NUMBERS = ("000000000161", "000000000162", "000000000999")


@pytest.mark.parametrize("number", NUMBERS)
def test_each_meter_answers_what_is_its_own(number):
    answer = bus(*NUMBERS).receive(frame(number, Read("00010000")))
    (found,) = frames_of(answer.octets)
    assert (found.address, answer.after_ms) == (number, 20)


@pytest.mark.parametrize("address", ["000000000777", BROADCAST])
def test_nobody_answers_for_another_or_for_all(address):
    request = SetTime(BEGIN) if address == BROADCAST else Read("00010000")
    assert bus(*NUMBERS).receive(frame(address, request)) is None


def test_two_that_answer_at_once_are_understood_by_nobody():
    line = bus(*NUMBERS)
    answer = line.receive(frame(ANY, ReadAddress()))
    assert answer is not None
    assert frames_of(answer.octets) == []
    alone = bus("000000000161").receive(frame(ANY, ReadAddress()))
    assert [found.address for found in frames_of(alone.octets)] == ["000000000161"]


def test_octets_that_fall_on_each_other_pull_bits_down():
    assert together([]) is None
    assert together([Answer(b"\x0f\xf0", 30), Answer(b"\xff", 20)]) == Answer(b"\x0f\xf0", 20)
    assert together([Answer(b"\x0f", 30), Answer(b"\xf0\x16", 20)]) == Answer(b"\x00\x16", 20)


def test_half_a_frame_is_waited_for_and_forgotten():
    line = bus(*NUMBERS)
    raw = frame(NUMBERS[0], Read("00010000"))
    assert line.receive(raw[:9]) is None
    assert line.wait_ms == 500
    assert line.expired() is None
    assert line.wait_ms is None
    assert line.receive(raw[9:]) is None
    assert line.receive(raw) is not None


def test_meters_of_other_wires_may_be_on_the_line():
    mixed = Bus([wired("dlt645-2007", house()).face(), wired("iec62056-21", house(number="2")).face()])
    assert mixed.receive(b"/?2!\r\n").octets.startswith(b"/PWs5")
    assert frames_of(mixed.receive(frame("161", Read("00010000"))).octets)
    assert mixed.wait_ms == 1500
    assert b"1.8.0(" in mixed.expired().octets
    mixed.line_lost()
    assert not mixed.is_lost


@pytest.mark.parametrize("count", [0, BUS_METERS_MAX + 1])
def test_a_line_has_some_meters_and_not_too_many(count):
    with pytest.raises(ValueError, match="1 to 256 meters"):
        Bus([wired("dlt645-2007", house()).face()] * count)
