"""Security suite 0: APDUs under AES-GCM-128, and the proof of GMAC (IEC 62056-5-3, 5.3.7 and 9.2.7).

    c8 …   30   00000001   ciphertext ‖ tag       glo-get-request: control, counter, what is sealed
    control   10 authenticated · 20 enciphered · 30 both; the low half is the suite, 0
    nonce     the sender's title (8 octets) ‖ its counter (4)
    sealed    30: control ‖ authentication key      10: these ‖ the plain APDU

A counter is used once: the same one twice under one key opens AES-GCM to whoever listens. So it only rises,
on both sides; where ours is the caller keeps (``Sealing.counter``). Keys stay behind ``Cipher``:
a security module can be one too.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from gateway.codecs.dlms.fault import PeerFault
from gateway.codecs.dlms.octets import Octets, sized

KEY_SIZE: Final = 16
TITLE_SIZE: Final = 8
TAG_SIZE: Final = 12
AUTHENTICATED: Final = 0x10
ENCIPHERED: Final = 0x20
BOTH: Final = AUTHENTICATED | ENCIPHERED

COUNTER_MAX: Final = 0xFFFF_FFFF
"""The last number of four octets; after it the keys must be changed."""

GENERAL_GLO: Final = 0xDB
#: Plain tag → its enciphered form under the global key (IEC 62056-5-3, table 38).
GLO: Final = {
    0x01: 0x21, 0x08: 0x28, 0x0E: 0x2E,
    0xC0: 0xC8, 0xC1: 0xC9, 0xC2: 0xCA, 0xC3: 0xCB, 0xC4: 0xCC, 0xC5: 0xCD, 0xC7: 0xCF,
}  # fmt: skip
PLAIN: Final = {glo: plain for plain, glo in GLO.items()}

_CONTROLS: Final = frozenset({AUTHENTICATED, ENCIPHERED, BOTH})
_COUNTER_SIZE: Final = 4


class SealFault(PeerFault):
    """What came is not sealed with the keys of this meter, or its counter was used before."""


class CounterFault(SealFault):
    """The seal may be right, but its counter was used before; ``wanted`` is the least that would be taken."""

    def __init__(self, wanted: int) -> None:
        super().__init__("counter", 1, "not above the last one: said again, or out of step")
        self.wanted = wanted


class Cipher(Protocol):
    """Who has the keys of a meter."""

    def seal(self, control: int, nonce: bytes, plain: bytes) -> bytes:
        """Seal a text as the control octet says: give what follows the counter."""

    def unseal(self, control: int, nonce: bytes, sealed: bytes) -> bytes | None:
        """Open a text; None where it was sealed with another key."""


class SoftwareCipher:
    """Keys in memory: the global unicast encryption key and the authentication key of one meter."""

    __slots__ = ("_authentication", "_encryption")

    def __init__(self, encryption: bytes, authentication: bytes) -> None:
        if len(encryption) != KEY_SIZE or len(authentication) != KEY_SIZE:
            raise ValueError(f"a key of security suite 0 has {KEY_SIZE} octets")
        self._encryption = encryption
        self._authentication = authentication

    def __repr__(self) -> str:
        """Show no key."""
        return "SoftwareCipher()"

    def seal(self, control: int, nonce: bytes, plain: bytes) -> bytes:
        """Seal a text as the control octet says."""
        sealer = Aes(AES(self._encryption), modes.GCM(nonce)).encryptor()
        if control == AUTHENTICATED:
            sealer.authenticate_additional_data(self._additional(control) + plain)
            sealer.finalize()
            return plain + sealer.tag[:TAG_SIZE]
        if control == BOTH:
            sealer.authenticate_additional_data(self._additional(control))
        sealed = sealer.update(plain) + sealer.finalize()
        return sealed + (sealer.tag[:TAG_SIZE] if control == BOTH else b"")

    def unseal(self, control: int, nonce: bytes, sealed: bytes) -> bytes | None:
        """Open a text; None where its tag does not fit."""
        if control == ENCIPHERED:
            return Aes(AES(self._encryption), modes.GCM(nonce)).decryptor().update(sealed)
        body, tag = sealed[:-TAG_SIZE], sealed[-TAG_SIZE:]
        if len(tag) != TAG_SIZE:
            return None
        opener = Aes(AES(self._encryption), modes.GCM(nonce, tag, TAG_SIZE)).decryptor()
        is_plain = control == AUTHENTICATED
        opener.authenticate_additional_data(self._additional(control) + (body if is_plain else b""))
        plain = body if is_plain else opener.update(body)
        try:
            opener.finalize()
        except InvalidTag:
            return None
        return plain

    def _additional(self, control: int) -> bytes:
        return bytes([control]) + self._authentication


class Sealing:
    """One side of an enciphered association: our title and counter, the peer's title and the last of its own.

    ``counter`` is the next one to be used; keep it before anything is sent, and begin with it the next time.
    ``control`` is how we seal; what the peer sends must be authenticated as well, if ours is. ``heard`` is
    the last counter of the peer's: who keeps it for the next association lets nothing be said again.
    """

    __slots__ = ("_cipher", "_heard", "control", "counter", "peer", "title")

    def __init__(
        self, cipher: Cipher, title: bytes, counter: int, *, control: int = BOTH, heard: int = -1
    ) -> None:
        if len(title) != TITLE_SIZE:
            raise ValueError(f"a system title has {TITLE_SIZE} octets")
        if control not in _CONTROLS:
            raise ValueError("seal authenticated (10), enciphered (20) or both (30)")
        self._cipher = cipher
        self._heard = heard
        self.title = title
        self.counter = counter
        self.control = control
        #: The peer's system title: of its AARE or AARQ, or set before.
        self.peer = b""

    def __repr__(self) -> str:
        """Show titles and counters."""
        return f"Sealing({self.title.hex()}, counter={self.counter}, peer={self.peer.hex()})"

    @property
    def heard(self) -> int:
        """The last counter of the peer's, -1 before the first."""
        return self._heard

    def seal(self, plain: bytes) -> bytes:
        """Seal an APDU under its own tag; ValueError for one that has no enciphered form."""
        glo = GLO.get(plain[0])
        if glo is None:
            raise ValueError(f"an APDU of tag {plain[0]:02x} has no enciphered form")
        return bytes([glo]) + sized(self._sealed(self.control, plain))

    def seal_general(self, plain: bytes) -> bytes:
        """Seal any APDU as general-glo-ciphering, which bears our title."""
        return bytes([GENERAL_GLO]) + sized(self.title) + sized(self._sealed(self.control, plain))

    def unseal(self, raw: bytes) -> bytes:
        """Open an APDU of the peer; SealFault where the seal, the title or the counter is wrong."""
        source = Octets(raw)
        tag, title = source.byte("sealed"), self.peer
        if tag == GENERAL_GLO:
            title = source.text("title")
            if self.peer and title != self.peer:
                raise SealFault("title", 1, "of another system than the association's")
        elif tag not in PLAIN:
            raise PeerFault("sealed", 0, f"tag {tag:02x} is not enciphered")
        body = source.text("sealed")
        source.end("sealed")
        plain = self._opened(body, title)
        if tag != GENERAL_GLO and plain[:1] != bytes([PLAIN[tag]]):
            raise SealFault("sealed", 0, "another APDU inside than its tag says")
        return plain

    def proof(self, challenge: bytes) -> bytes:
        """Prove ourselves: f(challenge) = control ‖ counter ‖ tag (IEC 62056-5-3, 5.3.4.7)."""
        body = self._sealed(AUTHENTICATED, challenge)
        return body[: 1 + _COUNTER_SIZE] + body[-TAG_SIZE:]

    def is_proof(self, proof: bytes, challenge: bytes) -> bool:
        """Say whether the peer has proved that it has the keys, by our challenge.

        Its counter may be below that of the APDU around it, which was sealed later; that it is no old proof
        the challenge sees to, which is new at each association.
        """
        if len(proof) != 1 + _COUNTER_SIZE + TAG_SIZE or proof[0] != AUTHENTICATED:
            return False
        counter = int.from_bytes(proof[1 : 1 + _COUNTER_SIZE], "big")
        if len(self.peer) != TITLE_SIZE:
            return False
        made = self._cipher.seal(AUTHENTICATED, self.peer + proof[1 : 1 + _COUNTER_SIZE], challenge)
        if not compare_digest(made[-TAG_SIZE:], proof[-TAG_SIZE:]):
            return False
        self._heard = max(self._heard, counter)
        return True

    def _sealed(self, control: int, plain: bytes) -> bytes:
        """Seal with the next counter, which is used up whatever becomes of it."""
        if self.counter > COUNTER_MAX:
            raise ValueError("the invocation counter is used up; change the meter's keys")
        counter = self.counter.to_bytes(_COUNTER_SIZE, "big")
        self.counter += 1
        return bytes([control]) + counter + self._cipher.seal(control, self.title + counter, plain)

    def _opened(self, body: bytes, title: bytes) -> bytes:
        source = Octets(body)
        control = source.byte("control")
        if control not in _CONTROLS:
            raise SealFault("control", 0, f"{control:02x} is not of suite 0 under the global unicast key")
        if self.control & AUTHENTICATED and not control & AUTHENTICATED:
            raise SealFault("control", 0, "not authenticated, and it must be")
        nonce = source.take(_COUNTER_SIZE, "counter")
        counter = int.from_bytes(nonce, "big")
        if counter <= self._heard:
            raise CounterFault(self._heard + 1)
        if len(title) != TITLE_SIZE:
            raise SealFault("title", 0, "the peer's system title is not known")
        plain = self._cipher.unseal(control, title + nonce, source.take(source.left, "sealed"))
        if not plain:
            raise SealFault("sealed", source.at, "not sealed with this meter's keys")
        self._heard = counter
        return plain
