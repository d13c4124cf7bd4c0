"""Tell a person that notices were given up: the receiver refuses them, or did not answer for days.

One note for each day of the utility, with the first notice that was given up. A receiver that is set up
wrongly refuses everything, and a list with a row for each sale would hide the exceptions about money. Which
notices they are, ``powertill outbox`` says; the health check tells it until the last of them is gone.

No entry is made. The only answer is the note; it is there already where another was given up that day and
nobody has closed it yet. Nothing is remembered: what is given up after it was closed is noted anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Noted

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.core.books import Books
    from gateway.core.delivery import LeasedNotice

#: Who gives this order, as the journal names it.
_CHANNEL = "outbox"

#: What the note is called among the exceptions.
KIND: Final = "undelivered"


@dataclass(frozen=True, slots=True)
class NoteUndelivered:
    """Put the day's first undelivered notice on a person's list; ``why`` is the last attempt's."""

    notice: LeasedNotice
    why: str
    day: date

    #: One note a day says all there is to say.
    digest = KIND

    @property
    def key(self) -> str:
        """The one note that a day can have."""
        return f"undelivered/{self.day.isoformat()}"

    @property
    def channel(self) -> str:
        """Not a bank: the outbox itself."""
        return _CHANNEL

    def needs(self) -> Needs:
        """Is the day's note open?"""
        return Needs(office=OfficeNeeds(noted=((KIND, self.key),)))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Note it, unless it is on the list."""
        notice = self.notice
        noted = Noted(notice.receipt_no or 0)
        if (KIND, self.key) in books.office.noted:
            return Decision(noted)
        note = ExceptionNote(
            kind=KIND,
            bank="",
            key=self.key,
            sale_id=notice.subject if notice.receipt_no is not None else None,
            text=(
                f"notices could not be delivered, the first is number {notice.id} ({notice.kind}: "
                f"{self.why}); put the receiver right, then: powertill outbox retry"
            ),
        )
        return Decision(noted, exception=note)
