"""Calls on a test's clock: who answers, who does not, what happens on the way, and who calls us."""

from dataclasses import replace

import pytest
from twisted.internet.task import Clock

from gateway.codecs.modem.events import Ended, Ending, Faulty, Online, Ready, Ringing
from gateway.codecs.modem.profile import GSM_CSD, PSTN, HangUp
from gateway.simulators.modems.book import (
    FAILURES,
    At,
    Entry,
    Kind,
    Outcome,
    OwnLine,
    Trouble,
    Way,
    digits_of,
)
from gateway.simulators.modems.call import CallPlan, CallRecord
from gateway.simulators.modems.exchange import RING_S, RINGS_MAX, TelephoneExchange
from gateway.simulators.modems.places import InProcess, MeterCaller
from gateway.simulators.modems.virtual_modem import VirtualModem
from tests.telephone import NUMBER, DrivenLine, Echo, Telephone, pass_time

DIAL = b"ATDT5551234\r"
GONE = b"\r\nNO CARRIER\r\n"
OK = b"\r\nOK\r\n"
BY_DTR = replace(PSTN, hang_up=HangUp.DTR, has_carrier_line=True)


def outcomes(telephone):
    return [record.outcome for record in telephone.records]


def silent():
    """A modem that echoes nothing, at whose number nobody is."""
    telephone = Telephone()
    telephone.typed(b"ATE0\r")
    return telephone


# Who answers.


def test_a_meter_answers_after_its_time_and_octets_are_carried_both_ways():
    telephone = Telephone().answering(after_ms=1500)
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 1.4) == b""
    assert telephone.after(0.2) == b"\r\nCONNECT 9600\r\n"
    assert telephone.typed(b"hello") == b"<hello>"
    assert telephone.meters[0].heard == b"hello"


@pytest.mark.parametrize(("rate", "said"), [(2400, b"CONNECT 2400"), (None, b"CONNECT")])
def test_connect_says_the_rate_of_the_number(rate, said):
    telephone = Telephone().answering(rate=rate)
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 1) == b"\r\n" + said + b"\r\n"


@pytest.mark.parametrize("fails", [one for one in FAILURES if one is not Outcome.SILENT])
def test_a_call_fails_as_the_book_says_after_its_time(fails):
    telephone = Telephone(Entry(NUMBER, fails=fails, after_ms=500))
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 0.4) == b""
    assert telephone.after(0.2) == b"\r\n" + fails.value.upper().encode() + b"\r\n"
    assert telephone.typed(b"AT\r") == OK
    assert telephone.records == [CallRecord(NUMBER, False, fails, None, 0, 0)]  # noqa: FBT003 - it went out


def test_a_silent_modem_says_nothing_until_it_is_stopped():
    telephone = Telephone(Entry(NUMBER, fails=Outcome.SILENT))
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 1000) == b""
    assert telephone.typed(b"\r") == GONE
    assert telephone.typed(b"AT\r") == OK
    assert outcomes(telephone) == [Outcome.SILENT]


def test_results_in_numbers_are_those_of_the_list():
    telephone = Telephone(Entry(NUMBER, fails=Outcome.BUSY))
    assert telephone.typed(b"ATE0V0\r") == b"ATE0V0\r0\r"
    assert telephone.typed(DIAL, 1) == b"7\r"


def test_a_number_that_is_not_in_the_book_has_no_carrier():
    telephone = silent()
    assert telephone.typed(b"ATD99\r", 1) == GONE
    assert telephone.typed(b"ATD\r", 1) == GONE


@pytest.mark.parametrize("dialled", ["T5551234", "P555,12 34", "555W-1234"])
def test_pauses_and_the_way_of_dialling_are_no_part_of_a_number(dialled):
    telephone = Telephone().answering()
    telephone.typed(b"ATE0\r")
    assert telephone.typed(b"ATD" + dialled.encode() + b"\r", 1) == b"\r\nCONNECT 9600\r\n"
    assert digits_of(dialled) == NUMBER


