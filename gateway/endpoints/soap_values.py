"""What is asked at the SOAP door and what is said there, as plain frozen values.

The contract turns bytes into a call and a result into bytes; the door in between knows neither XML nor spyne.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class InquireCall:
    """Whose meter is this, and what may be paid? Exactly one of ``meter`` and ``account`` is there.

    An amount asks what it would buy.
    """

    meter: str | None
    account: str | None
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class PayCall:
    """Sell for this amount; ``is_advice``: the customer has paid already."""

    reference: str
    date: date
    amount: Decimal
    currency: str
    terminal: str | None
    is_advice: bool | None
    meter: str | None
    account: str | None


@dataclass(frozen=True, slots=True)
class QueryCall:
    """What became of this payment? Its token, where that waits."""

    reference: str
    date: date


@dataclass(frozen=True, slots=True)
class ReverseCall:
    """Take this payment back; an amount, where one is named, must be the payment's."""

    reference: str
    date: date
    amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class EchoCall:
    """Are you there?"""

    text: str


Call = InquireCall | PayCall | QueryCall | ReverseCall | EchoCall


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OfferResult:
    """What an amount would buy. ``free_wh`` is None where nothing comes free."""

    amount: Decimal
    energy_wh: int
    energy_kwh: str
    free_wh: int | None
    free_kwh: str | None
    line: tuple[Line, ...]
    tariff_version: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class MeterResult:
    """The answer to an inquiry; all but the refusal is there when ``outcome`` is ``found``.

    ``offer`` is there where an amount was named.
    """

    outcome: str
    reason: str | None = None
    sentence: str | None = None
    meter: str | None = None
    account: str | None = None
    customer: str | None = field(default=None, repr=False)
    power_type: str | None = None
    carrier: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    currency: str | None = None
    offer: OfferResult | None = None


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What became of a payment. ``sentence`` is the refusal's, or where an approved credit waits.

    ``outcome`` is approved, declined or reversed; ``energy_kwh`` is what a slip shows. What comes free has a
    token of its own. ``loading`` is where a credit stands that goes to its meter over a line.
    """

    outcome: str
    reason: str | None = None
    sentence: str | None = None
    receipt_no: int | None = None
    meter: str | None = None
    account: str | None = None
    customer: str | None = field(default=None, repr=False)
    amount: Decimal | None = None
    currency: str | None = None
    energy_wh: int | None = None
    energy_kwh: str | None = None
    line: tuple[Line, ...] = ()
    tariff_version: str | None = None
    carrier: str | None = None
    token: str | None = field(default=None, repr=False)
    business_date: date | None = None
    free_wh: int | None = None
    free_kwh: str | None = None
    free_token: str | None = field(default=None, repr=False)
    key_change: tuple[str, ...] = field(default=(), repr=False)
    loading: str | None = None


@dataclass(frozen=True, slots=True)
class ReversalResult:
    """What became of a reversal: ``outcome`` is reversed or declined."""

    outcome: str
    reason: str | None = None
    sentence: str | None = None
    receipt_no: int | None = None


@dataclass(frozen=True, slots=True)
class EchoResult:
    """Here we are."""

    text: str
    time: datetime
    bank: str


Result = MeterResult | PaymentResult | ReversalResult | EchoResult
