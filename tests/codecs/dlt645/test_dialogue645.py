"""Both ends of the wire: every request of the standard, tries, doubt, long answers, strays, and refusals."""

import asyncio
import random
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs.dlt645 import secure
from gateway.codecs.dlt645.answering import NO_SUCH_ITEM, Asked, MeterEnd, read_request
from gateway.codecs.dlt645.dialogue import (
    ANSWER_MS,
    STRAY_MAX,
    Answered,
    Dialogue,
    Refused,
    Request,
    Send,
    Sent,
    Stray,
    Unanswered,
)
from gateway.codecs.dlt645.edition1997 import (
    Answer1997,
    Function1997,
    answer,
    ask,
    read_answer,
    read_question,
    refuse,
    same_in_2007,
)
from gateway.codecs.dlt645.errors import Refusal, read_refusal, read_relay_taken
from gateway.codecs.dlt645.fault import PeerFault, ValueFault
from gateway.codecs.dlt645.frame import ANY, BROADCAST, FrameReader, Noise, encoded, frames_of
from gateway.codecs.dlt645.orders import Authority, ChangePassword, Clear, Password, Relay, RelayAction, Write
from gateway.codecs.dlt645.requests import (
    ChangeBaud,
    ChoosePulse,
    Freeze,
    Function,
    Read,
    ReadAddress,
    ReadNext,
    SetTime,
    WriteAddress,
)
from tests.mutations import MUTATIONS

METER = "260305510012"
ZONE = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 26, 12, 34, 56, tzinfo=ZONE)
WHO = Authority(Password(2, "123456"), "11223344")
# Each body as the tables of DL/T 645-2007 have it, before 33H is added.
REQUESTS: list[tuple[Request, str]] = [
    (Read("00010000"), "00000100"),
    (Read("06000000", 3), "00000006 03"),
    (Read("06000001", 3, "2611261200"), "01000006 03 0012261126"),
    (ReadNext("0001FF00", 2), "00FF0100 02"),
    (ReadAddress(), ""),
    (WriteAddress(METER), "120051050326"),
    (Write("04000401", WHO, bytes.fromhex("120051050326")), "01040004 02563412 44332211 120051050326"),
    (SetTime(NOON), "563412 261126"),
    (Freeze(), "99999999"),
    (Freeze("99990130"), "30019999"),
    (ChangeBaud(8), "08"),
    (ChangePassword("04000C03", Password(2, "123456"), Password(2, "654321")), "030C0004 02563412 02214365"),
    (Clear(Function.CLEAR_DEMAND, WHO), "02563412 44332211"),
    (Clear(Function.CLEAR_METER, WHO), "02563412 44332211"),
    (Clear(Function.CLEAR_EVENTS, WHO), "02563412 44332211 FFFFFFFF"),
    (Clear(Function.CLEAR_EVENTS, WHO, "03300100"), "02563412 44332211 00013003"),
    (Relay(RelayAction.TRIP, WHO, NOON), "02563412 44332211 1A00 563412261126"),
    (Relay(RelayAction.CLOSE, WHO, NOON, 1), "02563412 44332211 1C01 563412261126"),
    (ChoosePulse(2), "02"),
    (secure.ask_wallet("44332211"), "FF028107 11223344"),
    (
        secure.open_session(b"\1" * 8 + b"\2" * 8 + b"\3" * 8, "00000000"),
        "FF000007 00000000" + "01" * 8 + "02" * 8 + "03" * 8,
    ),
    (secure.session_time(5, b"MACS", "00000000"), "FF010007 00000000 0500 4D414353"),
    (secure.end_session("00000000"), "FF020007 00000000"),
    (
        secure.set_wallet(100, 0, (b"MAC1", b"MAC2"), "00000000"),
        "FF030107 00000000 64000000 4D414331 00000000 4D414332",
    ),
    (
        secure.Recharge(10000, 7, "000000000123").order((b"MAC1", b"MAC2"), "00000000"),
        "FF020107 00000000 10270000 07000000 4D414331 230100000000 4D414332",
    ),
]


def named(pair):
    return type(pair).__name__ if not isinstance(pair, str) else ""


@pytest.mark.parametrize(("request_", "body"), REQUESTS, ids=named)
def test_each_request_has_the_body_of_the_standard_and_is_understood(request_, body):
    assert request_.body == bytes.fromhex(body)
    (frame,) = frames_of(encoded(METER, request_.function, request_.body))
    assert read_request(frame, ZONE) == request_


