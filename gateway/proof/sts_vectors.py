"""Run published STS vectors: what the cipher, the keys and the blocks must give, bit by bit.

The format is in ``tests/vectors/README.md``. A vector of a kind that is built later is skipped with its
reason; one that cannot be read, or whose kind nobody knows, is a failure and never a crash.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.bits import luhn_digit, luhn_valid
from gateway.codecs.sts.block import (
    StsBlock,
    TokenFault,
    TokenFaultWhy,
    decode_amount,
    encode_amount,
    sts_crc,
)
from gateway.codecs.sts.cipher import decrypt, encrypt, key_schedule
from gateway.codecs.sts.keys import dkga04
from gateway.codecs.sts.seal import credit_token, open_token
from gateway.core.token import TidTooFarAhead, next_tid, tid_at
from gateway.proof.case import Case, compared, failed, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Entry = Mapping[str, object]

_LATER = {
    "sta-block": "EA07 (STA)",
    "mgmt": "a management token",
    "currency": "currency credit",
    "kct": "a key change token",
    "class1": "a meter test token (class 1)",
}

_WRONG_FACE = frozenset({TokenFaultWhy.LENGTH, TokenFaultWhy.DIGITS, TokenFaultWhy.RANGE})
_REASONS = {
    "crc": frozenset({TokenFaultWhy.CRC}),
    "key": frozenset({TokenFaultWhy.CRC}),
    "class": frozenset({TokenFaultWhy.CLASS}),
    **dict.fromkeys(("digit", "length", "range", "66", "format"), _WRONG_FACE),
}
"""Words in the free text of ``reason``, and the faults that answer to them."""


def run(document: Mapping[str, object]) -> Iterator[Case]:
    """Yield one case for each vector of an ``sts.json`` document, in its order."""
    vectors = document.get("vectors")
    if not isinstance(vectors, list):
        yield failed("sts", 'a list named "vectors"', type(vectors).__name__)
        return
    for place, entry in enumerate(vectors):
        yield _judged(place, entry)


def _judged(place: int, entry: object) -> Case:
    """Return the case of one vector, whatever it holds."""
    if not isinstance(entry, dict):
        return failed(f"sts vector {place}", "an object", type(entry).__name__)
    name = str(entry.get("id", f"sts vector {place}"))
    try:
        return _tried(name, entry)
    except KeyError as missing:
        return failed(name, "a complete vector", f"no {missing}")
    except (ValueError, TypeError, ArithmeticError, LookupError) as fault:
        # The texts of our own faults say what is wrong and carry no key.
        return failed(name, "a vector that can be run", f"{type(fault).__name__}: {fault}")


def _tried(name: str, entry: Entry) -> Case:
    """Skip what is built later, and run the rest."""
    kind = _text(entry, "kind")
    if kind in _LATER:
        return _skipped(name, _LATER[kind])
    runner = _RUNNERS.get(kind)
    if runner is None:
        return failed(name, "a kind of the format", kind)
    return runner(name, entry)


def _misty1_block(name: str, entry: Entry) -> Case:
    """Encipher and decipher one block."""
    schedule = key_schedule(_octets(entry, "key"))
    plain, cipher = _octets(entry, "plain"), _octets(entry, "cipher")
    made = encrypt(schedule, int.from_bytes(plain, "big")).to_bytes(8, "big")
    opened = decrypt(schedule, int.from_bytes(cipher, "big")).to_bytes(8, "big")
    return compared(name, (cipher.hex(), plain.hex()), (made.hex(), opened.hex()))


def _misty1_cbc(name: str, entry: Entry) -> Case:
    """Encipher and decipher a chain of blocks (RFC 2994, appendix A)."""
    schedule = key_schedule(_octets(entry, "key"))
    start, plain, cipher = (_words(_octets(entry, field)) for field in ("iv", "plain", "cipher"))
    made: list[int] = []
    for word in plain:
        made.append(encrypt(schedule, word ^ (made or start)[-1]))
    before = [*start, *cipher]
    opened = [decrypt(schedule, word) ^ before[at] for at, word in enumerate(cipher)]
    return compared(name, (_hexes(cipher), _hexes(plain)), (_hexes(made), _hexes(opened)))


def _crc(name: str, entry: Entry) -> Case:
    """Compute the check sum of 56 bits."""
    return compared(name, _text(entry, "crc").lower(), f"{sts_crc(_octets(entry, 'data')):04x}")


def _luhn(name: str, entry: Entry) -> Case:
    """Compute a check digit."""
    return compared(name, _text(entry, "check"), luhn_digit(_text(entry, "payload")))


def _luhn_reject(name: str, entry: Entry) -> Case:
    """Refuse a number whose check digit is wrong."""
    return compared(name, "refused", "accepted" if luhn_valid(_text(entry, "number")) else "refused")


def _credit(name: str, entry: Entry) -> Case:
    """Derive the decoder key, make the token, and open it again."""
    ea, dkga = _text(entry, "ea"), str(entry.get("dkga", "direct"))
    if ea != "11":
        return _skipped(name, f"EA{ea}")
    if dkga not in ("04", "direct"):
        return _skipped(name, f"DKGA{dkga}")
    given = _octets(entry, "decoder_key")
    key = _derived(entry) if dkga == "04" and entry.get("vk") is not None else given
    tid = _tid(entry)
    subclass, rnd, tenths = (_whole(entry, field) for field in ("subclass", "rnd", "value"))
    schedule = key_schedule(key)
    token = credit_token(schedule, subclass=subclass, tid=tid, rnd=rnd, amount_tenths=tenths)
    opened = open_token(schedule, _text(entry, "token")) if token == entry["token"] else None
    carried = decode_amount(encode_amount(tenths))
    return compared(
        name,
        (given.hex(), entry["token"], _fields(entry.get("cls", 0), subclass, rnd, tid, carried)),
        (key.hex(), token, _credit_fields(opened)),
    )


def _decode(name: str, entry: Entry) -> Case:
    """Open a token and compare every field that is expected."""
    expect = entry["expect"]
    if not isinstance(expect, dict):
        return failed(name, "an object of expectations", type(expect).__name__)
    if expect.get("cls") == 1:
        return _skipped(name, _LATER["class1"])
    ea = _text(entry, "ea")
    if ea != "11":
        return _skipped(name, f"EA{ea}")
    block = open_token(key_schedule(_octets(entry, "decoder_key")), _text(entry, "token"))
    opened = _by_name(block)
    wanted = {field: _number(field, value) for field, value in expect.items() if field in opened}
    if not wanted:
        return failed(name, f"one of {', '.join(opened)}", f"only {', '.join(map(str, expect))}")
    return compared(name, wanted, {field: opened[field] for field in wanted})


def _decode_reject(name: str, entry: Entry) -> Case:
    """Refuse a token, for the reason that is named."""
    ea = _text(entry, "ea")
    if ea != "11":
        return _skipped(name, f"EA{ea}")
    reason = str(entry.get("reason", ""))
    allowed = {why for word, whys in _REASONS.items() if word in reason.lower() for why in whys}
    schedule = key_schedule(_octets(entry, "decoder_key"))
    try:
        open_token(schedule, _text(entry, "token"))
    except TokenFault as fault:
        if allowed and fault.why is TokenFaultWhy.CLASS and fault.why not in allowed:
            return _skipped(name, _LATER["class1"])
        fits = not allowed or fault.why in allowed
        return compared(name, reason, reason if fits else fault.why.value)
    return failed(name, f"refused: {reason}", "accepted")


_RUNNERS: dict[str, Callable[[str, Entry], Case]] = {
    "misty1-block": _misty1_block,
    "misty1-cbc": _misty1_cbc,
    "crc": _crc,
    "luhn": _luhn,
    "luhn-reject": _luhn_reject,
    "credit": _credit,
    "decode": _decode,
    "decode-reject": _decode_reject,
}


def _skipped(name: str, what: str) -> Case:
    """Say that this comes later."""
    return skipped(name, f"{what} is built with the complete token set")


def _derived(entry: Entry) -> bytes:
    """Return the decoder key that the vector's vending key gives."""
    return dkga04(
        _octets(entry, "vk"),
        base_date=_whole(entry, "base_date"),
        ea=_text(entry, "ea"),
        ti=_text(entry, "ti"),
        sgc=_text(entry, "sgc"),
        krn=_whole(entry, "krn"),
        kt=_whole(entry, "kt"),
        pan=_text(entry, "pan"),
    )


