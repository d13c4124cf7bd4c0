"""Typed reading of a profile's tables: what is missing or wrong is said with its place.

A profile is written by people. A wrong entry must stop the start of the gateway with a sentence,
and must never turn into a message that is read differently from what the bank meant.
"""

from __future__ import annotations

from collections.abc import Mapping


class TableFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A table of ours is wrong; neither the peer nor a value is to blame."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


def section(table: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    """Give the object under ``key``."""
    found = table.get(key)
    if isinstance(found, Mapping):
        return found
    raise TableFault(f"{where}.{key}", "must be an object")


def rows(table: Mapping[str, object], key: str, where: str) -> list[object]:
    """Give the list under ``key``."""
    found = table.get(key)
    if isinstance(found, list | tuple):
        return list(found)
    raise TableFault(f"{where}.{key}", "must be a list")


def word(table: Mapping[str, object], key: str, where: str, default: str | None = None) -> str:
    """Give the text under ``key``, or the default where there is one."""
    found = table.get(key, default)
    if isinstance(found, str):
        return found
    raise TableFault(f"{where}.{key}", "must be a text")


def choice(found: object, allowed: Mapping[str, object] | frozenset[str], where: str) -> str:
    """Give ``found`` when it is one of the ``allowed`` words."""
    if isinstance(found, str) and found in allowed:
        return found
    raise TableFault(where, f"must be one of {', '.join(sorted(allowed))}")


def whole(found: object, where: str, *, least: int, most: int) -> int:
    """Give ``found`` when it is a whole number within the limits."""
    if isinstance(found, int) and not isinstance(found, bool) and least <= found <= most:
        return found
    raise TableFault(where, f"must be a whole number from {least} to {most}")
