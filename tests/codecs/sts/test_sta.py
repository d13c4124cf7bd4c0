import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.sta import SAMPLE_TABLES, StaTables, StaTablesFault, key_schedule, tables_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
BLOCKS = [entry for entry in VECTORS if entry["kind"] == "sta-block"]
SAMPLE = {"s1": list(SAMPLE_TABLES.s1), "s2": list(SAMPLE_TABLES.s2), "p": list(SAMPLE_TABLES.p)}
ALL_BITS = 2**64 - 1

keys = st.binary(min_size=8, max_size=8)
blocks = st.integers(0, ALL_BITS)
nibbles = st.permutations(range(16)).map(tuple)
any_tables = st.builds(StaTables, nibbles, nibbles, st.permutations(range(64)).map(tuple))


def by_the_letter(tables, key, block):
    """Encipher nibble by nibble and bit by bit, as the algorithm is described."""
    turned = int.from_bytes(key, "big") ^ ALL_BITS
    turned = (turned >> 12 | turned << 52) & ALL_BITS
    for _ in range(16):
        substituted = 0
        for at in range(0, 64, 4):
            table = tables.s2 if turned >> at + 3 & 1 else tables.s1
            substituted |= table[block >> at & 15] << at
        block = sum((substituted >> bit & 1) << tables.p[bit] for bit in range(64))
        turned = (turned << 1 | turned >> 63) & ALL_BITS
    return block


def back_by_the_letter(tables, key, block):
    turned = int.from_bytes(key, "big")
    for _ in range(16):
        permuted = sum((block >> tables.p[bit] & 1) << bit for bit in range(64))
        block = 0
        for at in range(0, 64, 4):
            table = tables.s1 if turned >> at & 1 else tables.s2
            block |= table.index(permuted >> at & 15) << at
        turned = (turned >> 1 | turned << 63) & ALL_BITS
    return block


@pytest.mark.parametrize("entry", BLOCKS, ids=lambda entry: entry["id"])
def test_a_block_is_enciphered_and_deciphered_as_published(entry):
    schedule = key_schedule(bytes.fromhex(entry["key"]), SAMPLE_TABLES)
    assert schedule.encrypt(int(entry["plain"], 16)) == int(entry["cipher"], 16)
    assert schedule.decrypt(int(entry["cipher"], 16)) == int(entry["plain"], 16)


@given(any_tables, keys, blocks)
def test_the_quick_way_is_the_way_of_the_description(tables, key, block):
    schedule = key_schedule(key, tables)
    assert schedule.encrypt(block) == by_the_letter(tables, key, block)
    assert schedule.decrypt(block) == back_by_the_letter(tables, key, block)


@given(any_tables, keys, blocks)
def test_deciphering_gives_the_block_back(tables, key, block):
    schedule = key_schedule(key, tables)
    assert schedule.decrypt(schedule.encrypt(block)) == block


@pytest.mark.parametrize("size", [0, 7, 9, 16])
def test_a_key_of_another_length_is_refused_without_being_shown(size):
    with pytest.raises(ValueError, match=f"8 octets, not {size}$"):
        key_schedule(bytes(size), SAMPLE_TABLES)


def test_neither_a_schedule_nor_tables_show_what_they_hold():
    schedule = key_schedule(bytes.fromhex("0abc12def3456789"), SAMPLE_TABLES)
    assert repr(schedule) == "StaSchedule(****)"
    assert repr(SAMPLE_TABLES) == "StaTables(sample)"
    assert repr(StaTables(SAMPLE_TABLES.s2, SAMPLE_TABLES.s1, SAMPLE_TABLES.p)) == "StaTables(****)"


def test_the_sample_tables_are_known_wherever_they_come_from():
    assert tables_of(SAMPLE).is_sample
    assert not tables_of({**SAMPLE, "s1": SAMPLE["s2"]}).is_sample


def test_a_table_file_may_say_more():
    assert tables_of({**SAMPLE, "from": "the licence of 2026"}) == SAMPLE_TABLES


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the file must hold one object"),
        ({"s1": SAMPLE["s1"], "p": SAMPLE["p"]}, "s2: missing"),
        ({**SAMPLE, "s2": "0123456789abcdef"}, "s2: must be a list"),
        ({**SAMPLE, "p": None}, "p: must be a list"),
        ({**SAMPLE, "s1": SAMPLE["s1"][:15]}, "s1: must have 16 numbers, not 15"),
        ({**SAMPLE, "p": [*SAMPLE["p"], 64]}, "p: must have 64 numbers, not 65"),
        ({**SAMPLE, "s1": [12, 10, 16, *SAMPLE["s1"][3:]]}, r"s1\[2\]: must be a whole number from 0 to 15"),
        ({**SAMPLE, "s1": [12, 10, True, *SAMPLE["s1"][3:]]}, r"s1\[2\]: must be a whole"),
        ({**SAMPLE, "s1": [12, "10", *SAMPLE["s1"][2:]]}, r"s1\[1\]: must be a whole"),
        ({**SAMPLE, "p": [29, 27, 34, 27, *SAMPLE["p"][4:]]}, r"p\[3\]: the number of p\[1\] stands"),
    ],
    ids=range(10),
)
def test_a_fault_of_a_table_file_names_the_field_and_the_place(document, said):
    with pytest.raises(StaTablesFault, match=said):
        tables_of(document)
