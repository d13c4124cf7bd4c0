"""The wrapper of TCP and UDP (IEC 62056-47, 7.3.3): a header of eight octets before each APDU.

0001 0010 0001 002b …     version 1, from port 16 to port 1, 43 octets
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.codecs.dlms.fault import PeerFault

_VERSION: Final = 1
_HEAD: Final = 8
_NO_VERSION: Final = "no version 1 of the wrapper; close the connection"

APDU_MAX: Final = 0xFFFF
"""Octets of an APDU: two octets of length can say no more."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One APDU, and the ports that it goes from and to: a client's address, a logical device."""

    source: int
    destination: int
    apdu: bytes

    def __repr__(self) -> str:
        """Show the size of the APDU only."""
        return f"Wrapped({self.source} to {self.destination}, <{len(self.apdu)} octets>)"


def wrap(wrapped: Wrapped) -> bytes:
    """Write an APDU with its header. ValueError where it is too long: our own fault."""
    if len(wrapped.apdu) > APDU_MAX:
        raise ValueError(f"an APDU of {len(wrapped.apdu)} octets, {APDU_MAX} are the most")
    parts = (_VERSION, wrapped.source, wrapped.destination, len(wrapped.apdu))
    return b"".join(part.to_bytes(2, "big") for part in parts) + wrapped.apdu


class WrapperReader:
    """Cuts a stream into APDUs. Any chunking gives the same ones.

    After a PeerFault nobody knows where the next header is: close, and every later call raises it again. What
    was complete before it is in ``before``.
    """

    __slots__ = ("_buffer", "_consumed", "_is_lost", "before")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._consumed = 0
        self._is_lost = False
        self.before: list[Wrapped] = []

    @property
    def is_midframe(self) -> bool:
        """True while part of an APDU is here."""
        return bool(self._buffer)

    def receive(self, chunk: bytes) -> list[Wrapped]:
        """Give what the chunk completes; PeerFault for another version."""
        if self._is_lost:
            raise PeerFault("version", self._consumed, _NO_VERSION)
        self._buffer += chunk
        found: list[Wrapped] = []
        while self._buffer:
            head = bytes(self._buffer[:_HEAD])
            # A wrong version is said at its first octet that differs, whatever the chunks.
            if not _VERSION.to_bytes(2, "big").startswith(head[:2]):
                self._is_lost, self.before = True, found
                raise PeerFault("version", self._consumed, _NO_VERSION)
            end = _HEAD + int.from_bytes(head[6:8], "big")
            if len(head) < _HEAD or len(self._buffer) < end:
                break
            source, destination = int.from_bytes(head[2:4], "big"), int.from_bytes(head[4:6], "big")
            found.append(Wrapped(source, destination, bytes(self._buffer[_HEAD:end])))
            del self._buffer[:end]
            self._consumed += end
        return found
