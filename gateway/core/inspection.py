"""An inspection: why somebody shall look at a meter, and what he found there; written once and for ever."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.core.meter_event import EventKind


class Suspicion(Enum):
    """Why a meter is to be inspected, beside what its status says."""

    #: More was used, or stands in it, than ever went out: it is bypassed, or takes another's credit.
    OVER = "over"
    #: It shows its credit, and what went out is neither in it nor used.
    MISSING = "missing"
    #: It has taken more credits than ever went out.
    CREDITS = "credits"
    #: Nothing was used for long though there was credit.
    IDLE = "idle"
    #: It shows less than before, or more than it can have counted.
    DOUBTFUL = "doubtful"
    #: Something was seen at it: see its status.
    STATUS = "status"
    #: Something was noticed over its line: see its events.
    NOTICED = "noticed"
    #: Nobody has read it for long.
    UNREAD = "unread"


class Finding(Enum):
    """What an inspector found."""

    IN_ORDER = "in_order"
    TAMPERED = "tampered"
    FAULTY = "faulty"
    #: The register was set anew (repaired, replaced inside): the next reading begins the counting.
    BEGINS_ANEW = "begins_anew"
    NOT_SEEN = "not_seen"

    @property
    def settles(self) -> bool:
        """Was the meter seen, so that it leaves the list?"""
        return self is not Finding.NOT_SEEN


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found at a meter; ``reading_id`` is the newest reading that was known then, 0 for none.

    ``suspicions`` are why it stood on the list.
    """

    id: int
    at_us: int
    pan: str
    suspicions: tuple[Suspicion, ...]
    finding: Finding
    note: str
    by: str
    reading_id: int


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """From when on a meter stands on the list.

    ``gap_wh``: a gap beyond this, either way. ``idle_days``: nothing used for so long. ``unread_days``: not
    read for so long. ``noticed_days``: for so long it stands there for what was noticed over its line.
    """

    gap_wh: int
    idle_days: int
    unread_days: int
    noticed_days: int


#: A gap of 50 kWh is beyond what rounding, clocks and a token still in the customer's pocket come to.
GAP_WH: Final = 50_000

#: Days without use: longer than people are away.
IDLE_DAYS: Final = 45

#: Days without a reading: what is read every month was left out twice.
UNREAD_DAYS: Final = 62

#: Days for which an event wants an inspection: an inspector comes to each village once a month.
NOTICED_DAYS: Final = 30

USUAL_LIMITS: Final = InspectionLimits(GAP_WH, IDLE_DAYS, UNREAD_DAYS, NOTICED_DAYS)

#: The events for which somebody goes to a meter, the gravest first. A battery or a display is for whoever
#: keeps meters in order, and what became of a clock that was set is told of its line alone.
GRAVE: Final = (
    EventKind.WRONG_METER,
    EventKind.CT_MISSING,
    EventKind.COVER_OPENED,
    EventKind.SEAL_BROKEN,
    EventKind.COUNTS_BACK,
    EventKind.OVER_CREDITS,
    EventKind.TOO_MUCH,
    EventKind.RELAY_OPEN,
    EventKind.CLOCK_TOO_FAR,
)
