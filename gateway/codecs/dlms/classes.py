"""COSEM's classes and the objects that are asked for by name, as ``schemas/dlms/classes.json`` has them.

target("disconnect control", "control_state")      attribute 3 of class 70, 0-0:96.3.10.255
method("disconnect control", "remote_reconnect")   method 2
"""

from __future__ import annotations

from functools import cache
from typing import Any

import schemas
from gateway.codecs.dlms.services import Target


@cache
def _table() -> dict[str, Any]:
    """Read the table once. ``Any`` because it is JSON; a test holds its form."""
    return schemas.load("dlms/classes.json")


def target(thing: str, attribute: str, logical_name: str | None = None) -> Target:
    r"""Name an attribute of an object in words; another logical name where a meter has it elsewhere.

    KeyError for what the table does not have: that is our own fault.

    >>> target("clock", "time")
    Target(class_id=8, name=b'\x00\x00\x01\x00\x00\xff', index=2)
    """
    class_id, name, of = _object(thing, logical_name)
    index = next((int(n) for n, each in of["attributes"].items() if each["name"] == attribute), None)
    if index is None:
        raise KeyError(f"class {class_id} has no attribute {attribute}")
    return Target.of(class_id, name, index)


def method(thing: str, named: str, logical_name: str | None = None) -> Target:
    """Name a method of an object in words."""
    class_id, name, of = _object(thing, logical_name)
    index = next((int(n) for n, each in of["methods"].items() if each == named), None)
    if index is None:
        raise KeyError(f"class {class_id} has no method {named}")
    return Target.of(class_id, name, index)


def meaning(enum: str, number: int) -> str:
    """Give the word of a number of an enum, or say the number.

    >>> meaning("control_state", 2), meaning("control_state", 9)
    ('ready for reconnection', 'unknown-9')
    """
    found: str = _table()["enums"][enum].get(str(number), f"unknown-{number}")
    return found


def _object(thing: str, logical_name: str | None) -> tuple[int, str, dict[str, Any]]:
    table = _table()
    found = next((each for each in table["objects"] if each["name"] == thing), None)
    if found is None:
        raise KeyError(f"no object {thing}")
    return found["class"], logical_name or found["logical_name"], table["classes"][str(found["class"])]
