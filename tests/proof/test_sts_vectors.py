import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.block import checked_block, with_class
from gateway.codecs.sts.digits import digits_of
from gateway.codecs.sts.misty1 import key_schedule
from gateway.codecs.sts.sta import SAMPLE_TABLES
from gateway.proof.case import Verdict
from gateway.proof.sts_vectors import NEEDS_TABLES, run

DOCUMENT = json.loads((Path(__file__).parents[1] / "vectors" / "sts.json").read_text())
BY_ID = {entry["id"]: entry for entry in DOCUMENT["vectors"]}
BLOCK = BY_ID["RFC2994-ECB-0123"]
CHAIN = BY_ID["RFC2994-CBC"]
CREDIT = BY_ID["STS531-1-11e2.2/CTSA01.1"]
SAMPLE = BY_ID["SAMPLE-01"]
KCT = BY_ID["STS531-1-11e2.2/CTSA05.1"]
TEST = BY_ID["CTSA11/00008/2digit"]
CURRENCY = [entry for entry in DOCUMENT["vectors"] if entry["kind"] == "currency" and entry["ea"] == "11"]
ZEROS = key_schedule(bytes(16))
RESERVED = digits_of(with_class(0, ZEROS.encrypt(checked_block(0, 8, 0))))
PROPRIETARY = digits_of(with_class(2, ZEROS.encrypt(checked_block(2, 11, 0))))
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


def test_every_published_vector_passes_or_needs_the_licensed_tables():
    cases = list(run(DOCUMENT))
    assert len(cases) == len(DOCUMENT["vectors"]) == 229
    assert [str(case) for case in cases if case.verdict is Verdict.FAILED] == []
    skips = [case.name for case in cases if case.verdict is Verdict.SKIPPED]
    assert skips == [entry["id"] for entry in DOCUMENT["vectors"] if entry["tables"] == "production"]


def test_a_skip_says_what_it_waits_for():
    reasons = {case.reason for case in run(DOCUMENT) if case.verdict is Verdict.SKIPPED}
    assert reasons == {NEEDS_TABLES}
    assert "--sta-tables" in NEEDS_TABLES


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


# Run with the sample tables as if they were an operator's: with these its token is the right one.
PRODUCTION = {**SAMPLE, "tables": "production"}


@pytest.mark.parametrize("tables", ["production", None, "none"])
def test_a_vector_for_the_operator_s_tables_runs_with_them(tables):
    (case,) = run({"vectors": [{**SAMPLE, "tables": tables}]}, SAMPLE_TABLES)
    assert case.verdict is Verdict.PASSED
    (case,) = run({"vectors": [{**BY_ID["STS531-1-07e2.2/CTSA01.1"], "tables": tables}]}, SAMPLE_TABLES)
    assert case.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "wrong",
    [
        {"decoder_key": "87f3ecbb2e46b48e"},
        {"vk": "ab" * 20},
        {"token": None},
        {"token": "12"},
        {"rnd": 16},
        {"value": None},
        {"dt": "soon"},
        {"ea": "08"},
    ],
    ids=str,
)
def test_what_is_wrong_without_any_table_fails_where_the_tables_are_missing(wrong):
    assert verdict_of(PRODUCTION) is Verdict.SKIPPED
    assert verdict_of({**PRODUCTION, **wrong}) is Verdict.FAILED