def _tid(entry: Entry) -> int:
    """Return the given token id, or the one of the given civil time with the reserved minute left out."""
    if entry.get("tid") is not None:
        return _whole(entry, "tid")
    civil = datetime.fromisoformat(_text(entry, "dt"))
    tid = next_tid(tid_at(_whole(entry, "base_date"), civil), None)
    if isinstance(tid, TidTooFarAhead):
        msg = "the token id is ahead of its own minute"
        raise TypeError(msg)
    return tid


def _fields(cls: object, subclass: int, rnd: int, tid: int, tenths: int) -> dict[str, object]:
    """Name the fields of a credit for the report."""
    return {"cls": cls, "subclass": subclass, "rnd": rnd, "tid": tid, "tenths": tenths}


def _credit_fields(block: StsBlock | None) -> dict[str, object]:
    """Name the fields of an opened credit; nothing was opened when the token itself differed."""
    if block is None:
        return {}
    return _fields(block.token_class, block.subclass, block.rnd, block.tid, decode_amount(block.field16))


def _by_name(block: StsBlock) -> dict[str, int]:
    """Return an opened block under the names of the format."""
    return {
        "cls": block.token_class,
        "subclass": block.subclass,
        **dict.fromkeys(("rnd_or_se", "rnd", "s_and_e"), block.rnd),
        "tid": block.tid,
        "field16": block.field16,
        "crc": block.crc,
    }


def _number(field: str, value: object) -> object:
    """Read an expected number; the format writes the 16-bit fields as four hex digits."""
    if isinstance(value, str) and field in ("field16", "crc"):
        return int.from_bytes(bytes.fromhex(value), "big")
    return value


def _text(entry: Entry, field: str) -> str:
    """Return a field that must be a text."""
    value = entry[field]
    if not isinstance(value, str):
        msg = f"{field} must be a text"
        raise TypeError(msg)
    return value


def _whole(entry: Entry, field: str) -> int:
    """Return a field that must be a whole number."""
    value = entry[field]
    if type(value) is not int:
        msg = f"{field} must be a whole number"
        raise TypeError(msg)
    return value


def _octets(entry: Entry, field: str) -> bytes:
    """Return a field of hex digits as octets."""
    return bytes.fromhex(_text(entry, field))


def _words(octets: bytes) -> list[int]:
    """Cut octets into 64-bit blocks."""
    return [int.from_bytes(octets[at : at + 8], "big") for at in range(0, len(octets), 8)]


def _hexes(words: list[int]) -> str:
    """Write 64-bit blocks as hex digits."""
    return "".join(f"{word:016x}" for word in words)
