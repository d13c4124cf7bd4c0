"""Sell at a counter: a cashier takes the money, reads the sale back, and then lets the credit out.

    load    the payment as a bank's, the cashier's shift, whether a sale of this meter waits at a counter
    decide  repeat? → does she sit there? → can a counter hand it over? → does none wait? → the payment itself
            → is it what she has shown, at that price? → may so much stand in the meter?
    write   Dr CASH:<station>:<cashier>, the rest as where a bank pays: the credit waits (``take_payment.py``)

    give out  the waiting credit leaves the house: the token (``hand_over.py``), and the sale's invoice
    undo      for a short time, while it waits, by the cashier herself: the mirror (``reverse_payment.py``),
              and a red invoice where it had one already

What was shown is what is sold: where the price has changed in between, or somebody else has sold to the
meter, nothing is booked and the cashier is told to look again.

Refusals: no_shift, unknown_station, other_branch, not_at_counter, counter_waits, price_changed, hoarded,
no_sale, not_hers, undo_over, token_given, not_waiting, done_already, and those of the payment and of the
hand-over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.core.books import Decision
from gateway.core.chart import cash
from gateway.core.counter import HANDED_OUT, station_of, taken_at
from gateway.core.invoice_books import InvoiceNeeds
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_books import OfficeNeeds
from gateway.core.outcome import Approved
from gateway.core.person import office_channel
from gateway.core.sale import SaleState
from gateway.core.shown_price import sold_as
from gateway.core.timeline import moment_of
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.hoarding import looking_in, within_hoard
from gateway.prepayment.meter_choice import waiting_sales
from gateway.prepayment.write_invoice import InvoiceAuthor, first_invoice

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Needs
    from gateway.core.meter import Carrier
    from gateway.core.sale import Sale
    from gateway.prepayment.hand_over import HandOver
    from gateway.prepayment.take_payment import TakePayment


@dataclass(frozen=True, slots=True)
class SellAtCounter:
    """The cashier ``by`` sells at ``station`` what she has shown: a tender at a price.

    The payment names its meter by the PAN that she has read back, and its terms are the counter's. ``shown``
    seals the price that she has shown (``shown_price``). ``handed_out`` is how this counter hands credit
    over: with tokens, or at a card station on cards.
    """

    by: str
    station: str
    payment: TakePayment
    shown: str
    handed_out: frozenset[Carrier] = HANDED_OUT

    @property
    def key(self) -> str:
        """The payment's own: the form that was filled in."""
        return self.payment.key

    @property
    def digest(self) -> str:
        """The payment's own."""
        return self.payment.digest

    @property
    def channel(self) -> str:
        """Who took the money."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """What the payment wants, the shifts, and what waits of this meter."""
        needs, pan = self.payment.needs(), self.payment.order.meter.pan
        office = OfficeNeeds(logins=(self.by,), shifts=True)
        return replace(looking_in(needs, pan), office=office)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or sell."""
        if self.key in books.known:
            return self.payment.decide(books, now)
        refusal = place_refusal(books, self.by, self.station)
        if refusal is not None:
            return Decision(NotDone(refusal, self.station))
        if not_handed_out(books, self.payment, self.handed_out):
            return Decision(NotDone(OfficeRefusal.NOT_AT_COUNTER))
        pan = self.payment.order.meter.pan or ""
        if any(is_at_counter(key) for key in waiting_sales(books, pan)):
            return Decision(NotDone(OfficeRefusal.COUNTER_WAITS))
        return within_hoard(books, as_shown(self.payment.decide(books, now), self.shown), now)


