"""Profiles are tables: each vector in them comes out, and a wrong table is refused with its place."""

import copy
import time
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from gateway.codecs.card.contents import _MADE
from gateway.codecs.card.fault import PeerFault, ProfileFault, ValueFault
from gateway.codecs.card.profile import PROFILES, Credit, Told, profile_named, read_profile

TABLES = {name: schemas.load(f"cards/{name}.json") for name in PROFILES}
SCHEMA = schemas.load("cards/card.schema.json")
FILES = [(name, row["name"]) for name in PROFILES for row in TABLES[name]["files"]]
FIELD_VECTORS = [
    (name, row["name"], field["name"], vector)
    for name in PROFILES
    for row in TABLES[name]["files"]
    for field in row["fields"]
    for vector in field.get("vectors", ())
]
FILE_VECTORS = [
    (name, row["name"], vector)
    for name in PROFILES
    for row in TABLES[name]["files"]
    for vector in row["vectors"]
]


def plain(value):
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("name", "file", "field", "vector"), FIELD_VECTORS)
def test_every_vector_of_a_field_comes_out(name, file, field, vector):
    content = profile_named(name).file(file).field(field).content
    assert content.read(bytes.fromhex(vector["hex"])) == plain(vector["value"])
    assert content.write(vector["value"]) == bytes.fromhex(vector["hex"])


@pytest.mark.parametrize(("name", "file", "vector"), FILE_VECTORS)
def test_every_vector_of_a_file_comes_out(name, file, vector):
    values = {key: plain(value) for key, value in vector["values"].items()}
    assert profile_named(name).file(file).read(bytes.fromhex(vector["hex"])) == values
    assert profile_named(name).file(file).write(vector["values"]) == bytes.fromhex(vector["hex"])


def test_every_codec_and_every_file_has_a_vector():
    with_vectors = {
        field["codec"]
        for name in PROFILES
        for row in TABLES[name]["files"]
        for field in row["fields"]
        if field.get("vectors")
    }
    assert with_vectors == set(_MADE)
    assert {(name, file) for name, file, _ in FILE_VECTORS} == set(FILES)


def test_what_the_operator_may_be_told_is_in_the_schema_or_is_our_own():
    told = SCHEMA["$defs"]["status"]["properties"]["told"]["enum"]
    assert set(told) <= {one.value for one in Told}


def drawn(field):
    """Values of a field, from its row."""
    size, step = field["size"], field.get("step", 1)
    return {
        "bcd": st.text("0123456789", min_size=2 * size, max_size=2 * size),
        "bcd_number": st.integers(0, 10 ** (2 * size) - 1),
        "bytes": st.binary(min_size=size, max_size=size).map(lambda raw: raw.hex().upper()),
        "choice": st.sampled_from(sorted(field.get("words", {"": ""}).values())),
        "flags": st.sets(st.sampled_from(field.get("bits", [""]))).map(
            lambda names: tuple(name for name in field["bits"] if name in names)
        ),
        "moment": st.just("")
        | st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001 - a meter's own clock
            lambda moment: moment.isoformat()[:16]
        ),
        "number": st.integers(0, 256**size - 1).map(lambda number: number * step),
        "text": st.text("ABC xyz-09", max_size=size),
    }[field["codec"]]


WRITTEN = st.sampled_from(FILES).flatmap(
    lambda place: st.tuples(
        st.just(place),
        st.fixed_dictionaries(
            {
                field["name"]: drawn(field)
                for row in TABLES[place[0]]["files"]
                if row["name"] == place[1]
                for field in row["fields"]
            }
        ),
    )
)


@given(WRITTEN)
def test_what_is_written_is_read_again(written):
    (name, file), values = written
    spec = profile_named(name).file(file)
    raw = spec.write(values)
    assert len(raw) == spec.size
    assert spec.read(raw) == values


