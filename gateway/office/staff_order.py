"""What every order about people and places is made of: who gives it, once, and what it may not touch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.diary import TOLD_MAX, plain
from gateway.core.form_order import FormOrder, not_done
from gateway.core.life_told import SEPARATOR
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.people_told import rows_told
from gateway.core.person import PERSON_MAX, is_said

if TYPE_CHECKING:
    from gateway.core.office_books import OfficeChange

__all__ = ["StaffOrder", "changed", "difference", "is_name", "not_done"]


@dataclass(frozen=True, slots=True)
class StaffOrder(FormOrder):
    """An order about people or places."""

    def wants(self) -> OfficeNeeds:
        """What it wants of the office."""
        return OfficeNeeds(everyone=True)

    def needs(self) -> Needs:
        """The form's key, and what it wants."""
        return Needs(keys=(self.key,), office=self.wants())


def changed(subject: str, version: int, office: OfficeChange, told: str) -> Decision:
    """Make the decision of a change: the diary tells what was changed to what, and the digest of each row."""
    said = SEPARATOR.join(part for part in (plain(told, TOLD_MAX), rows_told(office)) if part)
    return Decision(Changed(subject, version), remembered=True, office=office, told=said)


def is_name(text: str) -> bool:
    """Can it be the name of somebody or something?"""
    return is_said(text, PERSON_MAX)


def difference(before: object, after: object, *names: str) -> str:
    """Say which of these fields are others now, and what they were."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return ", ".join(f"{name}: {_as_kept(old)} → {_as_kept(new)}" for name, old, new in pairs if old != new)


def _as_kept(value: object) -> str:
    return repr(value.value if isinstance(value, Enum) else value)
