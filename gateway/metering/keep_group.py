"""Keep a group of meters that are read together: enter it, or change what is in it.

Groups are the whole utility's: who belongs to a branch does not change them. Nothing is taken out; what no
schedule reads any more costs nothing.

Refusals: other_branch, bad_code, bad_name, code_used, twice_at_once, no_changes, unknown_branch,
unknown_place, unknown_model, bad_group, no_way (of a meter in a list: the detail names it).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.codecs.meter_model.model import MODELS
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.line_books import LineChange, LineNeeds
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import PERSON_MAX, is_said
from gateway.core.reading_plan import LISTED_MAX, GroupKind
from gateway.core.staff import CODE

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.reading_plan import MeterGroup, ReadingSchedule

#: Numbers that a refusal names; who wants all of them looks at the list.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class KeepMeterGroup(FormOrder):
    """A group as it shall stand; ``version`` of it is the one that was looked at, 0 for a new one."""

    group: MeterGroup

    def needs(self) -> Needs:
        """The group, the ways of what it lists, the network and the branches."""
        listed = _listed(self.group)[: LISTED_MAX + 1]
        lines = LineNeeds(pans=listed, groups=(self.group.code,))
        return Needs(keys=(self.key,), files=FileNeeds(lines=lines), office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or write it."""
        said, before = self.group, books.files.lines.groups.get(self.group.code)
        refusal = kept_refusal(self, books, before, said) or self._refusal(books)
        if refusal is not None:
            return not_done(*refusal)
        after = replace(said, version=said.version + 1)
        kind = AmendmentKind.REGISTERED if before is None else AmendmentKind.CORRECTED
        change = FileChange(
            lines=LineChange(groups=(after,)), amendments=(amended(kind, before, after, self.by),)
        )
        told = f"group {after.code}: {kind.value}"
        return Decision(Changed(after.code, after.version), remembered=True, files=change, told=told)

    def _refusal(self, books: Books) -> tuple[OfficeRefusal, str] | None:
        said = self.group
        match said.kind:
            case GroupKind.ALL:
                return (OfficeRefusal.BAD_GROUP, "") if said.of else None
            case GroupKind.BRANCH:
                is_known, why = said.of in books.office.branches, OfficeRefusal.UNKNOWN_BRANCH
            case GroupKind.PLACE:
                is_known, why = said.of in books.files.network, OfficeRefusal.UNKNOWN_PLACE
            case GroupKind.MODEL:
                is_known, why = said.of in MODELS, OfficeRefusal.UNKNOWN_MODEL
            case GroupKind.LIST:
                return self._list_refusal(books)
        return None if is_known else (why, said.of)

    def _list_refusal(self, books: Books) -> tuple[OfficeRefusal, str] | None:
        listed = _listed(self.group)
        is_written_once = len(set(listed)) == len(listed) and " ".join(listed) == self.group.of
        if not 1 <= len(listed) <= LISTED_MAX or not is_written_once:
            return OfficeRefusal.BAD_GROUP, ""
        unknown = [pan for pan in listed if pan not in books.files.lines.ways]
        return (OfficeRefusal.NO_WAY, ", ".join(unknown[:_NAMED])) if unknown else None


def _listed(group: MeterGroup) -> tuple[str, ...]:
    return tuple(group.of.split()) if group.kind is GroupKind.LIST else ()


def kept_refusal(
    order: FormOrder,
    books: Books,
    before: MeterGroup | ReadingSchedule | None,
    said: MeterGroup | ReadingSchedule,
) -> tuple[OfficeRefusal, str] | None:
    """Say why nothing of this code can be kept by whoever orders it, whatever is in it."""
    if order.giver_branch(books) is not None:
        return OfficeRefusal.OTHER_BRANCH, ""
    if not CODE.fullmatch(said.code):
        return OfficeRefusal.BAD_CODE, ""
    if not is_said(said.name, PERSON_MAX):
        return OfficeRefusal.BAD_NAME, ""
    version = 0 if before is None else before.version
    if version and said.version == 0:
        return OfficeRefusal.CODE_USED, said.code
    if said.version != version:
        return OfficeRefusal.TWICE_AT_ONCE, ""
    return (OfficeRefusal.NO_CHANGES, "") if said == before else None