def test_without_a_dial_tone_nobody_is_called_until_there_is_one():
    telephone = Telephone(line=OwnLine("100", has_dial_tone=False)).answering()
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 1) == b"\r\nNO DIALTONE\r\n"
    telephone.modem.line = OwnLine("100")
    assert telephone.typed(DIAL, 1) == b"\r\nCONNECT 9600\r\n"
    assert outcomes(telephone) == [Outcome.NO_DIALTONE]
    assert len(telephone.meters) == 1


def test_a_dead_modem_says_nothing_at_all():
    telephone = Telephone(line=OwnLine("100", is_dead=True))
    assert telephone.typed(b"AT\r", 100) == b""
    assert not MeterCaller(Echo()).dial_in(telephone.exchange)


def test_a_modem_waits_for_the_carrier_for_as_long_as_s7_says():
    telephone = Telephone().answering(after_ms=60_000)
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 49) == b""
    assert telephone.after(2) == GONE
    telephone.typed(b"ATS7=61\r")
    assert telephone.typed(DIAL, 60.5) == b"\r\nCONNECT 9600\r\n"


def test_a_place_that_does_not_make_up_its_mind_is_given_up_at_s7():
    asked: list = []
    telephone = Telephone(Entry(NUMBER, asked.append))
    telephone.typed(b"ATE0\r")
    assert telephone.typed(DIAL, 51) == GONE
    told: list = []
    asked[0].answered(told.append, lambda: told.append("hung up"))
    assert told == ["hung up"]


def test_dialling_is_stopped_by_any_octet_and_the_number_is_free_again():
    telephone = Telephone().answering(after_ms=5000)
    telephone.typed(b"ATE0\r")
    telephone.typed(DIAL, 1)
    assert telephone.typed(b"x") == GONE
    assert outcomes(telephone) == [Outcome.GIVEN_UP]
    assert telephone.exchange.call_to(NUMBER) is None
    assert telephone.typed(b"", 10) == b""
    assert telephone.typed(DIAL, 5) == b"\r\nCONNECT 9600\r\n"


def test_a_number_on_a_call_is_busy_for_another_modem():
    telephone = Telephone().answering().online()
    said: list = []
    second = VirtualModem(telephone.exchange, telephone.clock)
    second.out = said.append
    second.receive(b"ATE0\r" + DIAL)
    pass_time(telephone.clock, 1)
    assert said[-1] == b"\r\nBUSY\r\n"
    telephone.exchange.call_to(NUMBER).far_hung_up()
    second.receive(DIAL)
    pass_time(telephone.clock, 1)
    assert said[-1] == b"\r\nCONNECT 9600\r\n"
    assert len(telephone.meters) == 2


def test_only_the_first_calls_go_wrong_where_the_book_says_so():
    telephone = Telephone().answering(fails=Outcome.BUSY, trouble=Trouble(lost=At(2)), times=2)
    telephone.typed(b"ATE0\r")
    assert [telephone.typed(DIAL, 1) for _ in range(2)] == [b"\r\nBUSY\r\n"] * 2
    assert telephone.typed(DIAL, 1) == b"\r\nCONNECT 9600\r\n"
    assert telephone.typed(b"hello") == b"<hello>"


# How a call ends.


def test_three_escapes_between_silences_and_a_command_end_a_call():
    telephone = Telephone().answering().online()
    telephone.typed(b"hello", 1.1)
    assert telephone.typed(b"+++", 0.9) == b"<+++>"
    assert telephone.after(0.2) == OK
    assert telephone.typed(b"ATH\r") == OK
    assert telephone.records == [
        CallRecord(NUMBER, False, Outcome.HUNG_UP, pytest.approx(2.2), 8, 12)  # noqa: FBT003 - it went out
    ]
    assert telephone.clock.getDelayedCalls() == []


