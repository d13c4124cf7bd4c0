"""A hundred thousand mutated messages: a proper answer or a counted refusal, and the link lives on."""

import logging
import random
from collections import Counter

import pytest
from twisted.internet.task import Clock

from adapters.db.journal_reader import JournalReader
from gateway.codecs.iso8583.message import PeerFault
from gateway.proof.check import check_books
from gateway.tally import NoTally
from tests.builders import Wire, bank_door, database, drn

MUTATIONS = 100_000


class CountingTally(NoTally):
    def __init__(self):
        self.counts: Counter[str] = Counter()

    def count(self, name, amount=1, **labels):
        super().count(name, amount, **labels)
        self.counts[name] += amount


def mutated(payload: bytes, dice: random.Random) -> bytes:
    """Change, drop, double or cut a few bytes anywhere: type, bitmap, lengths and contents alike."""
    octets = bytearray(payload)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(octets))
        match dice.randrange(5):
            case 0:
                octets[at] = dice.randrange(256)
            case 1:
                octets[at] ^= 1 << dice.randrange(8)
            case 2:
                del octets[at : at + dice.randint(1, 8)]
            case 3:
                octets[at:at] = octets[at : at + dice.randint(1, 8)]
            case 4:
                octets[at] = dice.choice(b"0123456789ABCDEF ")
        if not octets:
            return b"\x00"
    return bytes(octets)


@pytest.mark.sim
@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "binary87"])
def test_mutated_messages_never_drop_the_link_nor_book_what_was_not_approved(tmp_path, profile, caplog):
    caplog.set_level(logging.ERROR)
    engine = database(tmp_path / "till.db", 1)
    tally = CountingTally()
    wire = Wire(bank_door(engine, profile, clock=Clock(), tally=tally, tid_lead_max=1_000_000)).sign_on()
    # The payments name a meter that is not there, so that none of them may be booked, however it is bent.
    make = wire.messages
    payment = make.payment(drn(77), 10_000)
    sources = [
        wire.profile.spec.encode(message.mti, message.fields)
        for message in (
            payment, make.inquiry(drn(77)), make.advice(payment), make.reversal(payment), make.query(payment),
            make.echo(), make.sign_on(),
        )
    ]  # fmt: skip
    dice = random.Random(f"mutations {profile}")
    answered = silent = 0
    for _ in range(MUTATIONS // 2):
        answers = wire.send(mutated(dice.choice(sources), dice))
        answered += len(answers)
        silent += not answers
        assert all(39 in answer.fields for answer in answers)
        if answers and answers[0].fields.get(70) == "002" and answers[0].fields[39] == "00":
            wire.sign_on()  # a mutation has signed us off, as it may
    assert answered + silent == MUTATIONS // 2
    assert answered > MUTATIONS // 4
    assert not wire.transport.disconnecting
    assert [record.getMessage() for record in caplog.records] == []
    assert tally.counts["faults"] == 0
    assert silent <= tally.counts["messages_refused"]
    assert list(JournalReader(engine).sales()) == []
    assert check_books(JournalReader(engine)) == []
    wire.sign_on()
    assert wire.ask(make.payment(drn(1), 10_000, "999999999999")).fields[39] == "00"
    engine.dispose()


def test_garbage_between_frames_ends_the_link_and_nothing_else(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    door = bank_door(engine, clock=Clock())
    wire = Wire(door).sign_on()
    with pytest.raises(PeerFault):
        wire.profile.spec.decode(b"\xff" * 20)
    wire.link.dataReceived(bytes.fromhex("0014") + b"\xff" * 20)
    assert wire.answers() == []
    assert not wire.transport.disconnecting
    engine.dispose()
