"""The month-to-date counter starts again with the month."""

from __future__ import annotations

from datetime import date

from gateway.core.month import month_key, month_to_date_wh


def test_a_month_is_one_ordered_number():
    assert month_key(date(2026, 11, 30)) == 202611
    assert month_key(date(2026, 12, 31)) < month_key(date(2027, 1, 1))


def test_the_counter_goes_on_within_its_month():
    assert month_to_date_wh(80_000, 202611, 202611) == 80_000


def test_a_new_month_starts_at_zero():
    assert month_to_date_wh(80_000, 202612, 202701) == 0


def test_a_late_payment_of_last_month_does_not_open_the_cheap_block_again():
    assert month_to_date_wh(80_000, 202612, 202611) == 80_000
