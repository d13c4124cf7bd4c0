"""Readings, the meters to be read and those to be inspected, as lists; what a reading is compared with.

    question       rows                                  count               totals
    Readings       readings, the last taken first        up to ``COUNT_MAX`` None
    KnownMeters    meters as readings are compared       of these            None
    MetersToRead   meters in the order of a walk         of these            None
    ToInspect      meters with what is suspected         up to ``COUNT_MAX`` None
    Inspections    inspections, the newest first         up to ``COUNT_MAX`` None

A branch sees the meters of its own customers, and how they were read since they are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.inspection import USUAL_LIMITS, Inspection, InspectionLimits, Suspicion
from gateway.core.paging import Paged, require_range
from gateway.core.reading_rules import READINGS_MAX, KnownMeter
from gateway.core.views import Query, require_page
from gateway.core.views_files import require_text

if TYPE_CHECKING:
    from gateway.core.meter_event import EventKind
    from gateway.core.reading import Reading, ReadingState, Source

#: Meters of one route: what comes back in one file (``reading_rules.READINGS_MAX``).
ROUTE_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading as a list shows it, with whose meter it is; ``point`` is "" where it is nowhere."""

    reading: Reading
    account_no: str
    customer: str
    branch: str
    point: str

    @property
    def id(self) -> int:
        """The reading's number."""
        return self.reading.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings(Paged[ReadingRow, None]):
    """Readings that are all of what is asked for; None asks for nothing.

    ``first_us`` and ``last_us`` are moments at which they were taken, both included. ``has_status``: with or
    without words of the meter's status. ``id`` names one of them.
    """

    branch: str | None
    pan: str | None = None
    account_no: str | None = None
    source: Source | None = None
    state: ReadingState | None = None
    has_status: bool | None = None
    first_us: int | None = None
    last_us: int | None = None
    id: int | None = None

    def __post_init__(self) -> None:
        """Refuse days that run backwards, and a text that is none."""
        Paged.__post_init__(self)
        require_range(self.first_us, self.last_us, "moments")
        require_text(self.account_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeters(Query[KnownMeter, None]):
    """What readings of these meters and moments would be compared with; of her branch alone."""

    branch: str | None
    pans: tuple[str, ...]
    moments: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse more than one order has."""
        if len(self.pans) > READINGS_MAX or len(self.moments) > READINGS_MAX:
            raise ValueError(f"{READINGS_MAX} readings are compared at a time")


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A meter to be read: its place in the walk from 1 on, where it is, and what it was read at last."""

    number: int
    pan: str
    point: str
    address: str
    customer: str
    area: str
    feeder: str
    transformer: str
    known: KnownMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersToRead(Query[RouteRow, None]):
    """Meters in use, one place of the network after the other, by address within it; ``ROUTE_MAX`` at most.

    ``area``, ``feeder`` are codes. ``unread_since_us``: those that were not read at that moment or later.
    """

    branch: str | None
    area: str | None = None
    feeder: str | None = None
    unread_since_us: int | None = None
    limit: int = ROUTE_MAX

    def __post_init__(self) -> None:
        """Refuse a route that nobody walks."""
        if not 1 <= self.limit <= ROUTE_MAX:
            raise ValueError(f"a route has 1 to {ROUTE_MAX} meters")


@dataclass(frozen=True, slots=True)
class InspectRow:
    """A meter with what is suspected; ``last`` is its last reading that counts, ``newest`` whatever it is.

    ``gap_wh`` is the gap that came since the counting began, or since it was inspected. ``seen`` is the last
    inspection that saw it. ``noticed`` is what its line told of it since, the gravest first.
    """

    pan: str
    account_no: str
    customer: str
    branch: str
    point: str
    suspicions: tuple[Suspicion, ...]
    gap_wh: int | None
    last: Reading | None
    newest: Reading | None
    seen: Inspection | None
    noticed: tuple[EventKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToInspect(Query[InspectRow, None]):
    """Meters that somebody shall look at, by number, as of a moment.

    ``suspicion`` asks for one; without it those that only nobody has read are left out. ``after`` is the
    number of the last meter of the page before. ``pan`` asks for one meter, suspected or not.
    """

    branch: str | None
    at_us: int
    limits: InspectionLimits = USUAL_LIMITS
    suspicion: Suspicion | None = None
    pan: str | None = None
    after: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Refuse a page that is none."""
        require_page(self.limit)


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """An inspection with whose meter it is."""

    inspection: Inspection
    account_no: str
    customer: str
    branch: str

    @property
    def id(self) -> int:
        """The inspection's number."""
        return self.inspection.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspections(Paged[InspectionRow, None]):
    """What inspectors found, of a meter or of all."""

    branch: str | None
    pan: str | None = None
