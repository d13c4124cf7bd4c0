"""Whatever octets come, a virtual meter answers or is silent: no exception of ours, and its house goes on."""

import random
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.task import Clock

from gateway.codecs.dlms.classes import method, target
from gateway.codecs.dlms.datum import INT32, Datum, array, octets
from gateway.codecs.dlms.moment import write_moment
from gateway.codecs.dlms.selection import by_entry, by_range
from gateway.codecs.dlms.services import Asked
from gateway.codecs.dlms.wrapper import Wrapped, wrap
from gateway.codecs.dlt645 import secure
from gateway.codecs.dlt645.frame import encoded
from gateway.codecs.dlt645.orders import Authority, Password, Relay, RelayAction, Write
from gateway.codecs.dlt645.requests import Freeze, Read, SetTime
from gateway.codecs.iec62056_21.commands import Command
from gateway.codecs.meter_model.model import model_named
from gateway.simulators.meters.purse import Terms, Wallet
from tests.virtual_meters import BEGIN, NUMBER, Reader62056, ReaderDlms, house, wired

ROUNDS = 4000
WHO = Authority(Password(2, "000000"))


def purse():
    wallet = Wallet(Terms())
    wallet.set_up(100_000, 0)
    return wallet


class Recorded:
    """A face that keeps what it was asked."""

    def __init__(self, face):
        self.face, self.asked = face, []

    def receive(self, octets_):
        self.asked.append(octets_)
        return self.face.receive(octets_)

    def __getattr__(self, name):
        return getattr(self.face, name)


def questions_645(face):
    orders: list[Any] = [
        *(Read(di) for di in ("00010000", "0001FF00", "010100FF", "04010001", "03330201")),
        *(Freeze(), Freeze("99010630"), SetTime(BEGIN), Relay(RelayAction.TRIP, WHO, BEGIN)),
        Write("04000102", WHO, bytes.fromhex("121110")),
        Write("04020001", WHO, bytes.fromhex("010000020930")),
        Write("04000107", WHO, bytes.fromhex("0010241126")),
        *(secure.ask_wallet("00000000"), secure.open_session(bytes(24), "00000000")),
        secure.Recharge(1, 1, "0" * 12).order((b"1234",) * 2, "0" * 8),
    ]
    return [encoded(NUMBER, each.function, each.body) for each in orders]


def questions_1997(face):
    return [encoded(NUMBER, 1, bytes.fromhex(di)) for di in ("1090", "1f90", "11b6", "10c0")]


def questions_62056(face):
    recorded = Recorded(face)
    reader = Reader62056(recorded)
    reader.opened()
    for kind, text in (
        ("R1", "1.8.0()"), ("W1", "96.3.10(0)"), ("W1", "0.9.1(10:11:12)"), ("W1", "0.9.2(26-11-24)"),
        ("R5", "P.01(2611230800;)"),
    ):  # fmt: skip
        reader.say(kind, text)
    return [*recorded.asked, Command("E2", "x(1)").encoded, b"/?!\r\n\x06000\r\n"]


def questions_dlms(model):
    def questions(face):
        recorded = Recorded(face)
        reader = ReaderDlms(recorded, model)
        reader.opened()
        moment = octets(write_moment(BEGIN))
        reader.get(Asked(target("clock", "time")), Asked(target("active energy import", "value")))
        for selection in (by_range(moment, moment), by_entry(1, 2)):
            reader.get(Asked(target("load profile", "buffer"), selection))
        reader.set(Asked(target("clock", "time")), moment)
        reader.set(Asked(target("activity calendar", "day_profile_table_passive")), array())
        reader.act(method("disconnect control", "remote_disconnect"))
        reader.act(method("credit", "update_amount"), Datum(INT32, 5))
        reader.act(method("token gateway", "enter"), octets(b"1" * 20))
        return recorded.asked

    return questions


PLAIN = replace(model_named("dlms-prepaid"), name="plain", proof="none")
KINDS = {
    "dlt645-prepaid": questions_645,
    "dlt645-1997": questions_1997,
    "iec62056-21": questions_62056,
    "dlms-hdlc": questions_dlms(model_named("dlms-hdlc")),
    "dlms-tcp": questions_dlms(model_named("dlms-tcp")),
    "dlms-prepaid": questions_dlms(model_named("dlms-prepaid")),
    "plain": questions_dlms(PLAIN),
}


def mutated(dice, raw):
    """One of what is usual on a bad line."""
    changed = bytearray(raw)
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        if not changed:
            break
        place = dice.randrange(len(changed))
        match dice.randrange(4):
            case 0:
                changed[place] = dice.randrange(256)
            case 1:
                changed[place] ^= 1 << dice.randrange(8)
            case 2:
                del changed[place : place + dice.randrange(1, 8)]
            case _:
                changed[place:place] = dice.randbytes(dice.randrange(1, 8))
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_comes_it_answers_or_is_silent(kind):
    dice = random.Random(kind)
    clock = Clock()
    model = "dlms-prepaid" if kind == "plain" else kind
    meter = wired(model, house(clock, purse=purse(), build={"rows_max": 20}))
    if kind == "plain":
        meter.model = PLAIN
    clock.advance(86_400)
    questions = KINDS[kind](meter.face())
    face = meter.face()
    for _ in range(ROUNDS):
        chunk = b"".join(mutated(dice, dice.choice(questions)) for _ in range(dice.randrange(1, 3)))
        assert isinstance(face.receive(chunk), bytes)
        clock.advance(dice.choice((0, 0, 1, 900)))
        if dice.random() < 0.2:
            face.expired()
        if face.is_lost or dice.random() < 0.05:
            face = meter.face()
        if dice.random() < 0.05:
            # Sealed questions of the same counters are refused one and all: let some through.
            meter.house.heard = -1
    meter.house.update()
    assert sum(meter.house.registers.tariffs) == meter.house.registers.total


def correct_645(dice, raw):
    """A frame that is right, of a body that is not."""
    frame = mutated(dice, raw[-2 - raw[13] : -2])[:200]
    body = bytes((octet - 0x33) & 0xFF for octet in frame)
    return encoded(NUMBER, dice.choice((0x03, 0x08, 0x11, 0x12, 0x14, 0x16, 0x18, 0x1B, 0x1C)), body)


def test_a_frame_that_is_right_may_say_anything():
    dice = random.Random(1)
    clock = Clock()
    meter = wired("dlt645-prepaid", house(clock, purse=purse()))
    face = meter.face()
    questions = questions_645(face)
    answered = 0
    for _ in range(2 * ROUNDS):
        answered += bool(face.receive(correct_645(dice, dice.choice(questions))))
        clock.advance(dice.choice((0, 0, 1, 900)))
    meter.house.update()
    assert answered > ROUNDS


def test_a_question_of_a_client_that_is_let_in_may_say_anything():
    dice = random.Random(2)
    clock = Clock()
    meter = wired("dlms-prepaid", house(clock, purse=purse(), build={"rows_max": 20}))
    meter.model = PLAIN
    clock.advance(86_400)
    questions = [raw[8:] for raw in KINDS["plain"](meter.face())[1:]]
    answered = 0
    for _ in range(ROUNDS // 50):
        face = meter.face()
        ReaderDlms(face, PLAIN).opened()
        for _ in range(100):
            apdu = mutated(dice, dice.choice(questions))
            answered += bool(face.receive(wrap(Wrapped(PLAIN.dlms.client, PLAIN.dlms.logical, apdu))))
            clock.advance(dice.choice((0, 0, 1, 900)))
    meter.house.update()
    assert answered > ROUNDS
