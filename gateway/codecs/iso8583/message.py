"""Messages: MTI, bitmap and fields (ISO 8583:1987, :1993 and :2003 share this shape).

    0200 4000000000000000 10 1234567890
    MTI  bitmap: bit 2    LL field 2

The table of a profile is compiled once to a ``MessageSpec``. The first message with a new bitmap
makes its reading plan; later ones find it.

Whose fault it is: bytes from outside which break the rules raise ``PeerFault``, values of ours
which do not fit raise ``ValueFault``, a wrong table raises ``TableFault`` when it is compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING

from gateway.codecs.iso8583.bitmaps import (
    BITMAPS,
    FIELD_MAX,
    FIELD_MIN,
    SECONDARY_MAX,
    TERTIARY_BIT,
    BitmapReader,
    bitmap_bytes,
    bitmap_numbers,
    bitmap_reader,
)
from gateway.codecs.iso8583.contents import Misfit
from gateway.codecs.iso8583.fields import FieldDefaults, FieldSpec, field_of
from gateway.codecs.iso8583.plans import PLANS_MAX, ReadingPlan, WritingPlan, reading_plan
from gateway.codecs.iso8583.prefixes import PREFIXES
from gateway.codecs.iso8583.tables import TableFault, choice, section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.codecs.iso8583.subfields import SubFields

# Account number, tracks, PIN block, chip content and the private fields that carry tokens or keys:
# masked whatever a table forgets to mark.
ALWAYS_SECRET = frozenset({2, 34, 35, 36, 45, 48, 52, 55, 57, 96, 102, 103, 120})

_MTI_DIGITS = 4
_MTI_SIZES = {"ascii": 4, "ebcdic": 4, "bcd": 2}
_PAN = 2
# Below this a masked account number would show more than it hides (ISO/IEC 7812-1: 8 digits at
# least; first six and last four leave three hidden from thirteen digits on).
_PAN_LENGTH_MIN = 13


class PeerFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """The peer broke the rules.

    It says the field (``None``: MTI, bitmap or the message as a whole), the byte offset in the
    payload, why, and what was read before. Its text holds no values.
    """

    def __init__(self, field: int | None, at: int, why: str, partial: Message | None = None) -> None:
        place = "message" if field is None else f"field {field}"
        super().__init__(f"{place} at {at}: {why}")
        self.field = field
        self.at = at
        self.why = why
        self.partial = partial


class ValueFault(ValueError):  # noqa: N818 - the name says whose fault it is
    """A value of ours does not fit its field (``None``: the MTI). The text holds no values."""

    def __init__(self, field: int | None, why: str) -> None:
        super().__init__(f"{'MTI' if field is None else f'field {field}'}: {why}")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class Unread:
    """The rest of a message from the first field on whose layout the profile does not know."""

    field: int
    at: int
    raw: bytes = attribute(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A message: its type, and the text of its fields by number (as they stood on the wire)."""

    mti: str
    fields: dict[int, str]
    unread: Unread | None = None
    secrets: frozenset[int] = attribute(default=ALWAYS_SECRET, compare=False)
    parts: dict[int, SubFields] = attribute(default_factory=dict, compare=False)
    """Sub-fields read before, by field (see ``subfields.read``): a payment needs them four times."""

    def __repr__(self) -> str:
        """Show the fields with the secret ones masked."""
        shown = ", ".join(f"{number}={self.shown(number)!r}" for number in self.fields)
        rest = f", unread={self.unread!r}" if self.unread else ""
        return f"Message({self.mti}, {shown}{rest})"

    def shown(self, number: int) -> str:
        """Give the text of a field as a log may show it: a secret is masked, its length is not."""
        text = self.fields[number]
        if number not in self.secrets:
            return text
        if number == _PAN and len(text) >= _PAN_LENGTH_MIN:
            return text[:6] + "*" * (len(text) - 10) + text[-4:]
        return f"<{len(text)} masked>"


