"""Check digits and check sums: plain arithmetic on digits and octets that several rooms need."""

from __future__ import annotations

_MODBUS_POLYNOMIAL = 0xA001
"""The CRC-16 polynomial 0x8005 with its bits reflected, as the MODBUS form uses it."""

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
"""Each digit doubled, and the two digits of what is above nine added up."""


def is_digits(text: str, count: int | None = None) -> bool:
    """Say whether the text is decimal digits, and so many of them where a count is given; none is not.

    >>> is_digits("201457", 6), is_digits("٣"), is_digits("")
    (True, False, False)
    """
    return (count is None or len(text) == count) and text.isascii() and text.isdigit()


def unfilled(number: str) -> str:
    """Return a number of digits without the zeros that fill up its place, so that two places can be compared.

    >>> unfilled("000000100042"), unfilled("0000")
    ('100042', '')
    """
    return number.lstrip("0")


def luhn_digit(payload: str) -> str:
    """Return the Luhn check digit (ISO/IEC 7812-1 annex B) that follows the digits of ``payload``.

    Refuses (ValueError) anything but ASCII digits, and an empty payload.

    >>> luhn_digit("60072700000000000")
    '9'
    """
    if not is_digits(payload):
        msg = "a check digit is computed over decimal digits only"
        raise ValueError(msg)
    return str(-_luhn_sum(payload + "0") % 10)


def luhn_valid(number: str) -> bool:
    """Say whether the last digit of ``number`` is the Luhn check digit of those before it.

    >>> luhn_valid("12345678904")
    False
    """
    if len(number) <= 1 or not is_digits(number):
        return False
    return _luhn_sum(number) % 10 == 0


def crc16_modbus(octets: bytes, start: int = 0xFFFF) -> int:
    """Return the CRC-16/MODBUS of ``octets``: reflected polynomial 0xA001, no final xor.

    ``start`` is the register before the first octet, so that a long text can be taken in parts.

    >>> hex(crc16_modbus(b"123456789"))
    '0x4b37'
    """
    register = start
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ _MODBUS_POLYNOMIAL if register & 1 else register >> 1
    return register


def swapped16(word: int) -> int:
    """Return the 16-bit ``word`` with its two octets exchanged.

    >>> hex(swapped16(0xFA0F))
    '0xffa'
    """
    return (word & 0xFF) << 8 | word >> 8


def _luhn_sum(number: str) -> int:
    """Return the digits' sum, every second from the one before the last doubled: 0 modulo 10 when valid."""
    octets = number.encode("ascii")
    return sum(octets[::-2]) + sum(octets[-2::-2].translate(_DOUBLED)) - len(octets) * ord("0")
