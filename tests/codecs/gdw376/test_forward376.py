"""Both ends of a concentrator's wire: signing on, forwarding, every failure, late answers, strays."""

import random
import time
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs.dlt645 import answering, dialogue
from gateway.codecs.dlt645.requests import Read
from gateway.codecs.gdw376.concentrator import Concentrator, Confirmed, ToForward
from gateway.codecs.gdw376.confirm import Confirm, Confirms, LinkTest, Verdict, each
from gateway.codecs.gdw376.events import Carried, Failed, Failure, Heard, LinkTested, Send, Stray
from gateway.codecs.gdw376.fault import ValueFault
from gateway.codecs.gdw376.forward import STRAY_MAX, Access, Forward
from gateway.codecs.gdw376.forwarding import Answered, Line, Route
from gateway.codecs.gdw376.frame import Address, Frame, Noise, encoded, frames_of
from gateway.codecs.gdw376.message import Afn, Message
from tests.gdw376_frames import SEEDS, sealed
from tests.mutations import MUTATIONS

WHO = Address("0200", 4660)
OTHER = Address("0200", 4661)
QUESTION = bytes.fromhex("68611001301215681104333334337b16")
SAID = bytes.fromhex("6861100130121568910833333433ab3933334916")
NIGHT = datetime(2017, 1, 21, 23, 51, 13)  # noqa: DTZ001 - the concentrator's own time


def forward(**options):
    return Forward(options.pop("route", Route()), options.pop("access", Access()), address=WHO, **options)


def sent(events):
    return b"".join(event.octets for event in events if isinstance(event, Send))


def asked(ours, end, question=QUESTION, when=None):
    """Send a question, and give what the concentrator is to forward."""
    (heard,) = end.receive(sent(ours.send(question, when)))
    assert isinstance(heard, ToForward)
    return heard


def message(control=0x88, afn=Afn.FORWARD, fn=1, number=0, content=b""):
    return Message(control, WHO, 4, afn, fn, number, content).octets


def test_what_a_meter_says_comes_back():
    ours, end = forward(), Concentrator(WHO)
    heard = asked(ours, end)
    assert (heard.asked.port, heard.asked.line, heard.asked.content) == (31, Line(), QUESTION)
    assert (heard.asked.message_ms, heard.asked.byte_ms) == (30_000, 100)
    assert ours.wait_ms == 40_000
    assert ours.receive(end.answer(heard, SAID)) == [Carried(SAID)]
    assert ours.wait_ms is None


def test_a_published_request_is_ours_to_the_byte():
    # q30, with the time-out that was asked for there.
    ours = forward(route=Route(message_s=60))
    raw = (
        "68e200e200684b000234120410e0000001001f6bbc0a100068611001301215681104333334337b16"
        "00000000000000000000000000000000001351232105a116"
    )
    assert ours.send(QUESTION, NIGHT) == [Send(bytes.fromhex(raw))]


def test_a_concentrator_that_dials_in_says_who_it_is():
    ours, end = Forward(Route(), Access()), Concentrator(WHO)
    with pytest.raises(ValueFault, match="wait until it signs on"):
        ours.send(QUESTION)
    confirmed, tested = ours.receive(end.sign_on())
    assert tested == LinkTested(LinkTest.SIGN_ON, WHO)
    assert end.receive(confirmed.octets) == [Confirmed(0, Verdict(is_denied=False, afn=2))]
    assert ours.address == WHO
    assert ours.receive(end.answer(asked(ours, end), SAID)) == [Carried(SAID)]


@pytest.mark.parametrize("confirms", Confirms)
def test_a_heartbeat_is_confirmed_while_something_is_on_its_way(confirms):
    ours, end = forward(access=Access(confirms=confirms)), Concentrator(WHO)
    heard = asked(ours, end)
    beat = ours.receive(end.beat(NIGHT))
    assert beat[1] == LinkTested(LinkTest.HEARTBEAT, WHO, NIGHT)
    (confirmed,) = end.receive(sent(beat))
    assert not confirmed.verdict.is_denied
    assert ours.wait_ms == 40_000
    assert ours.receive(end.answer(heard, SAID)) == [Carried(SAID)]


def test_each_link_test_has_a_number_of_its_own():
    ours, end = forward(), Concentrator(WHO)
    numbers = [end.receive(sent(ours.receive(end.beat())))[0].number for _ in range(17)]
    assert numbers == [*range(16), 0]
    assert ours.receive(end.sign_off())[1] == LinkTested(LinkTest.SIGN_OFF, WHO)


