"""Responses: data, and the two bytes that say what became of the command (ISO/IEC 7816-4, 5.6).

    9000       done
    61XX       done, XX bytes wait to be fetched
    62, 63     done, with a warning; 63CX: X tries are left
    6CXX       wrong Le, XX would be right
    64 to 6F   the command was not carried out as asked

Any other first byte is no status word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.codecs.apdu.command import EXPECTED_MAX, PeerFault

DONE: Final = 0x9000

_STATUS: Final = 2
_MORE: Final = 0x61
_LENGTH: Final = 0x6C
_TRIES: Final = 0x63C0
_ONE_DIGIT: Final = 0xFFF0


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """What a card answered. Data may be secret: no repr shows them."""

    body: bytes
    status: int

    def __repr__(self) -> str:
        """Show the size and the status."""
        return f"Response(<{len(self.body)} bytes>, {self.status:04X})"

    @property
    def is_done(self) -> bool:
        """Was the command carried out, without a remark?"""
        return self.status == DONE

    @property
    def waiting(self) -> int | None:
        """How many bytes wait to be fetched (61XX); None: it says nothing of that."""
        return (self.status & 0xFF or EXPECTED_MAX) if self.status >> 8 == _MORE else None

    @property
    def right_length(self) -> int | None:
        """Which Le would have been right (6CXX); None: it says nothing of that."""
        return (self.status & 0xFF or EXPECTED_MAX) if self.status >> 8 == _LENGTH else None

    @property
    def tries_left(self) -> int | None:
        """How many tries are left (63CX, ISO/IEC 7816-4, table 6); None: it says nothing of that."""
        return self.status & 0x0F if self.status & _ONE_DIGIT == _TRIES else None

    @property
    def encoded(self) -> bytes:
        """The bytes, as a card sends them."""
        return self.body + self.status.to_bytes(2, "big")


def read_response(raw: bytes) -> Response:
    """Read what a card answered; raises ``PeerFault``.

    >>> read_response(bytes.fromhex("63C2")).tries_left
    2
    """
    at = len(raw) - _STATUS
    if at < 0:
        raise PeerFault("response", len(raw), "shorter than its status word")
    if at > EXPECTED_MAX:
        raise PeerFault("response", EXPECTED_MAX, f"more than {EXPECTED_MAX} bytes")
    # Any other first byte, and 60 (the null byte of T=0), is no status word (ISO/IEC 7816-4, 5.6).
    if raw[at] >> 4 not in {6, 9} or raw[at] == 0x60:  # noqa: PLR2004 - see above
        raise PeerFault("response", at, "no status word: it begins with 61 to 6F, or with 9X")
    return Response(raw[:at], int.from_bytes(raw[at:], "big"))
