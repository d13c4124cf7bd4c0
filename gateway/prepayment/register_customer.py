"""Registration: open the file of a customer, with his first supply point; or one more point for a customer.

    load    the customer, whoever has this identity number, the next account numbers, the network, the prices
    decide  may it be entered as it is said? → the account number → what is owed from before, what it costs
    write   the rows and their amendments;
            Dr AR:<account>:ARREARS, Cr OPENING  what he owed to the system before
            Dr AR:<account>:<kind>, Cr FEE:<kind>  what connection, meter and card cost

Who is only an applicant is registered later (``step_point.py``). A second file with the same identity number,
or of the same name at the same address, is opened where the form says that it is meant.

Refusals: account_used, bad_account, known_person, known_place, unknown_customer, too_many_points,
unknown_place, unknown_branch, other_branch, no_price, needs_three_phases, no_number_left, bad_file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from gateway.core.account_number import account_number, is_account_number
from gateway.core.amendment import AmendmentKind, amended
from gateway.core.books import Decision, Needs
from gateway.core.customer import customer_fault
from gateway.core.file_books import FileChange, FileNeeds, with_entry
from gateway.core.form_order import FormOrder, not_done
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.supply_point import POINTS_MAX, PointState, point_number
from gateway.prepayment.known_person import known_person
from gateway.prepayment.point_allowed import point_refusal
from gateway.prepayment.terms_allowed import phases_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.customer import Customer
    from gateway.core.dues import Dues
    from gateway.core.supply_point import SupplyPoint


@dataclass(frozen=True, slots=True)
class RegisterCustomer(FormOrder):
    """Open a file. Where ``customer`` has no account number he gets the next one.

    ``point`` is said as it shall stand, applied for or registered; its number follows from his.
    ``currency`` is the utility's, as the door that gives the order knows it: dues are in no other.
    ``is_another``: a second file of somebody whose identity number is known is meant. ``alike`` are the
    account numbers of those who were found with his name at his address: a paper may be left out, or its
    number typed wrong.
    """

    customer: Customer
    point: SupplyPoint
    dues: Dues
    currency: str
    is_another: bool = False
    alike: tuple[str, ...] = ()

    # Who is like him when the form is sent again is himself.
    beside: ClassVar[frozenset[str]] = FormOrder.beside | {"alike"}

    def needs(self) -> Needs:
        """Who may have the number or the paper already, the next number, the prices."""
        said = self.customer
        files = FileNeeds(
            customers=(said.account_no,) if said.account_no else (),
            id_nos=(said.id_no,) if said.id_no else (),
            new_account=True,
        )
        priced = OfficeNeeds(logins=(self.by,), priced=self.point.power_types)
        return Needs(keys=(self.key,), files=files, office=priced)

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or open the file."""
        serial = None if self.customer.account_no else books.files.free_serial()
        account_no = self.customer.account_no if serial is None else account_number(serial)
        if not account_no:
            return not_done(OfficeRefusal.NO_NUMBER_LEFT)
        customer = replace(self.customer, account_no=account_no, version=1)
        point = _new(self.point, account_no, 1)
        refusal = (
            self._refusal(books, customer)
            or _point_refusal(books, point, now)
            or _dues_refusal(self.dues, self.currency)
        )
        if refusal is not None:
            return not_done(*refusal)
        change = FileChange(
            customers=(customer,),
            points=(point,),
            amendments=(
                amended(AmendmentKind.REGISTERED, None, customer, self.by),
                amended(AmendmentKind.REGISTERED, None, point, self.by),
            ),
            next_serial=None if serial is None else serial + 1,
        )
        told = f"customer {account_no}, supply point {point.number}: {point.state.value}"
        return _opened(books, account_no, change, self.dues, told)

    def _refusal(self, books: Books, customer: Customer) -> tuple[OfficeRefusal, str] | None:
        fault = customer_fault(customer)
        if fault is not None:
            return OfficeRefusal.BAD_FILE, fault[1]
        if not is_account_number(customer.account_no):
            return OfficeRefusal.BAD_ACCOUNT, customer.account_no
        if customer.account_no in books.files.customers:
            return OfficeRefusal.ACCOUNT_USED, customer.account_no
        own = self.giver_branch(books)
        if own is not None and customer.branch != own:
            return OfficeRefusal.OTHER_BRANCH, ""
        if customer.branch and customer.branch not in books.office.branches:
            return OfficeRefusal.UNKNOWN_BRANCH, customer.branch
        others = known_person(books, customer.id_no, own)
        if others is not None and not self.is_another:
            return OfficeRefusal.KNOWN_PERSON, others
        if self.alike and not self.is_another:
            return OfficeRefusal.KNOWN_PLACE, ", ".join(self.alike)
        return None


@dataclass(frozen=True, slots=True)
class AddPoint(FormOrder):
    """Open one more supply point for a customer who is there, applied for or registered.

    ``currency`` is the utility's, as above.
    """

    account_no: str
    point: SupplyPoint
    dues: Dues
    currency: str

    def needs(self) -> Needs:
        """The customer with his points, and the prices."""
        priced = OfficeNeeds(logins=(self.by,), priced=self.point.power_types)
        return Needs(keys=(self.key,), files=FileNeeds(customers=(self.account_no,)), office=priced)

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or open it."""
        customer = books.files.customers.get(self.account_no)
        own = self.giver_branch(books)
        if customer is None or (own is not None and customer.branch != own):
            return not_done(OfficeRefusal.UNKNOWN_CUSTOMER, self.account_no)
        nth = 1 + max((one.nth for one in books.files.points_of(self.account_no)), default=0)
        if nth > POINTS_MAX:
            return not_done(OfficeRefusal.TOO_MANY_POINTS)
        point = _new(self.point, self.account_no, nth)
        refusal = _point_refusal(books, point, now) or _dues_refusal(self.dues, self.currency)
        if refusal is not None:
            return not_done(*refusal)
        amendment = amended(AmendmentKind.REGISTERED, None, point, self.by)
        change = FileChange(points=(point,), amendments=(amendment,))
        told = f"supply point {point.number}: {point.state.value}"
        return _opened(books, point.number, change, self.dues, told)


def _new(point: SupplyPoint, account_no: str, nth: int) -> SupplyPoint:
    return replace(point, number=point_number(account_no, nth), account_no=account_no, version=1)


def _point_refusal(books: Books, point: SupplyPoint, now: datetime) -> tuple[OfficeRefusal, str] | None:
    if point.state not in {PointState.APPLIED, PointState.REGISTERED}:
        return OfficeRefusal.WRONG_STATE, point.state.value
    return point_refusal(books, point, now) or phases_refusal(books, point, now)


def _dues_refusal(dues: Dues, currency: str) -> tuple[OfficeRefusal, str] | None:
    if dues.currency != currency:
        return OfficeRefusal.BAD_FILE, f"what is owed is in {currency}, not in {dues.currency}"
    return None


def _opened(books: Books, subject: str, change: FileChange, dues: Dues, told: str) -> Decision:
    account_no = change.points[0].account_no
    entries = tuple(dues.entries(account_no))
    return Decision(
        Changed(subject),
        remembered=True,
        entries=entries,
        files=with_entry(change, books.next_id) if entries else change,
        told=told,
    )
