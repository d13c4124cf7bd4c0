"""A line and a modem, each alone and against each other: dialling, escapes, hang-ups, noise, chunks."""

import random
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.modem.events import (
    Dtr,
    Ended,
    Ending,
    Faulty,
    Online,
    Ready,
    Received,
    Ringing,
    State,
    Write,
)
from gateway.codecs.modem.line import PREPARE_TRIES_MAX, Line
from gateway.codecs.modem.modem import Answer, Dial, Hang, Modem, ToLine
from gateway.codecs.modem.profile import GSM_CSD, PSTN, HangUp, ModemProfile, Step
from gateway.codecs.modem.words import Code, LineReader, Result, read_result, write_result
from tests.mutations import MUTATIONS

SHORT = ModemProfile("short", (Step("ATE0V1"), Step("AT&K0", is_required=False)))
BY_DTR = replace(SHORT, hang_up=HangUp.DTR, has_carrier_line=True)
OK = b"\r\nOK\r\n"


def written(line):
    return b"".join(action.octets for action in line.take_actions() if isinstance(action, Write))


def ready(profile=SHORT):
    line = Line(profile)
    line.start()
    events = []
    for step in profile.steps:
        assert written(line) == step.command.encode() + b"\r"
        told = b"".join(b"\r\n" + wanted.encode() + b"\r\n" for wanted in step.wanted[:1])
        events += line.receive(told + OK)
    assert events == [Ready()]
    return line


def online(profile=SHORT):
    line = ready(profile)
    line.dial("13800138000")
    assert written(line) == profile.dial.encode() + b"13800138000\r"
    assert line.receive(b"\r\nCONNECT 9600\r\n{junk") == []
    assert line.timed_out() == [Online(9600)]
    return line


def verified(line):
    """Let the line fall silent and answer AT."""
    assert line.timed_out() == []
    assert written(line) == b"AT\r"
    return line.receive(b"AT\r" + OK)


@pytest.mark.parametrize("profile", [PSTN, GSM_CSD, SHORT])
def test_a_modem_is_prepared_step_by_step(profile):
    assert ready(profile).state is State.IDLE


def test_an_optional_step_may_fail_or_be_met_with_silence():
    for way in (lambda line: line.receive(b"\r\nERROR\r\n"), Line.timed_out):
        line = Line(SHORT)
        line.start()
        line.receive(OK)
        assert way(line) == [Ready()]


def test_a_required_step_is_tried_three_times_and_then_the_line_is_faulty():
    line = Line(SHORT)
    line.start()
    for _ in range(PREPARE_TRIES_MAX - 1):
        assert line.timed_out() == []
        assert written(line).endswith(b"ATE0V1\r")
    assert line.timed_out() == [Faulty("ATE0V1: said nothing")]
    assert line.deadline is None
    line.start()
    assert line.state is State.PREPARING


@pytest.mark.parametrize(
    ("told", "is_good"), [(b"+CREG: 0,1", True), (b"+CREG: 0,5", True), (b"+CREG: 0,2", False)]
)
def test_a_network_that_does_not_have_us_is_no_success(told, is_good):
    profile = ModemProfile("gsm", (Step("AT+CREG?", wanted=("+CREG: 0,1", "+CREG: 0,5")),))
    line = Line(profile)
    line.start()
    found = (
        [line.receive(b"\r\n" + told + b"\r\n" + OK) for _ in range(PREPARE_TRIES_MAX)]
        if not is_good
        else [line.receive(b"\r\n" + told + b"\r\n" + OK)]
    )
    assert found[-1] == ([Ready()] if is_good else [Faulty("AT+CREG?: OK")])


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        (b"BUSY", Ending.BUSY),
        (b"NO ANSWER", Ending.NO_ANSWER),
        (b"NO CARRIER", Ending.NO_CARRIER),
        (b"ERROR", Ending.REFUSED),
        (b"+CME ERROR: 30", Ending.REFUSED),
        (b"DELAYED", Ending.REFUSED),
        (b"blacklisted", Ending.REFUSED),
    ],
)
def test_a_call_that_does_not_come_to_be_has_its_reason(said, ending):
    line = ready()
    line.dial("5551234")
    written(line)
    assert line.receive(b"ATDT5551234\r\r\n" + said + b"\r\n") == [Ended(ending)]
    assert verified(line) == [Ready()]


