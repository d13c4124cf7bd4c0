"""Runs the STS vectors in which a token is made: credit, management, currency, meter test, key change.

The token must have the published digits, and these must say again what was put in. The keys are compared even
where the cipher's tables are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.codecs.sts.amount import currency_units
from gateway.codecs.sts.content import CreditInCurrency, CreditInUnits, Management, MeterTest, OtherTest
from gateway.codecs.sts.key_change import KeyChange, gathered, sections_of
from gateway.codecs.sts.seal import opened, opened_block, sealed
from gateway.proof.case import Case, compared, failed
from gateway.proof.sts_given import (
    VectorFault,
    base_date,
    cipher,
    code,
    decimal,
    derived_key,
    flag,
    has,
    hex_number,
    key_type,
    octets,
    text,
    token_digits,
    token_id,
    whole,
)

if TYPE_CHECKING:
    from gateway.codecs.sts.content import Content
    from gateway.codecs.sts.sta import StaTables
    from gateway.proof.sts_given import Entry

_LAST_TEST = 1
_SGC_TOKENS = 3


def credit(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Make a credit in units, and open it."""
    subclass, rnd, tenths = (whole(entry, field) for field in ("subclass", "rnd", "value"))
    content = CreditInUnits(subclass, rnd, token_id(entry), tenths)
    return _enciphered(name, entry, content, operators)


def management(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Make a management token, and open it."""
    subclass, rnd, value = (whole(entry, field) for field in ("subclass", "rnd", "value"))
    content = Management(subclass, rnd, token_id(entry), value)
    return _enciphered(name, entry, content, operators)


def currency(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Make a credit in currency, and open it."""
    units = currency_units(decimal(entry, "amount"))
    content = CreditInCurrency(whole(entry, "subclass"), token_id(entry), units)
    return _enciphered(name, entry, content, operators)


def meter_test(name: str, entry: Entry, _operators: StaTables | None) -> Case:
    """Make a token of class 1, which needs no key, and open it."""
    control = hex_number(entry, "control")
    maker = text(entry, "mfr") if has(entry, "mfr") else "00"
    by_length = 1 if len(maker) == len("0000") else 0
    subclass = whole(entry, "subclass", by_length)
    if subclass > _LAST_TEST:
        content: Content = OtherTest(subclass, control)
    else:
        content = MeterTest(subclass, control, whole({"mfr": maker}, "mfr"))
    wrong_class = _other_class(name, entry, content)
    if wrong_class is not None:
        return wrong_class
    token, made = token_digits(entry), sealed(content, None)
    return compared(name, (token, content), (made, opened(made, None)))


def key_change(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Make the tokens of a key change, and gather the new key from them in another order."""
    old, new = _meters(entry)
    tokens = entry.get("tokens")
    if not isinstance(tokens, list):
        raise VectorFault("tokens must be a list")
    wanted = [token_digits({"token": token}) for token in tokens]
    old_key, new_key = _key(old, "old_key"), _key(new, "new_key")
    given = [octets(entry, field).hex() for field in ("old_key", "new_key") if has(entry, field)]
    ours = [key.hex() for field, key in (("old_key", old_key), ("new_key", new_key)) if has(entry, field)]
    if given != ours:
        return failed(name, given, ours)
    change = KeyChange(
        new_key,
        sgc=code(new, "sgc", 6) if has(new, "sgc") else None,
        ken=whole(new, "ken", 255),
        krn=whole(new, "krn"),
        kt=key_type(new),
        ti=code(new, "ti", 2),
        is_rolled=_is_rolled(entry, old, new),
    )
    says_sgc = flag(entry, "three_kct", default=len(tokens) == _SGC_TOKENS)
    sections = sections_of(change, says_sgc=says_sgc)
    schedule = cipher(old, old_key, operators)
    made = [sealed(section, schedule) for section in sections]
    back = gathered([opened(token, schedule) for token in reversed(made)], schedule.ea)
    # What the set does not say cannot be read from it.
    says_all = change.ea == "11" or says_sgc
    is_same = (back.new_key, back.ken, back.krn, back.kt, back.ti, back.is_rolled) == (
        *(change.new_key, change.ken, change.krn, change.kt, change.ti, change.is_rolled),
    )
    is_same = is_same and back.sgc == (change.sgc if says_all else None)
    return compared(name, (wanted, "read back"), (made, "read back" if is_same else "read otherwise"))


def _enciphered(name: str, entry: Entry, content: Content, operators: StaTables | None) -> Case:
    """Compare the key, the digits and what they say; fields of the block where they are given."""
    wrong_class = _other_class(name, entry, content)
    if wrong_class is not None:
        return wrong_class
    token, key = token_digits(entry), _key(entry, "decoder_key")
    if has(entry, "decoder_key") and octets(entry, "decoder_key") != key:
        return failed(name, octets(entry, "decoder_key").hex(), key.hex())
    schedule = cipher(entry, key, operators)
    made = sealed(content, schedule)
    if made != token:
        return failed(name, token, made)
    block = opened_block(token, schedule)
    given = {field: hex_number(entry, field) for field in ("field16", "crc") if has(entry, field)}
    if has(entry, "s_and_e"):
        given["s_and_e"] = whole(entry, "s_and_e")
    ours = {"field16": block.field16, "crc": block.crc, "s_and_e": block.rnd}
    said = opened(token, schedule)
    return compared(
        name,
        (given, type(content).__name__, content.body),
        ({field: ours[field] for field in given}, type(said).__name__, said.body),
    )


def _other_class(name: str, entry: Entry, content: Content) -> Case | None:
    """Fail a vector that names another class than its kind has."""
    named = whole(entry, "cls", content.token_class)
    ours = content.token_class
    return None if named == ours else failed(name, f"class {named}", f"class {ours}")


def _key(entry: Entry, field: str) -> bytes:
    """Return the decoder key that is derived, or else the one that is given."""
    key = derived_key(entry)
    return octets(entry, field) if key is None else key


def _meters(entry: Entry) -> tuple[dict[str, object], dict[str, object]]:
    """Return the meter before and after; what the second does not say stays as it was."""
    old, new = entry.get("old"), entry.get("new")
    if not (isinstance(old, dict) and isinstance(new, dict)):
        raise VectorFault("old and new must be objects")
    before = {**entry, **{field: value for field, value in old.items() if value is not None}}
    after = {**before, **{field: value for field, value in new.items() if value is not None}}
    if "ken" not in {field for field, value in new.items() if value is not None}:
        after.pop("ken", None)
    return before, after


def _is_rolled(entry: Entry, old: Entry, new: Entry) -> bool:
    """Return RO: as it is given, or else whether the base date changes."""
    if has(entry, "ro"):
        return flag(entry, "ro", default=False)
    return base_date(old) != base_date(new)
