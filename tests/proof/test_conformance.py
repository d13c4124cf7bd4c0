import pytest

from gateway.proof.case import Verdict
from gateway.proof.conformance import KINDS, FormatFault, cases_of
from gateway.proof.meter_vectors import run as run_meters
from gateway.proof.unbuilt_vectors import run_xmlvend


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_collection_of_each_kind_has_no_cases(kind):
    form = KINDS[kind]
    assert list(cases_of(kind, {form.keys[0]: form.holds()})) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "document", [[], "text", None, 7, {}, {"vectors": 1, "cases": 1, "messages": 1, "samples": 1}]
)
def test_a_document_of_no_kind_is_refused(kind, document):
    with pytest.raises(FormatFault):
        cases_of(kind, document)


def test_every_frame_is_counted_under_its_family():
    cases = list(run_meters({"vectors": {"gas": [{"id": "d01"}, 7], "water": [{"id": "h01"}]}}))
    assert [case.name for case in cases] == ["gas/d01", "gas/1", "water/h01"]
    assert {case.verdict for case in cases} == {Verdict.SKIPPED}


@pytest.mark.parametrize("cases", [run_meters({"vectors": {"gas": {}}}), run_meters({}), run_xmlvend({})])
def test_what_cannot_be_counted_is_a_failure(cases):
    assert [case.verdict for case in cases] == [Verdict.FAILED]
