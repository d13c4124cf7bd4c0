"""Contents: how the text of a field stands in bytes.

| content | on the wire                                | value                    | length counts        |
| ------- | ------------------------------------------ | ------------------------ | -------------------- |
| ascii   | one byte a character                       | the text                 | characters           |
| ebcdic  | one byte a character, code page 500        | the text                 | characters           |
| bcd     | two digits a byte, an odd one padded       | digits, D stands for =   | digits, or bytes     |
| bin     | the bytes                                  | upper-case hex           | bytes, or digits     |
| hexbin  | the hex digits of the bytes, as characters | upper-case hex           | bytes, or digits     |
| amt_bcd | a sign character, then packed digits       | sign and digits          | sign and digits      |

Example: the digits 123 padded left are ``01 23``, padded right ``12 30``.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.codecs.iso8583.charsets import Charset

_PACKED = re.compile(r"[0-9=]*")
_HEX = re.compile(rb"[0-9A-Fa-f]*")
# EBCDIC of the card networks' 1987 interfaces is the international page; other pages differ from
# it in a few specials only.
_CODECS = {"ascii": "ascii", "ebcdic": "cp500"}


class Misfit(ValueError):  # noqa: N818 - a fact about bytes or text; who is to blame is said later
    """Bytes or text which do not fit their content: where, and why (never which value)."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(f"at {at}: {why}")
        self.at = at
        self.why = why


@dataclass(frozen=True, slots=True)
class Content:
    """Four functions: text ↔ bytes, and length in the field's unit ↔ both.

    ``read(raw, count)`` and ``write(text)`` raise ``Misfit``; its offset counts bytes when
    reading and characters when writing. ``read`` trusts ``raw`` to have ``size(count)`` bytes.
    ``legal`` is the pattern of one character where the text stands in ASCII as it is: bytes which
    match it need no further look. It never accepts the unit separator, which ``quick`` sets.
    """

    size: Callable[[int], int]
    count: Callable[[str], int]
    read: Callable[[bytes, int], str]
    write: Callable[[str], bytes]
    legal: str = ""


@dataclass(frozen=True, slots=True)
class Packing:
    """How digits share bytes: where an odd digit is padded, with what, and what a length counts."""

    is_padded_right: bool = False
    pad_digit: str = "0"
    unit: str = ""


def content_named(name: str, charset: Charset | None, packing: Packing) -> Content:
    """Make the content of a table entry; ``name`` is one of ``CONTENTS``."""
    return CONTENTS[name](charset, packing, name)


