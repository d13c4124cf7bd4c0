"""The accounts of a day, page by page: the same rules over the double and both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.core import views as v
from gateway.core.views_ledger import DAYS_MAX, AccountDay, AccountDays, AccountOrder, AccountsOfDay
from gateway.prepayment.close_day import CloseDay
from tests.contracts.test_views_contract import (
    CALENDAR,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    clock,
    count,
    ledger,  # noqa: F401 - the fixture
    rows,
    totals,
    two_days,
)

if TYPE_CHECKING:
    from gateway.core.closed_day import AccountSums

SUNDAY = MONDAY - timedelta(days=1)


@pytest.fixture
def town(ledger):  # noqa: F811 - it is the fixture
    two_days(ledger)
    return ledger


def pages(asked, limit, **query):
    """All rows, page by page."""
    found: list[AccountSums] = []
    while page := rows(asked, AccountsOfDay(**query, limit=limit, after=found[-1] if found else None)):
        found += page
    return found


@pytest.mark.parametrize("day", [SUNDAY, MONDAY, TUESDAY, WEDNESDAY])
def test_the_accounts_of_a_day_are_those_of_its_trial_balance(town, day):
    balance = v.TrialBalance(day)
    assert list(rows(town, AccountsOfDay(day=day))) == list(rows(town, balance))
    assert count(town, AccountsOfDay(day=day)) == count(town, balance)
    assert totals(town, AccountsOfDay(day=day)) == totals(town, balance)


@pytest.mark.parametrize("order", AccountOrder)
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 1_000])
def test_pages_in_any_order_follow_each_other_without_a_gap(town, order, is_descending, limit):
    found = pages(town, limit, day=TUESDAY, order=order, is_descending=is_descending)

    def place(one):
        figure = () if order in {AccountOrder.CODE, AccountOrder.UNIT} else (getattr(one, order.value),)
        return (one.code, one.unit) if order is AccountOrder.CODE else (one.unit, *figure, one.code)

    assert found == sorted(rows(town, v.TrialBalance(TUESDAY)), key=place, reverse=is_descending)


def test_a_part_of_the_code_chooses_accounts_and_leaves_the_totals_as_they_are(town):
    asked = AccountsOfDay(day=TUESDAY, text="bank")
    found = [one.code for one in rows(town, asked)]
    assert found == [one.code for one in rows(town, v.TrialBalance(TUESDAY)) if "BANK" in one.code]
    assert count(town, asked) == len(found) > 0
    assert totals(town, asked) == totals(town, v.TrialBalance(TUESDAY))


def test_what_a_pattern_would_be_is_looked_for_as_it_stands(town):
    assert rows(town, AccountsOfDay(day=TUESDAY, text="%")) == []


def test_the_accounts_at_a_close_come_page_by_page(town):
    (closed,) = town.post(CloseDay(MONDAY, CALENDAR), at=clock(24, 0))
    first = rows(town, v.DayClose(MONDAY, limit=2))
    rest = rows(town, v.DayClose(MONDAY, after=first[-1].place))
    assert [*first, *rest] == list(closed.accounts)
    assert (len(first), count(town, v.DayClose(MONDAY, limit=2))) == (2, len(closed.accounts))


def test_days_that_are_closed_and_days_that_are_not_are_lists_of_their_own(town):
    town.post(CloseDay(MONDAY, CALENDAR), at=clock(24, 0))
    both = ["2026-11-24", "2026-11-23"]
    for is_closed, days in ((True, both[1:]), (False, both[:1]), (None, both)):
        asked = v.Days(is_closed=is_closed)
        assert [day.day for day in rows(town, asked)] == days
        assert count(town, asked) == len(days)


def test_an_account_is_told_day_by_day_as_its_statement_has_it(town):
    asked = AccountDays("BANK:east", "CNY", SUNDAY, WEDNESDAY)
    found = rows(town, asked)
    assert found
    for one in found:
        lines = rows(town, v.Statement("BANK:east", "CNY", one.day, one.day))
        moved = [line.amount for line in lines]
        assert one == AccountDay(
            one.day, sum(n for n in moved if n > 0), -sum(n for n in moved if n < 0)
        )
    assert [one.day for one in found] == sorted({one.day for one in found})
    assert count(town, asked) == len(found)
    assert rows(town, AccountDays("BANK:east", "Wh", SUNDAY, WEDNESDAY)) == []
    assert rows(town, AccountDays("BANK:east", "CNY", SUNDAY, SUNDAY)) == []


@pytest.mark.parametrize("days", [-1, DAYS_MAX])
def test_a_chart_has_days_in_order_and_not_too_many(days):
    with pytest.raises(ValueError, match="days"):
        AccountDays("BANK:east", "CNY", MONDAY, MONDAY + timedelta(days=days))
