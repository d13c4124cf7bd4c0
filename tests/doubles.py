"""Doubles of the ports, for what stands on them; ``tests/contracts`` tries double and real thing alike.

That of ``ports.Views`` is in ``tests/naive_views.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail, succeed

from gateway.ports import LedgerBusy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.core.books import Books, Command
    from gateway.core.outcome import Content


class BooksPoster:
    """``ports.Poster`` on books alone: a batch of one, at once. What was posted is in ``heard``, in order."""

    def __init__(self, books: Books, now: Callable[[], datetime]):
        self.books = books
        self.heard: list[Command] = []
        self._now = now
        self._is_closed = False

    def post(self, command: Command) -> Deferred[Content]:
        if self._is_closed:
            return fail(LedgerBusy("the ledger is closing"))
        self.heard.append(command)
        # The books keep the balances that somebody asked for; a double has no other place for the rest.
        for code in command.needs().balances:
            self.books.balances.setdefault(code, 0)
        try:
            decision = command.decide(self.books, self._now())
        except Exception:  # noqa: BLE001 - as the real one: it reaches whoever waits, and nobody else
            return fail()
        if decision.writes:
            for entry in decision.entries:
                for posting in entry.postings:
                    self.books.balances.setdefault(posting.account, 0)
            self.books.apply(command, decision)
        return succeed(decision.content)

    def close(self) -> None:
        self._is_closed = True
