"""Keep what a meter wrote back on a card, before the next purchase clears it. It moves nothing.

The diary has it, which is sealed: which card, what the meter says of itself and of what remains, and the hash
of the bytes. It is no reading: no kind of card returns the meter's register, and without that nothing can be
counted. Whatever stands there is kept, also what no meter would say: it must not hold up the sale.

Sent again it is the same: its key is the hash of card and bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.core.authority import Function
from gateway.core.books import Decision, Needs
from gateway.core.counter import taken_at
from gateway.core.diary import Action, Actor, DiaryLine, DiaryOutcome
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.core.books import Books

#: Characters of the values in the diary's line: some twenty fields of a card.
_VALUES_MAX = 1_500


@dataclass(frozen=True, slots=True)
class KeepReturn:
    """What the card ``serial`` brought back to ``station``: its values by name, and ``raw`` in hex."""

    station: str
    address: str
    serial: str
    profile: str
    values: Mapping[str, Any]
    raw: str

    @property
    def key(self) -> str:
        """The card, and what stood on it."""
        said = f"{self.serial} {self.profile} {self.raw}"
        return f"card-return/{sha256(said.encode()).hexdigest()}"

    @property
    def digest(self) -> str:
        """The bytes say it all; the values are only how a station reads them."""
        return self.serial

    @property
    def channel(self) -> str:
        """The station."""
        return taken_at(self.station)

    def needs(self) -> Needs:
        """Its key, and the diary's next line."""
        return Needs(keys=(self.key,), office=OfficeNeeds())

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Keep it, once."""
        known = books.known.get(self.key)
        if known is not None:
            is_same = known.digest == self.digest
            return Decision(known.recall() if is_same else NotDone(OfficeRefusal.REFERENCE_USED))
        values = json.dumps(self.values, sort_keys=True, ensure_ascii=False)[:_VALUES_MAX]
        hashed = sha256(bytes.fromhex(self.raw)).hexdigest()
        line = DiaryLine(
            Actor(taken_at(self.station), self.station, self.address, self.station),
            Function.READINGS.value,
            Action.ORDER,
            f"card {self.serial}",
            DiaryOutcome.DONE,
            f"returned on {self.profile}: {values}; sha256 {hashed}",
        )
        return Decision(Changed(self.serial), remembered=True, diary=(line,))
