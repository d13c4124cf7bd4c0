"""What is answered to an order of readings: of each line whether it stands, as what, or why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Self

_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class LineFate(Enum):
    """What became of a line."""

    TAKEN = "taken"
    DOUBTFUL = "doubtful"
    #: The same reading stood there already.
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """A line with its number in the file (0: there is no file), the reading's number, and why it was refused.

    ``fault`` is the name of a ``ReadingFault``, "" where it stands.
    """

    line: int
    fate: LineFate
    reading_id: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ReadingsTaken:
    """Readings were taken, one at least, or were there already."""

    lines: tuple[LineOutcome, ...]

    def count(self, fate: LineFate) -> int:
        """Count the lines of this fate."""
        return sum(one.fate is fate for one in self.lines)

    def stored(self) -> str:
        """Write the content as compact JSON."""
        lines = [(one.line, one.fate.value, one.reading_id, one.fault) for one in self.lines]
        return _dumps(("readings", lines))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:  # JSON values of our own stored format
        """Read it back."""
        return cls(tuple(LineOutcome(line, LineFate(fate), id_, why) for line, fate, id_, why in values[0]))
