"""The bank profiles' tables: complete, compiled, and true to the banks' published messages."""

import json
from pathlib import Path

import pytest

import schemas
from gateway.codecs.iso8583.framing import Framing
from gateway.codecs.iso8583.message import MessageSpec
from gateway.codecs.iso8583.subfields import SubFieldLayout

NAMES = ["default", "binary87", "altopay"]
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "iso8583.json").read_text(encoding="utf-8"))
ALTOPAY = [entry for entry in VECTORS["messages"] if entry["id"].startswith("ebipp")]
BINARY87 = next(entry for entry in VECTORS["messages"] if entry["id"] == "jpos-ISO87BPackager")


def profile(name):
    return schemas.load(f"iso8583/{name}.json")


def spec_of(name):
    return MessageSpec.from_table(profile(name)["message"])


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_names_itself_and_compiles(name):
    table = profile(name)
    assert table["name"] == name
    assert Framing.from_table(table["framing"]).kind == "be16"
    for number, layout in table["subfields"].items():
        SubFieldLayout.from_table(int(number), layout)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_has_every_field_of_1987(name):
    # Bit 65 announces the tertiary bitmap and is no field.
    assert sorted(spec_of(name).fields) == [number for number in range(2, 129) if number != 65]


@pytest.mark.parametrize("entry", ALTOPAY, ids=lambda entry: entry["id"])
def test_altopay_reads_its_published_messages(entry):
    spec = spec_of("altopay")
    wire = bytes.fromhex(entry["hex"])
    message = spec.decode(wire)
    assert {str(number): text for number, text in message.fields.items()} == entry["fields"]
    assert spec.encode(message.mti, message.fields) == wire


@pytest.mark.parametrize(
    "entry", [entry for entry in ALTOPAY if "48" in entry["fields"]], ids=lambda e: e["id"]
)
def test_altopay_knows_every_tag_of_its_published_messages(entry):
    for number, table in profile("altopay")["subfields"].items():
        if number in entry["fields"]:
            layout = SubFieldLayout.from_table(int(number), table)
            found = layout.parse(entry["fields"][number])
            assert found.unknown == {}
            assert layout.build(found.values) == entry["fields"][number]


def test_altopay_finds_the_customer_of_a_payment():
    fields = next(entry["fields"] for entry in ALTOPAY if entry["id"] == "ebipp-payment-0200")
    found = SubFieldLayout.from_table(48, profile("altopay")["subfields"]["48"]).parse(fields["48"])
    assert found.values["CN"] == "081228812348"
    assert found.values["FS"] == "67279"


def test_binary87_agrees_with_the_published_layout():
    # Fees there carry no sign, which the class x+n demands, field 34 letters, which ns refuses, and
    # field 55 is text there; all else must be equal.
    strangers = {"28", "29", "30", "31", "34", "55"}
    fields = {int(n): text for n, text in BINARY87["fields"].items() if n not in strangers}
    rows = {n: row for n, row in BINARY87["field_spec"].items() if int(n) in fields}
    published = MessageSpec.from_table({"mti": "bcd", "bitmap": "bin", "fields": rows})
    wire = published.encode("0800", fields)
    assert spec_of("binary87").encode("0800", fields) == wire
    assert spec_of("binary87").decode(wire).fields == fields


def test_the_default_profile_carries_a_payment():
    fields = {
        2: "6217001234567890123",
        3: "500000",
        4: "000000010000",
        37: "632720004711",
        48: "MT1137012345678CN12440300123456",
        64: "0123456789ABCDEF",
    }
    wire = spec_of("default").encode("0200", fields)
    assert wire == (
        b"0200"
        b"7000000008010001"
        b"196217001234567890123"
        b"500000"
        b"000000010000"
        b"632720004711"
        b"031MT1137012345678CN12440300123456" + b"0123456789ABCDEF"
    )
    assert "37012345678" not in repr(spec_of("default").decode(wire))


@pytest.mark.parametrize("path", ["../pyproject.toml", "/etc/hostname", "iso8583/../../x.json"])
def test_a_schema_path_stays_in_its_room(path):
    with pytest.raises(ValueError, match="below schemas"):
        schemas.load(path)