def test_escapes_without_silence_before_or_behind_them_are_octets():
    telephone = Telephone().answering().online()
    telephone.after(0.95)
    assert telephone.typed(b"+++", 1.5) == b"<+++>"
    telephone.typed(b"+++")
    assert telephone.typed(b"x", 1.5) == b"<x>"
    assert telephone.typed(b"still there") == b"<still there>"


def test_silence_is_counted_from_the_last_octet():
    telephone = Telephone().answering().online()
    telephone.typed(b"hello", 0.9)
    telephone.typed(b"hello", 0.2)
    assert telephone.typed(b"+++", 1.5) == b"<+++>"


def test_an_escape_may_be_taken_back():
    telephone = Telephone().answering().online()
    telephone.after(1.1)
    telephone.typed(b"+++", 1.1)
    assert telephone.typed(b"ATO\r") == b"\r\nCONNECT\r\n"
    assert telephone.typed(b"hello") == b"<hello>"


def test_a_meter_that_hangs_up_ends_the_call():
    telephone = Telephone().answering().online()
    telephone.exchange.call_to(NUMBER).far_hung_up()
    assert telephone.after(0) == GONE
    telephone.meters[0].out(b"too late")
    assert telephone.typed(b"AT\r") == OK
    assert outcomes(telephone) == [Outcome.HUNG_UP_THERE]


def test_dtr_ends_a_call_and_the_carrier_line_says_so():
    telephone = Telephone().answering()
    carriers: list = []
    telephone.modem.carrier = carriers.append
    telephone.online()
    assert carriers == [True]
    telephone.modem.dtr(is_high=False)
    assert telephone.after(0) == GONE
    assert carriers == [True, False]
    assert outcomes(telephone) == [Outcome.HUNG_UP]


def test_a_port_that_is_closed_and_opened_has_a_modem_that_takes_commands():
    telephone = Telephone().answering().online()
    telephone.typed(b"hello")
    telephone.modem.closed()
    assert telephone.typed(b"AT\r") == b"", "nobody has the port"
    telephone.modem.opened()
    assert telephone.typed(b"AT\r") == OK
    assert outcomes(telephone) == [Outcome.HUNG_UP]


# What happens on the way.


@pytest.mark.parametrize(
    ("at", "heard", "said"),
    [
        (At(0), b"", GONE),
        (At(3), b"hel", GONE),
        (At(3, Way.TO_METER), b"hel", GONE),
        (At(5), b"hello", GONE),
        (At(8), b"hello", b"<he" + GONE),
        (At(3, Way.FROM_METER), b"hello", b"<he" + GONE),
        (At(12), b"hello", b"<hello>" + GONE),
        (At(13), b"hello", b"<hello>"),
    ],
)
def test_the_carrier_is_lost_at_its_octet(at, heard, said):
    telephone = Telephone().answering(trouble=Trouble(lost=at))
    telephone.typed(b"ATE0\r")
    begun = telephone.typed(DIAL, 1)
    assert begun.startswith(b"\r\nCONNECT 9600\r\n")
    after = begun.removeprefix(b"\r\nCONNECT 9600\r\n")
    if not after:
        after = telephone.typed(b"hello")
    assert (telephone.meters[0].heard, after) == (heard, said)
    assert outcomes(telephone) == ([Outcome.LOST] if said.endswith(GONE) else [])


def test_silence_noise_and_a_garbled_octet_reach_the_port():
    telephone = Telephone().answering(trouble=Trouble(silent=At(3, Way.FROM_METER))).online()
    assert telephone.typed(b"hello") == b"<he"
    assert telephone.meters[0].heard == b"hello"
    telephone = Telephone().answering(trouble=Trouble(garbled=At(1, Way.TO_METER))).online()
    assert telephone.typed(b"hello") == b"<h@llo>"
    telephone = Telephone().answering(trouble=Trouble(noise_per_mille=1000, seed=3)).online()
    assert len(telephone.typed(b"hello")) == 2 * (2 + 2 * 5)


