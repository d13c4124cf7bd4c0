import pytest

from gateway.codecs.card.fault import PeerFault, ValueFault
from gateway.codecs.card.frame import Frame

BODY = bytes.fromhex("0102030405060708090A0B0C")
# 11 + 12 + 78 (the sum of 1 to 12) = 9B; with two bytes of length 11 + 00 + 0C + 4E = 6B.
SHORT = bytes.fromhex("68 11 12 0102030405060708090A0B0C 71 16")
LONG = bytes.fromhex("68 11 000C 0102030405060708090A0B0C 6B 16")


@pytest.mark.parametrize(("length", "raw"), [("bcd1", SHORT), ("be16", LONG)])
def test_both_forms_of_the_length_are_written_and_read(length, raw):
    frame = Frame(0x11, length)
    assert frame.wrap(BODY) == raw
    assert frame.opened(raw, "returned") == BODY


@pytest.mark.parametrize(
    ("raw", "at", "why"),
    [
        ("69 11 000C 0102030405060708090A0B0C 6B 16", 0, "does not begin with 68"),
        ("68 12 000C 0102030405060708090A0B0C 6B 16", 1, "the command is not 11"),
        ("68 11 000D 0102030405060708090A0B0C 6B 16", 2, "the length does not say 12"),
        ("68 11 000C 0102030405060708090A0B0D 6B 16", 16, "the sum does not fit"),
        ("68 11 000C 0102030405060708090A0B0C 6B 17", 17, "does not end with 16"),
        ("68 11 00", 0, "does not begin"),
    ],
)
def test_a_broken_frame_is_refused_with_its_place(raw, at, why):
    with pytest.raises(PeerFault, match=why) as refused:
        Frame(0x11, "be16").opened(bytes.fromhex(raw), "returned")
    assert (refused.value.file, refused.value.at) == ("returned", at)


def test_a_length_of_one_byte_that_is_no_number_is_refused():
    with pytest.raises(PeerFault, match="the length"):
        Frame(0x11, "bcd1").opened(bytes.fromhex("68 11 0C 0102030405060708090A0B0C 6B 16"), "returned")


def test_more_than_two_digits_can_say_is_not_framed():
    with pytest.raises(ValueFault, match="100 bytes"):
        Frame(0x11, "bcd1").wrap(bytes(100))


def test_a_whole_frame_of_another_kind_is_known_and_a_torn_one_is_not():
    preset = Frame(0x06, "be16").wrap(bytes(26)) + bytes(13)
    assert Frame(0x01, "be16").other(preset) == 0x06
    assert Frame(0x06, "be16").other(preset) is None
    assert Frame(0x01, "be16").other(preset[:20] + bytes(25)) is None
    assert Frame(0x01, "be16").other(bytes(45)) is None
    assert Frame(0x01, "be16").other(b"\x68") is None
