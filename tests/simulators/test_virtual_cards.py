"""Virtual cards keep their rules, remember what they hold, and speak over a virtual reader's wire."""

import random
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.apdu.atr import read_atr
from gateway.codecs.apdu.response import read_response
from gateway.codecs.card.dialogue import read_card
from gateway.codecs.card.picture import Wallet
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.codecs.card.steps import Written
from gateway.simulators.card.card_file import CardImage, load, save
from gateway.simulators.card.cells import CardGone, Cells
from gateway.simulators.card.cpu_card import VirtualCpuCard
from gateway.simulators.card.desk import carried_out
from gateway.simulators.card.faults import Fault, FaultKind
from gateway.simulators.card.key_holder import KeyHolder
from gateway.simulators.card.vpcd import VpcdWire
from tests.cards import AMOUNT, SERIAL, blank, keys, loading, shown, written

CPU = [name for name in PROFILES if name != "sle4442"]


def status(card, text):
    return read_response(card.transmit(bytes.fromhex(text))).status


@pytest.mark.parametrize("name", PROFILES)
def test_a_card_s_answer_to_reset_is_whole_and_of_its_profile(name):
    atr = blank(name).reset()
    assert profile_named(name).matches(atr)
    assert read_atr(atr).raw == atr


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("00 B0 82 00 08", 0x6A82),
        ("00 D6 82 00 01 00", 0x6A82),
        ("00 A4 04 00 02 3F 00", 0x6A82),
        ("00 84 00 00", 0x6700),
        ("00 88 00 02 08 00 00 00 00 00 00 00 00 08", 0x6A86),
        ("00 88 00 01 01 00 08", 0x6700),
        ("00 82 00 01", 0x6A86),
        ("00 82 00 02", 0x63C3),
        ("00 82 00 02 08 00 00 00 00 00 00 00 00", 0x6985),
        ("00 CA 00 00 00", 0x6D00),
        ("00", 0x6700),
    ],
)
def test_a_card_that_is_not_selected_gives_nothing_away(command, wanted):
    card = blank("powertill-cpu")
    card.reset()
    assert status(card, command) == wanted


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("00 B0 81 00 0E", 0x9000),
        ("00 B0 81 00 0F", 0x6B00),
        ("00 B0 83 00 08", 0x6982),
        ("04 B0 83 00 08 00 00 00 00 00 00 00 00 10", 0x6982),
        ("00 D6 83 00 01 00", 0x6982),
        ("04 D6 83 00 09 00 00 00 00 00 00 00 00 00", 0x6982),
        ("00 B0 8A 00 01", 0x6A82),
    ],
)
def test_a_card_that_let_nobody_in_shows_plain_files_only(command, wanted):
    card = blank("powertill-cpu")
    card.reset()
    status(card, "00 A4 04 00 08 F0 50 57 54 49 4C 4C 01")
    assert status(card, command) == wanted


def let_in(card):
    """Open a card as the desk does; gives its keys."""
    card.reset()
    status(card, "00 A4 04 00 08 F0 50 57 54 49 4C 4C 01")
    holder = keys()
    challenge = card.transmit(bytes.fromhex("00 84 00 00 08"))[:8]
    key = holder.card_key("powertill-cpu", "external", 1, SERIAL)
    cryptogram = holder.cipher("powertill-cpu").cryptogram(key, challenge)
    assert status(card, "00 82 00 02 08" + cryptogram.hex()) == 0x9000
    return holder


def test_a_sealed_update_needs_a_fresh_challenge_and_the_right_mac():
    card = blank("powertill-cpu")
    holder = let_in(card)
    key = holder.card_key("powertill-cpu", "wallet", 1, SERIAL)
    header, body = bytes.fromhex("04 D6 83 00 10"), bytes.fromhex("00000064 00000001")

    def update(challenge):
        mac = holder.cipher("powertill-cpu").mac(key, challenge + header + body, 8)
        return status(card, (header + body + mac).hex())

    assert update(bytes(8)) == 0x6985
    challenge = card.transmit(bytes.fromhex("00 84 00 00 08"))[:8]
    assert update(bytes(8)) == 0x6988
    assert update(challenge) == 0x6985, "a challenge is good for one command"
    challenge = card.transmit(bytes.fromhex("00 84 00 00 08"))[:8]
    assert update(challenge) == 0x9000
    assert card.cells.get("wallet") == body
    assert status(card, "04 D6 81 00 09 00 00 00 00 00 00 00 00 00") == 0x6982, "its own file is for ever"
    card.reset()
    assert status(card, "00 B0 83 00 08") == 0x6A82, "nothing of it outlives the power"


