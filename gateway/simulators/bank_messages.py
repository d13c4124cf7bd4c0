"""The requests of a bank: made from a profile, the bank's own identity, a clock and a running trace.

    pay       0200, a new trace and a new reference: DE37 = YDDDhh and the trace, as in the field
    repeat    the same message, sent again: only the transmission time DE7 is new
    advice    0220 (again: 0221), equal to the payment but for the message type and DE7
    reverse   0400, 0401, 0420 or 0421 with a trace of its own; DE90 names the original, DE37 stays
    query     0200 that fetches the waiting credit of a payment, under the payment's reference

Given the same clock and first trace, the messages are the same byte for byte.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.codecs.iso8583.message import Message
from gateway.core.money import CURRENCY_EXPONENT, CURRENCY_NUMERIC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from gateway.simulators.bank_profile import BankProfile

TRACE_MAX = 999_999
"""DE11 has six digits; after the last comes 1 again."""

REVERSALS = frozenset({"0400", "0401", "0420", "0421"})
SIGN_ON, SIGN_OFF, ECHO = "001", "002", "301"

_ORIGINAL = 90


@dataclass(frozen=True, slots=True)
class BankIdentity:
    """Who calls, and from where.

    ``fields`` go into every financial message, ``tags`` into the field that names the meter.
    ``access_key`` and ``secret`` sign the sign-on where the profile wants it signed.
    """

    acquirer: str = "01020304"
    currency: str = "CNY"
    zone: tzinfo = attribute(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    fields: Mapping[int, str] = attribute(
        default_factory=lambda: {18: "4900", 25: "00", 41: "TERM0001", 42: "UTILITY00000001"}
    )
    tags: Mapping[str, str] = attribute(default_factory=dict)
    access_key: str = attribute(default="", repr=False)
    secret: bytes = attribute(default=b"", repr=False)


def altopay_identity(access_key: str, secret: bytes) -> BankIdentity:
    """Call as an Indonesian bill aggregator does: product and fee in DE48, a routing in DE100 and DE127."""
    return BankIdentity(
        acquirer="360003",
        currency="IDR",
        zone=ZoneInfo("Asia/Jakarta"),
        fields={18: "6012", 41: "KOI", 100: "1234567", 125: "", 127: "071234567"},
        tags={"PI": "013026", "AC": "2500"},
        access_key=access_key,
        secret=secret,
    )


def utc_now() -> datetime:
    """Read the clock of this machine."""
    return datetime.now(UTC)


class BankMessages:
    """Makes a bank's requests. Its links share one, so that no two requests share a trace."""

    def __init__(
        self,
        profile: BankProfile,
        identity: BankIdentity,
        now: Callable[[], datetime] = utc_now,
        first_trace: int = 1,
    ) -> None:
        if not 1 <= first_trace <= TRACE_MAX:
            raise ValueError(f"a trace is a number from 1 to {TRACE_MAX}")
        self.profile = profile
        self.identity = identity
        self._now = now
        self._next_trace = first_trace

    def sign_on(self) -> Message:
        """Open the day: 0800 with DE70 001, signed where the profile says so."""
        signed = self._signed()
        return self._network(SIGN_ON, signed)

    def sign_off(self) -> Message:
        """Close the day: 0800 with DE70 002."""
        return self._network(SIGN_OFF, {})

    def echo(self) -> Message:
        """Ask whether the other side is there: 0800 with DE70 301."""
        return self._network(ECHO, {})

    def inquiry(self, meter: str, amount_minor: int = 0) -> Message:
        """Ask whose meter this is, and what an amount would buy.

        ``meter`` is a meter number or a customer's account number.
        """
        amount, (field, tag) = self._amount(amount_minor), self.profile.offer_place
        if not amount_minor or not tag:
            return self._order("inquiry", meter, amount, None, {})
        place = self.profile.meter_place(meter)
        if field == place.field:
            return self._order("inquiry", meter, "0" * 12, None, {tag: amount})
        named = self.profile.layouts[field].build({tag: amount})
        asked = self._order("inquiry", meter, "0" * 12, None, {})
        return self._made(asked.mti, asked.fields | {field: named})

    def payment(
        self,
        meter: str,
        amount_minor: int,
        reference: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Message:
        """Pay an amount in minor units (ISO 4217) for a meter.

        ``reference`` is DE37 where it must be a certain one, ``tags`` what travels on from an inquiry.
        """
        return self._order("payment", meter, self._amount(amount_minor), reference, tags or {})

    def repeat(self, request: Message) -> Message:
        """Send the same request again."""
        return self._made(request.mti, request.fields | {7: _transmission(self._now())})

    def advice(self, payment: Message, *, again: bool = False) -> Message:
        """Say that the customer has paid, whatever became of the request."""
        fields = payment.fields | {7: _transmission(self._now())}
        return self._made("0221" if again else "0220", fields)

    def reversal(self, payment: Message, mti: str = "0400") -> Message:
        """Take a payment back; ValueError for a message type that takes nothing back."""
        if mti not in REVERSALS:
            raise ValueError(f"a reversal is one of {', '.join(sorted(REVERSALS))}, not {mti}")
        fields = payment.fields | {7: _transmission(self._now()), 11: self._trace()}
        if _ORIGINAL in self.profile.spec.fields:
            fields[_ORIGINAL] = _original(payment)
        return self._made(mti, fields)

    def query(self, payment: Message) -> Message:
        """Ask for the waiting credit of a payment; ValueError where the profile has no such order."""
        code = self._code("query") + payment.fields[3][2:]
        fresh = {3: code, 4: "0" * 12, 7: _transmission(self._now()), 11: self._trace()}
        return self._made("0200", payment.fields | fresh)

    def _order(
        self, order: str, meter: str, amount: str, reference: str | None, tags: Mapping[str, str]
    ) -> Message:
        now, trace, identity = self._now(), self._trace(), self.identity
        local = now.astimezone(identity.zone)
        place = self.profile.meter_place(meter)
        parts = {place.tag: meter, **identity.tags, **tags}
        fields = {
            3: self._code(order) + "0000",
            4: amount,
            7: _transmission(now),
            11: trace,
            12: f"{local:%H%M%S}",
            13: f"{local:%m%d}",
            32: identity.acquirer,
            37: reference or reference_of(local, trace),
            place.field: self.profile.layouts[place.field].build(parts),
            49: CURRENCY_NUMERIC[identity.currency],
        }
        return self._made("0200", fields | dict(identity.fields))

    def _network(self, code: str, signed: Mapping[int, str]) -> Message:
        fields = {7: _transmission(self._now()), 11: self._trace(), 32: self.identity.acquirer, 70: code}
        return self._made("0800", fields | dict(signed))

    def _signed(self) -> dict[int, str]:
        place, identity = self.profile.signature, self.identity
        if place is None:
            return {}
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # altopay: the signature is over "access key:time", in hex, under the bank's secret.
        signature = hmac.new(identity.secret, f"{identity.access_key}:{at}".encode(), "sha256").hexdigest()
        parts = {place.access_key: identity.access_key, place.time: at, place.signature: signature}
        return {place.field: self.profile.layouts[place.field].build(parts)}

    def _amount(self, minor: int) -> str:
        """Write an amount with the decimals that this bank uses: rupiah go without their two."""
        currency = self.identity.currency
        own = CURRENCY_EXPONENT[currency]
        on_wire = self.profile.exponents.get(CURRENCY_NUMERIC[currency], own)
        amount, rest = divmod(minor * 10 ** max(on_wire - own, 0), 10 ** max(own - on_wire, 0))
        if rest or minor < 0:
            raise ValueError(f"{minor} minor units of {currency} cannot be said with {on_wire} decimals")
        return f"{amount:012d}"

    def _code(self, order: str) -> str:
        if order not in self.profile.processing:
            raise ValueError(f"the profile {self.profile.name} has no processing code for a {order}")
        return self.profile.processing[order]

    def _trace(self) -> str:
        trace = self._next_trace
        self._next_trace = trace % TRACE_MAX + 1
        return f"{trace:06d}"

    def _made(self, mti: str, fields: Mapping[int, str]) -> Message:
        return Message(mti, dict(sorted(fields.items())), None, self.profile.spec.secrets)


def reference_of(local: datetime, trace: str) -> str:
    """Make a retrieval reference (DE37): last digit of the year, day of the year, hour, trace.

    >>> reference_of(datetime(2026, 11, 23, 20, 45, 12), "004711")
    '632720004711'
    """
    return f"{local.year % 10}{local:%j%H}{trace}"


def answer_mti(mti: str) -> str:
    """Return the message type that answers a request or an advice, first or repeated.

    >>> answer_mti("0200"), answer_mti("0221"), answer_mti("0401")
    ('0210', '0230', '0410')
    """
    return f"{mti[:2]}{int(mti[2]) + 1}0"


def is_request(mti: str) -> bool:
    """Say whether a message type asks for something: its third digit is even (ISO 8583, 4.1.2.3)."""
    return int(mti[2]) % 2 == 0


def _transmission(moment: datetime) -> str:
    """Write DE7, which is in UTC."""
    return f"{moment.astimezone(UTC):%m%d%H%M%S}"


def _original(payment: Message) -> str:
    """Write DE90: type, trace, DE7, acquirer and forwarder of the original, filled with zeros.

    DE90 is numeric, so the name of an acquirer that has letters cannot stand in it.
    """
    fields = payment.fields
    institutions = [fields.get(number, "") for number in (32, 33)]
    named = "".join((name if name.isdigit() else "").zfill(11) for name in institutions)
    return f"{payment.mti}{fields[11]}{fields[7]}{named}"
