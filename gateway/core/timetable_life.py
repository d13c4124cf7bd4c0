"""The life of a timetable's versions: one transition table, and which of them a meter should have when.

    in force   of the approved versions whose moment has come the one with the highest number
    next       of those with a higher number the one whose moment comes first: meters may have it already

A version with a lower number never comes into force after one with a higher number: who goes back to earlier
rates publishes them again, and what lay between and had not begun is passed over.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.core.timetable_version import TimetableState, TimetableVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSIONS_MAX: Final = 500
"""Versions of one timetable: one a month for forty years."""

LEAD_S: Final = 3_600
"""Seconds between an approval and the moment: meters must be called until then, a few thousand an hour."""

AHEAD_DAYS_MAX: Final = 731
"""Days between a draft and its moment: two years are as far as anybody knows holidays."""

LOOK_AFTER_S: Final = 900
"""Seconds behind the moment until a meter is looked at: its clock may be some minutes behind."""

LOOK_AGAIN_S: Final = 14_400
"""Seconds between two looks at a meter whose rates should count and do not: each is a call."""

MINUTE_US: Final = 60_000_000
_SECOND_US: Final = 1_000_000


class TimetableEvent(Enum):
    """What can happen to a version."""

    APPROVE = "approve"
    WITHDRAW = "withdraw"


TRANSITIONS: Final[dict[tuple[TimetableState, TimetableEvent], TimetableState]] = {
    (TimetableState.DRAFT, TimetableEvent.APPROVE): TimetableState.APPROVED,
    (TimetableState.DRAFT, TimetableEvent.WITHDRAW): TimetableState.WITHDRAWN,
    (TimetableState.APPROVED, TimetableEvent.WITHDRAW): TimetableState.WITHDRAWN,
}


class IllegalTimetableStep(RuntimeError):  # noqa: N818 - the style's name for a step the table does not have
    """The version cannot take this step from where it stands."""


def stepped(version: TimetableVersion, event: TimetableEvent) -> TimetableVersion:
    """Return a version a step on; IllegalTimetableStep where the table has none."""
    state = TRANSITIONS.get((version.state, event))
    if state is None:
        raise IllegalTimetableStep(f"a timetable that is {version.state.value} cannot {event.value}")
    return replace(version, state=state, version=version.version + 1)


class Due(NamedTuple):
    """What a meter should have: what counts, and what waits to be next."""

    in_force: TimetableVersion | None
    following: TimetableVersion | None

    def has(self, version: TimetableVersion) -> bool:
        """Is it one of the two?"""
        return version.number in {one.number for one in (self.in_force, self.following) if one is not None}


def looked_before(version: TimetableVersion, now_us: int) -> tuple[int, int] | None:
    """Say which meters that were seen to wait are to be looked at; None: none yet.

    Those that were seen before the first moment, when theirs was still to come, and behind it those that were
    seen before the second one.
    """
    if now_us < version.from_us + LOOK_AFTER_S * _SECOND_US:
        return None
    return version.from_us, now_us - LOOK_AGAIN_S * _SECOND_US


def due(versions: Iterable[TimetableVersion], now_us: int) -> Due:
    """Say which of a timetable's versions meters should have at a moment."""
    approved = [one for one in versions if one.state is TimetableState.APPROVED]
    begun = [one for one in approved if one.from_us <= now_us]
    in_force = max(begun, key=lambda one: one.number, default=None)
    least = 0 if in_force is None else in_force.number
    later = [one for one in approved if one.from_us > now_us and one.number > least]
    # Of two that begin together the one with the higher number counts.
    return Due(in_force, min(later, key=lambda one: (one.from_us, -one.number), default=None))
