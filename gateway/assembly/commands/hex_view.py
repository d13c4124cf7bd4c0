"""Bytes in rows of sixteen with a mark under one of them; what must stay secret is shown as stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROW: Final = 16


def hex_rows(octets: bytes, marked: int, hidden: range | frozenset[int] = frozenset()) -> Iterator[str]:
    """Write the bytes with ``^^`` under the offset ``marked``, which may lie just behind the last one."""
    end = max(len(octets), marked + 1)
    for start in range(0, end, ROW):
        places = range(start, min(start + ROW, len(octets)))
        pairs = " ".join("**" if at in hidden else f"{octets[at]:02x}" for at in places)
        face = "".join("*" if at in hidden else _face(octets[at]) for at in places)
        yield f"{start:04x}  {pairs:<{3 * ROW - 1}}  {face}".rstrip()
        if start <= marked < start + ROW:
            yield " " * (6 + 3 * (marked - start)) + f"^^ offset {marked}"


def _face(octet: int) -> str:
    """Give the ASCII character of a byte, and a point for what has none."""
    character = chr(octet)
    return character if character.isascii() and character.isprintable() else "."
