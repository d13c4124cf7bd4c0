"""What an ISO 8583 message orders, read through its bank's profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.meter_number import MeterNumberFault
from gateway.endpoints.bank_request import (
    Asked,
    RequestFault,
    asked_tender_of,
    digest_of,
    is_partial,
    meter_of,
    reference_of,
    require_readable,
    tender_of,
    trace_of,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from gateway.codecs.iso8583.message import Message
    from gateway.core.books import Command
    from gateway.endpoints.bank_orders import BankOrders
    from gateway.endpoints.bank_profile import BankProfile

_TERMINAL = 41
_CURRENCY = 49


@dataclass(frozen=True, slots=True)
class MessageOrders:
    """Makes the commands of one bank's messages."""

    profile: BankProfile
    orders: BankOrders

    def command(self, what: Asked, message: Message, now: datetime) -> Command:
        """Make the command; RequestFault or MeterNumberFault where the message does not allow it."""
        require_readable(message, self.profile)
        today = now.astimezone(self.orders.terms.zone).date()
        match what:
            case Asked.INQUIRY:
                return self.orders.inquiry(
                    meter_of(message, self.profile), asked_tender_of(message, self.profile)
                )
            case Asked.PAYMENT | Asked.ADVICE:
                return self._payment(message, today, is_advice=what is Asked.ADVICE)
            case Asked.QUERY:
                return self.orders.query(reference_of(message, self.profile, today).text)
            case Asked.REVERSAL:
                return self._reversal(message, today)
            case _:
                raise AssertionError(f"{what} moves no money")

    def _payment(self, message: Message, today: date, *, is_advice: bool) -> Command:
        profile = self.profile
        reference = reference_of(message, profile, today).text
        meter, tender = meter_of(message, profile), tender_of(message, profile)
        return self.orders.payment(
            reference,
            meter=meter,
            tender=tender,
            digest=digest_of(message, profile, meter, tender),
            terminal=message.fields.get(_TERMINAL, "").strip(),
            trace=trace_of(message, profile, today),
            is_advice=is_advice,
        )

    def _reversal(self, message: Message, today: date) -> Command:
        # Without a currency the amount says nothing; the payment's own stands.
        names_amount = bool(message.fields.get(4, "").strip("0")) and _CURRENCY in message.fields
        reference = reference_of(message, self.profile, today, original=True)
        return self.orders.reversal(
            reference.text,
            amount=tender_of(message, self.profile) if names_amount else None,
            is_partial=is_partial(message),
            may_precede=reference.is_best,
            pan=self._named_pan(message),
            trace=trace_of(message, self.profile, today, original=True),
            terminal=message.fields.get(_TERMINAL, "").strip(),
        )

    def _named_pan(self, message: Message) -> str | None:
        """Return the meter that a reversal names, None where it names none or only its customer."""
        try:
            ref = meter_of(message, self.profile)
        except (RequestFault, MeterNumberFault):
            return None
        return ref.pan if ref.account_no is None else None