def test_a_delay_holds_both_ways_up_and_keeps_the_order():
    telephone = Telephone().answering(trouble=Trouble(delay_ms=400)).online()
    assert telephone.typed(b"a", 0.1) == b""
    assert telephone.typed(b"b", 0.1) == b""
    assert telephone.after(0.25) == b""
    assert telephone.meters[0].heard == b"a"
    assert telephone.after(0.5) == b"<a><b>"
    telephone.meters[0].out(b"bye")
    telephone.exchange.call_to(NUMBER).far_hung_up()
    assert telephone.after(0.3) == b""
    assert telephone.after(0.2) == b"bye" + GONE


def test_nothing_that_is_on_its_way_arrives_behind_our_hanging_up():
    telephone = Telephone().answering(trouble=Trouble(delay_ms=400)).online()
    telephone.typed(b"a", 0.5)
    telephone.modem.dtr(is_high=False)
    assert telephone.after(1) == GONE


# Calls that come in.


def test_a_modem_rings_until_it_is_told_to_answer():
    telephone = silent()
    meter = Echo()
    caller = MeterCaller(meter, b"meter 7\r\n")
    assert caller.dial_in(telephone.exchange, "1")
    assert telephone.after(2.5) == b"\r\nRING\r\n" * 3
    assert not caller.is_answered
    assert telephone.typed(b"ATA\r") == b"\r\nCONNECT 9600\r\nmeter 7\r\n"
    assert telephone.typed(b"hello") == b"<hello>"
    assert telephone.after(5) == b""
    caller.hang_up()
    assert telephone.after(0) == GONE
    assert telephone.records == [
        CallRecord("1", True, Outcome.HUNG_UP_THERE, pytest.approx(5), 5, 16)  # noqa: FBT003 - it came in
    ]


def test_a_modem_answers_by_itself_at_the_ring_of_s0():
    telephone = silent()
    telephone.typed(b"ATS0=2\r")
    MeterCaller(Echo()).dial_in(telephone.exchange)
    assert telephone.after(2) == b"\r\nRING\r\n" * 2 + b"\r\nCONNECT 9600\r\n"


def test_whoever_is_not_answered_gives_up():
    telephone = silent()
    caller = MeterCaller(Echo())
    caller.dial_in(telephone.exchange)
    assert telephone.after(100) == b"\r\nRING\r\n" * RINGS_MAX
    assert caller.is_over
    assert outcomes(telephone) == [Outcome.NO_ANSWER]
    assert telephone.typed(b"ATA\r") == GONE


def test_where_numbers_answer_at_once_a_modem_rings_as_everywhere():
    telephone = Telephone(ring_s=0).answering()
    telephone.typed(b"ATE0\r")
    MeterCaller(Echo()).dial_in(telephone.exchange)
    assert telephone.after(RING_S + 0.1) == b"\r\nRING\r\n" * 2
    assert telephone.typed(DIAL) == b"\r\nCONNECT 9600\r\n"


def test_whoever_stops_calling_rings_no_more_and_s1_begins_anew():
    telephone = silent()
    caller = MeterCaller(Echo())
    caller.dial_in(telephone.exchange)
    telephone.after(1.5)
    caller.hang_up()
    assert telephone.after(5) == b""
    assert telephone.typed(b"ATS1?\r") == b"\r\n000\r\n" + OK
    assert outcomes(telephone) == [Outcome.GIVEN_UP]


def test_a_modem_on_a_call_is_busy_and_the_next_free_one_is_called():
    telephone = Telephone().answering().online()
    assert not MeterCaller(Echo()).dial_in(telephone.exchange)
    said: list = []
    second = VirtualModem(telephone.exchange, telephone.clock)
    second.out = said.append
    assert not MeterCaller(Echo()).dial_in(telephone.exchange, "1")
    assert MeterCaller(Echo()).dial_in(telephone.exchange)
    pass_time(telephone.clock)
    assert said == [b"\r\nRING\r\n"]
    assert not MeterCaller(Echo()).dial_in(telephone.exchange, "2"), "it rings already"
    assert not MeterCaller(Echo()).dial_in(telephone.exchange, "3"), "there is none"
    assert [record.outcome for record in telephone.records] == [Outcome.BUSY] * 3 + [Outcome.NO_CARRIER]


