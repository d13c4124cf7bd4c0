"""How a line stands at this moment, as those who work it say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.core.line_work.work_kind import WorkKind
    from gateway.core.meter_way import LineKind


class LineDoes(Enum):
    """What it does."""

    FREE = "free"
    CALLING = "calling"
    OUT = "out"
    """It was found faulty, and is looked at from time to time until it is good."""


@dataclass(frozen=True, slots=True)
class LineStanding:
    """A line by the name that the configuration gives it; ``is_reserved``: for urgent work only.

    While it is on a call: since when (``since_s``), what for, and how many meters are to be asked.
    """

    name: str
    kind: LineKind
    does: LineDoes
    is_reserved: bool = False
    since_s: int | None = None
    work: WorkKind | None = None
    meters: int = 0
