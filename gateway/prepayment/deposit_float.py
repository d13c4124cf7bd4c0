"""Fill a bank's float: what it has covered in advance, and may sell.

    Dr BANK:<bank>, Cr FLOAT:<bank>

A bank that settles afterwards has no float: money on it would cover nothing and come back to nobody.

Refusals: bad_amount, over_limit, wrong_currency, key_reused, settles_afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core import chart
from gateway.core.books import Decision, Needs
from gateway.core.ledger import EntryKind, transfer
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.outcome import Declined, Deposited
from gateway.core.payment import bank_channel
from gateway.core.refusal import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.core.books import Books
    from gateway.core.money import Money

#: A slip of the pen, not a deposit; and sums of a lifetime of deposits stay within 64 bits.
DEPOSIT_MINOR_MAX = 10**15


@dataclass(frozen=True, slots=True)
class DepositFloat:
    """A bank has brought money for what it will sell. ``key`` comes from ``payment.deposit_key``.

    ``covered``: the bank pays in advance (see ``SaleTerms``), as the door that gives the order knows it from
    the configuration.
    """

    key: str
    bank: str
    amount: Money
    currency: str
    covered: bool

    @property
    def digest(self) -> str:
        """The amount is all that a repeat could change."""
        return f"{self.amount.minor} {self.amount.currency}"

    @property
    def channel(self) -> str:
        """The bank that gave the order."""
        return bank_channel(self.bank)

    def needs(self) -> Needs:
        """The key and the float's balance."""
        return Needs(keys=(self.key,), balances=(chart.bank_float(self.bank),))

    def decide(self, books: Books, now: datetime) -> Decision:  # noqa: ARG002 - every command gets the moment
        """Repeat, refuse, or book the deposit."""
        known = books.known.get(self.key)
        if known is not None:
            same = known.digest == self.digest
            return Decision(known.recall() if same else Declined(Refusal.KEY_REUSED))
        if not self.covered:
            return Decision(NotDone(OfficeRefusal.SETTLES_AFTERWARDS, self.bank))
        if self.amount.minor <= 0:
            return Decision(Declined(Refusal.BAD_AMOUNT))
        if self.amount.minor > DEPOSIT_MINOR_MAX:
            return Decision(Declined(Refusal.OVER_LIMIT))
        if self.amount.currency != self.currency:
            return Decision(Declined(Refusal.WRONG_CURRENCY, self.currency))
        account = chart.bank_float(self.bank)
        balance = -books.balances.get(account, 0) + self.amount.minor
        entry = transfer(
            EntryKind.DEPOSIT,
            debit=chart.bank(self.bank),
            credit=account,
            amount=self.amount.minor,
            unit=self.amount.currency,
        )
        return Decision(
            Deposited(books.next_position, balance, self.amount.currency), remembered=True, entries=(entry,)
        )
