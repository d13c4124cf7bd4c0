"""Amendment of the files that moves no money: the basic file of a customer, and of a supply point; the first
steps of a point's life (registered after an application, given up).

    load    the row, with whoever has the new identity number; for a point the network and the prices
    decide  is it the version that was looked at? → may it stand so? → is anything different?
    write   the row as it is now, and its amendment with before and after

What a price depends on (power type, contracted power, schemes, proportions) is amended in ``amend_terms.py``
and ``enlarge_capacity.py``.

Refusals: unknown_customer, unknown_point, twice_at_once, bad_file, known_person, unknown_branch,
other_branch, unknown_place, wrong_state, no_changes, no_reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.customer import customer_fault
from gateway.core.file_books import FileChange, FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said
from gateway.core.supply_point import PointEvent, PointState
from gateway.prepayment.known_person import known_person
from gateway.prepayment.point_allowed import address_refusal, place_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.amendment import Amendment
    from gateway.core.books import Books
    from gateway.core.customer import Customer
    from gateway.core.supply_point import SupplyPoint

#: The steps that are taken without a meter, and what each is called.
_STEPS: Final = {PointEvent.REGISTER: AmendmentKind.REGISTERED, PointEvent.GIVE_UP: AmendmentKind.GIVEN_UP}


@dataclass(frozen=True, slots=True)
class AmendCustomer(FormOrder):
    """The basic file of a customer as it shall stand; its version is the one that was looked at."""

    customer: Customer
    reason: str
    is_another: bool = False

    def needs(self) -> Needs:
        """The file, and whoever has the identity number."""
        said = self.customer
        files = FileNeeds(customers=(said.account_no,), id_nos=(said.id_no,) if said.id_no else ())
        return Needs(keys=(self.key,), files=files, office=OfficeNeeds(logins=(self.by,)))

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or write it."""
        before = books.files.customers.get(self.customer.account_no)
        own = self.giver_branch(books)
        if before is None or (own is not None and before.branch != own):
            return not_done(OfficeRefusal.UNKNOWN_CUSTOMER, self.customer.account_no)
        refusal = self._refusal(books, before, own)
        if refusal is not None:
            return not_done(*refusal)
        after = replace(self.customer, version=before.version + 1)
        amendment = amended(AmendmentKind.CORRECTED, before, after, self.by, self.reason.strip())
        change = FileChange(customers=(after,), amendments=(amendment,))
        return told(after.account_no, after.version, change, amendment)

    def _refusal(self, books: Books, before: Customer, own: str | None) -> tuple[OfficeRefusal, str] | None:
        said = self.customer
        if before.version != said.version:
            return OfficeRefusal.TWICE_AT_ONCE, ""
        if said == before:
            return OfficeRefusal.NO_CHANGES, ""
        if not is_said(self.reason, REASON_MAX):
            return OfficeRefusal.NO_REASON, ""
        fault = customer_fault(said)
        if fault is not None:
            return OfficeRefusal.BAD_FILE, fault[1]
        if own is not None and said.branch != own:
            return OfficeRefusal.OTHER_BRANCH, ""
        if said.branch and said.branch not in books.office.branches:
            return OfficeRefusal.UNKNOWN_BRANCH, said.branch
        others = known_person(books, said.id_no, own, said.account_no)
        if others is not None and said.id_no != before.id_no and not self.is_another:
            return OfficeRefusal.KNOWN_PERSON, others
        return None


@dataclass(frozen=True, slots=True)
class PointOrder(FormOrder):
    """An order that amends a supply point; ``version`` is the one that was looked at."""

    number: str
    version: int

    def needs(self) -> Needs:
        """The point with its customer."""
        office = OfficeNeeds(logins=(self.by,))
        return Needs(keys=(self.key,), files=files_of_point(self.number), office=office)


@dataclass(frozen=True, slots=True)
class AmendPoint(PointOrder):
    """The basic file of a supply point as it shall stand: its address, its places in the network, its limits.

    What a price depends on stays (``amend_terms.py``).
    """

    address: str
    area: str
    feeder: str
    transformer: str
    alarm_wh: int
    hoard_wh: int
    reason: str

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or write it."""
        before = looked_at(books, self, self.reason)
        if isinstance(before, Decision):
            return before
        if before.state is PointState.CLOSED:
            return not_done(OfficeRefusal.WRONG_STATE, before.state.value)
        try:
            after = replace(
                before,
                address=self.address.strip(),
                area=self.area,
                feeder=self.feeder,
                transformer=self.transformer,
                alarm_wh=self.alarm_wh,
                hoard_wh=self.hoard_wh,
            )
        except ValueError as fault:
            return not_done(OfficeRefusal.BAD_FILE, str(fault))
        if after == before:
            return not_done(OfficeRefusal.NO_CHANGES)
        wrong = address_refusal(after, before) or place_refusal(books, after, before)
        if wrong is not None:
            return not_done(*wrong)
        corrected = replace(after, version=before.version + 1)
        change, amendment = amended_point(AmendmentKind.CORRECTED, before, corrected, self, self.reason)
        return told(corrected.number, corrected.version, change, amendment)


@dataclass(frozen=True, slots=True)
class StepPoint(PointOrder):
    """A supply point that was applied for is registered, or one without a meter is given up."""

    event: PointEvent
    reason: str

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or take the step."""
        before = looked_at(books, self, self.reason)
        if isinstance(before, Decision):
            return before
        if self.event not in _STEPS or not before.may(self.event):
            return not_done(OfficeRefusal.WRONG_STATE, before.state.value)
        after = before.after(self.event)
        change, amendment = amended_point(_STEPS[self.event], before, after, self, self.reason)
        return told(after.number, after.version, change, amendment)


def point_of(books: Books, order: FormOrder, number: str) -> SupplyPoint | None:
    """Find a supply point that is the giver's to change; None for one that is not there, or not hers."""
    point = books.files.points.get(number)
    customer = None if point is None else books.files.customers.get(point.account_no)
    own = order.giver_branch(books)
    return None if customer is None or (own is not None and customer.branch != own) else point


def files_of_point(number: str) -> FileNeeds:
    """What must be loaded to find a supply point: its customer, with all of his."""
    return FileNeeds(customers=(number.rpartition("-")[0],))


def looked_at(books: Books, order: PointOrder, reason: str) -> SupplyPoint | Decision:
    """Find the point that an order is about, as it was looked at; or the refusal."""
    before = point_of(books, order, order.number)
    if before is None:
        return not_done(OfficeRefusal.UNKNOWN_POINT, order.number)
    if before.version != order.version:
        return not_done(OfficeRefusal.TWICE_AT_ONCE)
    return before if is_said(reason, REASON_MAX) else not_done(OfficeRefusal.NO_REASON)


def amended_point(
    kind: AmendmentKind, before: SupplyPoint, after: SupplyPoint, order: PointOrder, reason: str
) -> tuple[FileChange, Amendment]:
    """Change a supply point, and tell of it."""
    amendment = amended(kind, before, after, order.by, reason.strip())
    return FileChange(points=(after,), amendments=(amendment,)), amendment


def told(subject: str, version: int, change: FileChange, amendment: Amendment) -> Decision:
    """Decide on a change of a file that books nothing; the diary names the fields that are different."""
    names = ", ".join(name for name, _, _ in amendment.changes() if name != "version")
    said = f"{subject}: {amendment.kind.value}: {names}"
    return Decision(Changed(subject, version), remembered=True, files=change, told=said)