def test_the_lengths_of_the_security_module_are_those_of_the_table():
    lengths = {request.di: len(request.body) for request, _ in REQUESTS if isinstance(request, secure.Secure)}
    assert lengths == {
        secure.OPEN_SESSION: 32,
        secure.SESSION_TIME: 14,
        secure.END_SESSION: 8,
        secure.WALLET: 8,
        secure.RECHARGE: 30,
        secure.SET_WALLET: 24,
    }
    assert len(secure.recharge_by_order(1, "0" * 16, METER, "44332211").body) == 0x22


def talk(dialogue, meter, answer_of, noise=b""):
    """Let a dialogue speak with a meter until neither has anything to say; give what the centre was told."""
    told, line = [], dialogue.begin()
    while line:
        events, line = line, []
        for event in events:
            if not isinstance(event, Send):
                told.append(event)
                continue
            for heard in meter.receive(noise + event.octets):
                reply = heard if isinstance(heard, bytes) else answer_of(heard)
                line += dialogue.receive(reply)
    return told


def test_a_value_is_asked_for_and_answered():
    meter = MeterEnd(METER, ZONE)
    dialogue = Dialogue(METER, Read("00010000"))
    told = talk(dialogue, meter, lambda asked: meter.answer(asked.request, b"\x26\1\0\0"))
    assert told == [Answered(METER, b"\x26\1\0\0")]
    assert dialogue.wait_ms is None


@pytest.mark.parametrize("size", [0, 196, 197, 391, 392, 5000, 196 + 195 * 255])
def test_a_long_answer_comes_in_one_piece(size):
    meter, body = MeterEnd(METER, ZONE), random.Random(size).randbytes(size)
    told = talk(
        Dialogue(METER, Read("06010000", 200)), meter, lambda asked: meter.answer(asked.request, body)
    )
    assert told == [Answered(METER, body)]


def test_an_answer_that_no_meter_can_give_is_our_fault():
    with pytest.raises(ValueFault, match="256 frames"):
        MeterEnd(METER, ZONE).answer(Read("06010000"), bytes(196 + 195 * 255 + 1))


@pytest.mark.parametrize("body_max", [6, 7, 50, 199])
def test_a_meter_may_cut_its_answers_shorter(body_max):
    meter, body = MeterEnd(METER, ZONE, body_max=body_max), random.Random(body_max).randbytes(200)
    dialogue = Dialogue(METER, Read("0001FF00"))
    (send,) = dialogue.begin()
    sizes, events = [], [send]
    while isinstance(events[0], Send):
        (asked,) = meter.receive(events[0].octets)
        answer = asked if isinstance(asked, bytes) else meter.answer(asked.request, body)
        sizes.append(len(frames_of(answer)[0].body))
        events = dialogue.receive(answer)
    assert events == [Answered(METER, body)]
    assert max(sizes) == body_max


@pytest.mark.parametrize("body_max", [5, 201])
def test_a_size_that_no_frame_has_is_our_own_fault(body_max):
    with pytest.raises(ValueFault, match="6 to 200 bytes"):
        MeterEnd(METER, ZONE, body_max=body_max)


def test_a_meter_knows_that_half_a_question_is_here():
    meter = MeterEnd(METER, ZONE)
    meter.receive(encoded(METER, Function.READ, b"\0\0\1\0")[:9])
    assert meter.is_midframe
    meter.silence()
    assert not meter.is_midframe


def test_the_only_meter_of_a_line_says_who_it_is():
    meter = MeterEnd(METER, ZONE)
    told = talk(
        Dialogue(ANY, ReadAddress()),
        meter,
        lambda asked: meter.answer(asked.request, bytes.fromhex("120051050326")),
    )
    assert told == [Answered(METER, bytes.fromhex("120051050326"))]


def test_a_short_address_is_answered_with_the_whole_one():
    meter = MeterEnd(METER, ZONE)
    told = talk(
        Dialogue("AAAAAAAA0012", Read("00010000")), meter, lambda asked: meter.answer(asked.request, b"\1")
    )
    assert told == [Answered(METER, b"\1")]


@pytest.mark.parametrize("request_", [SetTime(NOON), Freeze()])
def test_what_goes_to_all_is_obeyed_and_not_answered(request_):
    meter = MeterEnd(METER, ZONE)
    dialogue = Dialogue(BROADCAST, request_)
    send, sent = dialogue.begin()
    assert sent == Sent()
    assert meter.receive(send.octets) == [Asked(request_, is_to_all=True)]
    assert dialogue.receive(b"x") + dialogue.expired() == []
    assert dialogue.wait_ms is None


