"""Places of the network that are measured, and the meters from which their loss is worked out.

    question         rows                                                   count      totals
    MeasuredPlaces   places that a meter measures, by code                  of these   None
    LossMeters       a place's meters, and those below it                   of these   None
    FrozenMoments    moments that places' meters froze, the newest first    of these   None

Customers' meters are those that hang below the place now. Places belong to no branch: who asks sees them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.line_loss import MeterSpan
from gateway.core.views import Query

if TYPE_CHECKING:
    from gateway.core.network import NetworkKind

#: Meters below one place: a large feeder has some ten thousand customers.
LOSS_METERS_MAX: Final = 50_000

#: Moments that a choice can offer: eight years of months, or a season of days.
MOMENTS_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class MeasuredPlace:
    """A place that is measured, by so many meters."""

    code: str
    kind: NetworkKind
    name: str
    meters: int


@dataclass(frozen=True, slots=True)
class MeasuredPlaces(Query[MeasuredPlace, None]):
    """All of them, or those of some codes; ``within``: this place, and those below it."""

    codes: tuple[str, ...] | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class LossMeters(Query[MeterSpan, None]):
    """The meters of a place, with what they froze at two moments.

    TakesTooLong where more than ``LOSS_METERS_MAX`` hang below it.
    """

    place: str
    kind: NetworkKind
    begin_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class FrozenMoments(Query[int, None]):
    """Moments, in seconds since 1970 UTC, that meters of measured places froze, or those of one place."""

    place: str | None = None
    limit: int = MOMENTS_MAX
