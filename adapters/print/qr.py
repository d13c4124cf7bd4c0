"""Pictures that a telephone reads: QR codes (ISO/IEC 18004), as SVG that stands in a page."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import segno

#: Characters that a code of a screen holds and a telephone still reads at arm's length.
QR_CHARACTERS_MAX: Final = 400

#: Light modules around the code (ISO/IEC 18004, 9.1 asks for four).
_BORDER: Final = 4

#: Pixels of a module: a code of 45 modules is as wide as a hand.
_SCALE: Final = 4


class Pictures:
    """Makes them; obeys ``admin_web.needs.Pictures``."""

    def qr(self, text: str) -> str:
        """Draw a text as an SVG element; ValueError where it is too long to be read."""
        if len(text) > QR_CHARACTERS_MAX:
            raise ValueError(f"a QR code of a screen holds {QR_CHARACTERS_MAX} characters, not {len(text)}")
        octets = BytesIO()
        segno.make_qr(text, error="m").save(
            octets, kind="svg", scale=_SCALE, border=_BORDER, xmldecl=False, svgns=True, light="#fff"
        )
        return octets.getvalue().decode()
