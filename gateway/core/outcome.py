"""The decided content of a reply: what was decided, in values that can be stored and said again.

The content is stored under the order's key in the same transaction as its entries. A repeat gets it again,
for ever, and a door makes the same bytes of it. ``stored`` and ``recalled`` are each other's inverse.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard, get_args

from gateway.core.card_order import card_order_read
from gateway.core.closed_day import Closed, DayRefused
from gateway.core.key_change import KeyChanged
from gateway.core.management import Managed, ManagementOrdered
from gateway.core.meter import Carrier
from gateway.core.office import NotDone
from gateway.core.office_answer import ApprovalAsked, CardOrdered, Changed, OfficePassing
from gateway.core.quickly_built import quickly_built
from gateway.core.reading_answer import ReadingsTaken
from gateway.core.refusal import Refusal
from gateway.core.reset import ResetDone
from gateway.core.sentence import with_detail
from gateway.core.token import ReservedId, TokenDigits
from gateway.core.token_reserved import TokenReserved
from gateway.core.way_answer import WaysKept

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.core.money import Money
    from gateway.core.remote_order import RemoteState
    from gateway.core.token_order import Order

#: Made once: ``json.dumps`` with separators would make an encoder for every reply.
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


#: Writes a text with its quotes, as the encoder above does.
_text = json.encoder.encode_basestring


def _digits(token: TokenDigits | None) -> str:
    return "null" if token is None else f'"{token.reveal()}"'


@quickly_built
@dataclass(frozen=True, slots=True)
class FreeToken:
    """Energy given free with a purchase, as a token of its own; None while the credit waits."""

    energy_wh: int
    token: TokenDigits | None


@quickly_built
@dataclass(frozen=True, slots=True)
class Approved:
    """Paid: ``token`` is out with this answer, or None while the credit waits.

    ``lines`` are (code, minor units) and sum to ``tender_minor``. ``free`` comes beside what was paid for.
    ``key_change`` are the tokens to be entered before, in this order. ``reserved`` is the id that the first
    token will have (a second one has the next), where a security module makes it. ``preset_wh`` of the energy
    the meter had already: the token carries so much less. ``loading`` is where its order over the line
    stands at the moment: said to whoever asks, and never stored.
    """

    receipt_no: int
    pan: str
    account_no: str
    customer: str
    power_type: str
    tender_minor: int
    currency: str
    energy_wh: int
    lines: tuple[tuple[str, int], ...]
    tariff_version: str
    carrier: Carrier
    token: TokenDigits | None
    at_us: int
    free: FreeToken | None = None
    key_change: tuple[TokenDigits, ...] = ()
    reserved: ReservedId | None = None
    preset_wh: int = 0
    loading: RemoteState | None = None

    def stored(self) -> str:
        """Write the content as compact JSON; the order of the values is part of the stored format.

        What is free stands behind the others, then what is seldom there, by name; each only if it is there.
        """
        # Spelled out, since it is made for every payment: half the time that the encoder takes.
        text, token = _text, self.token
        lines = ",".join([f"[{text(code)},{minor}]" for code, minor in self.lines])
        free = "" if self.free is None else f",{self.free.energy_wh},{_digits(self.free.token)}"
        if self.key_change or self.reserved is not None or self.preset_wh:
            free += "," + _dumps(self._seldom())
        return (
            f'["approved",{self.receipt_no},{text(self.pan)},{text(self.account_no)},{text(self.customer)},'
            f"{text(self.power_type)},{self.tender_minor},{text(self.currency)},{self.energy_wh},[{lines}],"
            f"{text(self.tariff_version)},{text(self.carrier.value)},{_digits(token)},{self.at_us}{free}]"
        )

    def _seldom(self) -> dict[str, object]:
        """What few sales have, as it is stored."""
        reserved = self.reserved
        named: dict[str, object] = {}
        if self.key_change:
            named["key_change"] = [token.reveal() for token in self.key_change]
        if reserved is not None:
            named["reserved"] = [reserved.base_date, reserved.tid, reserved.rnd]
        if self.preset_wh:
            named["preset"] = self.preset_wh
        return named


@dataclass(frozen=True, slots=True)
class Declined:
    """Refused, with the reason; nothing was booked."""

    reason: Refusal
    detail: str = ""

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("declined", self.reason.value, self.detail))

    @property
    def sentence(self) -> str:
        """The reason in words, with the detail where there is one."""
        return with_detail(self.reason.sentence, self.detail)


@dataclass(frozen=True, slots=True)
class Undone:
    """A reversal was accepted. ``receipt_no`` is the sale's, or None where there was nothing to undo."""

    receipt_no: int | None

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("undone", self.receipt_no))


@dataclass(frozen=True, slots=True)
class Deposited:
    """A float was filled: the float's balance after the deposit, in minor units."""

    receipt_no: int
    balance_minor: int
    currency: str

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("deposited", self.receipt_no, self.balance_minor, self.currency))


