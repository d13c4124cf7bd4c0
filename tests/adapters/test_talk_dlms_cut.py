"""Conversations in DLMS over wires that break, or fall silent, at each octet: nothing hangs or is guessed."""

from dataclasses import replace

import pytest

from adapters.lines.talk import Wanted
from adapters.lines.talk_dlms import TalkDlms
from gateway.codecs.dlms.datum import octets
from gateway.codecs.dlms.token import TokenStatus
from gateway.codecs.meter_model.model import DlmsWords, model_named
from gateway.core.contact import ContactFault, ContactWhy, RelayOrder, RelayState
from tests.failing_lines import every_octet, outcome, wired
from tests.meter_dlms import CONTROL, DATA, ENTERED, NOW, TOKEN, MeterDlms
from tests.meter_lines import Clock

MODELS = {
    name: replace(model_named(f"dlms-{name}"), dlms=DlmsWords(client=32, logical=1))
    for name in ("hdlc", "tcp")
}
LINE = {"breaks": {ContactWhy.LOST}, "is deaf": {ContactWhy.TIMEOUT, ContactWhy.CHECKSUM}}
RIGHT = {"energy": "123456.7", "clock": "2026-11-26T12:45:00+08:00", "voltage": "231", "relay": "connected"}
EACH = pytest.mark.parametrize(
    ("link", "way"),
    [("hdlc", "lls"), ("hdlc", "gmac"), ("tcp", "lls"), ("tcp", "gmac"), ("tcp", "gmac alone")],
)
DATA_AT = "1/0-0:96.1.0.255/2"


def beginning(link, way, **more):
    """Give what begins a conversation, and the keys that it uses."""

    def begin(clock, **wire):
        meter = MeterDlms(way, is_hdlc=link == "hdlc", **more)
        # The token before this one was taken: its status must not be taken for this one's.
        meter.objects.held[ENTERED] = octets(b"0" * 20)
        model = replace(MODELS[link], proof=way.split()[0])
        model = replace(model, dlms=replace(model.dlms, is_ciphered=way != "gmac alone"))
        way_there = wired(clock, meter, **wire)
        asked = Wanted(model, "", lambda: NOW, "12345", "12345678", meter.keys)
        return meter, TalkDlms(way_there, clock, asked), way_there

    return begin


def is_counted(meter):
    """A counter is stored before it is used, wherever the wire fails."""
    assert meter.seal._heard < meter.keys.counter  # noqa: SLF001 - what the meter has heard last


@pytest.mark.faults
@EACH
def test_what_was_read_before_the_wire_failed_is_kept(link, way, counted):
    cases = partly = 0
    # Lists are small, so that the wire fails between two of them as well.
    for fault, at, meter, read in every_octet(
        beginning(link, way, pdu_max=90), lambda talk: talk.read(list(RIGHT))
    ):
        cases += 1
        texts = {one.item: one.text for one in read.read}
        assert texts.items() <= RIGHT.items(), (fault, at)
        assert {*texts, *(item for item, _ in read.missing)} == set(RIGHT)
        assert {one.why for _, one in read.missing} <= LINE.get(fault, set()), (fault, at)
        assert fault or len(texts) == len(RIGHT)
        partly += 0 < len(texts) < len(RIGHT)
        is_counted(meter)
    assert partly, "a part was read before the wire failed"
    counted(f"{cases} wires, {partly} of them when a part was read")


def is_known(said, meter, fault, at):
    """What the meter did is known, or said to be in doubt; what it did not do is not claimed."""
    is_counted(meter)
    assert len(meter.objects.orders) <= 1
    if isinstance(said, ContactFault):
        assert said.why in LINE[fault], (fault, at)
        assert (said.is_in_doubt, meter.objects.orders) == (False, []), (fault, at)
    elif said.fault is not None:
        assert (said.fault.is_in_doubt, said.fault.why in LINE[fault]) == (True, True), (fault, at)
    else:
        assert meter.objects.orders, "the meter has said that it did it"


@pytest.mark.faults
@EACH
def test_a_write_is_done_once_or_in_doubt_wherever_the_wire_fails(link, way, counted):
    seen = {"written": 0, "in doubt": 0, "not begun": 0}
    for fault, at, meter, said in every_octet(beginning(link, way), lambda talk: talk.write(DATA_AT, "new")):
        is_known(said, meter, fault, at)
        if isinstance(said, ContactFault):
            seen["not begun"] += 1
        elif said.now is not None:
            seen["written"] += 1
            assert said.is_as_wanted == (meter.objects.held[DATA].value == b"new"), (fault, at)
        else:
            seen["in doubt"] += 1
    assert all(seen.values()), "each of them comes about"
    counted(f"{sum(seen.values())} wires: {seen}")


@pytest.mark.faults
@EACH
def test_a_relay_is_switched_once_or_in_doubt_wherever_the_wire_fails(link, way, counted):
    cases = 0
    for fault, at, meter, said in every_octet(
        beginning(link, way), lambda talk: talk.switch(RelayOrder.TRIP)
    ):
        cases += 1
        is_known(said, meter, fault, at)
        if not isinstance(said, ContactFault) and said.state is not None:
            assert (said.state is RelayState.OPEN) == (meter.objects.held[CONTROL].value == 0), (fault, at)
    counted(f"{cases} wires")


@pytest.mark.faults
@EACH
def test_a_token_is_entered_once_and_its_status_never_that_of_another(link, way, counted):
    cases = doubtful = 0
    for fault, at, meter, said in every_octet(beginning(link, way), lambda talk: talk.enter_token(TOKEN)):
        cases += 1
        is_counted(meter)
        assert len(meter.objects.orders) <= 1
        is_there = meter.objects.held[ENTERED].value == TOKEN.encode()
        if isinstance(said, TokenStatus):
            assert (said.is_accepted, is_there) == (True, True), (fault, at)
        else:
            assert said.why in LINE[fault], (fault, at)
            assert said.is_in_doubt or not is_there, (fault, at)
            assert TOKEN not in str(said)
            doubtful += said.is_in_doubt
    assert doubtful
    counted(f"{cases} wires, {doubtful} tokens in doubt")


@pytest.mark.parametrize(
    ("link", "back_after_s", "is_said", "is_read"),
    [("hdlc", 7, True, True), ("hdlc", 12, False, True), ("tcp", 7, False, True), ("tcp", 12, False, False)],
)
def test_a_write_whose_answer_was_lost_is_read_back_where_that_is_safe(link, back_after_s, is_said, is_read):
    # HDLC says a frame again under its number, and begins the link anew. Over TCP an answer that comes late
    # would be taken for the next one's: the connection is given up.
    clock = Clock()
    meter, talk, _ = beginning(link, "gmac")(clock)
    answers, lost = meter.receive, []

    def answer_late(chunk):
        answer = answers(chunk)
        if not meter.objects.orders or clock.seconds() >= back_after_s:
            return answer
        lost.append(answer)
        if link == "tcp":
            clock.callLater(back_after_s, meter.out, answer)
        return b""

    meter.receive = answer_late
    done = outcome(clock, talk.write(DATA_AT, "new"))
    assert (len(meter.objects.orders), bool(lost)) == (1, True)
    assert (done.fault is None, done.is_as_wanted) == (is_said or (is_read and link == "tcp"), is_read)
    assert done.fault is None or (done.fault.why, done.fault.is_in_doubt) == (ContactWhy.TIMEOUT, True)
