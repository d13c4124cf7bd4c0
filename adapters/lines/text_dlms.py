"""What stands in an attribute of DLMS, as a text, and a text as a value of the same kind.

1234 with the scaler -1 and the unit 30     123.4, in Wh
a moment of twelve octets                   2026-11-26T12:45:00+08:00; without an offset where it has none
octets that spell a text                    the text; else 0x and the octets in hex
true, false, 0101, (1 2 (3 4)), -           truths, bits, what consists of several values, and nothing
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.codecs.dlms import datum as tags
from gateway.codecs.dlms.classes import meaning
from gateway.codecs.dlms.datum import MOMENTS, NAMES, NUMBERS, Datum
from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.moment import read_moment, write_moment
from gateway.core.contact import ContactFault, ContactWhy

if TYPE_CHECKING:
    from gateway.codecs.dlms.moment import Moment

NOTHING: Final = "-"
"""A value that the meter has not got."""

SCALER_MAX: Final = 18
"""Powers of ten that a scaler moves a register at most: the standard has more, and no register needs them."""

TEXT_MAX: Final = 4_096
"""Characters of one value that are shown: an engineer reads no more, and a calendar has some hundred."""

_CUT: Final = "…"
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_SUMMER: Final = 0x80
_HEX: Final = "0x"
_MOMENT_SIZE: Final = MOMENTS[tags.DATE_TIME]
_OCTETS: Final = (tags.OCTET_STRING, *MOMENTS)
_TEXTS: Final = (tags.VISIBLE_STRING, tags.UTF8_STRING)
_SEVERAL: Final = (tags.ARRAY, tags.STRUCTURE, tags.COMPACT_ARRAY)
_FRACTIONS: Final = (tags.FLOAT32, tags.FLOAT64)
#: Digits of a number of binary digits that say something.
_PRECISION: Final = {tags.FLOAT32: 7, tags.FLOAT64: 15}


class Scale(NamedTuple):
    """By which power of ten a register counts, and what."""

    scaler: int = 0
    unit: str = ""


class Shown(NamedTuple):
    """A value as a text, and as a whole number with its decimals where it is one."""

    text: str
    number: int | None = None
    decimals: int = 0


def read_scale(found: Datum) -> Scale:
    """Read ``scaler_unit``; ``ContactFault`` where it is none."""
    parts = found.value if found.tag == tags.STRUCTURE and isinstance(found.value, tuple) else ()
    if len(parts) == 2 and parts[1].tag == tags.ENUM:  # noqa: PLR2004 - a scaler and a unit
        scaler, unit = parts[0].value, parts[1].value
        if type(scaler) is int and abs(scaler) <= SCALER_MAX and type(unit) is int:
            return Scale(scaler, meaning("unit", unit))
    said = f"scaler_unit is no structure of a scaler of {SCALER_MAX} at most, and a unit"
    raise ContactFault(ContactWhy.GARBLED, said)


def shown(found: Datum, scale: Scale | None = None, *, is_moment: bool = False) -> Shown:
    """Show a value. ``scale``: it is a register's; ``is_moment``: its octets are a date and time.

    ``ContactFault`` for octets that are to be a moment, and are none.
    """
    value, tag = found.value, found.tag
    if tag in _FRACTIONS and isinstance(value, float):
        return _fraction(f"{value:.{_PRECISION[tag]}g}", scale)
    if tag == tags.ENUM:
        return Shown(str(value))
    if type(value) is int and tag in NUMBERS:
        return _scaled(Decimal(value), scale)
    if isinstance(value, bytes):
        is_moment = is_moment or tag == tags.DATE_TIME
        return Shown(_moment_text(_moment_of(value)) if is_moment else octets_text(value))
    return Shown(_text(found))


def octets_text(value: bytes) -> str:
    """Show octets: as the text that they spell, else in hex."""
    spelt = value.decode("ascii", "replace")
    if value and spelt.isascii() and spelt.isprintable() and not spelt.startswith(_HEX):
        return spelt
    return _HEX + value.hex()


def value_of(text: str, like: Datum, scale: Scale | None = None, *, is_moment: bool = False) -> Datum:
    """Make a value of a text, of the kind of the one that stands there; ``ContactFault`` if it is none."""
    try:
        if isinstance(like.value, bytes) and (is_moment or like.tag == tags.DATE_TIME):
            return Datum(like.tag, _moment_octets(text, like.value))
        return _value_of(text, like, scale)
    except (ValueError, OverflowError):
        kind = "moment in ISO 8601" if is_moment else NAMES.get(like.tag, "value of this kind")
        said = f"{text[:40]!r} is no {kind}, and that is what stands there"
        raise ContactFault(ContactWhy.REFUSED, said) from None


def _value_of(text: str, like: Datum, scale: Scale | None) -> Datum:
    tag = like.tag
    if tag == tags.BOOLEAN and text in ("true", "false"):
        return Datum(tag, text == "true")
    if tag in _FRACTIONS:
        value = float(_unscaled(text, scale))
        NUMBERS[tag].pack(value)
        return Datum(tag, value)
    if tag in NUMBERS:
        return Datum(tag, _whole(text, tag, scale))
    if tag in _OCTETS and isinstance(like.value, bytes):
        is_hex = text.startswith(_HEX)
        return Datum(tag, bytes.fromhex(text[len(_HEX) :]) if is_hex else text.encode("ascii"))
    if tag in _TEXTS:
        return Datum(tag, text)
    is_bits = tag == tags.BIT_STRING and isinstance(like.value, str) and set(text) <= {"0", "1"}
    if is_bits and len(text) == len(str(like.value)):
        return Datum(tag, text)
    raise ValueError(text)


def _whole(text: str, tag: int, scale: Scale | None) -> int:
    number = _unscaled(text, scale)
    value = int(number)
    low, high = _range_of(tag)
    if value != number or not low <= value <= high:
        raise ValueError(text)
    return value


def _unscaled(text: str, scale: Scale | None) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text).scaleb(-(scale.scaler if scale else 0))


def _range_of(tag: int) -> tuple[int, int]:
    form = NUMBERS[tag]
    bits = 8 * form.size
    is_signed = form.format[-1].islower()
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)


def _fraction(text: str, scale: Scale | None) -> Shown:
    number = Decimal(text)
    return _scaled(number, scale) if number.is_finite() else Shown(NOTHING)


def _scaled(number: Decimal, scale: Scale | None) -> Shown:
    moved = number.scaleb(0 if scale is None else scale.scaler)
    text = f"{moved:f}"
    behind = len(text.partition(".")[2])
    return Shown(text, int(moved.scaleb(behind)), behind)


def _moment_of(value: bytes) -> Moment:
    try:
        return read_moment(value)
    except PeerFault as fault:
        raise ContactFault(ContactWhy.GARBLED, f"it shows no moment: {fault}") from None


def _moment_text(moment: Moment) -> str:
    at = moment.at if moment.has_deviation else moment.at.replace(tzinfo=None)
    return at.isoformat()


def _moment_octets(text: str, like: bytes) -> bytes:
    """Write a moment as the one that stands there is written: with its offset or without, and its season.

    A clock that has lost its time shows none; the text decides then.
    """
    at = datetime.fromisoformat(text)
    try:
        now = read_moment(like)
    except PeerFault:
        has_offset = at.tzinfo is not None
        return write_moment(at if has_offset else at.replace(tzinfo=UTC), with_deviation=has_offset)
    if at.tzinfo is None:
        at = at.replace(tzinfo=now.at.tzinfo)
    return write_moment(at, with_deviation=now.has_deviation, status=now.status & _SUMMER)


def _text(found: Datum) -> str:
    """Show what consists of several values, and what is no number."""
    value = found.value
    if found.tag in _SEVERAL and isinstance(value, tuple):
        return _cut("(" + " ".join(map(_text, value)) + ")")
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return octets_text(value)
    if isinstance(value, str):
        return _cut(value if value.isprintable() else octets_text(value.encode("utf-8")))
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + _CUT
