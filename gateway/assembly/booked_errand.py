"""An errand that needs the books: where they do not serve, its call ends, and is made again in a while.

Nobody else's errand would fare better, and the meter has done nothing wrong: it loses no try. Lines rest a
few minutes then, as after faults of their own, so calls are not paid for in vain.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from adapters.db.opening import DatabaseFault
from gateway.core.contact import ContactFault, ContactWhy
from gateway.events import event
from gateway.ports import LedgerBusy, OutcomeUnknown, TakesTooLong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.lines.crew import Errand
    from adapters.lines.talk import Wanted
    from gateway.ports import MeterTalk

log = logging.getLogger("powertill.lines")


class BookedErrand:
    """Carries an errand out; what the books do not take or tell is a ``ContactFault`` of our own line."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    async def ready(self) -> Wanted:
        """Say which meter it is, and what lets us in."""
        with _books():
            return await self._errand.ready()

    async def carry_out(self, talk: MeterTalk) -> ContactWhy | None:
        """Do it."""
        with _books():
            return await self._errand.carry_out(talk)


@contextmanager
def _books() -> Iterator[None]:
    try:
        yield
    except (DatabaseFault, LedgerBusy, OutcomeUnknown, TakesTooLong) as fault:
        event(log, "lines.books_silent", level=logging.WARNING, raised=fault)
        raise ContactFault(ContactWhy.LINE, "the books do not serve") from None
