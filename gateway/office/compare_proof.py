"""Compare what somebody types with what is kept of her: the same at the pages' door and at a card station's.

    begins    by every place that the try counts by: whoever must wait is not compared at all
    compare   the password with its hash, which takes as long where there is nobody; then the code's step
    ends      a try that came to nothing by our own fault is taken back, one that succeeded forgiven

What comes of it the ledger decides (``office.sign_in``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.core.hidden import NOTHING_HIDDEN
from gateway.core.password_rule import normal
from gateway.office.sign_in import Proof

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.core.hidden import Hidden
    from gateway.core.staff import Operator
    from gateway.office.throttle import Place, Throttle


class ComparesPasswords(Protocol):
    """Compares passwords, which takes its time on purpose; ``TooManyAtOnce`` in a flood."""

    def fits(self, kept: Hidden, password: str) -> Awaitable[bool]:
        """Compare; where nothing is kept, nothing fits, and it takes as long."""


class ReadsCodes(Protocol):
    """Opens the sealed secrets of authenticators, and finds the step of a code (RFC 6238)."""

    def opened(self, login: str, sealed: Hidden) -> Hidden | None:
        """Open a sealed one; None where it is another's, or of another key."""

    def step_of(self, secret: Hidden, code: str, now: datetime) -> int | None:
        """Find the step of a code; None where it fits none of those near this moment."""


class Tried:
    """A try, and all that it counts by."""

    def __init__(self) -> None:
        self._begun: list[tuple[Throttle, Place]] = []

    def begins(self, throttle: Throttle, place: Place) -> bool:
        """Count it by this as well; False where that must wait."""
        if not throttle.begins(place):
            return False
        self._begun.append((throttle, place))
        return True

    def end(self, how: Callable[[Throttle, Place], None]) -> None:
        """Tell each of them how it has ended; what failed stays counted."""
        for throttle, place in self._begun:
            how(throttle, place)


async def compare_proof(  # noqa: PLR0913 - what is compared, and with what
    operator: Operator | None,
    password: str,
    code: str,
    *,
    passwords: ComparesPasswords,
    codes: ReadsCodes,
    now: Callable[[], datetime],
) -> Proof | None:
    """Compare the password, and find the code's step; None where the password is not hers, or she nobody."""
    kept, login = (NOTHING_HIDDEN, "") if operator is None else (operator.password, operator.login)
    fits = await passwords.fits(kept, normal(password))
    if operator is None or not fits:
        return None
    secret = codes.opened(login, operator.totp) if operator.totp else None
    if secret is None or not code:
        return Proof(kept, None)
    return Proof(kept, codes.step_of(secret, code, now()))
