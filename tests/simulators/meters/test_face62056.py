"""A virtual meter of IEC 62056-21 and the centre's end: modes, writing, load profile, what goes wrong."""

import pytest
from twisted.internet.task import Clock

from gateway.codecs.dlms.classes import target
from gateway.codecs.dlms.datum import ENUM, Datum
from gateway.codecs.dlms.events import Got
from gateway.codecs.dlms.services import Asked
from gateway.codecs.iec62056_21.commands import Command
from gateway.codecs.iec62056_21.events import (
    Answer,
    Binary,
    Ended,
    Identified,
    MeterError,
    ReadOut,
    Taken,
    Unlocked,
)
from gateway.codecs.iec62056_21.identification import Mode, Purpose
from gateway.codecs.iec62056_21.profile import read_profile
from gateway.codecs.iec62056_21.states import Fault, FaultKind
from gateway.codecs.meter_model.model import model_named
from gateway.simulators.meters.face import Mishap, MishapKind
from gateway.simulators.meters.face62056 import BINARY_MS, PUSH_MS
from gateway.simulators.meters.meter_clock import moment_of
from gateway.simulators.meters.purse import Terms, Wallet
from gateway.simulators.meters.registers import CLOCK_SET
from gateway.simulators.meters.relay import RelayState
from tests.virtual_meters import NUMBER, Reader62056, ReaderDlms, house, local, wired

MODEL = model_named("iec62056-21")
HDLC = model_named("dlms-hdlc")


class Line:
    """A meter an hour after it began, and a centre."""

    def __init__(self, *ordered, purse=None, watts=1000, address="161", **more):
        self.clock = Clock()
        self.house = house(self.clock, purse=purse, watts=watts)
        self.face = wired("iec62056-21", self.house, *ordered, **more).face()
        self.clock.advance(3600)
        self.address = address
        self.reader = Reader62056(self.face, address)

    def again(self):
        """Sign on anew."""
        self.reader = Reader62056(self.face, self.address)
        return self.reader

    def read_out(self):
        self.reader.go(self.reader.centre.sign_on())
        (told,) = self.reader.go(self.reader.centre.choose(Purpose.READ_OUT))
        return told

    def error(self, kind, text):
        (told,) = self.reader.say(kind, text)
        return told.text if isinstance(told, MeterError) else told

    def values(self, address):
        (told,) = self.reader.say("R1", f"{address}()")
        return [value.written for value in told.sets.sets[0].values]


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def opened(line):
    assert line.reader.opened() == [Unlocked()]
    return line


def test_it_is_read_out(line):
    told = line.read_out()
    assert isinstance(told, ReadOut)
    assert [each.text for each in told.sets.sets] == [
        "0.0.0(000000000161)", "0.9.1(09:00:00)", "0.9.2(26-11-23)", "1.8.0(000001.000*kWh)",
        "1.8.1(000000.000*kWh)", "1.8.2(000001.000*kWh)", "1.8.3(000000.000*kWh)", "1.8.4(000000.000*kWh)",
        "2.8.0(000000.000*kWh)", "1.6.0(01.000*kW)(26-11-23,08:15)", "32.7.0(220.0*V)", "31.7.0(04.545*A)",
        "1.7.0(01.000*kW)", "96.3.10(1)", "C.1.0(000000000161)", "96.20.0(0)",
    ]  # fmt: skip
    assert told.sets.unread == ()


def test_a_read_out_has_last_months_registers():
    line = Line()
    line.clock.advance(10 * 86_400)
    found = {each.address: each.inner for each in line.read_out().sets.sets}
    assert found["1.8.0*01"] == "000184.000*kWh"
    assert found["1.6.0*01"] == "01.000*kW)(26-11-23,08:15"


def test_a_read_out_says_when_the_last_two_months_ended():
    line = Line()
    line.clock.advance(40 * 86_400)
    found = {each.address: each.inner for each in line.read_out().sets.sets}
    assert [found["0.1.2*01"], found["0.1.2*02"]] == ["27-01-01,00:00", "26-12-01,00:00"]
    assert [found["1.8.0*01"], found["1.8.0*02"]] == ["000928.000*kWh", "000184.000*kWh"]


def test_a_prepaid_meter_says_its_credit():
    wallet = Wallet(Terms(overdraft_max=1000))
    line = Line(purse=wallet)
    assert "C.51.1(-000000.50)" in [each.text for each in line.read_out().sets.sets]


@pytest.mark.parametrize("mode", ["A", "B"])
def test_in_modes_a_and_b_the_read_out_follows_at_once(mode):
    line = Line(mode=mode)
    who, told = line.reader.go(line.reader.centre.sign_on())
    assert isinstance(who, Identified)
    assert who.identification.mode is Mode(mode)
    assert told.sets.sets[3].inner == "000001.000*kWh"