@dataclass(frozen=True, slots=True)
class Noted:
    """Something is on a person's list now. ``receipt_no`` is the sale's."""

    receipt_no: int

    def stored(self) -> str:
        """Write the content as compact JSON."""
        return _dumps(("noted", self.receipt_no))


@dataclass(frozen=True, slots=True)
class Offer:
    """What an amount would buy now: not a promise, for the price is that of the moment of the payment.

    ``lines`` are (code, minor units) and sum to ``tender``; ``own`` are (account, minor units) of those among
    them that are booked on the customer's own accounts at once. The figures hold until ``valid_until_us``
    unless the meter buys something in between. ``preset_wh`` of the energy the meter has already.
    """

    tender: Money
    energy_wh: int
    free_wh: int
    lines: tuple[tuple[str, int], ...]
    tariff_version: str
    valid_until_us: int
    own: tuple[tuple[str, int], ...] = ()
    preset_wh: int = 0


@dataclass(frozen=True, slots=True)
class MeterFound:
    """The answer to an inquiry: whom the meter belongs to, what may be paid, nothing is stored.

    ``offer`` says what the amount that was asked about would buy.
    """

    pan: str
    account_no: str
    customer: str
    power_type: str
    carrier: Carrier
    least: Money
    most: Money
    mtd_wh: int
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class KnownAs:
    """The payment is here under another key: ask again with that. Nothing is stored."""

    payment: str


@dataclass(frozen=True, slots=True)
class TokensWanted:
    """Nothing is decided: the issuer must prepare these, then the same command is to be posted again."""

    orders: tuple[Order, ...]


StoredContent = (
    Approved
    | Declined
    | Undone
    | Deposited
    | Noted
    | Closed
    | ManagementOrdered
    | Managed
    | KeyChanged
    | Changed
    | ApprovalAsked
    | CardOrdered
    | ReadingsTaken
    | TokenReserved
    | ResetDone
    | WaysKept
)
#: What only describes how things stand, and is never remembered.
Passing = MeterFound | KnownAs | TokensWanted | DayRefused | NotDone | OfficePassing
Content = StoredContent | Passing

#: The same as a set: every payment asks, and a union of classes is tried one by one.
_PASSING: Final = frozenset(get_args(Passing))


def is_stored(content: Content) -> TypeGuard[StoredContent]:
    """Can it be remembered?"""
    return type(content) not in _PASSING


def recalled(text: str) -> StoredContent:
    """Read a stored content back; ValueError when the text is not one."""
    kind, *values = json.loads(text)
    read = _READERS.get(kind)
    if read is None:
        raise ValueError(f"no decided content is called {kind!r}")
    return read(values)


def _approved(values: list[Any]) -> Approved:
    """Read an approval back; ``Any`` because these are JSON values of our own stored format, in its order."""
    receipt_no, pan, account_no, customer, power_type, tender_minor, currency, *rest = values
    energy_wh, lines, tariff_version, carrier, token, at_us, *free = rest
    seldom = free.pop() if free and isinstance(free[-1], dict) else {}
    return Approved(
        receipt_no=receipt_no,
        pan=pan,
        account_no=account_no,
        customer=customer,
        power_type=power_type,
        tender_minor=tender_minor,
        currency=currency,
        energy_wh=energy_wh,
        lines=tuple((code, minor) for code, minor in lines),
        tariff_version=tariff_version,
        carrier=Carrier(carrier),
        token=None if token is None else TokenDigits(token),
        at_us=at_us,
        free=FreeToken(free[0], None if free[1] is None else TokenDigits(free[1])) if free else None,
        key_change=tuple(TokenDigits(digits) for digits in seldom.get("key_change", ())),
        reserved=ReservedId(*seldom["reserved"]) if "reserved" in seldom else None,
        preset_wh=seldom.get("preset", 0),
    )


#: How each kind of content is read back.
_READERS: Final[dict[str, Callable[[list[Any]], StoredContent]]] = {
    "approved": _approved,
    "declined": lambda values: Declined(Refusal(values[0]), values[1]),
    "card_order": lambda values: CardOrdered(card_order_read(values)),
    "undone": lambda values: Undone(values[0]),
    "deposited": lambda values: Deposited(*values),
    "noted": lambda values: Noted(values[0]),
    "closed": Closed.from_stored,
    "ordered": ManagementOrdered.from_stored,
    "managed": Managed.from_stored,
    "rekeyed": lambda values: KeyChanged(*values),
    "changed": lambda values: Changed(*values),
    "asked": lambda values: ApprovalAsked(*values),
    "readings": ReadingsTaken.from_stored,
    "reserved": TokenReserved.from_stored,
    "reset": ResetDone.from_stored,
    "ways": WaysKept.from_stored,
}
