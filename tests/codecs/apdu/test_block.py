"""T=1: blocks by ISO/IEC 7816-3, and a command that is carried out once, whatever the line does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.codecs.apdu.agreed import Agreed, agreed_with
from gateway.codecs.apdu.atr import read_atr
from gateway.codecs.apdu.block import Block, part, read_block, wanted
from gateway.codecs.apdu.block_card import BlockCard
from gateway.codecs.apdu.block_line import BlockLine
from gateway.codecs.apdu.command import PeerFault

READ = bytes.fromhex("00B0810004")


def test_blocks_have_the_bytes_of_the_standard():
    assert part(0, READ).encoded.hex() == "00000500b081000430"
    assert part(1, b"", has_more=True).encoded.hex() == "00600060"
    assert wanted(1, 1).encoded.hex() == "00910091"
    assert Block(0xC1, b"\xfe").encoded.hex() == "00c101fe3e"
    assert read_block(bytes.fromhex("00c101fe3e")) == Block(0xC1, b"\xfe")


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("000000", "block"),
        ("00000001", "LRC"),
        ("01000001", "block"),
        ("00000100", "block"),
        ("0000FF" + "00" * 255 + "FF", "block"),
        ("00010001", "block"),
        ("00840084", "block"),
        ("00C401FE3B", "block"),
        ("00C000C000", "block"),
        ("00830083", "block"),
    ],
)
def test_what_is_no_block_is_refused(raw, what):
    with pytest.raises(PeerFault) as fault:
        read_block(bytes.fromhex(raw))
    assert fault.value.what == what


@given(st.binary(max_size=300))
def test_hostile_bytes_are_a_fault_or_a_block(raw):
    try:
        assert read_block(raw).encoded == raw
    except PeerFault:
        return


@pytest.mark.parametrize(
    ("atr", "agreed"),
    [
        ("3B69000057 0102030405060708", Agreed(0, 0x11, 0, 10)),
        ("3B860150544C2D433101", Agreed(1, 0x11, 0, 0x4D)),
        # TA1 offers more, and nothing of it is agreed on; TA3 FE, TB3 45: portions of 254 bytes, BWI 4.
        ("3FB5 96 00 81 31 FE 45 3132333435 2F", Agreed(1, 0x11, 0, 0x45, 254, is_inverse=True)),
        # TA2 01: T=1 only, at the rate of TA1.
        ("3B90 95 91 01 31 20 45 40", Agreed(1, 0x95, 0, 0x45, 32)),
    ],
)
def test_how_a_card_speaks_stands_in_its_answer_to_reset(atr, agreed):
    raw = bytearray.fromhex(atr)
    if agreed.protocol:
        raw[-1] = 0
        for byte in raw[1:-1]:
            raw[-1] ^= byte
    assert agreed_with(read_atr(bytes(raw))) == agreed


@pytest.mark.parametrize(
    ("interface", "said"),
    [
        ("80 0E", "T=14 is not spoken"),
        ("80 11 11", "TA2 says a rate"),
        ("80 81 41 01", "TC3 wants check bytes by CRC"),
        ("80 81 11 FF", "TA3 must be from 1 to 254"),
        ("80 81 11 00", "TA3 must be from 1 to 254"),
        ("80 81 21 A5", "TB3 has no such waiting time"),
    ],
)
def test_a_card_that_speaks_otherwise_is_refused(interface, said):
    raw = bytearray.fromhex("3B" + interface + "00")
    for byte in raw[1:-1]:
        raw[-1] ^= byte
    with pytest.raises(PeerFault, match=said):
        agreed_with(read_atr(bytes(raw)))


class Card:
    """What a card did, and the line to it. ``spoil`` says what becomes of each block, by its place."""

    def __init__(self, answer, portion=32, times=0, spoil=lambda _, raw: raw):
        self.commands = []
        self.line = BlockLine(portion)
        self._end = BlockCard(self._apply, times)
        self._answer = answer
        self._spoil = spoil
        self._place = 0
        self.asked_for = []

    def _apply(self, command):
        self.commands.append(command)
        return self._answer

    def _over(self, raw):
        self._place += 1
        return None if raw is None else self._spoil(self._place - 1, raw)

    def carry(self):
        while self.line.outgoing is not None:
            self.asked_for.append(self.line.times)
            sent = self._over(self.line.outgoing)
            came = None if sent is None else self._over(self._end.answer(sent))
            if came is None:
                self.line.disturbed()
            else:
                self.line.receive(came)
        return self.line.answer

    def open(self):
        self.line.open()
        self.carry()

    def ask(self, command):
        self.line.ask(command)
        return self.carry()


@given(
    st.binary(min_size=4, max_size=261), st.binary(min_size=2, max_size=258), st.integers(1, 254),
    st.integers(0, 3), st.booleans(),
)  # fmt: skip
def test_commands_and_answers_of_any_length_arrive_whole(command, answer, portion, times, is_opened):
    card = Card(answer, portion, times)
    if is_opened:
        card.open()
    assert [card.ask(command), card.ask(READ)] == [answer, answer]
    assert card.commands == [command, READ]
    assert set(card.asked_for) <= {0, times}


@settings(max_examples=300)
@given(
    st.binary(min_size=4, max_size=100), st.binary(min_size=2, max_size=100), st.integers(1, 40),
    st.dictionaries(st.integers(0, 30), st.sampled_from(["lost", "bit", "cut"]), max_size=6),
    st.integers(0, 2),
)  # fmt: skip
def test_however_it_is_disturbed_no_command_is_carried_out_twice(command, answer, portion, faults, times):
    def spoil(place, raw):
        match faults.get(place):
            case "lost":
                return None
            case "bit":
                return raw[:-1] + bytes((raw[-1] ^ 0x04,))
            case "cut":
                return raw[:-1]
            case _:
                return raw

    card = Card(answer, portion, times, spoil)
    for nth in range(1, 4):
        try:
            assert card.ask(command) == answer
        except PeerFault:
            assert len(card.commands) in {nth - 1, nth}, "its fate is unknown, and no more than that"
            return
        assert card.commands == [command] * nth


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("fault", ["lost", "bit"])
def test_one_disturbance_is_made_good(place, fault):
    damaged = lambda raw: None if fault == "lost" else raw[:-1] + bytes((raw[-1] ^ 1,))  # noqa: E731 - short
    card = Card(bytes(70), 16, spoil=lambda nth, raw: damaged(raw) if nth == place else raw)
    card.open()
    assert card.ask(bytes(range(40))) == bytes(70)
    assert card.commands == [bytes(range(40))]


def test_a_card_that_is_silent_is_given_up_after_three_tries_and_never_started_afresh():
    card = Card(b"\x90\x00", spoil=lambda nth, raw: raw if nth < 2 else None)
    card.open()
    with pytest.raises(PeerFault, match="3 tries"):
        card.ask(READ)
    assert card.commands == []


def test_before_the_first_command_the_line_is_started_afresh_once():
    said = []

    def spoil(nth, raw):
        said.append(raw[1])
        return raw if nth > 2 else None

    card = Card(b"\x90\x00", spoil=spoil)
    card.open()
    assert said[:4] == [0xC1, 0xC1, 0xC1, 0xC0], "three tries, and a fresh start"
    assert card.ask(READ) == b"\x90\x00"


@given(st.lists(st.one_of(st.binary(max_size=8), st.builds(
    lambda control, body: Block(control, body).encoded, st.integers(0, 255), st.binary(max_size=4)
)), min_size=1, max_size=800))  # fmt: skip
def test_whatever_a_card_says_it_comes_to_an_end(said):
    line = BlockLine(32)
    line.ask(READ)
    try:
        for raw in said:
            line.receive(raw)
            if line.outgoing is None:
                assert line.answer is not None
                return
    except PeerFault:
        return


def test_a_block_with_another_number_is_no_answer():
    line = BlockLine(32)
    line.ask(READ)
    line.receive(part(1, b"\x90\x00").encoded)
    assert (line.answer, read_block(line.outgoing)) == (None, wanted(0, 2))


def test_a_command_that_comes_once_more_is_not_carried_out_again():
    carried = []

    def carry(command):
        carried.append(command)
        return b"\x90\x00"

    card = BlockCard(carry)
    assert read_block(card.answer(part(0, READ).encoded)) == part(0, b"\x90\x00")
    assert read_block(card.answer(part(0, READ).encoded)) == wanted(1, 2)
    assert carried == [READ]


def test_an_answer_without_end_is_a_fault():
    line = BlockLine(32)
    line.ask(READ)
    line.receive(part(0, bytes(200), has_more=True).encoded)
    with pytest.raises(PeerFault, match="more than 258 bytes"):
        line.receive(part(1, bytes(59), has_more=True).encoded)


def test_a_card_that_asks_for_time_without_end_is_a_fault():
    line = BlockLine(32)
    line.ask(READ)
    for _ in range(640):
        line.receive(Block(0xC3, b"\x02").encoded)
        assert line.times == 2
    with pytest.raises(PeerFault, match="no end after 640 blocks"):
        line.receive(Block(0xC3, b"\x02").encoded)


def test_a_card_may_take_smaller_portions_from_then_on():
    line = BlockLine(32)
    line.ask(bytes(40))
    line.receive(Block(0xC1, b"\x05").encoded)
    assert read_block(line.outgoing) == Block(0xE1, b"\x05")
    line.receive(wanted(1).encoded)
    assert read_block(line.outgoing) == part(1, bytes(5), has_more=True)


@pytest.mark.parametrize("control", [0xC0, 0xC2])
def test_what_a_card_may_not_arrange_is_a_fault(control):
    line = BlockLine(32)
    line.ask(READ)
    with pytest.raises(PeerFault, match="is not for a card to say"):
        line.receive(Block(control).encoded)


def test_a_card_that_only_repeats_itself_is_given_up():
    line = BlockLine(32)
    line.ask(READ)
    line.receive(Block(0xE1, b"\xfe").encoded)
    assert read_block(line.outgoing) == part(0, READ)
    line.receive(Block(0xE1, b"\xfe").encoded)
    with pytest.raises(PeerFault, match="wanted again after 3 tries"):
        line.receive(Block(0xE1, b"\xfe").encoded)
