"""Book what a customer owes: arrears of before, or what his connection costs, after he was registered.

    load    the customer
    decide  is he hers to change? → is it anything, and in the utility's currency?
    write   Dr AR:<account>:ARREARS, Cr OPENING; Dr AR:<account>:<kind>, Cr FEE:<kind>, as in a registration

Up to which sum somebody does it alone is the limit of her roles (``gateway.office``), as with a registration.

Refusals: unknown_customer, nothing_owed, bad_file, no_reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs
from gateway.core.file_books import FileNeeds
from gateway.core.form_order import FormOrder, not_done
from gateway.core.office import OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.office_books import OfficeNeeds
from gateway.core.person import REASON_MAX, is_said

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.dues import Dues


@dataclass(frozen=True, slots=True)
class BookDues(FormOrder):
    """Put ``dues`` on a customer's account; ``currency`` is the utility's, as the door knows it."""

    account_no: str
    dues: Dues
    currency: str
    reason: str

    def needs(self) -> Needs:
        """The customer."""
        office = OfficeNeeds(logins=(self.by,))
        return Needs(keys=(self.key,), files=FileNeeds(customers=(self.account_no,)), office=office)

    def change(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Refuse, or book it."""
        customer, own = books.files.customers.get(self.account_no), self.giver_branch(books)
        if customer is None or (own is not None and customer.branch != own):
            return not_done(OfficeRefusal.UNKNOWN_CUSTOMER, self.account_no)
        if not is_said(self.reason, REASON_MAX):
            return not_done(OfficeRefusal.NO_REASON)
        if self.dues.currency != self.currency:
            told = f"what is owed is in {self.currency}, not in {self.dues.currency}"
            return not_done(OfficeRefusal.BAD_FILE, told)
        entries = tuple(self.dues.entries(self.account_no))
        if not entries:
            return not_done(OfficeRefusal.NOTHING_OWED)
        told = f"{self.dues.total_minor} put on {self.account_no}"
        return Decision(Changed(self.account_no), remembered=True, entries=entries, told=told)
