"""Decoder keys: what the vending key of a supply group becomes for one meter (IEC 62055-41, DKGA)."""

from __future__ import annotations

import hashlib
import hmac

VENDING_KEY_OCTETS = 20
"""DKGA04 takes a vending key of 160 bits."""

_BASE_DATE_CODE = {1993: b"93", 2014: b"14", 2035: b"35"}
_KEY_OCTETS = {"07": 8, "11": 16}


def dkga04(  # noqa: PLR0913 - the standard binds the key to each of these
    vending_key: bytes, *, base_date: int, ea: str, ti: str, sgc: str, krn: int, kt: int, pan: str
) -> bytes:
    """Return the decoder key by algorithm 04 (HMAC-SHA-256): 8 octets for EA "07", 16 for EA "11".

    ``base_date`` is the year 1993, 2014 or 2035; ``ti`` (tariff index), ``sgc`` (supply group) and ``pan``
    are the 2, 6 and 18 digits as printed; ``krn`` is the key revision 1..9 and ``kt`` the key type 0..3.
    A size that the algorithm does not know is refused (ValueError); the text carries no key.
    The algorithm was checked with published vectors of key type 2 (DUTK); which PAN a DCTK takes was not.
    """
    if len(vending_key) != VENDING_KEY_OCTETS:
        msg = f"DKGA04 takes a vending key of {VENDING_KEY_OCTETS} octets, not {len(vending_key)}"
        raise ValueError(msg)
    if ea not in _KEY_OCTETS or base_date not in _BASE_DATE_CODE:
        msg = f"DKGA04 knows no EA {ea!r} with base date {base_date!r}"
        raise ValueError(msg)
    if (len(ti), len(sgc), len(pan)) != (2, 6, 18) or krn not in range(1, 10) or kt not in range(4):
        msg = "DKGA04 takes TI, SGC and PAN of 2, 6 and 18 digits, a KRN of 1 to 9 and a KT of 0 to 3"
        raise ValueError(msg)
    octets = _KEY_OCTETS[ea]
    message = b"".join(
        (
            b"\x04",  # Four fields of the algorithm follow, then a separator and four fields of the meter.
            *(_counted(field) for field in (b"04", _BASE_DATE_CODE[base_date], ea.encode(), ti.encode())),
            b"\x00\x04",
            *(_counted(field.encode()) for field in (sgc, str(kt), str(krn), pan)),
            (8 * octets).to_bytes(4, "big"),
        )
    )
    return hmac.digest(vending_key, message, hashlib.sha256)[:octets]


def _counted(field: bytes) -> bytes:
    """Return the field behind one octet that says its length."""
    return bytes((len(field),)) + field
