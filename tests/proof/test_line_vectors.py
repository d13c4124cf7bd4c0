"""Vectors of DL/T 645 and IEC 62056-21: they hold, and a wrong one fails."""

import json
from pathlib import Path

import pytest

from gateway.proof.case import Verdict
from gateway.proof.meter_vectors import run

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/meters.json").read_text())["vectors"]
# A load profile's block as meters send it; its check character was reckoned with a few lines of shell.
P01 = (
    "02502e3031283132323034303130313030303029283038292831352928322928312d303a312e352e3029286b572928312d303a352e352e3029"
    "286b766172290d0a28302e33303439392928302e3030303030290d0a28302e33313737342928302e3030303031290d0a03"
    "46"
)


def case(family, entry):
    (found,) = run({"vectors": {family: [entry]}})
    return found


@pytest.mark.parametrize("family", ["dlt645", "iec62056_21"])
def test_all_published_vectors_hold(family):
    assert {
        str(one) for one in run({"vectors": {family: VECTORS[family]}}) if one.verdict is not Verdict.PASSED
    } == set()


D03 = next(one for one in VECTORS["dlt645"] if one["id"] == "d03")
D19 = next(one for one in VECTORS["dlt645"] if one["id"] == "d19")
D34 = next(one for one in VECTORS["dlt645"] if one["id"] == "d34")


@pytest.mark.parametrize(
    "entry",
    [
        D03 | {"addr": "000000000162"},
        D03 | {"control": "11"},
        D03 | {"length": 9},
        D03 | {"expect": {"di": "00020000", "value": "1.27", "unit": "kWh"}},
        D03 | {"expect": {"di": "00020000", "value": "1.26", "unit": "kvarh"}},
        D03 | {"expect": {"di": "00010000"}},
        D03 | {"expect": {"must_reject": "no"}},
        D03 | {"hex": D03["hex"][:-2] + "17"},
        D03 | {"hex": D03["hex"] * 2},
        D19 | {"expect": {"error_reply_to": "03", "err_byte": "01"}},
        D34 | {"expect": D34["expect"] | {"inner": D03["hex"]}},
        {"id": "x"},
        {"id": "x", "hex": "zz", "expect": {}},
        {"id": "x", "hex": D03["hex"], "expect": {"di": "9010", "value": "1", "unit": "kWh"}},
    ],
)
def test_a_wrong_frame_fails(entry):
    assert case("dlt645", entry).verdict is Verdict.FAILED


def test_a_value_is_compared_in_any_spelling():
    for value in ("1.26", 1.26, {"energy": "1.26"}, ["1.26"]):
        entry = D03 | {"expect": {"di": "00020000", "value": value, "unit": "kWh"}}
        assert case("dlt645", entry).verdict is Verdict.PASSED
    for wrong in (1.27, ["1.26", "1.27"], ["1.27"], {"energy": 2}):
        entry = D03 | {"expect": {"di": "00020000", "value": wrong, "unit": "kWh"}}
        assert case("dlt645", entry).verdict is Verdict.FAILED


def test_a_short_answer_is_compared_by_its_parts():
    entry = {
        "id": "s",
        "hex": "02312e382e3028312a6b5768290374",
        "expect": {"value": "1*kWh", "unit": "kWh", "address": "1.8.0"},
    }
    assert case("iec62056_21", entry).verdict is Verdict.PASSED
    assert case("iec62056_21", entry | {"expect": {"value": "2"}}).verdict is Verdict.FAILED


def test_a_load_profile_is_compared_in_either_spelling():
    expect = {"start": "1220401010000", "period_min": 15, "channels": 2, "rows": 2, "row1_first": "0.30499"}
    assert case("iec62056_21", {"id": "p", "bytes_hex": P01, "expect": expect}).verdict is Verdict.PASSED
    expect = {"start": "220401010000", "channels": ["1-0:1.5.0", "1-0:5.5.0"], "row1_first": 0.30499}
    assert case("iec62056_21", {"id": "p", "hex": P01, "expect": expect}).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "entry",
    [
        {"bytes_hex": P01, "expect": {"rows": 3}},
        {"bytes_hex": P01, "expect": {"channels": ["1-0:1.5.0"]}},
        {"bytes_hex": P01[:-2] + "00", "expect": {}},
        {"bytes_hex": P01[:-2], "expect": {}},
        {"bytes_hex": P01, "expect": {"must_reject": "no"}},
        {"bytes_hex": b"021.8.0".hex(), "expect": {"1.8.0": "1"}},
        {"bytes_hex": "0157320243303033283931303332343039323233392903 1b", "expect": {"cmd": "W1"}},
        {"bytes_hex": "2f49536b354d0d0a0d0a312e382e302831290d0a210d0a", "expect": {"1.8.0": "2"}},
        {"bytes_hex": "2f49536b354d0d0a", "expect": {}},
        {"expect": {}},
    ],
)
def test_a_wrong_text_fails(entry):
    assert case("iec62056_21", {"id": "x", **entry}).verdict is Verdict.FAILED
