"""What is said of line losses: how they stand, why a meter is missing; and the span that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from admin_web.cells import Share, State, Tone
from admin_web.figure_filters import MOMENTS_REVERSED
from admin_web.filters import NOT_ONE_OF_THESE, TEXT_MAX, Box, Read
from admin_web.line_seen_words import at_second
from admin_web.words import msg
from gateway.core.line_loss import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from admin_web.asked import Asked
    from admin_web.cells import Cell
    from gateway.core.line_loss import LineLoss


class Stands(Enum):
    """How a loss stands."""

    NEGATIVE = "negative"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    WHOLE = "whole"


LOSS_STATES: Final[Mapping[Stands, State]] = {
    Stands.NEGATIVE: State(msg("negative"), Tone.BAD),
    Stands.PARTIAL: State(msg("partial"), Tone.WAITING),
    Stands.UNKNOWN: State(msg("not known"), Tone.WAITING),
    Stands.WHOLE: State(msg("whole"), Tone.GOOD),
}

#: What each of them comes to, where it is not as it should be.
LOSS_NOTES: Final[Mapping[Stands, str]] = {
    Stands.NEGATIVE: msg(
        "More was used than fed: a meter hangs below another place, a multiplier is wrong, or the place's "
        "own meter counts too little."
    ),
    Stands.PARTIAL: msg("Meters are missing, so what is used is too little and the loss too large."),
    Stands.UNKNOWN: msg("A meter that measures the place is missing, so nobody knows what was fed."),
}

UNKNOWN_WHYS: Final[Mapping[Unknown, str]] = {
    Unknown.BEGIN: msg("nothing was read of the first moment"),
    Unknown.END: msg("nothing was read of the last moment"),
    Unknown.BOTH: msg("nothing was read of either moment"),
    Unknown.BACK: msg("it shows less at the end than at the beginning"),
}


def stands(loss: LineLoss) -> Stands:
    """Say how a loss stands; what is missing makes a negative one no better."""
    if loss.loss_wh is None:
        return Stands.UNKNOWN
    if loss.is_negative:
        return Stands.NEGATIVE
    return Stands.PARTIAL if loss.is_partial else Stands.WHOLE


def percent(loss: LineLoss) -> Cell:
    """Give a loss as a part of what was fed."""
    return None if loss.per_mille is None else Share(loss.per_mille)


def moment_label(at: datetime, zone: tzinfo) -> str:
    """Name a frozen moment: by its day where it is the beginning of one."""
    local = at.astimezone(zone)
    is_midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
    return f"{local:%Y-%m-%d}" if is_midnight else f"{local:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class SpanFilter:
    """Two of the moments that meters froze, in seconds, as ``name_from`` and ``name_to``; a pair.

    ``moments`` has the newest first; where nothing is chosen, it is the span between the last two. None
    where there are no two.
    """

    name: str
    moments: Sequence[int]

    def read(self, asked: Asked) -> Read:
        """Read both moments."""
        usual = (self.moments[1], self.moments[0]) if len(self.moments) > 1 else ("", "")
        ends = (f"{self.name}_from", f"{self.name}_to")
        written = [asked.first(end) or str(at) for end, at in zip(ends, usual, strict=True)]
        known = {str(at_s): at_s for at_s in self.moments}
        faults = [NOT_ONE_OF_THESE if text and text not in known else None for text in written]
        first, last = (known.get(text) for text in written)
        if first is not None and last is not None and first >= last:
            faults[1] = MOMENTS_REVERSED
        zone = asked.office.zone
        choices = tuple((text, moment_label(at_second(at_s), zone)) for text, at_s in known.items())
        labels = msg("From the moment"), msg("To the moment")
        boxes = tuple(
            Box(end, label, "choice", text[:TEXT_MAX], fault, choices)
            for end, label, text, fault in zip(ends, labels, written, faults, strict=True)
        )
        pair = None if first is None or last is None or any(faults) else (first, last)
        return Read(pair, boxes)


def span_in(read: Read) -> tuple[int, int] | None:
    """Give what ``SpanFilter`` has read."""
    if not isinstance(read.value, tuple):
        return None
    begin_s, end_s = read.value
    return begin_s, end_s
