"""What every order that a form brings is made of: who gives it, once, and in which branch."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Final

from gateway.core.books import Decision, Needs
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.person import LOCAL, office_channel

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books

#: A branch that nobody and nothing belongs to: no code looks so. Customers without a branch have "".
_NO_BRANCH: Final = "?"


@dataclass(frozen=True, slots=True)
class FormOrder:
    """An order of a person. ``nonce`` is drawn with the form, so that it is carried out once."""

    by: str
    nonce: str

    #: Fields that say nothing of what is ordered: another one is the same order.
    beside: ClassVar[frozenset[str]] = frozenset({"nonce"})

    @property
    def key(self) -> str:
        """The form that was sent."""
        return f"office/{self.by}/{self.nonce}"

    @property
    def digest(self) -> str:
        """All that was said, hidden texts as well."""
        fields = (name for name in self.__dataclass_fields__ if name not in {"beside", *self.beside})
        said = [f"{name}={getattr(self, name)!r}" for name in fields]
        return sha256("\n".join((type(self).__name__, *said, *self.hidden())).encode()).hexdigest()

    @property
    def channel(self) -> str:
        """Who gave it, as the journal names him."""
        return office_channel(self.by)

    def hidden(self) -> tuple[str, ...]:
        """What its repr masks and its digest must not."""
        return ()

    def needs(self) -> Needs:
        """The form's key."""
        return Needs(keys=(self.key,))

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or do it."""
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


def not_done(reason: OfficeRefusal, detail: str = "") -> Decision:
    """Make the decision of a refusal."""
    return Decision(NotDone(reason, detail))
