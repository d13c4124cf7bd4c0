"""On which line of a TOML text each key stands; the standard library's reader does not say.

The text was accepted by ``tomllib`` before, so here it is only walked through: headers and keys are noted,
values are stepped over. Keys inside an inline table count as standing where the table's own key stands.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: table names, and the place (from 0) within an array of tables."""

_PART: Final = r"""(?:"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEY: Final = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_BETWEEN: Final = re.compile(r"(?:[ \t\n]+|#[^\n]*)+")
_HEADER: Final = re.compile(rf"\[(\[?)[ \t]*({_KEY.pattern})[^\n]*")
# A value's pieces: the four kinds of text, a remark, a bracket, the end of the line, anything else.
_PIECE: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"""|#[^\n]*|[\[\]{}]|\n|[^"'#\[\]{}\n]+""",
    re.DOTALL,
)


def key_lines(text: str) -> Mapping[KeyPath, int]:
    r"""Give the line (from 1) of every table and key of a TOML text that is well formed.

    >>> key_lines("[bank]\ncode = 1")[("bank", "code")]
    2
    """
    text = text.replace("\r\n", "\n")
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    at = 0
    while True:
        at = _after(_BETWEEN, text, at)
        line = text.count("\n", 0, at) + 1
        if header := _HEADER.match(text, at):
            table = _table(_parts(header[2]), counts, is_row=bool(header[1]))
            found[table] = line
            at = header.end()
        elif key := _KEY.match(text, at):
            path = table
            for part in _parts(key[0]):
                path = (*path, part)
                found.setdefault(path, line)
            at = _after_value(text, key.end())
        else:
            return found


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """Give the line of a key, or of the nearest table around it; 1 when there is none."""
    return next((lines[path[:size]] for size in range(len(path), 0, -1) if path[:size] in lines), 1)


def _table(parts: list[str], counts: dict[KeyPath, int], *, is_row: bool) -> KeyPath:
    """Give a header's path: below an array of tables its newest row is meant."""
    path: KeyPath = ()
    for number, part in enumerate(parts, start=1):
        path = (*path, part)
        if is_row and number == len(parts):
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _parts(key: str) -> list[str]:
    """Cut a key at its dots; the standard library knows how quotes and escapes are read."""
    found: list[str] = []
    table: object = tomllib.loads(f"{key} = 0")
    while isinstance(table, dict):
        part, table = next(iter(table.items()))
        found.append(part)
    return found


def _after_value(text: str, at: int) -> int:
    depth = 0
    while piece := _PIECE.match(text, at):
        if piece[0] == "\n" and depth == 0:
            break
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece[0], 0)
        at = piece.end()
    return at


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
