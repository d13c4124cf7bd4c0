"""The answer to reset: how a card introduces itself (ISO/IEC 7816-3, 8.2).

    TS   T0    TA1 TB1 TC1 TD1 …       T1 … TK              TCK
    3B   69    00  00                  57 <8 bytes>                    a card of T=0
    │    │ └ K: so many historical bytes                     └ xor of all from T0, unless T=0 alone is offered
    │    └ which of TA1, TB1, TC1, TD1 follow
    └ 3B or 3F: which level is a one

Memory cards know none of this: what a reader shows of them is made up by the reader (PC/SC part 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from gateway.codecs.apdu.command import PeerFault

#: TS, and at most 32 characters behind it (ISO/IEC 7816-3, 8.2.1).
ATR_MAX: Final = 33

_DIRECT, _INVERSE = 0x3B, 0x3F
_TD: Final = 0x8
_WAYS: Final = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Atr:
    """An answer to reset, taken apart. ``interface`` has each byte under its name, such as TB1."""

    raw: bytes
    protocols: tuple[int, ...]
    interface: tuple[tuple[str, int], ...]
    historical: bytes

    @property
    def is_inverse(self) -> bool:
        """Is a low level a one?"""
        return self.raw[0] == _INVERSE


def read_atr(raw: bytes) -> Atr:
    """Take an answer to reset apart; raises ``PeerFault``.

    >>> read_atr(bytes.fromhex("3B69000057 0102030405060708")).historical.hex()
    '570102030405060708'
    """
    if len(raw) > ATR_MAX:
        raise PeerFault("ATR", ATR_MAX, f"more than {ATR_MAX} bytes")
    if not raw or raw[0] not in {_DIRECT, _INVERSE}:
        raise PeerFault("ATR", 0, "TS is neither 3B nor 3F")
    interface, protocols, at = _interface(raw)
    size = raw[1] & 0x0F
    historical = raw[at : at + size]
    if len(historical) != size:
        raise PeerFault("ATR", len(raw), f"T0 says {size} historical bytes, {len(historical)} are there")
    _check_end(raw, at + size, protocols)
    return Atr(raw, protocols or (0,), interface, historical)


def _interface(raw: bytes) -> tuple[tuple[tuple[str, int], ...], tuple[int, ...], int]:
    """Read the interface bytes: each TD says which follow it, and a protocol."""
    found: list[tuple[str, int]] = []
    protocols: list[int] = []
    at, group = 1, 1
    follows: int | None = _byte(raw, at, "T0") >> 4
    at += 1
    while follows is not None:
        ahead = None
        for bit, way in enumerate(_WAYS):
            if follows >> bit & 1:
                name = f"T{way}{group}"
                found.append((name, _byte(raw, at, name)))
                at += 1
        if follows & _TD:
            ahead = raw[at - 1] >> 4
            protocols.append(raw[at - 1] & 0x0F)
        follows, group = ahead, group + 1
    return tuple(found), tuple(dict.fromkeys(protocols)), at


def _byte(raw: bytes, at: int, name: str) -> int:
    if at >= len(raw):
        raise PeerFault("ATR", at, f"{name} is missing")
    return raw[at]


def _check_end(raw: bytes, end: int, protocols: tuple[int, ...]) -> None:
    """Check TCK: absent where T=0 alone is offered, else xor from T0 to TCK is 0 (ISO/IEC 7816-3, 8.2.5)."""
    has_check = any(protocols)
    if len(raw) != end + has_check:
        raise PeerFault("ATR", end, f"{len(raw) - end} bytes at the end, {int(has_check)} is due")
    if has_check and reduce(xor, raw[1:]) != 0:
        raise PeerFault("ATR", end, "TCK does not fit")
