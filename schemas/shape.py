"""Holds a value of JSON against a schema: tables that people write, and what comes over a wire.

What does not fit is refused before it is used, with the place and what was expected there. Just as much of
JSON Schema (draft 2020-12) is known as the product's schemas use; another keyword in them would be a bug of
ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final[dict[str, type]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}
_SAID: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
}
#: Nesting: far more than any schema of ours has, far less than Python's own limit.
_DEPTH_MAX: Final = 12


class Misshapen(ValueError):  # noqa: N818 - the fault of what was written, not an error of ours
    """It is not of its schema: ``where`` is the place, ``what`` what is expected there."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


def check_shape(value: object, schema: Mapping[str, Any], root: Mapping[str, Any], name: str) -> None:
    """Refuse (``Misshapen``) a value that is not of the schema; the first fault is told.

    ``root`` is the document in which the schema stands, ``name`` what the value is called in a fault's place.
    """
    _check(value, schema, root, name, 0)


def _check(value: object, schema: Mapping[str, Any], root: Mapping[str, Any], where: str, depth: int) -> None:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if depth > _DEPTH_MAX:
        raise Misshapen(where, "is nested too deeply")
    kind = schema.get("type")
    if kind is not None and type(value) is not _TYPES[kind]:
        raise Misshapen(where, f"must be {_SAID[kind]}")
    if "enum" in schema and not any(
        value is one or (value == one and type(value) is type(one)) for one in schema["enum"]
    ):
        raise Misshapen(where, f"must be one of {', '.join(str(one) for one in schema['enum'])}")
    if isinstance(value, str):
        _check_text(value, schema, where)
    elif isinstance(value, int):
        _check_number(value, schema, where)
    elif isinstance(value, list):
        _check_list(value, schema, root, where, depth)
    elif isinstance(value, dict):
        _check_object(value, schema, root, where, depth)


def _check_text(value: str, schema: Mapping[str, Any], where: str) -> None:
    # A pattern's $ is the end of the text; to Python it may be before a last line's end as well.
    if "pattern" in schema and re.search(re.sub(r"\$$", r"\\Z", schema["pattern"]), value) is None:
        raise Misshapen(where, f"must look like {schema['pattern']}")


def _check_number(value: int, schema: Mapping[str, Any], where: str) -> None:
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        raise Misshapen(where, f"must be from {schema['minimum']} to {schema['maximum']}")


def _check_list(
    value: list[object], schema: Mapping[str, Any], root: Mapping[str, Any], where: str, depth: int
) -> None:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if len(value) < least or (most is not None and len(value) > most):
        few = most is None or len(value) < least
        more_or_fewer = "" if most == least else " or more" if few else " or fewer"
        raise Misshapen(where, f"must have {least if few else most} entries{more_or_fewer}")
    for place, one in enumerate(value):
        _check(one, schema.get("items", {}), root, f"{where}[{place}]", depth + 1)


def _check_object(
    value: dict[str, object], schema: Mapping[str, Any], root: Mapping[str, Any], where: str, depth: int
) -> None:
    known: Mapping[str, Any] = schema.get("properties", {})
    patterns: Mapping[str, Any] = schema.get("patternProperties", {})
    for key in schema.get("required", ()):
        if key not in value:
            raise Misshapen(f"{where}.{key}", "is missing")
    for key, one in value.items():
        matching = [rule for pattern, rule in patterns.items() if re.search(pattern, key)]
        if key in known:
            matching = [known[key]]
        if not matching and schema.get("additionalProperties") is False:
            raise Misshapen(f"{where}.{key}", "is not known here")
        for rule in matching:
            _check(one, rule, root, f"{where}.{key}", depth + 1)