@given(st.sampled_from(FILES), st.binary(max_size=260))
def test_any_bytes_of_a_card_are_read_or_refused_at_once(place, raw):
    begun = time.monotonic()
    with suppress(PeerFault):
        profile_named(place[0]).file(place[1]).read(raw)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("file", "values", "why"),
    [
        ("wallet", {"amount": -1, "count": 1}, "wallet.amount must be a whole number below"),
        ("wallet", {"amount": 1, "count": 2**32}, "wallet.count must be a whole number below"),
        ("wallet", {"amount": True, "count": 1}, "wallet.amount"),
        ("wallet", {"amount": 1}, "wallet.count must be said"),
        ("wallet", {"amount": 1, "count": 1, "colour": 1}, "wallet has no colour"),
        ("params", {"meter_no": "1234567890123", "customer_no": "1", "subtype": "open"}, "at most 12 digits"),
        ("params", {"meter_no": "12a", "customer_no": "1", "subtype": "open"}, "params.meter_no"),
        ("params", {"meter_no": "1", "customer_no": "1", "subtype": "gift"}, "must be one of open"),
        (
            "params",
            {"meter_no": "1", "customer_no": "1", "subtype": "open", "updates": ["x"]},
            "some of rates",
        ),
        ("params", {"meter_no": "1", "customer_no": "1", "subtype": "open", "alarm": 10**8}, "params.alarm"),
        (
            "returned",
            {"meter_no": "1", "customer_no": "1", "remaining": 1, "count": 1, "at": "now"},
            "a moment",
        ),
        (
            "returned",
            {"meter_no": "1", "customer_no": "1", "remaining": 1, "count": 1, "at": "2026-13-01T00:00"},
            "is no moment",
        ),
        (
            "returned",
            {"meter_no": "1", "customer_no": "1", "remaining": 1, "count": 1, "keys": "A"},
            "4 bytes",
        ),
    ],
)
def test_a_value_that_has_no_place_on_the_card_is_refused_with_its_field(file, values, why):
    with pytest.raises(ValueFault, match=why):
        profile_named("gdw365").file(file).write(values)


def test_an_amount_that_is_no_multiple_of_what_the_card_counts_in_is_refused():
    values = {"subtype": "open", "meter_no": "1", "customer_no": "1", "amount": 150, "count": 1}
    with pytest.raises(ValueFault, match=r"purchase\.amount must be a multiple of 100"):
        profile_named("sle4442").file("purchase").write(values)


def changed(name, *path, value=None, drop=False):
    """A table with one thing changed."""
    table = copy.deepcopy(TABLES[name])
    place = table
    for step in path[:-1]:
        place = place[step]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return table


WRONG = [
    (changed("gdw365", "colour", value=1), "profile.colour: is not known here"),
    (changed("gdw365", "kind", value="chip"), "profile.kind: must be one of cpu, memory"),
    (changed("gdw365", "verify", drop=True), "profile.verify: is missing"),
    (changed("gdw365", "name", value="Gdw 365"), "profile.name: must look like"),
    (changed("gdw365", "files", value=[]), "profile.files: must have 1 entries or more"),
    (changed("gdw365", "files", 0, "size", value="45"), r"profile.files\[0\].size: must be a whole number"),
    (changed("gdw365", "files", 0, "size", value=True), r"profile.files\[0\].size: must be a whole number"),
    (changed("gdw365", "files", 0, "sfi", value=31), r"profile.files\[0\].sfi: must be from 1 to 30"),
    (changed("gdw365", "files", 1, "sfi", value=1), "one sfi of its own"),
    (changed("gdw365", "files", 1, "name", value="params"), "two files have one name"),
    (
        changed("gdw365", "files", 0, "fields", 1, "at", value=4),
        r"profile.files\[0\].updates: overlaps user_type",
    ),
    (changed("gdw365", "files", 0, "fields", 0, "at", value=3), "does not fit in bytes 4 to 42"),
    (changed("gdw365", "files", 0, "fields", 0, "words", drop=True), "choice needs it"),
    (
        changed("gdw365", "files", 0, "fields", 0, "words", value={"0001": "one_rate"}),
        "must be of 1 bytes each",
    ),
    (changed("gdw365", "files", 4, "fields", 10, "size", value=4), "must be 5 for moment"),
    (changed("gdw365", "files", 0, "fields", 1, "name", value="user_type"), "two fields have one name"),
    (changed("gdw365", "files", 1, "vectors", 0, "hex", value="0000271000000008"), "does not come out as it"),
    (changed("gdw365", "files", 0, "vectors", 0, "hex", value="00" * 45), "does not begin with 68"),
    (changed("gdw365", "atr", 0, "mask", value="FF"), "value and mask must be equally long"),
    (changed("gdw365", "serial", "at", value=9), "reaches beyond the answer to reset"),
    (changed("powertill-cpu", "serial", "from", value="nothing"), "profile.serial: must be atr"),
    (changed("gdw365", "security", "external", drop=True), "profile.security.external: is missing"),
    (
        changed("gdw365", "security", "tries_least", value=1),
        "profile.security.tries_least: must be from 2 to 15",
    ),
    (changed("gdw365", "security", "mac_size", value=3), "profile.security.mac_size: must be one of 4, 8"),
    (
        changed("gdw365", "roles", "wallet", value="params"),
        "profile.roles.wallet: must be a file with amount",
    ),
    (changed("gdw365", "roles", "wallet", value="purse"), "profile.roles.wallet"),
    (changed("gdw365", "key_version", value={}), "profile.key_version: must be either"),
    (
        changed("gdw365", "write", 3, "file", value="params"),
        "profile.write: must end with writing the wallet",
    ),
    (changed("gdw365", "write", 0, "file", value="tariff"), "must clear what was returned"),
    (changed("powertill-cpu", "write", 0, "file", value="card"), "must name a file that can be updated"),
    (changed("gdw365", "write", 1, "file", value="params"), "can void a file that has a count"),
    (changed("gdw365", "verify", value=["params"]), "must name the identity and the wallet"),
    (changed("gdw365", "status", "9G00", value={"meaning": "x", "told": "busy"}), "profile.status.9G00"),
    (changed("gdw365", "status", "6A82", "told", value="panic"), "profile.status.6A82.told: must be one of"),
    (
        changed("gdw365", "deadlines", "command_s", value=0),
        "profile.deadlines.command_s: must be from 1 to 60",
    ),
    (changed("sle4442", "files", 1, "slots", 1, value=80), "purchase and purchase overlap"),
    (changed("sle4442", "files", 2, "address", value=230), "returned ends beyond byte 255"),
    (changed("sle4442", "files", 1, "slots", drop=True), "an address, or two slots"),
    (changed("sle4442", "files", 1, "slots", value=[64]), "must have 2 entries"),
    (changed("sle4442", "security", "page_size", drop=True), "profile.security.page_size: is missing"),
]


