"""What the ledger needs from time to time: its head copied elsewhere, next months' partitions made, old
sessions taken out.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

from adapters.db.opening import (
    PARTITION_WAIT_MS,
    Database,
    DatabaseFault,
    DatabaseHeld,
    has_partition,
    is_any_unplaced,
    make_partitions,
)
from gateway.core.timeline import microseconds
from gateway.events import event
from gateway.proof.heads import head_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from adapters.db.session_rows import SessionRows
    from gateway.core.chain import Link

log = logging.getLogger("powertill.ledger")

#: A month that comes sooner must have its partition.
_NEAR: Final = timedelta(days=31)


class Chore:
    """Does one thing at once and then every ``every_s`` seconds; one that fails is logged and tried again.

    ``do`` is called on ``run_elsewhere`` (a thread). ``trouble`` says what went wrong last time, or is None.
    """

    def __init__(
        self,
        name: str,
        do: Callable[[], object],
        run_elsewhere: Callable[..., Deferred[Any]],
        clock: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
        every_s: float,
    ) -> None:
        self.name = name
        self.trouble: str | None = None
        self._do = do
        self._run_elsewhere = run_elsewhere
        self._every_s = every_s
        self._doing: Deferred[None] = succeed(None)
        self._turns = LoopingCall(self._begin)
        self._turns.clock = clock

    def start(self) -> None:
        """Do it now, and from now on regularly."""
        self._turns.start(self._every_s)

    def stop(self) -> Deferred[None]:
        """Do it a last time; fires when that is done."""
        if not self._turns.running:
            return self._doing
        self._turns.stop()
        last: Deferred[None] = Deferred()
        self._doing.addCallback(lambda _: self._begin().chainDeferred(last))
        return last

    def _begin(self) -> Deferred[None]:
        self._doing = self._run_elsewhere(self._do).addCallbacks(self._done, self._failed)
        return self._doing

    def _done(self, _result: object) -> None:
        self.trouble = None

    def _failed(self, failure: Any) -> None:  # noqa: ANN401 - Twisted's Failure
        self.trouble = f"{self.name}: {failure.getErrorMessage()}"
        event(log, "ledger.chore_failed", level=logging.ERROR, chore=self.name, raised=failure.value)


def keep_partitions(database: Database, now: Callable[[], datetime]) -> None:
    """Make partitions a year ahead, unless somebody reads the tables just now: payments would wait with us.

    DatabaseFault where a month is near that has none, or where entries came into the default partition.
    """
    today = now().date()
    try:
        make_partitions(database, today, wait_ms=PARTITION_WAIT_MS)
    except DatabaseHeld:
        if not all(has_partition(database, day) for day in (today, today + _NEAR)):
            raise
        event(log, "ledger.partitions_later")
    if is_any_unplaced(database):
        raise DatabaseFault("entries lie in the default partition; cure: see that the clock is right")


def forget_sessions(sessions: SessionRows, queued: Callable[[], int], now: Callable[[], datetime]) -> None:
    """Take out sessions that have long been over, unless a payment waits just now: the next hour will do."""
    if queued():
        return
    gone = sessions.forget(microseconds(now()))
    if gone:
        event(log, "office.sessions_forgotten", sessions=gone)


def _is_torn(file: IO[bytes]) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


class HeadCopies:
    """Appends the chain's head to a file, when it has moved: best a file that lies on another machine.

    The head goes to the log as well, so that a log that is collected elsewhere is such a copy, too.
    """

    def __init__(self, file: Path | None, read_head: Callable[[], Link | None]) -> None:
        self._file = file
        self._read_head = read_head
        self._last: str | None = None

    def copy(self) -> None:
        """Copy the head; OSError where the file cannot be written."""
        head = self._read_head()
        if head is None or head.mac == self._last:
            return
        if self._file is not None:
            with self._file.open("a+b") as copies:
                # A line that a full disk has torn must not spoil the next one; empty lines are nothing.
                copies.write(b"\n" if _is_torn(copies) else b"")
                copies.write(head_line(head).encode("ascii") + b"\n")
                copies.flush()
                os.fsync(copies.fileno())
        self._last = head.mac
        event(log, "ledger.head", link=head.number, position=head.last_position, mac=head.mac)
