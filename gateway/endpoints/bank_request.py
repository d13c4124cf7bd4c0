"""Read a bank's message: what it asks for, under which key, for which meter, how much.

Everything here is a pure function of the message, the profile and the day. What cannot be understood is a
``RequestFault`` that names the field and the cure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from gateway.bits import is_digits
from gateway.codecs.iso8583.message import PeerFault
from gateway.codecs.iso8583.subfields import read
from gateway.core.currency import CURRENCY_EXPONENT, CURRENCY_LETTERS
from gateway.core.meter import MeterRef
from gateway.core.meter_number import MeterNumber, MeterNumberFault
from gateway.core.money import Money
from gateway.core.quickly_built import quickly_built
from gateway.core.timeline import newest_date
from gateway.endpoints.bank_orders import named_meter, order_digest
from gateway.endpoints.bank_profile import wire_exponent
from gateway.endpoints.field_name import field_name

if TYPE_CHECKING:
    from datetime import date

    from gateway.codecs.iso8583.message import Message
    from gateway.endpoints.bank_profile import BankProfile, Place


class Asked(Enum):
    """What a message asks for."""

    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    ECHO = "echo"
    INQUIRY = "inquiry"
    PAYMENT = "payment"
    ADVICE = "advice"
    QUERY = "query"
    REVERSAL = "reversal"
    NOTHING = "nothing"


class RequestFault(Exception):  # noqa: N818 - the bank's fault, answered with ``reason``'s code
    """A message that cannot be served: the profile's reason for it, and a sentence for the integrator."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


_REVERSALS = frozenset({"0400", "0401", "0420", "0421"})
_ADVICES = frozenset({"0220", "0221"})
_FINANCIAL = frozenset({"0200", "0201", "0100", "0101"})
_NETWORK = {"001": Asked.SIGN_ON, "002": Asked.SIGN_OFF, "301": Asked.ECHO}

#: How a reference begins that was read by the profile's second way to name a payment, or by a later one.
_LIKE_ANOTHER_WAY = re.compile(r"[0-9]+~")

#: Dates remembered with their year: messages say that of today, twice each, and now and then an older one.
_DATES_MAX = 64

#: Meter numbers remembered: those of a large town, at about 200 bytes each.
_METERS_MAX = 65_536

#: Replacement amounts: a reversal that carries them asks for a part of the payment only (ISO 8583 DE95).
_REPLACEMENT_AMOUNTS = 95
_REPLACEMENT_DIGITS = 24

_CURRENCY = 49

#: DE4 has twelve digits; an amount in a tag has no more.
_AMOUNT_DIGITS = 12


def is_answer(mti: str) -> bool:
    """Say whether a message is an answer (its third digit is odd): nobody asked, so nobody is answered."""
    return mti[2] in "13579"


def asked(message: Message, profile: BankProfile) -> Asked:
    """Say what a message asks for; NOTHING that this door serves, where it is something else."""
    mti = message.mti
    if mti in {"0800", "0820"}:
        return _NETWORK.get(message.fields.get(70, ""), Asked.NOTHING)
    if mti in _REVERSALS:
        return Asked.REVERSAL
    if mti in _FINANCIAL:
        return _financial(message, profile)
    if mti in _ADVICES and _financial(message, profile) is Asked.PAYMENT:
        return Asked.ADVICE  # of a payment, and of nothing else
    return Asked.NOTHING


def _financial(message: Message, profile: BankProfile) -> Asked:
    fields = message.fields
    code = fields.get(3, "")[:2]
    if code in profile.payment:
        return Asked.PAYMENT
    if code in profile.query:
        return Asked.QUERY
    if code in profile.inquiry:
        pays = profile.amount_makes_payment and fields.get(4, "").strip("0")
        return Asked.PAYMENT if pays else Asked.INQUIRY
    return Asked.NOTHING


def require_readable(message: Message, profile: BankProfile) -> None:
    """Refuse (RequestFault ``format``) a message whose sub-fields cannot be read: before anything is booked,
    since they travel back in the answer.
    """
    for number in profile.answer_tags:
        try:
            read(message, profile.layouts[number])
        except PeerFault as fault:
            raise RequestFault("format", f"DE{number} at {fault.at}: {fault.why}") from fault


def subfield(message: Message, profile: BankProfile, place: Place) -> str:
    """Return the text at a place of a message, empty where it is missing; RequestFault if unreadable."""
    text = message.fields.get(place.field, "")
    if not place.tags or not text:
        return text
    try:
        found = read(message, profile.layouts[place.field])
    except PeerFault as fault:
        raise RequestFault("format", f"DE{place.field} at {fault.at}: {fault.why}") from fault
    return found.values.get(place.tags[0], "")


def meter_of(message: Message, profile: BankProfile) -> MeterRef:
    """Read which meter is meant.

    RequestFault ``format`` where the message names none; MeterNumberFault where the number is mistyped.
    """
    for candidate in profile.meter:
        text = subfield(message, profile, candidate.place).strip()
        if not text:
            continue
        if candidate.names == "customer":
            return MeterRef(account_no=text)
        try:
            pan = _pan(text)
            # A number that may be either is looked for as both; two findings are refused.
            return MeterRef(pan=pan, account_no=text if candidate.names == "either" else None)
        except MeterNumberFault:
            if candidate.names == "either":
                return MeterRef(account_no=text)
            raise
    places = " or ".join(_said(candidate.place) for candidate in profile.meter)
    raise RequestFault("format", f"the meter is missing: send it in {places}")


@lru_cache(maxsize=_METERS_MAX)
def _pan(text: str) -> str:
    """Check a meter's number and write it out; people buy for the same meters again."""
    return MeterNumber.parse(text).pan


