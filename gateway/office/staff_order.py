"""What every order about people and places is made of: who gives it, once, and what it may not touch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.core.books import Decision, Needs
from gateway.core.diary import TOLD_MAX, plain
from gateway.core.life_told import SEPARATOR
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.people_told import rows_told
from gateway.core.person import LOCAL, PERSON_MAX, is_said, office_channel

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.office_books import OfficeChange

#: A branch that nobody and nothing belongs to.
_NO_BRANCH: Final = ""


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """An order about people or places. ``nonce`` is drawn with the form, so that it is carried out once."""

    by: str
    nonce: str

    @property
    def key(self) -> str:
        """The form that was sent."""
        return f"office/{self.by}/{self.nonce}"

    @property
    def digest(self) -> str:
        """All that was said, hidden texts as well."""
        said = [f"{name}={getattr(self, name)!r}" for name in self.__dataclass_fields__ if name != "nonce"]
        return sha256("\n".join((type(self).__name__, *said, *self.hidden())).encode()).hexdigest()

    @property
    def channel(self) -> str:
        """Who gave it, as the journal names him."""
        return office_channel(self.by)

    def hidden(self) -> tuple[str, ...]:
        """What its repr masks and its digest must not."""
        return ()

    def wants(self) -> OfficeNeeds:
        """What it wants of the office."""
        return OfficeNeeds(everyone=True)

    def needs(self) -> Needs:
        """The form's key, and what it wants."""
        return Needs(keys=(self.key,), office=self.wants())

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or change."""
        known = books.known.get(self.key)
        if known is not None:
            same = known.digest == self.digest
            return Decision(known.recall() if same else NotDone(OfficeRefusal.REFERENCE_USED))
        return self.change(books, now)

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or say what changes."""
        raise NotImplementedError

    @property
    def is_local(self) -> bool:
        """Is it given at the machine?"""
        return self.by.startswith(LOCAL)

    def giver_branch(self, books: Books) -> str | None:
        """Give the branch in which she may change things; None is everywhere, as it is at the machine."""
        if self.is_local:
            return None
        giver = books.office.operators.get(self.by)
        return _NO_BRANCH if giver is None else giver.branch


def changed(subject: str, version: int, office: OfficeChange, told: str) -> Decision:
    """Make the decision of a change: the diary tells what was changed to what, and the digest of each row."""
    said = SEPARATOR.join(part for part in (plain(told, TOLD_MAX), rows_told(office)) if part)
    return Decision(Changed(subject, version), remembered=True, office=office, told=said)


def not_done(reason: OfficeRefusal, detail: str = "") -> Decision:
    """Make the decision of a refusal."""
    return Decision(NotDone(reason, detail))


def is_name(text: str) -> bool:
    """Can it be the name of somebody or something?"""
    return is_said(text, PERSON_MAX)


def difference(before: object, after: object, *names: str) -> str:
    """Say which of these fields are others now, and what they were."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return ", ".join(f"{name}: {_as_kept(old)} → {_as_kept(new)}" for name, old, new in pairs if old != new)


def _as_kept(value: object) -> str:
    return repr(value.value if isinstance(value, Enum) else value)