def test_a_modem_whose_port_nobody_has_open_is_not_called():
    telephone = silent()
    telephone.modem.closed()
    assert not MeterCaller(Echo()).dial_in(telephone.exchange)


def test_a_call_that_comes_in_while_we_dial_rings_on_and_is_taken_afterwards():
    telephone = Telephone(Entry(NUMBER, fails=Outcome.BUSY, after_ms=500))
    telephone.typed(b"ATE0\r")
    MeterCaller(Echo()).dial_in(telephone.exchange)
    assert telephone.typed(DIAL, 0.6) == b"\r\nBUSY\r\n"
    assert telephone.after(0.5) == b"\r\nRING\r\n"
    assert telephone.typed(b"ATA\r") == b"\r\nCONNECT 9600\r\n"


def test_calls_that_come_in_have_the_trouble_of_their_line():
    telephone = Telephone(line=OwnLine("100", trouble=Trouble(lost=At(3)), times=1))
    telephone.typed(b"ATE0\r")
    for heard in (b"<he" + GONE, b"<hello>"):
        meter = Echo()
        caller = MeterCaller(meter)
        caller.dial_in(telephone.exchange)
        telephone.after(0.1)
        telephone.typed(b"ATA\r")
        meter.out(b"<hello>")
        assert telephone.after(0) == heard
        assert caller.is_over is heard.endswith(GONE)


# Our own side against it.


@pytest.mark.parametrize(("profile", "kind"), [(PSTN, Kind.PSTN), (GSM_CSD, Kind.GSM), (BY_DTR, Kind.PSTN)])
def test_a_line_prepares_calls_reads_and_hangs_up(profile, kind):
    telephone = Telephone(line=OwnLine("100", kind)).answering()
    driven = DrivenLine(telephone, profile).start()
    for _ in range(2):
        driven.taken()
        driven.dial()
        driven.until(Online)
        driven.send(b"hello")
        pass_time(telephone.clock, 0.1)
        assert driven.received == b"<hello>"
        driven.hang_up()
        driven.until(Ready)
        assert driven.taken() == [Online(9600), Ended(Ending.HUNG_UP), Ready()]
    assert outcomes(telephone) == [Outcome.HUNG_UP] * 2


@pytest.mark.parametrize(
    ("fails", "ending"),
    [
        (Outcome.BUSY, Ending.BUSY),
        (Outcome.NO_ANSWER, Ending.NO_ANSWER),
        (Outcome.NO_CARRIER, Ending.NO_CARRIER),
        (Outcome.ERROR, Ending.REFUSED),
        (Outcome.SILENT, Ending.SILENT),
    ],
)
def test_a_line_knows_why_nobody_answered_and_is_free_again(fails, ending):
    telephone = Telephone(Entry(NUMBER, fails=fails))
    driven = DrivenLine(telephone, PSTN).start()
    driven.taken()
    driven.dial()
    driven.until(Ready)
    assert driven.taken() == [Ended(ending), Ready()]


def test_a_line_without_a_dial_tone_is_faulty_and_can_be_started_again():
    telephone = Telephone(line=OwnLine("100", has_dial_tone=False)).answering()
    driven = DrivenLine(telephone, PSTN).start()
    driven.dial()
    driven.until(Faulty)
    telephone.modem.line = OwnLine("100")
    driven.taken()
    driven.start()
    assert driven.taken() == [Ready()]