@pytest.mark.parametrize("said", [b"NO DIALTONE", b"NO DIAL TONE"])
def test_a_line_without_a_dial_tone_is_faulty(said):
    line = ready()
    line.dial("5551234")
    assert line.receive(b"\r\n" + said + b"\r\n") == [Ended(Ending.NO_DIALTONE), Faulty("no dial tone")]


def test_a_modem_that_says_nothing_is_stopped_and_tried():
    line = ready()
    line.dial("5551234")
    written(line)
    assert line.timed_out() == [Ended(Ending.SILENT)]
    assert written(line) == b"\r"
    assert verified(line) == [Ready()]


def test_nothing_is_sent_while_a_modem_dials():
    line = ready()
    line.dial("5551234")
    written(line)
    line.receive(b"noise \xff\xfe\r\nRING\r\n")
    assert line.take_actions() == []
    with pytest.raises(ValueError, match="dialling"):
        line.send(b"x")


def test_octets_are_carried_both_ways():
    line = online()
    line.send(b"/?!\r\n")
    assert line.take_actions() == [Write(b"/?!\r\n")]
    assert line.receive(b"\x02\xff\r\n") == [Received(b"\x02\xff\r\n")]


def test_a_call_is_ended_by_escape_and_proved():
    line = online()
    assert line.hang_up() == [Ended(Ending.HUNG_UP)]
    assert line.deadline.ms == SHORT.guard_ms
    line.receive(b"still talking")
    line.timed_out()
    assert written(line) == b"+++"
    line.receive(b"\r\nOK\r\n")
    assert written(line) == b"ATH\r"
    # As seen on a real modem program: two results.
    line.receive(b"\r\nNO CARRIER\r\n")
    line.receive(OK)
    assert line.take_actions() == []
    assert verified(line) == [Ready()]


def test_a_call_is_ended_by_dtr():
    line = online(BY_DTR)
    line.hang_up()
    assert line.take_actions() == [Dtr(is_high=False)]
    assert line.deadline.ms == BY_DTR.dtr_low_ms
    line.timed_out()
    assert line.take_actions() == [Dtr(is_high=True)]
    line.receive(b"\r\nNO CARRIER\r\n")
    assert verified(line) == [Ready()]


def test_a_modem_that_does_not_listen_after_hanging_up_is_faulty():
    line = online()
    line.hang_up()
    events = []
    for _ in range(40):
        events += line.timed_out()
    assert [event for event in events if isinstance(event, Faulty)]
    assert line.deadline is None


def test_a_carrier_that_is_lost_is_known_by_the_line_or_by_the_text():
    by_line = online(BY_DTR)
    assert by_line.receive(b"\r\nNO CARRIER\r\n") == [Received(b"\r\nNO CARRIER\r\n")]
    assert by_line.deadline.ms == BY_DTR.idle_ms
    assert by_line.carrier(is_there=False) == [Ended(Ending.LOST)]
    by_text = online()
    assert by_text.carrier(is_there=False) == []
    assert by_text.receive(b"abc\r\nNO CARR") == [Received(b"abc\r\nNO CARR")]
    by_text.receive(b"IER\r\n")
    assert by_text.deadline.ms == SHORT.drain_ms
    assert by_text.timed_out() == [Ended(Ending.LOST)]
    assert verified(by_text) == [Ready()]


@pytest.mark.parametrize("junk", [b"", b"\x00~x"])
def test_a_carrier_that_is_lost_before_the_line_has_settled_is_known_at_once(junk):
    line = ready()
    line.dial("5551234")
    written(line)
    assert line.receive(b"\r\nCONNECT\r\n" + junk + b"\r\nNO CARR") == []
    assert line.receive(b"IER\r\n") == []
    assert line.timed_out() == [Ended(Ending.LOST)]
    assert verified(line) == [Ready()]
    again = ready()
    again.dial("5551234")
    again.receive(b"\r\nCONNECT\r\n\r\nNO CARRIER\r\n\x02")
    assert again.timed_out() == [Online(None)], "a meter's own octets may spell it"


def test_octets_that_come_too_late_do_not_hide_that_the_carrier_is_lost():
    line = online()
    line.receive(b"\r\nNO CARRIER\r\n")
    line.send(b"?")
    assert line.deadline.ms == SHORT.drain_ms
    line.send(b"/?!\r\n")
    for _ in range(3):
        line.receive(b"\r\nERROR\r\n")
        assert line.deadline.ms == SHORT.drain_ms
    assert line.timed_out() == [Ended(Ending.LOST)]
    by_line = online(BY_DTR)
    by_line.receive(b"\r\nNO CARRIER\r\n\r\nERROR\r\n")
    assert by_line.deadline.ms == BY_DTR.idle_ms