@pytest.mark.parametrize(("table", "why"), WRONG, ids=[why for _, why in WRONG])
def test_a_wrong_table_is_refused_with_its_place(table, why):
    with pytest.raises(ProfileFault, match=why):
        read_profile(table)


def test_a_wallet_whose_count_stands_before_its_amount_is_refused():
    table = copy.deepcopy(TABLES["gdw365"])
    amount, count = table["files"][1]["fields"]
    amount["at"], count["at"] = 4, 0
    with pytest.raises(ProfileFault, match="must stand behind the amount"):
        read_profile(table)


def test_a_memory_card_whose_wallet_is_kept_once_is_refused():
    table = copy.deepcopy(TABLES["sle4442"])
    file = table["files"][1]
    del file["slots"]
    file["address"] = 64
    with pytest.raises(ProfileFault, match="must be kept twice"):
        read_profile(table)


def keywords(schema):
    """The keywords of a schema, not the names of its properties."""
    found = set(schema)
    for key in ("properties", "patternProperties", "$defs"):
        for inner in schema.get(key, {}).values():
            found |= keywords(inner)
    return found | (keywords(schema["items"]) if "items" in schema else set())


def test_the_schema_says_nothing_that_is_not_looked_at():
    looked_at = {"type", "enum", "pattern", "minimum", "maximum", "items", "minItems", "maxItems", "required"}
    looked_at |= {"properties", "patternProperties", "additionalProperties", "$ref"}
    assert keywords(SCHEMA) <= looked_at | {"$schema", "$id", "$defs", "title", "description"}


def test_amounts_are_energy_or_money():
    assert {name: profile_named(name).credit for name in PROFILES} == {
        "gdw365": Credit.MONEY,
        "powertill-cpu": Credit.ENERGY,
        "sle4442": Credit.ENERGY,
    }


def test_each_answer_to_reset_is_of_one_profile():
    atrs = {
        "gdw365": bytes.fromhex("3B6900005701020304050607 08"),
        "powertill-cpu": bytes.fromhex("3B860150544C2D433100"),
        "sle4442": bytes.fromhex("3B04A2131091"),
    }
    for name, atr in atrs.items():
        assert [one for one in PROFILES if profile_named(one).matches(atr)] == [name]
    assert not any(profile_named(one).matches(b"") for one in PROFILES)


def test_a_status_word_is_told_by_the_table_and_else_is_a_fault_of_the_card():
    profile = profile_named("gdw365")
    assert profile.told(0x63C2) is Told.NOT_AUTHORISED
    assert profile.told(0x6983) is Told.LOCKED
    assert profile.told(0x6F00) is Told.CARD_FAULT
    assert profile.meaning(0x6983) == "6983: the key is blocked"
    assert profile.meaning(0x6F42) == "6F42"