def test_tries_outlive_the_power_and_a_blocked_card_stays_blocked():
    card = blank("powertill-cpu")
    for left in (2, 1, 0):
        card.reset()
        card.transmit(bytes.fromhex("00 84 00 00 08"))
        assert status(card, "00 82 00 02 08 00 00 00 00 00 00 00 00") == 0x63C0 | left
    card.reset()
    assert status(card, "00 82 00 02") == 0x6983


def test_over_t0_a_card_has_its_answer_fetched_and_names_a_wrong_length():
    card = blank("gdw365")
    card.reset()
    for name in ("3F 00", "DF 01"):
        assert status(card, "00 A4 00 00 02" + name) == 0x9000
    assert status(card, "00 88 00 01 08 00 00 00 00 00 00 00 00") == 0x6108
    assert len(card.transmit(bytes.fromhex("00 C0 00 00 08"))) == 10
    assert status(card, "00 84 00 00 08") == 0x9000
    assert status(card, "00 B0 81 00 2E") == 0x6B00


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("FF A4 00 00 01 06", 0x9000),
        ("FF A4 00 00 01 05", 0x6A81),
        ("FF B0 00 00 20", 0x9000),
        ("FF B0 00 F0 20", 0x6B00),
        ("FF B1 00 00 04", 0x9000),
        ("FF D0 00 40 01 AA", 0x6982),
        ("FF 20 00 00 03 00 00 00", 0x9003),
        ("FF CA 00 00 00", 0x6A81),
        ("00 B0 00 00 20", 0x6A81),
        ("FF", 0x6700),
    ],
)
def test_a_memory_card_s_reader_keeps_its_rules(command, wanted):
    card = blank("sle4442")
    card.reset()
    assert status(card, command) == wanted


def test_a_memory_card_s_protected_bytes_cannot_be_written_nor_any_beyond_its_end():
    card = blank("sle4442")
    card.reset()
    code = keys().code("sle4442", 1, SERIAL)
    assert status(card, "FF 20 00 00 03" + code.hex()) == 0x9007
    assert status(card, "FF D0 00 1F 01 AA") == 0x6982
    assert status(card, "FF D0 00 FF 02 AA BB") == 0x6B00
    assert status(card, "FF D0 00 20 01 AA") == 0x9000


