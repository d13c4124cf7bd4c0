import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.codecs.sts.keys import decoder_key, dkga02, dkga04, dkga04_message, key_check_value

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
DERIVED = [entry for entry in VECTORS if entry.get("dkga") == "04" and entry["kind"] in ("credit", "mgmt")]
DES_DERIVED = [
    entry for entry in VECTORS if entry.get("dkga") == "02" and entry["kind"] in ("credit", "mgmt")
]
DES_KEY = bytes.fromhex("abababababababab")
VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
METER: dict[str, Any] = {
    "base_date": 2014,
    "ea": "11",
    "ti": "01",
    "sgc": "201457",
    "krn": 1,
    "kt": 2,
    "pan": "600727000000000009",
}


@pytest.mark.parametrize("entry", DERIVED, ids=lambda entry: entry["id"])
def test_the_decoder_key_is_the_published_one(entry):
    key = dkga04(bytes.fromhex(entry["vk"]), **{field: entry[field] for field in METER})
    assert key.hex() == entry["decoder_key"]


@pytest.mark.parametrize("entry", DES_DERIVED, ids=lambda entry: entry["id"])
def test_the_decoder_key_of_a_des_key_is_the_published_one(entry):
    meter = {field: entry[field] for field in ("ti", "sgc", "krn", "kt", "pan")}
    assert dkga02(bytes.fromhex(entry["vk"]), **meter).hex() == entry["decoder_key"]


@pytest.mark.parametrize("entry", [*DERIVED, *DES_DERIVED], ids=lambda entry: entry["id"])
def test_the_algorithm_is_chosen_by_its_number(entry):
    meter = {field: entry[field] for field in METER}
    assert decoder_key(entry["dkga"], bytes.fromhex(entry["vk"]), **meter).hex() == entry["decoder_key"]


@pytest.mark.parametrize(("dkga", "ea"), [("01", "07"), ("03", "07"), ("02", "11"), ("", "11")])
def test_an_algorithm_that_is_not_here_is_refused(dkga, ea):
    with pytest.raises(ValueError, match=r"^there is no DKGA"):
        decoder_key(dkga, DES_KEY, **(METER | {"ea": ea}))


def test_a_module_that_keeps_the_key_is_given_the_octets_of_the_hmac():
    message = dkga04_message(**METER)
    algorithm = b"\x04\x0204\x0214\x0211\x0201"
    meter = b"\x04\x06201457\x012\x011\x12600727000000000009"
    assert message == algorithm + b"\x00" + meter + b"\x00\x00\x00\x80"
    derived = hmac.digest(VENDING_KEY, message, "sha256")[:16]
    assert derived.hex() == "929bd3a415c9420a05ec5ee9f3ce91c3"


def test_a_des_key_of_even_parity_is_taken_as_it_is():
    meter = {field: METER[field] for field in ("ti", "sgc", "krn", "kt", "pan")}
    even = bytes(octet ^ 1 for octet in DES_KEY)
    # DES itself ignores the parity bits, so the keys differ by the last xor alone.
    differing = int.from_bytes(dkga02(even, **meter), "big") ^ int.from_bytes(dkga02(DES_KEY, **meter), "big")
    assert differing == 0x0101010101010101


def test_the_common_key_of_a_group_is_one_for_all_its_meters():
    common = {"ti": "01", "sgc": "201457", "krn": 1, "kt": 3}
    one, other = (dkga02(DES_KEY, **common, pan=pan) for pan in ("600727000000000009", "600727111111111153"))
    assert one == other
    assert dkga02(DES_KEY, **common, pan="000001000000000082") != one


def test_the_check_value_of_a_des_key_is_the_one_of_all_modules():
    # The check value of this test key stands in the manuals of many modules.
    assert key_check_value(bytes.fromhex("0123456789abcdef")) == "D5D44F"


def test_the_check_value_of_a_long_key_is_of_its_hmac():
    assert key_check_value(VENDING_KEY) == hmac.digest(VENDING_KEY, bytes(8), "sha256")[:3].hex().upper()


def test_a_key_of_another_length_has_no_check_value():
    with pytest.raises(ValueError, match=r"8 or 20 octets, not 16$"):
        key_check_value(bytes(16))


@pytest.mark.parametrize(
    "other",
    [
        {"base_date": 1993},
        {"ti": "02"},
        {"sgc": "201458"},
        {"krn": 2},
        {"kt": 1},
        {"pan": "600727111111111153"},
    ],
    ids=str,
)
def test_the_key_is_bound_to_each_part_of_the_identity(other):
    assert dkga04(VENDING_KEY, **(METER | other)) != dkga04(VENDING_KEY, **METER)


def test_a_vending_key_of_another_length_is_refused_without_being_shown():
    with pytest.raises(ValueError, match=r"20 octets, not 19$"):
        dkga04(VENDING_KEY[1:], **METER)


@pytest.mark.parametrize(
    "wrong",
    [{"ea": "09"}, {"base_date": 2000}, {"ti": "1"}, {"sgc": ""}, {"krn": 0}, {"kt": 9}, {"pan": "1"}],
    ids=str,
)
def test_an_identity_the_algorithm_does_not_know_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^DKGA04 "):
        dkga04(VENDING_KEY, **(METER | wrong))


@pytest.mark.parametrize("wrong", [{"ti": "x1"}, {"krn": 10}, {"kt": -1}, {"sgc": "20145"}], ids=str)
def test_an_identity_that_a_des_key_cannot_be_bound_to_is_refused(wrong):
    meter = {field: METER[field] for field in ("ti", "sgc", "krn", "kt", "pan")}
    with pytest.raises(ValueError, match=r"^DKGA02 "):
        dkga02(DES_KEY, **(meter | wrong))