class MessageSpec:
    """A compiled message table: bytes to messages and back. Make it with ``from_table``."""

    __slots__ = (
        "_bitmap",
        "_has_tertiary",
        "_mti",
        "_read_bitmap",
        "_reading",
        "_writing",
        "fields",
        "secrets",
    )

    def __init__(self, mti: str, bitmap: str, fields: Mapping[int, FieldSpec]) -> None:
        self.fields = dict(fields)
        self.secrets = ALWAYS_SECRET | {number for number, spec in fields.items() if spec.is_secret}
        self._mti = mti
        self._bitmap = bitmap
        # Some tables give bit 65 a field of its own; then there can be no tertiary bitmap.
        self._has_tertiary = TERTIARY_BIT not in fields
        if not self._has_tertiary and max(fields) > SECONDARY_MAX:
            raise TableFault(
                f"field {TERTIARY_BIT}", "announces the fields above 128 and cannot be one itself"
            )
        self._read_bitmap: BitmapReader = bitmap_reader(bitmap, has_tertiary=self._has_tertiary)
        self._reading: dict[int, ReadingPlan] = {}
        self._writing: dict[tuple[int, ...], WritingPlan] = {}

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> MessageSpec:
        """Compile ``{"mti", "bitmap", "fields", "contents", "prefix"}``; raises ``TableFault``."""
        defaults = FieldDefaults(
            section(table, "contents", "message") if "contents" in table else {},
            choice(table.get("prefix", "ascii"), PREFIXES, "message.prefix"),
        )
        fields = {}
        for key, entry in section(table, "fields", "message").items():
            number = int(key) if key.isdecimal() and key.isascii() else 0
            if not FIELD_MIN <= number <= FIELD_MAX:
                raise TableFault(f"field {key}", f"must be numbered from {FIELD_MIN} to {FIELD_MAX}")
            fields[number] = field_of(number, entry, defaults)
        mti = choice(table.get("mti"), _MTI_SIZES, "message.mti")
        return cls(mti, choice(table.get("bitmap"), BITMAPS, "message.bitmap"), fields)

    def decode(self, payload: bytes) -> Message:
        """Read a whole message; raises ``PeerFault`` with what was read before the fault.

        A field without a layout ends the reading without a fault: see ``Message.unread``.
        """
        mti, at = self._read_mti(payload)
        try:
            bits, at = self._read_bitmap(payload, at)
        except Misfit as fault:
            raise PeerFault(None, fault.at, fault.why, self._message(mti, {})) from None
        plan = self._reading.get(bits) or self._plan_reading(bits)
        # One character a byte, so that offsets in the text are offsets in the payload.
        found = plan.quick(payload.decode("latin-1"), at) if plan.quick else None
        if found is None:
            plan.count_use()
            fields, at = self._read_singly(plan.specs, payload, at, mti)
        else:
            fields, at = dict(zip(plan.numbers, found[0], strict=True)), found[1]
        if plan.unknown is not None:
            return self._message(mti, fields, Unread(plan.unknown, at, payload[at:]))
        if at != len(payload):
            why = f"{len(payload) - at} bytes follow the last field"
            raise PeerFault(None, at, why, self._message(mti, fields))
        return self._message(mti, fields)

    def encode(self, mti: str, fields: Mapping[int, str]) -> bytes:
        """Write a message; raises ``ValueFault`` with the field that does not fit."""
        key = tuple(fields)
        plan = self._writing.get(key) or self._plan_writing(key)
        content = plan.quick(fields) if plan.quick else None
        if content is None:
            plan.count_use()
            content = _written_singly(plan.specs, fields)
        return self._write_mti(mti) + plan.bitmap + content

    def _read_singly(
        self, specs: Sequence[FieldSpec], payload: bytes, at: int, mti: str
    ) -> tuple[dict[int, str], int]:
        fields: dict[int, str] = {}
        for spec in specs:
            try:
                fields[spec.number], at = spec.read(payload, at)
            except Misfit as fault:
                partial = self._message(mti, fields)
                raise PeerFault(spec.number, fault.at, fault.why, partial) from None
        return fields, at

    def _message(self, mti: str, fields: dict[int, str], unread: Unread | None = None) -> Message:
        return Message(mti, fields, unread, self.secrets)

    def _read_mti(self, payload: bytes) -> tuple[str, int]:
        size = _MTI_SIZES[self._mti]
        raw = payload[:size]
        if len(raw) != size:
            raise PeerFault(None, 0, f"MTI cut short: {len(raw)} of {size} bytes")
        if self._mti == "bcd":
            text = raw.hex()
        else:
            text = raw.decode("cp500" if self._mti == "ebcdic" else "latin-1")
        if not (text.isdecimal() and text.isascii()):
            raise PeerFault(None, 0, "MTI is not four digits")
        return text, size

    def _write_mti(self, mti: str) -> bytes:
        if len(mti) != _MTI_DIGITS or not (mti.isdecimal() and mti.isascii()):
            raise ValueFault(None, "must be four digits")
        if self._mti == "bcd":
            return bytes.fromhex(mti)
        return mti.encode("cp500" if self._mti == "ebcdic" else "ascii")

    def _plan_reading(self, bits: int) -> ReadingPlan:
        if len(self._reading) >= PLANS_MAX:
            self._reading.clear()
        numbers = bitmap_numbers(bits, has_tertiary=self._has_tertiary)
        return self._reading.setdefault(bits, reading_plan(self.fields, numbers))

    def _plan_writing(self, key: tuple[int, ...]) -> WritingPlan:
        numbers = sorted(key)
        for number in numbers:
            if number not in self.fields:
                raise ValueFault(number, "the profile has no such field")
        if len(self._writing) >= PLANS_MAX:
            self._writing.clear()
        specs = tuple(self.fields[number] for number in numbers)
        return self._writing.setdefault(key, WritingPlan(specs, bitmap_bytes(self._bitmap, numbers)))


def _written_singly(specs: Sequence[FieldSpec], fields: Mapping[int, str]) -> bytes:
    parts = []
    for spec in specs:
        try:
            parts.append(spec.write(fields[spec.number]))
        except Misfit as fault:
            raise ValueFault(spec.number, f"{fault.why} (character {fault.at})") from None
    return b"".join(parts)
