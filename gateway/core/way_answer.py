"""What is answered to a list of ways: of each line what became of it, or why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Self

_dumps: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class WayFate(Enum):
    """What became of a line."""

    NEW = "new"
    CHANGED = "changed"
    #: It stood there like this already.
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class WayOutcome:
    """A line with its number in the file; ``fault`` names an ``OfficeRefusal``, "" where it stands."""

    line: int
    fate: WayFate
    fault: str = ""


@dataclass(frozen=True, slots=True)
class WaysKept:
    """Ways were entered or changed, or stood there already; one line at least."""

    lines: tuple[WayOutcome, ...]

    def count(self, fate: WayFate) -> int:
        """Count the lines of this fate."""
        return sum(one.fate is fate for one in self.lines)

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("ways", [(one.line, one.fate.value, one.fault) for one in self.lines]))

    @classmethod
    def from_stored(cls, values: list[Any]) -> Self:  # JSON values of our own stored format
        """Read it back."""
        return cls(tuple(WayOutcome(line, WayFate(fate), why) for line, fate, why in values[0]))
