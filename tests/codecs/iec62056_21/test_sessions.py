"""Both ends of IEC 62056-21: modes, passwords, commands in parts, repeats, broken lines, hostile bytes."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs.iec62056_21.centre import Centre
from gateway.codecs.iec62056_21.characters import with_even_parity
from gateway.codecs.iec62056_21.commands import Command, block, command_of, error_of
from gateway.codecs.iec62056_21.datasets import DataSet, Value
from gateway.codecs.iec62056_21.events import (
    Answer,
    Binary,
    Challenged,
    Ended,
    Identified,
    MeterError,
    ReadOut,
    Taken,
    Unlocked,
)
from gateway.codecs.iec62056_21.fault import PeerFault, ValueFault
from gateway.codecs.iec62056_21.identification import (
    Identification,
    Mode,
    Purpose,
    is_meant,
    read_identification,
    read_request,
    request_text,
)
from gateway.codecs.iec62056_21.meter import (
    Left,
    Meter,
    PasswordSaid,
    Programming,
    ReadOutAsked,
    Said,
    SignedOn,
)
from gateway.codecs.iec62056_21.reader import BLOCK_MAX
from gateway.codecs.iec62056_21.states import CentreState, ChangeSpeed, Fault, FaultKind, MeterState, Send
from tests.mutations import MUTATIONS

TEXT = "0.0.0(12345678)\r\n1.8.0(000123.4*kWh)\r\n"
C, SLOW, B, E = (
    Identification(maker, char, "MT382", esc)
    for maker, char, esc in (("ISk", "5", ""), ("ISK", "x", ""), ("ISK", "C", ""), ("ISK", "5", "\\2"))
)


class Played:
    """A meter that answers as it is told; what both ends were told is kept in one list."""

    def __init__(self, identification=C, address="00012345", answers=None, noise=b""):
        self.meter = Meter(identification, address)
        self.answers = answers or {}
        self.noise = noise
        self.heard = []

    def react(self, event):
        self.heard.append(event)
        match event:
            case ReadOutAsked():
                return self.meter.read_out(TEXT)
            case Programming():
                return self.meter.challenge("SEED")
            case PasswordSaid(_, password):
                return self.meter.accept() if password == "00000001" else self.meter.refuse("ER02")
            case Said(command):
                given = self.answers.get(command.kind)
                if given is None:
                    return self.meter.take()
                return self.meter.refuse(given) if isinstance(given, str) else self.meter.answer(given)
        return []


def run(centre, played, events, echo=b""):
    """Carry bytes between both ends until nobody says anything; give what the centre was told."""
    told, line = [], list(events)
    while line:
        event = line.pop(0)
        if not isinstance(event, Send):
            told.append(event)
            continue
        line += centre.receive(event.octets if echo else b"")
        asked = played.meter.receive(event.octets)
        while asked:
            one = asked.pop(0)
            if isinstance(one, Send):
                line += centre.receive(played.noise + with_even_parity(one.octets))
            else:
                asked = played.react(one) + asked
    return told


def read_sets_of(told):
    (out,) = [event for event in told if isinstance(event, ReadOut | Answer)]
    return {one.address: one.inner for one in out.sets.sets}


def opened(**more):
    centre, played = Centre("12345"), Played(**more)
    told = run(centre, played, centre.sign_on())
    told += run(centre, played, centre.choose(Purpose.PROGRAM))
    told += run(centre, played, centre.unlock("00000001"))
    assert told[-1] == Unlocked()
    return centre, played


@pytest.mark.parametrize("echo", [b"", b"all"])
@pytest.mark.parametrize("noise", [b"", b"\r\nRING\r\n", b"\x00\x7f\xff"])
def test_mode_c_reads_out_at_the_speed_that_is_offered(noise, echo):
    centre, played = Centre("12345"), Played(noise=noise)
    told = run(centre, played, centre.sign_on(), echo)
    assert told == [ChangeSpeed(300, 0), Identified(C)]
    assert (centre.state, centre.wait_ms, centre.own_ms) == (CentreState.CHOOSING, None, 1500)
    told = run(centre, played, centre.choose(Purpose.READ_OUT), echo)
    assert told[0] == ChangeSpeed(9600)
    assert read_sets_of(told) == {"0.0.0": "12345678", "1.8.0": "000123.4*kWh"}
    assert played.heard == [SignedOn("12345"), ChangeSpeed(9600), ReadOutAsked("0"), ChangeSpeed(300)]
    assert (centre.state, centre.wait_ms) == (CentreState.OVER, None)


@pytest.mark.parametrize(("identification", "speeds"), [(SLOW, []), (B, [2400])])
def test_modes_a_and_b_read_out_at_once(identification, speeds):
    centre, played = Centre(), Played(identification)
    told = run(centre, played, centre.sign_on())
    assert [event.baud for event in told if isinstance(event, ChangeSpeed)] == [300, *speeds]
    assert read_sets_of(told)["0.0.0"] == "12345678"


def test_mode_d_speaks_by_itself():
    centre, meter = Centre(), Meter(Identification("ISK", "3", "D"), "1")
    assert centre.listen() == []
    assert centre.wait_ms is None
    (sent,) = meter.push(TEXT)
    identified, out = centre.receive(sent.octets)
    assert identified.identification.ident == "D"
    assert (len(out.sets.sets), out.is_crc_right) == (2, None)


def test_mode_e_hands_the_line_to_hdlc():
    centre, played = Centre(), Played(E)
    assert run(centre, played, centre.sign_on())[-1] == Identified(E)
    told = run(centre, played, centre.choose(Purpose.BINARY))
    assert told == [ChangeSpeed(9600, is_hdlc=True), Binary()]
    assert played.heard[-2:] == [ChangeSpeed(9600, is_hdlc=True), Binary()]
    assert played.meter.receive(b"\x7e\xa0") == []
    other = Centre()
    other.sign_on()
    other.receive(b"/ISk5MT382\r\n")
    with pytest.raises(ValueFault, match="does not offer HDLC"):
        other.choose(Purpose.BINARY)


def test_a_meter_that_gets_no_option_reads_out_at_the_first_speed():
    played = Played()
    (signed, sent) = played.meter.receive(b"/?!\r\n")
    assert (signed, sent.octets, played.meter.wait_ms) == (SignedOn(""), b"/ISk5MT382\r\n", 1500)
    assert played.meter.expired() == [ReadOutAsked("0")]


def test_another_meter_s_request_is_passed_over_and_ends_an_offer():
    meter = Meter(C, "12345")
    assert meter.receive(b"/?54321!\r\n") == []
    meter.receive(b"/?0012345!\r\n")
    assert [meter.wait_ms, meter.receive(b"/?54321!\r\n"), meter.wait_ms] == [1500, [], None]


def test_a_fixed_speed_is_never_changed_and_the_meter_is_told_its_own():
    centre = Centre(is_speed_fixed=True, slack_ms=4000)
    assert centre.sign_on() == [Send(b"/?!\r\n")]
    assert centre.wait_ms == 5500
    centre.receive(b"/ISk5MT382\r\n")
    assert centre.choose(Purpose.READ_OUT) == [Send(b"\x06050\r\n", 20)]


def test_programming_asks_for_a_password_reads_writes_and_ends():
    centre, played = opened(answers={"R1": ["1.8.0(000123.4*kWh)"], "R5": ["(1)(2)"]})
    assert PasswordSaid("P1", "00000001") in played.heard
    assert read_sets_of(run(centre, played, centre.say(Command("R1", "1.8.0()")))) == {
        "1.8.0": "000123.4*kWh"
    }
    assert run(centre, played, centre.say(Command("W1", "C003(26)"))) == [Taken()]
    assert run(centre, played, centre.say(Command("E2", "C004(1)"))) == [Taken()]
    assert [event.command.text for event in played.heard if isinstance(event, Said)][1:] == [
        "C003(26)",
        "C004(1)",
    ]
    assert run(centre, played, centre.end()) == [Ended()]
    assert Left(is_by_centre=True) in played.heard


def test_the_seed_of_the_meter_is_told():
    centre, played = Centre(), Played()
    run(centre, played, centre.sign_on())
    assert run(centre, played, centre.choose(Purpose.PROGRAM))[-1] == Challenged("SEED")


def test_a_wrong_password_is_told_and_another_may_follow():
    centre, played = Centre(), Played()
    run(centre, played, centre.sign_on())
    run(centre, played, centre.choose(Purpose.PROGRAM))
    assert run(centre, played, centre.unlock("00000000")) == [Fault(FaultKind.PASSWORD, "ER02")]
    assert run(centre, played, centre.unlock("00000001")) == [Unlocked()]


def test_an_answer_in_parts_is_confirmed_part_by_part():
    parts = ["P.01(2604010000)(08)(15)(1)(1.5)(kW)\r\n", "(0.1)\r\n(0.2)\r\n", "(0.3)\r\n"]
    centre, played = opened(answers={"R6": parts})
    (answer,) = run(centre, played, centre.say(Command("R6", "P.01(;)")))
    assert [one.inner for one in answer.sets.sets][1:] == ["0.1", "0.2", "0.3"]


def test_the_meter_s_own_error_is_told_and_the_session_goes_on():
    centre, played = opened(answers={"R1": "ER06"})
    assert run(centre, played, centre.say(Command("R1", "9.9.9()"))) == [MeterError("ER06")]
    assert centre.state is CentreState.OPEN


def test_a_broken_block_is_asked_for_three_times_again():
    centre, _ = opened()
    centre.say(Command("R1", "1.8.0()"))
    broken = block("1.8.0(1)")[:-1] + b"\x00"
    for _ in range(3):
        assert centre.receive(broken) == [Send(b"\x15", 20)]
        assert centre.receive(b"\x15") == []  # the head's echo of it
    assert centre.receive(broken) == [Fault(FaultKind.CHECK)]


def test_a_command_is_said_again_where_the_meter_asks_for_it():
    centre, _ = opened()
    (said,) = centre.say(Command("R1", "1.8.0()"))
    for _ in range(3):
        assert centre.receive(b"\x15") == [said]
    assert centre.receive(b"\x15") == [Fault(FaultKind.REFUSED)]


def test_a_command_is_never_said_again_because_no_answer_came():
    centre, _ = opened()
    centre.say(Command("W1", "C003(1)"))
    assert centre.expired() == [Fault(FaultKind.SILENT)]
    assert centre.receive(b"\x06") == []


@pytest.mark.parametrize(
    ("came", "kind"),
    [
        (b"", FaultKind.SILENT),
        (b"\x021.8.0(1", FaultKind.FRAMING),
        (b"1.8.0(1)\r\n!\r\n", FaultKind.NO_BLOCK),
    ],
)
def test_why_a_line_gave_nothing_is_said(came, kind):
    centre = Centre()
    centre.sign_on()
    centre.receive(b"/ISk5MT382\r\n")
    centre.choose(Purpose.READ_OUT)
    assert centre.receive(came) == []
    assert centre.expired() == [Fault(kind)]


def test_the_meter_may_end_the_session_and_an_idle_one_ends_it():
    centre, played = opened()
    assert centre.receive(Command("B0").encoded) == [Fault(FaultKind.ENDED)]
    assert played.meter.wait_ms == 120_000
    assert played.meter.expired()[0] == Left(is_by_centre=False)


def test_a_broken_command_is_answered_with_nak_and_nak_with_the_last_words():
    centre, played = opened()
    (said,) = centre.say(Command("R1", "1.8.0()"))
    assert played.meter.receive(said.octets[:-1] + b"\x00") == [Send(b"\x15", 20)]
    played.meter.receive(said.octets)
    (answer,) = played.meter.answer(["1.8.0(1)"])
    for _ in range(3):
        assert played.meter.receive(b"\x15") == [answer]
    assert isinstance(played.meter.receive(b"\x15")[0], Left)


def test_a_command_before_the_password_is_refused():
    played = Played()
    played.meter.receive(b"/?!\r\n")
    played.meter.receive(b"\x06051\r\n")
    played.meter.challenge("")
    (sent,) = played.meter.receive(Command("R1", "1.8.0()").encoded)
    assert error_of(sent.octets[1:-2].decode()) == "ER03"


@pytest.mark.parametrize(
    "say",
    [
        lambda c: c.say(Command("R1", "")),
        lambda c: c.unlock("1"),
        lambda c: c.choose(Purpose.PROGRAM),
    ],
)
def test_what_is_said_out_of_turn_is_our_fault(say):
    with pytest.raises(ValueFault, match="this is said when"):
        say(Centre())


@pytest.mark.parametrize(
    "make",
    [
        lambda: Centre("x" * 33),
        lambda: Centre("12!"),
        lambda: Identification("ISKR", "5", ""),
        lambda: Identification("ISK", "5", "x" * 33),
        lambda: Identification("ISK", "5", "a/b"),
        lambda: Command("X9").encoded,
        lambda: Command("R1", "\x03").encoded,
        lambda: Command("R1", "x" * 1025).encoded,
        lambda: block("\x02"),
        lambda: DataSet("1(8", (Value("1"),)).text,
        lambda: DataSet("1", ()).text,
        lambda: DataSet("1", (Value("1)"),)).text,
        lambda: opened()[0].say(Command("P1", "(1)")),
        lambda: opened()[0].say(Command("B0")),
    ],
)
def test_what_cannot_be_said_is_refused(make):
    with pytest.raises(ValueFault):
        make()


@pytest.mark.parametrize(
    ("line", "mode", "speed", "reaction_ms"),
    [
        (r"/AUX5\2SX330", Mode.E, 9600, 200),
        (r"/MCS5\@0050010067967", Mode.C, 9600, 200),
        ("/ISk5MT382-1004", Mode.C, 9600, 20),
        ("/ABCFx", Mode.B, 19200, 200),
        ("/ABC?x", Mode.A, 300, 200),
        ("/LGZ0ZMD", Mode.C, 300, 200),
        ("/LGZ9", Mode.C, 300, 200),
    ],
)
def test_an_identification_says_mode_speed_and_reaction(line, mode, speed, reaction_ms):
    found = read_identification(line)
    assert (found.mode, found.speed, found.reaction_ms, found.text) == (mode, speed, reaction_ms, line)


@pytest.mark.parametrize("line", ["/AB5x", "/ABC", "ABC5x", "/ABC5" + "x" * 33, "/ABC5x!"])
def test_what_is_no_identification_is_refused(line):
    with pytest.raises(PeerFault):
        read_identification(line)


def test_an_address_may_have_zeros_before_it():
    assert read_request(request_text("0012")) == "0012"
    assert is_meant("0012", "12")
    assert is_meant("12", "0012")
    assert not is_meant("0", "12")
    with pytest.raises(PeerFault):
        read_request("/12!")


def test_a_break_has_its_published_bytes():
    assert Command("B0").encoded == bytes.fromhex("0142300371")
    assert Command("P0", "(1234567)").encoded == bytes.fromhex("01503002283132333435363729 0350")
    assert command_of("B0") == Command("B0")
    with pytest.raises(PeerFault):
        command_of("R1x")


def test_no_repr_shows_a_password():
    said = [Command("P1", "(00000001)"), PasswordSaid("P1", "00000001"), Send(b"00000001")]
    assert not any("0000" in repr(one) for one in said)


OWN_TURN = {MeterState.SENDING, MeterState.CHALLENGING, MeterState.CHECKING, MeterState.ANSWERING}
QUIET = st.binary(max_size=12).filter(lambda raw: not set(raw) & set(b"\1\2\6\x15\x81\x82\x86\x95/\xaf"))
NO_CUTS: list[int] = []
ALL_KINDS: set[type] = {
    Send,
    ChangeSpeed,
    Identified,
    ReadOut,
    Challenged,
    Unlocked,
    Answer,
    MeterError,
    Fault,
    Left,
    Said,
}
STREAM = b"\r\nnoise/?!\r\n/ISk5MT382\r\n"
PROGRAM = [
    Command("P0", "(SEED)").encoded,
    b"\x06",
    block("1.8.0(1)", has_more=True),
    block("\r\n1.8.0(2)\r\n"),
]
STEPS = [
    lambda c: c.sign_on(),
    lambda c: c.choose(Purpose.PROGRAM),
    lambda c: c.unlock("1"),
    lambda c: c.say(Command("R3", "1.8.0()")),
    lambda c: c.end(),
]


@given(st.lists(st.integers(1, 12), max_size=40), QUIET)
def test_any_chunking_gives_the_same_events(sizes, noise):
    told = []
    for cuts in (NO_CUTS, sizes):
        centre, events, left = Centre(), [], list(cuts)
        for step, came in zip(STEPS, [STREAM, *PROGRAM[:2], b"".join(PROGRAM[2:]), b""], strict=True):
            events += step(centre)
            rest = noise + came
            while rest:
                size = left.pop(0) if left else len(rest)
                events += centre.receive(rest[:size])
                rest = rest[size:]
        told.append(events)
    assert told[0] == told[1]
    assert told[0][-1] == Ended()


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from([STREAM, *PROGRAM, b"\x06050\r\n", b"\x15", b"/?12345!\r\n", Command("B0").encoded])
    ),
    st.lists(st.integers(1, 9)),
)
def test_a_meter_hears_the_same_in_any_chunking(parts, sizes):
    told = []
    for cuts in ([*NO_CUTS], list(sizes)):
        played, events = Played(answers={"R1": ["(1)"]}), []
        for part in parts:
            rest = part
            while rest:
                size = cuts.pop(0) if cuts else len(rest)
                asked = played.meter.receive(rest[:size])
                rest = rest[size:]
                while asked:
                    events.append(asked.pop(0))
                    if not isinstance(events[-1], Send):
                        asked = played.react(events[-1]) + asked
        told.append(events)
    assert told[0] == told[1]


def mutated(dice, raw):
    changed = bytearray(raw)
    for _ in range(dice.randint(1, 3)):
        changed[dice.randrange(len(changed))] = dice.choice(
            (1, 2, 3, 4, 6, 0x15, 0x2F, 0x21, 10, dice.randrange(256))
        )
    return bytes(changed[: dice.randint(1, len(changed))])


@pytest.mark.faults
def test_mutations_end_in_events(counted):
    dice, slowest = random.Random(1107), 0.0
    kinds: set[type] = set()
    lines = [
        STREAM,
        *PROGRAM,
        block(TEXT + "!\r\n"),
        b"\x06051\r\n",
        Command("P1", "(00000001)").encoded,
        block("(ER01)"),
        Command("R1", "1.8.0()").encoded,
        b"/ISK5\\2M\r\n\r\n" + TEXT.encode() + b"!1A2B\r\n",
        b"/ISKCx\r\n",
    ]
    for _ in range(MUTATIONS // 8):
        centre, played = Centre(), Played(answers={"R1": ["(1)"]})
        kinds |= {type(event) for event in (centre.sign_on() if dice.random() < 0.8 else centre.listen())}
        for _ in range(8):
            raw = mutated(dice, dice.choice(lines)) if dice.random() < 0.5 else dice.choice(lines)
            begun = time.thread_time()
            events = centre.receive(raw) or (centre.expired() if dice.random() < 0.1 else [])
            asked = played.meter.receive(raw) or (played.meter.expired() if dice.random() < 0.1 else [])
            slowest = max(slowest, time.thread_time() - begun)
            for event in asked:
                if played.meter.state in OWN_TURN:
                    played.react(event)
            kinds |= {type(event) for event in [*events, *asked]}
            state = {CentreState.CHOOSING: 1, CentreState.LOCKED: 2, CentreState.OPEN: 3}.get(centre.state)
            if state:
                STEPS[state](centre)
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert kinds >= ALL_KINDS
    assert slowest < 1


@pytest.mark.parametrize(
    "dirt", [b"/", b"\x02", b"\x06", b"\x01P0\x02", b"\x06050", b"!", b"\n!\n", b"\x03\x04"]
)
@pytest.mark.parametrize("begun", ["sign_on", "listen", "reading", "pushed", "meter", "offering"])
def test_the_worst_streams_cost_little_time_and_memory(begun, dirt):
    centre, meter = Centre(), Meter(C, "1")
    centre.listen() if begun in {"listen", "pushed"} else centre.sign_on()
    if begun in {"reading", "pushed"}:
        centre.receive(b"/ISk5MT382\r\n")
        _ = centre.choose(Purpose.READ_OUT) if begun == "reading" else None
    if begun == "offering":
        meter.receive(b"/?!\r\n")
    end = meter if begun in {"meter", "offering"} else centre
    for _ in range(20):
        started = time.thread_time()
        end.receive(dirt * (16_384 // len(dirt)))
        assert time.thread_time() - started < 1
        assert len(end._reader._buffer) <= BLOCK_MAX  # noqa: SLF001 - its memory is what is tested
