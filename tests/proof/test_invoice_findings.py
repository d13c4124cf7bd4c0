"""Invoices that disagree with their sale, or with each other, are found: of a part, and what follows."""

import pytest

from gateway.core.journal import InvoiceRow
from gateway.proof.invoices import invoice_findings

SOLD = (7, 10_000, "CNY", 180_000)


def row(number, kind, minor, energy_wh, takes_back=0, **changes):
    said = {
        "series": "n1", "number": number, "kind": kind, "nth": 1, "payment": "p", "takes_back": takes_back,
        "said": (7, minor, "CNY", energy_wh), "sold": SOLD,
    }  # fmt: skip
    return InvoiceRow(**(said | changes))


NORMAL = row(1, "normal", 10_000, 180_000)
PART = row(2, "part", -4_000, -72_000, 1)
REST = row(3, "red", -6_000, -108_000, 1)


def test_a_part_and_the_rest_of_an_invoice_are_sound():
    assert list(invoice_findings([NORMAL, PART, REST])) == []


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([NORMAL, row(2, "part", -10_001, 0, 1)], "n1/2 says something else than its sale"),
        ([NORMAL, row(2, "part", 4_000, 0, 1)], "n1/2 says something else than its sale"),
        ([NORMAL, row(2, "part", 0, 0, 1)], "n1/2 says something else than its sale"),
        ([NORMAL, row(2, "part", -1, -180_001, 1)], "n1/2 says something else than its sale"),
        ([NORMAL, PART, row(3, "red", -10_000, -180_000, 1)], "n1/3 says something else than its sale"),
        ([NORMAL, row(2, "part", -4_000, -72_000, 9)], "red invoice n1/2 takes back 9"),
        ([NORMAL, row(2, "part", -4_000, -72_000, 1, nth=2)], "red invoice n1/2 takes back 1"),
    ],
)
def test_what_is_wrong_with_one_for_a_part_is_said(rows, found):
    assert any(found in one for one in invoice_findings(rows))
