"""Messages against pyiso8583 (an independent codec), the short cut against the fields, and dirt."""

import random

import iso8583
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso8583.specs import default_ascii

import schemas
from gateway.codecs.iso8583 import plans
from gateway.codecs.iso8583.message import MessageSpec, PeerFault, ValueFault

DEFAULT = schemas.load("iso8583/default.json")["message"]
BINARY = {
    "mti": "bcd",
    "bitmap": "bin",
    "fields": {
        "2": ["var", "bcd", 2, "bcd", 19],
        "3": ["fix", "bcd", 6],
        "22": ["fix", "bcd", 3],
        "35": ["var", "bcd", 2, "bcd", 37, "right"],
        "41": ["fix", "ebcdic", 8],
        "48": ["var", "bcd", 3, "ascii", 999],
        "52": ["fix", "bin", 8],
        "55": ["var", "bin", 1, "bin", 255],
        "90": ["fix", "bcd", 42],
        "120": ["var", "ebcdic", 3, "ebcdic", 999],
        "150": ["fix", "ascii", 4],
    },
}
ALPHABETS = {
    "n": "0123456789",
    "an": "0123456789ABCxyz ",
    "ans": "".join(map(chr, range(32, 127))),
    "ns": "0123456789 -/",
    "z": "0123456789=",
}


def text_of(entry):
    width = entry.get("length", entry.get("max"))
    least = entry.get("length", 0)
    if entry["type"] == "b":
        return st.binary(min_size=width, max_size=width).map(lambda raw: raw.hex().upper())
    if entry["type"] == "x+n":
        digits = st.text("0123456789", min_size=width - 1, max_size=width - 1)
        return st.tuples(st.sampled_from("CD"), digits).map("".join)
    return st.text(ALPHABETS[entry["type"]], min_size=least, max_size=min(width, 60))


ASCII_FIELDS = st.fixed_dictionaries(
    {}, optional={int(number): text_of(entry) for number, entry in DEFAULT["fields"].items()}
)
BINARY_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        2: st.text("0123456789", max_size=19),
        3: st.text("0123456789", min_size=6, max_size=6),
        22: st.text("0123456789", min_size=3, max_size=3),
        35: st.text("0123456789", max_size=37),
        41: st.text("ABC123 ", min_size=8, max_size=8),
        48: st.text(ALPHABETS["ans"], max_size=300),
        52: st.binary(min_size=8, max_size=8).map(lambda raw: raw.hex().upper()),
        55: st.binary(max_size=255).map(lambda raw: raw.hex().upper()),
        90: st.text("0123456789", min_size=42, max_size=42),
        120: st.text("ABC123 ", max_size=300),
        150: st.text("ABC123 ", min_size=4, max_size=4),
    },
)


def ascii_peer():
    spec = {key: dict(entry) for key, entry in default_ascii.items()}
    for key, entry in DEFAULT["fields"].items():
        width = entry.get("length", entry.get("max"))
        digits = 0 if "length" in entry else entry.get("digits", max(2, len(str(width))))
        most = 2 * width if entry["type"] == "b" else width
        spec[key] = {"data_enc": "ascii", "len_enc": "ascii", "len_type": digits, "max_len": most, "desc": ""}
    return spec


def binary_peer():
    def row(data, length, size, most, **more):
        return {"data_enc": data, "len_enc": length, "len_type": size, "max_len": most, "desc": "", **more}

    def packed(size, most, **pad):
        return row("b", "bcd", size, most, len_count="nibbles", **pad)

    spec = {key: dict(entry) for key, entry in default_ascii.items()}
    spec |= {"t": row("b", "b", 0, 2), "p": row("b", "b", 0, 8), "1": row("b", "b", 0, 16)}
    return spec | {
        "2": packed(1, 19, left_pad="0"),
        "3": packed(0, 6),
        "22": packed(0, 3, left_pad="0"),
        "35": packed(1, 37, right_pad="0"),
        "41": row("cp500", "ascii", 0, 8),
        "48": row("ascii", "bcd", 2, 999),
        "52": row("b", "b", 0, 8),
        "55": row("b", "b", 1, 255),
        "90": packed(0, 42),
        "120": row("cp500", "cp500", 3, 999),
        "150": row("ascii", "ascii", 0, 4),
    }


