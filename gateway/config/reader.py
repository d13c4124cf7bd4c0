"""Typed reading of the configuration: every value is judged where it stands, and refused with its line.

The sentence an operator reads is of this kind::

    powertill.toml:17: bank.demo.links_max: must be a whole number from 1 to 1024, not 0; cure: …
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.config.lines import KeyPath, key_lines, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_BYTES_MAX: Final = 256 * 1024
"""A configuration of 64 banks has some 40 KiB; anything beyond this is not one."""

TEXT_MAX: Final = 1024
"""Characters of one value: the longest, a path or an endpoint, stays far below."""

_LINE_OF_FAULT: Final = re.compile(r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)


class ConfigFault(ValueError):  # noqa: N818 - whose fault it is, is the word of this house
    """The configuration cannot be used; the text says where, what is wrong and what to do about it."""

    def __init__(self, where: str, key: str, what: str, cure: str) -> None:
        super().__init__(": ".join(part for part in (where, key, f"{what}; cure: {cure}") if part))
        self.key = key
        self.what = what
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Source:
    """The file that is read: as the operator named it, and the line of each key."""

    file: str
    lines: Mapping[KeyPath, int]

    @property
    def folder(self) -> Path:
        """Where relative paths begin."""
        return Path(self.file).resolve().parent

    def fault(self, path: KeyPath, key: str, what: str, cure: str) -> ConfigFault:
        """Make the refusal of a key."""
        return ConfigFault(f"{self.file}:{line_of(path, self.lines)}", key, what, cure)


def read_source(file: str) -> tuple[Source, dict[str, object]]:
    """Read a TOML file; ConfigFault when it is missing, too large, not UTF-8 or not TOML."""
    try:
        with Path(file).open("rb") as opened:
            octets = opened.read(FILE_BYTES_MAX + 1)
    except OSError as fault:
        what = f"cannot be read: {fault.strerror}"
        cure = "name it with --config, or make one with powertill init DIR"
        raise ConfigFault(file, "", what, cure) from None
    if len(octets) > FILE_BYTES_MAX:
        raise ConfigFault(file, "", f"is larger than {FILE_BYTES_MAX} bytes", "name the configuration file")
    try:
        text = octets.decode("utf-8")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as fault:
        line = octets.count(b"\n", 0, fault.start) + 1
        raise ConfigFault(f"{file}:{line}", "", "is not UTF-8", "save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        said = _LINE_OF_FAULT.fullmatch(str(fault))
        line = int(said[2]) if said and said[2] else octets.count(b"\n") + 1
        what = f"is not TOML: {said[1] if said else fault}"
        raise ConfigFault(f"{file}:{line}", "", what, "see https://toml.io, texts stand in quotes") from None
    return Source(file, key_lines(text)), tables


class Section:
    """One table of the configuration. Keys that nobody would read are refused at once.

    A ``default`` of None means that the key must be there. ``label`` is what messages call the table.
    """

    def __init__(
        self, source: Source, path: KeyPath, label: str, table: object, known: tuple[str, ...]
    ) -> None:
        self.source = source
        self.path = path
        self.label = label
        if not isinstance(table, dict):
            kind = "[[…]]" if isinstance(table, list) else "a value"
            raise self.fault("", f"must be a table, not {kind}", f"write [{label}] and its keys below")
        self._table: dict[str, object] = table
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                cure = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise self.fault(key, "is not a key of the configuration", cure)

    def fault(self, key: str, what: str, cure: str) -> ConfigFault:
        """Make the refusal of a key of this table, or of the table itself (``key`` is empty)."""
        label = ".".join(part for part in (self.label, key) if part)
        return self.source.fault((*self.path, key) if key else self.path, label, what, cure)

    def has(self, key: str) -> bool:
        """Is the key there?"""
        return key in self._table

    def table(self, key: str, known: tuple[str, ...]) -> Section:
        """Give the table of this name, an empty one where there is none."""
        return Section(self.source, (*self.path, key), self._below(key), self._table.get(key, {}), known)

    def rows(self, key: str, known: tuple[str, ...], most: int) -> list[Section]:
        """Give the tables of an array of tables, ``most`` at most."""
        found = self._table.get(key, [])
        if not isinstance(found, list):
            raise self.fault(key, "must be a list of tables", f"write [[{self._below(key)}]] above its keys")
        if len(found) > most:
            raise self.fault(key, f"stands here {len(found)} times, {most} are the most", "take some out")
        path, label = (*self.path, key), self._below(key)
        return [
            Section(self.source, (*path, place), f"{label}[{place + 1}]", table, known)
            for place, table in enumerate(found)
        ]

    def text(
        self, key: str, default: str | None = None, *, like: re.Pattern[str] | None = None, must: str = ""
    ) -> str:
        """Give a text; ``must`` says in words what ``like`` wants of all of it."""
        found = self._found(key, default, must or "a text in quotes")
        if not isinstance(found, str) or not 0 < len(found) <= TEXT_MAX or not found.isprintable():
            raise self.fault(key, "must be a text in quotes", f'write {key} = "{default or "…"}"')
        if like is not None and like.fullmatch(found) is None:
            raise self.fault(key, f"must be {must}, not {found[:60]!r}", "correct the value")
        return found

    def one_of(self, key: str, default: str | None, words: tuple[str, ...]) -> str:
        """Give one of the words."""
        found = self.text(key, default, must=f"one of {', '.join(words)}")
        if found not in words:
            near = get_close_matches(found, words, n=1)
            cure = f"did you mean {near[0]}?" if near else "choose one of them"
            raise self.fault(key, f"must be one of {', '.join(words)}, not {found[:60]!r}", cure)
        return found

    def whole(self, key: str, default: int | None, *, least: int, most: int) -> int:
        """Give a whole number within its bounds."""
        must = f"a whole number from {least} to {most}"
        found = self._found(key, default, must)
        # ``type() is`` and not ``isinstance``: true is an int to Python, but not to an operator.
        if type(found) is not int or not least <= found <= most:
            cure = "correct the value" if default is None else f"leave the line out for {default}"
            raise self.fault(key, f"must be {must}, not {str(found)[:60]}", cure)
        return found

    def flag(self, key: str, default: bool | None) -> bool:  # noqa: FBT001 - a key's default, not a switch
        """Give true or false."""
        found = self._found(key, default, "true or false")
        if not isinstance(found, bool):
            raise self.fault(key, "must be true or false", f"write {key} = true or {key} = false, no quotes")
        return found

    def words(self, key: str, *, like: re.Pattern[str], must: str, most: int) -> tuple[str, ...]:
        """Give a list of texts, none where there is no such key; ``must`` says what each has to be."""
        found = self._table.get(key, [])
        if not isinstance(found, list) or len(found) > most:
            raise self.fault(key, f"must be a list of at most {most}", f'write {key} = ["…", "…"]')
        for word in found:
            if not isinstance(word, str) or like.fullmatch(word) is None:
                raise self.fault(key, f"each must be {must}, not {str(word)[:60]!r}", "correct the value")
        return tuple(found)

    def file(self, key: str, default: str | None = None) -> Path:
        """Give a path; a relative one begins where the configuration file is."""
        return self.source.folder / self.text(key, default)

    def _found(self, key: str, default: object, must: str) -> object:
        found = self._table.get(key, default)
        if found is None:
            raise self.fault(key, "is missing", f"add the line {key} = … ({must})")
        return found

    def _below(self, key: str) -> str:
        return f"{self.label}.{key}" if self.label else key
