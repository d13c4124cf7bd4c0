"""A customer's account number: a 2, the serial number of the file, a check digit (ISO/IEC 7812-1, annex B).

Files that come from another system may keep their numbers, whatever they look like. Those that are given out
here follow each other by a series of their own, which passes over what is taken.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.bits import luhn_digit, luhn_valid

#: Digits of a serial number: a hundred million files.
_SERIAL_DIGITS: Final = 8

#: The last serial number that a file can have.
SERIAL_MAX: Final = 10**_SERIAL_DIGITS - 1

_OURS: Final = re.compile(r"2[0-9]{9}")

#: What an account number of another system looks like: no sign of it parts a page's path, or a code.
_ANY: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{2,29}")


def account_number(serial: int) -> str:
    """Make the account number of a serial number; ValueError where none is left.

    >>> account_number(4)
    '2000000048'
    """
    if not 0 < serial <= SERIAL_MAX:
        raise ValueError(f"a serial number is 1 to {SERIAL_MAX}, not {serial}")
    payload = f"2{serial:0{_SERIAL_DIGITS}d}"
    return payload + luhn_digit(payload)


def is_account_number(account_no: str) -> bool:
    """Can a file have this number? One that looks like ours must have the right check digit.

    >>> [is_account_number(one) for one in ("2000000048", "2000000047", "A-17")]
    [True, False, True]
    """
    if _OURS.fullmatch(account_no):
        return luhn_valid(account_no)
    return _ANY.fullmatch(account_no) is not None
