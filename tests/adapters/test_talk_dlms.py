"""Conversations in DLMS: reading, writing, the relay; over both links, by each way in, of the right meter."""

from dataclasses import replace

import pytest

from adapters.lines.open_talk import check_wanted, talk_with
from adapters.lines.talk import AddressFault, Wanted
from adapters.lines.talk_dlms import TalkDlms
from gateway.codecs.dlms.access import CONFORMANCE_OURS
from gateway.codecs.dlms.acse import conformance
from gateway.codecs.dlms.datum import BOOLEAN, ENUM, FLOAT32, NULL, UINT32, Datum, octets
from gateway.codecs.dlms.services import Done
from gateway.codecs.meter_model.model import DlmsWords, model_named
from gateway.core.contact import ContactWhy, ItemRead, RelayOrder, RelayState
from tests.failing_lines import outcome, wired
from tests.meter_dlms import CLOCK, CONTROL, DATA, ENERGY, NAME, NOW, OUTPUT, Keys, MeterDlms
from tests.meter_lines import Clock

HDLC, TCP = (
    replace(model_named(name), dlms=DlmsWords(client=32, logical=1)) for name in ("dlms-hdlc", "dlms-tcp")
)
WAYS = {"none": "none", "lls": "lls", "gmac": "gmac", "gmac alone": "gmac"}
READ_ALL = ("energy", "clock", "voltage", "relay")


def wanted(model=HDLC, way="lls", **more):
    words = replace(model.dlms, is_ciphered=way != "gmac alone")
    told = {"password": "12345678", "keys": Keys(), "number": "12345"} | more
    return Wanted(replace(model, proof=WAYS[way], dlms=words), "", lambda: NOW, **told)


def begun(model=HDLC, way="lls", asked=None, **more):
    clock = Clock()
    meter = MeterDlms(way, is_hdlc=model is HDLC, **more)
    link = wired(clock, meter)
    return clock, meter, TalkDlms(link, clock, asked or wanted(model, way)), link


def texts(read):
    return {one.item: one.text for one in read.read}


def whys(read):
    return {item: fault.why for item, fault in read.missing}


@pytest.mark.parametrize("model", [HDLC, TCP], ids=["hdlc", "tcp"])
@pytest.mark.parametrize("way", WAYS)
def test_items_are_read_by_each_way_in(model, way):
    clock, _, talk, link = begun(model, way)
    read = outcome(clock, talk.read(READ_ALL))
    assert read.missing == ()
    assert read.read == (
        ItemRead("energy", "3/1-0:1.8.0.255/2", "123456.7", 1234567, 1, "Wh"),
        ItemRead("clock", "8/0-0:1.0.0.255/2", "2026-11-26T12:45:00+08:00"),
        ItemRead("voltage", "3/1-0:32.7.0.255/2", "231", 231, 0, "V"),
        ItemRead("relay", "70/0-0:96.3.10.255/3", "connected"),
    )
    assert outcome(clock, talk.identify()) == "MMM0000012345"
    assert outcome(clock, talk.leave()) is None
    assert (link.owner, clock.getDelayedCalls()) == (None, [])


NO_LISTS = CONFORMANCE_OURS & ~conformance("multiple-references")


@pytest.mark.parametrize(
    ("more", "questions"),
    [({}, 1), ({"pdu_max": 90}, 2), ({"conformance": NO_LISTS}, 6)],
)
def test_what_is_read_goes_into_lists_as_the_meter_takes_them(more, questions):
    clock, meter, talk, link = begun(TCP, **more)
    outcome(clock, talk.identify())
    outcome(clock, talk.read([]))
    before = len(link.sent)
    assert len(outcome(clock, talk.read(READ_ALL)).read) == 4
    assert len(link.sent) - before == questions
    before = len(link.sent)
    meter.objects.held[ENERGY] = Datum(UINT32, 1)
    assert texts(outcome(clock, talk.read(["energy"]))) == {"energy": "0.1"}
    assert len(link.sent) - before == 1, "what it counts in is known"


def test_a_meter_that_agrees_to_lists_and_refuses_one_is_asked_one_by_one():
    clock, meter, talk, _ = begun(TCP)
    meter.refuses = lambda apdu: apdu[:2] == b"\xc0\x03"
    assert len(outcome(clock, talk.read(READ_ALL)).read) == 4


