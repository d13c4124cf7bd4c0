"""What sending timetables has in common, whatever a meter speaks: what fits, when it begins, faults."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.lines.talk import not_known
from gateway.core.contact import ContactFault, ContactWhy
from gateway.core.timetable_limits import TimetableLimits, Weeks, misfit

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.codecs.meter_model.model import MeterModel
    from gateway.core.timetable import Timetable

LEAST_AHEAD_MIN: Final = 10
"""Minutes between a contact and the moment that it sets: writing takes two of them over a slow call."""

_CURE: Final = "cure: send it again, what is there is looked at first"


def check_fits(timetable: Timetable, model: MeterModel) -> None:
    """Refuse (``ContactFault``), before anything is asked, what the model cannot hold."""
    words = model.timetable
    if words is None:
        raise not_known("timetable", model)
    limits = TimetableLimits(
        words.seasons, words.days, words.slots, words.tariffs, words.special_days, Weeks(words.weeks)
    )
    why = misfit(timetable, limits)
    if why:
        raise ContactFault(ContactWhy.REFUSED, f"model {model.name} cannot hold these rates: {why}")


def is_soon(at: datetime, now: datetime) -> bool:
    """Is a moment past, or so near that it might pass while it is being set?"""
    return at < now + timedelta(minutes=LEAST_AHEAD_MIN)


def is_right_moment(begins: datetime | None, at: datetime, now: datetime) -> bool:
    """Does what waits begin when it is to? What came too late begins some minutes after it was sent."""
    if begins is None:
        return False
    late = now + timedelta(minutes=2 * LEAST_AHEAD_MIN)
    return begins == at or (is_soon(at, now) and begins < late)


def begins_fully(at: datetime) -> date:
    """Give the first day of which all lies behind a moment."""
    is_midnight = (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return at.date() if is_midnight else at.date() + timedelta(days=1)


def not_as_written() -> ContactFault:
    """Say that the meter shows something else than was written, so that nothing of it begins."""
    said = "what the meter shows is not what was written; cure: look at its settings, then send it again"
    return ContactFault(ContactWhy.REFUSED, said, is_in_doubt=True)


def not_seen(fault: ContactFault) -> ContactFault:
    """Say that something was written, and nobody knows what is there now."""
    said = f"what became of the timetable is not known: {fault}; {_CURE}"
    return ContactFault(fault.why, said, is_in_doubt=True)