def test_another_concentrator_on_the_connection_is_not_confirmed():
    assert [type(event) for event in forward().receive(Concentrator(OTHER).sign_on())] == [Stray]


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (lambda end, heard: end.deny(heard), Failed(Failure.DENIED)),
        (lambda end, heard: end.deny(heard, 3), Failed(Failure.DENIED, 3)),
        (lambda end, heard: end.answer(heard, b""), Failed(Failure.SILENT)),
        (lambda _end, _heard: message(0x89, Afn.CONFIRM, Confirm.SECURITY), Failed(Failure.DENIED)),
    ],
)
def test_a_failure_says_what_it_is(answer, failed):
    ours, end = forward(), Concentrator(WHO)
    assert ours.receive(answer(end, asked(ours, end))) == [failed]
    assert ours.wait_ms is None


def test_what_is_not_answered_is_given_up_and_never_sent_again():
    ours, end = forward(), Concentrator(WHO)
    asked(ours, end)
    assert ours.expired() == [Failed(Failure.TIMED_OUT)]
    assert ours.expired() == []


def test_what_was_heard_and_brought_nothing_is_silence():
    # As after a broadcast, which no meter answers.
    ours, end = forward(), Concentrator(WHO)
    assert ours.receive(end.confirm(asked(ours, end))) == [Heard()]
    assert ours.wait_ms == 40_000
    assert ours.expired() == [Failed(Failure.SILENT)]


def test_a_confirmation_before_the_answer_does_not_lose_it():
    ours, end = forward(), Concentrator(WHO)
    heard = asked(ours, end)
    assert ours.receive(end.confirm(heard) + end.answer(heard, SAID)) == [Heard(), Carried(SAID)]


def test_one_thing_is_on_its_way_at_a_time():
    ours = forward()
    ours.send(QUESTION)
    with pytest.raises(ValueFault, match="wait for its end"):
        ours.send(QUESTION)
    ours.expired()
    assert sent(ours.send(QUESTION))


def test_a_late_answer_is_not_taken_for_one_to_the_next_question():
    ours, end = forward(), Concentrator(WHO)
    late = end.answer(asked(ours, end), SAID)
    ours.expired()
    assert [type(event) for event in ours.receive(late)] == [Stray]
    heard = asked(ours, end)
    assert [type(event) for event in ours.receive(late)] == [Stray]
    assert ours.receive(end.answer(heard, SAID)) == [Carried(SAID)]


def test_an_answer_of_sixteen_questions_ago_is_told_by_its_stamp():
    ours, end = forward(), Concentrator(WHO)
    late = end.answer(asked(ours, end, when=NIGHT), SAID, NIGHT)
    ours.expired()
    for _ in range(15):
        asked(ours, end, when=NIGHT)
        ours.expired()
    heard = asked(ours, end, when=NIGHT)
    assert heard.heard.number == 0
    assert [type(event) for event in ours.receive(late)] == [Stray]
    assert ours.receive(end.answer(heard, SAID, NIGHT)) == [Carried(SAID)]


def test_a_new_connection_goes_on_counting():
    first, end = forward(pfc=255), Concentrator(WHO)
    late = end.answer(asked(first, end), SAID)
    assert first.pfc == 0
    ours = forward(pfc=first.pfc)
    asked(ours, end)
    assert [type(event) for event in ours.receive(late)] == [Stray]


@pytest.mark.parametrize(
    "wrong",
    [
        message(number=1, content=Answered(31, SAID).octets),
        message(fn=9, content=Answered(31, SAID).octets),
        message(content=Answered(2, SAID).octets),
        message(content=b"\x1f\x14\x00"),
        message(afn=0x0C, fn=2, content=bytes(6)),
        message(0x89, Afn.CONFIRM, Confirm.EACH, content=each(0x0C, 2, 1)),
        message(0x89, Afn.CONFIRM, Confirm.EACH),
        message(0x89, Afn.CONFIRM, 7),
        message(0xC4, 0x0E, 1, content=bytes(20)),
        message(0xC9, Afn.LINK, 4),
        message(0x4B, content=Answered(31, SAID).octets),
        encoded(Frame(0x88, OTHER, 4, 0x10, 0x60, bytes.fromhex("00000100") + Answered(31, SAID).octets)),
        encoded(Frame(0x88, WHO, 4, 0x10, 0x40, bytes.fromhex("00000100") + Answered(31, SAID).octets)),
    ],
)
def test_what_is_no_answer_is_passed_over_and_said(wrong):
    ours, end = forward(), Concentrator(WHO)
    heard = asked(ours, end)
    assert [type(event) for event in ours.receive(wrong)] == [Stray]
    assert ours.receive(end.answer(heard, SAID)) == [Carried(SAID)]


