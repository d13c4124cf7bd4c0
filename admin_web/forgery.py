"""Forged requests: that an order comes from a page of ours, filled in by whoever is signed in.

Two proofs, each of which would do: the browser says where the form stood (Origin, or Sec-Fetch-Site where it
sends none), and the form carries a seal over the session and the path that it is sent to.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from admin_web.visitor import Visitor

#: The hidden field of every form.
SEAL_FIELD: Final = "seal"


def form_seal(visitor: Visitor, path: str) -> str:
    """Seal a form: good for this session and this path alone."""
    said = f"{visitor.session_id}\n{path}".encode()
    return hmac.new(visitor.csrf_secret, said, sha256).hexdigest()


def is_sealed(visitor: Visitor, path: str, seal: str) -> bool:
    """Is this the seal that the form was given?"""
    return hmac.compare_digest(form_seal(visitor, path).encode(), seal.encode())


def is_from_here(origin: str, sent_origin: str | None, fetch_site: str) -> bool:
    """Does the browser say that the form stood on a page of ours?"""
    if sent_origin is not None:
        return sent_origin == origin
    return fetch_site == "same-origin"
