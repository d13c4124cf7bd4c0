"""What became of ways, groups, schedules, and orders over lines, in words: their fields, and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from admin_web.file_words import meter_number
from admin_web.line_words import (
    GROUP_KINDS,
    LINE_KINDS,
    RELAY_ORDERS,
    REMOTE_KINDS,
    REMOTE_STATES,
    WANTS,
    recurrence_said,
    weekdays_said,
)
from admin_web.told import told_or_raw
from admin_web.words import msg
from gateway.core.amendment import Subject
from gateway.core.meter_way import LineKind
from gateway.core.reading_plan import GroupKind, Wants
from gateway.core.remote_order import RemoteKind, RemoteState
from gateway.core.timeline import moment_of
from gateway.core.timetable_version import TimetableState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from admin_web.diary_changes import Telling

    _Teller = Callable[[Any, Telling], str]

_WAY: Final = {
    "kind": msg("Kind of line"),
    "place": msg("Number, host or name"),
    "address": msg("Address on the wire"),
    "model": msg("Model of meter"),
    "bus": msg("Bus or concentrator"),
    "protection": msg("Protected from being cut off"),
    "measures": msg("Measures this place of the network"),
    "multiplier": msg("Multiplier"),
    "is_on": msg("In use"),
    "note": msg("Note"),
}
_GROUP: Final = {"name": msg("Name"), "kind": msg("Which meters"), "of": msg("Of")}
_SCHEDULE: Final = {
    "name": msg("Name"),
    "group": msg("Group of meters"),
    "wants": msg("What is read"),
    "recurrence": msg("When"),
    "opens": msg("Called from"),
    "closes": msg("Called until"),
    "weekdays": msg("On these days"),
    "jitter_s": msg("First calls spread over (seconds)"),
    "is_on": msg("Carried out"),
}
_TIMETABLE: Final = {
    "state": msg("State"),
    "name": msg("Title"),
    "group": msg("Group of meters"),
    "from_us": msg("From"),
    "second": msg("Approved by"),
}
_ORDER: Final = {
    "state": msg("State"),
    "told": msg("Why"),
    "kind": msg("Kind"),
    "ask": msg("What is ordered"),
    "pan": msg("Meter number"),
    "payment": msg("Payment"),
    "number": msg("Number of the purchase"),
    "amount": msg("Put into the meter, as its wallet counts"),
    "reason": msg("Reason"),
    "second": msg("Approved by"),
    "from_us": msg("Not before"),
    "until_us": msg("Not after"),
    "tries": msg("Contacts"),
    "doubts": msg("Contacts that left it in doubt"),
}

#: The fields of each, in the order in which they are told.
LINE_FIELDS: Final[Mapping[Subject, Mapping[str, str]]] = {
    Subject.WAY: _WAY,
    Subject.GROUP: _GROUP,
    Subject.SCHEDULE: _SCHEDULE,
    Subject.TIMETABLE: _TIMETABLE,
    Subject.REMOTE_ORDER: _ORDER,
}

#: What names the row itself, counts its changes, or stands beside what is told.
LINE_NOT_TOLD: Final[Mapping[Subject, frozenset[str]]] = {
    Subject.WAY: frozenset({"version", "pan"}),
    Subject.GROUP: frozenset({"version", "code"}),
    Subject.SCHEDULE: frozenset({"version", "code"}),
    # Its rates stand on its own page as a picture; why is told beside the change.
    Subject.TIMETABLE: frozenset({"version", "code", "number", "by", "at_us", "body", "reason"}),
    Subject.REMOTE_ORDER: frozenset({"version", "id", "by", "account_no", "at_us", "begun_us", "ended_us"}),
}


def _yes_no(value: bool, telling: Telling) -> str:  # noqa: FBT001 - it is what is told
    return telling.words.say(msg("yes") if value else msg("no"))


def _moment(value: int, telling: Telling) -> str:
    return telling.shown.moment(moment_of(value)) if value else telling.words.say(msg("nothing"))


def _ask(value: str, telling: Telling) -> str:
    orders = {one.value: said for one, said in RELAY_ORDERS.items()}
    return telling.words.say(orders[value]) if value in orders else value


#: A version of a timetable as its steps leave it.
_TIMETABLE_STATES: Final = {
    TimetableState.DRAFT: msg("draft"),
    TimetableState.APPROVED: msg("approved"),
    TimetableState.WITHDRAWN: msg("withdrawn"),
}

#: Each as the program keeps it, said to a reader; what is not here stands as it is kept.
LINE_TELLERS: Final[Mapping[tuple[Subject, str], _Teller]] = {
    (Subject.WAY, "kind"): lambda value, telling: telling.words.say(LINE_KINDS[LineKind(value)]),
    (Subject.WAY, "is_on"): _yes_no,
    (Subject.GROUP, "kind"): lambda value, telling: telling.words.say(GROUP_KINDS[GroupKind(value)]),
    (Subject.SCHEDULE, "wants"): lambda value, telling: telling.words.say(WANTS[Wants(value)]),
    (Subject.SCHEDULE, "recurrence"): lambda value, telling: recurrence_said(value, telling.words),
    (Subject.SCHEDULE, "weekdays"): lambda value, telling: weekdays_said(value, telling.words),
    (Subject.SCHEDULE, "is_on"): _yes_no,
    (Subject.TIMETABLE, "state"): lambda value, telling: telling.words.say(
        _TIMETABLE_STATES[TimetableState(value)]
    ),
    (Subject.TIMETABLE, "from_us"): _moment,
    (Subject.REMOTE_ORDER, "kind"): lambda value, telling: telling.words.say(REMOTE_KINDS[RemoteKind(value)]),
    (Subject.REMOTE_ORDER, "state"): lambda value, telling: telling.words.say(
        REMOTE_STATES[RemoteState(value)].sentence
    ),
    (Subject.REMOTE_ORDER, "ask"): _ask,
    (Subject.REMOTE_ORDER, "pan"): lambda value, _: meter_number(value).text,
    (Subject.REMOTE_ORDER, "told"): lambda value, telling: told_or_raw(telling.words, value),
    (Subject.REMOTE_ORDER, "from_us"): _moment,
    (Subject.REMOTE_ORDER, "until_us"): _moment,
}