@pytest.mark.parametrize(
    ("address", "request_"),
    [(BROADCAST, Read("00010000")), (BROADCAST, Relay(RelayAction.TRIP, WHO, NOON)), (METER, SetTime(NOON))],
)
def test_what_may_not_go_to_an_address_is_refused_before_it_goes(address, request_):
    with pytest.raises(ValueFault):
        Dialogue(address, request_)


def test_a_question_is_asked_three_times_and_then_unanswered():
    dialogue = Dialogue(METER, Read("00010000"), slack_ms=4000)
    first = dialogue.begin()
    assert dialogue.wait_ms == ANSWER_MS + 4000
    assert [dialogue.expired(), dialogue.expired()] == [first, first]
    assert dialogue.expired() == [Unanswered(3, is_in_doubt=False)]
    assert dialogue.expired() == []


@pytest.mark.parametrize(
    "request_", [one for one, _ in REQUESTS if one.function not in {0x08, 0x11, 0x12, 0x13}]
)
def test_an_order_goes_out_once_and_is_in_doubt_without_an_answer(request_):
    dialogue = Dialogue(METER, request_)
    assert len(dialogue.begin()) == 1
    assert dialogue.expired() == [Unanswered(1, is_in_doubt=True)]


def test_half_an_answer_is_waited_for_and_then_asked_for_again():
    dialogue = Dialogue(METER, Read("00010000"))
    dialogue.begin()
    whole = encoded(METER, 0x91, bytes.fromhex("00000100 26010000"))
    assert dialogue.receive(whole[:9]) == []
    noise, again = dialogue.expired()
    assert (type(noise), type(again)) == (Noise, Send)
    assert dialogue.receive(whole) == [Answered(METER, bytes.fromhex("26010000"))]


def test_an_echo_another_meter_and_another_answer_are_strays():
    dialogue = Dialogue(METER, Read("00010000"))
    (sent,) = dialogue.begin()
    others = [
        sent.octets,
        encoded("7", 0x91, bytes.fromhex("00000100 26010000")),
        encoded(METER, 0x92, bytes.fromhex("00000100 26010000 01")),
        encoded(METER, 0x91, bytes.fromhex("00000200 26010000")),
        encoded(METER, 0xD1, b""),
    ]
    told = dialogue.receive(b"".join(others))
    assert [type(event) for event in told] == [Stray] * 5
    assert dialogue.receive(encoded(METER, 0x91, bytes.fromhex("00000100 11"))) == [Answered(METER, b"\x11")]


def test_a_line_that_never_stops_chattering_ends():
    dialogue = Dialogue(METER, Read("00010000"))
    told = dialogue.begin()
    told += dialogue.receive(encoded("7", 0x91, b"1234") * (4 * STRAY_MAX))
    assert isinstance(told[-1], Unanswered)
    assert len(told) == 3 * (STRAY_MAX + 2) + 1


@pytest.mark.parametrize(
    ("function", "body", "names"),
    [
        (0x11, b"\x02", ("no_such_item",)),
        (0x14, b"\x04", ("password",)),
        (0x03, b"\x02", ("no_such_item",)),  # d19: the meter does not know the function
        (0x03, b"\x02\0", ("repeated",)),
        (0x03, b"\x30\0", ("customer", "count")),
        (0x1C, b"\x20\0", ("trip_kept_powered",)),
        (0x1C, b"\x04", ("password",)),
        (0x1C, b"\0\x80", ("bit15",)),
    ],
)
def test_an_error_word_is_named(function, body, names):
    (frame,) = frames_of(encoded(METER, 0xC0 | function, body))
    refusal = read_refusal(frame)
    assert refusal == Refusal(function, int.from_bytes(body, "little"), names)


def test_what_a_relay_has_taken_is_named():
    assert read_relay_taken(bytes.fromhex("0401")) == ("tripped", "kept_powered")
    assert read_relay_taken(b"") == ()


def test_a_refusal_ends_the_dialogue():
    meter = MeterEnd(METER, ZONE)
    told = talk(
        Dialogue(METER, Write("04000101", WHO, b"1")), meter, lambda asked: meter.refuse(asked.request, 0b100)
    )
    assert told == [Refused(METER, Refusal(0x14, 4, ("password",)))]


