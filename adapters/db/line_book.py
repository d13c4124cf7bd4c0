"""Keeps what lines have seen: where slots stand, calls, contacts, events, frozen months, profiles.

It moves nothing in the books, so it goes past the poster: in batches, over a connection that waits for no
disk (``own_connection``). What a power cut takes back is read from the meters once more.

Notes are written in the order in which they come. Whoever restores rounds from here finds a prefix of what
was noted, cut between two batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BindParameter, bindparam, delete, exists, literal, select, tuple_

from adapters.db import tables as t
from adapters.db.opening import faults_in_words, reading
from adapters.db.own_connection import OwnConnection
from adapters.db.round_rows import last_rounds, open_slots, write_rounds
from adapters.db.seen_rows import write_seen
from gateway.core.line_work.round_kept import Kept, RoundBegun, SlotNote
from gateway.core.line_work.slot import SlotState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from gateway.core.line_work.call_made import CallMade
    from gateway.core.meter_event import MeterEvent
    from gateway.core.meter_seen import FrozenReading, MeterContact, ProfileRowKept

    LineNote = SlotNote | RoundBegun | CallMade | MeterContact | MeterEvent | FrozenReading | ProfileRowKept

#: Rows in one transaction: some 20 ms of SQLite's write lock, for which a payment waits.
BATCH_MAX: Final = 1_000

#: Meters whose old profile rows are taken out in one transaction: a day's rows of each, hourly ones.
PROFILES_MAX: Final = 40

#: Rows that are read at a time when rounds are restored.
_READ_ROWS: Final = 10_000

_SECONDS_A_DAY: Final = 86_400

#: Days that are kept: calls and rounds until two years can be compared, events until a case of theft has
#: been through the courts, profiles until a bill is beyond dispute.
CALLS_KEPT_DAYS: Final = 730
ROUNDS_KEPT_DAYS: Final = 730
EVENTS_KEPT_DAYS: Final = 1_826
PROFILES_KEPT_DAYS: Final = 730

_call, _event, _round, _slot, _profile, _contact = (
    one.c
    for one in (t.line_call, t.meter_event, t.reading_round, t.reading_slot, t.profile_row, t.meter_contact)
)
_MOST: Final = literal(BATCH_MAX)
_BEFORE: Final[BindParameter[int]] = bindparam("before")
_OLD_CALLS: Final = delete(t.line_call).where(
    _call.id.in_(select(_call.id).where(_call.at_s < _BEFORE).order_by(_call.at_s, _call.id).limit(_MOST))
)
_OLD_EVENTS: Final = delete(t.meter_event).where(
    _event.id.in_(
        select(_event.id).where(_event.at_us < _BEFORE).order_by(_event.at_us, _event.id).limit(_MOST)
    )
)
_LATER: Final = t.reading_round.alias("later")
# From the last row about a schedule it goes on, however old that is.
_IS_NOT_LAST: Final = exists().where(_LATER.c.schedule == _round.schedule, _LATER.c.at_s > _round.at_s)
_OLD_ROUNDS: Final = delete(t.reading_round).where(
    tuple_(_round.schedule, _round.at_s).in_(
        select(_round.schedule, _round.at_s).where(_round.at_s < _BEFORE, _IS_NOT_LAST).limit(_MOST)
    )
)
_OLD_LOST: Final = delete(t.reading_slot).where(
    tuple_(_slot.schedule, _slot.pan, _slot.at_s).in_(
        select(_slot.schedule, _slot.pan, _slot.at_s)
        .where(_slot.state == SlotState.LOST.value, _slot.at_s < _BEFORE)
        .limit(_MOST)
    )
)
_NEXT_METERS: Final = (
    select(_contact.pan).where(_contact.pan > bindparam("after")).order_by(_contact.pan).limit(PROFILES_MAX)
)
_OLD_PROFILES: Final = delete(t.profile_row).where(
    _profile.pan.in_(bindparam("pans", expanding=True)), _profile.at_s < _BEFORE
)


class LineBook:
    """Writes and reads it on one thread. Each raises DatabaseFault where the database does not serve.

    A batch that failed may have been written all the same: written again, slots and rounds count once, and
    calls and events stand there twice.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = OwnConnection(engine)
        self._after = ""

    def write(self, notes: Sequence[LineNote]) -> None:
        """Write at most ``BATCH_MAX`` notes in one transaction: all of them, or none."""
        rounds = [one for one in notes if isinstance(one, SlotNote | RoundBegun)]
        seen = [one for one in notes if not isinstance(one, SlotNote | RoundBegun)]
        with self._own.writing() as connection:
            write_rounds(connection, rounds)
            write_seen(connection, seen)

    def kept(self) -> Kept:
        """Read what rounds are restored from, in one snapshot."""
        with faults_in_words(), reading(self._engine, _READ_ROWS) as connection, connection.begin():
            return Kept(open_slots(connection), last_rounds(connection))

    def forget(self, now_s: int) -> bool:
        """Take out a portion of what is older than it is kept, in one transaction; is there perhaps more?

        Slots that are not over stay, and the last row about each schedule.
        """
        with self._own.writing() as connection:
            gone = [
                connection.execute(statement, {"before": (now_s - days * _SECONDS_A_DAY) * unit}).rowcount
                for statement, days, unit in (
                    (_OLD_CALLS, CALLS_KEPT_DAYS, 1),
                    (_OLD_EVENTS, EVENTS_KEPT_DAYS, 1_000_000),
                    (_OLD_ROUNDS, ROUNDS_KEPT_DAYS, 1),
                    (_OLD_LOST, ROUNDS_KEPT_DAYS, 1),
                )
            ]
            # By meter: their rows stand together, and no index by the moment has to be kept up.
            pans = list(connection.execute(_NEXT_METERS, {"after": self._after}).scalars())
            if pans:
                before_s = now_s - PROFILES_KEPT_DAYS * _SECONDS_A_DAY
                connection.execute(_OLD_PROFILES, {"pans": pans, "before": before_s})
        self._after = pans[-1] if pans else ""
        return bool(pans) or BATCH_MAX in gone

    def close(self) -> None:
        """Give the connection back."""
        self._own.close()
