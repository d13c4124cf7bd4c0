"""What is said of lines: ways to meters, groups and schedules, and orders that go to meters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_web.cells import Code, Heard, Link, Said, State, Tone
from admin_web.timetable_words import timetable_path
from admin_web.words import msg
from gateway.core.contact import RelayOrder, RelayState
from gateway.core.meter_way import LineKind
from gateway.core.reading_plan import GroupKind, Wants
from gateway.core.remote_order import RemoteKind, RemoteState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.cells import Cell
    from admin_web.words import Words
    from gateway.core.remote_order import RemoteOrder

LINE_KINDS: Final[Mapping[LineKind, str]] = {
    LineKind.MODEM: msg("a modem dials"),
    LineKind.NETWORK: msg("over the network"),
    LineKind.CALLS_IN: msg("the meter calls in"),
}

#: Whether anybody is called over a way.
WAY_STATES: Final[Mapping[bool, State]] = {
    True: State(msg("in use"), Tone.GOOD),
    False: State(msg("out of use"), Tone.QUIET),
}

GROUP_KINDS: Final[Mapping[GroupKind, str]] = {
    GroupKind.ALL: msg("all meters"),
    GroupKind.BRANCH: msg("the meters of a branch"),
    GroupKind.PLACE: msg("the meters below a place of the network"),
    GroupKind.MODEL: msg("the meters of a model"),
    GroupKind.LIST: msg("meters one by one"),
}

WANTS: Final[Mapping[Wants, str]] = {
    Wants.REGISTERS: msg("registers, credit, relay and clock, as they stand"),
    Wants.FROZEN: msg("the values frozen at the end of the month"),
    Wants.PROFILE: msg("the load profile of the day before"),
}

SCHEDULE_STATES: Final[Mapping[bool, State]] = {
    True: State(msg("carried out"), Tone.GOOD),
    False: State(msg("switched off"), Tone.QUIET),
}

WEEKDAYS: Final = (
    msg("Monday"), msg("Tuesday"), msg("Wednesday"), msg("Thursday"), msg("Friday"), msg("Saturday"),
    msg("Sunday"),
)  # fmt: skip

REMOTE_KINDS: Final[Mapping[RemoteKind, str]] = {
    RemoteKind.TOKEN: msg("token"),
    RemoteKind.RECHARGE: msg("recharge"),
    RemoteKind.RELAY: msg("relay"),
    RemoteKind.TIMETABLE: msg("timetable of rates"),
}

REMOTE_STATES: Final[Mapping[RemoteState, State]] = {
    RemoteState.WAITING: State(msg("waits for its line"), Tone.WAITING),
    RemoteState.ON_WAY: State(msg("being sent"), Tone.WAITING),
    RemoteState.UNKNOWN: State(msg("not known yet"), Tone.BAD),
    RemoteState.DELIVERED: State(msg("done"), Tone.GOOD),
    RemoteState.REFUSED: State(msg("refused"), Tone.BAD),
    RemoteState.EXPIRED: State(msg("its time was over"), Tone.QUIET),
    RemoteState.CANCELLED: State(msg("taken back"), Tone.QUIET),
    RemoteState.BY_HAND: State(msg("done by hand"), Tone.GOOD),
}

RELAY_ORDERS: Final[Mapping[RelayOrder, str]] = {
    RelayOrder.TRIP: msg("Switch off"),
    RelayOrder.CLOSE: msg("Switch on"),
    RelayOrder.PERMIT: msg("Let the customer switch on at the meter"),
}

#: As a contact has noted it.
RELAY_STATES: Final[Mapping[str, State]] = {
    RelayState.OPEN.value: State(msg("open: no power"), Tone.BAD),
    RelayState.CLOSED.value: State(msg("closed: power is on"), Tone.GOOD),
    RelayState.READY.value: State(msg("open, and the customer may close it"), Tone.WAITING),
}

_DAYS: Final = "days "
_MONTH: Final = "month "
_MINUTES: Final = "minutes "
_ALL_DAYS: Final = "0123456"


def way_path(pan: str) -> str:
    """Name the page of the way to a meter."""
    return f"/lines/ways/{pan}"


def remote_path(order_id: int) -> str:
    """Name the page of an order."""
    return f"/lines/orders/{order_id}"


def remote_link(order: RemoteOrder) -> Link:
    """Name an order, with its page."""
    return Link(Code(str(order.id)), remote_path(order.id))


def asks_cell(order: RemoteOrder) -> Cell:
    """Say what an order wants of its meter."""
    if order.kind is RemoteKind.RELAY:
        return Said(RELAY_ORDERS[RelayOrder(order.ask)])
    if order.kind is RemoteKind.TIMETABLE:
        return Link(Code(order.ask), timetable_path(order.ask))
    return Said(REMOTE_KINDS[order.kind])


def told_cell(text: str) -> Cell:
    """Say why an order stands where it does, as it was written down in English."""
    return Heard(text) if text else None


def weekdays_said(days: str, words: Words) -> str:
    """Name weekdays; 0 is Monday."""
    if set(days) == set(_ALL_DAYS):
        return words.say(msg("every day"))
    return ", ".join(words.say(WEEKDAYS[int(day)]) for day in sorted(set(days)))


def recurrence_said(text: str, words: Words) -> str:
    """Say how something comes again."""
    if text.startswith(_MONTH):
        return words.say(msg("on day %(day)s of each month"), day=text.removeprefix(_MONTH))
    if text.startswith(_MINUTES):
        return words.say(msg("every %(count)s minutes"), count=text.removeprefix(_MINUTES))
    return weekdays_said(text.removeprefix(_DAYS), words)
