"""What the office has read: groups of meters, and schedules by which they are read.

The values of a plan as it is kept; ``gateway/metering/schedule.py`` has it as it is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

#: Meters that a group may list one by one; what is larger is named by its place or its model.
LISTED_MAX: Final = 1_000


class GroupKind(Enum):
    """By what meters are in a group; only those that have a way."""

    ALL = "all"
    BRANCH = "branch"
    PLACE = "place"
    """Of the network: an area, a feeder or a transformer, with all below it."""
    MODEL = "model"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class MeterGroup:
    """Meters that are read together: those of ``of``, which is a code, or numbers with spaces between."""

    code: str
    name: str
    kind: GroupKind
    of: str = ""
    version: int = 1


class Wants(Enum):
    """What is read."""

    REGISTERS = "registers"
    """As they stand at the call: energy by register, credit, relay, status, clock."""
    FROZEN = "frozen"
    """As the meter froze them at the moment of the round: the end of the month."""
    PROFILE = "profile"
    """The rows of the load profile of the day before the moment."""


@dataclass(frozen=True, slots=True)
class ReadingSchedule:
    """Reads ``wants`` of the group ``group``.

    ``recurrence`` is ``days 0123456`` (Monday is 0), ``month 1`` (a day of the month) or ``minutes 60``.
    ``opens`` and ``closes`` are hours as ``22:00`` between which meters are called, in the utility's zone,
    on ``weekdays`` (of the opening). ``jitter_s`` spreads the first calls. ``is_on``: it is carried out.
    """

    code: str
    name: str
    group: str
    wants: Wants
    recurrence: str
    opens: str
    closes: str
    weekdays: str = "0123456"
    jitter_s: int = 0
    is_on: bool = True
    version: int = 1
