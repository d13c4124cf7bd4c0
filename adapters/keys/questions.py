"""The questions that wait for the PKCS#11 worker: each has a deadline, and there are so many at most."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, fail

from adapters.keys.worker_words import OF_A_KEY, Trouble
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUESTIONS_MAX: Final = 2_000
"""Questions that wait for answers: a second of a slow module's work, and four of the ledger's batches."""


class Pkcs11Refusal(IssuerRefusal):
    """The module makes no key for this meter now; ``trouble`` says it in the operator's words."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(IssuerRefusalWhy.NO_KEY if trouble in OF_A_KEY else IssuerRefusalWhy.UNREACHABLE)
        self.trouble = trouble

    def __str__(self) -> str:
        """Say what is wrong at the module."""
        return self.trouble.value


@dataclass(slots=True, eq=False, repr=False)
class Question:
    """What is asked, who waits for it, and since when the worker has it."""

    number: int
    asked: dict[str, Any]  # what JSON holds is of any type
    answer: Deferred[bytes]
    timer: Any  # Twisted's IDelayedCall, which carries no types
    sent_at: float = 0.0

    def words(self) -> dict[str, Any]:  # likewise
        """Return what is sent."""
        return {"id": self.number, **self.asked}


class Questions:
    """Whatever was asked and is not answered yet; ``overdue`` hears of each whose time is over."""

    def __init__(self, clock: Any, deadline_s: float, overdue: Callable[[Question], None]) -> None:  # noqa: ANN401
        self._clock = clock
        self._deadline_s = deadline_s
        self._overdue = overdue
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Question] = {}

    def __iter__(self) -> Iterator[Question]:
        """Give those that wait, in the order they were asked."""
        return iter(tuple(self._waiting.values()))

    def ask(self, asked: dict[str, Any]) -> Question:  # likewise
        """Add a question; one too many is refused (BUSY) and does not wait."""
        number = next(self._numbers)
        if len(self._waiting) >= QUESTIONS_MAX:
            return Question(number, asked, fail(Pkcs11Refusal(Trouble.BUSY)), None)
        timer = self._clock.callLater(self._deadline_s, self._time_over, number)
        answer: Deferred[bytes] = Deferred(lambda _: self._give_up(number))
        question = Question(number, asked, answer, timer)
        self._waiting[number] = question
        return question

    def answer(self, number: int, mac: bytes) -> None:
        """Answer a question, if anybody waits for it still."""
        question = self._forget(number)
        if question is not None:
            question.answer.callback(mac)

    def refuse(self, number: int, trouble: Trouble) -> None:
        """Refuse a question, if anybody waits for it still."""
        question = self._forget(number)
        if question is not None:
            question.answer.errback(Pkcs11Refusal(trouble))

    def _time_over(self, number: int) -> None:
        self._overdue(self._waiting[number])

    def _give_up(self, number: int) -> None:
        """Whoever asked waits no longer."""
        self._forget(number)

    def _forget(self, number: int) -> Question | None:
        question = self._waiting.pop(number, None)
        if question is not None and question.timer.active():
            question.timer.cancel()
        return question
