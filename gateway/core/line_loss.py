"""Line loss: what went into a place of the network, against what its customers' meters have counted below it.

    fed     the meters that measure the place, each by its own multiplier
    used    the customers' meters below it, likewise
    loss    fed less used, in Wh and in thousandths of what was fed; 5 to 80 are usual, none and less is not

Both ends of the span are what the meters froze at a moment. A customer's meter that has not frozen both is
left out and named: the loss is then too large, and only part of the picture. Without all that is fed there
is no loss at all. A loss below nothing has a reason that somebody finds: a meter below another place, a wrong
multiplier, a feeder's meter that counts too little.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.core.reading_rules import DAY_WH_MAX, rolled_over

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

_DAY: Final = 86_400


class MeterSpan(NamedTuple):
    """A meter with what its total showed at both ends, in Wh before its multiplier; None: not known.

    ``is_feeder``: it measures the place; else it is a customer's below it.
    """

    pan: str
    multiplier: Fraction
    begin_wh: int | None
    end_wh: int | None
    is_feeder: bool


class Unknown(Enum):
    """Why a meter's use is not known."""

    BEGIN = "begin"
    END = "end"
    BOTH = "both"
    BACK = "back"
    """It shows less at the end, and has not rolled over."""


class MeterMissing(NamedTuple):
    """A meter that is left out, and why."""

    pan: str
    why: Unknown
    is_feeder: bool


@dataclass(frozen=True, slots=True)
class LineLoss:
    """What was lost below ``place`` from ``begin_s`` to ``end_s``, in seconds since 1970 UTC.

    ``fed_wh`` is None where it is not measured whole. ``meters``: how many customers' are in ``used_wh``.
    """

    place: str
    begin_s: int
    end_s: int
    fed_wh: int | None
    used_wh: int
    meters: int
    missing: tuple[MeterMissing, ...] = ()

    @property
    def loss_wh(self) -> int | None:
        """What was fed and is not seen to be used; under nothing: more was used than fed."""
        return None if self.fed_wh is None else self.fed_wh - self.used_wh

    @property
    def per_mille(self) -> int | None:
        """The loss in thousandths of what was fed, to the nearest; None where nothing was."""
        return None if self.loss_wh is None or not self.fed_wh else _nearest(1000 * self.loss_wh, self.fed_wh)

    @property
    def is_partial(self) -> bool:
        """Are meters left out of it?"""
        return bool(self.missing)

    @property
    def is_negative(self) -> bool:
        """Was more used than fed?"""
        return self.loss_wh is not None and self.loss_wh < 0


def line_loss(place: str, begin_s: int, end_s: int, meters: Iterable[MeterSpan]) -> LineLoss:
    """Work out the loss below a place; ValueError for a span that runs backwards."""
    if begin_s >= end_s:
        raise ValueError("a span ends behind its beginning; give the earlier moment first")
    sums, counts = {True: 0, False: 0}, {True: 0, False: 0}
    missing: list[MeterMissing] = []
    for meter in meters:
        used = _used(meter, end_s - begin_s)
        if isinstance(used, Unknown):
            missing.append(MeterMissing(meter.pan, used, meter.is_feeder))
            continue
        sums[meter.is_feeder] += used
        counts[meter.is_feeder] += 1
    is_whole = counts[True] > 0 and not any(one.is_feeder for one in missing)
    return LineLoss(
        place, begin_s, end_s, sums[True] if is_whole else None, sums[False], counts[False], tuple(missing)
    )


def _used(meter: MeterSpan, span_s: int) -> int | Unknown:
    """Say what a meter has counted, in Wh behind its multiplier, or why that is not known."""
    if meter.begin_wh is None or meter.end_wh is None:
        is_both = meter.begin_wh is None and meter.end_wh is None
        return Unknown.BOTH if is_both else Unknown.BEGIN if meter.begin_wh is None else Unknown.END
    step: int | None = meter.end_wh - meter.begin_wh
    if step is not None and step < 0:
        # Before its multiplier no meter counts more than a house can use.
        most_wh = DAY_WH_MAX * -(-span_s // _DAY)
        step = rolled_over(meter.begin_wh, meter.end_wh, most_wh)
    return Unknown.BACK if step is None else int(step * meter.multiplier)


def _nearest(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)