def test_a_chattering_concentrator_ends_as_silent():
    ours = forward()
    ours.send(QUESTION)
    events = ours.receive(message(0xC4, 0x0E) * (STRAY_MAX + 1))
    assert [type(event) for event in events] == [Stray] * (STRAY_MAX + 1) + [Failed]
    assert events[-1] == Failed(Failure.TIMED_OUT)
    assert ours.wait_ms is None


def test_half_a_frame_of_before_does_not_swallow_the_answer():
    ours, end = forward(), Concentrator(WHO)
    assert ours.receive(bytes.fromhex("680220022068")) == []
    events = ours.send(QUESTION)
    assert [type(event) for event in events] == [Noise, Send]
    (heard,) = end.receive(sent(events))
    assert ours.receive(end.answer(heard, SAID)) == [Carried(SAID)]


def test_half_a_frame_before_the_answer_costs_time_and_not_the_answer():
    ours, end = forward(), Concentrator(WHO)
    heard = asked(ours, end)
    assert ours.receive(bytes.fromhex("680220022068") + end.answer(heard, SAID)) == []
    noise, carried = ours.expired()
    assert (noise.skipped, carried) == (6, Carried(SAID))
    assert ours.expired() == []


def test_what_wakes_a_line_is_left_out_for_a_carrier_alone():
    end = Concentrator(WHO)
    assert asked(forward(), end, b"\xfe" * 4 + QUESTION).asked.content == QUESTION
    serial = forward(route=Route(port=2))
    assert asked(serial, end, b"\xfe" * 4 + QUESTION).asked.content == b"\xfe" * 4 + QUESTION


@pytest.mark.parametrize("octets", [b"", b"\xfe\xfe", bytes(1000)])
def test_what_does_not_fit_leaves_nothing_on_its_way(octets):
    ours = forward()
    with pytest.raises(ValueFault):
        ours.send(octets)
    assert (ours.wait_ms, ours.pfc) == (None, 0)


def test_a_password_goes_along_and_shows_nowhere():
    access = Access(password=b"sixteen octets!!")
    ours, end = forward(access=access), Concentrator(WHO)
    (out,) = ours.send(QUESTION)
    (heard,) = end.receive(out.octets)
    assert heard.asked.password == b"sixteen octets!!"
    for each_one in (access, out, heard, Carried(b"sixteen")):
        assert "sixteen" not in repr(each_one)


def test_a_dialect_without_a_password_has_none():
    ours = forward(access=Access(password=b""))
    assert asked(ours, Concentrator(WHO)).asked.password == b""


@pytest.mark.parametrize(
    "wrong", [{"password": b"short"}, {"master": 0}, {"master": 128}, {"delay_min": 256}]
)
def test_an_access_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueFault):
        Access(**wrong)


@pytest.mark.parametrize("frame", [message(0x4B, 0x0C, 2), encoded(Frame(0x4B, WHO, 4, 0x10, 0x65, b"\0"))])
def test_a_concentrator_denies_what_it_does_not_know(frame):
    (denial,) = Concentrator(WHO).receive(frame)
    (said,) = frames_of(denial)
    assert (said.afn, said.body[2], said.number) == (Afn.CONFIRM, 2, frames_of(frame)[0].number)


@pytest.mark.parametrize(
    "frame",
    [
        message(0x88),
        encoded(Frame(0x4B, OTHER, 4, 0x10, 0x60, b"")),
        encoded(Frame(0x4B, WHO, 5, 0x10, 0x60, b"")),
        message(0x0B, Afn.CONFIRM, 7),
        message(0x0B, Afn.LINK, 1),
        b"\x68\x68",
    ],
)
def test_a_concentrator_is_silent_where_it_is_not_asked(frame):
    assert Concentrator(WHO).receive(frame) == []


def test_a_concentrator_has_two_counters_or_none():
    ours, end = forward(), Concentrator(WHO, events=b"\x4f\0")
    answer = end.answer(asked(ours, end, when=NIGHT), SAID, NIGHT)
    assert frames_of(answer)[0].control == 0xA8
    assert ours.receive(answer) == [Carried(SAID)]
    with pytest.raises(ValueFault):
        Concentrator(WHO, events=b"\0")


