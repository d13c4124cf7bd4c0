"""A session: somebody signed in, from when to when, and how far she may go.

    15 minutes without a request end it, 8 hours end it in any case (OWASP ASVS 5.0, 7.3)
    stage   FULL, or only far enough to set a password of her own, or to enrol an authenticator

The cookie's secret is kept nowhere: a session is found by its SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Final

#: Half an office's coffee break: who is away longer may have left the screen to somebody else.
IDLE_US: Final = 15 * 60 * 1_000_000

#: A working day.
LASTS_US: Final = 8 * 3_600 * 1_000_000

#: How long one that is over is kept: a month, in which somebody may still ask where she was signed in; what
#: was done in it, and from which address, the diary tells for ever.
KEPT_US: Final = 30 * 24 * 3_600 * 1_000_000

#: A clock that was set back makes sessions longer; by more than this they end.
CLOCK_BACK_US: Final = 60 * 1_000_000


class Stage(Enum):
    """How far a session may go."""

    FULL = "full"
    SET_PASSWORD = "set_password"  # noqa: S105 - a stage, not a secret
    ENROL = "enrol"


class EnrolPolicy(Enum):
    """Who must have an authenticator."""

    NOBODY = "nobody"
    APPROVERS = "approvers"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in operator; ``id`` is the hash of what her browser holds, ``address`` where it is."""

    id: str
    login: str
    began_us: int
    seen_us: int
    stage: Stage
    address: str = ""
    ended_us: int | None = None

    def stands(self, at_us: int) -> bool:
        """Is it still good at this moment?"""
        return (
            self.ended_us is None
            and self.seen_us - CLOCK_BACK_US <= at_us < self.seen_us + IDLE_US
            and at_us < self.began_us + LASTS_US
        )

    def ended(self, at_us: int) -> Session:
        """Return it as it is once it has ended."""
        return replace(self, ended_us=at_us)


def session_id(secret: bytes) -> str:
    """Name a session by what the browser holds."""
    return sha256(secret).hexdigest()
