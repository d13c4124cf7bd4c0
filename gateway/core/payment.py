"""A payment order and the terms it is decided under; the keys by which its life is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.core import chart
from gateway.core.quickly_built import quickly_built

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.core.meter import MeterRef
    from gateway.core.money import Money

#: What tariffs call the utility's own counters, such as in ``channel_fees``.
COUNTERS: Final = "counter"


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """What a bank or a counter may sell, and how: read from the configuration, never from a message.

    ``covered``: the bank may sell only what its float covers. ``token_in_answer``: the token goes out with
    the answer to the payment; otherwise the credit waits until it is handed over. ``zone`` is the civil time
    in which token ids are counted (STS vendors count in civil time, never in the process's zone). ``cash`` is
    the account of the drawer into which a counter takes the money (``core.counter``); empty for a bank.
    """

    bank: str
    currency: str
    least_minor: int
    most_minor: int
    covered: bool
    token_in_answer: bool
    zone: tzinfo
    tid_lead_max: int = 60
    cash: str = ""

    @property
    def funding(self) -> str:
        """Which account a payment comes from."""
        if self.cash:
            return self.cash
        return chart.bank_float(self.bank) if self.covered else chart.bank(self.bank)

    @property
    def price_channel(self) -> str:
        """Who takes the money, as tariffs name him: all counters are one channel."""
        return COUNTERS if self.cash else self.bank


@quickly_built
@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What a bank asks for: this tender for this meter. ``rnd`` is the token's random nibble (0–15).

    ``trace`` is the payment's second name (trace number and date), by which a reversal may ask for it.
    """

    meter: MeterRef
    tender: Money
    terminal: str
    rnd: int
    trace: str = ""


def bank_channel(bank: str) -> str:
    """Name a bank as the giver of an order, for the journal."""
    return f"bank:{bank}"


def payment_key(bank: str, reference: str) -> str:
    """Name a payment: one key for its request, its repeats, its advices."""
    return f"pay/{bank}/{reference}"


def deposit_key(bank: str, reference: str) -> str:
    """Name a deposit to a bank's float."""
    return f"deposit/{bank}/{reference}"


def reversal_key(payment: str) -> str:
    """Name the reversal of a payment: there can be only one."""
    return f"undo/{payment}"


def handover_key(payment: str) -> str:
    """Name the hand-over of a payment's waiting credit: there can be only one."""
    return f"give/{payment}"


def claim_end_key(payment: str) -> str:
    """Name the end of a payment's claim: there can be only one."""
    return f"claim/{payment}"


def overdue_key(payment: str) -> str:
    """Name the note that a payment's credit has waited for too long: one note is enough."""
    return f"late/{payment}"