def test_a_meter_that_spells_it_in_the_middle_of_a_frame_is_not_cut_off():
    line = online()
    line.receive(b"\r\nNO CARRIER\r\n")
    assert line.receive(b"\x03!") == [Received(b"\x03!")]
    assert line.deadline.ms == SHORT.idle_ms


def test_a_silent_call_is_ended():
    line = online()
    assert line.timed_out() == [Ended(Ending.IDLE)]
    assert line.state is State.GUARDING


def test_a_call_that_rings_can_be_taken():
    line = ready()
    assert line.receive(b"\r\nRING\r\n\r\nRING\r\n") == [Ringing(), Ringing()]
    line.answer()
    assert written(line) == b"ATA\r"
    line.receive(b"\r\nCONNECT\r\n")
    assert line.timed_out() == [Online(None)]


def test_a_modem_that_talks_for_ever_is_not_waited_out_for_ever():
    line = online()
    line.carrier(is_there=False)
    line.hang_up()
    for _ in range(3):
        line.timed_out()
    before = line.deadline
    line.receive(bytes(10_000))
    assert line.deadline == before


@pytest.mark.parametrize("number", ["", "12;34", "1" * 41, "AT", "12\r", "+49 30"])
def test_what_is_no_number_is_our_own_fault_and_is_not_shown(number):
    line = ready()
    with pytest.raises(ValueError, match="telephone number") as caught:
        line.dial(number)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize("command", ["", "X", "AT\rATH", "AT" + "X" * 200, "ATé"])
def test_what_is_no_command_is_our_own_fault(command):
    with pytest.raises(ValueError, match="command"):
        Step(command)


@pytest.mark.parametrize("result", [Result(code) for code in Code] + [Result(Code.CONNECT, 9600)])
def test_a_result_in_words_is_read_again(result):
    assert read_result(write_result(result).strip()) == result


@pytest.mark.parametrize(
    ("number", "result"),
    [
        (b"0", Result(Code.OK)),
        (b"1", Result(Code.CONNECT)),
        (b"3", Result(Code.NO_CARRIER)),
        (b"6", Result(Code.NO_DIALTONE)),
        (b"7", Result(Code.BUSY)),
        (b"8", Result(Code.NO_ANSWER)),
        (b"12", Result(Code.CONNECT, 9600)),
        (b"19", Result(Code.CONNECT, 115_200)),
        (b"99", None),
    ],
)
def test_a_result_in_numbers_is_that_of_the_list(number, result):
    assert read_result(number, in_numbers=True) == result
    assert read_result(number) is None
    if result is not None:
        assert write_result(result, in_numbers=True) == number + b"\r"


def test_a_long_line_is_cut_and_the_next_one_is_read():
    reader = LineReader()
    reader.feed(b"x" * 100_000 + b"\r\nOK\r\n")
    assert len(reader.next_line() or b"") == 256
    assert reader.next_line() == b"OK"


# The modem's side.


def typed(modem, text):
    events = modem.receive(text)
    return events, modem.take_outgoing()


def test_a_modem_echoes_until_it_is_told_not_to():
    modem = Modem()
    assert typed(modem, b"ATE0\r") == ([], b"ATE0\r" + OK)
    assert typed(modem, b"AT\r") == ([], OK)
    assert typed(modem, b"ATV0\r") == ([], b"0\r")
    assert typed(modem, b"ATV1S7=60S7?\r") == ([], b"\r\n060\r\n" + OK)
    assert typed(modem, b"AT&C1&D2X4Q0M0L0\r") == ([], OK)
    assert typed(modem, b"AT?\r") == ([], b"\r\nERROR\r\n")
    assert typed(modem, b"ATQ1\r") == ([], b"")


def test_an_extended_command_is_known_or_an_error():
    modem = Modem({"AT+CSQ": "+CSQ: 20,0", "AT+CBST=7,0,1": ""})
    modem.receive(b"ATE0\r")
    modem.take_outgoing()
    assert typed(modem, b"AT+CSQ\r") == ([], b"\r\n+CSQ: 20,0\r\n" + OK)
    assert typed(modem, b"AT+CBST=7,0,1\r") == ([], OK)
    assert typed(modem, b"AT+CPIN?\r") == ([], b"\r\nERROR\r\n")


def carrying():
    modem = Modem()
    assert typed(modem, b"ATE0DT5551234\r")[0] == [Dial("5551234")]
    modem.connect(9600)
    assert modem.take_outgoing().endswith(b"\r\nCONNECT 9600\r\n")
    return modem


