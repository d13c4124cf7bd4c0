"""Timetables of rates: their versions, where the meters of each stand, and which have not switched.

    question           rows                                     count                totals
    Timetables         versions, the newest of each code first  of these             None
    TimetableFile      its newest amendments                    of these             the version, or None
    MetersNotSwitched  meters of its group by their numbers     up to ``COUNT_MAX``  None

Timetables are the whole utility's. A branch sees its own customers' meters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.views import Query, require_page
from gateway.core.views_files import require_text
from gateway.core.views_points import AmendmentRow

if TYPE_CHECKING:
    from gateway.core.timetable_version import TimetableVersion


class Stands(Enum):
    """Where a meter stands with a version, by all that was seen of it."""

    ACTIVE = "active"
    """It was seen to count."""
    PASSIVE = "passive"
    """It was seen to wait for its moment."""
    REFUSED = "refused"
    """The meter, or its model, does not take it: a person has to put that right."""
    IN_DOUBT = "in_doubt"
    """It was sent, and nobody has seen what is there."""
    NOT_REACHED = "not_reached"
    """It is ordered, and the meter was not spoken to yet."""
    NOT_ORDERED = "not_ordered"


@dataclass(frozen=True, slots=True)
class TimetableCounts:
    """How many meters of a version's group stand where; ``wanted`` are all that have a way."""

    by: tuple[tuple[Stands, int], ...] = ()

    @property
    def wanted(self) -> int:
        """All of them."""
        return sum(count for _, count in self.by)

    def of(self, stands: Stands) -> int:
        """How many stand there."""
        return dict(self.by).get(stands, 0)

    @property
    def not_switched(self) -> int:
        """All that were not seen to count by it."""
        return self.wanted - self.of(Stands.ACTIVE)


@dataclass(frozen=True, slots=True)
class TimetableRow:
    """A version; ``counts`` where meters should have it now (it is in force, or the next), else None."""

    version: TimetableVersion
    counts: TimetableCounts | None


@dataclass(frozen=True, slots=True)
class Timetables(Query[TimetableRow, None]):
    """All versions, as they stand at a moment: the utility's own, so they are few."""

    now_us: int
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class TimetableFacts:
    """A version, all versions of its timetable by their numbers, and where its meters stand."""

    version: TimetableVersion
    versions: tuple[TimetableVersion, ...]
    group_name: str
    counts: TimetableCounts


@dataclass(frozen=True, slots=True)
class TimetableFile(Query[AmendmentRow, TimetableFacts | None]):
    """One version by its reference."""

    reference: str
    branch: str | None = None

    def __post_init__(self) -> None:
        """Refuse a text that is none."""
        require_text(self.reference)


@dataclass(frozen=True, slots=True)
class MeterNotSwitched:
    """A meter that has not switched, why, and since when it stands so; its last order is ``order`` (0: none).

    ``customer`` and ``account_no`` are "" where it is the network's.
    """

    pan: str
    customer: str
    account_no: str
    branch: str
    model: str
    stands: Stands
    told: str
    since_us: int
    tries: int
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersNotSwitched(Query[MeterNotSwitched, None]):
    """Meters of a version's group that were not seen to count by it; ``stands`` asks for some of them.

    ``after`` is the number of the last meter of the page before.
    """

    reference: str
    branch: str | None = None
    stands: Stands | None = None
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page or a text that is none."""
        require_page(self.limit)
        require_text(self.reference)
