"""What happened to a meter: the last events, and how many of each there were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

EVENTS_KEPT: Final = 100
"""Events that can be read back; a meter that is opened each day keeps a quarter of a year."""

COVER: Final = "cover"
TRIP: Final = "trip"
CLOSE: Final = "close"
PERMIT: Final = "permit"
USED_UP: Final = "credit used up"
CLOCK: Final = "clock set"
CLEARED: Final = "cleared"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: when (shown milliseconds), and what."""

    at: int
    what: str


class Diary:
    """The events of one meter. ``covers``: how often its cover was opened, also where that is forgotten."""

    __slots__ = ("_events", "covers")

    def __init__(self) -> None:
        # Most meters of a town have no event: they have no list either.
        self._events: list[Happened] | None = None
        self.covers = 0

    @property
    def events(self) -> tuple[Happened, ...]:
        """What happened, the newest last."""
        return tuple(self._events or ())

    def note(self, what: str, at: int) -> None:
        """Note an event."""
        events = self._events
        if events is None:
            events = self._events = []
        events.append(Happened(at, what))
        self.covers += what == COVER
        del events[:-EVENTS_KEPT]

    def clear(self) -> None:
        """Forget all of it."""
        self._events = None

    def recall(self, events: Iterable[Happened]) -> None:
        """Take the events of a file."""
        self._events = list(events)[-EVENTS_KEPT:] or None
