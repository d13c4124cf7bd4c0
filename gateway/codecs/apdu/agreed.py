"""How a card speaks before anything is agreed with it, out of its answer to reset (ISO/IEC 7816-3, 6 to 8).

Nothing faster is agreed on: a card that offers a choice stays at its first protocol and at the rate that each
card begins with. One that says it speaks in one way only (TA2) is spoken to in that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.codecs.apdu.command import PeerFault

if TYPE_CHECKING:
    from gateway.codecs.apdu.atr import Atr

#: 372 clocks an elementary time unit, one unit a bit: how each card begins (ISO/IEC 7816-3, 8.1).
RATE: Final = 0x11
#: Bytes of a portion where a card says nothing else (ISO/IEC 7816-3, 11.4.2).
PORTION: Final = 32
PORTION_MAX: Final = 254

# Milliseconds of 960 x 372 clocks at 4 MHz (ISO/IEC 7816-3, 10.2 and 11.4.3).
_UNIT_MS: Final = 90
_T0_WAITING, _T1_WAITING = 10, 0x4D
_WAITING_MOST: Final = 9
_FIRST_SPECIFIC: Final = 3


@dataclass(frozen=True, slots=True)
class Agreed:
    """How to speak to a card. ``waiting`` is as the card says it: WI of T=0, BWI and CWI of T=1."""

    protocol: int
    rate: int
    guard: int
    waiting: int
    #: What goes to a card of T=1 at once.
    portion: int = PORTION
    #: Is a low level a one?
    is_inverse: bool = False

    @property
    def wait_ms(self) -> int:
        """How long the card may be silent, at 4 MHz."""
        return _UNIT_MS * (1 << (self.waiting >> 4) if self.protocol else max(self.waiting, 1))


def agreed_with(atr: Atr) -> Agreed:
    """Say how to speak to a card; raises ``PeerFault`` for a card that speaks in no way known here.

    >>> from gateway.codecs.apdu.atr import read_atr
    >>> agreed_with(read_atr(bytes.fromhex("3B860150544C2D433101"))).protocol
    1
    """
    found = dict(atr.interface)
    protocol, rate = atr.protocols[0], RATE
    if "TA2" in found:
        if found["TA2"] & 0x10:
            raise PeerFault("ATR", 0, "TA2 says a rate that is known to nobody else")
        protocol, rate = found["TA2"] & 0x0F, found.get("TA1", RATE)
    if protocol not in {0, 1}:
        raise PeerFault("ATR", 0, f"T={protocol} is not spoken here")
    guard = found.get("TC1", 0)
    if protocol == 0:
        return Agreed(0, rate, guard, found.get("TC2", _T0_WAITING), is_inverse=atr.is_inverse)
    group = _specific(found)
    if found.get(f"TC{group}", 0) & 1:
        raise PeerFault("ATR", 0, f"TC{group} wants check bytes by CRC, which are not spoken here")
    waiting, portion = found.get(f"TB{group}", _T1_WAITING), found.get(f"TA{group}", PORTION)
    if waiting >> 4 > _WAITING_MOST:
        raise PeerFault("ATR", 0, f"TB{group} has no such waiting time")
    if not 1 <= portion <= PORTION_MAX:
        raise PeerFault("ATR", 0, f"TA{group} must be from 1 to {PORTION_MAX}")
    return Agreed(1, rate, guard, waiting, portion, is_inverse=atr.is_inverse)


def _specific(found: dict[str, int]) -> int:
    """Say which bytes are of T=1: the first from the third on that a T=1 stands before (11.4.1)."""
    group = _FIRST_SPECIFIC
    while f"TD{group - 1}" in found and found[f"TD{group - 1}"] & 0x0F != 1:
        group += 1
    return group
