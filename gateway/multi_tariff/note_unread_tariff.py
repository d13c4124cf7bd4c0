"""Tell a person that an approved version cannot be read, so that the prices before it go on.

A version was read when it was drafted and when it was approved. That it cannot be read now means that the
gateway is of another version than the program that approved it, or that the row is damaged. One note for each
version; the health check tells it until it is put right.

No entry is made. The only answer is the note; it is there already where it was noted before and nobody has
closed it. Nothing is remembered: what still cannot be read after it was closed is noted anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Noted

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.tariff_life import TariffVersion

#: Who gives this order, as the journal names it.
_CHANNEL: Final = "tariffs"

#: What the note is called among the exceptions.
KIND: Final = "unread_tariff"


@dataclass(frozen=True, slots=True)
class NoteUnreadTariff:
    """Put a version that cannot be read on a person's list."""

    version: TariffVersion
    why: str

    #: One note for each version says all there is to say.
    digest = KIND

    @property
    def key(self) -> str:
        """The one note that a version can have."""
        return f"{KIND}/{self.version.power_type}/{self.version.version}"

    @property
    def channel(self) -> str:
        """Not a bank: the watch over the versions."""
        return _CHANNEL

    def needs(self) -> Needs:
        """Is the version's note open?"""
        return Needs(office=OfficeNeeds(noted=((KIND, self.key),)))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Note it, unless it is on the list."""
        if (KIND, self.key) in books.office.noted:
            return Decision(Noted(0))
        note = ExceptionNote(
            kind=KIND,
            bank="",
            key=self.key,
            sale_id=None,
            text=(
                f"the version is approved and the gateway cannot read it ({self.why}); it goes on with the "
                "prices that it has; run the gateway that it was approved with, or withdraw the version"
            ),
        )
        return Decision(Noted(0), exception=note)
