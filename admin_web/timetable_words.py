"""What is said of timetables of rates: how a version stands, where meters stand, and its days as pictures.

A day is a bar of 24 hours, a stretch for each slot in its tariff's colour; below it stand the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from admin_web.cells import Code, Heard, State, Tone
from admin_web.words import msg
from gateway.core.timetable import DAY_MINUTES, time_text
from gateway.core.timetable_done import seen_in
from gateway.core.timetable_life import due
from gateway.core.timetable_version import TimetableState
from gateway.core.views_timetables import Stands

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from admin_web.cells import Cell
    from gateway.core.timetable import Slots, Timetable
    from gateway.core.timetable_version import TimetableVersion

#: Tariffs that have a colour of their own; the next ones begin again.
COLOURS: Final = 8
#: The picture's own units: an hour is so wide, a bar so high.
HOUR_WIDTH: Final = 30
BAR_HEIGHT: Final = 28


class Standing(Enum):
    """How a version stands at a moment, in the words of a list."""

    DRAFT = "draft"
    NEXT = "next"
    LATER = "later"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    PASSED_OVER = "passed_over"
    WITHDRAWN = "withdrawn"


STANDINGS: Final[Mapping[Standing, State]] = {
    Standing.DRAFT: State(msg("draft, waits for a second person"), Tone.WAITING),
    Standing.NEXT: State(msg("approved, goes to the meters now"), Tone.GOOD),
    Standing.LATER: State(msg("approved, goes to the meters later"), Tone.GOOD),
    Standing.IN_FORCE: State(msg("in force"), Tone.GOOD),
    Standing.REPLACED: State(msg("replaced"), Tone.QUIET),
    Standing.PASSED_OVER: State(msg("passed over by a later version"), Tone.QUIET),
    Standing.WITHDRAWN: State(msg("withdrawn"), Tone.QUIET),
}

STANDS: Final[Mapping[Stands, State]] = {
    Stands.ACTIVE: State(msg("counts by it"), Tone.GOOD),
    Stands.PASSIVE: State(msg("has it, and waits for its moment"), Tone.WAITING),
    Stands.REFUSED: State(msg("does not take it"), Tone.BAD),
    Stands.IN_DOUBT: State(msg("sent, and not seen in the meter yet"), Tone.BAD),
    Stands.NOT_REACHED: State(msg("not reached yet"), Tone.WAITING),
    Stands.NOT_ORDERED: State(msg("nothing is ordered yet"), Tone.QUIET),
}


def standing(version: TimetableVersion, versions: Iterable[TimetableVersion], now_us: int) -> Standing:
    """Say how a version stands among all of its timetable."""
    if version.state is TimetableState.DRAFT:
        return Standing.DRAFT
    if version.state is TimetableState.WITHDRAWN:
        return Standing.WITHDRAWN
    now = due(versions, now_us)
    if now.in_force is not None and now.in_force.number == version.number:
        return Standing.IN_FORCE
    if now.following is not None and now.following.number == version.number:
        return Standing.NEXT
    if version.from_us <= now_us:
        return Standing.REPLACED
    is_over = any(one is not None and one.number > version.number for one in now)
    return Standing.PASSED_OVER if is_over else Standing.LATER


def timetable_path(reference: str) -> str:
    """Name the page of a version; its code has no sign that an address would not take."""
    return f"/timetables/{quote(reference)}"


def told_of_meter(told: str) -> Cell:
    """Say why a meter stands where it does; where it was seen to stand is said in its state."""
    return Heard(told) if told and seen_in(told) is None else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A slot of a day: where it begins in the picture and how wide it is, its tariff, and its hours."""

    x: int
    width: int
    tariff: int
    begins: str
    ends: str

    @property
    def colour(self) -> int:
        """Which of the colours it has."""
        return _colour(self.tariff)


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day table as a picture."""

    number: int
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class TimetableDrawn:
    """A timetable as its page shows it: day tables, seasons, special days, and tariffs with their colours."""

    days: tuple[DayBar, ...]
    seasons: tuple[tuple[str, tuple[int, ...]], ...]
    special: tuple[tuple[str, int], ...]
    tariffs: tuple[tuple[int, int], ...]

    @property
    def width(self) -> int:
        """How wide a bar is."""
        return HOUR_WIDTH * 24

    @property
    def height(self) -> int:
        """How high it is."""
        return BAR_HEIGHT


def drawn(timetable: Timetable) -> TimetableDrawn:
    """Draw a timetable."""
    used = {tariff for one in timetable.days for _, tariff in one.slots}
    return TimetableDrawn(
        tuple(DayBar(one.number, _stretches(timetable.slots_of(one.number))) for one in timetable.days),
        tuple((f"{one.month:02d}-{one.day:02d}", one.week) for one in timetable.seasons),
        tuple((one.day.isoformat(), one.table) for one in timetable.special_days),
        tuple((tariff, _colour(tariff)) for tariff in sorted(used)),
    )


def _colour(tariff: int) -> int:
    return (tariff - 1) % COLOURS + 1


def _stretches(slots: Slots) -> tuple[Stretch, ...]:
    ends = [minute for minute, _ in slots[1:]] + [DAY_MINUTES]
    return tuple(
        Stretch(_x(begins), _x(until) - _x(begins), tariff, time_text(begins), time_text(until))
        for (begins, tariff), until in zip(slots, ends, strict=True)
    )


def _x(minute: int) -> int:
    return minute * HOUR_WIDTH // 60


def reference_cell(version: TimetableVersion) -> Code:
    """Name a version as remote orders do."""
    return Code(version.reference)
