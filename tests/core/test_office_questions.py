"""A question that means nothing is refused when it is made, not when it is asked."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.core.paging import Paged
from gateway.core.views import PAGE_MAX
from gateway.core.views_booked import EntryFile, SaleFile
from gateway.core.views_files import TEXT_MAX, Customers, Meters
from gateway.core.views_found import Found, TokenQuestion
from gateway.core.views_sales import Sales, SaleTotals
from gateway.core.views_watch import Exceptions

DAYS = {"first_day": date(2026, 11, 24), "last_day": date(2026, 11, 23)}


@pytest.mark.parametrize("limit", [0, PAGE_MAX + 1])
@pytest.mark.parametrize("kind", [Sales, Customers, Meters, Exceptions])
def test_a_page_has_some_rows_and_not_too_many(kind, limit):
    with pytest.raises(ValueError, match="a page has 1 to"):
        kind(branch=None, limit=limit)


@pytest.mark.parametrize("kind", [Sales, Customers, Meters, Exceptions])
def test_a_page_has_one_neighbour(kind):
    with pytest.raises(ValueError, match="not both"):
        kind(branch=None, after=1, before=2)


@pytest.mark.parametrize(
    "backwards",
    [
        DAYS,
        {"begin_us": 2, "end_us": 1},
        {"least_minor": 2, "most_minor": 1},
        {"least_wh": 2, "most_wh": 1},
    ],
)
def test_a_range_of_sales_does_not_run_backwards(backwards):
    with pytest.raises(ValueError, match=r"backwards|after they end"):
        Sales(branch=None, **backwards)


def test_a_range_of_troubles_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        Exceptions(branch=None, begin_us=2, end_us=1)


@pytest.mark.parametrize("text", ["", "a" * (TEXT_MAX + 1)])
def test_what_is_looked_for_has_some_letters_and_not_too_many(text):
    for ask in (
        lambda: Customers(branch=None, text=text),
        lambda: Meters(branch=None, text=text),
        lambda: Found(text, None),
        lambda: TokenQuestion(branch=None, reference=text),
        lambda: TokenQuestion(branch=None, phone=text),
    ):
        with pytest.raises(ValueError, match="what is looked for has"):
            ask()


def test_a_token_is_asked_for_by_something():
    with pytest.raises(ValueError, match="name the payment's reference"):
        TokenQuestion(branch="")


@pytest.mark.parametrize("names", [{}, {"id": 1, "key": "k"}, {"key": "k", "receipt_no": 1}])
def test_a_sale_is_named_once(names):
    with pytest.raises(ValueError, match="exactly one"):
        SaleFile(branch=None, **names)


@pytest.mark.parametrize("names", [{}, {"id": 1, "position": 1}])
def test_an_entry_is_named_once(names):
    with pytest.raises(ValueError, match="exactly one"):
        EntryFile(branch=None, **names)


def test_a_first_page_has_no_neighbour():
    assert (Paged().after, Paged().before) == (None, None)


def test_what_is_left_of_sales_is_neither_reversed_nor_claimed_nor_conceded():
    totals = SaleTotals("CNY", 9, 900, 90, 2, 200, 20, 1, 100, 10, 2, 150, 15)
    assert (totals.kept_count, totals.kept_minor, totals.kept_wh) == (4, 450, 45)
