"""The frame around a file of the grids' cards: 68, command, length, …, sum, 16.

    68 | command | length | body | CS | 16        CS = sum of command, length and body, modulo 256

| length | bytes | as in |
| ------ | ----- | ----- |
| bcd1   | one, two decimal digits | older texts: 54 bytes are 54 |
| be16   | two, big-endian | meters of Q/GDW 365: 39 bytes are 00 27 |

    68 11 54 …    68 01 00 27 …

A sum of one byte finds a slip, not an attack: what must not be forged is sealed with a MAC as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from gateway.codecs.card.fault import PeerFault, ValueFault

START: Final = 0x68
END: Final = 0x16
#: Sum and end.
TAIL: Final = 2

_BCD_MOST: Final = 99


@dataclass(frozen=True, slots=True)
class Frame:
    """How one file is framed: its command, and whether the length is ``bcd1`` or ``be16``."""

    command: int
    length: str

    @property
    def head(self) -> int:
        """How many bytes stand before the body."""
        return 3 if self.length == "bcd1" else 4

    def wrap(self, body: bytes) -> bytes:
        """Give the framed body.

        >>> Frame(0x11, "bcd1").wrap(bytes(12)).hex(" ")
        '68 11 12 00 00 00 00 00 00 00 00 00 00 00 00 23 16'
        """
        if self.length == "bcd1" and len(body) > _BCD_MOST:
            raise ValueFault(f"{len(body)} bytes in a frame that can say {_BCD_MOST}")
        said = bytes.fromhex(f"{len(body):02d}") if self.length == "bcd1" else len(body).to_bytes(2, "big")
        summed = bytes((self.command,)) + said + body
        return bytes((START,)) + summed + bytes((sum(summed) % 256, END))

    def opened(self, raw: bytes, file: str) -> bytes:
        """Give the body of a framed file; raises ``PeerFault`` where any part of the frame is wrong."""
        if len(raw) < self.head + TAIL or raw[0] != START:
            raise PeerFault(file, "", 0, "does not begin with 68")
        if raw[1] != self.command:
            raise PeerFault(file, "", 1, f"the command is not {self.command:02X}")
        body = raw[self.head : -TAIL]
        if self._said(raw) != len(body):
            raise PeerFault(file, "", 2, f"the length does not say {len(body)}")
        if raw[-1] != END:
            raise PeerFault(file, "", len(raw) - 1, "does not end with 16")
        if sum(raw[1:-TAIL]) % 256 != raw[-TAIL]:
            raise PeerFault(file, "", len(raw) - TAIL, "the sum does not fit")
        return body

    def other(self, raw: bytes) -> int | None:
        """Give the command of a whole frame that is not ours; a torn frame has none that means anything."""
        size = self._said(raw)
        if len(raw) < self.head or raw[:1] != bytes((START,)) or raw[1] == self.command or not size:
            return None
        try:
            replace(self, command=raw[1]).opened(raw[: self.head + size + TAIL], "")
        except PeerFault:
            return None
        return raw[1]

    def _said(self, raw: bytes) -> int | None:
        if self.length == "be16":
            return int.from_bytes(raw[2:4], "big")
        digits = raw[2:3].hex()
        return int(digits) if digits.isdecimal() else None
