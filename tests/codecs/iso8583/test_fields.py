"""Fields: contents, prefixes and padding in literal bytes."""

import pytest

from gateway.codecs.iso8583.contents import Misfit
from gateway.codecs.iso8583.fields import FieldDefaults, field_of
from gateway.codecs.iso8583.tables import TableFault

DEFAULTS = FieldDefaults({"ans": "ascii", "n": "bcd", "b": "bin"}, "bcd")

# Rows in the form of the published vectors: row, text, bytes.
LITERALS = [
    (["fix", "ascii", 4], "0a =", "30 61 20 3d"),
    (["fix", "ebcdic", 3], "1A ", "f1 c1 40"),
    (["fix", "bcd", 4], "1234", "12 34"),
    (["fix", "bcd", 3], "123", "01 23"),
    (["fix", "bcd", 3, "left"], "123", "01 23"),
    (["fix", "bcd", 3, "right"], "123", "12 30"),
    (["fix", "bcd", 3, "rightF"], "123", "12 3f"),
    (["fix", "bin", 2], "0AFF", "0a ff"),
    (["fix", "hexbin", 2], "0AFF", "30 41 46 46"),
    (["fix", "amt_bcd", 9], "C00000100", "43 00 00 01 00"),
    (["fix", "amt_bcd", 4], "D012", "44 00 12"),
    (["var", "ascii", 2, "ascii", 19], "123", "30 33 31 32 33"),
    (["var", "ascii", 3, "ascii", 999], "", "30 30 30"),
    (["var", "bcd", 3, "ascii", 999], "AB", "00 02 41 42"),
    (["var", "bcd", 2, "bcd", 37, "right"], "12=34", "05 12 d3 40"),
    (["var", "bcd", 2, "bcd", 18, "bytes"], "1234", "02 12 34"),
    (["var", "bcd", 2, "bcd", 19, "rightF", "bytes"], "123", "02 12 3f"),
    (["var", "bin", 1, "ebcdic", 255], "12", "02 f1 f2"),
    (["var", "bin", 2, "bin", 999], "FF", "00 01 ff"),
    (["var", "ebcdic", 2, "ebcdic", 20], "7", "f0 f1 f7"),
    (["var", "ascii", 2, "hexbin", 20], "CAFE", "30 32 43 41 46 45"),
    (["var", "ascii", 2, "hexbin", 20, "digits"], "CAFE", "30 34 43 41 46 45"),
    (["var", "ascii", 2, "bin", 20, "digits"], "CAFE", "30 34 ca fe"),
]


@pytest.mark.parametrize(("row", "text", "wire"), LITERALS)
def test_a_text_has_one_form_in_bytes_and_back(row, text, wire):
    field = field_of(2, row, DEFAULTS)
    raw = bytes.fromhex(wire)
    assert field.write(text) == raw
    assert field.read(b"??" + raw + b"!!", 2) == (text, 2 + len(raw))


BAD_BYTES = [
    (["fix", "ascii", 4], "30 31", 0, "cut short"),
    (["fix", "ascii", 3], "30 e9 31", 1, "outside ascii"),
    (["fix", "bcd", 4], "12 3a", 1, "no digit"),
    (["fix", "bcd", 3], "51 23", 0, "pad"),
    (["fix", "hexbin", 2], "30 41 47 46", 2, "hex"),
    (["fix", "hexbin", 2], "30 41 20 46", 2, "hex"),
    (["fix", "amt_bcd", 5], "43 00 c0", 2, "no digit"),
    (["var", "ascii", 2, "ascii", 19], "31", 0, "length cut short"),
    (["var", "ascii", 2, "ascii", 19], "2b 31 41", 0, "not numeric"),
    (["var", "ascii", 2, "ascii", 19], "32 30 41", 0, "at most 19"),
    (["var", "ascii", 2, "ascii", 19], "30 33 41", 2, "says 3 bytes, 1 are there"),
    (["var", "bcd", 2, "ascii", 19], "0a 41", 0, "not numeric"),
    (["var", "bcd", 3, "ascii", 19], "00", 0, "length cut short"),
    (["var", "bin", 2, "ascii", 19], "00", 0, "length cut short"),
    (["var", "ebcdic", 2, "ascii", 19], "31 31 41", 0, "not numeric"),
    (["var", "ascii", 2, "bin", 8, "digits"], "30 33 ca fe", 2, "odd"),
]


