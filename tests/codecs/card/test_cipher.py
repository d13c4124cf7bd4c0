"""The ciphers of cards against published vectors, and AES-CMAC against a second implementation of its RFC."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.card.cipher import CIPHERS, SOFTWARE, aes_cmac, tdes_cmac

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/cards.json").read_text())["cmac"]
SERIAL = bytes.fromhex("A1B2C3D4E5F60718")
KEY = bytes(range(16))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["source"] for vector in VECTORS])
def test_a_published_mac_comes_out(vector):
    made = aes_cmac if vector["cipher"] == "aes" else tdes_cmac
    key = bytes.fromhex(vector["key"])
    assert made(key, bytes.fromhex(vector["message"])).hex() == vector["mac"]
    if len(key) == 24 and key[:8] == key[16:]:
        assert made(key[:16], bytes.fromhex(vector["message"])).hex() == vector["mac"]


def block(key, plain):
    encryptor = Cipher(AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block, as the RFC has it
    return encryptor.update(plain) + encryptor.finalize()


def doubled(number):
    """RFC 4493, 2.3: shift left by one, and xor 87 where a bit falls out."""
    shifted = int.from_bytes(number, "big") << 1
    return (shifted & (1 << 128) - 1 ^ (0x87 if shifted >> 128 else 0)).to_bytes(16, "big")


def naive_cmac(key, message):
    """RFC 4493, 2.4, word by word."""
    first = doubled(block(key, bytes(16)))
    blocks = [message[at : at + 16] for at in range(0, len(message), 16)] or [b""]
    last, mask = blocks.pop(), first
    if len(last) < 16:
        last, mask = (last + b"\x80").ljust(16, b"\0"), doubled(first)
    chain = bytes(16)
    for one in [*blocks, bytes(a ^ b for a, b in zip(last, mask, strict=True))]:
        chain = block(key, bytes(a ^ b for a, b in zip(chain, one, strict=True)))
    return chain


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=70))
def test_our_mac_is_that_of_the_rfc_done_by_hand(key, message):
    assert aes_cmac(key, message) == naive_cmac(key, message)


@pytest.mark.parametrize("name", CIPHERS)
def test_each_card_has_keys_of_its_own(name):
    cipher = CIPHERS[name]
    other = SERIAL[:-1] + b"\x19"
    assert len(cipher.card_key(KEY, SERIAL)) == 16
    assert cipher.card_key(KEY, SERIAL) != cipher.card_key(KEY, other)
    assert cipher.card_key(KEY, SERIAL) != cipher.card_key(bytes(16), SERIAL)


def test_a_card_key_is_enciphered_blocks_as_a_module_derives_it():
    assert SOFTWARE["aes"].card_key(KEY, SERIAL) == block(KEY, b"\x01" + SERIAL + bytes(7))
    encryptor = Cipher(TripleDES(KEY + KEY[:8]), modes.ECB()).encryptor()  # noqa: S305 - one block at a time
    inverted = bytes(byte ^ 0xFF for byte in SERIAL)
    assert SOFTWARE["3des"].card_key(KEY, SERIAL) == encryptor.update(SERIAL) + encryptor.update(inverted)


def test_a_check_value_is_of_an_enciphered_block_of_zeros():
    """FIPS 197 has no vector of zeros; NIST's AESAVS does: GFSbox, key of zeros."""
    assert SOFTWARE["aes"].check_value(bytes(16)) == "66E94B"
    assert SOFTWARE["3des"].check_value(bytes(16)) == "8CA64D"


@pytest.mark.parametrize("name", CIPHERS)
def test_a_mac_is_cut_to_its_size_and_a_cryptogram_is_as_long_as_its_challenge(name):
    cipher = CIPHERS[name]
    assert [len(cipher.mac(KEY, b"abc", size)) for size in (4, 8)] == [4, 8]
    assert len(cipher.cryptogram(KEY, bytes(8))) == 8
