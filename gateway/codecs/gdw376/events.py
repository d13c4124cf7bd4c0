"""What a connection to a concentrator tells: what to send, what a meter said, who is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.codecs.gdw376.frame import Noise

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.codecs.gdw376.confirm import LinkTest
    from gateway.codecs.gdw376.frame import Address


class Failure(Enum):
    """Why nothing came of what was to be forwarded. The meter may have heard it all the same."""

    DENIED = "denied"
    """The concentrator said no; what for, a number may say."""
    SILENT = "silent"
    """The concentrator heard it, and had nothing from the meter."""
    TIMED_OUT = "timed_out"
    """The concentrator did not answer."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write these octets to the concentrator."""

    octets: bytes

    def __repr__(self) -> str:
        """Show the size only: there may be a password in it."""
        return f"Send(<{len(self.octets)} octets>)"


@dataclass(frozen=True, slots=True)
class Carried:
    """What came from the meter, as it came: whole frames, half ones, or what a noisy line made of them."""

    octets: bytes

    def __repr__(self) -> str:
        """Show the size only."""
        return f"Carried(<{len(self.octets)} octets>)"


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing came of it; ``error`` is the concentrator's number of the reason, where it gave one."""

    why: Failure
    error: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The concentrator confirms that it heard what is to be forwarded; the meter's answer may still come."""


@dataclass(frozen=True, slots=True)
class LinkTested:
    """A concentrator signed on, off, or is still there; it is confirmed. ``clock`` in its own zone."""

    test: LinkTest
    address: Address
    clock: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """A frame that is no answer to what was asked, and no link test: who sent it, and why it is none."""

    address: Address
    why: str


Event = Send | Carried | Failed | Heard | LinkTested | Stray | Noise