@pytest.mark.parametrize("body", ["", "00", "000001"])
def test_a_meter_refuses_what_makes_no_sense_and_is_silent_to_others(body):
    meter = MeterEnd(METER, ZONE)
    (reply,) = meter.receive(encoded(METER, 0x11, bytes.fromhex(body)))
    assert read_refusal(frames_of(reply)[0]).names == ("other",)
    assert meter.receive(encoded("161", 0x11, b"1234")) == []
    assert meter.receive(encoded(BROADCAST, 0x11, b"1")) == []
    assert meter.receive(reply) == []


def test_reading_on_needs_something_to_read_on():
    meter = MeterEnd(METER, ZONE)
    (reply,) = meter.receive(encoded(METER, 0x12, ReadNext("0001FF00", 1).body))
    assert read_refusal(frames_of(reply)[0]).word == NO_SUCH_ITEM


def test_no_repr_shows_a_password_or_a_purchase():
    write = Write("04000C03", WHO, b"secret")
    for one in (
        WHO,
        write,
        secure.Recharge(77777, 1, "1" * 12),
        Send(write.body),
        Answered(METER, b"secret"),
    ):
        said = repr(one)
        assert not any(word in said for word in ("123456", "secret", "77777", "736563"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Password(2, "12345"),
        lambda: Password(0x9A, "123456"),
        lambda: Read("0001").body,
        lambda: Read("00010000", 0).body,
        lambda: Read("00010000", 1, "26").body,
        lambda: Read("00010000", None, "2611261200").body,
        lambda: ReadNext("00010000", 0).body,
        lambda: SetTime(NOON.replace(tzinfo=None)).body,
        lambda: Freeze("1").body,
        lambda: SetTime(NOON.replace(year=1999)).body,
        lambda: WriteAddress("AA0000000001").body,
        lambda: Write("04010001", WHO, bytes(51)).body,
        lambda: Write("04010001", WHO, b"").body,
        lambda: Authority(Password(2, "123456"), "xyz").encoded,
        lambda: Relay(RelayAction.TRIP, WHO, NOON, 256).body,
        lambda: secure.Recharge(-1, 1, "1" * 12).order((b"1234", b"1234"), "0" * 8),
        lambda: secure.Recharge(1, 1, "1").order((b"1234", b"1234"), "0" * 8),
        lambda: secure.Recharge(1, 1, "1" * 12).order((b"123", b"1234"), "0" * 8),
        lambda: secure.open_session(b"short", "0" * 8),
        lambda: secure.session_time(0, b"1234", "0" * 8),
        lambda: secure.recharge_by_order(1, "1", METER, "0" * 8),
        lambda: Dialogue(METER, Read("00010000"), tries=4),
    ],
)
def test_what_cannot_be_said_is_refused(make):
    with pytest.raises(ValueFault):
        make()


class TestBox:
    """An ``Esam`` of the test: its seals are no cryptography, they show what was asked."""

    __test__ = False

    async def opening(self, meter):
        return meter.encode().ljust(24, b"\0")

    async def seal(self, meter, session, di, content):
        return session.random[:2] + bytes((len(content), int(di[-4:-2], 16)))


def test_a_recharge_is_sealed_by_whoever_has_the_keys_and_read_by_the_meter():
    async def order():
        box: secure.Esam = TestBox()
        opening = secure.open_session(await box.opening(METER), "00000001")
        assert secure.Secure.from_body(opening.body) == opening
        session = secure.Session.from_body(bytes.fromhex("FF000007 A1B2C3D4") + b"ESAMNUMB" + b"\5\0")
        assert (session.random.hex(), session.esam, session.minutes) == ("a1b2c3d4", b"ESAMNUMB", 5)
        bought = secure.Recharge(12345, 8, "000000000123")
        purse = await box.seal(METER, session, secure.RECHARGE, bought.purse)
        owner = await box.seal(METER, session, secure.RECHARGE, bought.owner)
        return bought, (purse, owner)

    bought, macs = asyncio.run(order())
    meter, heard = MeterEnd(METER, ZONE), []

    def obey(asked):
        heard.append(secure.Recharge.from_order(asked.request))
        return meter.answer(asked.request, bytes.fromhex("FF020107"))

    assert talk(Dialogue(METER, bought.order(macs, "00000001")), meter, obey) == [
        Answered(METER, bytes.fromhex("FF020107"))
    ]
    assert heard == [(bought, macs)]
    assert macs == (bytes.fromhex("a1b2 08 02"), bytes.fromhex("a1b2 06 02"))


