"""How a card station is known: its certificate, and the one-time code with which it gets the first one.

    code (30 minutes, once) ──enrol──► certificate ──renew──► the next one; the old one lasts a day more
                                            └──revoke──► dead at its next request

The station makes its own key, which never leaves it. A certificate counts only while its row stands here:
what the authority has signed lets nobody in by itself. Of a code only its hash is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

#: Somebody walks from the office to the counter with it, and no further.
CODE_LASTS_US: Final = 30 * 60 * 1_000_000

#: Letters of a code: none that is taken for another one when it is read aloud (no I, L, O, U, 0, 1).
CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"

#: Letters of a code: 30^16 is far beyond what five tries, or five million, come to.
CODE_SIZE: Final = 16
_GROUP: Final = 4

#: How long the certificate before still serves: whoever did not get the new one asks for it again with it.
RENEWED_LASTS_US: Final = 24 * 3_600 * 1_000_000

#: Certificates of one station that stand at one time: the old, the new, and a computer that was exchanged.
STANDING_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class StationCertificate:
    """A certificate of a station, by its serial number in hex.

    ``fingerprint`` is the SHA-256 of the certificate, ``key_digest`` that of its public key, both in hex;
    ``pem`` the certificate itself, which is no secret. ``by`` is who let the station in.
    """

    number: str
    station: str
    fingerprint: str
    key_digest: str
    pem: str
    issued_us: int
    ends_us: int
    by: str
    revoked_us: int | None = None
    revoked_by: str = ""

    def stands(self, at_us: int) -> bool:
        """Does it let its station in at this moment?"""
        return self.revoked_us is None and at_us < self.ends_us

    def revoked(self, by: str, at_us: int) -> StationCertificate:
        """Return it as it is once it was taken back."""
        return replace(self, revoked_us=at_us, revoked_by=by)

    def ending(self, at_us: int) -> StationCertificate:
        """Return it as it is once there is a newer one: it never lasts longer than before."""
        return replace(self, ends_us=min(self.ends_us, at_us))


@dataclass(frozen=True, slots=True)
class StationCode:
    """A code that lets a station in once: ``digest`` is its hash, ``by`` who made it.

    ``number`` is the certificate that was given for it, "" as long as it was not used.
    """

    digest: str
    station: str
    made_us: int
    ends_us: int
    by: str
    number: str = ""


def drawn_code(octets: bytes) -> str:
    """Make a code of random bytes, 8 for each letter's worth of dice: ``CODE_SIZE`` letters in groups.

    >>> drawn_code(bytes(128))
    'AAAA-AAAA-AAAA-AAAA'
    """
    worth = len(octets) // CODE_SIZE
    pieces = (octets[at : at + worth] for at in range(0, worth * CODE_SIZE, worth))
    letters = "".join(CODE_LETTERS[int.from_bytes(piece, "big") % len(CODE_LETTERS)] for piece in pieces)
    return "-".join(letters[at : at + _GROUP] for at in range(0, CODE_SIZE, _GROUP))


def code_digest(code: str) -> str:
    """Hash a code as it was typed: dashes and the size of letters say nothing."""
    return sha256(f"station code {code.replace('-', '').upper()}".encode()).hexdigest()
