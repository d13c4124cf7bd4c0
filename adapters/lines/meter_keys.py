"""What an association by keys needs of whoever keeps a meter's keys (DLMS, HLS with GMAC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.codecs.dlms.security import Sealing


class MeterKeys(Protocol):
    """The keys of one meter, and the counter that must never be used twice."""

    def sealing(self) -> Sealing:
        """Give what seals: its counter is one that was never used, and is stored as used."""

    def used(self, counter: int) -> None:
        """Store the next counter, before what was sealed with the one before is sent."""

    def challenge(self) -> bytes:
        """Draw a challenge anew, of 8 to 64 octets."""

    def release(self) -> None:
        """Let others have them: the conversation has ended."""
