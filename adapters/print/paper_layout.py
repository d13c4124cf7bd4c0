"""Where everything of a paper stands: its blocks become marks on pages, in millimetres from the top left.

The same for both sizes; a sheet ends and the next one begins, a roll is as long as what stands on it. Lines
are broken between words, and between Chinese letters anywhere. Nothing here draws.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, assert_never

from adapters.print.paper_items import STYLES, Code, Frame, Page, Text
from gateway.core.paper import Facts, Mark, Sums, WholeToken, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adapters.print.paper_items import Align, Item, Style
    from gateway.core.paper import Block, Paper, PaperSize

    #: How wide a text is at so many points.
    Measure = Callable[[str, float], float]

#: Millimetres of a point.
_POINT: Final = 25.4 / 72

#: A line is so much higher than its letters.
_LINE: Final = 1.45

#: A place where a line may end: behind a space or a hyphen, and on either side of a Chinese letter.
_PIECES: Final = re.compile(r"[⺀-鿿豈-﫿＀-￯]|[^\s⺀-鿿豈-﫿＀-￯]+\s*|\s+")


def laid_out(paper: Paper, size: PaperSize, measure: Measure) -> Sequence[Page]:
    """Lay a paper out for a size."""
    layout = _Layout(STYLES[size], measure)
    layout.head(paper)
    for block in paper.blocks:
        layout.block(block)
    return layout.finished(paper.pages)


class _Layout:
    """Goes down the pages; ``_y`` is where the next line begins."""

    def __init__(self, style: Style, measure: Measure) -> None:
        self._style, self._measure = style, measure
        self._pages = [Page()]
        self._y = style.margin

    @property
    def _inner(self) -> float:
        return self._style.width - 2 * self._style.margin

    @property
    def _middle(self) -> float:
        return self._style.width / 2

    @property
    def _right(self) -> float:
        return self._style.width - self._style.margin

    def head(self, paper: Paper) -> None:
        """Say who gives it, and what it is."""
        self._lines(paper.issuer, self._style.body, self._inner, "middle")
        self._lines(paper.title, self._style.title, self._inner, "middle")
        self._rule()

    def block(self, block: Block) -> None:
        """Put a block below what is there."""
        match block:
            case Mark(text):
                self._mark(text)
            case Facts(rows):
                for label, said in rows:
                    self._fact(label, said)
                self._gap()
            case Sums():
                self._sums(block)
            case WholeToken(label, digits):
                self._token(label, digits.grouped(), digits.reveal())
            case Words(text):
                self._lines(text, self._style.body, self._inner)
                self._gap()
            case _:
                assert_never(block)

    def finished(self, numbering: str) -> Sequence[Page]:
        """Give the pages; sheets are numbered, a roll ends where nothing more stands on it."""
        style, count = self._style, len(self._pages)
        for number, page in enumerate(self._pages, 1):
            page.height = style.height or self._y + style.margin
            if style.height is not None:
                said = numbering.format(page=number, pages=count)
                page.items.append(
                    Text(self._right, style.height - style.margin / 2, style.small, said, "right")
                )
        return self._pages

    # -- blocks --------------------------------------------------------------------------------------

    def _mark(self, text: str) -> None:
        size, pad = self._style.title * 0.75, 2.0
        lines = self._broken(text, size, self._inner - 2 * pad)
        height = len(lines) * _height(size) + 2 * pad
        self._room(height)
        self._add(Frame(self._style.margin, self._y, self._inner, height))
        self._y += pad
        for line in lines:
            self._line(line, size, "middle")
        self._y += pad
        self._gap()

    def _fact(self, label: str, said: str) -> None:
        """Write a label on the left and what stands there on the right; below it where it has no room."""
        body, small = self._style.body, self._style.small
        begin = self._style.margin + self._inner * 0.36
        labels = self._broken(label, small, self._inner * 0.34)
        lines = self._broken(said, body, self._right - begin)
        self._room(max(len(labels), len(lines)) * _height(body))
        top = self._y
        for number, line in enumerate(labels):
            self._put(line, small, self._style.margin, top + number * _height(body), body)
        for number, line in enumerate(lines):
            self._put(line, body, begin, top + number * _height(body), body)
        self._y = top + max(len(labels), len(lines)) * _height(body)

    def _sums(self, sums: Sums) -> None:
        body = self._style.body
        self._room(_height(body) * 3)
        self._lines(sums.title, self._style.small, self._inner)
        self._rule()
        for label, amount in sums.rows:
            self._amount(label, amount, body)
        self._rule()
        self._amount(*sums.total, body * 1.25)
        self._gap()

    def _amount(self, label: str, amount: str, size: float) -> None:
        taken = self._measure(amount, size) + 3
        lines = self._broken(label, size, self._inner - taken)
        self._room(len(lines) * _height(size))
        self._add(Text(self._right, self._baseline(self._y, size), size, amount, "right"))
        for line in lines:
            self._line(line, size)

    def _token(self, label: str, grouped: str, digits: str) -> None:
        """Write a token: what it is, its digits as large as they fit in one line, its code."""
        style = self._style
        grouped = grouped.replace(" ", "  ")  # read group by group
        wide = self._measure(grouped, style.digits)
        size = style.digits * min(1.0, self._inner / wide)
        labels = self._broken(label, style.body, self._inner)
        self._room(len(labels) * _height(style.body) + _height(size) + style.code + 3)
        for line in labels:
            self._line(line, style.body, "middle")
        self._line(grouped, size, "middle")
        self._add(Code(self._middle - style.code / 2, self._y, style.code, digits))
        self._y += style.code + 3

    # -- lines ---------------------------------------------------------------------------------------

    def _lines(self, text: str, size: float, width: float, align: Align = "left") -> None:
        for line in self._broken(text, size, width):
            self._room(_height(size))
            self._line(line, size, align)

    def _line(self, text: str, size: float, align: Align = "left") -> None:
        x = {"left": self._style.margin, "middle": self._middle, "right": self._right}[align]
        self._add(Text(x, self._baseline(self._y, size), size, text, align))
        self._y += _height(size)

    def _put(self, text: str, size: float, x: float, top: float, line_size: float) -> None:
        """Write a text in a line of letters of another size, on the same baseline."""
        self._add(Text(x, self._baseline(top, line_size), size, text))

    def _baseline(self, top: float, size: float) -> float:
        return top + size * _POINT * 1.1

    def _rule(self) -> None:
        self._y += 1
        self._add(Frame(self._style.margin, self._y, self._inner, 0))
        self._y += 1.5

    def _gap(self) -> None:
        self._y += 3

    def _add(self, item: Item) -> None:
        self._pages[-1].items.append(item)

    def _room(self, height: float) -> None:
        """Begin another sheet where so much has no room on this one."""
        style = self._style
        if style.height is not None and self._y + height > style.height - style.margin:
            self._pages.append(Page())
            self._y = style.margin

    def _broken(self, text: str, size: float, width: float) -> list[str]:
        """Break a text into lines that fit; a word that is longer than a line is broken where it must be."""
        lines: list[str] = []
        for paragraph in text.splitlines() or [""]:
            line = ""
            for piece in self._pieces(paragraph, size, width):
                if line and self._measure((line + piece).rstrip(), size) > width:
                    lines.append(line.rstrip())
                    line = piece.lstrip()
                else:
                    line += piece
            lines.append(line.rstrip())
        return lines

    def _pieces(self, text: str, size: float, width: float) -> Iterator[str]:
        for piece in _PIECES.findall(text):
            rest = piece
            while self._measure(rest.rstrip(), size) > width and len(rest) > 1:
                ends = range(len(rest) - 1, 0, -1)
                fits = next(n for n in ends if n == 1 or self._measure(rest[:n], size) <= width)
                yield rest[:fits]
                rest = rest[fits:]
            yield rest


def _height(size: float) -> float:
    return size * _POINT * _LINE
