"""The schema of a tariff file and its readers know the same keys, and every tariff in the tree is of it."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

import schemas
from gateway.core.tariff import Tariff, TariffFault
from gateway.core.tariff.field import REMARKS
from tests.multi_tariff.golden import cases
from tests.multi_tariff.json_schema import Schema
from tests.multi_tariff.test_explain_quote import PLAIN

ROOT = Path(__file__).parents[2]
SCHEMA = Schema(schemas.load("tariff/tariff.schema.json"))
READERS = ["reader", "reader_calendar", "reader_energy", "reader_lines", "reader_preference", "reader_rules"]
READERS += ["reader_steps"]
PRODUCT = [
    file for file in sorted((ROOT / "schemas/tariff").glob("*.json")) if file.name != "tariff.schema.json"
]
TARIFFS = {file.stem: json.loads(file.read_text()) for file in PRODUCT}
TARIFFS |= {case["id"]: case["tariff"] for case in cases()}
STEP = re.compile(r"\[\d+\]|[^.\[]+")


@pytest.mark.parametrize("name", TARIFFS)
def test_every_tariff_of_the_tree_is_of_the_schema(name):
    Tariff.from_mapping(TARIFFS[name], name)
    assert list(SCHEMA.faults(TARIFFS[name])) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "rand"},
        {"colour": "red"},
        {"energy": {"kind": "flat", "rate": 2}},
        {"energy": {"kind": "flat", "rate": "-2"}},
        {"energy": {"kind": "block", "blocks": []}},
        {"taxes": [{"code": "VAT", "rate": "15%"}]},
        {"fixed_charges": [{"code": "FEE", "amount": "1", "period": "week"}]},
        {"arrears": {"mode": "percent_of_tender", "percent": "30"}},
        {"purchase_limits": {"max_per_day": 0}},
        {"rounding": {"kwh_dp": 4, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_DOWN"}},
        {"calendar": {"day_types": {"work": ["monday"]}}},
    ],
)
def test_what_the_readers_refuse_the_schema_refuses_too(changes):
    tariff = PLAIN | changes
    with pytest.raises(TariffFault):
        Tariff.from_mapping(tariff, "wrong")
    assert list(SCHEMA.faults(tariff))


def known_by_readers(monkeypatch):
    """Read all tariffs and note which keys are known where: place in the schema → keys."""
    found: dict[str, tuple[str, dict, set[str]]] = {}

    def note(fields, path, known, not_built=()):
        place = schema_place(path, fields)
        keys = (set(known) | set(not_built)) - REMARKS
        # Where a remark's word is a key of its own, the schema has it as one.
        own = {key for key in set(known) & REMARKS if key in place.get("properties", {})}
        found.setdefault(json.dumps(place, sort_keys=True), (path, place, keys | own))

    for name in READERS:
        module = import_module(f"gateway.core.tariff.{name}")
        if hasattr(module, "known_keys"):
            monkeypatch.setattr(module, "known_keys", note)
    for tariff in TARIFFS.values():
        Tariff.from_mapping(tariff, "read")
    return found


def schema_place(path, fields):
    """The object of the schema that a reader's path leads to."""
    place = SCHEMA.root
    for step in STEP.findall(path):
        place = next(one for one in choices(place) if leads(one, step))
        if step.startswith("["):
            place = place["items"]
        else:
            place = (
                place["properties"].get(step)
                if step in place.get("properties", {})
                else place["additionalProperties"]
            )
    objects = [one for one in choices(place) if one.get("type") in ("object", ["object", "null"])]
    kind = fields.get("kind")
    return next(one for one in objects if len(objects) == 1 or one["properties"]["kind"]["const"] == kind)


def choices(place):
    """A place of the schema as all the schemas that it may be."""
    place = SCHEMA.resolved(place)
    inner = [*place.get("anyOf", ()), *place.get("oneOf", ())]
    return [one for choice in inner for one in choices(choice)] if inner else [place]


def leads(place, step):
    if step.startswith("["):
        return "items" in place
    return step in place.get("properties", {}) or isinstance(place.get("additionalProperties"), dict)


def test_readers_and_schema_know_the_same_keys(monkeypatch):
    found = known_by_readers(monkeypatch)
    differences = {path: keys ^ set(place["properties"]) for path, place, keys in found.values()}
    assert {path: keys for path, keys in differences.items() if keys} == {}
    lacking = [
        place["description"]
        for place in objects_of(SCHEMA.root)
        if json.dumps(place, sort_keys=True) not in found
    ]
    assert lacking == [], "no tariff of the tree has such an object, so nothing was compared"


def objects_of(schema):
    """Every object with named properties in the schema."""
    if isinstance(schema, list):
        for one in schema:
            yield from objects_of(one)
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for one in schema.values():
            yield from objects_of(one)


def test_every_key_is_described():
    for place in objects_of(SCHEMA.root):
        for key, told in place["properties"].items():
            assert told.get("description") or "const" in told, key
