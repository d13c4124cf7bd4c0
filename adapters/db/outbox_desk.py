"""The outbox as an operator sees it: what lies there by kind, what was tried in vain, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select, update

from adapters.db import tables as t
from adapters.db.opening import faults_in_words, reading
from gateway.core.delivery import NEVER_US

if TYPE_CHECKING:
    from sqlalchemy import Engine

_o = t.outbox.c
_GIVEN_UP = _o.due_us == NEVER_US
_KINDS = (
    select(_o.kind, func.count().filter(~_GIVEN_UP), func.count().filter(_GIVEN_UP))
    .group_by(_o.kind)
    .order_by(_o.kind)
)
_OLDEST_US = select(func.min(_o.at_us)).where(~_GIVEN_UP)
_TRIED = select(_o.id, _o.kind, _o.subject, _o.at_us, _o.due_us, _o.attempts).where(_o.attempts > 0)


class KindCount(NamedTuple):
    """How many notices of a kind wait, and how many were given up."""

    kind: str
    waiting: int
    undelivered: int


class TriedRow(NamedTuple):
    """A notice that was tried and is still there; one whose attempt is under way looks alike."""

    id: int
    kind: str
    subject: int
    at_us: int
    due_us: int
    attempts: int

    @property
    def is_given_up(self) -> bool:
        """Does it wait for a person?"""
        return self.due_us == NEVER_US


class OutboxDesk:
    """Reads the outbox beside a running gateway; DatabaseFault where the database does not serve."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def kinds(self) -> list[KindCount]:
        """Count the notices of each kind."""
        with faults_in_words(), reading(self._engine) as connection, connection.begin():
            return [KindCount(*row) for row in connection.execute(_KINDS)]

    def oldest_us(self) -> int | None:
        """Say when the oldest notice was written that is still to be delivered, or None."""
        with faults_in_words(), reading(self._engine) as connection, connection.begin():
            oldest_us: int | None = connection.execute(_OLDEST_US).scalar_one()
            return oldest_us

    def tried(self, most: int) -> list[TriedRow]:
        """Give notices that were tried in vain, those given up first, then the oldest; at most so many."""
        first_given_up = (~_GIVEN_UP, _o.id)
        with faults_in_words(), reading(self._engine) as connection, connection.begin():
            rows = connection.execute(_TRIED.order_by(*first_given_up).limit(most))
            return [TriedRow(*row) for row in rows]

    def retry(self, id_: int | None = None) -> int:
        """Make a notice due now, or all that were given up; with its attempts before it, as when it was new.

        How many they were. A delivery that is under way is not stopped, so one notice may be sent twice.
        """
        wanted = _GIVEN_UP if id_ is None else _o.id == id_
        with faults_in_words(), self._engine.begin() as connection:
            return connection.execute(update(t.outbox).where(wanted).values(due_us=0, attempts=0)).rowcount
