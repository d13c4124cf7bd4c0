"""How a meter is reached over a line, as the office keeps it: the number, the bus, the address, the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

#: A telephone number with its pauses, or HOST:PORT, as long as a name of a host may be.
PLACE_MAX: Final = 261
#: The name of a bus or a concentrator, and why somebody must not be cut off: a line on a page.
BUS_MAX: Final = 64
PROTECTION_MAX: Final = 120
#: What current transformers divide by, at the most: 35 kV and 2,000 A.
MULTIPLIER_MAX: Final = 1_000_000


class LineKind(Enum):
    """Over what the meter is called."""

    MODEM = "modem"
    """``place`` is dialled."""
    NETWORK = "network"
    """``place`` is HOST:PORT."""
    CALLS_IN = "calls_in"
    """The meter connects by itself, and says ``place`` as its name."""


@dataclass(frozen=True, slots=True)
class MeterWay:
    """The way to the meter ``pan``. A place may be a customer's telephone number: no log has it.

    ``bus`` names the concentrator or the wire that it shares ("": none), ``address`` is its own on the wire,
    ``model`` the table that says how it speaks. ``protection`` says why its customer must not be cut off
    (somebody lives by a machine; "": he may be). ``measures`` is the place of the network that it measures
    ("": a customer's), ``multiplier`` what its registers are multiplied by there. One that is not ``is_on``
    stays in the list, and nobody is called over it.
    """

    pan: str
    kind: LineKind
    place: str = field(repr=False)
    address: str
    model: str
    bus: str = ""
    protection: str = ""
    measures: str = ""
    multiplier: int = 1
    note: str = ""
    version: int = 1
    is_on: bool = True
