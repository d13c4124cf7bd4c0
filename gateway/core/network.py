"""The network's dictionary: areas, feeders and transformers, by which supply points are found.

An area has feeders, a feeder has transformers: ``parent`` is the code of the one above, "" for an area.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class NetworkKind(Enum):
    """What a place of the network is."""

    AREA = "area"
    FEEDER = "feeder"
    TRANSFORMER = "transformer"


#: What stands above what.
ABOVE: Final = {
    NetworkKind.AREA: None,
    NetworkKind.FEEDER: NetworkKind.AREA,
    NetworkKind.TRANSFORMER: NetworkKind.FEEDER,
}


@dataclass(frozen=True, slots=True)
class NetworkPlace:
    """An area, a feeder or a transformer; ``is_used``: new supply points may have it."""

    code: str
    kind: NetworkKind
    name: str
    parent: str = ""
    is_used: bool = True
    version: int = 1
