"""Write a line into the diary of what needs no entry: an export, a print, a token shown again, a refusal.

The line is written before the thing is done: what was shown without a line would be shown unseen. Who may not
is refused here, in the books, whatever the page thought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.authority import Function
from gateway.core.books import Decision, Needs
from gateway.core.diary import TOLD_MAX, Action, DiaryLine, DiaryOutcome, plain
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.timeline import microseconds
from gateway.office.authorised import office_needs, rights, stands

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.authority import Level
    from gateway.core.books import Books
    from gateway.core.diary import Actor


@dataclass(frozen=True, slots=True)
class NoteAct:
    """The inside of an ``Authorised`` that changes nothing but the diary; ``told`` stands there as well."""

    subject: str
    told: str = ""

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """Its own; nothing is remembered under it."""
        return f"note/{self.subject}"

    def needs(self) -> Needs:
        """Nothing."""
        return Needs()

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets both
        """It may be done."""
        return Decision(Changed(self.subject), told=self.told)


@dataclass(frozen=True, slots=True)
class NotePrint:
    """A page is printed by whoever has it before her. ``right`` is the page's; None: any session will do.

    It is no order, so it never waits for a second person, whatever the page's level. The page's pattern ends
    the detail: what a person has typed into a filter stands before what the program says.
    """

    actor: Actor
    right: tuple[Function, Level] | None
    subject: str
    filters: str
    pattern: str

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """Its own; nothing is remembered under it."""
        return f"print/{self.subject}"

    def needs(self) -> Needs:
        """Who prints, and whether she is still signed in."""
        return Needs(office=office_needs(self.actor))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Write it down, or that it was refused: signed_out, not_allowed."""
        refusal = self._refusal(books, now)
        filters = plain(self.filters, TOLD_MAX)
        said = "; ".join(part for part in (filters, self.pattern) if part)
        function = Function.DASHBOARD if self.right is None else self.right[0]
        outcome = DiaryOutcome.DONE if refusal is None else DiaryOutcome.REFUSED
        detail = said if refusal is None else refusal.sentence
        line = DiaryLine(self.actor, function.value, Action.PRINT, self.subject, outcome, detail)
        return Decision(refusal or Changed(self.subject), diary=(line,))

    def _refusal(self, books: Books, now: datetime) -> NotDone | None:
        if not stands(books, self.actor, microseconds(now)):
            return NotDone(OfficeRefusal.SIGNED_OUT)
        if self.right is None or rights(books, self.actor).may(*self.right):
            return None
        function, level = self.right
        return NotDone(OfficeRefusal.NOT_ALLOWED, f"{function.value}: {level.name.lower()}")


@dataclass(frozen=True, slots=True)
class NoteRefusal:
    """A door has sent somebody away before there was an order: a page that is not hers."""

    actor: Actor
    function: Function
    subject: str
    detail: str

    digest = ""
    channel = ""

    @property
    def key(self) -> str:
        """Its own; nothing is remembered under it."""
        return f"refusal/{self.subject}"

    def needs(self) -> Needs:
        """That the office is loaded, so that the line gets its number."""
        return Needs(office=OfficeNeeds())

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets both
        """Write it down."""
        line = DiaryLine(
            self.actor, self.function.value, Action.SHOW, self.subject, DiaryOutcome.REFUSED, self.detail
        )
        return Decision(Changed(self.subject), diary=(line,))
