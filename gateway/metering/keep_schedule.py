"""Keep a schedule by which a group is read: enter it, change it, or switch it off.

Schedules are the whole utility's: who belongs to a branch does not change them.

Refusals: other_branch, bad_code, bad_name, code_used, twice_at_once, no_changes, unknown_group,
bad_recurrence, bad_hours, bad_jitter, not_of_wants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.line_books import LineChange, LineNeeds
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.metering.filed_plan import PlanFault, check_plan
from gateway.metering.keep_group import kept_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.reading_plan import ReadingSchedule


@dataclass(frozen=True, slots=True)
class KeepSchedule(FormOrder):
    """A schedule as it shall stand; ``version`` of it is the one that was looked at, 0 for a new one."""

    schedule: ReadingSchedule

    def needs(self) -> Needs:
        """The schedule, and its group."""
        lines = LineNeeds(groups=(self.schedule.group,), schedules=(self.schedule.code,))
        return Needs(keys=(self.key,), files=FileNeeds(lines=lines), office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or write it."""
        said, before = self.schedule, books.files.lines.schedules.get(self.schedule.code)
        refusal = kept_refusal(self, books, before, said)
        if refusal is not None:
            return not_done(*refusal)
        if said.group not in books.files.lines.groups:
            return not_done(OfficeRefusal.UNKNOWN_GROUP, said.group)
        try:
            check_plan(said)
        except PlanFault as fault:
            return not_done(fault.why)
        after = replace(said, version=said.version + 1)
        kind = AmendmentKind.REGISTERED if before is None else AmendmentKind.CORRECTED
        change = FileChange(
            lines=LineChange(schedules=(after,)), amendments=(amended(kind, before, after, self.by),)
        )
        told = f"schedule {after.code}: {kind.value}"
        return Decision(Changed(after.code, after.version), remembered=True, files=change, told=told)
