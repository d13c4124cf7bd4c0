import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.content import CreditInUnits
from gateway.codecs.sts.key_change import (
    KeyChange,
    KeyChangeFault,
    KeyChangeFaultWhy,
    gathered,
    sections_of,
)
from gateway.codecs.sts.seal import opened, sealed
from gateway.codecs.sts.sta import SAMPLE_TABLES

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
SETS = [entry for entry in VECTORS if entry["kind"] == "kct" and entry["ea"] == "11"]

digits = st.integers(0, 999_999).map(lambda number: f"{number:06d}")
keys = st.binary(min_size=8, max_size=8) | st.binary(min_size=16, max_size=16)
indexes = st.integers(0, 99).map(lambda number: f"{number:02d}")
changes = st.builds(
    KeyChange, keys, digits, st.integers(0, 255), st.integers(1, 9), st.integers(0, 3), indexes, st.booleans()
)
OLD = {
    "07": cipher_of("07", bytes.fromhex("0abc12def3456789"), SAMPLE_TABLES),
    "11": cipher_of("11", bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3")),
}
CHANGE = KeyChange(bytes(range(16)), "201457", ken=0xA5, krn=4, kt=2, ti="07", is_rolled=True)
SHORT = KeyChange(bytes(range(8)), "201457", ken=0xA5, krn=4, kt=2, ti="07", is_rolled=True)


def change_for(entry):
    new = entry["new"]
    key, is_rolled = bytes.fromhex(entry["new_key"]), bool(entry["ro"])
    return KeyChange(key, new["sgc"], new["ken"], new["krn"], entry["kt"], new["ti"], is_rolled)


@pytest.mark.parametrize("entry", SETS, ids=lambda entry: entry["id"])
def test_a_set_has_its_published_tokens(entry):
    old = cipher_of("11", bytes.fromhex(entry["old_key"]))
    assert [sealed(section, old) for section in sections_of(change_for(entry))] == entry["tokens"]


@pytest.mark.parametrize("entry", SETS, ids=lambda entry: entry["id"])
def test_published_tokens_bring_the_new_key(entry):
    old = cipher_of("11", bytes.fromhex(entry["old_key"]))
    assert gathered([opened(token, old) for token in entry["tokens"]], "11") == change_for(entry)


def test_the_sections_of_an_ea07_key_are_as_the_standard_lays_them_out():
    # KENHO A, KRN 4, RO 1, 3KCT 1, KT 2; KENLO 5, TI 7; 201457 is 312F1.
    bodies = [section.body for section in sections_of(SHORT, says_sgc=True)]
    assert [f"{body:011x}" for body in bodies] == ["a4e00010203", "50704050607", "0312f100000"]
    assert [section.subclass for section in sections_of(SHORT, says_sgc=True)] == [3, 4, 8]
    assert [f"{section.body:011x}" for section in sections_of(SHORT)] == ["a4a00010203", "50704050607"]


@given(changes, st.booleans(), st.randoms(use_true_random=False))
def test_a_set_brings_its_key_in_any_order(change, says_sgc, dice):
    cipher = OLD[change.ea]
    tokens = [sealed(section, cipher) for section in sections_of(change, says_sgc=says_sgc)]
    dice.shuffle(tokens)
    brought = gathered([opened(token, cipher) for token in tokens], change.ea)
    told = change.sgc if change.ea == "11" or says_sgc else None
    assert (brought.new_key, brought.sgc) == (change.new_key, told)
    assert (brought.ken, brought.krn, brought.kt) == (change.ken, change.krn, change.kt)
    assert (brought.ti, brought.is_rolled) == (change.ti, change.is_rolled)


@pytest.mark.parametrize(("left_out", "named"), list(enumerate(["first", "second", "third", "fourth"])))
def test_a_missing_section_is_named(left_out, named):
    sections = list(sections_of(CHANGE))
    del sections[left_out]
    with pytest.raises(KeyChangeFault, match=f"the {named} section is missing") as caught:
        gathered(sections, "11")
    assert caught.value.why is KeyChangeFaultWhy.MISSING


def test_a_third_section_that_was_announced_and_is_missing_is_named():
    with pytest.raises(KeyChangeFault, match="the third section is missing"):
        gathered(sections_of(SHORT, says_sgc=True)[:2], "07")


def test_nothing_is_no_key_change():
    with pytest.raises(KeyChangeFault, match="the first section is missing"):
        gathered([], "11")


def test_a_section_that_came_twice_is_named():
    sections = sections_of(CHANGE)
    with pytest.raises(KeyChangeFault, match="the second section came twice") as caught:
        gathered([*sections, sections[1]], "11")
    assert caught.value.why is KeyChangeFaultWhy.DUPLICATE


OTHER = KeyChange(bytes(16), "201457", ken=0, krn=1, kt=2, ti="01", is_rolled=False)


@pytest.mark.parametrize(
    ("sections", "ea", "said"),
    [
        ([*sections_of(CHANGE), sections_of(OTHER)[0]], "11", "two different first sections"),
        ([*sections_of(SHORT), sections_of(SHORT, says_sgc=True)[2]], "07", "does not announce it"),
        ([*sections_of(SHORT), sections_of(CHANGE)[3]], "07", "the fourth section is for a meter"),
        ([*sections_of(SHORT, says_sgc=True)], "11", "the third section is for a meter"),
        ([*sections_of(SHORT), CreditInUnits(0, 5, 1, 1)], "07", "no section of a key change"),
    ],
    ids=range(5),
)
def test_sections_of_different_changes_are_named(sections, ea, said):
    with pytest.raises(KeyChangeFault, match=said) as caught:
        gathered(sections, ea)
    assert caught.value.why is KeyChangeFaultWhy.MIXED


@pytest.mark.parametrize(
    "wrong",
    [
        {"new_key": bytes(9)},
        {"sgc": "20145"},
        {"ken": 256},
        {"krn": 0},
        {"kt": 4},
        {"ti": "100"},
    ],
    ids=str,
)
def test_what_no_set_can_carry_is_refused(wrong):
    fields = {"new_key": bytes(8), "sgc": "201457", "ken": 255, "krn": 1, "kt": 2, "ti": "01"}
    with pytest.raises(ValueError, match=r"0 to|1 to|digits|octets"):
        KeyChange(**(fields | wrong), is_rolled=False)


@pytest.mark.parametrize(("key", "says_sgc"), [(bytes(16), False), (bytes(8), True)])
def test_a_set_that_says_the_supply_group_needs_one(key, says_sgc):
    change = KeyChange(key, None, ken=255, krn=1, kt=2, ti="01", is_rolled=False)
    with pytest.raises(ValueError, match="supply group"):
        sections_of(change, says_sgc=says_sgc)


def test_a_change_shows_no_key():
    assert repr(CHANGE) == "KeyChange(****, EA11, SGC 201457, KRN 4, TI 07, KEN 165)"
