"""The token gateway (class 115; IEC 62056-6-2, 4.6.5): a token goes in by ``enter``, its status tells.

A token that is entered again is harmless: the meter says that it was used. So where no answer came the status
is read, after 2, 5 and 10 seconds, and then the same token is entered again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.bits import is_digits
from gateway.codecs.dlms.classes import meaning
from gateway.codecs.dlms.datum import BIT_STRING, ENUM, STRUCTURE, Datum, octets
from gateway.codecs.dlms.fault import PeerFault

POLL_AFTER_S: Final = (2, 5, 10)
"""When to read a status that was not final, seconds after one another."""

_TOKEN_DIGITS: Final = 20
_TOKEN_OCTETS: Final = 9
_EXECUTED: Final = 3
_FAILURES: Final = range(4, 8)


class TokenForm(Enum):
    """How a meter wants a token: the companion specifications differ, so it is a setting of the model."""

    DIGITS = "digits"
    """Twenty ASCII digits."""
    PACKED = "packed"
    """The number of 66 bits, right-aligned in nine octets."""


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """What a meter says of the token entered last: final when it was executed or has failed."""

    code: int
    bits: str

    @property
    def is_accepted(self) -> bool:
        """The token was executed."""
        return self.code == _EXECUTED

    @property
    def is_final(self) -> bool:
        """Nothing more will come of it."""
        return self.code == _EXECUTED or self.code in _FAILURES

    @property
    def name(self) -> str:
        """The standard's word."""
        return meaning("token_status", self.code)


def token_parameter(digits: str, form: TokenForm) -> Datum:
    """Make the parameter of ``enter``; ValueError for what is no token, which is not said."""
    if not is_digits(digits, _TOKEN_DIGITS) or int(digits).bit_length() > 66:  # noqa: PLR2004 - IEC 62055-41, 6.4
        raise ValueError("a token is twenty digits that make 66 bits")
    return octets(digits.encode("ascii") if form is TokenForm.DIGITS else token_octets(digits))


def token_octets(digits: str) -> bytes:
    """Pack a token's digits."""
    return int(digits).to_bytes(_TOKEN_OCTETS, "big")


def read_token_status(found: Datum) -> TokenStatus:
    """Read attribute 6: a code and further bits."""
    parts = found.value if found.tag == STRUCTURE and isinstance(found.value, tuple) else ()
    if len(parts) == 2 and (parts[0].tag, parts[1].tag) == (ENUM, BIT_STRING):  # noqa: PLR2004 - code, bits
        code, bits = parts[0].value, parts[1].value
        if isinstance(code, int) and isinstance(bits, str):
            return TokenStatus(code, bits)
    raise PeerFault("token_status", 0, "no structure of an enum and a bit-string")
