"""Reads the fields of an STS vector, in whatever spelling its maker chose.

The same number is written as a number, as a text, in E-notation or in hex; a code as ``"07"``, ``7`` or
``"EA07"``; what is not there is left out or null. What cannot be read is a ``VectorFault`` that names the
field.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from gateway.codecs.sts.cipher import BlockCipher, cipher_of
from gateway.codecs.sts.digits import TOKEN_DIGITS
from gateway.codecs.sts.keys import DES_VENDING_KEY_OCTETS, decoder_key
from gateway.codecs.sts.sta import SAMPLE_TABLES
from gateway.core.meter_number import MeterNumber
from gateway.core.token import TidTooFarAhead, next_tid, tid_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.codecs.sts.sta import StaTables

    Entry = Mapping[str, object]

_DIGITS_MAX: Final = 64
"""The longest number that is read: the greatest amount of currency has 36 digits, a key 32."""

_EA_OF_KEY: Final = {8: "07", 16: "11"}
_CODE: Final = re.compile(r"(?:EA|DKGA|KT)?\s*([0-9]{1,4})", re.IGNORECASE)
_PAN_DIGITS: Final = 18
_KEY_TYPES: Final = ("DITK", "DDTK", "DUTK", "DCTK")


class VectorFault(ValueError):  # noqa: N818 - the vector's fault, not ours
    """A vector that cannot be run; the text says which field, and what it should be."""


class TablesNeeded(Exception):  # noqa: N818 - no fault of the vector: it waits for the operator's file
    """The vector is for tables that are licensed, and no file was given."""


def has(entry: Entry, field: str) -> bool:
    """Say whether the field is there and not null."""
    return entry.get(field) is not None


def text(entry: Entry, field: str) -> str:
    """Return a field that must be a text; a whole number is taken as its digits."""
    if not has(entry, field):
        raise VectorFault(f"there is no {field}")
    value = entry[field]
    if type(value) is int:
        return str(value)
    if not isinstance(value, str):
        raise VectorFault(f"{field} must be a text")
    return value.strip()


def decimal(entry: Entry, field: str) -> Decimal:
    """Return a number with decimals: a number of JSON, or its text, in E-notation too."""
    if not has(entry, field):
        raise VectorFault(f"there is no {field}")
    value = entry[field]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise VectorFault(f"{field} must be a number")
    try:
        # The shortest text of a JSON number is what its maker wrote.
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise VectorFault(f"{field} must be a number") from None
    if not number.is_finite() or not -_DIGITS_MAX < number.adjusted() < _DIGITS_MAX:
        raise VectorFault(f"{field} is no number of this world")
    return number


def whole(entry: Entry, field: str, default: int | None = None) -> int:
    """Return a whole number, written in any of the ways; ``default`` where it is not there."""
    if default is not None and not has(entry, field):
        return default
    value = entry.get(field)
    if isinstance(value, str) and value.strip().lower().startswith("0x"):
        return hex_number(entry, field)
    number = decimal(entry, field)
    if number != number.to_integral_value():
        raise VectorFault(f"{field} must be a whole number")
    return int(number)


def flag(entry: Entry, field: str, *, default: bool) -> bool:
    """Return a yes or no, written as such or as 1 and 0."""
    value = entry.get(field)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    number = whole(entry, field)
    if number not in (0, 1):
        raise VectorFault(f"{field} must be 0 or 1")
    return bool(number)


def hex_number(entry: Entry, field: str) -> int:
    """Return hex digits as a number; a number of JSON is taken as it is."""
    value = entry.get(field)
    if type(value) is int and value >= 0:
        return value
    written = text(entry, field).lower().removeprefix("0x")
    if not re.fullmatch(rf"[0-9a-f]{{1,{_DIGITS_MAX}}}", written):
        raise VectorFault(f"{field} must be hexadecimal digits")
    return int(written, 16)


def octets(entry: Entry, field: str) -> bytes:
    """Return a field of hex digits as octets."""
    try:
        return bytes.fromhex(text(entry, field).lower().removeprefix("0x"))
    except ValueError:
        raise VectorFault(f"{field} must be pairs of hexadecimal digits") from None


def token_digits(entry: Entry) -> str:
    """Return the field ``token``, which must be 20 digits."""
    if not has(entry, "token"):
        raise VectorFault("there is no token")
    token = digits(entry["token"])
    if not re.fullmatch(rf"[0-9]{{{TOKEN_DIGITS}}}", token):
        raise VectorFault(f"token must be {TOKEN_DIGITS} digits")
    return token


def digits(value: object) -> str:
    """Return the digits of a token, without the spaces and dashes between its groups; any number of them."""
    if type(value) is int:
        return str(value).rjust(TOKEN_DIGITS, "0")
    if not isinstance(value, str):
        raise VectorFault("a token must be a text of 20 digits")
    return re.sub(r"[\s-]", "", value)


def code(entry: Entry, field: str, places: int) -> str:
    """Return a code of so many digits, such as EA, DKGA, TI and SGC."""
    found = re.fullmatch(r"[0-9]+", text(entry, field)) or _CODE.fullmatch(text(entry, field))
    if found is None:
        raise VectorFault(f"{field} must be a code of {places} digits")
    return found[found.lastindex or 0].rjust(places, "0")


def key_type(entry: Entry) -> int:
    """Return the key type by its number or its name; where none is said, DUTK, as meters in service have."""
    name = entry.get("kt")
    return _KEY_TYPES.index(name) if name in _KEY_TYPES else whole(entry, "kt", 2)


def base_date(entry: Entry) -> int:
    """Return the year of the base date: 2014, "14" and "2014-01-01" are the same."""
    found = re.match(r"(?:19|20)?(93|14|35)(?:-01-01|$)", text(entry, "base_date"))
    if found is None:
        raise VectorFault("base_date must be 1993, 2014 or 2035")
    return {"93": 1993, "14": 2014, "35": 2035}[found[1]]


def token_id(entry: Entry) -> int:
    """Return the given token id, or the one of the given civil time with the reserved minute left out."""
    if has(entry, "tid"):
        return whole(entry, "tid")
    try:
        civil = datetime.fromisoformat(text(entry, "dt").replace("/", "-"))
    except ValueError:
        raise VectorFault("dt must be a civil time such as 2014-03-01 13:00") from None
    # The hours as written are the supply group's own, whatever zone stands behind them.
    tid = next_tid(tid_at(base_date(entry), civil.replace(tzinfo=None)), None)
    if isinstance(tid, TidTooFarAhead):
        raise VectorFault("the token id is ahead of its own minute")
    return tid


def algorithm(entry: Entry) -> str:
    """Return the encryption algorithm, or where it is not said the one that has keys of the given length."""
    if has(entry, "ea"):
        return code(entry, "ea", 2)
    for field in ("decoder_key", "old_key", "new_key"):
        if has(entry, field) and len(octets(entry, field)) in _EA_OF_KEY:
            return _EA_OF_KEY[len(octets(entry, field))]
    raise VectorFault("there is no ea")


def derived_key(entry: Entry) -> bytes | None:
    """Return the decoder key that the vector's vending key gives; None where the key is given directly."""
    dkga = entry.get("dkga")
    if dkga == "direct" or not has(entry, "vk"):
        return None
    vending_key = octets(entry, "vk")
    by_length = "02" if len(vending_key) == DES_VENDING_KEY_OCTETS else "04"
    pan = text(entry, "pan")
    return decoder_key(
        by_length if dkga is None else code(entry, "dkga", 2),
        vending_key,
        base_date=base_date(entry),
        ea=algorithm(entry),
        ti=code(entry, "ti", 2),
        sgc=code(entry, "sgc", 6),
        krn=whole(entry, "krn"),
        kt=key_type(entry),
        pan=pan if len(pan) == _PAN_DIGITS else MeterNumber.parse(pan).pan,
    )


def cipher(entry: Entry, key: bytes, operators: StaTables | None) -> BlockCipher:
    """Return the key made ready with the tables that the vector names, or raise ``TablesNeeded``."""
    ea = algorithm(entry)
    if ea != "07":
        return cipher_of(ea, key)
    tables = SAMPLE_TABLES if str(entry.get("tables")).lower() == "sample" else operators
    if tables is None:
        raise TablesNeeded
    return cipher_of(ea, key, tables)
