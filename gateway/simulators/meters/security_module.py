"""A security module for training: the meter's side of control 03, and whoever has its keys at the centre.

It is no ESAM. Real modules have a block cipher and keys that are diversified by a key centre; here is one key
that everybody who reads this knows or makes, and four octets of HMAC-SHA-256:

    opening    cryptogram 8 = HMAC(key, "open", meter, random 8)   random 8   diversification 8 (the meter)
    seal       MAC 4 = HMAC(key, "seal", meter, random 4 of the meter, identifier, content)

So whatever opens a real meter is not in it, and what it seals opens none.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import TYPE_CHECKING, Final, Protocol

from gateway.codecs.dlt645.secure import Session

if TYPE_CHECKING:
    from collections.abc import Callable

TRAINING_KEY: Final = b"powertill training module, no real key"
"""What virtual meters have where nobody gives them another one. It opens no meter on a wall."""

_OPENING: Final = 24
_MAC: Final = 4


class SecurityModule(Protocol):
    """The module in a meter."""

    def session(self, meter: str, content: bytes) -> Session | None:
        """Open a session for whoever proves that he has the key; None for anybody else."""

    def is_sealed(self, meter: str, session: Session, di: str, content: bytes, mac: bytes) -> bool:
        """Say whether so much of an order is sealed in this session."""

    def seal(self, meter: str, session: Session, di: str, content: bytes) -> bytes:
        """Seal what the meter says."""


class TrainingModule:
    """Both sides, over one key. ``dice`` gives so many random octets."""

    def __init__(self, key: bytes, dice: Callable[[int], bytes], minutes: int | None = 5) -> None:
        self._key = key
        self._dice = dice
        self._minutes = minutes

    def __repr__(self) -> str:
        """Show no key."""
        return "TrainingModule()"

    def session(self, meter: str, content: bytes) -> Session | None:
        """Open a session."""
        if len(content) != _OPENING or content[16:] != _diversification(meter):
            return None
        if not compare_digest(content[:8], self._made("open", meter, content[8:16])[:8]):
            return None
        return Session(self._dice(4), bytes.fromhex(f"0000{meter}"), self._minutes)

    def is_sealed(self, meter: str, session: Session, di: str, content: bytes, mac: bytes) -> bool:
        """Say whether it is sealed in this session."""
        return compare_digest(self.seal(meter, session, di, content), mac)

    def seal(self, meter: str, session: Session, di: str, content: bytes) -> bytes:
        """Seal."""
        return self._made("seal", meter, session.random + di.encode("ascii") + content)[:_MAC]

    def opening(self, meter: str) -> bytes:
        """What opens a session with a meter: for the centre."""
        random = self._dice(8)
        return self._made("open", meter, random)[:8] + random + _diversification(meter)

    def _made(self, what: str, meter: str, content: bytes) -> bytes:
        return hmac(self._key, what.encode("ascii") + meter.encode("ascii") + content, sha256).digest()


class TrainingEsam:
    """The ``Esam`` of the centre (``gateway.codecs.dlt645.secure``) for meters with a training module."""

    def __init__(self, module: TrainingModule) -> None:
        self._module = module

    def __repr__(self) -> str:
        """Show no key."""
        return "TrainingEsam()"

    async def opening(self, meter: str) -> bytes:
        """Give cryptogram, random and diversification."""
        return self._module.opening(meter)

    async def seal(self, meter: str, session: Session, di: str, content: bytes) -> bytes:
        """Give the four octets that seal so much of an order."""
        return self._module.seal(meter, session, di, content)


def _diversification(meter: str) -> bytes:
    return bytes.fromhex(f"0000{meter}")
