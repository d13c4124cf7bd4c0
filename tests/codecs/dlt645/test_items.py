"""Identifiers and formats: captured values, blocks, tables, and what is no value."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from gateway.codecs.dlt645.fault import PeerFault, TableFault, ValueFault
from gateway.codecs.dlt645.formats import Part, Quantity
from gateway.codecs.dlt645.frame import frames_of
from gateway.codecs.dlt645.items import Items
from gateway.codecs.dlt645.requests import read_identifier
from gateway.codecs.dlt645.timetable import DaySlot, YearZone, read_day_slots, read_year_zones, table_values

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/meters.json").read_text())["vectors"]["dlt645"]
ITEMS = Items.from_table(schemas.load("meters/dlt645-2007.json"))
ITEMS_1997 = Items.from_table(schemas.load("meters/dlt645-1997.json"))


def values(di, text, items=ITEMS):
    return [field.value for field in items.find(di).decode(bytes.fromhex(text))]


@pytest.mark.parametrize(
    "vector", [one for one in VECTORS if "value" in one["expect"]], ids=lambda one: one["id"]
)
def test_a_captured_value_is_read_and_written_again(vector):
    (frame,) = frames_of(bytes.fromhex(vector["hex"]))
    di = read_identifier(frame.body)
    assert di == vector["expect"]["di"]
    item = ITEMS.find(di)
    (field,) = item.decode(frame.body[4:])
    assert (field.value.text, field.value.unit) == (vector["expect"]["value"], vector["expect"]["unit"])
    assert item.encode([field.value]) == frame.body[4:]


def test_a_rated_voltage_is_a_text_from_its_end():
    assert values("04000404", "000056303232") == ["220V"]  # d07


@pytest.mark.parametrize(
    ("di", "raw", "wanted"),
    [
        ("00000000", "26010080", [Quantity(-126, 2, "kWh")]),
        ("00010000", "56349298", [Quantity(98923456, 2, "kWh")]),
        ("02030000", "563492", [Quantity(-123456, 4, "kW")]),
        ("01010000", "563412 3000150324", [Quantity(123456, 4, "kW"), "2403150030"]),
        ("04000101", "05271126", ["26112705"]),
        ("04000503", "1000", [16]),
        ("0001FF00", "01000000 02000000 03000000", [Quantity(n, 2, "kWh") for n in (1, 2, 3)]),
        ("0201FF00", "9722 0000 FFFF", [Quantity(2297, 1, "V"), Quantity(0, 1, "V"), None]),
        ("04010001", "010000 020006", ["000001", "060002"]),
        ("03330201", "0700", [Quantity(7, 0, "")]),
        ("00900200", "78563412", [Quantity(12345678, 2, "currency")]),
        ("02FE0501", "6800", [0x68, 0]),
        ("0001000C", "FFFFFFFF", [None]),
    ],
)
def test_values_stand_as_the_annex_has_them(di, raw, wanted):
    assert values(di, raw) == wanted
    assert ITEMS.find(di).encode(wanted) == bytes.fromhex(raw)


def test_each_value_of_a_block_has_its_own_identifier():
    fields = ITEMS.find("000100FF").decode(bytes.fromhex("01000000 02000000"))
    assert [field.di for field in fields] == ["00010000", "00010001"]


@pytest.mark.parametrize(
    ("di", "raw", "why"),
    [
        ("00010000", "0A000000", "no decimal digits"),
        ("00010000", "000000", "4 bytes are wanted"),
        ("00010000", "", "4 bytes are wanted"),
        ("0201FF00", "00" * 8, "1 to 3 times 2 bytes"),
        ("04010001", "00" * 45, "1 to 14 times 3 bytes"),
        ("04000404", "010203040506", "no letters"),
    ],
)
def test_what_is_no_value_is_refused_with_its_place(di, raw, why):
    with pytest.raises(PeerFault, match=why):
        values(di, raw)


@pytest.mark.parametrize("di", ["0001FFFF", "00014000", "EEEEEEEE", "0001000", "0001ff00", "9010"])
def test_an_identifier_that_no_table_has_is_refused(di):
    with pytest.raises(ValueFault):
        ITEMS.find(di)


@pytest.mark.parametrize(
    ("di", "wanted"),
    [
        ("00010000", [100_000_000]),
        ("00010000", [-1]),
        ("00000000", [80_000_000]),
        ("00010000", [Quantity(1, 3, "kWh")]),
        ("00010000", ["1"]),
        ("04000101", ["2611270"]),
        ("04000101", [26112705]),
        ("04000404", ["much too long"]),
        ("04000503", [0x10000]),
        ("00010000", [1, 2]),
    ],
)
def test_a_value_that_has_no_place_is_refused(di, wanted):
    with pytest.raises(ValueFault):
        ITEMS.find(di).encode(wanted)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"identifier_bytes": 3}, "identifier_bytes"),
        ({"items": {}}, "items"),
        ({"items": [7]}, "items[0]"),
        ({"items": [{"id": "00zz", "name": "n", "format": "f"}]}, "items[0].runs.zz"),
        ({"items": [{"id": "00", "name": "n", "format": "f"}]}, "items[0].id"),
        ({"items": [{"id": "0000", "name": "n", "format": "g"}]}, "items[0].format"),
        ({"items": [{"id": "0000", "name": "n", "format": "f", "repeat": 0}]}, "items[0].repeat"),
        ({"formats": {"f": [{"name": "n", "kind": "float", "bytes": 4}]}}, "formats.f[0].kind"),
        ({"formats": {"f": [{"name": "n", "kind": "bcd", "bytes": 99}]}}, "formats.f[0].bytes"),
        (
            {"formats": {"f": [{"name": "n", "kind": "bcd", "bytes": 4, "decimals": 9}]}},
            "formats.f[0].decimals",
        ),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(change, where):
    table = {
        "identifier_bytes": 2,
        "formats": {"f": [{"name": "n", "kind": "bcd", "bytes": 4}]},
        "items": [{"id": "0000", "name": "n", "format": "f"}],
    }
    with pytest.raises(TableFault) as refused:
        Items.from_table(table | change)
    assert refused.value.where == where


def test_the_edition_of_1997_has_its_own_identifiers():
    assert values("9010", "26010000", ITEMS_1997) == [Quantity(126, 2, "kWh")]
    fields = ITEMS_1997.find("901F").decode(bytes.fromhex("01000000 02000000"))
    assert [field.di for field in fields] == ["9010", "9011"]
    assert values("B611", "2002", ITEMS_1997) == [Quantity(220, 0, "V")]


NUMBERS = st.builds(
    Part,
    st.just("n"),
    st.sampled_from(["bcd", "signed", "binary"]),
    st.integers(1, 8),
    st.integers(0, 4),
    st.just("u"),
)


@given(NUMBERS, st.data())
def test_a_number_that_fits_comes_back(part, data):
    most = {"bcd": 10 ** (2 * part.width) - 1, "binary": 256**part.width - 2}
    limit = most.get(part.kind, 8 * 10 ** (2 * part.width - 1) - 1)
    units = data.draw(st.integers(-limit if part.kind == "signed" else 0, limit))
    raw = part.encode(units)
    assert len(raw) == part.width
    assert part.decode(raw, 0).units == units


@given(
    st.sampled_from(["00010000", "01010000", "0001FF00", "04010001", "04000404", "02FE0501"]),
    st.binary(max_size=60),
)
def test_any_bytes_are_a_value_or_a_peer_s_fault(di, body):
    try:
        fields = ITEMS.find(di).decode(body)
    except PeerFault:
        return
    assert fields


def test_time_of_use_is_written_and_read_as_rows():
    zones = [YearZone(1, 1, 1), YearZone(7, 15, 2)]
    slots = [DaySlot(0, 1), DaySlot(6 * 60 + 30, 2)]
    raw = ITEMS.find("04010000").encode(table_values(zones))
    assert raw.hex() == "010101" + "021507"
    assert read_year_zones(values("04010000", raw.hex())) == zones
    raw = ITEMS.find("04020003").encode(table_values(slots))
    assert raw.hex() == "010000" + "023006"
    assert read_day_slots(values("04020003", raw.hex())) == slots
    assert len(ITEMS.find("04010001").encode(table_values([DaySlot(n, 1) for n in range(14)]))) == 42


@pytest.mark.parametrize(
    "rows", [[], [DaySlot(1, 1)] * 2, [DaySlot(2, 1), DaySlot(1, 1)], [DaySlot(n, 1) for n in range(15)]]
)
def test_a_table_out_of_order_is_refused(rows):
    with pytest.raises(ValueFault):
        table_values(rows)


@pytest.mark.parametrize(
    "make",
    [lambda: YearZone(2, 30, 1), lambda: YearZone(1, 1, 9), lambda: DaySlot(1440, 1), lambda: DaySlot(0, 64)],
)
def test_a_row_that_no_meter_has_is_refused(make):
    with pytest.raises(ValueFault):
        make()


@pytest.mark.parametrize(
    ("read", "text"), [(read_year_zones, "023001"), (read_day_slots, "126001"), (read_day_slots, "240001")]
)
def test_a_row_that_is_none_is_the_meter_s_fault(read, text):
    with pytest.raises(PeerFault, match="row of a table at 3"):
        read(["010101", text])