@pytest.mark.parametrize(
    "spelling",
    [
        {"ea": 11},
        {"ea": "EA11"},
        {"ea": None},
        {"dkga": 4},
        {"dkga": "DKGA04"},
        {"dkga": None},
        {"dkga": "direct"},
        {"dkga": "direct", "vk": None, "pan": None, "sgc": None},
        {"vk": CREDIT["vk"].upper(), "decoder_key": CREDIT["decoder_key"].upper()},
        {"decoder_key": None},
        {"krn": "1"},
        {"ti": 1},
        {"sgc": 201457},
        {"kt": None},
        {"kt": "DUTK"},
        {"base_date": "2014"},
        {"base_date": "14"},
        {"base_date": "2014-01-01"},
        {"dt": "2014-03-01T13:00:00"},
        {"dt": None, "tid": 85740},
        {"tid": "85740"},
        {"value": "1"},
        {"value": 1.0},
        {"value": "1E0"},
        {"rnd": "5"},
        {"cls": None},
        {"tables": None},
        {"token": "5862 5789 9869 9135 7486"},
        {"field16": "0001", "crc": None},
    ],
    ids=str,
)
def test_a_credit_is_read_in_other_spellings(spelling):
    assert verdict_of({**CREDIT, **spelling}) is Verdict.PASSED


@pytest.mark.parametrize("amount", ["1.82044E+14", "182044000000000", 1.82044e14, 182044000000000])
def test_an_amount_of_currency_is_read_in_other_spellings(amount):
    (entry,) = (e for e in CURRENCY if e["amount"] == "1.82044E+14")
    assert verdict_of({**entry, "amount": amount}) is Verdict.PASSED
    assert verdict_of({**entry, "field16": entry["field16"].upper(), "s_and_e": None}) is Verdict.PASSED


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "2"},
        {"amount": "-1"},
        {"amount": "1E+999999999"},
        {"amount": "NaN"},
        {"amount": None},
        {"field16": "60a9"},
        {"s_and_e": 8},
        {"token": CREDIT["token"]},
    ],
    ids=str,
)
def test_currency_that_does_not_hold_fails(wrong):
    (entry,) = (e for e in CURRENCY if e["amount"] == "1" and e["subclass"] == 4)
    assert verdict_of({**entry, **wrong}) is Verdict.FAILED


@pytest.mark.parametrize(
    "spelling",
    [
        {"ro": False},
        {"ro": None},
        {"three_kct": None},
        {"kt": "2"},
        {"old_key": None, "new_key": None},
        {"new": {**KCT["new"], "ken": None}},
        {"new": {"ti": "02", "ken": "255"}},
        {"old": {**KCT["old"], "vk": KCT["old"]["vk"].upper()}},
        {"dkga": "direct"},
    ],
    ids=range(9),
)
def test_a_key_change_is_read_in_other_spellings(spelling):
    assert verdict_of({**KCT, **spelling}) is Verdict.PASSED


@pytest.mark.parametrize(
    "wrong",
    [
        {"ro": 1},
        {"ro": 2},
        {"new": {**KCT["new"], "ken": 254}},
        {"new": {**KCT["new"], "krn": 2}},
        {"new": {**KCT["new"], "ti": "03"}},
        {"new": None},
        {"tokens": KCT["tokens"][:3]},
        {"tokens": KCT["tokens"][::-1]},
        {"tokens": None},
        {"old_key": "00" * 16},
        {"new_key": "00" * 16},
    ],
    ids=range(11),
)
def test_a_key_change_that_does_not_hold_fails(wrong):
    assert verdict_of({**KCT, **wrong}) is Verdict.FAILED


@pytest.mark.parametrize("spelling", [{"control": "0X8"}, {"mfr": None}, {"mfr": 0, "subclass": None}])
def test_a_meter_test_is_read_in_other_spellings(spelling):
    assert verdict_of({**TEST, **spelling}) is Verdict.PASSED


@pytest.mark.parametrize("wrong", [{"control": "9"}, {"mfr": "01"}, {"subclass": 1}, {"control": "x"}])
def test_a_meter_test_that_does_not_hold_fails(wrong):
    assert verdict_of({**TEST, **wrong}) is Verdict.FAILED


