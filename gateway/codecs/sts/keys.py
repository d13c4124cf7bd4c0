"""Decoder keys: what the vending key of a supply group becomes for one meter (IEC 62055-41, DKGA).

Two algorithms are here. DKGA02 makes the keys of EA07 meters from a single DES key; DKGA04 makes those of
EA07 and EA11 from 160 bits by HMAC-SHA-256. DKGA01 and DKGA03 are not: their published descriptions disagree.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from gateway.bits import is_digits

VENDING_KEY_OCTETS = 20
"""DKGA04 takes a vending key of 160 bits."""

DES_VENDING_KEY_OCTETS = 8
"""DKGA02 takes a single DES key of 64 bits, parity bits included."""

OCTETS_OF_DKGA = {"02": DES_VENDING_KEY_OCTETS, "04": VENDING_KEY_OCTETS}
"""How long a vending key is, by what makes the meters' keys of it (6.5.3)."""

DCTK = 3
"""The common transfer key: one for all meters of a group, with which they are told their own."""

CHECK_VALUE_MESSAGE = bytes(8)
CHECK_VALUE_OCTETS = 3
"""A check value is the first three octets of what a key makes of eight zero octets."""

_BASE_DATE_CODE = {1993: b"93", 2014: b"14", 2035: b"35"}
_KEY_OCTETS = {"07": 8, "11": 16}


def decoder_key(  # noqa: PLR0913 - the standard binds the key to each of these
    dkga: str, vending_key: bytes, *, base_date: int, ea: str, ti: str, sgc: str, krn: int, kt: int, pan: str
) -> bytes:
    """Return the decoder key by the algorithm "02" or "04"; what it does not know is refused (ValueError).

    DKGA02 knows EA "07" only, and the base date plays no part in it.
    """
    if dkga == "04":
        return dkga04(vending_key, base_date=base_date, ea=ea, ti=ti, sgc=sgc, krn=krn, kt=kt, pan=pan)
    if dkga != "02" or ea != "07":
        msg = f"there is no DKGA{dkga} for EA{ea} here: 02 makes keys of EA07, 04 of EA07 and EA11"
        raise ValueError(msg)
    return dkga02(vending_key, ti=ti, sgc=sgc, krn=krn, kt=kt, pan=pan)


def dkga02(  # noqa: PLR0913 - likewise
    vending_key: bytes, *, ti: str, sgc: str, krn: int, kt: int, pan: str
) -> bytes:
    """Return the decoder key by algorithm 02 (single DES): 8 octets, for EA "07" (6.5.3).

    The parameters are those of ``dkga04``. A key whose octets have even parity is taken as it is: DES ignores
    the parity bits, the last xor does not. For key type 3 (DCTK) the meter's own number is taken as zeros;
    this is known from one source and no published vector shows it.
    """
    _refuse_octets("DKGA02", vending_key, DES_VENDING_KEY_OCTETS)
    _refuse_identity("DKGA02", ti=ti, sgc=sgc, krn=krn, kt=kt, pan=pan)
    if kt == DCTK:
        pan = _issuer_number(pan).ljust(17, "0")
    pan_block = int(pan[1:17], 16)
    control_block = int(f"{kt}{sgc}{ti}{krn}FFFFFF", 16)
    mixed = (pan_block ^ control_block).to_bytes(8, "big")
    return _xor(_des(vending_key, mixed), mixed, vending_key)


def dkga04(  # noqa: PLR0913 - the standard binds the key to each of these
    vending_key: bytes, *, base_date: int, ea: str, ti: str, sgc: str, krn: int, kt: int, pan: str
) -> bytes:
    """Return the decoder key by algorithm 04 (HMAC-SHA-256): 8 octets for EA "07", 16 for EA "11" (6.5.3).

    ``base_date`` is the year 1993, 2014 or 2035; ``ti`` (tariff index), ``sgc`` (supply group) and ``pan``
    are the 2, 6 and 18 digits as printed; ``krn`` is the key revision 1..9 and ``kt`` the key type 0..3.
    A size that the algorithm does not know is refused (ValueError); the text carries no key.
    The algorithm was checked with published vectors of key type 2 (DUTK); which PAN a DCTK takes was not.
    """
    _refuse_octets("DKGA04", vending_key, VENDING_KEY_OCTETS)
    message = dkga04_message(base_date=base_date, ea=ea, ti=ti, sgc=sgc, krn=krn, kt=kt, pan=pan)
    return hmac.digest(vending_key, message, hashlib.sha256)[: _KEY_OCTETS[ea]]