@dataclass(frozen=True, slots=True)
class GiveOut:
    """The credit of a sale at a counter leaves the house: its token is shown to the customer."""

    by: str
    station: str
    hand_over: HandOver

    @property
    def key(self) -> str:
        """The one hand-over that a payment can have."""
        return self.hand_over.key

    @property
    def digest(self) -> str:
        """The hand-over's own."""
        return self.hand_over.digest

    @property
    def channel(self) -> str:
        """Who gave it out."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """What the hand-over wants, the shifts, and the station's series of invoices."""
        office = OfficeNeeds(logins=(self.by,), shifts=True)
        invoices = InvoiceNeeds(series=(self.station,), sales=(self.hand_over.payment,))
        return replace(self.hand_over.needs(), office=office, invoices=invoices)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or hand it over. Whoever sits at a counter may: the cashier may have gone."""
        if self.key in books.known:
            return self.hand_over.decide(books, now)
        if not sits_at(books, self.by, self.station):
            return Decision(NotDone(OfficeRefusal.NO_SHIFT, self.station))
        if not is_at_counter(self.hand_over.payment):
            return Decision(NotDone(OfficeRefusal.BANK_SALE))
        given = self.hand_over.decide(books, now)
        if given.sale is None or not isinstance(given.content, Approved):
            return given
        author = InvoiceAuthor(self.station, self.station, self.by)
        return replace(given, invoices=first_invoice(books.invoices, given.sale, given.content, author))


@dataclass(frozen=True, slots=True)
class UndoAtCounter:
    """The cashier takes her own sale back, ``undo_s`` seconds at most after it, and while its credit waits.

    ``pan`` and ``amount_minor`` are those that she has looked at.
    """

    by: str
    station: str
    payment: str
    pan: str
    amount_minor: int
    undo_s: int
    reason: str = ""

    @property
    def _giving_back(self) -> GiveBack:
        return GiveBack(
            self.payment,
            taken_at(self.station),
            self.by,
            self.pan,
            self.amount_minor,
            self.reason,
            self.station,
        )

    @property
    def key(self) -> str:
        """The one reversal that a payment can have."""
        return self._giving_back.key

    @property
    def digest(self) -> str:
        """Who undoes it: what somebody else has taken back meanwhile is not told as if she had."""
        return f"{self._giving_back.digest} by {self.by}"

    @property
    def channel(self) -> str:
        """Who gave the money back."""
        return office_channel(self.by)

    def needs(self) -> Needs:
        """As the giving back, and the shifts."""
        office = OfficeNeeds(logins=(self.by,), shifts=True)
        return replace(self._giving_back.needs(), office=office)

    def decide(self, books: Books, now: datetime) -> Decision:
        """Repeat, refuse, or give the money back out of her drawer."""
        giving_back, known = self._giving_back, books.known.get(self.key)
        if known is not None and known.digest != self.digest:
            return Decision(NotDone(OfficeRefusal.DONE_ALREADY))
        if known is not None:
            return giving_back.decide(books, now)
        sale = books.sales.get(self.payment)
        refusal = None if sale is None else self._refusal(books, sale, now)
        if refusal is not None:
            return Decision(NotDone(refusal))
        return giving_back.decide(books, now)

    def _refusal(self, books: Books, sale: Sale, now: datetime) -> OfficeRefusal | None:
        if sale.funding != cash(self.station, self.by):
            return OfficeRefusal.NOT_HERS
        if not sits_at(books, self.by, self.station):
            return OfficeRefusal.NO_SHIFT
        is_late = now - moment_of(sale.at_us) > timedelta(seconds=self.undo_s)
        return OfficeRefusal.UNDO_OVER if is_late and sale.state is SaleState.WAITING else None


def place_refusal(books: Books, login: str, code: str) -> OfficeRefusal | None:
    """Say why a cashier takes no money at a station; None where she sits there and may.

    A shift outlives its station's closing and its cashier's move to another branch: then nothing is taken.
    """
    if not sits_at(books, login, code):
        return OfficeRefusal.NO_SHIFT
    station, cashier = books.office.stations.get(code), books.office.operators.get(login)
    if station is None or not station.is_open:
        return OfficeRefusal.UNKNOWN_STATION
    if cashier is None or cashier.branch not in {None, station.branch}:
        return OfficeRefusal.OTHER_BRANCH
    return None


def sits_at(books: Books, login: str, station: str) -> bool:
    """Has she opened a shift there, and not closed it?"""
    return any(
        shift.login == login and shift.station == station and shift.closed_us is None
        for shift in books.office.shifts.values()
    )


def is_at_counter(payment: str) -> bool:
    """Was this payment (its key) taken at a counter?"""
    return station_of(payment.split("/")[1]) is not None


def not_handed_out(books: Books, payment: TakePayment, handed_out: frozenset[Carrier] = HANDED_OUT) -> bool:
    """Is it for a meter whose credit this counter cannot hand over?"""
    meter = books.meters.get(payment.order.meter.pan or "")
    return meter is not None and meter.carrier not in handed_out


def as_shown(decision: Decision, shown: str) -> Decision:
    """Let a sale stand if it sells what was shown, at the price that was shown."""
    content = decision.content
    if isinstance(content, Approved) and sold_as(content) != shown:
        return Decision(NotDone(OfficeRefusal.PRICE_CHANGED))
    return decision
