"""What seals a card's commands and proves a card genuine: keys of each card, cryptograms, MACs.

The dialogue knows none of this: it asks (``steps.Ask``), and whoever holds the keys answers. What stands here
is what a key holder of software does, for the virtual cards and for cards of ours; a grid's cards of SM1 are
answered by a module that has that cipher, behind the same ``CardCipher``.

    card key     the blocks of the card's serial, enciphered with a master key: one opened card opens no other
    cryptogram   the card's or our answer to a challenge
    MAC          over challenge ‖ header ‖ body, cut to the profile's size
    check value  the first three bytes of a block of zeros, enciphered with a master key

A card key is enciphered blocks and nothing else, since that is what a security module can derive inside of
itself (PKCS#11: CKM_AES_ECB_ENCRYPT_DATA, CKM_DES3_ECB_ENCRYPT_DATA), and the check value is the module's own
(CKA_CHECK_VALUE). AES: one block, 01 ‖ serial ‖ zeros; CMAC (RFC 4493) for cryptogram and MAC. 3DES: two
blocks, the serial and its complement; the cryptogram is the enciphered challenge, the MAC a CMAC (NIST SP
800-38B); a stand-in for grids whose cipher is not published.
"""

from __future__ import annotations

from typing import Final, Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

#: A master key of either cipher: two keys of DES, or one of AES.
KEY_SIZE: Final = 16

CHECK_VALUE_SIZE: Final = 3
"""Bytes of a check value: what people compare, and too few to find a key by."""

_BLOCK_3DES: Final = 8
_BLOCK_AES: Final = 16
_CARD_KEY: Final = b"\x01"


class CardCipher(Protocol):
    """What a key holder can do. Keys go in and out as bytes here; in a module they never leave it."""

    def card_key(self, master: bytes, serial: bytes) -> bytes:
        """Make a card's own key from a master key."""

    def cryptogram(self, key: bytes, challenge: bytes) -> bytes:
        """Answer a challenge."""

    def mac(self, key: bytes, message: bytes, size: int) -> bytes:
        """Seal a message."""


class AesCipher:
    """AES with CMAC throughout."""

    def blocks(self, serial: bytes) -> bytes:
        """Say what is enciphered with a master key to make a card's: one block, never of zeros."""
        return (_CARD_KEY + serial).ljust(_BLOCK_AES, b"\0")

    def card_key(self, master: bytes, serial: bytes) -> bytes:
        """Encipher the serial's block."""
        return _aes(master, self.blocks(serial))

    def cryptogram(self, key: bytes, challenge: bytes) -> bytes:
        """Answer with as many bytes as the challenge has."""
        return aes_cmac(key, challenge)[: len(challenge)]

    def mac(self, key: bytes, message: bytes, size: int) -> bytes:
        """Seal; cut to ``size``."""
        return aes_cmac(key, message)[:size]

    def check_value(self, master: bytes) -> str:
        """Say by which check value people and modules compare a master key, in hex."""
        return _aes(master, bytes(_BLOCK_AES))[:CHECK_VALUE_SIZE].hex().upper()


class TdesCipher:
    """3DES with two keys."""

    def blocks(self, serial: bytes) -> bytes:
        """Say what is enciphered with a master key to make a card's: the serial and its complement."""
        block = serial[:_BLOCK_3DES].ljust(_BLOCK_3DES, b"\0")
        return block + bytes(byte ^ 0xFF for byte in block)

    def card_key(self, master: bytes, serial: bytes) -> bytes:
        """Encipher the serial's blocks."""
        return _tdes(master, self.blocks(serial))

    def cryptogram(self, key: bytes, challenge: bytes) -> bytes:
        """Encipher the challenge, eight bytes."""
        return _tdes(key, challenge)

    def mac(self, key: bytes, message: bytes, size: int) -> bytes:
        """Seal; cut to ``size``."""
        return tdes_cmac(key, message)[:size]

    def check_value(self, master: bytes) -> str:
        """Say by which check value people and modules compare a master key, in hex."""
        return _tdes(master, bytes(_BLOCK_3DES))[:CHECK_VALUE_SIZE].hex().upper()


#: The ciphers that software has, by the name in the profile.
SOFTWARE: Final[dict[str, AesCipher | TdesCipher]] = {"aes": AesCipher(), "3des": TdesCipher()}
CIPHERS: Final[dict[str, CardCipher]] = {**SOFTWARE}


def aes_cmac(key: bytes, message: bytes) -> bytes:
    """Return the AES-CMAC of a message (RFC 4493), 16 bytes."""
    sealer = CMAC(AES(key))
    sealer.update(message)
    return sealer.finalize()


def tdes_cmac(key: bytes, message: bytes) -> bytes:
    """Return the 3DES-CMAC of a message (NIST SP 800-38B), 8 bytes; the key has two parts or three."""
    sealer = CMAC(TripleDES(key if len(key) > KEY_SIZE else key + key[:_BLOCK_3DES]))
    sealer.update(message)
    return sealer.finalize()


def _aes(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block
    return encryptor.update(block) + encryptor.finalize()


def _tdes(key: bytes, blocks: bytes) -> bytes:
    encryptor = Cipher(TripleDES(key + key[:_BLOCK_3DES]), modes.ECB()).encryptor()  # noqa: S305 - one block each
    return encryptor.update(blocks) + encryptor.finalize()
