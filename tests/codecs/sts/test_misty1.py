import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.misty1 import key_schedule

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
BLOCKS = [entry for entry in VECTORS if entry["kind"] == "misty1-block"]
CHAINS = [entry for entry in VECTORS if entry["kind"] == "misty1-cbc"]
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.mark.parametrize("entry", BLOCKS, ids=lambda entry: entry["id"])
def test_a_block_is_enciphered_as_published(entry):
    schedule = key_schedule(bytes.fromhex(entry["key"]))
    assert schedule.encrypt(int(entry["plain"], 16)) == int(entry["cipher"], 16)


@pytest.mark.parametrize("entry", BLOCKS, ids=lambda entry: entry["id"])
def test_a_block_is_deciphered_as_published(entry):
    schedule = key_schedule(bytes.fromhex(entry["key"]))
    assert schedule.decrypt(int(entry["cipher"], 16)) == int(entry["plain"], 16)


@pytest.mark.parametrize("entry", CHAINS, ids=lambda entry: entry["id"])
def test_a_chain_of_blocks_is_enciphered_as_published(entry):
    schedule = key_schedule(bytes.fromhex(entry["key"]))
    before, made = int(entry["iv"], 16), ""
    for at in range(0, len(entry["plain"]), 16):
        before = schedule.encrypt(before ^ int(entry["plain"][at : at + 16], 16))
        made += f"{before:016x}"
    assert made == entry["cipher"]


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**64 - 1))
def test_deciphering_gives_the_block_back(key, block):
    schedule = key_schedule(key)
    assert schedule.decrypt(schedule.encrypt(block)) == block


@pytest.mark.parametrize("size", [0, 8, 15, 17, 32])
def test_a_key_of_another_length_is_refused_without_being_shown(size):
    with pytest.raises(ValueError, match=f"16 octets, not {size}$"):
        key_schedule(bytes(size))


def test_a_schedule_shows_no_key():
    assert repr(key_schedule(KEY)) == str(key_schedule(KEY)) == "Misty1Schedule(****)"