def dkga04_message(  # noqa: PLR0913 - likewise
    *, base_date: int, ea: str, ti: str, sgc: str, krn: int, kt: int, pan: str
) -> bytes:
    """Return the 49 octets whose HMAC-SHA-256 under the vending key begins with the decoder key.

    For a module that keeps the vending key and computes the HMAC itself: the first 8 octets of its answer are
    the key of EA "07", the first 16 that of EA "11". Parameters and refusals are those of ``dkga04``.
    """
    if ea not in _KEY_OCTETS or base_date not in _BASE_DATE_CODE:
        msg = f"DKGA04 knows no EA {ea!r} with base date {base_date!r}"
        raise ValueError(msg)
    _refuse_identity("DKGA04", ti=ti, sgc=sgc, krn=krn, kt=kt, pan=pan)
    return b"".join(
        (
            b"\x04",  # Four fields of the algorithm follow, then a separator and four fields of the meter.
            *(_counted(field) for field in (b"04", _BASE_DATE_CODE[base_date], ea.encode(), ti.encode())),
            b"\x00\x04",
            *(_counted(field.encode()) for field in (sgc, str(kt), str(krn), pan)),
            (8 * _KEY_OCTETS[ea]).to_bytes(4, "big"),
        )
    )


def key_check_value(vending_key: bytes) -> str:
    """Return the six hex digits by which people tell which vending key this is, without telling the key.

    Of a DES key: the first 3 octets of eight zero octets enciphered, as everywhere. Of a key of 160 bits: the
    first 3 octets of HMAC-SHA-256 over eight zero octets. That one is our own definition, for the standard
    gives none; it is one that a module which keeps the key can compute too.
    """
    if len(vending_key) == DES_VENDING_KEY_OCTETS:
        made = _des(vending_key, CHECK_VALUE_MESSAGE)
    elif len(vending_key) == VENDING_KEY_OCTETS:
        made = hmac.digest(vending_key, CHECK_VALUE_MESSAGE, hashlib.sha256)
    else:
        sizes = f"{DES_VENDING_KEY_OCTETS} or {VENDING_KEY_OCTETS}"
        msg = f"a vending key has {sizes} octets, not {len(vending_key)}"
        raise ValueError(msg)
    return made[:CHECK_VALUE_OCTETS].hex().upper()


def _des(key: bytes, block: bytes) -> bytes:
    """Return the block enciphered by single DES, which is triple DES with one key three times."""
    encryptor = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()  # noqa: S305 - DKGA02 is so
    return encryptor.update(block) + encryptor.finalize()


def _issuer_number(pan: str) -> str:
    """Return the issuer part of a meter PAN: 0000 before a number of 13 digits, else six digits (6.1.2)."""
    return pan[:4] if pan.startswith("0000") else pan[:6]


def _refuse_octets(algorithm: str, vending_key: bytes, octets: int) -> None:
    """Refuse a key of another length without showing it."""
    if len(vending_key) != octets:
        msg = f"{algorithm} takes a vending key of {octets} octets, not {len(vending_key)}"
        raise ValueError(msg)


def _refuse_identity(  # noqa: PLR0913 - likewise
    algorithm: str, *, ti: str, sgc: str, krn: int, kt: int, pan: str
) -> None:
    """Refuse parts of other sizes than the algorithm has places for."""
    are_digits = all(is_digits(part) for part in (ti, sgc, pan))
    are_sized = (len(ti), len(sgc), len(pan)) == (2, 6, 18)
    if not (are_digits and are_sized) or krn not in range(1, 10) or kt not in range(4):
        msg = f"{algorithm} takes TI, SGC and PAN of 2, 6 and 18 digits, a KRN of 1 to 9 and a KT of 0 to 3"
        raise ValueError(msg)


def _counted(field: bytes) -> bytes:
    """Return the field behind one octet that says its length."""
    return bytes((len(field),)) + field


def _xor(first: bytes, second: bytes, third: bytes) -> bytes:
    """Return three texts of octets, xored."""
    return bytes(a ^ b ^ c for a, b, c in zip(first, second, third, strict=True))
