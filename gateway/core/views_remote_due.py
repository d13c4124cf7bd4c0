"""What is to be sent to meters over lines now: for whoever works the lines.

question       rows                                                      count         totals
Unordered      paid credits of meters on lines that have no order yet    of these      None
RemoteDue      open orders of some kinds, with the way to each meter     of these      None
RemoteNow      one order as it stands                                    0 or 1        None
TimetableNow   one version of a timetable as it stands                   0 or 1        None
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.remote_order import RemoteKind, RemoteOrder
from gateway.core.timetable_version import TimetableVersion
from gateway.core.views import Query

if TYPE_CHECKING:
    from gateway.core.meter_way import MeterWay

#: Rows of one question: what is left is found by the next one, some seconds later.
DUE_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class UnorderedCredit:
    """A paid credit that waits for a meter on a line, and what the meter is."""

    payment: str
    pan: str
    model: str


@dataclass(frozen=True, slots=True)
class Unordered(Query[UnorderedCredit, None]):
    """The paid credits of meters on lines that no order is for, the oldest first; one of each meter."""


@dataclass(frozen=True, slots=True)
class DueOrder:
    """An open order, and the way to its meter."""

    order: RemoteOrder
    way: MeterWay


@dataclass(frozen=True, slots=True)
class RemoteDue(Query[DueOrder, None]):
    """The open orders of these kinds whose time has come: with credit, then others, the oldest first.

    ``after`` is the last order of the portion before, where there are more of one kind than one question has.
    """

    kinds: frozenset[RemoteKind]
    now_us: int
    after: int = 0


@dataclass(frozen=True, slots=True)
class RemoteNow(Query[RemoteOrder, None]):
    """One order by its id."""

    id: int


@dataclass(frozen=True, slots=True)
class TimetableNow(Query[TimetableVersion, None]):
    """One version of a timetable by its reference."""

    reference: str
