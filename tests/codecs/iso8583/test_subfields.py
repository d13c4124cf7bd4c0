"""Sub-fields: TLV, tag=value and fixed parts, with unknown tags kept and faults placed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.iso8583.message import PeerFault, ValueFault
from gateway.codecs.iso8583.subfields import SubFieldLayout
from gateway.codecs.iso8583.tables import TableFault

TLV = SubFieldLayout.from_table(48, {"kind": "tlv", "tag": 2, "length": 2, "tags": {"MT": "meter", "CN": ""}})
WIDE = SubFieldLayout.from_table(62, {"kind": "tlv", "tag": 2, "length": 3})
TAGGED = SubFieldLayout.from_table(60, {"kind": "tagged", "separator": "|", "equals": "="})
FIXED = SubFieldLayout.from_table(
    90,
    {
        "kind": "fixed",
        "parts": [["mti", 4], ["trace", 6], ["date_time", 10], ["acquirer", 11], ["forwarder", 11]],
    },
)


def test_tlv_is_read_and_an_unknown_tag_is_kept():
    found = TLV.parse("MT0312 CN00ZZ01!")
    assert found.values == {"MT": "12 ", "CN": ""}
    assert found.unknown == {"ZZ": "!"}


def test_every_tag_is_known_where_the_table_names_none():
    assert WIDE.parse("AB0041234").values == {"AB": "1234"}


def test_an_empty_text_has_no_values():
    assert TLV.parse("").values == TAGGED.parse("").values == {}


@pytest.mark.parametrize(
    ("layout", "text", "at"),
    [
        (TLV, "M", 0),
        (TLV, "MT0212CN", 6),
        (TLV, "MT+1", 2),
        (TLV, "MT0112", 5),
        (TLV, "MT0512", 4),
        (TLV, "MT011MT012", 5),
        (TAGGED, "MT=1|CN", 5),
        (TAGGED, "MT=1||CN=2", 5),
        (TAGGED, "MT=1|=2", 5),
        (TAGGED, "A=1|A=2", 4),
        (FIXED, "0200", 4),
        (FIXED, "0" * 43, 42),
    ],
)
def test_a_malformed_text_is_refused_at_its_place(layout, text, at):
    with pytest.raises(PeerFault) as caught:
        layout.parse(text)
    assert (caught.value.field, caught.value.at) == (layout.field, at)


def test_a_repeated_tag_is_refused():
    with pytest.raises(PeerFault, match="repeated"):
        TLV.parse("MT011MT012")


def test_a_closing_separator_ends_the_last_pair():
    assert TAGGED.parse("A=1|B=x=y|").values == {"A": "1", "B": "x=y"}


def test_original_elements_are_cut_by_width():
    found = FIXED.parse("0200" + "004711" + "1123204512" + "00001020304" + "00000000000")
    assert found.values["trace"] == "004711"
    assert found.values["acquirer"] == "00001020304"
    assert FIXED.build(found.values) == "0200" + "004711" + "1123204512" + "00001020304" + "00000000000"


@given(st.dictionaries(st.text("ABC19", min_size=2, max_size=2), st.text("AB 19=", max_size=20), max_size=6))
def test_parse_and_build_are_inverse(values):
    for layout in (WIDE, TAGGED):
        assert layout.parse(layout.build(values)).values == values


@pytest.mark.parametrize(
    ("layout", "values"),
    [
        (TLV, {"MET": "1"}),
        (TLV, {"MT": "1" * 100}),
        (TAGGED, {"": "1"}),
        (TAGGED, {"A": "1|2"}),
        (TAGGED, {"A=": "1"}),
        (FIXED, {"mti": "0200"}),
        (FIXED, dict(FIXED.parse("0" * 42).values, other="1")),
    ],
)
def test_values_that_do_not_fit_are_our_fault(layout, values):
    with pytest.raises(ValueFault):
        layout.build(values)


def test_a_repr_shows_tags_only():
    assert "370123" not in repr(TLV.parse("MT06370123ZZ01!"))
    assert "MT" in repr(TLV.parse("MT06370123ZZ01!"))


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "ber"},
        {"kind": "tlv", "tag": 2},
        {"kind": "tlv", "tag": 2, "length": 9},
        {"kind": "tagged", "separator": "=", "equals": "="},
        {"kind": "fixed", "parts": [["mti"]]},
        {"kind": "fixed", "parts": [["mti", 0]]},
    ],
)
def test_a_wrong_layout_is_refused(table):
    with pytest.raises(TableFault):
        SubFieldLayout.from_table(48, table)