def both_ways(spec, peer, fields):
    document = {"t": "0200", **{str(number): text for number, text in fields.items()}}
    theirs = bytes(iso8583.encode(dict(document), peer)[0])
    assert spec.encode("0200", fields) == theirs
    message = spec.decode(theirs)
    decoded, _ = iso8583.decode(theirs, peer)
    assert message.fields == {int(k): v for k, v in decoded.items() if k.isdecimal() and k != "1"}
    assert message.fields == fields


ASCII_SPEC, ASCII_PEER = MessageSpec.from_table(DEFAULT), ascii_peer()
BINARY_SPEC, BINARY_PEER = MessageSpec.from_table(BINARY), binary_peer()


@settings(max_examples=150, deadline=None)
@given(ASCII_FIELDS)
def test_pyiso8583_agrees_on_character_messages(fields):
    both_ways(ASCII_SPEC, ASCII_PEER, fields)


@settings(max_examples=150, deadline=None)
@given(BINARY_FIELDS)
def test_pyiso8583_agrees_on_binary_messages(fields):
    both_ways(BINARY_SPEC, BINARY_PEER, fields)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except (PeerFault, ValueFault) as fault:
        return type(fault), fault.field, fault.why, getattr(fault, "at", None)


@settings(max_examples=200, deadline=None)
@given(fields=ASCII_FIELDS, dirt=st.data())
def test_the_short_cut_changes_nothing(fields, dirt):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "QUICK_AFTER", 1)
        quick, singly = MessageSpec.from_table(DEFAULT), ASCII_SPEC
        if fields and dirt.draw(st.booleans()):
            number = dirt.draw(st.sampled_from(sorted(fields)))
            fields = fields | {number: dirt.draw(st.text("0A =\x1f\xe9", max_size=20))}
        first = outcome(quick.encode, "0200", fields)
        patch.setattr(plans, "QUICK_AFTER", 10**9)
        assert first == outcome(quick.encode, "0200", fields) == outcome(singly.encode, "0200", fields)
        wire = first if isinstance(first, bytes) else b"0200" + b"6000000000000000" + b"000000000"
        at = dirt.draw(st.integers(20, len(wire)))
        wire = wire[:at] + dirt.draw(st.sampled_from([b"", b"0", b"\xff", b"A"])) + wire[at + 1 :]
        patch.setattr(plans, "QUICK_AFTER", 1)
        first = outcome(quick.decode, wire)
        assert first == outcome(quick.decode, wire) == outcome(singly.decode, wire)


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        (
            ASCII_SPEC,
            {2: "6217001234567890123", 3: "500000", 4: "000000010000", 48: "MT0512345", 90: "0" * 42},
        ),
        (
            BINARY_SPEC,
            {2: "621700123456789012", 3: "500000", 35: "1" * 37, 55: "9F02", 120: "ABC", 150: "ABCD"},
        ),
    ],
    ids=["ascii", "binary"],
)
def test_a_damaged_message_raises_nothing_but_a_fault_of_the_peer(spec, fields):
    dice = random.Random(8583)
    sound = spec.encode("0200", fields)
    places = []
    for _ in range(10_000):
        wire = bytearray(sound)
        for _ in range(dice.randint(1, 4)):
            wire[dice.randrange(len(wire))] = dice.choice((dice.randrange(256), 0x30, 0x46, 0xFF))
        del wire[dice.choice((len(wire), dice.randint(0, len(wire)))) :]
        try:
            spec.decode(bytes(wire))
        except PeerFault as fault:
            places.append((fault.at, len(wire)))
    assert len(places) > 5000
    assert all(0 <= at <= length for at, length in places)
