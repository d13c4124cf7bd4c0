"""Lays an explanation out for a strip of paper or a terminal: text on the left, figures on the right."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: A receipt printer's line (80 mm paper, font A), and a terminal's.
PAPER_COLUMNS: Final = 48
TERMINAL_COLUMNS: Final = 80

_INDENT: Final = "  "


@dataclass(frozen=True, slots=True)
class Row:
    """Text, and a figure at the right end of its last line."""

    text: str
    figure: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on the row before, a little to the right."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The beginning of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Total:
    """A row below a rule: the sum of the rows above."""

    text: str
    figure: str


Item = Row | Note | Heading | Total | str
"""What stands on the page; a plain text is a sentence by itself, "" an empty line."""


def laid_out(items: Iterable[Item], columns: int) -> list[str]:
    """Write the items in so many columns."""
    return [line for item in items for line in _lines(item, columns)]


def _lines(item: Item, columns: int) -> Iterator[str]:
    match item:
        case Row(text, figure):
            yield from _row(text, figure, columns)
        case Total(text, figure):
            yield "-" * columns
            yield from _row(text, figure, columns)
        case Note(text):
            yield from textwrap.wrap(text, columns, initial_indent=_INDENT, subsequent_indent=_INDENT)
        case Heading(text):
            yield ""
            yield text.upper()
        case _:
            yield from textwrap.wrap(item, columns) or [""]


def _row(text: str, figure: str, columns: int) -> Sequence[str]:
    """Wrap the text beside its figure; a figure that leaves too little room stands below."""
    room = columns - len(figure) - 2
    *above, last = textwrap.wrap(text, room, subsequent_indent=_INDENT) or [""]
    return [*above, f"{last}{figure.rjust(columns - len(last))}"]
