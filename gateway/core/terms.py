"""The terms of a supply point: what its price depends on; and a change of them that is due on a day.

    today      ordered, and the point and its meter are priced so at once
    later      ordered ──the day begins──► the terms of the point and its meter
                  └──withdrawn before──► nothing

A change that is due stands in the point's own row, so that whoever alters it there alters the point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.customer import check_priced_by

if TYPE_CHECKING:
    from datetime import datetime

#: Days ahead on which a change of terms can begin: of what is due in more than a quarter of a year nobody who
#: approves it can say what it will cost, for its tariffs are not approved yet.
TERMS_AHEAD_DAYS_MAX: Final = 92


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price depends on, as ``core.meter.MeterAccount`` has it; ValueError for what cannot be."""

    power_type: str
    proportions: tuple[tuple[str, int], ...] = ()
    contract_w: int = 0
    schemes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_priced_by(self.contract_w, self.schemes, self.proportions)

    @property
    def power_types(self) -> tuple[str, ...]:
        """All power types that share the meter, the main one first."""
        return tuple(dict.fromkeys((self.power_type, *(name for name, _ in self.proportions))))


@dataclass(frozen=True, slots=True)
class TermsDay:
    """The business day from which terms hold: its date (ISO), its beginning and its end, in UTC microseconds.

    The day is the utility's: who cuts over at an hour of its own sells by the new terms at the same moment.
    """

    day: str
    begins_us: int
    ends_us: int


@dataclass(frozen=True, slots=True)
class DueTerms:
    """A change that is due: from which business day, when that begins (UTC microseconds), by whom and why.

    ``prorates``: with another power type the counters go on in proportion (``core.counters.prorated``).
    """

    day: str
    begins_us: int
    terms: Terms
    by: str
    reason: str
    prorates: bool = False

    def is_due(self, now_us: int) -> bool:
        """Has its day begun?"""
        return self.begins_us <= now_us


def too_far(begins: datetime, now: datetime) -> bool:
    """Is a day further ahead than a change can be ordered?"""
    return (begins - now).days >= TERMS_AHEAD_DAYS_MAX