def test_what_the_meter_does_not_give_is_missing_with_its_word():
    clock, meter, talk, _ = begun()
    read = outcome(clock, talk.read(["power", "energy", "energi", "profile", "3/1-0:1.8.9.255/2", "9/1/1"]))
    assert texts(read) == {"energy": "123456.7"}
    assert set(whys(read).values()) == {ContactWhy.REFUSED}
    said = {item: str(fault) for item, fault in read.missing}
    assert "object-undefined" in said["power"]
    assert "energy-t1" in said["energi"]
    assert "between two moments" in said["profile"]
    del meter.objects.held[replace(ENERGY, index=3)]
    clock, meter2, talk, _ = begun()
    meter2.objects.held = meter.objects.held
    assert whys(outcome(clock, talk.read(["energy"]))) == {"energy": ContactWhy.REFUSED}


def test_all_that_the_meter_lists_is_read():
    clock, meter, talk, _ = begun()
    read = outcome(clock, talk.everything())
    assert [one.item for one in read.read] == [
        "number",
        "clock",
        "energy",
        "relay",
        "70/0-0:96.3.10.255/2",
        "voltage",
    ]
    meter.objects.held = {NAME: meter.objects.held[NAME], CLOCK: meter.objects.held[CLOCK]}
    read = outcome(clock, talk.everything())
    assert list(texts(read)) == ["number", "clock"]
    assert "profile" not in whys(read)


@pytest.mark.parametrize("name", [b"MMM0000012346", b"99912345", b"\x01\x02"])
def test_nothing_of_another_meter_counts(name):
    clock, meter, talk, _ = begun()
    meter.objects.held[NAME] = octets(name)
    read = outcome(clock, talk.read(["energy"]))
    assert (read.read, whys(read)) == ((), {"energy": ContactWhy.WRONG_METER})
    for ordered in (
        talk.write("clock", "2026-11-26T13:00:00"),
        talk.switch(RelayOrder.TRIP),
        talk.enter_token("0" * 20),
    ):
        assert outcome(clock, ordered).why is ContactWhy.WRONG_METER
    assert meter.objects.orders == []


def test_a_meter_without_a_name_is_no_meter_that_was_wanted():
    clock, meter, talk, _ = begun()
    del meter.objects.held[NAME]
    read = outcome(clock, talk.read(["energy"]))
    assert "number_at" in str(read.missing[0][1])
    clock, meter, talk, _ = begun(asked=wanted(number=""))
    assert outcome(clock, talk.identify()) == "MMM0000012345"
    del meter.objects.held[NAME]
    assert texts(outcome(clock, talk.read(["energy"]))) == {"energy": "123456.7"}


@pytest.mark.parametrize(
    ("way", "more", "cure"),
    [
        ("lls", {"password": ""}, "none was given"),
        ("lls", {"password": "7"}, "authentication-failure"),
        ("gmac", {"keys": None}, "none were given"),
    ],
)
@pytest.mark.parametrize("model", [HDLC, TCP], ids=["hdlc", "tcp"])
def test_who_does_not_get_in_is_told_why_and_does_not_try_again(model, way, more, cure):
    clock, _, talk, link = begun(model, way, wanted(model, way, **more))
    read = outcome(clock, talk.read(["energy", "clock"]))
    assert set(whys(read).values()) == {ContactWhy.AUTH}
    assert cure in str(read.missing[0][1])
    before = len(link.sent)
    assert outcome(clock, talk.switch(RelayOrder.TRIP)).why is ContactWhy.AUTH
    assert len(link.sent) == before, "meters shut out who tries a wrong password again and again"
    assert outcome(clock, talk.leave()) is None


