"""Enlarge the contracted power of a supply point: the fee first, then the point and its meter in one.

    load    the point with its customer, its meter, the prices, and the shifts where a cashier takes the fee
    decide  is it the version that was looked at? → is nothing else due? → is it more, and no more than the
            meter bears? → is the fee taken care of? → does it have a price?
    write   the point and its meter with the new contracted power, and the amendment;
            Dr CASH:<station>:<cashier>, Cr FEE:CAPACITY      where a cashier takes it, in her open shift
            Dr AR:<account>:CAPACITY, Cr FEE:CAPACITY         where it is put on the customer's account

What limits the power at the meter is told to it by a management token of its own (``manage_meter.py``).

Refusals: unknown_point, twice_at_once, no_reason, wrong_state, change_due, unknown_meter, not_more_power,
above_rating, fee_unpaid, no_shift, unknown_station, other_branch, bad_file, no_price, not_together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.amendment import AmendmentKind
from gateway.core.books import Decision, Needs
from gateway.core.dues import CAPACITY, OWED_MAX
from gateway.core.file_books import with_entry
from gateway.core.form_order import not_done
from gateway.core.ledger import EntryKind, transfer
from gateway.core.meter import MeterRef
from gateway.core.office import OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.prepayment.amend_file import PointOrder, amended_point, files_of_point, looked_at, told
from gateway.prepayment.amend_terms import standing_refusal, with_meter
from gateway.prepayment.install_meter import not_bearing
from gateway.prepayment.sell_at_counter import place_refusal
from gateway.prepayment.terms_allowed import terms_refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.ledger import Entry
    from gateway.core.supply_point import SupplyPoint


class FeePaid(Enum):
    """How the fee is taken care of before the power is more."""

    NOT = "not"
    CASH = "cash"
    ON_ACCOUNT = "on_account"


@dataclass(frozen=True, slots=True)
class Fee:
    """What more power costs, in minor units of ``currency``, and how it is paid.

    ``station`` is where a cashier takes it. Raises ValueError for a sum out of reach.
    """

    minor: int
    currency: str
    paid: FeePaid = FeePaid.NOT
    station: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be owed."""
        if not 0 <= self.minor <= OWED_MAX:
            raise ValueError(f"a fee is 0 to {OWED_MAX} minor units")

    def entry(self, account_no: str, by: str) -> Entry | None:
        """Book it; None where it is nothing, or not paid."""
        if not self.minor or self.paid is FeePaid.NOT:
            return None
        debit = chart.owed(account_no, CAPACITY)
        if self.paid is FeePaid.CASH:
            debit = chart.cash(self.station, by)
        earned = chart.fee(CAPACITY)
        return transfer(EntryKind.FEE, debit=debit, credit=earned, amount=self.minor, unit=self.currency)


@dataclass(frozen=True, slots=True)
class EnlargeCapacity(PointOrder):
    """More contracted power (W) at a supply point, from now on.

    ``pan`` is the meter that was seen there, "" for none; ``power_types`` those of the point. ``rating_w`` is
    what the meter bears as somebody has read it on its face, 0 where nobody did: what the stock knows of its
    face counts in any case. ``currency`` is the
    utility's, as the door that gives the order knows it.
    """

    pan: str
    power_types: tuple[str, ...]
    contract_w: int
    rating_w: int
    fee: Fee
    currency: str
    reason: str

    def needs(self) -> Needs:
        """The point with its customer, its meter, the prices, and who sits at a counter."""
        named = (self.pan,) if self.pan else ()
        return Needs(
            keys=(self.key,),
            meters=(MeterRef(pan=self.pan),) if self.pan else (),
            files=replace(files_of_point(self.number), fittings=named),
            office=OfficeNeeds(
                logins=(self.by,),
                shifts=self.fee.paid is FeePaid.CASH,
                priced=self.power_types,
                stock=named,
            ),
        )

    def change(self, books: Books, now: datetime) -> Decision:
        """Refuse, or enlarge it."""
        before = looked_at(books, self, self.reason)
        if isinstance(before, Decision):
            return before
        refusal = self._refusal(books, before) or self._fee_refusal(books)
        if refusal is not None:
            return not_done(*refusal)
        try:
            after = replace(before, contract_w=self.contract_w, version=before.version + 1)
        except ValueError as fault:
            return not_done(OfficeRefusal.BAD_FILE, str(fault))
        wrong = terms_refusal(books, after, now)
        if wrong is not None:
            return not_done(*wrong)
        change, amendment = amended_point(AmendmentKind.ENLARGED, before, after, self, self.reason)
        change, entry = with_meter(books, change, after), self.fee.entry(before.account_no, self.by)
        done = told(after.number, after.version, change, amendment)
        if entry is None:
            return done
        return replace(done, entries=(entry,), files=with_entry(change, books.next_id))

    def _refusal(self, books: Books, before: SupplyPoint) -> tuple[OfficeRefusal, str] | None:
        wrong = standing_refusal(books, before, self.pan)
        if wrong is not None:
            return wrong
        if before.power_types != self.power_types:
            return OfficeRefusal.TWICE_AT_ONCE, ""
        if self.contract_w <= before.contract_w:
            return OfficeRefusal.NOT_MORE_POWER, ""
        if self.rating_w and self.contract_w > self.rating_w:
            return OfficeRefusal.ABOVE_RATING, ""
        stock, fitting = books.office.stock.get(self.pan), books.files.fittings.get(self.pan)
        if stock is None or fitting is None:
            return None
        more = replace(before, contract_w=self.contract_w)
        too_much = not_bearing(stock, more, fitting.multiplier)
        return None if too_much is None else (too_much, "")

    def _fee_refusal(self, books: Books) -> tuple[OfficeRefusal, str] | None:
        if self.fee.currency != self.currency:
            return OfficeRefusal.BAD_FILE, f"what is owed is in {self.currency}, not in {self.fee.currency}"
        if self.fee.minor and self.fee.paid is FeePaid.NOT:
            return OfficeRefusal.FEE_UNPAID, ""
        if not self.fee.minor or self.fee.paid is not FeePaid.CASH:
            return None
        refusal = place_refusal(books, self.by, self.fee.station)
        return None if refusal is None else (refusal, self.fee.station)
