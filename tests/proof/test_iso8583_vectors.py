"""ISO 8583 vectors: the published ones hold, and damaged entries fail without a crash."""

import json
from pathlib import Path

import pytest

from gateway.proof.case import Verdict
from gateway.proof.iso8583_vectors import run

DOCUMENT = json.loads((Path(__file__).parents[1] / "vectors" / "iso8583.json").read_text(encoding="utf-8"))
MESSAGE = next(entry for entry in DOCUMENT["messages"] if entry["id"] == "pyiso8583-readme")
CASES = list(run(DOCUMENT))


@pytest.mark.parametrize("case", [c for c in CASES if c.verdict is not Verdict.SKIPPED], ids=lambda c: c.name)
def test_a_published_vector_holds(case):
    assert case.verdict is Verdict.PASSED, str(case)


def test_every_message_and_malformed_entry_is_tried():
    tried = sum(case.verdict is not Verdict.SKIPPED for case in CASES)
    assert tried == len(DOCUMENT["messages"]) + len(DOCUMENT["malformed"])


def verdict(**entry):
    kind = entry.pop("kind", "messages")
    (case,) = run({kind: [entry]})
    return case.verdict


def test_another_value_fails():
    assert verdict(**MESSAGE | {"fields": {"2": "1234567891"}}) is Verdict.FAILED
    assert verdict(**MESSAGE | {"mti": "0210"}) is Verdict.FAILED
    assert verdict(**MESSAGE | {"hex": MESSAGE["hex"] + "30"}) is Verdict.FAILED


@pytest.mark.parametrize(
    ("frame", "length"), [("ascii4", "30303332"), ("be16_inclusive", "0022"), ("be16", "0020")]
)
def test_a_frame_is_taken_off_and_put_on(frame, length):
    assert len(MESSAGE["hex"]) == 64
    assert verdict(**MESSAGE | {"frame": frame, "hex": length + MESSAGE["hex"]}) is Verdict.PASSED
    assert verdict(**MESSAGE | {"frame": frame, "hex": "ffff" + MESSAGE["hex"]}) is Verdict.FAILED


def test_a_bit_without_a_layout_fails():
    assert verdict(**MESSAGE | {"field_spec": {}}) is Verdict.FAILED


@pytest.mark.parametrize(
    ("spec", "hex_text"),
    [
        ("ascii MTI", "3031"),
        ("bcd MTI, binary bitmap", "0800"),
        ("BCD MTI, binary bitmap, LL says 25", "0200400000000000000025"),
        ("ascii MTI, binary bitmap", "30323030" + "4000000000000000" + "31373132"),
        ("ebcdic MTI, ebcdic hex bitmap", "f0f2f0f0" + "f4f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0" + "f1f7f1f2"),
        ("", "3032303034"),
    ],
)
def test_a_malformed_message_is_refused_in_the_encoding_named(spec, hex_text):
    assert verdict(kind="malformed", hex=hex_text, spec=spec, why="cut") is Verdict.PASSED


@pytest.mark.parametrize(
    ("spec", "hex_text"),
    [
        ("ascii MTI, hex-ascii bitmap", b"020040000000000000000212".hex()),
        ("ascii MTI, binary bitmap", "30323030" + "4000000000000000" + "30323132"),
        ("bcd MTI, binary bitmap", "0200" + "4000000000000000" + "0212"),
        ("ebcdic MTI, ebcdic bitmap", "f0f2f0f0" + "f4f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0" + "f0f2f1f2"),
    ],
)
def test_a_sound_message_among_the_malformed_fails(spec, hex_text):
    assert verdict(kind="malformed", hex=hex_text, spec=spec, why="cut") is Verdict.FAILED


@pytest.mark.parametrize(
    "entry",
    [
        1,
        None,
        {},
        {"hex": 5, "field_spec": {}, "fields": {}},
        {"hex": "xyz", "field_spec": {}, "fields": {}},
        {"hex": "00", "field_spec": {"2": ["fix", "nope", 2]}, "fields": {}},
        {"hex": "00", "field_spec": {"a": 1}, "fields": {}},
        {"hex": "00", "field_spec": {}, "fields": {}, "frame": ["x"]},
        {"hex": "00", "field_spec": {}, "fields": {}, "mti_enc": {}},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["messages", "malformed"])
def test_a_damaged_entry_fails_and_does_not_crash(kind, entry):
    sound = {"messages": [MESSAGE]}
    cases = list(run({kind: [entry], "mac": [{}]} | ({} if kind == "messages" else sound)))
    assert next(case for case in cases if case.name.startswith(kind)).verdict is not Verdict.SKIPPED
    assert cases[-1].verdict is Verdict.SKIPPED


def test_a_document_without_vectors_has_no_cases():
    assert list(run({})) == []
