"""Keeps in mind that somebody is still there, and takes out sessions that have long been over.

Past the poster on purpose: it moves nothing, the chain does not seal it, and a minute more or less harms
nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update

from adapters.db import tables as t
from adapters.db.opening import faults_in_words
from gateway.core.session import KEPT_US

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: Sessions taken out in one go: some milliseconds for which a payment of the embedded database waits.
GONE_AT_ONCE_MAX: Final = 500

_s = t.session.c
_SEEN: Final = (
    update(t.session)
    .where(_s.id == bindparam("session"), _s.ended_us.is_(None), _s.seen_us < bindparam("at"))
    .values(seen_us=bindparam("at"))
)
# None of them stands: a session lasts a day at most, whatever became of it.
_OLD: Final = select(_s.id).where(_s.began_us < bindparam("before")).limit(GONE_AT_ONCE_MAX)
_FORGET: Final = delete(t.session).where(_s.id.in_(_OLD))


class SessionRows:
    """Writes when a session was seen; DatabaseFault where the database does not serve."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, session: str, at_us: int) -> None:
        """Note that a request came; one that is ended, or was seen later, stays as it is."""
        with faults_in_words(), self._engine.begin() as connection:
            connection.execute(_SEEN, {"session": session, "at": at_us})

    def forget(self, at_us: int) -> int:
        """Take out some of those that have been over for a month; says how many."""
        with faults_in_words(), self._engine.begin() as connection:
            return connection.execute(_FORGET, {"before": at_us - KEPT_US}).rowcount
