"""The ``[readings]`` table of the configuration: what a reading may show, and when a meter is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.inspection import GAP_WH, IDLE_DAYS, NOTICED_DAYS, UNREAD_DAYS, InspectionLimits
from gateway.core.reading_rules import DAY_WH_MAX

if TYPE_CHECKING:
    from gateway.config.reader import Section

READINGS_KEYS: Final = ("day_kwh_max", "gap_kwh", "idle_days", "unread_days", "noticed_days")

DAY_KWH_MOST: Final = 1_000_000
"""kWh of a day: a works of 40 MW day and night; more is no plausibility any more."""

GAP_KWH_MOST: Final = 100_000
"""kWh of a gap that nobody minds: a hundred households' month."""

DAYS_MOST: Final = 3_650
"""Days that a meter may go unread, or stand still: ten years are as good as for ever."""

_WH: Final = 1_000


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """What a meter without a contracted power may count in a day (Wh); when somebody looks at a meter."""

    day_wh_max: int
    limits: InspectionLimits


def read_readings(section: Section) -> ReadingSettings:
    """Read the ``[readings]`` table; each key has its usual value where it is left out."""
    return ReadingSettings(
        section.whole("day_kwh_max", DAY_WH_MAX // _WH, least=1, most=DAY_KWH_MOST) * _WH,
        InspectionLimits(
            gap_wh=section.whole("gap_kwh", GAP_WH // _WH, least=1, most=GAP_KWH_MOST) * _WH,
            idle_days=section.whole("idle_days", IDLE_DAYS, least=1, most=DAYS_MOST),
            unread_days=section.whole("unread_days", UNREAD_DAYS, least=1, most=DAYS_MOST),
            noticed_days=section.whole("noticed_days", NOTICED_DAYS, least=1, most=DAYS_MOST),
        ),
    )
