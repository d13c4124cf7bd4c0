"""Publish a timetable of rates to meters: somebody drafts a version, another person approves it.

    DraftTimetable      the body is read as it will be written into meters; numbers count up, code by code
    ApproveTimetable    by a second person, and an hour at least before its moment; no meter is called by that
    WithdrawTimetable   a draft at any time; an approved version before its moment, if no meter was sent it

What was published is never changed. To go back is to draft the earlier body once more. Timetables are the
whole utility's: who belongs to a branch does not publish them. Rights and the second person's level stand
around them (``gateway/office/step_orders.py``).

Refusals: other_branch, bad_code, bad_name, no_reason, unknown_group, bad_timetable (with its field),
bad_moment, too_many_versions, unknown_timetable, twice_at_once, no_draft_now, same_person, later_approved,
gone_out.
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
from gateway.core.person import PERSON_MAX, REASON_MAX, is_said, is_same_person
from gateway.core.staff import CODE
from gateway.core.timeline import microseconds
from gateway.core.timetable import TimetableFault, timetable_read
from gateway.core.timetable_life import (
    AHEAD_DAYS_MAX,
    LEAD_S,
    MINUTE_US,
    VERSIONS_MAX,
    TimetableEvent,
    stepped,
)
from gateway.core.timetable_version import TimetableState, TimetableVersion

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books

_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US

Refused = tuple[OfficeRefusal, str]


@dataclass(frozen=True, slots=True)
class DraftTimetable(FormOrder):
    """Keep a draft of the rates ``body`` (JSON), for the meters of ``group``, from ``from_us`` on."""

    code: str
    name: str
    group: str
    body: str
    from_us: int
    reason: str = ""

    def needs(self) -> Needs:
        """All versions of the timetable, and the group."""
        lines = LineNeeds(groups=(self.group,), rates=(self.code,))
        return Needs(keys=(self.key,), files=FileNeeds(lines=lines), office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or write it under the next number."""
        known, now_us = books.files.lines.versions_of(self.code), microseconds(now)
        refusal = self._refusal(books, now_us)
        if refusal is not None:
            return not_done(*refusal)
        if len(known) >= VERSIONS_MAX:
            return not_done(OfficeRefusal.TOO_MANY_VERSIONS)
        draft = TimetableVersion(
            code=self.code,
            number=known[-1].number + 1 if known else 1,
            name=self.name.strip(),
            group=self.group,
            body=timetable_read(self.body).stored(),
            from_us=self.from_us,
            reason=self.reason.strip(),
            by=self.by,
            at_us=now_us,
        )
        return _decided(AmendmentKind.REGISTERED, None, draft, self.by, draft.reason)

    def _refusal(self, books: Books, now_us: int) -> Refused | None:
        if self.giver_branch(books) is not None:
            return OfficeRefusal.OTHER_BRANCH, ""
        if not CODE.fullmatch(self.code):
            return OfficeRefusal.BAD_CODE, ""
        if not is_said(self.name, PERSON_MAX):
            return OfficeRefusal.BAD_NAME, ""
        if self.reason and not is_said(self.reason, REASON_MAX):
            return OfficeRefusal.NO_REASON, ""
        if self.group not in books.files.lines.groups:
            return OfficeRefusal.UNKNOWN_GROUP, self.group
        return _body_refusal(self.body) or _moment_refusal(self.from_us, now_us)


@dataclass(frozen=True, slots=True)
class TimetableOrder(FormOrder):
    """A step of one version; ``version`` is the one of its row that was looked at."""

    reference: str
    version: int

    @property
    def code(self) -> str:
        """The timetable that it is a version of."""
        return self.reference.rpartition("/")[0]

    def needs(self) -> Needs:
        """All versions of the timetable, and whether this one has gone out."""
        lines = LineNeeds(rates=(self.code,), gone_out=(self.reference,))
        return Needs(keys=(self.key,), files=FileNeeds(lines=lines), office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or take the step."""
        found = books.files.lines.timetables.get(self.reference)
        if self.giver_branch(books) is not None:
            return not_done(OfficeRefusal.OTHER_BRANCH)
        if found is None:
            return not_done(OfficeRefusal.UNKNOWN_TIMETABLE, self.reference)
        if found.version != self.version:
            return not_done(OfficeRefusal.TWICE_AT_ONCE)
        return self.step(books, found, microseconds(now))

    def step(self, books: Books, found: TimetableVersion, now_us: int) -> Decision:
        """Judge the step by all that is known of the timetable."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ApproveTimetable(TimetableOrder):
    """Approve a draft. It is read once more: the program may be another one than that which drafted it."""

    def step(self, books: Books, found: TimetableVersion, now_us: int) -> Decision:
        """Refuse, or approve."""
        if found.state is not TimetableState.DRAFT:
            return not_done(OfficeRefusal.NO_DRAFT_NOW)
        if is_same_person(found.by, self.by):
            return not_done(OfficeRefusal.SAME_PERSON)
        refusal = _body_refusal(found.body) or _moment_refusal(found.from_us, now_us)
        if refusal is not None:
            return not_done(*refusal)
        if any(
            one.number > found.number and one.state is TimetableState.APPROVED
            for one in books.files.lines.versions_of(self.code)
        ):
            return not_done(OfficeRefusal.LATER_APPROVED)
        after = replace(stepped(found, TimetableEvent.APPROVE), second=self.by)
        return _decided(AmendmentKind.APPROVED, found, after, self.by)


@dataclass(frozen=True, slots=True)
class WithdrawTimetable(TimetableOrder):
    """Withdraw a version that no meter has; with ``only_draft`` one that nobody has approved."""

    reason: str
    only_draft: bool = False

    def step(self, books: Books, found: TimetableVersion, now_us: int) -> Decision:
        """Refuse, or withdraw."""
        if not is_said(self.reason, REASON_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        is_draft = found.state is TimetableState.DRAFT
        if found.state is TimetableState.WITHDRAWN or (self.only_draft and not is_draft):
            return not_done(OfficeRefusal.NO_DRAFT_NOW)
        if not is_draft and (found.from_us <= now_us or self.reference in books.files.lines.gone_out):
            return not_done(OfficeRefusal.GONE_OUT)
        after = replace(stepped(found, TimetableEvent.WITHDRAW), reason=self.reason.strip())
        return _decided(AmendmentKind.WITHDRAWN, found, after, self.by, after.reason)


def _body_refusal(body: str) -> Refused | None:
    try:
        timetable_read(body)
    except TimetableFault as fault:
        return OfficeRefusal.BAD_TIMETABLE, str(fault)
    return None


def _moment_refusal(from_us: int, now_us: int) -> Refused | None:
    ahead_us = from_us - now_us
    if from_us % MINUTE_US or not LEAD_S * _SECOND_US <= ahead_us <= AHEAD_DAYS_MAX * _DAY_US:
        return OfficeRefusal.BAD_MOMENT, ""
    return None


def _decided(
    kind: AmendmentKind, before: TimetableVersion | None, after: TimetableVersion, by: str, reason: str = ""
) -> Decision:
    told = amended(kind, before, after, by, reason)
    change = FileChange(lines=LineChange(timetables=(after,)), amendments=(told,))
    said = f"timetable {after.reference}: {after.state.value}"
    return Decision(Changed(after.reference, after.version), remembered=True, files=change, told=said)