@given(st.sampled_from(PROFILES), st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_is_sent_to_a_card_it_answers(name, commands):
    card = blank(name)
    card.reset()
    for raw in commands:
        read_response(card.transmit(raw))


@pytest.mark.parametrize("name", PROFILES)
def test_what_a_card_holds_outlives_the_process(name, tmp_path):
    card = blank(name)
    written(name, card, loading(1, "open"))
    save(CardImage(name, SERIAL, card.cells), tmp_path / "card.json")
    again = load(tmp_path / "card.json").card(keys(), random.Random(3).randbytes)
    assert shown(name, again).picture.wallet == Wallet(AMOUNT, 1)
    assert [file.name for file in tmp_path.iterdir()] == ["card.json"]


@pytest.mark.parametrize("count", range(5))
def test_power_that_goes_leaves_the_bytes_before_it(count):
    cells = Cells({"wallet": bytes(4)})
    cells.left = count
    if count < 4:
        with pytest.raises(CardGone):
            cells.put("wallet", 0, b"\xff" * 4)
    else:
        cells.put("wallet", 0, b"\xff" * 4)
    assert cells.get("wallet") == b"\xff" * count + bytes(4 - count)


def test_a_card_that_was_pulled_out_stays_so_until_it_is_put_in_again():
    card = blank("powertill-cpu")
    card.reset()
    card.fault = Fault(0, FaultKind.LEAVE)
    for _ in range(2):
        with pytest.raises(CardGone):
            card.transmit(bytes.fromhex("00 82 00 02"))
    card.reset()
    assert status(card, "00 82 00 02") == 0x63C3


def test_a_key_holder_has_a_seed_of_its_size_and_shows_no_key():
    with pytest.raises(ValueError, match="16 bytes"):
        KeyHolder(b"short", random.Random(1).randbytes)
    assert repr(keys()) == "KeyHolder(versions [1])"


def test_a_module_with_a_grid_s_own_cipher_takes_the_place_of_software():
    class Reversed:
        """Stands for a cipher that only a module has."""

        def card_key(self, master, serial):
            return master[::-1]

        def cryptogram(self, key, challenge):
            return bytes(byte ^ key[0] for byte in challenge)

        def mac(self, key, message, size):
            return bytes((sum(message) + key[1]) % 256 for _ in range(size))

    holder = KeyHolder(bytes(range(16)), random.Random(1).randbytes, ciphers={"3des": Reversed()})
    card = blank("gdw365", holder=holder)
    assert isinstance(written("gdw365", card, loading(1, "open"), holder), Written)
    assert not isinstance(written("gdw365", card, loading(2)), Written)


# --- The wire of a virtual reader. ---


class Reader:
    """What vpcd does: listens, lets one card in, and writes length and body in two."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.slot = None

    def let_in(self):
        self.slot, _ = self.listening.accept()
        self.slot.settimeout(5)

    def say(self, message):
        self.slot.sendall(len(message).to_bytes(2, "big"))
        self.slot.sendall(message)

    def hear(self):
        head = self.slot.recv(2, socket.MSG_WAITALL)
        return self.slot.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if head else None

    def transmit(self, raw):
        self.say(raw)
        return self.hear()

    def close(self):
        for one in (self.slot, self.listening):
            if one is not None:
                one.close()


@pytest.fixture
def slot():
    """A reader with a card of ours in it."""
    reader, card = Reader(), blank("powertill-cpu")
    wire = VpcdWire(card, reader.port)
    reader.let_in()
    serving = threading.Thread(target=wire.serve)
    serving.start()
    yield reader, wire, card
    wire.leave()
    serving.join(timeout=5)
    reader.close()
    assert not serving.is_alive()


def test_a_card_is_read_over_the_wire_of_a_virtual_reader(slot):
    reader, _, card = slot
    reader.say(b"\x01")
    reader.say(b"\x04")
    atr = reader.hear()
    assert profile_named("powertill-cpu").matches(atr)

    class Remote:
        protocol, cells = card.protocol, card.cells

        def reset(self):
            return atr

        def transmit(self, raw):
            return reader.transmit(raw)

    outcome = carried_out(read_card(profile_named("powertill-cpu"), atr), Remote(), keys())
    assert outcome.picture.serial == SERIAL


def test_power_off_and_reset_are_not_answered(slot):
    reader, _, _ = slot
    for message in (b"\x00", b"\x02", b"\x01"):
        reader.say(message)
    assert reader.transmit(bytes.fromhex("00820002")) == bytes.fromhex("63C3")


def test_a_card_that_is_pulled_out_closes_the_wire(slot):
    reader, _, card = slot
    card.fault = Fault(0, FaultKind.LEAVE)
    assert reader.transmit(bytes.fromhex("00820002")) is None


def test_a_card_leaves_when_it_is_told_to_and_may_leave_twice(slot):
    reader, wire, _ = slot
    wire.leave()
    assert reader.hear() is None
    wire.leave()


def test_a_reader_that_closes_inside_a_message_lets_the_card_go(slot):
    reader, _, _ = slot
    reader.slot.sendall(b"\x00\x05\x00")
    reader.slot.close()


def test_a_card_speaks_the_protocol_that_it_offers():
    for name in CPU:
        card = blank(name)
        assert isinstance(card.card, VirtualCpuCard)
        assert card.protocol in read_atr(card.reset()).protocols
