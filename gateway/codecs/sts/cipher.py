"""The two block ciphers of STS behind one face: a key made ready, whichever algorithm the meter has.

EA07 is STA, a key of 64 bits and tables that the operator must have; EA11 is MISTY1, a key of 128 bits and
nothing else. EA09 (DEA) is in no meter that can be bought, and is not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.codecs.sts import misty1, sta

if TYPE_CHECKING:
    from gateway.codecs.sts.sta import StaTables

EA_STA = "07"
EA_MISTY1 = "11"

KEY_OCTETS = {EA_STA: sta.KEY_OCTETS, EA_MISTY1: misty1.KEY_OCTETS}
"""How long a meter's decoder key is, by its encryption algorithm."""


class BlockCipher(Protocol):
    """A decoder key made ready; its repr shows no key."""

    @property
    def ea(self) -> str:
        """The encryption algorithm, "07" or "11"."""

    def encrypt(self, block: int) -> int:
        """Return the 64-bit block enciphered."""

    def decrypt(self, block: int) -> int:
        """Return the 64-bit block deciphered."""


class TablesMissing(ValueError):  # noqa: N818 - what the operator has to bring, not an error of ours
    """An EA07 key was to be made ready without STA tables."""

    def __init__(self) -> None:
        super().__init__("EA07 needs the STA tables, which are licensed and come from the operator's file")


def cipher_of(ea: str, decoder_key: bytes, tables: StaTables | None = None) -> BlockCipher:
    """Return the decoder key of a meter with this encryption algorithm ("07" or "11"), made ready.

    EA07 without ``tables`` is ``TablesMissing``; another algorithm and a key of another length are refused
    (ValueError), and no text carries the key.
    """
    if ea == EA_MISTY1:
        return misty1.key_schedule(decoder_key)
    if ea != EA_STA:
        msg = f"the encryption algorithms known here are {EA_STA} and {EA_MISTY1}, not {ea!r}"
        raise ValueError(msg)
    if tables is None:
        raise TablesMissing
    return sta.key_schedule(decoder_key, tables)
