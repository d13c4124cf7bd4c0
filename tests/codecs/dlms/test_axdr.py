"""Values: literal octets, round trips, and what is refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.dlms.axdr import read, write
from gateway.codecs.dlms.datum import (
    ARRAY,
    BIT_STRING,
    BOOLEAN,
    DEPTH_MAX,
    ENUM,
    FLOAT32,
    INT8,
    INT16,
    INT32,
    INT64,
    MOMENTS,
    NULL,
    OCTET_STRING,
    STRUCTURE,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    UTF8_STRING,
    VALUE_OCTETS_MAX,
    VISIBLE_STRING,
    Datum,
    array,
    octets,
    structure,
)
from gateway.codecs.dlms.fault import PeerFault

WHOLE = {INT8: (8, 1), INT16: (16, 1), INT32: (32, 1), INT64: (64, 1), UINT8: (8, 0), UINT16: (16, 0)}
WHOLE |= {UINT32: (32, 0), UINT64: (64, 0), ENUM: (8, 0)}


def whole_numbers(tag, bits, signed):
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return st.builds(Datum, st.just(tag), st.integers(least, most))


LEAVES = st.one_of(
    *(whole_numbers(tag, *form) for tag, form in WHOLE.items()),
    st.builds(Datum, st.just(NULL), st.none()),
    st.builds(Datum, st.just(BOOLEAN), st.booleans()),
    st.builds(Datum, st.just(BIT_STRING), st.text("01", max_size=20)),
    st.builds(Datum, st.just(OCTET_STRING), st.binary(max_size=200)),
    st.builds(Datum, st.just(VISIBLE_STRING), st.text(st.characters(max_codepoint=255), max_size=20)),
    st.builds(Datum, st.just(UTF8_STRING), st.text(max_size=20)),
    st.builds(Datum, st.just(FLOAT32), st.floats(width=32, allow_nan=False)),
    *(st.builds(Datum, st.just(tag), st.binary(min_size=n, max_size=n)) for tag, n in MOMENTS.items()),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        Datum, st.sampled_from([ARRAY, STRUCTURE]), st.lists(inner, max_size=5).map(tuple)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("00", Datum(NULL, None)),
        ("0301", Datum(BOOLEAN, value=True)),
        ("040380", Datum(BIT_STRING, "100")),
        ("05fffffffe", Datum(INT32, -2)),
        ("06000004d2", Datum(UINT32, 1234)),
        ("0906010001 0800ff", octets(bytes.fromhex("0100010800ff"))),
        ("0a03414243", Datum(VISIBLE_STRING, "ABC")),
        ("02020ffd161e", structure(Datum(INT8, -3), Datum(ENUM, 30))),
        ("0102 1101 1102", array(Datum(UINT8, 1), Datum(UINT8, 2))),
        ("0100", array()),
        ("1941c80000", None),
        ("173fc00000", Datum(FLOAT32, 1.5)),
        ("0981020102", octets(b"\1\2")),
    ],
)
def test_octets_are_read_as_the_standard_has_them(raw, value):
    if value is None:
        with pytest.raises(PeerFault):
            read(bytes.fromhex(raw))
    else:
        assert read(bytes.fromhex(raw)) == value


@given(VALUES)
def test_what_is_written_is_read_again(value):
    assert read(write(value)) == value


@given(VALUES, st.data())
def test_what_is_cut_short_or_left_over_is_refused(value, data):
    raw = write(value)
    with pytest.raises(PeerFault):
        read(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(PeerFault, match="left over"):
        read(raw + b"\0")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("0600000001060000", "left over"),
        ("01830fffff", "parts in 0 octets"),
        ("0985ffffffffff", "a length of 5 octets"),
        ("0980", "a length of 0 octets"),
        ("07", "no type"),
        ("0c01ff", "no UTF-8"),
        ("0201" * (DEPTH_MAX + 1) + "00", "deeper"),
        ("00" * (VALUE_OCTETS_MAX + 1), "longer than"),
    ],
)
def test_a_hostile_value_is_refused_at_once(raw, why):
    wire = bytes.fromhex(raw)
    begun = time.thread_time()
    with pytest.raises(PeerFault, match=why):
        read(wire)
    assert time.thread_time() - begun < 1


def test_the_largest_value_that_is_taken_is_read_within_a_second():
    count = VALUE_OCTETS_MAX - 5
    wire = b"\x01\x83" + count.to_bytes(3, "big") + bytes(count)
    begun = time.thread_time()
    assert len(read(wire).value) == count
    assert time.thread_time() - begun < 1


def test_the_deepest_value_that_is_taken_is_read():
    assert read(bytes.fromhex("0201" * DEPTH_MAX + "00"))


@pytest.mark.parametrize(
    ("raw", "rows"),
    [
        (
            "13 02021211 06 000105000206",
            array(*(structure(Datum(UINT16, n), Datum(UINT8, n + 4)) for n in (1, 2))),
        ),
        ("13 06 00", array()),
        ("13 01000211 04 01020304", array(*(array(Datum(UINT8, n), Datum(UINT8, n + 1)) for n in (1, 3)))),
    ],
)
def test_a_compact_array_is_read_as_an_array(raw, rows):
    assert read(bytes.fromhex(raw)) == rows


@pytest.mark.parametrize(
    "raw",
    [
        "13 00 01 ff",  # values of no octet, without end
        "13 01ffff01ffff00 01 00",  # four thousand million values in nine octets
        "13" + "01ffff" * 20 + "00 01 00",
        "13 02021211 05 0001050002",
        "13 13 00",
    ],
)
def test_a_compact_array_that_never_ends_is_refused(raw):
    begun = time.thread_time()
    with pytest.raises(PeerFault):
        read(bytes.fromhex(raw))
    assert time.thread_time() - begun < 1


@pytest.mark.parametrize(
    "value",
    [
        Datum(UINT8, 256),
        Datum(INT8, "1"),
        Datum(BIT_STRING, "12"),
        Datum(25, b"1"),
        Datum(7, 1),
        Datum(ARRAY, 1),
    ],
)
def test_a_value_of_ours_that_does_not_fit_is_our_own_fault(value):
    with pytest.raises(ValueError, match=r"no |number|values"):
        write(value)


def test_a_repr_shows_no_octets_and_no_text():
    shown = repr(structure(octets(b"58293746152938475610"), Datum(VISIBLE_STRING, "secret")))
    assert "5829" not in shown
    assert "secret" not in shown
