"""Runs the STS vectors of single blocks, check sums and check digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bits import luhn_digit, luhn_valid
from gateway.codecs.sts import misty1
from gateway.codecs.sts.block import sts_crc, with_class
from gateway.codecs.sts.digits import digits_of
from gateway.proof.case import Case, compared
from gateway.proof.sts_given import cipher, has, hex_number, octets, text, token_digits, whole

if TYPE_CHECKING:
    from gateway.codecs.sts.sta import StaTables
    from gateway.proof.sts_given import Entry

_BLOCK_OCTETS = 8


def misty1_block(name: str, entry: Entry, _operators: StaTables | None) -> Case:
    """Encipher and decipher one block."""
    schedule = misty1.key_schedule(octets(entry, "key"))
    plain, enciphered = octets(entry, "plain"), octets(entry, "cipher")
    made = schedule.encrypt(int.from_bytes(plain, "big")).to_bytes(_BLOCK_OCTETS, "big")
    back = schedule.decrypt(int.from_bytes(enciphered, "big")).to_bytes(_BLOCK_OCTETS, "big")
    return compared(name, (enciphered.hex(), plain.hex()), (made.hex(), back.hex()))


def misty1_cbc(name: str, entry: Entry, _operators: StaTables | None) -> Case:
    """Encipher and decipher a chain of blocks (RFC 2994, appendix A)."""
    schedule = misty1.key_schedule(octets(entry, "key"))
    start, plain, enciphered = (_words(octets(entry, field)) for field in ("iv", "plain", "cipher"))
    made: list[int] = []
    for word in plain:
        made.append(schedule.encrypt(word ^ (made or start)[-1]))
    before = [*start, *enciphered]
    back = [schedule.decrypt(word) ^ before[at] for at, word in enumerate(enciphered)]
    return compared(name, (_hexes(enciphered), _hexes(plain)), (_hexes(made), _hexes(back)))


def sta_block(name: str, entry: Entry, operators: StaTables | None) -> Case:
    """Encipher and decipher one block, and put its class in where the token is given too."""
    plain, enciphered = octets(entry, "plain"), octets(entry, "cipher")
    token_class = whole(entry, "cls", 0)
    wanted: list[object] = [enciphered.hex(), plain.hex()]
    wanted += [hex_number(entry, "token66")] if has(entry, "token66") else []
    wanted += [token_digits(entry)] if has(entry, "token") else []
    schedule = cipher({**entry, "ea": "07"}, octets(entry, "key"), operators)
    block = schedule.encrypt(int.from_bytes(plain, "big"))
    back = schedule.decrypt(int.from_bytes(enciphered, "big"))
    made: list[object] = [word.to_bytes(_BLOCK_OCTETS, "big").hex() for word in (block, back)]
    token66 = with_class(token_class, block)
    made += [token66] if has(entry, "token66") else []
    made += [digits_of(token66)] if has(entry, "token") else []
    return compared(name, wanted, made)


def crc(name: str, entry: Entry, _operators: StaTables | None) -> Case:
    """Compute the check sum of 56 bits."""
    return compared(name, f"{hex_number(entry, 'crc'):04x}", f"{sts_crc(octets(entry, 'data')):04x}")


def luhn(name: str, entry: Entry, _operators: StaTables | None) -> Case:
    """Compute a check digit."""
    return compared(name, text(entry, "check"), luhn_digit(text(entry, "payload")))


def luhn_reject(name: str, entry: Entry, _operators: StaTables | None) -> Case:
    """Refuse a number whose check digit is wrong."""
    return compared(name, "refused", "accepted" if luhn_valid(text(entry, "number")) else "refused")


def _words(found: bytes) -> list[int]:
    """Cut octets into 64-bit blocks."""
    starts = range(0, len(found), _BLOCK_OCTETS)
    return [int.from_bytes(found[at : at + _BLOCK_OCTETS], "big") for at in starts]


def _hexes(words: list[int]) -> str:
    """Write 64-bit blocks as hex digits."""
    return "".join(f"{word:016x}" for word in words)
