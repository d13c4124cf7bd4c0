"""powertill conformance: counts, failures, and files that are none of the kind."""

import json
from pathlib import Path

import pytest

from gateway.cli import main

VECTORS = Path(__file__).parents[1] / "vectors"


def run(tmp_path, kind, document):
    file = tmp_path / "vectors.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return main(["conformance", kind, str(file)])


@pytest.mark.parametrize("kind", ["sts", "iso8583", "tariffs", "meters"])
def test_the_published_vectors_hold(kind, capsys):
    assert main(["conformance", kind, str(VECTORS / f"{kind}.json")]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    passed, failed, skipped = (int(part.split()[0]) for part in last.split(", "))
    assert last == f"{passed} passed, {failed} failed, {skipped} skipped"
    assert passed > 0
    assert failed == 0


def test_a_failure_is_one_line_with_both_sides(tmp_path, capsys):
    good = {"id": "crc-1", "kind": "luhn", "payload": "7992739871", "check": "3", "tables": "none"}
    vectors = [good, good | {"id": "crc-2", "check": "4\n5"}]
    assert run(tmp_path, "sts", {"vectors": vectors}) == 1
    failure, last = capsys.readouterr().out.splitlines()
    assert failure.startswith("FAILED crc-2: expected 4\\n5, actual 3")
    assert last == "1 passed, 1 failed, 0 skipped"


def test_skips_are_summed_up_by_their_reasons(tmp_path, capsys):
    families = {"gas": [{"id": "d01"}, {"id": "d03"}], "water": [{"id": "i1"}], "dlms": []}
    assert run(tmp_path, "meters", {"note": "", "vectors": families}) == 0
    assert capsys.readouterr().out.splitlines() == [
        "skipped 3: this wire is not built yet",
        "0 passed, 0 failed, 3 skipped",
    ]


def test_documents_of_xmlvend_are_counted(tmp_path, capsys):
    assert run(tmp_path, "xmlvend", {"about": "", "samples": [{"id": "r1"}, {"id": "r2"}]}) == 0
    assert capsys.readouterr().out.splitlines() == [
        "skipped 2: the XMLVend door is not built yet",
        "0 passed, 0 failed, 2 skipped",
    ]


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("sts", ""),
        ("sts", "{"),
        ("sts", "[" * 100_000),
        ("sts", []),
        ("sts", None),
        ("sts", {}),
        ("sts", {"vectors": {}}),
        ("iso8583", {"about": ""}),
        ("iso8583", {"messages": {}}),
        ("tariffs", {"vectors": []}),
        ("meters", {"vectors": []}),
        ("xmlvend", {"samples": {}}),
    ],
)
def test_a_file_of_another_kind_is_refused_with_a_sentence(tmp_path, kind, document, capsys):
    assert run(tmp_path, kind, document) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith("powertill conformance: FILE: ")
    assert said.err.count("\n") == 1


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert main(["conformance", "sts", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused(tmp_path, capsys):
    file = tmp_path / "vectors.json"
    file.write_bytes(b"\xff\xfe\x00\x01\x80")
    assert main(["conformance", "sts", str(file)]) == 2
    assert "not JSON" in capsys.readouterr().err


def test_a_kind_that_nobody_knows_is_refused(capsys):
    assert main(["conformance", "water", "x.json"]) == 2
    assert "xmlvend" in capsys.readouterr().err
