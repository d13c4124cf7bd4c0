"""Character classes: what the text of a field may hold (ISO 8583:1987, attributes of data elements).

``a`` letters, ``n`` digits, ``s`` specials and their unions; ``z`` the track 2 and 3 code set;
``x+n`` an amount that opens with C (credit) or D (debit); ``b`` a string of bits, held here as hex.
Blanks count as letters, because alphanumeric fields of fixed length are filled up with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Charset:
    """One class: a quick test of a whole text, and a slow search for the first offence.

    ``each`` is the pattern of one character where all characters follow the same rule.
    """

    name: str
    accepts: Callable[[str], bool]
    legal: re.Pattern[str]
    each: str = ""

    def offence(self, text: str) -> int:
        """Find the first character that does not belong (the length, if all belong)."""
        match = self.legal.match(text)
        return match.end() if match else 0


def _digits(text: str) -> bool:
    return text.isdecimal() and text.isascii()


def _letters_and_digits(text: str) -> bool:
    return text.isascii() and (text.isalnum() or text.replace(" ", "0").isalnum())


def _printable(text: str) -> bool:
    return text.isprintable() and text.isascii()


def _class(name: str, pattern: str, accepts: Callable[[str], bool] | None = None) -> Charset:
    legal = re.compile(pattern)
    each = pattern.removesuffix("*") if pattern.startswith("[") else ""
    return Charset(name, accepts or (lambda text: legal.fullmatch(text) is not None), legal, each)


# The quick tests of the three commonest classes are the C methods of str: they cost a third of a
# pattern match, and a message has some twenty fields.
CHARSETS = {
    charset.name: charset
    for charset in (
        _class("n", r"[0-9]*", _digits),
        _class("a", r"[A-Za-z ]*"),
        _class("an", r"[0-9A-Za-z ]*", _letters_and_digits),
        _class("ans", r"[ -~]*", _printable),
        _class("as", r"[ -/:-~]*"),
        _class("ns", r"[ -@\[-`{-~]*"),
        _class("z", r"[0-9=D]*"),
        _class("x+n", r"(?:[CD][0-9]*)?"),
        _class("b", r"[0-9A-F]*"),
    )
}