def test_in_mode_d_it_speaks_by_itself():
    line = Line(mode="D")
    assert line.face.push_ms == PUSH_MS
    assert line.face.receive(b"/?!\r\n") == b""
    events = [*line.reader.centre.listen(), *line.reader.centre.receive(line.face.push())]
    assert events[-1].sets.sets[3].inner == "000001.000*kWh"


def test_no_other_mode_speaks_unasked(line):
    assert (line.face.push_ms, line.face.push()) == (None, b"")


def test_in_mode_e_the_line_is_dlms_until_its_link_ends():
    line = Line(mode="E", over_hdlc=HDLC)
    line.reader.go(line.reader.centre.sign_on())
    assert line.reader.go(line.reader.centre.choose(Purpose.BINARY)) == [Binary()]
    client = ReaderDlms(line.face, HDLC)
    client.opened()
    assert client.get(Asked(target("disconnect control", "control_state"))) == [Got((Datum(ENUM, 1),))]
    assert line.face.wait_ms == BINARY_MS
    client.link.disconnect()
    client.go()
    line.again()
    assert isinstance(line.read_out(), ReadOut)


def test_a_link_that_falls_silent_leaves_the_line_to_the_read_out():
    line = Line(mode="E", over_hdlc=HDLC)
    line.reader.go(line.reader.centre.sign_on())
    line.reader.go(line.reader.centre.choose(Purpose.BINARY))
    assert line.face.expired() == b""
    line.again()
    assert isinstance(line.read_out(), ReadOut)


def test_without_an_option_it_reads_out_by_itself(line):
    line.face.receive(b"/?!\r\n")
    assert line.face.wait_ms == 1500
    assert b"1.8.0(000001.000*kWh)" in line.face.expired()


@pytest.mark.parametrize(("address", "is_there"), [("161", True), ("", True), (NUMBER, True), ("162", False)])
def test_it_hears_its_own_address_alone(address, is_there):
    line = Line(address=address)
    (told,) = line.reader.go(line.reader.centre.sign_on())
    assert isinstance(told, Identified if is_there else Fault)


def test_a_wrong_password_is_refused_and_the_right_one_opens(line):
    (told,) = line.reader.opened("12345678")
    assert told.kind is FaultKind.PASSWORD
    assert line.reader.go(line.reader.centre.unlock("00000000")) == [Unlocked()]


def test_another_kind_of_password_is_refused(line):
    (told,) = line.reader.opened("00000000", "P2")
    assert (told.kind, told.text) == (FaultKind.PASSWORD, "ER06")


def test_single_items_are_read(opened):
    assert opened.values("1.8.0") == ["000001.000*kWh"]
    assert opened.values("1.6.0") == ["01.000*kW", "26-11-23,08:15"]
    assert opened.values("C.1.0") == [NUMBER]


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        ("R1", "9.9.9()", "ER02"),
        ("R1", "P.01()", "ER01"),
        ("R5", "P.01(26)", "ER03"),
        ("R5", "P.01(2699010000;)", "ER03"),
        ("R5", "P.01(2711230800;2711230900)", "ERROR"),
        ("W1", "1.8.0(000000.000*kWh)", "ER04"),
        ("W1", "9.9.9(1)", "ER02"),
        ("W1", "0.9.1(25:00:00)", "ER03"),
        ("W1", "0.9.1(now)", "ER03"),
        ("W1", "0.9.2(26-02-30)", "ER03"),
        ("W1", "96.3.10(7)", "ER03"),
        ("E2", "96.3.10(0)", "ER01"),
    ],
)
def test_what_it_does_not_know_or_cannot_do_is_refused_by_number(opened, kind, text, error):
    assert opened.error(kind, text) == error
    assert opened.values("96.3.10") == ["1"], "and the session goes on"


@pytest.mark.parametrize(
    ("word", "state", "said"),
    [
        (MODEL.relay.trip, RelayState.OPEN, "0"),
        (MODEL.relay.close, RelayState.CLOSED, "1"),
        (MODEL.relay.permit, RelayState.READY, "2"),
    ],
)
def test_the_relay_obeys_the_word_of_the_model(opened, word, state, said):
    opened.house.order(RelayState.OPEN)
    kind, text = word.split(" ", 1)
    assert opened.reader.say(kind, text) == [Taken()]
    assert opened.house.relay.state is state
    assert opened.values("96.3.10") == [said]


def test_a_house_that_is_kept_powered_is_not_tripped(opened):
    opened.house.keep_powered(is_on=True)
    assert opened.error("W1", "96.3.10(0)") == "ER01"


