"""Golden tariff cases: every published purchase, priced to the last digit.

One case of the document is one ``Case`` here, with all its steps. ``tariff_given`` reads what a step gives,
``tariff_expected`` compares what it expects. What the format knows and the product cannot price is skipped
with the key's name; a case that is no case at all fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.core.tariff import NotBuilt, Tariff, TariffFault
from gateway.proof.case import Case, failed, passed, skipped
from gateway.proof.tariff_expected import comparisons
from gateway.proof.tariff_given import given
from gateway.proof.tariff_number import is_remark, record, rows
from gateway.proof.tariff_spelling import in_our_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.proof.tariff_number import Difference, Record

_STEP: Final = frozenset({"customer", "payment", "purchase", "readings_chronological", "at", "expected"})
_CASE: Final = _STEP | {"id", "title", "provenance", "tariff", "steps"}


def run(document: Record) -> Iterator[Case]:
    """Run every case of a document of the tariffs.json format."""
    cases = document.get("cases")
    if not isinstance(cases, list):
        yield failed("tariffs", "a list of cases", type(cases).__name__)
        return
    for number, vector in enumerate(cases):
        name = str(vector.get("id", number)) if isinstance(vector, dict) else f"case {number}"
        try:
            differences = list(_differences(record(vector)))
        except NotBuilt as lacking:
            yield skipped(name, f"not built: {lacking.key}")
        except (TariffFault, KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
            yield failed(name, "a well-formed case", f"{type(fault).__name__}: {fault}")
        else:
            yield _verdict(name, differences)


def _verdict(name: str, differences: list[Difference]) -> Case:
    if not differences:
        return passed(name)
    expected = "; ".join(f"{what} {wanted}" for what, wanted, _ in differences)
    return failed(name, expected, "; ".join(f"{what} {got}" for what, _, got in differences))


def _differences(vector: Record) -> Iterator[Difference]:
    """Name each thing that differs: what, expected, actual."""
    _nothing_left_out(vector, _CASE)
    tariff = Tariff.from_mapping(in_our_words(record(vector["tariff"])), version=str(vector.get("id", "")))
    if "steps" not in vector:
        yield from _step(tariff, vector)
        return
    steps = rows(vector["steps"])
    if not steps:
        raise TypeError("steps must be a list of customer, payment, expected")
    # What stands beside the steps holds for each that does not say otherwise.
    shared = {key: vector[key] for key in _STEP - {"expected"} if key in vector}
    for number, step in enumerate(steps, start=1):
        _nothing_left_out(step, _STEP)
        for what, wanted, got in _step(tariff, shared | step):
            yield f"step {number} {what}", wanted, got


def _nothing_left_out(row: Record, known: frozenset[str]) -> None:
    """Refuse a key that asks for something; plain sentences and checks of the author's are remarks."""
    for key, value in row.items():
        is_text = isinstance(value, str) or (
            isinstance(value, list) and all(isinstance(each, str) for each in value)
        )
        if key not in known and not (is_text or is_remark(key) or "check" in key):
            raise NotBuilt(key)


def _step(tariff: Tariff, step: Record) -> Iterator[Difference]:
    expected = {key: wanted for key, wanted in record(step["expected"]).items() if not is_remark(key)}
    if not expected:
        raise ValueError("nothing is expected, so nothing would be proved")
    found, wrong = comparisons(tariff, given(tariff, step))
    if wrong and not expected.keys() <= found.keys():
        yield from wrong
        return
    for key, wanted in expected.items():
        if key not in found:
            raise NotBuilt(f"expected.{key}")
        yield from found[key](wanted)