def opening(token, expect, **more):
    return {"id": "D", "kind": "decode", "token": token, "expect": expect, **more}


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (opening("02305843009347914912", {"cls": 1, "subclass": 2, "body": "0"}), Verdict.PASSED),
        (opening("03440750115445279822", {"cls": 1, "subclass": 2, "crc": "0c4e"}), Verdict.PASSED),
        (opening("03440750115445279822", {"cls": 1, "subclass": 3}), Verdict.FAILED),
        (opening(TEST["token"], {"control": "8", "mfr": "00"}, ea=None, decoder_key=None), Verdict.PASSED),
        (opening(TEST["token"], {"control": "9"}), Verdict.FAILED),
        (opening(CREDIT["token"], {"cls": 0}), Verdict.FAILED),  # No key is given.
        (opening(CREDIT["token"], {"value": 1}, ea="11", decoder_key=CREDIT["decoder_key"]), Verdict.PASSED),
        (opening(CREDIT["token"], {"value": 2}, ea="11", decoder_key=CREDIT["decoder_key"]), Verdict.FAILED),
        (
            {**SAMPLE, "kind": "decode", "expect": {"tid": 85740, "field16": "0001"}},
            Verdict.PASSED,
        ),
        (
            opening(KCT["tokens"][1], {"kenlo": 15, "ti": "02"}, ea="11", decoder_key=KCT["old_key"]),
            Verdict.PASSED,
        ),
        (opening(KCT["tokens"][0], {"krn": 2}, ea="11", decoder_key=KCT["old_key"]), Verdict.FAILED),
    ],
    ids=range(11),
)
def test_tokens_of_every_class_are_decoded(entry, verdict):
    assert verdict_of(entry) is verdict


# Class 3; reserved subclass 0.8 and proprietary 2.11 under a key of zeros.
@pytest.mark.parametrize(
    ("token", "reason", "verdict"),
    [
        (digits_of(3 << 27), "class 3 is reserved", Verdict.PASSED),
        (digits_of(3 << 27), "crc", Verdict.FAILED),
        (RESERVED, "reserved subclass", Verdict.PASSED),
        (RESERVED, "wrong key", Verdict.FAILED),
        (PROPRIETARY, "proprietary subclass", Verdict.PASSED),
        (CREDIT["token"], "wrong decoder key", Verdict.PASSED),
        (CREDIT["token"], "single digit error", Verdict.PASSED),
        (CREDIT["token"], None, Verdict.PASSED),
        (CREDIT["token"], "length", Verdict.FAILED),
        ("99999999999999999999", "too short", Verdict.FAILED),
        ("00000000000004429208065", "length", Verdict.PASSED),
        (12, "crc", Verdict.PASSED),
        (None, "length", Verdict.FAILED),
    ],
)
def test_a_token_is_refused_for_the_reason_and_no_other(token, reason, verdict):
    entry = {"id": "R", "kind": "decode-reject", "ea": "11", "decoder_key": "00" * 16, "token": token}
    assert verdict_of({**entry, "reason": reason}) is verdict


def test_a_token_that_is_refused_before_it_is_deciphered_needs_no_tables():
    entry = {"id": "R", "kind": "decode-reject", "ea": "07", "tables": "production", "decoder_key": "00" * 8}
    assert verdict_of({**entry, "token": "9" * 20, "reason": "range"}) is Verdict.PASSED
    assert verdict_of({**entry, "token": "1" * 20, "reason": "crc"}) is Verdict.SKIPPED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(DOCUMENT["vectors"]), st.data())
def test_whatever_stands_in_a_vector_it_is_judged(entry, drawn):
    field = drawn.draw(st.sampled_from(sorted(entry)))
    assert case_of({**entry, field: drawn.draw(json_values)}).verdict in Verdict


def test_a_vector_whose_name_has_no_end_is_told_by_its_place():
    nested: object = 1
    for _ in range(100_000):
        nested = [nested]
    (case,) = run({"vectors": [{"id": nested, "kind": "luhn", "payload": "1", "check": "2"}]})
    assert (case.name, case.verdict) == ("sts vector 0", Verdict.FAILED)
