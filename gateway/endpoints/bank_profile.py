"""A bank's profile: how its messages look (the codec's part) and how its door answers them.

A profile is data (``schemas/iso8583/<name>.json``); a new bank is a new file. The ``door`` section says which
processing codes mean what, which fields make the key and the digest, where the meter and the token stand, and
which response code says what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.framing import Framing
from gateway.codecs.iso8583.message import MessageSpec
from gateway.codecs.iso8583.subfields import SubFieldLayout
from gateway.core.currency import CURRENCY_EXPONENT, CURRENCY_LETTERS, CURRENCY_NUMERIC
from gateway.core.refusal import Refusal
from gateway.endpoints.profile_check import faults_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.core.money import Money

#: Response codes where a profile names no other (ISO 8583:1987 list with the habits of bank.md 4.5).
_CODES = {
    "done": "00",
    "signed_off": "40",
    "bad_signature": "63",
    "wrong_bank": "31",
    "format": "30",
    "not_allowed": "12",
    "busy": "91",
    "unknown": "68",
    "fault": "96",
    Refusal.UNKNOWN_METER.value: "14",
    Refusal.BAD_METER_NUMBER.value: "14",
    Refusal.SEVERAL_METERS.value: "14",
    Refusal.METER_BLOCKED.value: "62",
    Refusal.METER_NOT_ACTIVE.value: "62",
    Refusal.BAD_AMOUNT.value: "13",
    Refusal.BELOW_MINIMUM.value: "13",
    Refusal.OVER_LIMIT.value: "13",
    Refusal.NOT_A_MULTIPLE.value: "13",
    Refusal.TOO_OFTEN.value: "65",
    Refusal.BY_READINGS.value: "57",
    Refusal.WRONG_CURRENCY.value: "12",
    Refusal.NOT_COVERED.value: "51",
    Refusal.NO_TARIFF.value: "57",
    Refusal.NO_TOKEN.value: "91",
    Refusal.TOKENS_TOO_FAST.value: "91",
    Refusal.KEY_REUSED.value: "94",
    Refusal.REVERSED.value: "12",
    Refusal.ORIGINAL_UNKNOWN.value: "25",
    Refusal.TOKEN_OUT.value: "12",
    Refusal.AMOUNT_DIFFERS.value: "13",
    Refusal.METER_DIFFERS.value: "12",
    Refusal.PARTIAL_REVERSAL.value: "12",
}


#: DE39 is an2 (ISO 8583:1987).
_CODE_LENGTH = 2

#: Bit 192 is the last of a tertiary bitmap.
_FIELD_MAX = 192


class ProfileFault(ValueError):  # noqa: N818 - the operator's fault, said in his words
    """A profile that cannot be used: ``door.<path>`` and why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a field, a tag inside it, or several tags for several lines."""

    field: int
    tags: tuple[str, ...] = ()


#: Where an inquiry names the amount that an offer is wanted for, unless the profile says otherwise.
_DE4 = Place(4)


@dataclass(frozen=True, slots=True)
class MeterPlace:
    """Where a request names the meter: by ``meter`` number, by ``customer`` number, or by ``either``."""

    place: Place
    names: str


@dataclass(frozen=True, slots=True)
class SignOnProof:
    """Where a sign-on carries its HMAC-SHA256 signature over ``access key : time``."""

    field: int
    access_key: str
    time: str
    signature: str


@dataclass(frozen=True, slots=True)
class BankProfile:
    """Everything the door knows of a bank's dialect; made once from the profile's tables."""

    name: str
    spec: MessageSpec
    framing: Framing
    layouts: dict[int, SubFieldLayout]
    inquiry: frozenset[str]
    payment: frozenset[str]
    query: frozenset[str]
    amount_makes_payment: bool
    key_fields: tuple[tuple[str, ...], ...]
    original_fields: tuple[tuple[str, ...], ...]
    digest_fields: tuple[str, ...]
    meter: tuple[MeterPlace, ...]
    offer_amount: Place
    amount_exponent: dict[str, int]
    token_in_answer: bool
    advice_posts: bool
    codes: dict[str, str]
    echo: tuple[int, ...]
    answer: dict[str, Place]
    answer_tags: dict[int, frozenset[str]]
    needs_sign_on: bool
    sign_on_proof: SignOnProof | None

    @classmethod
    def from_tables(cls, tables: Mapping[str, object]) -> BankProfile:
        """Read a profile; ProfileFault or the codec's TableFault say what is wrong, and where."""
        door = _Section(tables.get("door"), "door")
        processing = _Section(door.take("processing"), "door.processing")
        sign_on = _Section(door.take("sign_on"), "door.sign_on")
        answer = {k: _place(v) for k, v in _Section(door.take("answer"), "door.answer").items()}
        profile = cls(
            name=str(tables.get("name")),
            spec=MessageSpec.from_table(_object(tables.get("message"), "message")),
            framing=Framing.from_table(_object(tables.get("framing"), "framing")),
            layouts=_layouts(tables.get("subfields", {})),
            inquiry=frozenset(processing.words("inquiry")),
            payment=frozenset(processing.words("payment")),
            query=frozenset(processing.words("query")),
            amount_makes_payment=door.flag("amount_makes_payment"),
            key_fields=_alternatives(door, "key_fields"),
            original_fields=_alternatives(door, "original_fields"),
            digest_fields=door.words("digest_fields"),
            meter=tuple(_meter_place(entry) for entry in door.lists("meter")),
            offer_amount=_DE4 if (found := door.get("offer_amount")) is None else _place(found),
            amount_exponent=_exponents(_Section(door.take("amount_exponent"), "door.amount_exponent")),
            token_in_answer=door.flag("token_in_answer"),
            advice_posts=door.flag("advice_posts"),
            codes=_codes(_Section(door.take("codes"), "door.codes")),
            echo=tuple(_whole(number, "door.echo") for number in door.lists("echo")),
            answer=answer,
            answer_tags=_answer_tags(answer),
            needs_sign_on=sign_on.flag("required"),
            sign_on_proof=_sign_on_proof(sign_on),
        )
        for fault in faults_of(profile):
            raise ProfileFault(fault)
        return profile