def test_three_escapes_between_silences_are_an_escape_and_nothing_else_is():
    modem = carrying()
    assert modem.guard_ms == 1000
    modem.receive(b"+++")
    modem.timed_out()
    assert modem.take_outgoing() == b"", "there was no silence before"
    modem.receive(b"+++x")
    modem.timed_out()
    modem.receive(b"++++")
    modem.timed_out()
    assert modem.take_outgoing() == b""
    modem.receive(b"++")
    modem.receive(b"+")
    modem.timed_out()
    assert modem.take_outgoing() == OK
    modem.from_line(b"lost")
    assert typed(modem, b"ATO\r") == ([], b"\r\nCONNECT\r\n")
    modem.timed_out()
    modem.receive(b"+++")
    modem.timed_out()
    modem.take_outgoing()
    assert typed(modem, b"ATH\r") == ([Hang()], OK)


def test_a_modem_that_dials_is_stopped_by_any_octet():
    modem = Modem()
    modem.receive(b"ATE0D5551234\r")
    modem.take_outgoing()
    assert typed(modem, b"x") == ([Hang()], b"\r\nNO CARRIER\r\n")


def test_a_modem_answers_by_itself_at_the_ring_that_s0_names():
    modem = Modem()
    typed(modem, b"ATE0S0=2\r")
    assert (modem.ring(), modem.take_outgoing()) == ([], b"\r\nRING\r\n")
    modem.stop_ringing()
    assert modem.ring() == []
    assert typed(modem, b"ATS1?\r") == ([], b"\r\nRING\r\n\r\n001\r\n" + OK)
    assert modem.ring() == [Answer()]
    modem.connect()
    assert modem.take_outgoing() == b"\r\nRING\r\n\r\nCONNECT\r\n"
    assert modem.ring() == []
    assert (modem.take_outgoing(), modem.registers[1]) == (b"", 0)


def test_a_modem_rings_for_as_long_as_nobody_takes_the_call():
    modem = Modem()
    assert [modem.ring() for _ in range(300)] == [[]] * 300
    assert modem.registers[1] == 255
    modem.take_outgoing()
    assert typed(modem, b"ATE0A\r")[0] == [Answer()]
    assert modem.registers[1] == 0


def test_what_was_half_typed_is_gone_when_dtr_drops():
    modem = Modem()
    typed(modem, b"ATE0\r")
    typed(modem, b"ATX")
    assert modem.dtr(is_high=False) == []
    assert typed(modem, b"AT\r") == ([], OK)


def test_dtr_and_the_other_end_end_a_call():
    modem = carrying()
    assert modem.dtr(is_high=False) == [Hang()]
    assert modem.take_outgoing() == b"\r\nNO CARRIER\r\n"
    modem = carrying()
    modem.lose()
    assert modem.take_outgoing() == b"\r\nNO CARRIER\r\n"
    assert not modem.is_carrying


def test_no_repr_shows_a_number_or_what_is_carried():
    assert "5551234" not in repr(
        [Dial("5551234"), Write(b"5551234"), ToLine(b"5551234"), Received(b"5551234")]
    )


# Both ends.


def talk(line, modem, far=b""):
    """Carry octets between a line and its modem until both are silent; silence is the deadlines passing."""
    events, wanted = [], []
    for _ in range(200):
        moved = False
        for action in line.take_actions():
            moved = True
            wanted += (
                modem.receive(action.octets)
                if isinstance(action, Write)
                else modem.dtr(is_high=action.is_high)
            )
        said = modem.take_outgoing()
        if said:
            moved = True
            events += line.receive(said)
        if wanted and isinstance(wanted[-1], Dial | Answer) and not modem.is_carrying:
            modem.connect(9600)
            moved = True
            wanted.append(None)
        if moved:
            continue
        if modem.guard_ms is not None and line.deadline and line.deadline.ms >= modem.guard_ms:
            modem.timed_out()
        if line.deadline is None or line.state is State.ONLINE:
            return events, wanted
        events += line.timed_out()
    raise AssertionError("they talk for ever")


