from datetime import date

import pytest

from gateway.core.views import PAGE_MAX, Days, OpenDays, Statement

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.mark.parametrize("limit", [0, -1, PAGE_MAX + 1])
@pytest.mark.parametrize("asked", [Days, OpenDays, lambda **k: Statement("VAT", "CNY", MONDAY, TUESDAY, **k)])
def test_a_page_of_no_or_too_many_rows_cannot_be_asked_for(asked, limit):
    with pytest.raises(ValueError, match="a page has 1 to 1000 rows"):
        asked(limit=limit)


def test_a_statement_does_not_run_backwards():
    with pytest.raises(ValueError, match="after it ends"):
        Statement("VAT", "CNY", TUESDAY, MONDAY)
    Statement("VAT", "CNY", MONDAY, MONDAY)
