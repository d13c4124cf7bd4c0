"""Which models of meters cannot hold a timetable, and why: said to whoever drafts or approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.codecs.meter_model.model import MODELS, model_named
from gateway.core.timetable_limits import TimetableLimits, Weeks, misfit

if TYPE_CHECKING:
    from gateway.core.timetable import Timetable


def models_that_cannot(timetable: Timetable) -> tuple[tuple[str, str], ...]:
    """Give models by name with the reason, "" for those that take no timetable over their line."""
    found = []
    for name in MODELS:
        words = model_named(name).timetable
        if words is None:
            found.append((name, ""))
            continue
        limits = TimetableLimits(
            words.seasons, words.days, words.slots, words.tariffs, words.special_days, Weeks(words.weeks)
        )
        why = misfit(timetable, limits)
        if why:
            found.append((name, why))
    return tuple(found)
