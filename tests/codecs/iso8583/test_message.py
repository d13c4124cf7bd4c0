"""Messages: bitmaps, faults with their place, unknown fields, and what a repr may show."""

import pytest

from gateway.codecs.iso8583 import plans
from gateway.codecs.iso8583.message import Message, MessageSpec, PeerFault, ValueFault
from gateway.codecs.iso8583.tables import TableFault

ROWS = {
    "2": ["var", "ascii", 2, "ascii", 19],
    "3": ["fix", "ascii", 6],
    "70": ["fix", "ascii", 3],
    "130": ["fix", "ascii", 2],
}


def spec_of(mti="ascii", bitmap="hex", fields=ROWS):
    return MessageSpec.from_table(
        {"mti": mti, "bitmap": bitmap, "contents": {"ans": "ascii"}, "fields": fields}
    )


@pytest.fixture(params=[0, 10**9], ids=["quick", "singly"])
def spec(request, monkeypatch):
    """One table, read by the short cut and field by field."""
    monkeypatch.setattr(plans, "QUICK_AFTER", request.param)
    return spec_of()


PRIMARY = b"0200" + b"6000000000000000" + b"03123" + b"500000"
TERTIARY = (
    b"0800" + b"A000000000000000" + b"8400000000000000" + b"4000000000000000" + b"500000" + b"301" + b"AB"
)


def test_a_primary_bitmap_names_the_fields(spec):
    fields = {2: "123", 3: "500000"}
    assert spec.decode(PRIMARY) == Message("0200", fields)
    assert spec.encode("0200", fields) == PRIMARY


def test_bit_65_announces_a_tertiary_bitmap(spec):
    fields = {3: "500000", 70: "301", 130: "AB"}
    assert spec.decode(TERTIARY) == Message("0800", fields)
    assert spec.encode("0800", fields) == TERTIARY


def test_a_table_may_give_bit_65_to_a_field():
    own = spec_of(fields={"65": ["fix", "bin", 1], "70": ["fix", "ascii", 3]})
    wire = b"0800" + b"8000000000000000" + b"8400000000000000" + b"\x01" + b"301"
    assert own.decode(wire).fields == {65: "01", 70: "301"}
    assert own.encode("0800", {70: "301", 65: "01"}) == wire
    with pytest.raises(TableFault):
        spec_of(fields={"65": ["fix", "bin", 1], "130": ["fix", "ascii", 3]})


@pytest.mark.parametrize(
    ("mti", "bitmap", "head"),
    [
        ("bcd", "bin", "0200 6000000000000000"),
        ("ascii", "bin", "30323030 6000000000000000"),
        ("ebcdic", "ebcdic", "f0f2f0f0 f6f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0"),
    ],
)
def test_mti_and_bitmap_stand_in_the_encoding_of_the_table(mti, bitmap, head):
    wire = bytes.fromhex(head) + b"03123" + b"500000"
    assert spec_of(mti, bitmap).decode(wire) == Message("0200", {2: "123", 3: "500000"})
    assert spec_of(mti, bitmap).encode("0200", {2: "123", 3: "500000"}) == wire


FAULTS = [
    (b"02", None, 0, None),
    (b"02x0" + PRIMARY[4:], None, 0, None),
    (PRIMARY[:12], None, 4, {}),
    (b"0200" + b"60000000000000x0" + PRIMARY[20:], None, 18, {}),
    (TERTIARY[:40], None, 36, {}),
    (b"0200" + b"6000000000000000" + b"21123", 2, 20, {}),
    (b"0200" + b"6000000000000000" + b"03123" + b"5000", 3, 25, {2: "123"}),
    (b"0200" + b"6000000000000000" + b"03123" + b"50000\xff", 3, 30, {2: "123"}),
    (PRIMARY + b"!", None, 31, {2: "123", 3: "500000"}),
]


@pytest.mark.parametrize(("wire", "field", "at", "read"), FAULTS)
def test_a_fault_names_field_and_offset_and_keeps_what_was_read(spec, wire, field, at, read):
    with pytest.raises(PeerFault) as caught:
        spec.decode(wire)
    fault = caught.value
    assert (fault.field, fault.at) == (field, at)
    assert (fault.partial.fields if fault.partial else None) == read


