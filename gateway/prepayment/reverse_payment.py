"""Reverse a bank's payment: give the waiting credit back, or refuse and open a claim.

    credit waits     the mirror of what was booked: Dr HOLD:CREDIT (AR, CUST), Cr what funded it → accepted;
                     counters go back, so that the block, the month's fee and free energy may be had again
    token is out     Dr CLAIM, Cr BANK (or HOLD:CLAIM where a float had covered it) → refused, an exception
    not known yet    nothing to book; remembered, so that the late original is refused → accepted
    was refused      nothing to book → accepted
    asked again      the same answer

Where the bank settles afterwards the claim takes the disputed amount out of the clearing account, so that
clearing agrees with the bank's own books. A float is not given back: its money is ours until the claim ends
(``end_claim.py``).

Refusals: token_out, amount_differs, meter_differs, partial_reversal; original_unknown where the message names
the payment second-best and it is not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, ExceptionNote, Needs
from gateway.core.counters import given_back
from gateway.core.ledger import EntryKind, transfer
from gateway.core.outcome import Declined, KnownAs, Undone
from gateway.core.payment import bank_channel, reversal_key
from gateway.core.pricing import moved_of, preset_of, read_explained
from gateway.core.refusal import Refusal
from gateway.core.sale import Sale, SaleEvent, SaleState
from gateway.core.trouble import CLAIM
from gateway.prepayment.issue_credit import hold_entry

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books, Traced
    from gateway.core.meter import MeterAccount
    from gateway.core.money import Money


@dataclass(frozen=True, slots=True)
class ReversePayment:
    """A bank takes a payment back. ``amount`` is what the message names, None where it names none.

    ``may_precede``: the reversal names the payment as the payment names itself, so an unknown payment has not
    come yet. Where it is named in a second-best way, the payment may well be here under its better name:
    saying "reversed" would then be a lie, so the answer is that it is not known.
    ``trace`` is the payment's second name, where the message has it: a payment found by it alone is answered
    with its key (``KnownAs``), for the door to ask again. ``pan`` and ``terminal`` are the meter and the
    terminal that the message names, if any.
    """

    payment: str
    bank: str
    amount: Money | None = None
    is_partial: bool = False
    may_precede: bool = True
    pan: str | None = None
    trace: str = ""
    terminal: str = ""

    #: A reversal of one payment is one order, whatever form its repeats take.
    digest = "reversal"

    @property
    def key(self) -> str:
        """The one reversal that a payment can have."""
        return reversal_key(self.payment)

    @property
    def channel(self) -> str:
        """The bank that gave the order."""
        return bank_channel(self.bank)

    def needs(self) -> Needs:
        """Both keys and the sale, with its meter."""
        traces = ((self.bank, self.trace),) if self.trace else ()
        return Needs(keys=(self.payment, self.key), sales=(self.payment,), traces=traces)

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Repeat, undo, remember, or refuse and claim; see the module's table."""
        known = books.known.get(self.key)
        if known is not None:
            return Decision(known.recall())
        if self.is_partial:
            return Decision(Declined(Refusal.PARTIAL_REVERSAL))
        sale = books.sales.get(self.payment)
        if sale is None:
            return self._without_sale(books)
        if self.pan is not None and self.pan != sale.pan:
            return Decision(Declined(Refusal.METER_DIFFERS))
        if self.amount is not None and self.amount != sale.tender:
            return Decision(Declined(Refusal.AMOUNT_DIFFERS))
        if sale.state is SaleState.WAITING:
            return self._give_back(books, sale)
        return self._claim(sale)

    def _without_sale(self, books: Books) -> Decision:
        """There is no sale under this key: refused before, known by another name, or never seen."""
        if self.payment in books.known:
            return self._nothing_to_undo(is_known=True)
        named = [one for one in books.traced.get((self.bank, self.trace), ()) if self._may_mean(one)]
        if len(named) == 1:
            return Decision(KnownAs(named[0].key))
        if named or not self.may_precede:
            return Decision(Declined(Refusal.ORIGINAL_UNKNOWN))
        return self._nothing_to_undo(is_known=False)

    def _may_mean(self, traced: Traced) -> bool:
        """Two terminals may count the same traces: what the message names besides must fit."""
        is_terminal = not self.terminal or not traced.terminal or self.terminal == traced.terminal
        return is_terminal and (self.pan is None or self.pan == traced.pan)

    def _nothing_to_undo(self, *, is_known: bool) -> Decision:
        """Accept. A person is told of a payment we never saw: perhaps the bank named it differently."""
        if is_known:
            return Decision(Undone(None), remembered=True)
        note = ExceptionNote(
            kind="reversed_before_payment",
            bank=self.bank,
            key=self.payment,
            sale_id=None,
            text="the bank reversed a payment that never came; if it comes late it is refused",
        )
        return Decision(Undone(None), remembered=True, exception=note)

    def _give_back(self, books: Books, sale: Sale) -> Decision:
        held = hold_entry(sale.funding, read_explained(sale.quote).lines, sale.tender.currency)
        entry = held.mirrored(EntryKind.VOID, sale.id)
        return Decision(
            Undone(sale.receipt_no),
            remembered=True,
            entries=(entry,),
            meter=_moved_back(books.meters[sale.pan], sale),
            presets=preset_of(sale.quote) is not None,
            sale=sale.after(SaleEvent.REVERSE),
        )

    def _claim(self, sale: Sale) -> Decision:
        settles_afterwards = sale.funding == chart.bank(sale.bank)
        entry = transfer(
            EntryKind.CLAIM,
            debit=chart.claim(sale.bank),
            credit=sale.funding if settles_afterwards else chart.HELD_CLAIM,
            amount=sale.tender.minor,
            unit=sale.tender.currency,
        )
        return Decision(
            Declined(Refusal.TOKEN_OUT),
            remembered=True,
            entries=(entry,),
            sale=sale.after(SaleEvent.REVERSE),
            exception=ExceptionNote(
                kind=CLAIM,
                bank=sale.bank,
                key=self.payment,
                sale_id=sale.id,
                text="the bank reversed a payment whose token is out; end the claim with the bank",
            ),
        )


def _moved_back(meter: MeterAccount, sale: Sale) -> MeterAccount:
    """Move the meter's counters back by what the sale moved; a sale of before has moved its month only."""
    counters, moved = meter.counters, moved_of(sale.quote)
    if moved is not None:
        counters = given_back(counters, moved)
    elif counters.month == sale.month:
        counters = replace(counters, mtd_wh=max(0, counters.mtd_wh - sale.energy_wh))
    back = meter.counted(last_tid=meter.last_tid, counters=counters)
    preset = preset_of(sale.quote)
    return back if preset is None else replace(back, preset=preset)