@pytest.mark.parametrize(("row", "wire", "at", "why"), BAD_BYTES)
def test_bytes_against_the_layout_are_refused_at_their_place(row, wire, at, why):
    with pytest.raises(Misfit) as caught:
        field_of(2, row, DEFAULTS).read(bytes.fromhex("ff" + wire), 1)
    assert caught.value.at == at + 1
    assert why in caught.value.why


BAD_TEXTS = [
    (["fix", "ascii", 4], "123", "length is 3, must be 4"),
    (["fix", "ascii", 2], "né", "outside ascii"),
    (["fix", "bcd", 2], "1A", "packed"),
    (["fix", "bcd", 2], "1٣", "packed"),
    (["fix", "bin", 2], "0G00", "hex"),
    (["fix", "bin", 2], "00 0", "hex"),
    (["fix", "ebcdic", 1], "中", "outside ebcdic"),
    (["var", "ascii", 2, "ascii", 3], "1234", "at most 3"),
    (["var", "bcd", 2, "bcd", 18, "bytes"], "123", "odd"),
]


@pytest.mark.parametrize(("row", "text", "why"), BAD_TEXTS)
def test_a_text_that_does_not_fit_is_not_written(row, text, why):
    with pytest.raises(Misfit) as caught:
        field_of(2, row, DEFAULTS).write(text)
    assert why in caught.value.why


CLASSES = [
    ("n", "019", "01a"),
    ("a", "Ab ", "A1"),
    ("an", "A1 b", "A-1"),
    ("ans", "A1 /~", "A\t"),
    ("as", "A /", "A1"),
    ("ns", "1 /", "1A"),
    ("z", "12=34", "12A"),
    ("x+n", "C012", "X012"),
]


@pytest.mark.parametrize(("name", "good", "bad"), CLASSES)
@pytest.mark.parametrize("content", ["ascii", "ebcdic"])
def test_a_class_keeps_out_what_it_does_not_hold(name, good, bad, content):
    entry = {"name": "x", "type": name, "max": 20, "content": content, "prefix": "ascii"}
    field = field_of(2, entry, DEFAULTS)
    wire = field.write(good)
    assert field.read(wire, 0) == (good, len(wire))
    with pytest.raises(Misfit, match=name.replace("+", r"\+")):
        field.write(bad)
    with pytest.raises(Misfit, match=name.replace("+", r"\+")):
        field.read(b"%02d" % len(bad) + bad.encode("cp500" if content == "ebcdic" else "ascii"), 0)


def test_the_track_separator_is_no_digit_of_a_number():
    field = field_of(2, {"name": "x", "type": "n", "length": 4}, DEFAULTS)
    with pytest.raises(Misfit):
        field.read(bytes.fromhex("12d4"), 0)


def test_a_short_value_is_filled_where_the_table_says_so():
    blanks = field_of(41, {"name": "x", "type": "ans", "length": 8, "fill": "right"}, DEFAULTS)
    zeros = field_of(4, {"name": "x", "type": "n", "length": 12, "fill": "left"}, DEFAULTS)
    assert blanks.write("T1") == b"T1      "
    assert zeros.write("125") == bytes.fromhex("000000000125")


BAD_ENTRIES = [
    "ascii",
    [],
    ["fix", "ascii"],
    ["fix", "utf", 3],
    ["fix", "ascii", -1],
    ["fix", "ascii", "3"],
    ["fix", "ascii", 3, "middle"],
    ["var", "ascii", 7, "ascii", 3],
    ["var", "roman", 2, "ascii", 3],
    {"name": "x", "type": "q", "length": 3},
    {"name": "x", "type": "n"},
    {"type": "n", "length": 3},
    {"name": "x", "type": "n", "length": 3, "max": 3},
    {"name": "x", "type": "n", "max": 100, "digits": 2},
    {"name": "x", "type": "n", "max": True},
    {"name": "x", "type": "b", "length": 8, "content": "ascii"},
    {"name": "x", "type": "n", "length": 8, "fill": "middle"},
]


@pytest.mark.parametrize("entry", BAD_ENTRIES, ids=str)
def test_a_wrong_table_entry_is_refused_when_compiled(entry):
    with pytest.raises(TableFault, match="field 2"):
        field_of(2, entry, DEFAULTS)
