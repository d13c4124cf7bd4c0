"""Tell a bank where the credit of a meter on a line is: what it was answered, with how things stand.

Nothing is booked. What stands of the order over the line is said beside the content, and is never stored with
it: the same payment sent again gets the same bytes, while a question gets what is true now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileNeeds
from gateway.core.line_books import LineNeeds
from gateway.core.outcome import Approved
from gateway.core.payment import handover_key

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books


@dataclass(frozen=True, slots=True)
class AskRemote:
    """Where is the credit of this payment, which was answered with ``content``?"""

    payment: str
    content: Approved

    digest = "ask-remote"
    #: Nothing is written, so the journal names nobody.
    channel = ""

    @property
    def key(self) -> str:
        """The question; it is never remembered."""
        return f"ask-remote/{self.payment}"

    def needs(self) -> Needs:
        """The order, and what went out."""
        lines = LineNeeds(payments=(self.payment,))
        return Needs(keys=(handover_key(self.payment),), files=FileNeeds(lines=lines))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Say it."""
        order, out = books.files.lines.of_payment(self.payment), books.known.get(handover_key(self.payment))
        content = None if out is None else out.recall()
        said = content if isinstance(content, Approved) else self.content
        return Decision(said if order is None else replace(said, loading=order.state))
