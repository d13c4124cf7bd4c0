"""Say a decided content as a result of the contract: a function of the content alone, so it never changes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.core.energy import Energy
from gateway.core.money import Money
from gateway.core.outcome import Approved, Declined, MeterFound, Undone
from gateway.core.refusal import Refusal
from gateway.core.timeline import business_date, moment_of
from gateway.endpoints.bank_wording import face_number, loading_sentence, masked_name, waiting_sentence
from gateway.endpoints.soap_values import (
    InquireCall,
    Line,
    MeterResult,
    OfferResult,
    PayCall,
    PaymentResult,
    QueryCall,
    ReversalResult,
    ReverseCall,
)

if TYPE_CHECKING:
    from datetime import time, tzinfo

    from gateway.core.outcome import Content, Offer
    from gateway.endpoints.soap_values import Call, Result


def result_of(call: Call, content: Content, zone: tzinfo, cut_over: time) -> Result:
    """Say what was decided; ``zone`` and ``cut_over`` date the day, and an offer's end is in ``zone``."""
    match call, content:
        case InquireCall(), MeterFound():
            return _found(content, zone)
        case InquireCall(), Declined():
            return MeterResult("declined", content.reason.value, content.sentence)
        case PayCall() | QueryCall(), Approved():
            return _approved(content, zone, cut_over)
        case PayCall() | QueryCall(), Declined():
            # Not a failure of this request: the payment was there, and was taken back.
            outcome = "reversed" if content.reason is Refusal.REVERSED else "declined"
            return PaymentResult(outcome, content.reason.value, content.sentence)
        case ReverseCall(), Undone():
            return ReversalResult("reversed", receipt_no=content.receipt_no)
        case ReverseCall(), Declined():
            return ReversalResult("declined", content.reason.value, content.sentence)
        case _:
            raise AssertionError(f"{type(call).__name__} is not answered by {type(content).__name__}")


def _approved(paid: Approved, zone: tzinfo, cut_over: time) -> PaymentResult:
    free = paid.free
    return PaymentResult(
        "approved",
        sentence=(loading_sentence(paid) or None) if paid.token is not None else waiting_sentence(paid),
        loading=None if paid.loading is None else paid.loading.value,
        receipt_no=paid.receipt_no,
        meter=face_number(paid.pan),
        account=paid.account_no,
        customer=masked_name(paid.customer),
        amount=_major(Money(paid.tender_minor, paid.currency)),
        currency=paid.currency,
        energy_wh=paid.energy_wh,
        energy_kwh=Energy(paid.energy_wh).kwh_text(),
        line=_lines(paid.lines, paid.currency),
        tariff_version=paid.tariff_version,
        carrier=paid.carrier.value,
        token=None if paid.token is None else paid.token.reveal(),
        business_date=business_date(moment_of(paid.at_us), zone, cut_over),
        free_wh=None if free is None else free.energy_wh,
        free_kwh=None if free is None else Energy(free.energy_wh).kwh_text(),
        free_token=None if free is None or free.token is None else free.token.reveal(),
        key_change=tuple(token.reveal() for token in paid.key_change),
    )


def _found(found: MeterFound, zone: tzinfo) -> MeterResult:
    return MeterResult(
        "found",
        meter=face_number(found.pan),
        account=found.account_no,
        customer=masked_name(found.customer),
        power_type=found.power_type,
        carrier=found.carrier.value,
        least=_major(found.least),
        most=_major(found.most),
        currency=found.least.currency,
        offer=None if found.offer is None else _offer(found.offer, zone),
    )


def _offer(offer: Offer, zone: tzinfo) -> OfferResult:
    return OfferResult(
        amount=_major(offer.tender),
        energy_wh=offer.energy_wh,
        energy_kwh=Energy(offer.energy_wh).kwh_text(),
        free_wh=offer.free_wh or None,
        free_kwh=Energy(offer.free_wh).kwh_text() if offer.free_wh else None,
        line=_lines(offer.lines, offer.tender.currency),
        tariff_version=offer.tariff_version,
        valid_until=moment_of(offer.valid_until_us).astimezone(zone),
    )


def _lines(lines: tuple[tuple[str, int], ...], currency: str) -> tuple[Line, ...]:
    return tuple(Line(code, _major(Money(minor, currency))) for code, minor in lines)


def _major(money: Money) -> Decimal:
    """Write an amount in major units, exactly, with every decimal that the currency has."""
    return Decimal(money.text())
