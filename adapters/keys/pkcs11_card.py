"""What the PKCS#11 worker makes with a master key of cards, inside of the module.

The card's key is the serial's blocks, enciphered with the master key (CKM_AES_ECB_ENCRYPT_DATA,
CKM_DES3_ECB_ENCRYPT_DATA): an object of the session, sensitive, not extractable, for one use, destroyed after
it. So neither a master nor the key of any card is ever in this process, which gets the MAC or the cryptogram.

A master that may leave the module is refused.
"""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any, Final

from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag
from pkcs11 import exceptions as fault
from pkcs11.constants import DEFAULT

from adapters.keys.worker_words import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a token says about a key that is not for this use.
KEY_FAULTS: Final = (
    fault.KeyTypeInconsistent, fault.KeySizeRange, fault.MechanismInvalid, fault.FunctionNotSupported,
    fault.MechanismParamInvalid,
)  # fmt: skip

CHECK_VALUE_OCTETS: Final = 3

_BLOCK_3DES: Final = 8
_AES_BITS: Final = 128
_TDES_BITS: Final = 192

_SECRET: Final = {Attribute.TOKEN: False, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


class TroubleMet(Exception):  # noqa: N818 - what the gateway is told
    """Something is wrong at the module; ``what`` says it."""

    def __init__(self, what: Trouble) -> None:
        super().__init__(what.value)
        self.what = what


def card_made(master: Any, words: Mapping[str, Any]) -> bytes:  # noqa: ANN401 - python-pkcs11 mixes uses into classes
    """Make what is asked for with a card's key, or say the master's check value.

    TroubleMet: KEY_USE, KEY_OPEN.
    """
    try:
        if master[Attribute.EXTRACTABLE] or not master[Attribute.SENSITIVE]:
            raise TroubleMet(Trouble.KEY_OPEN)
        if "act" not in words:
            return bytes(master[Attribute.CHECK_VALUE])[:CHECK_VALUE_OCTETS]
        key = _derived(master, words["card"], bytes.fromhex(words["blocks"]), words["act"])
        try:
            return _used(key, words)[: words["octets"]]
        finally:
            key.destroy()
    except (*KEY_FAULTS, fault.AttributeTypeInvalid, AttributeError):
        # An AttributeError is python-pkcs11's way to say that the key is not for this use.
        raise TroubleMet(Trouble.KEY_USE) from None


def _derived(master: Any, cipher: str, blocks: bytes, act: str) -> Any:  # noqa: ANN401 - likewise
    use = MechanismFlag.ENCRYPT if (cipher, act) == ("3des", "cryptogram") else MechanismFlag.SIGN
    if cipher == "aes":
        return master.derive_key(
            KeyType.AES, _AES_BITS, capabilities=use, template=_SECRET,
            mechanism=Mechanism.AES_ECB_ENCRYPT_DATA, mechanism_param=blocks,
        )  # fmt: skip
    # Two keys of DES as three, of which the third is the first: no module has the MAC for two only.
    held = ctypes.create_string_buffer(blocks + blocks[:_BLOCK_3DES], _TDES_BITS // 8)
    # CK_KEY_DERIVATION_STRING_DATA, which python-pkcs11 makes for AES only; a DES key has no length to say.
    packed = struct.pack("@PL", ctypes.addressof(held), len(held))
    return master.derive_key(
        KeyType.DES3, _TDES_BITS, capabilities=use, template={**_SECRET, Attribute.VALUE_LEN: DEFAULT},
        mechanism=Mechanism.DES3_ECB_ENCRYPT_DATA, mechanism_param=packed,
    )  # fmt: skip


def _used(key: Any, words: Mapping[str, Any]) -> bytes:  # noqa: ANN401 - likewise
    message = bytes.fromhex(words["message"])
    if words["card"] == "aes":
        return bytes(key.sign(message, mechanism=Mechanism.AES_CMAC))
    if words["act"] == "mac":
        return bytes(key.sign(message, mechanism=Mechanism.DES3_CMAC))
    return bytes(key.encrypt(message, mechanism=Mechanism.DES3_ECB))
