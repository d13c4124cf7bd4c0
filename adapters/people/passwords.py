"""Passwords: hashed with argon2id (RFC 9106), compared on a thread, a few at a time.

A hash costs 64 MiB and some tenths of a second on purpose. So no more than two are worked out at once, and no
more than a few dozen wait: whoever floods the door waits there, and takes neither the memory nor the reactor.
A password is hashed in its normal form, so that it fits whichever keyboard types it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from gateway.core.hidden import Hidden
from gateway.core.password_rule import normal
from gateway.ports import TooManyAtOnce

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: OWASP ASVS 5.0 (11.4) and RFC 9106, 4: the second recommended set, 64 MiB, three passes, four lanes.
_MEMORY_KIB: Final = 65_536
_PASSES: Final = 3
_LANES: Final = 4

#: Comparisons that may wait: beyond this somebody floods us, and is sent away at once.
WAITING_MAX: Final = 32

#: Whose password nobody has: compared where a login is unknown, so that the answer takes as long.
_NOBODY: Final = "somebody who is not there"


class Passwords:
    """Hashes and compares; ``run_elsewhere`` runs on threads, of which there are few."""

    def __init__(
        self, run_elsewhere: Callable[..., Awaitable[Any]], *, memory_kib: int = _MEMORY_KIB
    ) -> None:
        self._run_elsewhere = run_elsewhere
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=memory_kib, parallelism=_LANES)
        self._nobody = self._hasher.hash(_NOBODY)
        self._waiting = 0

    async def hashed(self, password: str) -> Hidden:
        """Hash a new password; TooManyAtOnce."""
        found: str = await self._elsewhere(self._hasher.hash, normal(password))
        return Hidden(found)

    async def fits(self, kept: Hidden, password: str) -> bool:
        """Compare; an empty hash, or none that can be read, fits nothing and takes as long. TooManyAtOnce."""
        found: bool = await self._elsewhere(self._fits, kept.reveal(), normal(password))
        return found

    async def _elsewhere(self, function: Callable[..., object], *arguments: str) -> Any:  # noqa: ANN401 - as it is
        if self._waiting >= WAITING_MAX:
            raise TooManyAtOnce("too many people sign in at this moment; try again in a minute")
        self._waiting += 1
        try:
            return await self._run_elsewhere(function, *arguments)
        finally:
            self._waiting -= 1

    def _fits(self, kept: str, password: str) -> bool:
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
        return bool(kept)
