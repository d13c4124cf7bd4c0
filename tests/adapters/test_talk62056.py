"""Conversations in IEC 62056-21: what is read, written and switched, of which meter, and all faults of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from twisted.internet.defer import CancelledError, Deferred

from adapters.lines.open_talk import check_wanted, talk_with
from adapters.lines.session62056 import LISTEN_MS
from adapters.lines.sessions62056 import SIGN_ON_TRIES_MAX
from adapters.lines.talk import SETTLE_MS, AddressFault, Wanted
from adapters.lines.talk62056 import Talk62056
from gateway.codecs.iec62056_21.characters import with_even_parity
from gateway.codecs.iec62056_21.meter import Meter
from gateway.codecs.meter_model.model import RelayWords, model_named
from gateway.core.contact import ContactFault, ContactWhy, ItemRead, RelayOrder, RelayState
from tests.failing_lines import outcome, wired
from tests.meter62056 import PASSWORD, A, B, C, E, Meter62056
from tests.meter_lines import Clock

MODEL = model_named("iec62056-21")
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def wanted(address="12345", number="12345", password=PASSWORD, model=MODEL):
    return Wanted(model, address, lambda: NOW, number, password)


def begun(asked=None, *, is_speed_fixed=True, **more):
    clock = Clock()
    meter = Meter62056(clock, **more)
    wire = wired(clock, meter)
    wire.is_speed_fixed = is_speed_fixed
    return clock, meter, Talk62056(wire, clock, asked or wanted()), wire


def texts(read):
    return {one.item: one.text for one in read.read}


def whys(read):
    return {item: fault.why for item, fault in read.missing}


@pytest.mark.parametrize("who", [A, B, C, E])
def test_items_come_out_of_a_read_out(who):
    clock, _, talk, _ = begun(who=who)
    read = outcome(clock, talk.read(["energy", "time", "demand", "1.8.0*01"]))
    assert read.missing == ()
    assert read.read == (
        ItemRead("energy", "1.8.0", "000123.4", 1234, 1, "kWh"),
        ItemRead("time", "0.9.1", "12:45:00"),
        ItemRead("demand", "1.6.0", "002.076 16-12-05,12:45", 2076, 3, "kW"),
        ItemRead("1.8.0*01", "1.8.0*01", "000100.0", 1000, 1, "kWh"),
    )


def test_the_speed_changes_where_it_is_ours():
    clock, _, talk, wire = begun(is_speed_fixed=False)
    outcome(clock, talk.read(["energy", "relay"]))
    assert wire.speeds == [(300, False), (9600, False), (300, False), (9600, False)]


def test_what_is_not_in_the_read_out_is_asked_for():
    clock, _, talk, wire = begun()
    read = outcome(clock, talk.read(["credit", "energy", "relay", "power", "date"]))
    assert texts(read) == {"credit": "000050.00", "energy": "000123.4", "relay": "1", "date": "16-12-05"}
    assert whys(read) == {"power": ContactWhy.REFUSED}
    assert "ER01" in str(read.missing[0][1])
    outcome(clock, talk.leave())
    assert wire.sent[-1] == b"\x01B0\x03q", "the meter is told that we leave, once"


@pytest.mark.parametrize(
    ("more", "why", "cure"),
    [
        ({"asked": wanted(password="")}, ContactWhy.AUTH, "password"),
        ({"who": A}, ContactWhy.REFUSED, "no other mode"),
        ({"password": "00000002"}, ContactWhy.AUTH, "password"),
    ],
)
def test_what_cannot_be_asked_for_is_missing_with_its_cure(more, why, cure):
    clock, _, talk, _ = begun(**more)
    read = outcome(clock, talk.read(["energy", "relay"]))
    assert (texts(read), whys(read)) == ({"energy": "000123.4"}, {"relay": why})
    assert cure in str(read.missing[0][1])


def test_an_item_that_no_model_has_is_said():
    clock, _, talk, _ = begun()
    read = outcome(clock, talk.read(["energy", "energi"]))
    assert whys(read) == {"energi": ContactWhy.REFUSED}
    assert "energy-t1" in str(read.missing[0][1])


@pytest.mark.parametrize("who", [A, C])
def test_nothing_of_another_meter_counts(who):
    asked = wanted(number="99999", address="")
    clock, meter, talk, _ = begun(asked, who=who)
    read = outcome(clock, talk.read(["energy", "relay"]))
    assert read.read == ()
    assert set(whys(read).values()) == {ContactWhy.WRONG_METER}
    for ordered in (talk.write("time", "13:00:00"), talk.switch(RelayOrder.TRIP)):
        assert isinstance(outcome(clock, ordered), ContactFault)
    assert meter.writes == []


def test_a_number_that_is_not_in_the_read_out_is_asked_for_before_anything_counts():
    clock, meter, talk, _ = begun()
    meter.read_out.remove("0.0.0")
    assert texts(outcome(clock, talk.read(["energy"]))) == {"energy": "000123.4"}
    meter.items["0.0.0"] = "777"
    assert whys(outcome(clock, talk.read(["energy"]))) == {"energy": ContactWhy.WRONG_METER}
    clock, meter, talk, _ = begun(wanted(password=""))
    meter.read_out.remove("0.0.0")
    read = outcome(clock, talk.read(["energy"]))
    assert whys(read) == {"energy": ContactWhy.WRONG_METER}
    assert "0.0.0" in str(read.missing[0][1])


def test_whoever_answers_is_identified():
    clock, meter, talk, _ = begun(wanted(address="", number=""))
    assert outcome(clock, talk.identify()) == "00012345"
    meter.read_out.remove("0.0.0")
    assert outcome(clock, talk.identify()).why is ContactWhy.WRONG_METER


def test_nobody_answers():
    clock, _, talk, wire = begun(wanted(address="777"))
    read = outcome(clock, talk.read(["energy"]))
    assert whys(read) == {"energy": ContactWhy.TIMEOUT}
    assert len(wire.sent) == SIGN_ON_TRIES_MAX
    assert f"asked {SIGN_ON_TRIES_MAX} times" in str(read.missing[0][1])


def test_a_write_is_said_once_and_read_back():
    clock, meter, talk, _ = begun()
    done = outcome(clock, talk.write("date", "26-11-26"))
    assert (done.is_as_wanted, done.fault, meter.writes) == (True, None, ["0.9.2(26-11-26)"])
    done = outcome(clock, talk.write("1.6.0", "5*kW"))
    assert (done.now.text, done.now.unit, done.is_as_wanted) == ("5", "kW", True)


def test_a_write_that_is_refused_shows_what_stands_there():
    clock, meter, talk, _ = begun()
    meter.answers["W1", "0.9.2"] = "ER05"
    done = outcome(clock, talk.write("date", "26-11-26"))
    assert (done.is_as_wanted, done.now.text) == (False, "16-12-05")
    assert (done.fault.why, "ER05" in str(done.fault), done.fault.is_in_doubt) == (
        ContactWhy.REFUSED,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("item", "text", "more", "why"),
    [
        ("energi", "1", {}, ContactWhy.REFUSED),
        ("date", "26)(11", {}, ContactWhy.REFUSED),
        ("date", "1", {"asked": wanted(password="")}, ContactWhy.AUTH),
        ("date", "1", {"asked": wanted(password="a(b)")}, ContactWhy.AUTH),
        ("date", "1", {"asked": wanted(address="", number="")}, ContactWhy.REFUSED),
        ("date", "1", {"password": "7"}, ContactWhy.AUTH),
        ("date", "1", {"who": B}, ContactWhy.REFUSED),
    ],
)
def test_a_write_that_cannot_be_is_not_in_doubt(item, text, more, why):
    clock, meter, talk, _ = begun(**more)
    fault = outcome(clock, talk.write(item, text))
    assert (fault.why, fault.is_in_doubt, meter.writes) == (why, False, [])


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (RelayOrder.TRIP, RelayState.OPEN),
        (RelayOrder.CLOSE, RelayState.CLOSED),
        (RelayOrder.PERMIT, RelayState.READY),
    ],
)
def test_the_relay_is_switched_once_and_looked_at(order, state):
    clock, meter, talk, _ = begun()
    done = outcome(clock, talk.switch(order))
    assert (done.state, done.is_obeyed, done.fault, len(meter.writes)) == (state, True, None, 1)


def test_a_model_without_a_word_for_the_relay_does_not_switch():
    words = RelayWords("W1 96.3.10(0)", "W1 96.3.10(1)", "", "relay")
    clock, _, talk, _ = begun(wanted(model=replace(MODEL, relay=words)))
    assert outcome(clock, talk.switch(RelayOrder.PERMIT)).why is ContactWhy.REFUSED


def test_a_relay_that_shows_something_else_is_not_obeyed():
    clock, meter, talk, _ = begun()
    meter.answers["R1", "96.3.10"] = ["(7)"]
    done = outcome(clock, talk.switch(RelayOrder.TRIP))
    assert (done.state, done.is_obeyed) == (None, False)


def test_a_meter_that_speaks_by_itself_is_listened_to():
    clock, meter, talk, _ = begun(wanted(password=""))
    pushed = Meter(C, "1").push("0.0.0(12345)\r\n1.8.0(000123.4*kWh)\r\n")
    clock.callLater(9, lambda: meter.out(pushed[0].octets))
    read = outcome(clock, talk.listen(["energy", "relay"]))
    assert (texts(read), whys(read)) == ({"energy": "000123.4"}, {"relay": ContactWhy.REFUSED})
    begun_at = clock.seconds()
    assert whys(outcome(clock, talk.listen(["energy"]))) == {"energy": ContactWhy.TIMEOUT}
    assert clock.seconds() - begun_at == LISTEN_MS / 1000


@pytest.mark.parametrize(("crc", "why"), [("", None), ("0000", ContactWhy.CHECKSUM)])
def test_a_telegram_counts_where_its_crc_fits(crc, why):
    clock, meter, talk, _ = begun()
    clock.callLater(
        1, lambda: meter.out(b"/ISK5E\r\n\r\n0.0.0(12345)\r\n1.8.0(1*kWh)\r\n!" + crc.encode() + b"\r\n")
    )
    read = outcome(clock, talk.listen(["energy"]))
    assert whys(read).get("energy") is why


def test_all_of_a_read_out_is_given_and_a_line_that_is_none_is_named():
    clock, meter, talk, _ = begun()
    meter.items["0.9.1"] = "12:45)?"
    read = outcome(clock, talk.everything())
    assert [one.item for one in read.read] == ["number", "time", "energy", "energy-last-month", "demand"]
    assert [(item, fault.why) for item, fault in read.missing] == [("line 2", ContactWhy.GARBLED)]


def test_a_meter_of_mode_e_changes_to_hdlc():
    clock, _, talk, wire = begun(who=E, is_speed_fixed=False)
    assert outcome(clock, talk.hand_over()) is None
    assert (wire.speeds, wire.owner) == ([(300, False), (9600, True)], None)
    clock, _, talk, _ = begun()
    assert "MT382" in str(outcome(clock, talk.hand_over()))


def test_a_wire_that_broke_is_not_handed_over():
    clock, _, talk, wire = begun(who=E)
    wire.cut_at = len(b"/?12345!..") + len(b"/ISk5.2MT382..") + 3
    assert outcome(clock, talk.hand_over()).why is ContactWhy.LOST


def test_an_address_that_is_none_is_refused_before_anything_is_opened():
    for address in ("1/2", "1" * 33):
        with pytest.raises(AddressFault, match="at most 32 letters and digits"):
            check_wanted(wanted(address=address))
        with pytest.raises(AddressFault):
            begun(wanted(address=address))
    clock = Clock()
    assert isinstance(talk_with(wired(clock, Meter62056(clock)), clock, wanted()), Talk62056)


def test_a_password_that_was_refused_is_not_told_and_not_tried_again():
    clock, _, talk, wire = begun(wanted(password="sesam-sesam"))
    assert whys(outcome(clock, talk.read(["energy", "relay"]))) == {"relay": ContactWhy.AUTH}
    fault = outcome(clock, talk.write("date", "1"))
    assert (fault.why, "sesam" in f"{fault}{fault!r}") == (ContactWhy.AUTH, False)
    assert sum(b"sesam" in octets for octets in wire.sent) == 1


def test_a_meter_that_leaves_by_itself_is_said_to_have_left():
    clock, meter, talk, _ = begun()
    said = meter.out

    def leaves(octets):
        said(octets)
        if with_even_parity(b"C.51.1") in octets:
            said(b"\x01B0\x03q")

    meter.out = leaves
    read = outcome(clock, talk.read(["credit", "relay", "energy"]))
    assert texts(read) == {"credit": "000050.00", "energy": "000123.4"}
    assert whys(read) == {"relay": ContactWhy.LOST}


def test_a_conversation_that_is_given_up_ends_with_good_bye():
    clock, meter, talk, wire = begun()
    meter.answers["R1", "0.9.2"] = None
    asking = Deferred.fromCoroutine(talk.read(["date"]))
    while not any(b"R1\x020.9.2" in octets for octets in wire.sent):
        clock.advance(0.1)
    asking.addErrback(lambda failure: failure.trap(CancelledError))
    asking.cancel()
    outcome(clock, talk.leave())
    assert (wire.sent[-1], wire.owner) == (b"\x01B0\x03q", None)


def test_a_relay_that_moves_late_is_looked_at_twice():
    quick, _, at_once, _ = begun()
    outcome(quick, at_once.switch(RelayOrder.TRIP))
    clock, meter, talk, _ = begun()
    meter.answers["R1", "96.3.10"] = ["(1)"]
    clock.callLater(quick.seconds() + SETTLE_MS / 2000, meter.answers.clear)
    done = outcome(clock, talk.switch(RelayOrder.TRIP))
    assert (done.state, done.is_obeyed, done.fault, len(meter.writes)) == (RelayState.OPEN, True, None, 1)
