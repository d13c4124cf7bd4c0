"""From a schedule as the office keeps it to one that is carried out: the same reading checks and runs it.

days 0123456     the midnight that begins these weekdays; Monday is 0
month 1          the midnight that begins this day of each month
minutes 60       every so many minutes from midnight on
"""

from __future__ import annotations

import re
from datetime import time
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.line_work.group import Group
from gateway.core.line_work.recurrence import EveryMinutes, OnDayOfMonth, OnWeekdays
from gateway.core.line_work.window import Window
from gateway.core.office import OfficeRefusal
from gateway.core.reading_plan import Wants
from gateway.metering.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from gateway.core.line_work.recurrence import Recurrence
    from gateway.core.reading_plan import ReadingSchedule
    from gateway.metering.schedule import Round

_RECURRENCE: Final = re.compile(r"(days|month|minutes) ([0-9]{1,7})")
_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_WEEKDAYS: Final = re.compile(r"[0-6]{1,7}")
_DAY_MINUTES: Final = 1440

#: What comes how: a meter freezes once a month, and a load profile is fetched by the day.
_COMES_BY: Final = {Wants.FROZEN: OnDayOfMonth, Wants.PROFILE: OnWeekdays}


class PlanFault(ValueError):  # noqa: N818 - the fault of what was filed
    """A schedule that cannot be carried out; ``why`` is the refusal, whose text has the cure."""

    def __init__(self, why: OfficeRefusal) -> None:
        super().__init__(why.value)
        self.why = why


def check_plan(filed: ReadingSchedule) -> None:
    """Refuse (PlanFault) what cannot be carried out in any zone and for any group."""
    recurrence = recurrence_of(filed.recurrence)
    kind = _COMES_BY.get(filed.wants)
    if kind is not None and not isinstance(recurrence, kind):
        raise PlanFault(OfficeRefusal.NOT_OF_WANTS)
    opens, closes = _hour(filed.opens), _hour(filed.closes)
    _weekdays(filed.weekdays)
    width_s = ((_minutes(closes) - _minutes(opens)) % _DAY_MINUTES or _DAY_MINUTES) * 60
    if not 0 <= filed.jitter_s <= width_s // 2:
        raise PlanFault(OfficeRefusal.BAD_JITTER)


def schedule_of(filed: ReadingSchedule, group: Group, zone: tzinfo) -> Schedule:
    """Make it one that is carried out; PlanFault where it cannot be."""
    check_plan(filed)
    window = Window(_hour(filed.opens), _hour(filed.closes), zone, _weekdays(filed.weekdays))
    # Two schedules of one group call its meters in another order, and each at every run in the same.
    seed = int.from_bytes(sha256(filed.code.encode()).digest()[:8], "big")
    return Schedule(filed.code, group, recurrence_of(filed.recurrence), window, filed.jitter_s, seed)


def next_rounds(filed: ReadingSchedule, zone: tzinfo, at_s: int) -> Iterator[Round]:
    """Give the rounds of a schedule behind a moment, one after the other, without an end; PlanFault."""
    schedule = schedule_of(filed, Group(filed.group, ()), zone)
    while True:
        coming = schedule.round_after(at_s)
        yield coming
        at_s = coming.at_s


def recurrence_of(text: str) -> Recurrence:
    """Read how something comes again; PlanFault where it does not.

    >>> recurrence_of("month 1"), recurrence_of("minutes 30")
    (OnDayOfMonth(day=1), EveryMinutes(minutes=30))
    """
    found = _RECURRENCE.fullmatch(text)
    if found is None:
        raise PlanFault(OfficeRefusal.BAD_RECURRENCE)
    kind, figures = found.groups()
    try:
        if kind == "days":
            return OnWeekdays(frozenset(map(int, figures)))
        return OnDayOfMonth(int(figures)) if kind == "month" else EveryMinutes(int(figures))
    except ValueError:
        raise PlanFault(OfficeRefusal.BAD_RECURRENCE) from None


def _hour(text: str) -> time:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise PlanFault(OfficeRefusal.BAD_HOURS)
    return time(int(found[1]), int(found[2]))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _weekdays(text: str) -> frozenset[int]:
    if not _WEEKDAYS.fullmatch(text):
        raise PlanFault(OfficeRefusal.BAD_HOURS)
    return frozenset(map(int, text))
