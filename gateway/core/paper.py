"""A paper for a customer: what stands on it, in its order, in words that are said already.

One description for every size; who prints it decides where a line ends and a page begins
(``adapters/print/``). Nothing in it depends on the moment at which it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.token import TokenDigits


class PaperSize(Enum):
    """On what it is printed: sheets, or the roll of a counter's printer, as long as it has to be."""

    A4 = "a4"
    ROLL = "80mm"


@dataclass(frozen=True, slots=True)
class Mark:
    """What nobody may overlook, in a frame: that it is a copy, that it takes something back."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels, and what stands there."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """Lines with an amount each, and what they come to."""

    title: str
    rows: tuple[tuple[str, str], ...]
    total: tuple[str, str]


@dataclass(frozen=True, slots=True)
class WholeToken:
    """A token with all of its digits, large and as a QR code: whoever has the paper can spend it."""

    label: str
    digits: TokenDigits


@dataclass(frozen=True, slots=True)
class Words:
    """A text over several lines."""

    text: str


Block = Mark | Facts | Sums | WholeToken | Words


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper. ``issuer`` stands at its head, ``pages`` numbers its sheets: ``Page {page} of {pages}``.

    ``language`` decides how its letters look, ``made_us`` is the moment that it says it was made in.
    """

    issuer: str
    title: str
    language: str
    pages: str
    made_us: int
    blocks: tuple[Block, ...]


class NoPaper(Exception):  # noqa: N818 - what it says
    """It cannot be printed: the font is not there, or lacks letters. ``letters`` are those, as U+4E00."""

    def __init__(self, font: str, letters: tuple[str, ...] = ()) -> None:
        said = f"lacks {', '.join(letters)}" if letters else "cannot be read"
        super().__init__(f"the font {font} {said}; name another in [invoices] font")
        self.font = font
        self.letters = letters
