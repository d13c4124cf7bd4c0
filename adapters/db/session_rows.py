"""Keeps in mind that somebody is still there: the one thing of a session that changes with every request.

Past the poster on purpose: it moves nothing, the chain does not seal it, and a minute more or less harms
nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, update

from adapters.db import tables as t
from adapters.db.opening import faults_in_words

if TYPE_CHECKING:
    from sqlalchemy import Engine

_s = t.session.c
_SEEN: Final = (
    update(t.session)
    .where(_s.id == bindparam("session"), _s.ended_us.is_(None), _s.seen_us < bindparam("at"))
    .values(seen_us=bindparam("at"))
)


class SessionRows:
    """Writes when a session was seen; DatabaseFault where the database does not serve."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seen(self, session: str, at_us: int) -> None:
        """Note that a request came; one that is ended, or was seen later, stays as it is."""
        with faults_in_words(), self._engine.begin() as connection:
            connection.execute(_SEEN, {"session": session, "at": at_us})