def test_date_and_time_are_set(opened):
    assert opened.reader.say("W1", "0.9.1(10:11:12)") == [Taken()]
    assert opened.reader.say("W1", "0.9.2(261124)") == [Taken()]
    assert moment_of(opened.house.shown) == local(2026, 11, 24, 10, 11, 12)
    assert opened.values("0.9.1") == ["10:11:12"]


@pytest.mark.parametrize("kind", ["R5", "R6"])
def test_a_load_profile_comes_in_parts(opened, kind):
    opened.clock.advance(86_400)
    told = opened.reader.say(kind, "P.01(;)")
    assert isinstance(told[0], Answer)
    (first, rest) = read_profile(told[0].sets.sets)
    assert (first.start, first.status, first.rows) == ("261123081500", "04", (("01.000", "000000.250"),))
    assert (rest.start, rest.status, rest.period_min, len(rest.rows)) == ("261123083000", "00", 15, 99)
    assert [channel.address for channel in rest.channels] == ["1.5.0", "1.8.0"]
    assert rest.rows[-1] == ("01.000", "000025.000")


def test_a_part_of_a_load_profile_begins_anew_where_the_clock_was_set(opened):
    opened.clock.advance(1800)
    opened.house.update()
    opened.house.set_clock(opened.house.shown + 20 * 60_000)
    opened.clock.advance(1800)
    told = opened.reader.say("R5", "P.01(2611230900;12611231015)")
    segments = read_profile(told[0].sets.sets)
    assert [(each.start[6:10], each.status, len(each.rows)) for each in segments] == [
        ("0900", "00", 3), ("1000", f"{CLOCK_SET:02X}", 1), ("1015", "00", 1),
    ]  # fmt: skip


def test_a_session_ends_with_its_break_and_with_its_line(opened):
    assert opened.reader.go(opened.reader.centre.end()) == [Ended()]
    assert opened.face.wait_ms is None
    assert opened.again().opened() == [Unlocked()]
    opened.face.line_lost()
    assert opened.face.wait_ms is None
    assert isinstance(opened.again().go(opened.reader.centre.sign_on())[0], Identified)


def test_a_session_that_nobody_uses_is_left(opened):
    assert opened.face.wait_ms == 120_000
    assert opened.face.expired() == b""
    assert opened.face.wait_ms is None


def test_it_answers_after_20_ms_as_its_letters_say(opened):
    assert opened.face.answer_ms == 20


@pytest.mark.parametrize(
    ("mishap", "kind"),
    [
        (Mishap(MishapKind.SILENT), FaultKind.SILENT),
        (Mishap(MishapKind.CUT, None, 4), FaultKind.FRAMING),
    ],
)
def test_it_does_not_identify_itself(mishap, kind):
    line = Line(mishap)
    (told,) = line.reader.go(line.reader.centre.sign_on())
    assert told.kind is kind


def test_a_wrong_check_is_asked_for_again(opened):
    opened.face.mishaps.ordered = (Mishap(MishapKind.CHECK, opened.face.mishaps.count),)
    assert opened.values("1.8.0") == ["000001.000*kWh"]


def test_a_check_that_stays_wrong_ends_the_session(opened):
    opened.face.mishaps.ordered = (Mishap(MishapKind.CHECK),)
    (told,) = opened.reader.say("R1", "1.8.0()")
    assert told.kind is FaultKind.CHECK


def test_noise_before_a_block_is_passed_over(opened):
    opened.face.mishaps.ordered = (Mishap(MishapKind.NOISE, None, 30),)
    assert opened.values("1.8.0") == ["000001.000*kWh"]


def test_another_meter_answers_with_its_own_number(opened):
    opened.face.mishaps.ordered = (Mishap(MishapKind.ADDRESS),)
    assert opened.values("0.0.0") == ["000000000162"]
    assert opened.values("1.8.0") == ["000001.000*kWh"]


def test_what_it_was_told_is_done_though_it_does_not_answer(opened):
    opened.face.mishaps.ordered = (Mishap(MishapKind.SILENT),)
    (told,) = opened.reader.say("W1", "96.3.10(0)")
    assert told.kind is FaultKind.SILENT
    assert opened.house.relay.state is RelayState.OPEN


def test_a_late_answer_is_late(opened):
    opened.face.mishaps.ordered = (Mishap(MishapKind.LATE, None, 5000),)
    opened.values("1.8.0")
    assert opened.face.answer_ms == 5020


def test_no_command_of_any_chunking_is_lost(line):
    line.face.receive(b"/?161!\r\n")
    answers = [line.face.receive(bytes((octet,))) for octet in b"\x06051\r\n"]
    assert answers[-1].startswith(b"\x01P0")
    answers += [line.face.receive(bytes((octet,))) for octet in Command("P1", "(00000000)").encoded]
    assert answers[-1] == b"\x06"
