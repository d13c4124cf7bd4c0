"""A meter's resets for selling, and what a next one would be about.

    question    rows                         count      totals
    ResetFile   its resets, the newest first of these   what is known of the meter, or None

A branch sees those of its own customers' meters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.reset import Outcome
from gateway.core.views import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.core.meter import MeterState
    from gateway.core.reading_rules import KnownMeter
    from gateway.core.reset import LastOut, Reset
    from gateway.core.token import TokenDigits
    from gateway.core.views_sales import SoldSale


@dataclass(frozen=True, slots=True)
class ResetCase:
    """A reset; where its purchase was lost, the token that was made once more (None: not yet)."""

    reset: Reset
    sale_id: int
    given_us: int | None = None
    token: TokenDigits | None = None

    @property
    def waits(self) -> bool:
        """Does a lost purchase still wait to be given out again?"""
        return self.reset.outcome is Outcome.LOST and self.token is None


@dataclass(frozen=True, slots=True)
class ResetFacts:
    """A meter that may be reset: its last purchase that went out, None where there is none here."""

    known: KnownMeter
    state: MeterState
    last: LastOut | None
    sale: SoldSale | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetFile(Query[ResetCase, ResetFacts | None]):
    """One meter by its 18-digit number."""

    branch: str | None
    pan: str


def standing(cases: Sequence[ResetCase]) -> ResetCase | None:
    """Find the reset whose token stands in the place of the first one; None where that stands itself."""
    return max((one for one in cases if one.token is not None), key=lambda one: one.reset.id, default=None)


def waiting(cases: Sequence[ResetCase]) -> ResetCase | None:
    """Find the lost purchase that is still to be given out: the last word on it, if nothing followed."""
    newest = max(cases, key=lambda one: one.reset.id, default=None)
    return newest if newest is not None and newest.waits else None
