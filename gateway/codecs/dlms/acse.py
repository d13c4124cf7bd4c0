"""Associations: AARQ, AARE, RLRQ and RLRE in BER, and what they carry (IEC 62056-5-3, 7.2, 9.4 and 9.5).

    60 1d  a1 09 06 07 60857405080101  be 10 04 0e  01 00 00 00 06 5f1f0400 001e1d ffff
           the names are logical names              InitiateRequest: conformance, PDU of ours

``user`` is that last part: plain, or enciphered (``security``). Fields of which we make nothing are passed
over. A password or a challenge is never shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets, sized

AARQ: Final = 0x60
AARE: Final = 0x61
RLRQ: Final = 0x62
RLRE: Final = 0x63
INITIATE_REQUEST: Final = 0x01
INITIATE_RESPONSE: Final = 0x08

ASSOCIATION_OCTETS_MAX: Final = 512
"""Octets of an AARQ or AARE: challenges of 64, titles and certificates left out, stay below 200."""

#: joint-iso-ccitt(2) country(16) country-name(756) identified-organisation(5) DLMS-UA(8), then the arc.
_CONTEXT: Final = bytes.fromhex("0607608574050801")
_MECHANISM: Final = bytes.fromhex("608574050802")
_OID: Final = 0x06
_CONFORMANCE: Final = (b"\x5f\x1f\x04\x00", b"\x5f\x04\x00")
_DLMS_VERSION: Final = 6
_VAA_NAME: Final = 7
_AUTHENTICATED: Final = bytes.fromhex("0780")

#: The bits of conformance that this side knows (IEC 62056-5-3, 7.3.1): what the client may use.
CONFORMANCE: Final = {
    "general-protection": 1, "general-block-transfer": 2, "attribute0-supported-with-set": 8,
    "priority-mgmt-supported": 9, "attribute0-supported-with-get": 10, "block-transfer-with-get": 11,
    "block-transfer-with-set": 12, "block-transfer-with-action": 13, "multiple-references": 14,
    "data-notification": 16, "access": 17, "get": 19, "set": 20, "selective-access": 21,
    "event-notification": 22, "action": 23,
}  # fmt: skip


class Context(IntEnum):
    """What an association is for: logical names, plain or enciphered."""

    LOGICAL_NAMES = 1
    LOGICAL_NAMES_CIPHERED = 3


class Mechanism(IntEnum):
    """How the sides prove themselves (IEC 62056-5-3, 7.2.4): not at all, by password, by GMAC."""

    NONE = 0
    PASSWORD = 1
    GMAC = 5


def conformance(*names: str) -> int:
    """Make the block of the bits with these names.

    >>> f"{conformance('get', 'set', 'action', 'selective-access', 'block-transfer-with-get'):06x}"
    '00101d'
    """
    return sum(1 << 23 - CONFORMANCE[name] for name in names)


@dataclass(frozen=True, slots=True)
class Initiate:
    """What an association agrees on: the conformance block, and the longest PDU that this side takes.

    ``dedicated_key``: one that the client hands over; this client does not.
    """

    conformance: int
    pdu_max: int
    is_response: bool = False
    dedicated_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """An AARQ; ``value`` is a password or a challenge. A mechanism not known is kept as its number."""

    context: int
    user: bytes = field(repr=False)
    mechanism: int = Mechanism.NONE
    value: bytes = field(default=b"", repr=False)
    title: bytes = b""


@dataclass(frozen=True, slots=True)
class Opened:
    """An AARE. ``result`` 0: accepted. ``is_provider``: the diagnostic is its ACSE's own."""

    context: int
    result: int
    diagnostic: int
    user: bytes = field(repr=False)
    mechanism: int = Mechanism.NONE
    value: bytes = field(default=b"", repr=False)
    title: bytes = b""
    is_provider: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """An RLRQ or, as an answer, an RLRE. ``reason`` 0 is normal; None where it says none."""

    is_answer: bool
    reason: int | None = 0
    user: bytes = field(default=b"", repr=False)


Association = Opening | Opened | Release


def read_initiate(raw: bytes) -> Initiate:
    """Read an InitiateRequest or InitiateResponse."""
    source = Octets(raw)
    tag = source.byte("initiate")
    key = b""
    if tag == INITIATE_REQUEST:
        key = source.text("dedicated key") if source.is_there("dedicated key") else b""
        if source.is_there("response allowed"):
            source.byte("response allowed")
    elif tag != INITIATE_RESPONSE:
        raise PeerFault("initiate", 0, f"tag {tag:02x} is neither 01 nor 08")
    if source.is_there("quality of service"):
        source.byte("quality of service")
    if source.byte("version") != _DLMS_VERSION:
        raise PeerFault("version", source.at - 1, "no version 6 of DLMS")
    at = source.at
    # The tag is 31 in the application's class; older meters write it in one octet.
    head = next((head for head in _CONFORMANCE if raw.startswith(head, at)), None)
    if head is None:
        raise PeerFault("conformance", at, "no conformance block of three octets")
    source.take(len(head), "conformance")
    found = Initiate(
        source.whole(3, "conformance"), source.whole(2, "PDU size"), tag == INITIATE_RESPONSE, key
    )  # fmt: skip
    if found.is_response:
        source.whole(2, "VAA name")
    source.end("initiate")
    return found


