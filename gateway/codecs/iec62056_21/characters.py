r"""Characters of the line: seven bits and even parity (IEC 62056-21, 5 and 6.2), and the check character.

The check character is the exclusive or of all characters behind the first SOH or STX, up to and with ETX or
EOT (ISO/IEC 1155 as IEC 62056-21, 6.3 uses it):

>>> check_character(b"P0\x02(1234567)\x03").to_bytes(1, "big").hex()
'50'

A port that cannot do seven bits with parity carries eight without, and the parity is put on here.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Final

SOH: Final = 0x01
STX: Final = 0x02
ETX: Final = 0x03
EOT: Final = 0x04
ACK: Final = 0x06
NAK: Final = 0x15
LINE_END: Final = b"\r\n"

SEVEN_BITS: Final = bytes(byte & 0x7F for byte in range(256))
_EVEN: Final = bytes((byte & 0x7F) | ((byte & 0x7F).bit_count() & 1) << 7 for byte in range(256))


def check_character(covered: bytes) -> int:
    """Give the check character of what it covers."""
    return reduce(xor, covered, 0) & 0x7F


def with_even_parity(octets: bytes) -> bytes:
    """Put the parity into the eighth bit, for a port that has eight bits and none."""
    return octets.translate(_EVEN)
