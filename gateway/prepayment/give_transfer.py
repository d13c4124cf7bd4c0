"""Give out what travels: the energy that was left in a meter becomes a token of the meter that came instead.

    reserve   where a security module makes the token: its id stands in the books before anybody is asked
    give      a sale of nothing with the token: Dr E.ISSUED; Cr E.VOID for what was taken back, Cr E.FREE for
              what the token carries beyond it, since its amount is rounded up
    again     the same token
    on a card the sale waits, and is brought to the new meter's card as any paid credit is (``step_card.py``)

Refusals: nothing_travels, removed; no_token and tokens_too_fast (retryable).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core.books import Decision, Needs, Notice
from gateway.core.departure import MOVE
from gateway.core.ledger import Entry, EntryKind
from gateway.core.meter import Carrier, MeterRef, MeterState
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Approved, Declined
from gateway.core.person import office_channel
from gateway.core.reading_books import ReadingNeeds
from gateway.core.sale import SaleState
from gateway.core.token import ReservedId
from gateway.core.token_reserved import TokenReserved, reserved_key
from gateway.prepayment.issue_credit import Credits, issue_credits, plan_credits, tokens_of
from gateway.prepayment.sale_of_nothing import TID_LEAD_MAX, sale_of_nothing, travel_entry
from gateway.prepayment.till import Till, first_id, needs_module

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.departure import Departure
    from gateway.core.meter import MeterAccount
    from gateway.core.sale import Sale
    from gateway.prepayment.manage_meter import Workshop


@dataclass(frozen=True, slots=True)
class _Transfer:
    """The transfer of departure ``departure`` to the meter ``pan``; ``rnd`` is its token's random nibble."""

    departure: int
    pan: str
    by: str
    rnd: int
    workshop: Workshop

    #: There is nothing in it that a repeat could change.
    digest = "transfer"

    @property
    def channel(self) -> str:
        """Who gives it out."""
        return office_channel(self.by)

    @property
    def transfer_key(self) -> str:
        """The one transfer that a departure can have."""
        return f"{MOVE}{self.departure}"

    def needs(self) -> Needs:
        """The departure, the meter, and whether it was done."""
        return Needs(
            keys=(self.transfer_key, reserved_key(self.transfer_key)),
            meters=(MeterRef(pan=self.pan),),
            balances=self.workshop.issuer.ring.limited,
            readings=ReadingNeeds(departures=(self.departure,)),
        )

    def _till(self, books: Books, now: datetime) -> Till:
        return Till(self.workshop.issuer, self.workshop.zone, TID_LEAD_MAX, now, books.balances)

    def _wanted(self, books: Books) -> tuple[Departure, MeterAccount] | NotDone:
        one, meter = books.readings.departures.get(self.departure), books.meters.get(self.pan)
        if one is None or meter is None or one.new_pan != self.pan or one.travels_wh <= 0:
            return NotDone(OfficeRefusal.NOTHING_TRAVELS)
        if meter.state is MeterState.REMOVED or meter.account_no != one.account_no:
            return NotDone(OfficeRefusal.REMOVED)
        return one, meter


@dataclass(frozen=True, slots=True)
class ReserveTransfer(_Transfer):
    """Keep the id of the token where a module makes it; else nothing is to be kept."""

    @property
    def key(self) -> str:
        """The one id that is kept for a transfer."""
        return reserved_key(self.transfer_key)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Keep it once."""
        known, wanted = books.known.get(self.key), self._wanted(books)
        if known is not None:
            return Decision(known.recall())
        if isinstance(wanted, NotDone):
            return Decision(wanted)
        _, meter = wanted
        till = self._till(books, now)
        if self.transfer_key in books.known or not needs_module(meter, till):
            return Decision(TokenReserved(self.pan, None))
        tid = first_id(meter, till)
        if isinstance(tid, Declined):
            return Decision(tid)
        reserved = ReservedId(meter.token_identity.base_date, tid, self.rnd)
        moved = meter.counted(last_tid=tid, counters=meter.counters)
        return Decision(TokenReserved(self.pan, reserved), remembered=True, meter=moved)


@dataclass(frozen=True, slots=True)
class GiveTransfer(_Transfer):
    """Make the token, and book it."""

    @property
    def key(self) -> str:
        """The one transfer of the departure."""
        return self.transfer_key

    def decide(self, books: Books, now: datetime) -> Decision:
        """Say the token again, refuse, or make it."""
        known, wanted = books.known.get(self.key), self._wanted(books)
        if known is not None:
            return Decision(known.recall())
        if isinstance(wanted, NotDone):
            return Decision(wanted)
        departure, meter = wanted
        if meter.carrier is Carrier.CARD:
            return self._waits(books, departure, meter, now)
        till = self._till(books, now)
        kept = books.known.get(reserved_key(self.key))
        content = None if kept is None else kept.recall()
        reserved = content.reserved if isinstance(content, TokenReserved) else None
        plan = plan_credits(meter, departure.travels_wh, 0, self.rnd, till=till, reserved=reserved)
        credits_ = plan if isinstance(plan, Declined) else issue_credits(plan, till)
        if not isinstance(credits_, Credits):
            return Decision(credits_)
        return self._given(books, departure, meter, credits_, now)

    def _waits(self, books: Books, departure: Departure, meter: MeterAccount, now: datetime) -> Decision:
        """Let it wait for its card, as a credit that was paid does; nothing is booked until it is begun."""
        sale = sale_of_nothing(
            books, self.key, meter, self.workshop.currency, now, energy_wh=departure.travels_wh
        )
        sale = replace(sale, state=SaleState.WAITING)
        return Decision(
            _answer(sale, meter, None),
            remembered=True,
            entries=(Entry(EntryKind.TRANSFER, ()),),
            meter=meter,
            sale=sale,
            notices=(Notice("credit_waiting", sale.id, meter.carrier.value),),
        )

    def _given(
        self, books: Books, departure: Departure, meter: MeterAccount, credits_: Credits, now: datetime
    ) -> Decision:
        sale = sale_of_nothing(
            books, self.key, meter, self.workshop.currency, now,
            energy_wh=departure.travels_wh, encoded_wh=credits_.encoded_wh,
        )  # fmt: skip
        return Decision(
            _answer(sale, meter, credits_),
            remembered=True,
            entries=(travel_entry(departure.travels_wh, credits_.encoded_wh, credits_.issued_account),),
            meter=credits_.meter,
            sale=sale,
            tokens=tokens_of(sale.id, credits_),
            notices=(Notice("token_issued", sale.id, ""),),
            rekeys=credits_.meter.key_change is not meter.key_change,
        )


def _answer(sale: Sale, meter: MeterAccount, credits_: Credits | None) -> Approved:
    return Approved(
        receipt_no=sale.receipt_no,
        pan=meter.pan,
        account_no=meter.account_no,
        customer=meter.customer,
        power_type=meter.power_type,
        tender_minor=0,
        currency=sale.tender.currency,
        energy_wh=sale.energy_wh,
        lines=(),
        tariff_version="",
        carrier=meter.carrier,
        token=None if credits_ is None else credits_.paid.digits,
        at_us=sale.at_us,
        key_change=() if credits_ is None else credits_.key_change,
    )
