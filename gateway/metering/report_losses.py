"""Report the line loss of measured places over a span between two frozen moments, the largest loss first.

Places whose loss is not known come last, each with the meters that it lacks. Nothing is stored: a month that
is read later makes the same report whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.core.line_loss import LineLoss, line_loss
from gateway.core.views_losses import LossMeters, MeasuredPlaces

if TYPE_CHECKING:
    from gateway.core.views_losses import MeasuredPlace
    from gateway.ports import Views


@dataclass(frozen=True, slots=True)
class LossSpan:
    """From one frozen moment to another, in seconds since 1970 UTC; ``places``: of these alone, by code.

    ValueError where it runs backwards.
    """

    begin_s: int
    end_s: int
    places: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a span that is none."""
        if self.begin_s >= self.end_s:
            raise ValueError("a span ends behind its beginning; give the earlier moment first")


class PlaceLoss(NamedTuple):
    """A place with its loss."""

    place: MeasuredPlace
    loss: LineLoss


async def report_losses(span: LossSpan, *, views: Views) -> tuple[PlaceLoss, ...]:
    """Work out the loss of each place that is measured."""
    losses = []
    for place in await views.rows(MeasuredPlaces(span.places)):
        meters = await views.rows(LossMeters(place.code, place.kind, span.begin_s, span.end_s))
        losses.append(PlaceLoss(place, line_loss(place.code, span.begin_s, span.end_s, meters)))
    return tuple(sorted(losses, key=_worst_first))


def _worst_first(one: PlaceLoss) -> tuple[bool, int, str]:
    loss_wh = one.loss.loss_wh
    return loss_wh is None, -(loss_wh or 0), one.place.code
