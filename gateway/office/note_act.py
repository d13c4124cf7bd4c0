"""Write a line into the diary of what needs no entry: an export, a print, a token shown again, a refusal.

The line is written before the thing is done: what was shown without a line would be shown unseen. Who may not
is refused here, in the books, whatever the page thought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.diary import Action, DiaryLine, DiaryOutcome
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.authority import Function
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
