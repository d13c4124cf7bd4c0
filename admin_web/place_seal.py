"""What goes out and comes back (a place of a list in an address, a note in a cookie): sealed, so that what
comes back is what we gave out.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any, Final

#: Octets of the seal: guessing one takes longer than any list is looked at.
_SEAL_OCTETS: Final = 12


def seal_place(seal_key: bytes, listing: str, place: tuple[Any, ...]) -> str:
    """Write a place for an address."""
    body = json.dumps(place, separators=(",", ":"), ensure_ascii=False).encode()
    return urlsafe_b64encode(_seal(seal_key, listing, body) + body).decode().rstrip("=")


def open_place(seal_key: bytes, listing: str, written: str) -> tuple[Any, ...] | None:
    """Read a place; None where it is none of ours, or one of another list."""
    try:
        octets = urlsafe_b64decode(written.encode("ascii") + b"=" * (-len(written) % 4))
    except ValueError:
        return None
    seal, body = octets[:_SEAL_OCTETS], octets[_SEAL_OCTETS:]
    if not hmac.compare_digest(seal, _seal(seal_key, listing, body)):
        return None
    return tuple(json.loads(body))


def _seal(seal_key: bytes, listing: str, body: bytes) -> bytes:
    return hmac.new(seal_key, listing.encode() + b"\n" + body, sha256).digest()[:_SEAL_OCTETS]
