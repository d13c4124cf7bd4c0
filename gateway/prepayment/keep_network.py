"""Keep the network's dictionary: enter an area, a feeder or a transformer, or change one.

Nothing is taken out: supply points have it in their files. What is not used any more is offered no more. The
network is the whole utility's: who belongs to a branch does not change it.

Refusals: other_branch, bad_code, bad_name, unknown_place, code_used, twice_at_once, no_changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.network import ABOVE
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import PERSON_MAX, is_said
from gateway.core.staff import CODE

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.network import NetworkPlace


@dataclass(frozen=True, slots=True)
class KeepNetworkPlace(FormOrder):
    """A place as it shall stand; ``version`` of it is the one that was looked at, 0 for a new one."""

    place: NetworkPlace

    def needs(self) -> Needs:
        """The dictionary, and whose it is to keep."""
        return Needs(keys=(self.key,), files=FileNeeds(), office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or write it."""
        before, said = books.files.network.get(self.place.code), self.place
        refusal = self._refusal(books, before)
        if refusal is not None:
            return not_done(*refusal)
        after = replace(said, version=said.version + 1)
        kind = AmendmentKind.REGISTERED if before is None else AmendmentKind.CORRECTED
        change = FileChange(network=(after,), amendments=(amended(kind, before, after, self.by),))
        told = f"{after.kind.value} {after.code}: {kind.value}"
        return Decision(Changed(after.code, after.version), remembered=True, files=change, told=told)

    def _refusal(self, books: Books, before: NetworkPlace | None) -> tuple[OfficeRefusal, str] | None:
        said = self.place
        if self.giver_branch(books) is not None:
            return OfficeRefusal.OTHER_BRANCH, ""
        if not CODE.fullmatch(said.code):
            return OfficeRefusal.BAD_CODE, ""
        if not is_said(said.name, PERSON_MAX):
            return OfficeRefusal.BAD_NAME, ""
        if before is not None and said.version == 0:
            return OfficeRefusal.CODE_USED, said.code
        if said.version != (0 if before is None else before.version):
            return OfficeRefusal.TWICE_AT_ONCE, ""
        if before is not None and said.kind is not before.kind:
            return OfficeRefusal.UNKNOWN_PLACE, f"{before.kind.value} {said.code}"
        if said == before:
            return OfficeRefusal.NO_CHANGES, ""
        above = ABOVE[said.kind]
        parent = books.files.network.get(said.parent)
        if above is None:
            return (OfficeRefusal.UNKNOWN_PLACE, said.parent) if said.parent else None
        if parent is None or parent.kind is not above:
            return OfficeRefusal.UNKNOWN_PLACE, f"{above.value} {said.parent}"
        return None
