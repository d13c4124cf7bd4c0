"""What stands on a page of a paper, in millimetres from its top left, and the measures of each size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from gateway.core.paper import PaperSize

Align = Literal["left", "right", "middle"]


@dataclass(frozen=True, slots=True)
class Style:
    """The measures of a size: page and margin in millimetres, letters in points, a token's code in mm."""

    width: float
    height: float | None
    margin: float
    body: float
    small: float
    title: float
    digits: float
    code: float


STYLES: Final = {
    PaperSize.A4: Style(210, 297, 20, 10, 8.5, 17, 22, 34),
    PaperSize.ROLL: Style(80, None, 5, 8.5, 7.5, 13, 15, 30),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text on its baseline, at so many points."""

    x: float
    y: float
    size: float
    text: str
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, or a line where it has no height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code of these letters, with its light border within the square."""

    x: float
    y: float
    side: float
    text: str = field(repr=False)


Item = Text | Frame | Code


@dataclass(slots=True)
class Page:
    """A page: what stands on it, and how high it is."""

    items: list[Item] = field(default_factory=list)
    height: float = 0.0
