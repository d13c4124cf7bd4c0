"""What is to be known of a meter before it is visited over its line.

question      rows                                                    count     totals
VisitFacts    the way to a meter and what was known of it             0 or 1    None
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.views import Query

if TYPE_CHECKING:
    from gateway.core.meter_noticed import KnownBefore
    from gateway.core.meter_way import MeterWay


@dataclass(frozen=True, slots=True)
class VisitKnown:
    """The way to a meter, and what was known of it before."""

    way: MeterWay
    before: KnownBefore


@dataclass(frozen=True, slots=True)
class VisitFacts(Query[VisitKnown, None]):
    """One meter by its number; none for one without a way."""

    pan: str