def wire_exponent(profile: BankProfile, currency: str) -> int:
    """Return how many decimals an amount in this currency has on the bank's wire."""
    return profile.amount_exponent.get(CURRENCY_NUMERIC[currency], CURRENCY_EXPONENT[currency])


def wire_amount(profile: BankProfile, money: Money) -> int:
    """Return an amount as the bank's wire counts it; what the wire cannot say is rounded up."""
    scale: int = 10 ** (CURRENCY_EXPONENT[money.currency] - wire_exponent(profile, money.currency))
    return -(-money.minor // scale)


class _Section:
    """One object of a profile, read with faults that name the path."""

    def __init__(self, found: object, path: str) -> None:
        self._entries = _object(found, path)
        self._path = path

    def take(self, key: str) -> object:
        if key not in self._entries:
            raise ProfileFault(f"{self._path}.{key} is missing")
        return self._entries[key]

    def get(self, key: str) -> object:
        return self._entries.get(key)

    def flag(self, key: str) -> bool:
        found = self.take(key)
        if not isinstance(found, bool):
            raise ProfileFault(f"{self._path}.{key} must be true or false")
        return found

    def lists(self, key: str) -> list[object]:
        found = self.take(key)
        if not isinstance(found, list):
            raise ProfileFault(f"{self._path}.{key} must be a list")
        return found

    def words(self, key: str) -> tuple[str, ...]:
        found = self.lists(key)
        if not all(isinstance(word, str) for word in found):
            raise ProfileFault(f"{self._path}.{key} must be a list of texts")
        return tuple(str(word) for word in found)

    def items(self) -> list[tuple[str, object]]:
        return list(self._entries.items())


def _object(found: object, path: str) -> dict[str, object]:
    if not isinstance(found, dict):
        raise ProfileFault(f"{path} must be an object")
    return found


def _whole(found: object, path: str) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _FIELD_MAX:
        raise ProfileFault(f"{path} must be a whole number up to {_FIELD_MAX}")
    return found


def _alternatives(door: _Section, key: str) -> tuple[tuple[str, ...], ...]:
    """Read lists of field names; every one of them is a way to name a payment."""
    rows = door.lists(key)
    if not rows or not all(isinstance(row, list) and row for row in rows):
        raise ProfileFault(f"door.{key} must be a list of lists of field names")
    return tuple(tuple(str(name) for name in row) for row in rows if isinstance(row, list))


def _exponents(section: _Section) -> dict[str, int]:
    """Read how many decimals a currency's amounts have on the wire; more than ISO 4217 would lose money."""
    exponents = {}
    for numeric, found in section.items():
        path = f"door.amount_exponent.{numeric}"
        if numeric not in CURRENCY_LETTERS:
            raise ProfileFault(f"{path}: {numeric} is no numeric currency code of ISO 4217")
        exponents[numeric] = _whole(found, path)
        if exponents[numeric] > CURRENCY_EXPONENT[CURRENCY_LETTERS[numeric]]:
            raise ProfileFault(f"{path} has more decimals than the currency: amounts would be cut")
    return exponents


def _layouts(tables: object) -> dict[int, SubFieldLayout]:
    return {
        int(number): SubFieldLayout.from_table(int(number), _object(table, f"subfields.{number}"))
        for number, table in _Section(tables, "subfields").items()
    }


def _place(found: object) -> Place:
    entry = _Section(found, "door.answer")
    tag = entry.get("tag")
    tags = entry.words("tags") if entry.get("tags") is not None else ()
    return Place(_whole(entry.take("field"), "door.answer.field"), (str(tag),) if tag is not None else tags)


def _answer_tags(answer: Mapping[str, Place]) -> dict[int, frozenset[str]]:
    """Collect the tags that only an answer says, by field: in a request they are old or wrong."""
    tags: dict[int, frozenset[str]] = {}
    for place in answer.values():
        if place.tags:
            tags[place.field] = tags.get(place.field, frozenset()) | frozenset(place.tags)
    return tags


def _meter_place(found: object) -> MeterPlace:
    entry = _Section(found, "door.meter")
    names = str(entry.take("names"))
    if names not in {"meter", "customer", "either"}:
        raise ProfileFault(f"door.meter.names must be meter, customer or either, not {names!r}")
    return MeterPlace(_place(found), names)


def _codes(section: _Section) -> dict[str, str]:
    """Merge the profile's codes over the usual ones; an unknown reason is a slip of the pen."""
    named = {key: str(code) for key, code in section.items()}
    for key, code in named.items():
        if key not in _CODES:
            raise ProfileFault(f"door.codes.{key} is not a reason; the reasons are {', '.join(_CODES)}")
        if len(code) != _CODE_LENGTH or not (code.isalnum() and code.isascii()):
            raise ProfileFault(f"door.codes.{key} must be two letters or digits (DE39)")
    return _CODES | named


def _sign_on_proof(section: _Section) -> SignOnProof | None:
    found = section.get("signature")
    if found is None:
        return None
    entry = _Section(found, "door.sign_on.signature")
    return SignOnProof(
        _whole(entry.take("field"), "door.sign_on.signature.field"),
        str(entry.take("access_key")),
        str(entry.take("time")),
        str(entry.take("signature")),
    )