@pytest.mark.parametrize(
    ("item", "text", "stands"),
    [
        ("clock", "2026-11-26T13:00:00+08:00", "2026-11-26T13:00:00+08:00"),
        ("clock", "2026-11-26T13:00:00", "2026-11-26T13:00:00+08:00"),
        ("clock", "2026-11-26T06:00:00+01:00", "2026-11-26T06:00:00+01:00"),
        ("1/0-0:96.1.0.255/2", "new", "new"),
        ("1/0-0:96.1.0.255/2", "0x0001", "0x0001"),
        ("3/1-0:32.7.0.255/2", "229", "229"),
        ("energy", "5", "5.0"),
    ],
)
def test_a_write_is_of_the_kind_that_stands_there_and_is_read_back(item, text, stands):
    clock, meter, talk, _ = begun()
    done = outcome(clock, talk.write(item, text))
    assert (done.is_as_wanted, done.now.text, done.fault, len(meter.objects.orders)) == (
        True,
        stands,
        None,
        1,
    )


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("clock", "noon"), ("energy", "0.05"), ("energy", "-1"), ("energy", "4294967296"), ("energy", "1e3"),
        ("voltage", "65536"), ("1/0-0:96.1.0.255/2", "0x0"), ("1/0-0:96.1.0.255/2", "é"), ("power", "1"),
        ("x", "1"),
        ("70/0-0:96.3.10.255/2", "open"), ("7/1-0:99.1.0.255/3", "1"), ("70/0-0:96.3.10.255/3", "256"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_such_value_is_not_written(item, text):
    clock, meter, talk, _ = begun()
    fault = outcome(clock, talk.write(item, text))
    assert (fault.why, fault.is_in_doubt, meter.objects.orders) == (ContactWhy.REFUSED, False, [])


def test_a_clock_that_lost_its_time_can_be_set():
    clock, meter, talk, _ = begun()
    meter.objects.held[CLOCK] = octets(b"\xff" * 12)
    assert whys(outcome(clock, talk.read(["clock"]))) == {"clock": ContactWhy.GARBLED}
    done = outcome(clock, talk.write("clock", "2026-11-26T13:00:00+08:00"))
    assert done.is_as_wanted


def test_a_write_that_is_refused_is_in_doubt_and_shows_what_stands_there():
    clock, meter, talk, _ = begun()
    meter.objects.set = lambda *_: 3
    done = outcome(clock, talk.write("1/0-0:96.1.0.255/2", "new"))
    assert (done.now.text, done.fault.is_in_doubt, "denied" in str(done.fault)) == ("old", True, True)


@pytest.mark.parametrize(
    ("order", "state"), [(RelayOrder.TRIP, RelayState.OPEN), (RelayOrder.CLOSE, RelayState.CLOSED)]
)
@pytest.mark.parametrize("way", WAYS)
def test_the_relay_is_switched_once_and_looked_at(way, order, state):
    clock, meter, talk, _ = begun(way=way)
    done = outcome(clock, talk.switch(order))
    assert (done.state, done.is_obeyed, done.fault, len(meter.objects.orders)) == (state, True, None, 1)
    assert outcome(clock, talk.switch(RelayOrder.PERMIT)).why is ContactWhy.REFUSED


@pytest.mark.parametrize(
    ("control", "output", "state", "is_said"),
    [
        (2, False, RelayState.READY, False),
        (1, False, RelayState.OPEN, True),
        (0, True, RelayState.CLOSED, True),
        (2, True, RelayState.CLOSED, True),
        (1, None, RelayState.CLOSED, False),
        (7, True, None, False),
    ],
)
def test_where_a_relay_is_its_contact_says(control, output, state, is_said):
    clock, meter, talk, _ = begun()
    objects = meter.objects

    def act(*_):
        objects.held[CONTROL] = Datum(ENUM, control)
        objects.held[OUTPUT] = Datum(NULL if output is None else BOOLEAN, output)
        return Done(0)

    objects.act = act
    done = outcome(clock, talk.switch(RelayOrder.CLOSE))
    assert (done.state, done.fault is not None) == (state, is_said)


def test_values_of_other_kinds_are_shown():
    clock, meter, talk, _ = begun()
    meter.objects.held[ENERGY] = Datum(FLOAT32, 12.5)
    meter.objects.held[DATA] = octets(bytes(3))
    read = outcome(clock, talk.read(["energy", "1/0-0:96.1.0.255/2", "70/0-0:96.3.10.255/2"]))
    assert read.read[0] == ItemRead("energy", "3/1-0:1.8.0.255/2", "1.25", 125, 2, "Wh")
    assert list(texts(read).values())[1:] == ["0x000000", "true"]


WIDE = replace(HDLC, dlms=DlmsWords(address_octets=2))


@pytest.mark.parametrize(
    ("model", "address"), [(TCP, "17"), (HDLC, "17"), (WIDE, "abc"), (WIDE, "²"), (WIDE, "1" * 5000)]
)
def test_an_address_that_has_no_place_is_refused_and_never_passed_over(model, address):
    with pytest.raises(AddressFault, match="cure"):
        check_wanted(replace(wanted(model), address=address))


def test_an_address_that_does_not_fit_is_refused_before_anything_is_opened():
    model = replace(HDLC, dlms=DlmsWords(address_octets=2))
    check_wanted(replace(wanted(model), address="17"))
    with pytest.raises(AddressFault, match="at most 127"):
        check_wanted(replace(wanted(model), address="128"))
    with pytest.raises(AddressFault):
        talk_with(None, None, replace(wanted(model), address="128"))


def test_a_relay_whose_states_agree_and_move_late_is_looked_at_twice():
    clock, meter, talk, _ = begun()
    objects = meter.objects

    def moved():
        objects.held[CONTROL] = Datum(ENUM, 0)
        objects.held[OUTPUT] = Datum(BOOLEAN, False)  # noqa: FBT003 - a value of COSEM

    def act(*_):
        clock.callLater(1, moved)
        return Done(0)

    objects.act = act
    done = outcome(clock, talk.switch(RelayOrder.TRIP))
    assert (done.state, done.is_obeyed, done.fault) == (RelayState.OPEN, True, None)