def test_a_line_with_a_dead_modem_is_faulty():
    telephone = Telephone(line=OwnLine("100", is_dead=True))
    driven = DrivenLine(telephone, PSTN)
    driven.line.start()
    driven._take([])  # noqa: SLF001 - started, without waiting for what never comes
    driven.until(Faulty)


def test_a_line_takes_a_call_that_comes_in():
    telephone = Telephone()
    driven = DrivenLine(telephone, PSTN).start()
    meter = Echo()
    MeterCaller(meter).dial_in(telephone.exchange)
    driven.until(Ringing)
    driven.answer()
    driven.until(Online)
    driven.send(b"hello")
    pass_time(telephone.clock)
    assert driven.received == b"<hello>"


@pytest.mark.parametrize("profile", [PSTN, BY_DTR])
@pytest.mark.parametrize("way", Way)
def test_wherever_the_carrier_is_lost_the_line_knows_it_and_is_free_again(profile, way):
    exchanged = [b"/?!\r\n", b"\x06050\r\n", b"\x01B0\x03q"]
    answered = b"".join(b"<" + octets + b">" for octets in exchanged)
    size = {Way.TO_METER: 0, Way.FROM_METER: len(answered), Way.BOTH: len(answered)}[way]
    size += 0 if way is Way.FROM_METER else len(b"".join(exchanged))
    for octets in range(size + 1):
        telephone = Telephone().answering(trouble=Trouble(lost=At(octets, way)), times=1)
        driven = DrivenLine(telephone, profile).start()
        driven.taken()
        driven.dial()
        driven.until(Online, Ended)
        for each in exchanged:
            driven.send(each)
            pass_time(telephone.clock, 0.1)
        driven.until(Ready)
        meters = driven.received.partition(GONE)[0]
        assert answered.startswith(meters)
        assert driven.taken() == [*[Online(9600)] * (octets > 0), Ended(Ending.LOST), Ready()]
        assert outcomes(telephone) == [Outcome.LOST]
        driven.dial()
        driven.until(Online)
        driven.send(b"again")
        pass_time(telephone.clock, 0.1)
        assert driven.received == b"<again>"


# The book and the numbers.


def test_a_line_of_ours_is_no_number_of_the_book():
    telephone = Telephone(Entry("1", fails=Outcome.BUSY))
    assert telephone.modem.line.number == "2"
    with pytest.raises(ValueError, match="line of ours"):
        telephone.exchange.enter(Entry("2", fails=Outcome.BUSY))
    for taken in ("1", "2"):
        with pytest.raises(ValueError, match="taken"):
            VirtualModem(telephone.exchange, telephone.clock, OwnLine(taken))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Entry("", fails=Outcome.BUSY),
        lambda: Entry("555 1234", fails=Outcome.BUSY),
        lambda: Entry(NUMBER),
        lambda: Entry(NUMBER, fails=Outcome.LOST),
        lambda: Entry(NUMBER, fails=Outcome.BUSY, times=1),
        lambda: OwnLine("x"),
    ],
)
def test_an_entry_that_says_nothing_is_none(make):
    with pytest.raises(ValueError, match=r"number|fails|place"):
        make()


def test_no_repr_shows_a_number():
    telephone = Telephone().answering().online()
    telephone.modem.closed()
    shown = [Entry(NUMBER, fails=Outcome.BUSY), CallPlan(NUMBER), *telephone.records]
    assert NUMBER not in repr(shown)
    assert repr(shown).count("…1234") == 3


def test_calls_leave_nothing_on_the_clock():
    clock = Clock()
    for octets in range(300):
        trouble = Trouble(lost=At(octets % 30))
        exchange = TelephoneExchange(clock, [Entry(NUMBER, InProcess(Echo), trouble=trouble)], ring_s=0)
        modem = VirtualModem(exchange, clock)
        modem.receive(b"ATE0V1Q0X4\r" + DIAL)
        pass_time(clock)
        modem.receive(b"a question of some octets")
        modem.closed()
        pass_time(clock)
    assert clock.getDelayedCalls() == []