def tender_of(message: Message, profile: BankProfile) -> Money:
    """Read DE4 and DE49 as money; RequestFault ``format`` where they are missing or unknown."""
    digits = message.fields.get(4, "")
    if not digits:
        raise RequestFault("format", "DE4 (amount) is missing")
    return _money(digits, message, profile)


def asked_tender_of(message: Message, profile: BankProfile) -> Money | None:
    """Read the amount that an inquiry wants an offer for; None where it names none.

    RequestFault ``format`` where the amount or its currency cannot be read. Without DE49 an amount says
    nothing, as in a reversal.
    """
    text = subfield(message, profile, profile.offer_amount).strip()
    if not text.strip("0") or _CURRENCY not in message.fields:
        return None
    if not is_digits(text) or len(text) > _AMOUNT_DIGITS:
        said = _said(profile.offer_amount)
        raise RequestFault("format", f"{said} (amount) must be at most {_AMOUNT_DIGITS} digits")
    return _money(text, message, profile)


def _money(digits: str, message: Message, profile: BankProfile) -> Money:
    numeric = message.fields.get(_CURRENCY, "")
    currency = CURRENCY_LETTERS.get(numeric, numeric if numeric in CURRENCY_EXPONENT else None)
    if currency is None:
        raise RequestFault("format", "DE49 (currency) is missing or not an ISO 4217 code")
    scale = 10 ** (CURRENCY_EXPONENT[currency] - wire_exponent(profile, currency))
    return Money(int(digits) * scale, currency)


@quickly_built
@dataclass(frozen=True, slots=True)
class Reference:
    """How a message names a payment; ``is_best`` when by the profile's first choice of fields."""

    text: str
    is_best: bool


def reference_of(message: Message, profile: BankProfile, today: date, *, original: bool = False) -> Reference:
    """Read the reference that the payment's key is made of; RequestFault ``format`` where it is missing.

    The first alternative of the profile whose fields are all there is taken. Dates get their year, since a
    key lives for ever.
    """
    alternatives = profile.original_fields if original else profile.key_fields
    for names in alternatives:
        values = [_named(message, profile, name).strip() for name in names]
        # A reference of nothing but zeros is a field filled in, not a reference.
        if not all(value.strip("0") for value in values):
            continue
        if any(" " in value for value in values):
            raise RequestFault("format", f"{_listed(names)}: a blank inside the reference")
        text = _joined(names, values, today)
        place = alternatives.index(names)
        if place == 0 and _LIKE_ANOTHER_WAY.match(text):
            raise RequestFault("format", f"{_listed(names)}: a reference must not begin with a number and ~")
        return Reference(text if place == 0 else f"{place + 1}~{text}", is_best=place == 0)
    wanted = " or ".join(_listed(names) for names in alternatives)
    raise RequestFault("format", f"the reference is missing: send {wanted}")


def _joined(names: tuple[str, ...], values: list[str], today: date) -> str:
    """Join the parts of a reference so that no other parts make the same text.

    A hyphen inside a part would be taken for the one between two, so it is marked, in all but the last part
    that is no date: dates have ten characters, so where that one ends is known from behind.
    """
    free = [n for n, name in enumerate(names) if not field_name(name).is_date]
    parts = [_dated(name, value, today) for name, value in zip(names, values, strict=True)]
    for n in free[:-1]:
        parts[n] = parts[n].replace("~", "~~").replace("-", "~-")
    return "-".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    return " + ".join(f"DE{name}" for name in names)


def digest_of(message: Message, profile: BankProfile, meter: MeterRef, tender: Money) -> str:
    """Digest what must not change under one key: the profile's ``digest_fields``."""
    known = {"meter": named_meter(meter), "4": str(tender.minor), "49": tender.currency}
    names = profile.digest_fields
    return order_digest([known[name] if name in known else _named(message, profile, name) for name in names])


def is_partial(message: Message) -> bool:
    """Say whether a reversal asks for a part of the payment: DE95 begins with two amounts of 12 digits.

    Its fees (with their sign) behind them are no part of the payment.
    """
    amounts = message.fields.get(_REPLACEMENT_AMOUNTS, "")[:_REPLACEMENT_DIGITS]
    return bool(amounts.strip("0 "))


def trace_of(message: Message, profile: BankProfile, today: date, *, original: bool = False) -> str:
    """Name a payment by trace and date (DE11 and DE7, or DE90 of a reversal); empty where there is none."""
    names = ("90.trace", "90.date_time.date") if original else ("11", "7.date")
    try:
        values = [_named(message, profile, name) for name in names]
        if not all(value.strip("0 ") for value in values):
            return ""
        return "-".join(_dated(n, v.strip(), today) for n, v in zip(names, values, strict=True))
    except RequestFault:
        return ""


def _named(message: Message, profile: BankProfile, name: str) -> str:
    field = field_name(name)
    text = message.fields.get(field.number, "")
    if field.part and text:
        try:
            text = read(message, profile.layouts[field.number]).values.get(field.part, "")
        except PeerFault as fault:
            raise RequestFault("format", f"DE{field.number} at {fault.at}: {fault.why}") from fault
    return text[:4] if field.is_date else text


def _dated(name: str, value: str, today: date) -> str:
    if not field_name(name).is_date:
        return value
    try:
        return _full_date(value, today)
    except ValueError:
        raise RequestFault("format", f"DE{name.partition('.')[0]}: {value} is no month and day") from None


@lru_cache(maxsize=_DATES_MAX)
def _full_date(value: str, today: date) -> str:
    return newest_date(int(value[:2]), int(value[2:4]), today).isoformat()


def _said(place: Place) -> str:
    return f"DE{place.field}" + (f" tag {place.tags[0]}" if place.tags else "")