@pytest.mark.parametrize("profile", [PSTN, BY_DTR, SHORT])
def test_both_ends_call_and_hang_up(profile):
    line, modem = Line(profile), Modem()
    line.start()
    assert talk(line, modem)[0] == [Ready()]
    line.dial("5551234")
    events, wanted = talk(line, modem)
    assert (events, wanted[0]) == ([Online(9600)], Dial("5551234"))
    line.send(b"hello")
    assert ToLine(b"hello") in talk(line, modem)[1]
    modem.from_line(b"hi")
    assert talk(line, modem)[0] == [Received(b"hi")]
    events = line.hang_up()
    more, wanted = talk(line, modem)
    assert events + more == [Ended(Ending.HUNG_UP), Ready()]
    assert Hang() in wanted


def merged(events):
    """Octets that were received one after another are the same in one piece."""
    told: list = []
    for event in events:
        if told and type(event) is type(told[-1]) and isinstance(event, Received | ToLine):
            told[-1] = replace(event, octets=told[-1].octets + event.octets)
        else:
            told.append(event)
    return told


PIECES = st.sampled_from(
    [OK, b"\r", b"\n", b"ATE0V1\r", b"+++", b"\xff\x00", b"x" * 300]
    + [b"\r\n" + words + b"\r\n" for words in (b"CONNECT 9600", b"CONNECT", b"RING", b"NO CARRIER", b"BUSY")]
    + [b"\r\n+CREG: 0,1\r\n", b"\r\nNO DIALTONE\r\n"]
)


def dialling():
    line = ready()
    line.dial("5551234")
    return line


def started():
    line = Line(SHORT)
    line.start()
    return line


STARTS = [ready, dialling, online, lambda: online(BY_DTR), started]


def cut(stream, cuts):
    return [stream[a:b] for a, b in pairwise([0, *sorted(c for c in cuts if c < len(stream)), len(stream)])]


@given(st.sampled_from(STARTS), st.lists(PIECES, max_size=8), st.lists(st.integers(0, 500), max_size=10))
def test_any_chunking_gives_the_same_events(start, pieces, cuts):
    stream = b"".join(pieces)
    whole, parts = start(), start()
    expected = merged(whole.receive(stream))
    assert merged([event for chunk in cut(stream, cuts) for event in parts.receive(chunk)]) == expected
    assert (parts.state, parts.take_actions()) == (whole.state, whole.take_actions())
    assert (parts.deadline and parts.deadline.ms) == (whole.deadline and whole.deadline.ms)


COMMANDS = st.sampled_from(
    [
        b"AT\r",
        b"ATE0\r",
        b"ATV0\r",
        b"ATDT555\r",
        b"ATA\r",
        b"ATH\r",
        b"+++",
        b"AT+CSQ\r",
        b"ATS0?\r",
        b"A",
        b"\x08",
        b"?\r",
    ]
)


@given(st.booleans(), st.lists(COMMANDS, max_size=8), st.lists(st.integers(0, 100), max_size=10))
def test_any_chunking_makes_a_modem_say_the_same(is_carrying, commands, cuts):
    stream = b"".join(commands)
    whole, parts = (carrying() if is_carrying else Modem() for _ in range(2))
    expected = merged(whole.receive(stream))
    assert merged([event for chunk in cut(stream, cuts) for event in parts.receive(chunk)]) == expected
    assert parts.take_outgoing() == whole.take_outgoing()


@pytest.mark.faults
def test_mutations_break_neither_end(counted):
    dice = random.Random(2400)
    words = [
        b"\r\nOK\r\n",
        b"\r\nCONNECT 9600\r\n",
        b"NO CARRIER\r\n",
        b"ATDT5551234\r",
        b"ATS12=0\r",
        b"+++",
        b"ATZ\r",
    ]
    words += [b"\r\nRING\r\n", b"AT+CSQ\r", b"\r\nBUSY\r\n", b"ATA\r", b"ATH\r", b"ATO\r"]
    line, modem, slowest, ended = started(), Modem(), 0.0, 0
    for number in range(MUTATIONS):
        raw = bytearray(dice.choice(words))
        for _ in range(dice.randrange(3)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        begun = time.thread_time()
        ended += sum(isinstance(event, Ended) for event in line.receive(bytes(raw)))
        modem.receive(bytes(raw))
        if number % 7 == 0:
            line.timed_out()
            modem.timed_out()
        if line.state in (State.IDLE, State.FAULTY, State.OFF):
            line.dial("5551234") if line.state is State.IDLE else line.start()
        if number % 11 == 0:
            modem.connect(9600) if modem._state == "dialling" else modem.lose()  # noqa: SLF001 - driven at random
        line.take_actions()
        modem.take_outgoing()
        slowest = max(slowest, time.thread_time() - begun)
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert slowest < 1
    assert ended > 100, "calls come to be and end"
