"""The list of sales, beside a naive one over all of them: the same rows, pages, counts and sums."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from adapters.db.views import ViewReader
from gateway.core.sale import SaleState
from gateway.core.views_sales import SaleOrder, Sales
from tests.contracts.office_town import MONDAY, NORTH, PANS, SOUTH, TUESDAY, WEDNESDAY, Town
from tests.naive_sales import chosen, page_of, totals_of

EVERY = Sales(branch=None)


@pytest.fixture
def town(fresh):
    return Town(fresh)


def every(town):
    return list(town.reader.rows(EVERY))


def receipts(town, **asked):
    return [sale.receipt_no for sale in town.reader.rows(replace(EVERY, **asked))]


def test_new_books_have_no_sales(fresh):
    reader = ViewReader(fresh.database(1))
    assert (list(reader.rows(EVERY)), reader.count(EVERY), reader.totals(EVERY)) == ([], 0, ())


def test_a_sale_is_listed_with_all_that_a_list_shows(town):
    sale = next(sale for sale in every(town) if sale.trace)
    assert (sale.business_date, sale.bank, sale.channel, sale.terminal) == (
        "2026-11-23",
        "east",
        "bank:east",
        "T7",
    )
    assert (sale.account_no, sale.customer, sale.branch) == ("A3", "50% off_shop", SOUTH)
    assert (sale.pan, sale.power_type, sale.state) == (PANS[2], "shop", SaleState.ISSUED)
    assert (sale.tender_minor, sale.currency, sale.tariff_version) == (7_000, "CNY", "domestic-1")
    assert sale.token_end.isdigit()
    assert len(sale.token_end) == 4


def test_a_management_token_is_no_sale(town):
    assert "" not in {sale.bank for sale in every(town)}


def test_a_credit_that_waits_has_no_token(town):
    assert {sale.state for sale in every(town) if not sale.is_token_out} == {
        SaleState.WAITING,
        SaleState.REVERSED,
    }


def test_each_bank_s_sale_is_of_its_own_business_day(town):
    assert {sale.key: sale.business_date for sale in every(town) if sale.bank == "west"} == {
        "pay/west/w1": "2026-11-23",
        "pay/west/w2": "2026-11-24",
        "pay/west/c1": "2026-11-24",
        "pay/west/w3": "2026-11-24",
    }


CHOICES: dict[str, list] = {
    "branch": [NORTH, SOUTH, "nowhere", ""],
    "bank": ["east", "west", "none"],
    "power_type": ["domestic", "shop"],
    "state": list(SaleState),
    "open_only": [True],
    "account_no": ["A1", "A2", "A9"],
    "pan": [PANS[0], PANS[3], "0"],
    "reference": ["r1", "r2", "r2-2026-11-23", "pay/east/r1", "000007", "000007-2026-11-23", "r", "%"],
    "receipt_no": [1, 2, 6, 999],
    "least_minor": [0, 4_000, 10_000],
    "most_minor": [10_000, 10_001, 50_000],
    "least_wh": [0, 100_000],
    "most_wh": [100_000, 10_000_000],
    "first_day": [MONDAY, TUESDAY],
    "last_day": [TUESDAY, WEDNESDAY],
    "begin_us": [1, 1_795_442_340_000_000],
    "end_us": [1_795_442_340_001_000, 2 * 10**15],
    "order": list(SaleOrder),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in CHOICES for value in CHOICES[name]])
def test_a_filter_finds_what_a_person_would(town, name, value):
    query = replace(EVERY, **{name: value})
    meant = chosen(every(town), query)
    assert list(town.reader.rows(query)) == meant
    assert town.reader.count(query) == len(meant)
    assert town.reader.totals(query) == totals_of(every(town), query)


def test_filters_hold_together_whatever_is_put_together(town):
    dice, listed = Random(7), every(town)
    for _ in range(300):
        names = dice.sample(sorted(CHOICES), dice.randint(2, 4))
        query = replace(EVERY, **{name: dice.choice(CHOICES[name]) for name in names})
        assert list(town.reader.rows(query)) == chosen(listed, query), query
        assert town.reader.totals(query) == totals_of(listed, query), query


@pytest.mark.parametrize("order", SaleOrder)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_lead_there_and_back(town, order, limit):
    listed = every(town)
    query = replace(EVERY, order=order, limit=limit)
    page, there = list(town.reader.rows(query)), []
    while page:
        there += page
        onward = replace(query, after=page[-1].id)
        page = list(town.reader.rows(onward))
        assert page == page_of(listed, onward)
        back = replace(query, before=there[-1].id)
        assert list(town.reader.rows(back)) == page_of(listed, back)
    assert there == chosen(listed, query)


def test_there_is_no_page_around_a_sale_that_is_not_there(town):
    assert receipts(town, after=5) == receipts(town, before=5) == []


def test_a_sale_of_another_branch_is_found_by_no_name_of_it(town):
    (sale,) = town.reader.rows(replace(EVERY, reference="r2"))
    for name in ("account_no", "pan", "receipt_no"):
        assert receipts(town, branch=NORTH, **{name: getattr(sale, name)}) == []
    assert receipts(town, branch=NORTH, reference="r2") == []


def test_a_bank_s_reference_is_looked_for_in_that_bank_alone(town):
    assert receipts(town, reference="r1", bank="west") == []
    assert len(receipts(town, reference="r1", bank="east")) == 1


def test_a_telephone_number_finds_the_customer_s_sales(town):
    assert {sale.account_no for sale in town.reader.rows(replace(EVERY, phone="13800000001"))} == {"A1"}
    assert receipts(town, phone="") != receipts(town)


def test_what_is_open_is_what_somebody_has_still_to_finish(town):
    found = town.reader.rows(replace(EVERY, open_only=True))
    assert {sale.key for sale in found} == {"pay/west/c1", "pay/west/w3"}


def test_reversed_and_claimed_sales_are_told_apart_in_the_sums(town):
    (totals,) = town.reader.totals(EVERY)
    assert (totals.reversed_count, totals.reversed_minor) == (1, 5_000)
    assert (totals.claimed_count, totals.claimed_minor) == (1, 12_345)
    assert totals.kept_minor == totals.minor - 17_345
