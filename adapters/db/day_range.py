"""Where the entries of some business days are among the ids, so that nothing else has to be read.

An entry is booked in a day D between the noon before the civil day D and the noon behind it, whenever its
bank cuts over, and its id is that of the moment. There are two exceptions:

    a clock set back behind a close   the entry is booked in the day after; its id is above those before
    a clock set back                  ids count on, above those of the moment

So the range begins where a close says, if that is lower; and whoever reads up to its end must know from the
day's sums whether something is missing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select

from adapters.db import tables as t
from adapters.db.entry_id import first_id_at
from gateway.core.closed_day import close_key
from gateway.core.timeline import microseconds

if TYPE_CHECKING:
    from sqlalchemy import Connection

_DAY: Final = timedelta(days=1)

# Noon comes 14 hours before UTC's in the east (Kiritimati) and 12 hours after it in the west (IANA time
# zones): whichever zone the utility is in, and was in, its day lies between.
_BEFORE_US: Final = (_DAY / 2 + timedelta(hours=14)) // timedelta(microseconds=1)
_BEHIND_US: Final = (3 * _DAY / 2 + timedelta(hours=12)) // timedelta(microseconds=1)

_ID_AT_CLOSE = (
    select(t.chain_link.c.last_id)
    .join(t.command_key, t.command_key.c.link == t.chain_link.c.number)
    .where(t.command_key.c.key == bindparam("key"))
)

_AHEAD = select(func.max(t.chain_link.c.last_id)).where(
    t.chain_link.c.last_id >= bindparam("end"), t.chain_link.c.at_us < bindparam("ends_us")
)


def id_range(connection: Connection, first: date, last: date) -> tuple[int, int]:
    """Return the first id of these days, both included, and the first behind them if no clock went back."""
    begins_us = microseconds(datetime.combine(first, time(), UTC)) - _BEFORE_US
    begin = first_id_at(begins_us)
    if first > date.min:
        key = close_key((first - _DAY).isoformat())
        at_close = connection.execute(_ID_AT_CLOSE, {"key": key}).scalar_one_or_none()
        begin = begin if at_close is None else min(begin, at_close + 1)
    return begin, first_id_at(_ends_us(last))


def ids_around(connection: Connection, day: date) -> tuple[int, int]:
    """Return the first id that an entry of this day can have, and the first behind all that its clock gave.

    What lies before is of days before; what lies behind is of days after. Where a clock was set back, ids
    count on, so that the second lies as far behind as ids were ahead of the clock then.
    """
    begin, end = id_range(connection, day, day)
    ahead = connection.execute(_AHEAD, {"end": end, "ends_us": _ends_us(day)}).scalar_one()
    return begin, end if ahead is None else ahead + 1


def _ends_us(day: date) -> int:
    # Added in microseconds: behind the last date there is no date, and there are no ids either.
    return microseconds(datetime.combine(day, time(), UTC)) + _BEHIND_US
