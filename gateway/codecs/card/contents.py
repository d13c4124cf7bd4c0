"""What the fields of a card hold: bytes to values and back.

| codec      | bytes                        | value |
| ---------- | ---------------------------- | ----- |
| bcd        | two digits a byte            | the digits as text, zeros in front kept |
| bcd_number | two digits a byte            | whole number |
| number     | big- or little-endian        | whole number, times ``step`` (minor units, Wh) |
| choice     | any                          | one of the profile's words |
| flags      | one byte                     | the names of the bits that are set, from the lowest |
| moment     | BCD YY MM DD hh mm           | ``2026-11-26T05:17``; all zeros: none, as "" |
| text       | ASCII, filled up with zeros  | text |
| bytes      | any                          | hex |

Vectors stand beside each field in the profile, and a test runs them all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.codecs.card.fault import ValueFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = int | str | tuple[str, ...]
"""What a field can be."""

_MOMENT: Final = re.compile(r"20(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d)")
_MOMENT_PARTS: Final = ((1, 12), (1, 31), (0, 23), (0, 59))
_MOMENT_SIZE: Final = 5
_HEX: Final = re.compile(r"([0-9A-F]{2})*")


class Misfit(ValueError):  # noqa: N818 - becomes a fault of its field
    """These bytes are no such content."""


@dataclass(frozen=True, slots=True)
class Content:
    """A codec: ``read`` raises ``Misfit``, ``write`` ``ValueFault``; values are multiples of ``step``."""

    read: Callable[[bytes], Value]
    write: Callable[[object], bytes]
    step: int = 1


def content_of(codec: str, size: int, table: Mapping[str, Any]) -> Content:
    """Make the codec of a field from its row in the profile."""
    return _MADE[codec](size, table)


def _digits_of(raw: bytes) -> str:
    digits = raw.hex()
    if not digits.isdecimal():
        raise Misfit("holds what is no decimal digit")
    return digits


def _bcd(size: int, _table: Mapping[str, Any]) -> Content:
    def write(value: object) -> bytes:
        if not (isinstance(value, str) and re.fullmatch(r"[0-9]*", value)) or len(value) > 2 * size:
            raise ValueFault(f"must be at most {2 * size} digits")
        return bytes.fromhex(value.rjust(2 * size, "0"))

    return Content(_digits_of, write)


def _bcd_number(size: int, _table: Mapping[str, Any]) -> Content:
    def write(value: object) -> bytes:
        return bytes.fromhex(f"{_whole(value, 10 ** (2 * size)):0{2 * size}d}")

    return Content(lambda raw: int(_digits_of(raw)), write)


def _number(size: int, table: Mapping[str, Any]) -> Content:
    little, step = table.get("order") == "little", int(table.get("step", 1))

    def read(raw: bytes) -> Value:
        return int.from_bytes(raw, "little" if little else "big") * step

    def write(value: object) -> bytes:
        count, rest = divmod(_whole(value, 256**size * step), step)
        if rest:
            raise ValueFault(f"must be a multiple of {step}")
        return count.to_bytes(size, "little" if little else "big")

    return Content(read, write, step)


def _choice(size: int, table: Mapping[str, Any]) -> Content:
    words: dict[str, str] = table["words"]
    bytes_of = {word: bytes.fromhex(key) for key, word in words.items()}

    def read(raw: bytes) -> Value:
        if raw.hex().upper() not in words:
            raise Misfit(f"is none of {', '.join(sorted(bytes_of))}")
        return words[raw.hex().upper()]

    def write(value: object) -> bytes:
        if not isinstance(value, str) or value not in bytes_of:
            raise ValueFault(f"must be one of {', '.join(sorted(bytes_of))}")
        return bytes_of[value].rjust(size, b"\0")

    return Content(read, write)


def _flags(_size: int, table: Mapping[str, Any]) -> Content:
    bits: list[str] = table["bits"]

    def read(raw: bytes) -> Value:
        if raw[0] >> len(bits):
            raise Misfit("a bit is set that has no meaning")
        return tuple(name for place, name in enumerate(bits) if raw[0] >> place & 1)

    def write(value: object) -> bytes:
        if not isinstance(value, list | tuple) or not all(name in bits for name in value):
            raise ValueFault(f"must be some of {', '.join(bits)}")
        return bytes((sum(1 << bits.index(name) for name in set(value)),))

    return Content(read, write)


def _moment(_size: int, _table: Mapping[str, Any]) -> Content:
    def read(raw: bytes) -> Value:
        if not any(raw):
            return ""
        digits = _digits_of(raw)
        year, *parts = (digits[at : at + 2] for at in range(0, 2 * _MOMENT_SIZE, 2))
        if not all(
            least <= int(part) <= most for part, (least, most) in zip(parts, _MOMENT_PARTS, strict=True)
        ):
            raise Misfit("is no moment")
        return f"20{year}-{parts[0]}-{parts[1]}T{parts[2]}:{parts[3]}"

    def write(value: object) -> bytes:
        found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if value == "":
            return bytes(_MOMENT_SIZE)
        if found is None:
            raise ValueFault("must be a moment such as 2026-11-26T05:17")
        raw = bytes.fromhex("".join(found.groups()))
        try:
            read(raw)
        except Misfit as fault:
            raise ValueFault(str(fault)) from None
        return raw

    return Content(read, write)


def _text(size: int, _table: Mapping[str, Any]) -> Content:
    def read(raw: bytes) -> Value:
        kept = raw.rstrip(b"\0")
        if not all(0x20 <= byte < 0x7F for byte in kept):  # noqa: PLR2004 - the printable ones
            raise Misfit("is no text")
        return kept.decode("ascii")

    def write(value: object) -> bytes:
        if not isinstance(value, str) or not (value.isascii() and value.isprintable()) or len(value) > size:
            raise ValueFault(f"must be a text of at most {size} characters")
        return value.encode("ascii").ljust(size, b"\0")

    return Content(read, write)


def _bytes(size: int, _table: Mapping[str, Any]) -> Content:
    def write(value: object) -> bytes:
        if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 * size:
            raise ValueFault(f"must be {size} bytes in hex")
        return bytes.fromhex(value)

    return Content(lambda raw: raw.hex().upper(), write)


def _whole(value: object, end: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < end:
        raise ValueFault(f"must be a whole number below {end}")
    return value


_MADE: Final[dict[str, Callable[[int, Mapping[str, Any]], Content]]] = {
    "bcd": _bcd,
    "bcd_number": _bcd_number,
    "bytes": _bytes,
    "choice": _choice,
    "flags": _flags,
    "moment": _moment,
    "number": _number,
    "text": _text,
}
