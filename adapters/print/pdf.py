"""Prints papers as PDF (ISO 32000): both sizes of one description; obeys ``admin_web.needs.Papers``.

Each paper is made on ``run_elsewhere``'s thread: a font of all Chinese letters takes a second to be cut down
to those that a paper has. The same paper is the same octets, whenever it is made.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import segno
from fpdf import FPDF

from adapters.print.paper_items import STYLES, Code, Frame, Text
from adapters.print.paper_layout import laid_out
from gateway.core.paper import NoPaper
from gateway.core.timeline import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from twisted.internet.defer import Deferred

    from adapters.print.paper_items import Item, Page
    from adapters.print.paper_layout import Measure
    from gateway.core.paper import Paper, PaperSize

    RunElsewhere = Callable[..., Deferred[Any]]

_FAMILY: Final = "paper"

#: What stands for a letter that a font lacks, since nobody sees a difference: the dot between units, spaces.
_ALIKE: Final = {"\u22c5": "·", "\u202f": "\xa0", "\u2009": " ", "\u2011": "-"}

#: Letters that are named where a font lacks them; more say no more.
_NAMED_MAX: Final = 8

#: Which of a collection's faces a language's readers are used to: Noto's Chinese one is the third.
_FACES: Final = {"zh": 2}

#: How files of fonts begin (OpenType, "Organization of an OpenType font"); a collection holds several faces.
_COLLECTION: Final = b"ttcf"
_FONTS: Final = frozenset({_COLLECTION, b"OTTO", b"true", b"\0\1\0\0"})

#: Light modules around a code (ISO/IEC 18004, 9.1), which the square holds as well.
_BORDER: Final = 4

_LINE_MM: Final = 0.25


class Papers:
    """Prints with one font, named in the configuration."""

    def __init__(self, run_elsewhere: RunElsewhere, font: Path) -> None:
        self._run_elsewhere = run_elsewhere
        self._font = font

    def pdf(self, paper: Paper, size: PaperSize) -> Deferred[bytes]:
        """Print one; NoPaper where the font is not there, or lacks a letter of it."""
        return self._run_elsewhere(printed, paper, size, self._font)


def printed(paper: Paper, size: PaperSize, font: Path) -> bytes:
    """Print a paper, here and now; see ``Papers.pdf``."""
    made = _opened(paper, font)
    try:
        pages = laid_out(paper, size, _measure(made))
        _require_letters(made, pages, font)
        for page in pages:
            made.add_page(format=(STYLES[size].width, page.height))
            for item in page.items:
                _draw(made, item)
        return bytes(made.output())
    finally:
        _letters_of(made).ttfont.close()


def _opened(paper: Paper, font: Path) -> FPDF:
    made = FPDF(unit="mm")
    made.set_auto_page_break(auto=False)
    made.c_margin = 0
    made.set_creation_date(moment_of(paper.made_us).astimezone(UTC))
    made.set_title(paper.title)
    made.set_lang(paper.language)
    try:
        with font.open("rb") as file:
            begins = file.read(4)
    except OSError:
        raise NoPaper(str(font)) from None
    if begins not in _FONTS:
        raise NoPaper(str(font))
    face = _FACES.get(paper.language, 0) if begins == _COLLECTION else 0
    made.add_font(_FAMILY, "", font, collection_font_number=face)
    return made


def _measure(made: FPDF) -> Measure:
    def width(text: str, size: float) -> float:
        made.set_font(_FAMILY, size=size)
        return float(made.get_string_width(_spelled(made, text)))

    return width


def _letters_of(made: FPDF) -> Any:  # noqa: ANN401 - of a library whose fonts are of several classes
    return made.fonts[_FAMILY]


def _spelled(made: FPDF, text: str) -> str:
    """Spell a text with letters that look the same, where the font lacks the language's own."""
    known = _letters_of(made).cmap
    return "".join(_ALIKE.get(one, one) if ord(one) not in known else one for one in text)


def _require_letters(made: FPDF, pages: Sequence[Page], font: Path) -> None:
    """Refuse what would stand on the paper as empty boxes."""
    known = _letters_of(made).cmap
    texts = (_spelled(made, one.text) for page in pages for one in page.items if isinstance(one, Text))
    missing = sorted({letter for text in texts for letter in text if ord(letter) not in known})
    if missing:
        raise NoPaper(str(font), tuple(f"U+{ord(letter):04X}" for letter in missing[:_NAMED_MAX]))


def _draw(made: FPDF, item: Item) -> None:
    match item:
        case Text(x, y, size, text, align):
            made.set_font(_FAMILY, size=size)
            said = _spelled(made, text)
            wide = made.get_string_width(said)
            made.text(x - {"left": 0.0, "middle": wide / 2, "right": wide}[align], y, said)
        case Frame(x, y, width, height):
            made.set_line_width(_LINE_MM)
            if height:
                made.rect(x, y, width, height)
            else:
                made.line(x, y, x + width, y)
        case Code(x, y, side, text):
            _draw_code(made, x, y, side, text)


def _draw_code(made: FPDF, x: float, y: float, side: float, text: str) -> None:
    """Draw the dark modules of each row as bars: nothing that a printer would have to scale."""
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    module = side / (len(rows) + 2 * _BORDER)
    for down, row in enumerate(rows, _BORDER):
        begin = 0
        while (begin := row.find(1, begin)) >= 0:
            end = row.find(0, begin)
            end = len(row) if end < 0 else end
            made.rect(
                x + (begin + _BORDER) * module, y + down * module, (end - begin) * module, module, style="F"
            )
            begin = end