def test_a_field_without_a_layout_leaves_the_rest_unread(spec):
    message = spec.decode(b"0200" + b"6800000000000000" + b"03123" + b"500000" + b"rest")
    assert message.fields == {2: "123", 3: "500000"}
    assert (message.unread.field, message.unread.at, message.unread.raw) == (5, 31, b"rest")


def test_the_order_of_the_fields_given_does_not_matter(spec):
    assert spec.encode("0200", {3: "500000", 2: "123"}) == PRIMARY


@pytest.mark.parametrize(
    ("mti", "fields", "field"),
    [
        ("020", {3: "500000"}, None),
        ("02x0", {3: "500000"}, None),
        ("0200", {3: "5000"}, 3),
        ("0200", {2: "1" * 20, 3: "500000"}, 2),
        ("0200", {3: "500000", 4: "1"}, 4),
        ("0200", {1: "0", 3: "500000"}, 1),
    ],
)
def test_a_value_of_ours_that_does_not_fit_is_our_fault(spec, mti, fields, field):
    with pytest.raises(ValueFault) as caught:
        spec.encode(mti, fields)
    assert caught.value.field == field


def test_a_separator_inside_a_value_is_not_lost(spec):
    fields = {2: "\x1f", 3: "50\x1f000"}
    assert spec.decode(spec.encode("0200", fields)).fields == fields


def test_a_repr_shows_no_secret():
    secret = {"name": "x", "type": "ans", "max": 99, "secret": True}
    entries = {
        "2": {"name": "x", "type": "n", "max": 19},
        "62": secret,
        "11": ["fix", "ascii", 6],
        "48": secret,
    }
    spec = spec_of(fields=entries)
    fields = {2: "6217001234567890123", 11: "004711", 48: "TK2012345678901234567890", 62: "key material"}
    message = spec.decode(spec.encode("0200", fields))
    assert "621700*********0123" in repr(message)
    assert "004711" in repr(message)
    assert not any(part in repr(message) for part in ("1234567890", "key material"))


def test_a_short_account_number_is_masked_whole():
    assert Message("0200", {2: "053502"}).shown(2) == "<6 masked>"


def test_the_text_of_a_fault_holds_no_values():
    spec = spec_of(fields={"2": {"name": "x", "type": "n", "max": 19}, "3": ["fix", "ascii", 6]})
    with pytest.raises(PeerFault) as caught:
        spec.decode(b"0200" + b"6000000000000000" + b"13411111x111111" + b"500000")
    assert "411111" not in str(caught.value) + repr(caught.value)
    with pytest.raises(ValueFault) as refused:
        spec.encode("0200", {2: "41111111111x1111", 3: "500000"})
    assert "411111" not in str(refused.value)


def test_the_plans_for_new_bitmaps_are_limited(monkeypatch):
    monkeypatch.setattr("gateway.codecs.iso8583.message.PLANS_MAX", 4)
    spec = spec_of(fields={str(number): ["fix", "ascii", 1] for number in range(2, 60)})
    for number in range(2, 60):
        assert spec.decode(spec.encode("0200", {number: "1"})).fields == {number: "1"}
        assert len(spec._reading) <= 4  # noqa: SLF001 - the limit is inside
        assert len(spec._writing) <= 4  # noqa: SLF001


@pytest.mark.parametrize(
    "table",
    [
        {"mti": "roman", "bitmap": "hex", "fields": {}},
        {"mti": "ascii", "bitmap": "oct", "fields": {}},
        {"mti": "ascii", "bitmap": "hex"},
        {"mti": "ascii", "bitmap": "hex", "fields": {"1": ["fix", "ascii", 1]}},
        {"mti": "ascii", "bitmap": "hex", "fields": {"193": ["fix", "ascii", 1]}},
        {"mti": "ascii", "bitmap": "hex", "fields": {"x": ["fix", "ascii", 1]}},
    ],
)
def test_a_wrong_table_is_refused(table):
    with pytest.raises(TableFault):
        MessageSpec.from_table(table)
