"""The ``[invoices]`` table of the configuration: the font of its papers, and the utility's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config.reader import Section

INVOICES_KEYS: Final = ("font", "text")

INVOICE_TEXT_MAX: Final = 300
"""Characters of the utility's own words: some lines of a roll, and not a second sheet."""

FONT: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
"""Where Debian's fonts-noto-cjk puts the one that has the letters of all three languages."""


@dataclass(frozen=True, slots=True)
class InvoiceSettings:
    """The file of the font, and what the utility says at the end of each invoice ("": nothing).

    Where none is named, the font need not be there before somebody prints.
    """

    font: Path
    text: str


def read_invoices(section: Section) -> InvoiceSettings:
    """Read the ``[invoices]`` table; ConfigFault for a font that is not there, or for too many words."""
    text = section.text("text") if section.has("text") else ""
    if len(text) > INVOICE_TEXT_MAX:
        what = f"has {len(text)} characters, {INVOICE_TEXT_MAX} are the most"
        raise section.fault("text", what, "shorten it")
    font = section.file("font", FONT)
    if section.has("font") and not font.is_file():
        cure = "correct the path, or leave the line out and install fonts-noto-cjk"
        raise section.fault("font", f"there is no file {font}", cure)
    return InvoiceSettings(font, text)
