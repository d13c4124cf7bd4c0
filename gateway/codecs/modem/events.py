"""What a line is doing, what it tells, and what it wants done at its port."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class State(Enum):
    """Where a line is."""

    OFF = "off"
    PREPARING = "preparing"
    IDLE = "idle"
    DIALLING = "dialling"
    SETTLING = "settling"
    ONLINE = "online"
    GUARDING = "guarding"
    ESCAPING = "escaping"
    HANGING_UP = "hanging up"
    DTR_LOW = "dtr low"
    DRAINING = "draining"
    VERIFYING = "verifying"
    FAULTY = "faulty"


class Ending(Enum):
    """How a call ended, or why there was none."""

    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_CARRIER = "no carrier"
    NO_DIALTONE = "no dial tone"
    REFUSED = "refused"
    SILENT = "the modem said nothing"
    LOST = "carrier lost"
    IDLE = "nothing came for too long"
    HUNG_UP = "hung up"


@dataclass(frozen=True, slots=True)
class Write:
    """Octets for the port."""

    octets: bytes

    def __repr__(self) -> str:
        """Show the size only: numbers of customers and what meters say are in there."""
        return f"Write(<{len(self.octets)} octets>)"


@dataclass(frozen=True, slots=True)
class Dtr:
    """The line DTR is to be raised, or dropped."""

    is_high: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to say ``timed_out``: so many milliseconds after this deadline was first seen."""

    ms: int
    number: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The modem listens to commands; the line is free."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """Somebody calls; ``answer`` takes the call."""


@dataclass(frozen=True, slots=True)
class Online:
    """There is a carrier; ``rate`` in bit/s where the modem said it."""

    rate: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """Octets of the other end."""

    octets: bytes

    def __repr__(self) -> str:
        """Show the size only."""
        return f"Received(<{len(self.octets)} octets>)"


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over, or did not come to be. The line is not free before ``Ready``."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Faulty:
    """The line cannot be used until it is started again; somebody has to look."""

    why: str


Action: TypeAlias = Write | Dtr
LineEvent: TypeAlias = Ready | Ringing | Online | Received | Ended | Faulty
