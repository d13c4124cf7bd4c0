"""The book of the exchange as a file: JSON, held against ``schemas/modems/book.schema.json``.

    {"numbers": [{"number": "5551234", "place": "127.0.0.1:7001"},
                 {"number": "5551235", "fails": "busy", "after_ms": 500},
                 {"number": "5551236", "place": "127.0.0.1:7001",
                  "trouble": {"lost": {"octets": 40, "way": "from meter"}}, "times": 1}],
     "lines":   [{"number": "5550100"}, {"number": "5550101", "has_dial_tone": false}]}

No number is shown in a fault: numbers are customers' own, and a place in the file says as much.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemas
from gateway.simulators.modems.address import AddressFault, address_of
from gateway.simulators.modems.book import (
    CALM,
    RATE,
    At,
    Entry,
    Kind,
    Outcome,
    OwnLine,
    Trouble,
    Way,
    is_number,
)
from schemas.shape import Misshapen, check_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulators.modems.address import Address
    from gateway.simulators.modems.book import Place

BOOK_OCTETS_MAX: Final = 32 * 1024 * 1024
"""Octets of a file: a hundred thousand numbers with a trouble each have some twenty million."""

_MISTAKES: Final = ("lost", "silent", "garbled")


class BookFault(ValueError):  # noqa: N818 - said to whoever wrote the book
    """The file is no book of numbers: the place, what is wrong there, and the cure."""

    def __init__(self, where: str, why: str, cure: str) -> None:
        super().__init__(f"{where}: {why}; cure: {cure}")


@dataclass(frozen=True, slots=True)
class Book:
    """What stands in the file: other people's numbers, and our own lines in the order of the modems."""

    entries: tuple[Entry, ...]
    lines: tuple[OwnLine, ...] = ()


def read_book(raw: bytes, place_at: Callable[[Address], Place]) -> Book:
    """Read a book; ``place_at`` makes the place of an address. BookFault for what is none."""
    table = _json(raw)
    shape = _shape()
    try:
        check_shape(table, shape, shape, "book")
    except Misshapen as fault:
        raise BookFault(fault.where, fault.what, "see powertill modem-sim --help") from None
    taken: dict[str, str] = {}
    lines, entries = [], []
    for at, row in enumerate(table.get("lines", ())):
        lines.append(_line(row, _number(row, f"book.lines[{at}]", taken)))
    for at, row in enumerate(table["numbers"]):
        where = f"book.numbers[{at}]"
        entries.append(_entry(row, _number(row, where, taken), where, place_at))
    return Book(tuple(entries), tuple(lines))


def _json(raw: bytes) -> Any:  # noqa: ANN401 - JSON, checked by whoever called
    try:
        return json.loads(raw, object_pairs_hook=_object)
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise BookFault(where, f"this is no JSON: {fault.msg}", "correct it there, or just before") from None
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise BookFault(f"line {line}", "this is no text in UTF-8", "save the file as UTF-8") from None
    except BookFault:
        raise
    except (RecursionError, ValueError):
        # Nested for ever, or a number of thousands of digits.
        raise BookFault("book", "is no book of numbers", "see powertill modem-sim --help") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; of a key that stands there twice one would be lost without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BookFault("book", f"{twice[:40]!r} stands twice in one object", "let one of them stand")
    return found


def _number(row: dict[str, Any], where: str, taken: dict[str, str]) -> str:
    number: str = row["number"]
    if not is_number(number):
        raise BookFault(f"{where}.number", "is no telephone number", "up to 40 digits, * # and +, no blanks")
    if number in taken:
        raise BookFault(f"{where}.number", f"stands at {taken[number]} already", "write one of them")
    taken[number] = where
    return number


def _entry(row: dict[str, Any], number: str, where: str, place_at: Callable[[Address], Place]) -> Entry:
    fails = Outcome(row["fails"]) if "fails" in row else None
    place = None
    if "place" in row:
        try:
            place = place_at(address_of(row["place"]))
        except AddressFault as fault:
            raise BookFault(f"{where}.place", str(fault), 'write it such as "127.0.0.1:7001"') from None
    if place is None and fails is None:
        raise BookFault(where, "nobody answers there", 'add "place" (HOST:PORT) or "fails"')
    if place is None and "times" in row:
        raise BookFault(f"{where}.times", "nobody answers behind these calls", 'add "place" (HOST:PORT)')
    if "times" in row and fails is None and "trouble" not in row:
        raise BookFault(f"{where}.times", "nothing goes wrong so many times", 'add "fails" or "trouble"')
    return Entry(
        number, place, fails, _trouble(row), row.get("times"), row.get("after_ms"), row.get("rate", RATE)
    )


def _line(row: dict[str, Any], number: str) -> OwnLine:
    return OwnLine(
        number,
        Kind(row.get("kind", Kind.PSTN.value)),
        row.get("has_dial_tone", True),
        row.get("is_dead", False),
        _trouble(row),
        row.get("times"),
    )


def _trouble(row: dict[str, Any]) -> Trouble:
    if "trouble" not in row:
        return CALM
    said: dict[str, Any] = row["trouble"]
    read: dict[str, Any] = {key: _at(value) if key in _MISTAKES else value for key, value in said.items()}
    return Trouble(**read)


def _at(said: dict[str, Any]) -> At:
    return At(said["octets"], Way(said.get("way", Way.BOTH.value)))


@cache
def _shape() -> dict[str, Any]:
    return schemas.load("modems/book.schema.json")