def _checked(text: str, charset: Charset | None, chars_per_byte: int) -> str:
    if charset is None or not text or charset.accepts(text):
        return text
    raise Misfit(charset.offence(text) // chars_per_byte, f"a character outside class {charset.name}")


def _text(charset: Charset | None, _packing: Packing, name: str) -> Content:
    codec = _CODECS[name]
    # An empty variable field is legal in every class, hence the length in the test.
    accepts = charset.accepts if charset else lambda _text: True

    def read(raw: bytes, _count: int) -> str:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError as fault:
            raise Misfit(fault.start, f"a byte outside {name}") from None
        return text if accepts(text) else _checked(text, charset, 1)

    def write(text: str) -> bytes:
        if not accepts(text):
            _checked(text, charset, 1)
        try:
            return text.encode(codec)
        except UnicodeEncodeError as fault:
            raise Misfit(fault.start, f"a character outside {name}") from None

    legal = (charset.each if charset else r"[\x00-\x1e -\x7f]") if name == "ascii" else ""
    return Content(size=_same, count=len, read=read, write=write, legal=legal)


def _bcd(charset: Charset | None, packing: Packing, _name: str) -> Content:
    if packing.unit == "bytes":
        return _bcd_counted_in_bytes(charset, packing)

    def read(raw: bytes, count: int) -> str:
        digits = raw.hex()
        if count % 2:
            digits = _unpadded(digits, packing)
        return _checked(_digits(digits), charset, 2)

    def write(text: str) -> bytes:
        return _packed(_checked(text, charset, 1), packing)

    return Content(size=_half, count=len, read=read, write=write)


def _bcd_counted_in_bytes(charset: Charset | None, packing: Packing) -> Content:
    """Count in bytes, which cannot tell an odd count of digits unless the pad is no digit."""
    pad = packing.pad_digit.lower()
    marks_odd = not pad.isdecimal()

    def read(raw: bytes, _count: int) -> str:
        digits = raw.hex()
        if marks_odd and digits:
            at_end = packing.is_padded_right
            digits = digits.removesuffix(pad) if at_end else digits.removeprefix(pad)
        return _checked(_digits(digits), charset, 2)

    def write(text: str) -> bytes:
        if len(text) % 2 and not marks_odd:
            raise Misfit(len(text), "an odd count of digits cannot be told from its padding")
        return _packed(_checked(text, charset, 1), packing)

    return Content(size=_same, count=lambda text: _half(len(text)), read=read, write=write)


def _digits(nibbles: str) -> str:
    """Read packed nibbles; D is the field separator of track 2 and reads as ``=``."""
    if nibbles.isdecimal():
        return nibbles
    text = nibbles.replace("d", "=")
    match = _PACKED.match(text)
    end = match.end() if match else 0
    if end < len(text):
        raise Misfit(end // 2, "a half-byte that is no digit")
    return text


def _unpadded(nibbles: str, packing: Packing) -> str:
    """Take the pad off. 0 and F are both in use as pads, so both are taken."""
    right = packing.is_padded_right
    pad, rest = (nibbles[-1], nibbles[:-1]) if right else (nibbles[0], nibbles[1:])
    if pad not in ("0", "f", packing.pad_digit.lower()):
        raise Misfit(len(rest) // 2 if right else 0, "the pad of an odd count is neither 0 nor F")
    return rest


def _packed(text: str, packing: Packing) -> bytes:
    if not (text.isdecimal() and text.isascii()):
        match = _PACKED.match(text.replace("D", "="))
        end = match.end() if match else 0
        if end < len(text):
            raise Misfit(end, "a character that cannot be packed")
        text = text.replace("=", "D")
    if len(text) % 2:
        text = text + packing.pad_digit if packing.is_padded_right else packing.pad_digit + text
    return bytes.fromhex(text)


def _bin(_charset: Charset | None, packing: Packing, _name: str) -> Content:
    in_digits = packing.unit == "digits"

    def read(raw: bytes, count: int) -> str:
        if in_digits and count % 2:
            raise Misfit(0, "an odd count of hex digits")
        return raw.hex().upper()

    size = _half if in_digits else _same
    return Content(size=size, count=len if in_digits else _octets, read=read, write=_bytes_of)


def _hexbin(_charset: Charset | None, packing: Packing, _name: str) -> Content:
    in_digits = packing.unit == "digits"

    def read(raw: bytes, _count: int) -> str:
        try:
            return unhexlify(raw).hex().upper()
        except ValueError:
            raise Misfit(hex_offence(raw), "no hex digit, or an odd count of them") from None

    def write(text: str) -> bytes:
        return _bytes_of(text).hex().upper().encode("ascii")

    size = _same if in_digits else _double
    count = len if in_digits else _octets
    return Content(size=size, count=count, read=read, write=write, legal="[0-9A-F]")


def _amt_bcd(charset: Charset | None, _packing: Packing, _name: str) -> Content:
    packing = Packing()

    def read(raw: bytes, count: int) -> str:
        if not raw[:1].isascii():
            raise Misfit(0, "a sign that is no character")
        digits = raw[1:].hex()
        if count % 2 == 0:
            digits = _unpadded(digits, packing)
        try:
            text = raw[:1].decode("ascii") + _digits(digits)
        except Misfit as fault:
            raise Misfit(1 + fault.at, fault.why) from None
        return _checked(text, charset, 2)

    def write(text: str) -> bytes:
        if not text[:1].isascii():
            raise Misfit(0, "a sign that is no character")
        return _checked(text, charset, 1)[:1].encode("ascii") + _packed(text[1:], packing)

    return Content(size=lambda count: 1 + _half(count - 1), count=len, read=read, write=write)


def hex_offence(raw: bytes) -> int:
    """Find the first byte that is no hex digit (the length, if all are)."""
    match = _HEX.match(raw)
    return match.end() if match else 0


def _bytes_of(text: str) -> bytes:
    """Give the bytes of hex digits; blanks and the like are refused, unlike ``bytes.fromhex``."""
    try:
        return unhexlify(text)
    except ValueError:
        end = hex_offence(text.encode("ascii", "replace"))
        raise Misfit(end, "no hex digit, or an odd count of them") from None


def _same(count: int) -> int:
    return count


def _half(count: int) -> int:
    return (count + 1) // 2


def _double(count: int) -> int:
    return 2 * count


def _octets(text: str) -> int:
    return _half(len(text))


CONTENTS: dict[str, Callable[[Charset | None, Packing, str], Content]] = {
    "ascii": _text,
    "ebcdic": _text,
    "bcd": _bcd,
    "bin": _bin,
    "hexbin": _hexbin,
    "amt_bcd": _amt_bcd,
}