def test_a_wallet_is_written_and_read():
    wallet = secure.Wallet(99, 7, "000000000123", b"KEYS", (b"MAC1", b"MAC2"))
    read = secure.Wallet.from_body(bytes.fromhex("FF028107") + wallet.body)
    assert read == wallet
    assert len(wallet.body) == 26
    with pytest.raises(PeerFault):
        secure.Wallet.from_body(wallet.body)


def test_the_edition_of_1997_reads_with_its_own_functions():
    (asked,) = frames_of(ask(METER, "9010"))
    assert (asked.control, asked.body.hex()) == (0x01, "1090")
    question = read_question(asked)
    assert question == (Function1997.READ, "9010")
    (reply,) = frames_of(answer(METER, question, b"\x26\1\0\0"))
    assert read_answer(reply, METER, "9010") == Answer1997(METER, "9010", b"\x26\1\0\0", is_continued=False)
    (reply,) = frames_of(refuse(METER, question, 0b11))
    assert read_answer(reply, METER, "9010").names == ("content", "no_such_item")
    with pytest.raises(PeerFault):
        read_answer(frames_of(answer(METER, question, b""))[0], METER, "9011")
    with pytest.raises(PeerFault):
        read_answer(frames_of(answer("7", question, b""))[0], METER, "9010")
    with pytest.raises(ValueFault):
        ask(METER, "9010", Function1997.WRITE)
    with pytest.raises(ValueFault):
        ask(METER, "00010000")
    assert same_in_2007({"same_as": {"9010": "00010000"}}, "9010") == "00010000"
    assert same_in_2007({}, "9010") is None


@given(st.lists(st.integers(1, 40), max_size=60), st.binary(max_size=30))
def test_any_chunking_gives_the_same_events(sizes, noise):
    stream = noise + encoded("7", 0x91, b"1234") + encoded(METER, 0x91, bytes.fromhex("00000100 26010000"))
    dialogues = [Dialogue(METER, Read("00010000")) for _ in range(2)]
    told = []
    for dialogue, cuts in zip(dialogues, [[], sizes], strict=True):
        events, rest = dialogue.begin(), stream
        for size in cuts:
            events += dialogue.receive(rest[:size])
            rest = rest[size:]
        told.append(events + dialogue.receive(rest) + dialogue.expired())
    assert told[0] == told[1]


@settings(max_examples=300)
@given(st.sampled_from([request for request, _ in REQUESTS]), st.data())
def test_a_broken_request_is_one_or_a_peer_s_fault(request_, data):
    body = bytearray(request_.body) or bytearray(1)
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    (frame,) = frames_of(
        encoded(METER, request_.function, bytes(body[: data.draw(st.integers(0, len(body)))]))
    )
    try:
        read_request(frame, ZONE)
    except PeerFault:
        return


@pytest.mark.faults
def test_mutations_end_in_events(counted):
    dice, meter = random.Random(2007), MeterEnd(METER, ZONE)
    seeds: list[tuple[int, bytes]] = [(request.function, request.body) for request, _ in REQUESTS]
    seeds += [(0x91, bytes.fromhex("00000100 26010000")), (0xD1, b"\2"), (0xB1, bytes.fromhex("00000100 01"))]
    kinds: set[type] = set()
    dialogue, slowest = Dialogue(METER, Read("00010000")), 0.0
    for _ in range(MUTATIONS):
        control, body = dice.choice(seeds)
        changed = bytearray(body)
        for _ in range(dice.randint(0, 3)):
            if changed:
                changed[dice.randrange(len(changed))] = dice.randrange(256)
        raw = bytearray(encoded(METER, control, bytes(changed[: dice.randint(0, len(changed))])))
        if dice.random() < 0.2:
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        begun = time.thread_time()
        kinds |= {type(heard) for heard in meter.receive(bytes(raw))}
        if dialogue.wait_ms is None:
            dialogue = Dialogue(METER, Read("00010000"))
        events = dialogue.receive(bytes(raw)) or dialogue.expired()
        slowest = max(slowest, time.thread_time() - begun)
        kinds |= {type(event) for event in events}
    assert slowest < 1
    counted(f"{MUTATIONS:,} mutations, the slowest took {slowest * 1000:.1f} ms")
    assert kinds == {Asked, bytes, Send, Answered, Refused, Unanswered, Stray, Noise}
    assert isinstance(FrameReader().receive(b""), list)
