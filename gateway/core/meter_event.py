"""What was noticed at a meter, and somebody may want to look at: the list that an inspector works off."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EventKind(Enum):
    """What was noticed; the first seven are words of the meter's own status."""

    SEAL_BROKEN = "seal_broken"
    COVER_OPENED = "cover_opened"
    CT_MISSING = "ct_missing"
    COUNTS_BACK = "counts_back"
    """Its register shows less than before."""
    RELAY_OPEN = "relay_open"
    """Its relay is open, and nobody ordered that."""
    DISPLAY_DARK = "display_dark"
    BATTERY_LOW = "battery_low"
    CLOCK_SET = "clock_set"
    CLOCK_NOT_SET = "clock_not_set"
    """It was to be set, and is not seen as set."""
    CLOCK_TOO_FAR = "clock_too_far"
    """Further off than may be set over a line: its load profile would break."""
    TOO_MUCH = "too_much"
    """Its register counted more than it can have in the time."""
    OVER_CREDITS = "over_credits"
    """It has taken more credits than ever were sold for it."""
    WRONG_METER = "wrong_meter"
    """Another meter answered at its place."""


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """It was noticed at the meter ``pan`` at a moment of ours; ``told`` says what exactly, in words."""

    pan: str
    at_us: int
    kind: EventKind
    told: str = ""