def write_initiate(initiate: Initiate) -> bytes:
    """Write an InitiateRequest or InitiateResponse."""
    agreed = (
        bytes([_DLMS_VERSION]) + _CONFORMANCE[0]
        + initiate.conformance.to_bytes(3, "big") + initiate.pdu_max.to_bytes(2, "big")
    )  # fmt: skip
    if initiate.is_response:
        return bytes([INITIATE_RESPONSE, 0]) + agreed + _VAA_NAME.to_bytes(2, "big")
    key = b"\1" + sized(initiate.dedicated_key) if initiate.dedicated_key else b"\0"
    return bytes([INITIATE_REQUEST]) + key + b"\0\0" + agreed


def read_association(raw: bytes) -> Association:
    """Read an AARQ, AARE, RLRQ or RLRE."""
    if len(raw) > ASSOCIATION_OCTETS_MAX:
        raise PeerFault("association", 0, f"longer than {ASSOCIATION_OCTETS_MAX} octets")
    source = Octets(raw)
    tag = source.byte("association")
    if tag not in (AARQ, AARE, RLRQ, RLRE):
        raise PeerFault("association", 0, f"tag {tag:02x} is no association")
    inner = Octets(source.text("association"))
    source.end("association")
    fields: dict[int, bytes] = {}
    while inner.left:
        at = inner.at
        of = inner.byte("field")
        if of in fields:
            raise PeerFault("field", at, f"{of:02x} is there twice")
        fields[of] = inner.text("field")
    if tag == AARQ:
        return _opening(fields)
    if tag == AARE:
        return _opened(fields)
    reason = fields.get(0x80)
    return Release(tag == RLRE, reason[0] if reason else None, _user(fields))


def write_association(said: Association) -> bytes:
    """Write an AARQ, AARE, RLRQ or RLRE."""
    if isinstance(said, Release):
        reason = b"" if said.reason is None else bytes([0x80, 1, said.reason])
        return bytes([RLRE if said.is_answer else RLRQ]) + sized(reason + _write_user(said.user))
    context = b"\xa1" + sized(_CONTEXT + bytes([said.context]))
    title = sized(b"\x04" + sized(said.title)) if said.title else b""
    named = sized(_MECHANISM + bytes([said.mechanism]))
    value = sized(b"\x80" + sized(said.value))
    if isinstance(said, Opening):
        proof = b"\x8a\x02" + _AUTHENTICATED + b"\x8b" + named + b"\xac" + value if said.mechanism else b""
        return bytes([AARQ]) + sized(
            context + (b"\xa6" + title if title else b"") + proof + _write_user(said.user)
        )
    told = bytes(
        [0xA2, 3, 2, 1, said.result, 0xA3, 5, 0xA2 if said.is_provider else 0xA1, 3, 2, 1, said.diagnostic]
    )
    proof = b"\x88\x02" + _AUTHENTICATED + b"\x89" + named + b"\xaa" + value if said.mechanism else b""
    return bytes([AARE]) + sized(
        context + told + (b"\xa4" + title if title else b"") + proof + _write_user(said.user)
    )


def _opening(fields: dict[int, bytes]) -> Opening:
    return Opening(
        _context(fields), _user(fields), _mechanism(fields.get(0x8B)), _inner(fields, 0xAC, 0x80),
        _inner(fields, 0xA6, 0x04),
    )  # fmt: skip


def _opened(fields: dict[int, bytes]) -> Opened:
    result, source = _inner(fields, 0xA2, 0x02), Octets(fields.get(0xA3, b""))
    of = source.byte("diagnostic")
    diagnostic = Octets(source.text("diagnostic"))
    number = diagnostic.text("diagnostic") if diagnostic.byte("diagnostic") == 0x02 else b""  # noqa: PLR2004
    if len(result) != 1 or len(number) != 1 or of not in (0xA1, 0xA2):
        raise PeerFault("result", 0, "no result of one octet, or no diagnostic")
    return Opened(
        _context(fields), result[0], number[0], _user(fields), _mechanism(fields.get(0x89)),
        _inner(fields, 0xAA, 0x80), _inner(fields, 0xA4, 0x04), of == 0xA2,  # noqa: PLR2004 - [1] is the provider
    )  # fmt: skip


def _context(fields: dict[int, bytes]) -> int:
    name = fields.get(0xA1, b"")
    if len(name) != len(_CONTEXT) + 1 or not name.startswith(_CONTEXT):
        raise PeerFault("application context", 0, "none of DLMS")
    return name[-1]


def _mechanism(name: bytes | None) -> int:
    if name is None:
        return Mechanism.NONE
    if len(name) != len(_MECHANISM) + 1 or not name.startswith(_MECHANISM):
        raise PeerFault("mechanism", 0, "none of DLMS")
    return name[-1]


def _user(fields: dict[int, bytes]) -> bytes:
    return _inner(fields, 0xBE, 0x04)


def _write_user(user: bytes) -> bytes:
    return b"\xbe" + sized(b"\x04" + sized(user)) if user else b""


def _inner(fields: dict[int, bytes], of: int, tag: int) -> bytes:
    """Give what stands in a field behind a tag of its own; empty where the field is not there."""
    if of not in fields:
        return b""
    source = Octets(fields[of])
    if source.byte(f"field {of:02x}") != tag:
        raise PeerFault(f"field {of:02x}", 0, f"not of tag {tag:02x}")
    found = source.text(f"field {of:02x}")
    source.end(f"field {of:02x}")
    return found
