"""A visit to a meter: what is wanted of it, what became of each of it, and the conversation in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gateway.core.contact import ENDS, ContactFault, ContactWhy, ItemsRead, ProfileRead
from gateway.core.meter_items import ItemsSaid, by_name
from gateway.core.meter_noticed import KnownBefore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from gateway.codecs.meter_model.model import MeterModel
    from gateway.core.contact import ItemWritten
    from gateway.core.reading_plan import Wants
    from gateway.ports import MeterTalk


class VisitSlot(NamedTuple):
    """What is wanted, for which moment in seconds since 1970 UTC."""

    wants: Wants
    at_s: int


class SlotEnded(NamedTuple):
    """What became of a slot: by which ``fault`` it was not read; None: it was."""

    slot: VisitSlot
    fault: ContactFault | None = None

    @property
    def why(self) -> ContactWhy | None:
        """Why it was not read; None: it was."""
        return None if self.fault is None else self.fault.why


@dataclass(frozen=True, slots=True)
class MeterVisit:
    """A meter of a model that is to be read; ``zone`` is what its clock shows.

    ``slots`` may be of several moments, as of a gap. ``before`` is what was known of it.
    """

    pan: str
    model: MeterModel
    zone: tzinfo
    slots: tuple[VisitSlot, ...]
    before: KnownBefore = field(default_factory=KnownBefore)

    def of(self, wants: Wants) -> tuple[VisitSlot, ...]:
        """Give what of one kind is wanted, the oldest moment first, each once."""
        return tuple(sorted({slot for slot in self.slots if slot.wants is wants}, key=lambda one: one.at_s))

    def has(self, items: Sequence[str]) -> list[str]:
        """Give those of some items that its model has."""
        return [item for item in items if item in self.model.items]


class Asking:
    """A conversation in which nothing more is asked once it has ended.

    ``ended``: by what. ``is_shut``: the meter did not take the password, which is not said again.
    """

    def __init__(self, talk: MeterTalk, now: Callable[[], datetime]) -> None:
        self._talk = talk
        self.now = now
        self.ended: ContactFault | None = None
        self.is_shut = False

    async def items(self, names: Sequence[str]) -> ItemsSaid:
        """Read items; those that are missing have their reasons."""
        if not names or self.ended is not None:
            return ItemsSaid({}, dict.fromkeys(names, self.ended) if self.ended else {})
        try:
            found = await self._talk.read(names)
        except ContactFault as fault:
            found = ItemsRead((), tuple((name, fault) for name in names))
        for _, why in found.missing:
            self._note(why, has_read=bool(found.read))
        return ItemsSaid(by_name(found.read), dict(found.missing))

    async def profile(self, first: datetime, last: datetime, item: str) -> ProfileRead:
        """Read the rows of a profile."""
        if (ended := self._may_not()) is not None:
            return ProfileRead((), ended)
        try:
            found = await self._talk.profile(first, last, item)
        except ContactFault as fault:
            found = ProfileRead((), fault)
        if found.fault is not None:
            self._note(found.fault, has_read=False)
        return found

    async def write(self, item: str, text: str) -> ItemWritten | ContactFault:
        """Write an item, once, and read it back."""
        if (ended := self._may_not()) is not None:
            return ended
        try:
            done = await self._talk.write(item, text)
        except ContactFault as fault:
            self._note(fault, has_read=False)
            return fault
        if done.fault is not None:
            self._note(done.fault, has_read=done.now is not None)
        return done

    def _may_not(self) -> ContactFault | None:
        if self.is_shut:
            return ContactFault(ContactWhy.AUTH, "the meter did not take the password in this contact")
        return self.ended

    def _note(self, fault: ContactFault, *, has_read: bool) -> None:
        """Note a fault that ends the contact. What is read without a password is read on without it."""
        if fault.why is ContactWhy.AUTH:
            self.is_shut = True
        if fault.why in ENDS and not (fault.why is ContactWhy.AUTH and has_read):
            self.ended = self.ended or fault


def refused(said: str) -> ContactFault:
    """Say that the meter has not got it, in words."""
    return ContactFault(ContactWhy.REFUSED, said)
