"""Authenticators: codes that change every thirty seconds (RFC 6238); how their secrets are kept.

A secret is sealed with AES-256-GCM under a key of the configuration, bound to its login: who reads the
database reads no secret, and a row that is copied to another person opens nothing. That a code is taken once,
the ledger sees to: here only its step is found.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.hidden import Hidden

if TYPE_CHECKING:
    from datetime import datetime

#: Seconds of one code (RFC 6238, 4.1).
STEP_S: Final = 30

#: Steps by which a telephone's clock may be wrong either way (RFC 6238, 5.2 advises one).
DRIFT_STEPS: Final = 1

_NONCE_OCTETS: Final = 12
_CODE_DIGITS: Final = 6


class Authenticators:
    """Makes, seals and asks authenticators; ``key`` is the configuration's, ``issuer`` the utility's name."""

    def __init__(self, key: bytes, issuer: str) -> None:
        self._cipher = AESGCM(sha256(b"powertill authenticators\n" + key).digest())
        self._issuer = issuer

    def __repr__(self) -> str:
        return "Authenticators(****)"

    def drawn(self) -> Hidden:
        """Draw a new secret, in the letters that an authenticator is told (RFC 4648, 6)."""
        return Hidden(pyotp.random_base32())

    def address(self, login: str, secret: Hidden) -> Hidden:
        """Write it as the address that a telephone's camera reads."""
        return Hidden(pyotp.TOTP(secret.reveal()).provisioning_uri(name=login, issuer_name=self._issuer))

    def sealed(self, login: str, secret: Hidden) -> Hidden:
        """Seal a secret for keeping."""
        nonce = os.urandom(_NONCE_OCTETS)
        octets = self._cipher.encrypt(nonce, secret.reveal().encode(), login.encode())
        return Hidden(b64encode(nonce + octets).decode())

    def opened(self, login: str, sealed: Hidden) -> Hidden | None:
        """Open a kept secret; None where it was sealed with another key, or for somebody else."""
        try:
            octets = b64decode(sealed.reveal(), validate=True)
            opened = self._cipher.decrypt(octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:], login.encode())
        except (InvalidTag, ValueError):
            return None
        return Hidden(opened.decode())

    def step_of(self, secret: Hidden, code: str, now: datetime) -> int | None:
        """Find the step of a code under a secret; None where it fits none of those near this moment."""
        typed = "".join(code.split())
        if len(typed) != _CODE_DIGITS or not (typed.isascii() and typed.isdigit()):
            return None
        clock, at = pyotp.TOTP(secret.reveal(), interval=STEP_S), int(now.timestamp()) // STEP_S
        # The newest first: an older one that happened to be the same would let the newer be used again.
        for step in range(at + DRIFT_STEPS, at - DRIFT_STEPS - 1, -1):
            if compare_digest(clock.generate_otp(step), typed):
                return step
        return None
