import json
from pathlib import Path
from typing import Any

import pytest

from gateway.codecs.sts.keys import dkga04

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
DERIVED = [entry for entry in VECTORS if entry.get("dkga") == "04" and entry["kind"] in ("credit", "mgmt")]
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