def test_a_concentrator_begins_anew_after_silence():
    end = Concentrator(WHO)
    assert end.receive(bytes.fromhex("680220022068")) == []
    end.silence()
    assert end.receive(sent(forward().send(QUESTION)))


class House:
    """A meter of DL/T 645 behind a concentrator: what it hears and says, and what is lost on the way."""

    def __init__(self, *, lost=0):
        self.meter = answering.MeterEnd("151230011061", NIGHT.tzinfo)
        self.end = Concentrator(WHO)
        self.lost = lost
        self.orders = 0

    def hear(self, octets):
        (heard,) = self.end.receive(octets)
        self.orders += 1
        (question,) = self.meter.receive(heard.asked.content)
        if self.orders <= self.lost:
            return self.end.answer(heard, b"")
        return self.end.answer(heard, self.meter.answer(question.request, bytes.fromhex("78060000")))


def carried_out(talk, ours, house):
    """Drive a dialogue with a meter through a concentrator, as an adapter does; give how it ended."""
    events = talk.begin()
    while True:
        for event in events:
            if not isinstance(event, dialogue.Send):
                return event
        (out,) = events
        (came,) = ours.receive(house.hear(sent(ours.send(out.octets))))
        # What a concentrator brings is all of it: where that is no whole answer, none comes any more.
        events = talk.receive(came.octets) if isinstance(came, Carried) else []
        events = events or talk.expired()


def test_a_meter_behind_a_concentrator_is_read():
    ended = carried_out(dialogue.Dialogue("151230011061", Read("00010000")), forward(), House())
    assert (ended.address, ended.body.hex()) == ("151230011061", "78060000")


def test_a_reading_is_asked_again_by_who_reads():
    house = House(lost=2)
    ended = carried_out(dialogue.Dialogue("151230011061", Read("00010000")), forward(), house)
    assert isinstance(ended, dialogue.Answered)
    assert house.orders == 3


@given(st.lists(st.sampled_from(range(9)), max_size=6), st.lists(st.integers(0, 60), max_size=12))
def test_any_chunking_gives_the_same_events(choice, sizes):
    end = Concentrator(WHO, events=b"\x01\x02")
    heard = asked(forward(), end)
    parts = [end.sign_on(), end.beat(NIGHT), end.answer(heard, SAID), end.deny(heard), end.deny(heard, 2)]
    parts += [end.confirm(heard), b"\x68", bytes.fromhex("680220022068"), message(0xC4, 0x0E)]
    stream = b"".join(parts[number] for number in choice)

    def told(pieces):
        ours = forward()
        ours.send(QUESTION)
        return [event for piece in pieces for event in ours.receive(piece)] + ours.expired()

    ends = [min(sum(sizes[:count]), len(stream)) for count in range(len(sizes) + 1)]
    pieces = [stream[begin:end] for begin, end in pairwise([*ends, len(stream)])]
    assert told(pieces) == told([stream]) == told([stream[at : at + 1] for at in range(len(stream))])


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(SEEDS)), max_size=6))
def test_any_octets_leave_both_ends_usable(parts):
    ours, end = forward(), Concentrator(WHO)
    for part in parts:
        ours.receive(part)
        end.receive(part)
    end.silence()
    heard = asked(ours, end)
    assert ours.receive(end.answer(heard, SAID)) == [Carried(SAID)]


@pytest.mark.faults
def test_hostile_frames_whose_sums_are_right_cost_little(counted):
    # The sum is made right, so that what reads the frames is reached and not the sum alone.
    dice, slowest, kinds = random.Random(1376), 0.0, set()
    ours, end = forward(), Concentrator(WHO)
    users = [frames_of(seed)[0] for seed in SEEDS if frames_of(seed)]
    wires = [encoded(frame._replace(address=WHO))[6:-2] for frame in users]
    for _ in range(MUTATIONS):
        user = bytearray(dice.choice(wires))
        for _ in range(dice.randint(0, 3)):
            user[dice.randrange(len(user))] = dice.randrange(256)
        if dice.random() < 0.3:
            user = user[: dice.randint(8, len(user))]
        if ours.wait_ms is None:
            ours.send(QUESTION, NIGHT)
        octets = sealed(bytes(user))
        begun = time.thread_time()
        events = [*ours.receive(octets), *end.receive(octets)]
        slowest = max(slowest, time.thread_time() - begun)
        kinds |= {type(event) for event in events}
    assert kinds == {Send, Carried, Failed, Heard, LinkTested, Stray, ToForward, Confirmed, bytes}
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 1
