"""Write the answer to a bank's message from the decided content.

The answer is a function of the request at hand and the content alone: no clock, no dice. So an identical
request gets identical bytes, today and in a year.
"""

from __future__ import annotations

import unicodedata
from textwrap import wrap
from typing import TYPE_CHECKING

from gateway.core.energy import Energy
from gateway.core.meter import Carrier
from gateway.core.money import Money
from gateway.core.outcome import Approved, Declined, MeterFound
from gateway.core.timeline import business_date, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time, tzinfo

    from gateway.codecs.iso8583.message import Message
    from gateway.core.outcome import Content
    from gateway.endpoints.bank_profile import BankProfile, Place

#: Lines on a bank's screen or slip are 40 characters (the sample answers of the field are drawn so).
_LINE_WIDTH = 40
_TEXT_MAX = 200
_PRIVATE = 48
_AUTHORISATION_DIGITS = 1_000_000


def answer_mti(mti: str) -> str:
    """Return the type of the answer: third digit one up, and no repeat digit (0201 → 0210, 0421 → 0430)."""
    return f"{mti[:2]}{chr(ord(mti[2]) + 1)}0"


class AnswerWriter:
    """Writes the fields of answers for one bank; ``zone`` and ``cut_over`` date its settlement."""

    def __init__(self, profile: BankProfile, zone: tzinfo, cut_over: time) -> None:
        self._profile = profile
        self._zone = zone
        self._cut_over = cut_over

    def plain(self, request: Message, reason: str, sentence: str = "") -> bytes:
        """Answer with a code of the profile and perhaps a sentence: sign-on, faults, busy."""
        fields = self._echoed(request)
        fields[39] = self._profile.codes[reason]
        self._put_text(fields, sentence)
        return self._encode(request, fields)

    def decided(self, request: Message, content: Content) -> bytes:
        """Answer with what was decided."""
        fields = self._echoed(request)
        parts: dict[int, dict[str, str]] = {}
        match content:
            case Approved():
                fields[39] = self._profile.codes["done"]
                self._approved(fields, parts, content)
            case Declined():
                fields[39] = self._profile.codes[content.reason.value]
                self._put_text(fields, content.sentence, parts)
            case MeterFound():
                fields[39] = self._profile.codes["done"]
                self._found(fields, parts, content)
            case _:
                fields[39] = self._profile.codes["done"]
        self._merge(request, fields, parts)
        return self._encode(request, fields)

    def _approved(self, fields: dict[int, str], parts: dict[int, dict[str, str]], paid: Approved) -> None:
        day = business_date(moment_of(paid.at_us), self._zone, self._cut_over)
        self._put(fields, parts, "authorisation", f"{paid.receipt_no % _AUTHORISATION_DIGITS:06d}")
        self._put(fields, parts, "settlement_date", f"{day.month:02d}{day.day:02d}")
        self._put(fields, parts, "receipt", str(paid.receipt_no))
        self._put(fields, parts, "customer", masked_name(paid.customer))
        self._put(fields, parts, "energy", str(paid.energy_wh))
        if paid.token is not None:
            self._put(fields, parts, "token", paid.token.reveal())
        else:
            self._put_text(fields, waiting_sentence(paid), parts)
        self._put_lines(parts, "receipt_lines", lambda: slip_lines(paid))

    def _found(self, fields: dict[int, str], parts: dict[int, dict[str, str]], found: MeterFound) -> None:
        self._put(fields, parts, "customer", masked_name(found.customer))
        self._put(fields, parts, "least", str(found.least.minor))
        name = masked_name(found.customer)
        self._put_lines(parts, "screen_lines", lambda: [f"CUSTOMER {name}", f"METER {found.pan[6:17]}"])

    def _echoed(self, request: Message) -> dict[int, str]:
        echoed = {n: request.fields[n] for n in self._profile.echo if n in request.fields}
        if request.mti.startswith("08"):
            # A sign-on's signature or key belongs to the one who sent it; it is not said again.
            echoed.pop(_PRIVATE, None)
        return echoed

    def _put(self, fields: dict[int, str], parts: dict[int, dict[str, str]], name: str, text: str) -> None:
        """Put a value where the profile wants it; nowhere if it does not."""
        place = self._profile.answer.get(name)
        if place is None:
            return
        if place.tags:
            parts.setdefault(place.field, {})[place.tags[0]] = plain_ascii(text)
        else:
            fields[place.field] = plain_ascii(text)

    def _put_lines(
        self, parts: dict[int, dict[str, str]], name: str, lines: Callable[[], list[str]]
    ) -> None:
        """Put lines where the profile wants them; they are not even written where it does not."""
        place = self._profile.answer.get(name)
        if place is not None and place.tags:
            into = parts.setdefault(place.field, {})
            into.update(zip(place.tags, (plain_ascii(line)[:_LINE_WIDTH] for line in lines()), strict=False))

    def _put_text(
        self, fields: dict[int, str], sentence: str, parts: dict[int, dict[str, str]] | None = None
    ) -> None:
        place: Place | None = self._profile.answer.get("text")
        if place is None or not sentence:
            return
        text = plain_ascii(sentence)[:_TEXT_MAX]
        if not place.tags:
            fields[place.field] = text
            return
        own = parts if parts is not None else {}
        own.setdefault(place.field, {}).update(zip(place.tags, wrap(text, _LINE_WIDTH), strict=False))
        if parts is None:
            for number, values in own.items():
                fields[number] = self._profile.layouts[number].build(values)

    def _merge(self, request: Message, fields: dict[int, str], parts: dict[int, dict[str, str]]) -> None:
        """Let the request's own tags travel back, with ours behind them (and over them)."""
        for number, values in parts.items():
            text = request.fields.get(number, "")
            sent = self._profile.layouts[number].parse(text) if text else None
            travelling = {} if sent is None else {**sent.values, **sent.unknown}
            fields[number] = self._profile.layouts[number].build({**travelling, **values})

    def _encode(self, request: Message, fields: dict[int, str]) -> bytes:
        return self._profile.spec.encode(answer_mti(request.mti), dict(sorted(fields.items())))


def waiting_sentence(paid: Approved) -> str:
    """Say where the credit of an approved payment without a token will be loaded."""
    match paid.carrier:
        case Carrier.CARD:
            return "paid; the credit is loaded on the card at a sales station"
        case Carrier.REMOTE:
            return "paid; the credit is sent to the meter"
        case Carrier.TOKEN:
            return "paid; the token waits to be fetched"


def slip_lines(paid: Approved) -> list[str]:
    """Write the lines that a bank prints: token first, then what it is for."""
    lines = [f"TOKEN {paid.token.grouped()}"] if paid.token is not None else [waiting_sentence(paid)[:40]]
    lines += [f"ENERGY {Energy(paid.energy_wh).kwh_text()} kWh", f"METER {paid.pan[6:17]}"]
    lines += [f"{code} {Money(minor, paid.currency).text()}" for code, minor in paid.lines]
    total = Money(paid.tender_minor, paid.currency)
    return [*lines, f"TOTAL {total.with_currency()}", f"RECEIPT {paid.receipt_no}"]


def masked_name(name: str) -> str:
    """Show enough of a name for the customer to be recognised, and no more: Zhang Wei → Zh*** We*."""
    return " ".join(part[:2] + "*" * max(0, len(part) - 2) for part in name.split())


def plain_ascii(text: str) -> str:
    """Write a text in the characters that every bank's field can carry."""
    if text.isascii():
        return text
    spread = unicodedata.normalize("NFKD", text)
    return "".join(c if c.isascii() else "?" for c in spread if not unicodedata.combining(c))
