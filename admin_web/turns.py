"""Questions of the pages, so many of one session at a time: who asks on and on keeps nobody else waiting.

Few threads answer the questions of all. A browser holds six connections to a site, so a page of hers never
meets the limit; who opens a slow list again and again, or has a program ask, is sent away and told so.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from gateway.ports import TooManyAtOnce

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.core.views import Query, RowT, TotalsT
    from gateway.ports import Views

#: Questions of one session that wait or are being answered: a browser's six pages ask for two things at once
#: each, and two more are of a page that it gave up.
QUESTIONS_EACH_MAX: Final = 14


class TooManyQuestions(TooManyAtOnce):
    """This session has so many questions on their way that no further one is put."""


class Turns:
    """Knows how many questions of each session are on their way; who goes away has hers until they end."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def of(self, session: str, views: Views) -> Views:
        """Give the views that this session asks; they raise TooManyQuestions."""
        return _ViewsOfOne(self, session, views)

    @contextmanager
    def turn(self, session: str) -> Iterator[None]:
        """Hold a turn; TooManyQuestions."""
        if self._asked.get(session, 0) >= QUESTIONS_EACH_MAX:
            raise TooManyQuestions(f"{QUESTIONS_EACH_MAX} questions of one session are on their way")
        self._asked[session] += 1
        try:
            yield
        finally:
            self._asked[session] -= 1
            if not self._asked[session]:
                del self._asked[session]


class _ViewsOfOne:
    """Obeys ``ports.Views``."""

    def __init__(self, turns: Turns, session: str, views: Views) -> None:
        self._turns = turns
        self._session = session
        self._views = views

    async def rows(self, query: Query[RowT, Any]) -> Sequence[RowT]:
        """See ``ports.Views``."""
        with self._turns.turn(self._session):
            return await self._views.rows(query)

    async def count(self, query: Query[Any, Any]) -> int:
        """See ``ports.Views``."""
        with self._turns.turn(self._session):
            return await self._views.count(query)

    async def totals(self, query: Query[Any, TotalsT]) -> TotalsT:
        """See ``ports.Views``."""
        with self._turns.turn(self._session):
            return await self._views.totals(query)
