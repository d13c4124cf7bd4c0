import json
from pathlib import Path

import pytest

from gateway.proof.case import Verdict
from gateway.proof.sts_vectors import run

DOCUMENT = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())
BY_ID = {entry["id"]: entry for entry in DOCUMENT["vectors"]}
BLOCK = BY_ID["RFC2994-ECB-0123"]
CHAIN = BY_ID["RFC2994-CBC"]
CREDIT = BY_ID["STS531-1-11e2.2/CTSA01.1"]
DECODE = {
    "id": "D",
    "kind": "decode",
    "tables": "none",
    "ea": "11",
    "decoder_key": CREDIT["decoder_key"],
    "token": CREDIT["token"],
    # 2014-03-01 13:00 is 59 days and 13 hours after the base date.
    "expect": {"cls": 0, "subclass": 0, "rnd_or_se": 5, "tid": 85740, "field16": "0001"},
}
REJECT = {**DECODE, "kind": "decode-reject", "token": "58625789986991357487", "reason": "crc"}


def case_of(entry):
    (case,) = run({"vectors": [entry]})
    return case


def verdict_of(entry):
    return case_of(entry).verdict


def test_every_published_vector_of_what_is_built_passes():
    cases = list(run(DOCUMENT))
    assert len(cases) == len(DOCUMENT["vectors"])
    assert [str(case) for case in cases if case.verdict is Verdict.FAILED] == []
    assert sum(case.verdict is Verdict.PASSED for case in cases) == 70


def test_a_skip_says_what_it_waits_for():
    skips = {case.reason for case in run(DOCUMENT) if case.verdict is Verdict.SKIPPED}
    assert skips
    assert all(reason.endswith("is built with the complete token set") for reason in skips)


@pytest.mark.parametrize(
    "entry",
    [
        {**BLOCK, "cipher": "8b1da5f56ab3d07d"},
        {**BLOCK, "plain": "0123456789abcdee"},
        {**CHAIN, "iv": "0102030405060709"},
        {**BY_ID["CRC-1"], "crc": "0ffb"},
        {**BY_ID["LUHN-PAN-1"], "check": "8"},
        {**BY_ID["LUHN-DRN-BAD-1"], "number": "11111111115"},
        {**CREDIT, "token": "58625789986991357487"},
        {**CREDIT, "decoder_key": "929bd3a415c9420a05ec5ee9f3ce91c4"},
        {**CREDIT, "value": 2},
        {**CREDIT, "rnd": 6},
        {**CREDIT, "ti": "02"},
        {**CREDIT, "cls": 2},
        {**DECODE, "expect": {**DECODE["expect"], "tid": 85741}},
        {**DECODE, "expect": {**DECODE["expect"], "field16": "0002"}},
        {**DECODE, "token": "58625789986991357487"},
        {**REJECT, "token": CREDIT["token"]},
        {**REJECT, "reason": "value out of 66 bits"},
    ],
    ids=range(17),
)
def test_a_vector_that_does_not_hold_fails(entry):
    assert verdict_of(entry) is Verdict.FAILED


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        {},
        {"id": "x"},
        {"id": "x", "kind": 5},
        {"id": "x", "kind": "nonsense"},
        {"kind": "crc", "data": "zz", "crc": "0ffa"},
        {"kind": "luhn", "payload": "12x", "check": "1"},
        {**BLOCK, "key": "00"},
        {**BLOCK, "plain": "00" * 9},
        {**BLOCK, "cipher": None},
        {**CHAIN, "iv": ""},
        {**CREDIT, "krn": "one"},
        {**CREDIT, "dt": "yesterday"},
        {**CREDIT, "dt": "2060-01-01 00:00"},
        {**CREDIT, "value": 10**9},
        {**CREDIT, "base_date": 1900},
        {**CREDIT, "token": 7},
        {key: value for key, value in CREDIT.items() if key != "rnd"},
        {**DECODE, "expect": []},
        {**DECODE, "expect": {}},
        {**DECODE, "expect": {"cls": None}},
    ],
    ids=range(22),
)
def test_a_vector_that_cannot_be_read_fails_and_does_not_crash(entry):
    assert verdict_of(entry) is Verdict.FAILED


@pytest.mark.parametrize("document", [{}, {"vectors": {}}, {"vectors": None}], ids=str)
def test_a_document_without_vectors_fails(document):
    (case,) = run(document)
    assert case.verdict is Verdict.FAILED


def test_a_token_is_decoded_field_by_field():
    assert verdict_of(DECODE) is Verdict.PASSED


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("58625789986991357487", "crc"),
        ("73786976294838206464", "range: value >= 2^66"),
        ("5862578998699135748", "length"),
        ("5862578998699135748x", "digits"),
        ("58625789986991357487", "some other words"),
    ],
)
def test_a_refused_token_passes_when_it_is_refused_for_the_reason(token, reason):
    assert verdict_of({**REJECT, "token": token, "reason": reason}) is Verdict.PASSED


def test_a_credit_with_a_given_decoder_key_needs_no_vending_key():
    entry = {**CREDIT, "dkga": "direct"}
    del entry["vk"]
    assert verdict_of(entry) is Verdict.PASSED


def test_a_credit_with_a_given_id_needs_no_time():
    entry = {**CREDIT, "tid": 85740}
    del entry["dt"]
    assert verdict_of(entry) is Verdict.PASSED


def test_a_skipped_algorithm_is_named():
    assert case_of({**CREDIT, "ea": "07"}).reason == "EA07 is built with the complete token set"
