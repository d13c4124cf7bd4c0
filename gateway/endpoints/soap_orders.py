"""What a SOAP call orders: the same commands, keys and digests as the ISO 8583 door's.

``reference`` and ``date`` make the reference that DE37 and DE13 make in the profile ``default``, so a payment
begun at one door is known at the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from gateway.core.currency import CURRENCY_EXPONENT
from gateway.core.meter import MeterRef
from gateway.core.meter_number import MeterNumber
from gateway.core.money import Money, MoneyFault
from gateway.core.timeline import newest_date
from gateway.endpoints.bank_orders import named_meter, order_digest
from gateway.endpoints.soap_fault import SoapFault
from gateway.endpoints.soap_values import EchoCall, InquireCall, PayCall, QueryCall, ReverseCall

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from gateway.core.books import Command
    from gateway.endpoints.bank_orders import BankOrders
    from gateway.endpoints.soap_values import Call


#: What ``reference`` and ``date`` are at the other door, and what must not change under them.
KEY_FIELDS: Final = ("37", "13")
DIGEST_FIELDS: Final = ("meter", "4", "49")


def command_of(call: Call, orders: BankOrders, now: datetime) -> Command:
    """Make the command; SoapFault or MeterNumberFault where the call does not allow it."""
    today = now.astimezone(orders.terms.zone).date()
    match call:
        case InquireCall():
            tender = None if call.amount is None else _tender(call.amount, call.currency)
            return orders.inquiry(_meter(call.meter, call.account), tender)
        case PayCall():
            return _payment(call, orders, today)
        case QueryCall():
            return orders.query(_reference(call.reference, call.date, today))
        case ReverseCall():
            amount = None if call.amount is None else _tender(call.amount, call.currency)
            return orders.reversal(_reference(call.reference, call.date, today), amount=amount)
        case EchoCall():
            raise AssertionError("an echo orders nothing")
        case _:
            assert_never(call)


def _payment(call: PayCall, orders: BankOrders, today: date) -> Command:
    reference = _reference(call.reference, call.date, today)
    tender = _tender(call.amount, call.currency)
    meter = _meter(call.meter, call.account)
    return orders.payment(
        reference,
        meter=meter,
        tender=tender,
        digest=order_digest((named_meter(meter), str(tender.minor), tender.currency)),
        terminal=call.terminal or "",
        is_advice=bool(call.is_advice),
    )


def _reference(reference: str, day: date, today: date) -> str:
    if not reference.strip("0"):
        sentence, cure = "a reference of zeros names nothing", "send what the payment keeps for life"
        raise SoapFault("Client.Field", sentence, cure, field="reference")
    # The ISO 8583 door completes a month and day to the newest such day that can be meant; a day beyond that
    # would be met again there when its year has come.
    if newest_date(day.month, day.day, today) < day:
        sentence = f"the date {day.isoformat()} is further ahead than a bank's clock can be"
        raise SoapFault("Client.Field", sentence, "send the day on which the payment was made", field="date")
    return f"{reference}-{day.isoformat()}"


def _tender(amount: Decimal, currency: str | None) -> Money:
    if currency is None:
        sentence, cure = "an amount without a currency says nothing", "send the currency with the amount"
        raise SoapFault("Client.Field", sentence, cure, field="currency")
    if currency not in CURRENCY_EXPONENT:
        sentence, cure = f"{currency} is no currency of ISO 4217", "send three letters, such as CNY"
        raise SoapFault("Client.Field", sentence, cure, field="currency")
    try:
        return Money.parse(format(amount, "f"), currency)
    except MoneyFault as fault:
        decimals = CURRENCY_EXPONENT[currency]
        cure = f"send at most {decimals} decimals" if decimals else "send no decimals"
        raise SoapFault("Client.Field", str(fault), cure, field="amount") from None


def _meter(meter: str | None, account: str | None) -> MeterRef:
    """Read which meter is meant; MeterNumberFault where its number is mistyped."""
    if meter is not None:
        return MeterRef(pan=MeterNumber.parse(meter).pan)
    return MeterRef(account_no=account)
