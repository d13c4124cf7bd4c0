"""Values of JSON are held against their schema: the first fault is told, with its place."""

import pytest

from schemas.shape import Misshapen, check_shape

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "open": {"type": "boolean"},
        "kind": {"enum": ["one", "two"]},
        "many": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/one"}},
    },
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"one": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}},
}


def refused(value, schema=SCHEMA):
    with pytest.raises(Misshapen) as caught:
        check_shape(value, schema, schema, "body")
    return str(caught.value)


def test_what_fits_is_let_through():
    whole = {"name": "zhang", "count": 9, "open": True, "kind": "two", "many": [{"id": 1, "more": "text"}]}
    check_shape(whole, SCHEMA, SCHEMA, "body")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "body: must be an object"),
        ({}, "body.name: is missing"),
        ({"name": "Zhang"}, "body.name: must look like ^[a-z]+$"),
        ({"name": "a", "count": True}, "body.count: must be a whole number"),
        ({"name": "a", "count": 10}, "body.count: must be from 0 to 9"),
        ({"name": "a", "open": 1}, "body.open: must be true or false"),
        ({"name": "a", "kind": "three"}, "body.kind: must be one of one, two"),
        ({"name": "a", "many": [{"id": 1}, {}]}, "body.many[1].id: is missing"),
        ({"name": "a", "many": [{"id": 1}] * 3}, "body.many: must have 2 entries or fewer"),
        ({"name": "a", "other": 1}, "body.other: is not known here"),
    ],
)
def test_the_first_fault_is_told_with_its_place(value, said):
    assert refused(value) == said


def test_what_is_nested_without_end_is_refused():
    endless: dict = {}
    endless["items"] = [endless]
    schema = {
        "$ref": "#/$defs/x",
        "$defs": {"x": {"properties": {"items": {"items": {"$ref": "#/$defs/x"}}}}},
    }
    assert refused(endless, schema).endswith("is nested too deeply")
