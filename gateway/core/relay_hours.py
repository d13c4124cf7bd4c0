"""When customers may be switched off over a line: on weekdays, early enough to pay and be switched on again.

Written ``0123 08:00-15:00``: Monday (0) to Thursday, from eight to three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Final, Self

from gateway.core.line_work.window import Span, Window

if TYPE_CHECKING:
    from datetime import tzinfo

_WRITTEN: Final = re.compile(r"([0-6]{1,7}) ([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class RelayHours:
    """From an hour to another on these weekdays (Monday is 0). ValueError for hours that never come.

    Who is switched off on a Friday sits in the dark over the weekend: it is left out unless somebody says so.
    """

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3})
    opens: time = time(8)
    closes: time = time(15)

    def __post_init__(self) -> None:
        """Refuse what is no part of a day."""
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("the weekdays on which relays are tripped are some of 0 (Monday) to 6")
        if self.opens >= self.closes:
            raise ValueError("the hours in which relays are tripped end on the day on which they begin")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read them as they are written; ValueError for anything else.

        >>> RelayHours.parse("0123 08:00-15:00") == RelayHours()
        True
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError("hours of relays are written as 0123 08:00-15:00 (Monday is 0)")
        days, *figures = found.groups()
        from_hour, from_minute, to_hour, to_minute = map(int, figures)
        return cls(frozenset(map(int, days)), time(from_hour, from_minute), time(to_hour, to_minute))

    @property
    def text(self) -> str:
        """Write them."""
        return f"{''.join(map(str, sorted(self.weekdays)))} {self.opens:%H:%M}-{self.closes:%H:%M}"

    def span_at(self, at_s: int, zone: tzinfo) -> Span:
        """Give what is left of the hours that are at a moment, else those that come next."""
        return Window(self.opens, self.closes, zone, self.weekdays).span_at(at_s)
