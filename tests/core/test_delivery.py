"""When a notice is tried again: sooner at first, later and later, and not for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.delivery import (
    ATTEMPTS_MAX,
    NEVER_US,
    RETRY_FIRST_S,
    RETRY_S_MAX,
    LeasedNotice,
    next_due_us,
)

SECOND_US = 1_000_000
#: Any moment that a clock can show: up to the year 9999.
moments = st.integers(0, 253_402_300_800 * SECOND_US)
NOTICE = LeasedNotice(7, "token_issued", 1, "", 1_764_000_000_000_000, 1)


@given(st.integers(1, ATTEMPTS_MAX - 1), moments)
def test_the_next_attempt_lies_ahead_and_not_beyond_the_longest_wait(attempts, now_us):
    due_us = next_due_us(attempts, now_us)
    assert due_us is not None
    assert RETRY_FIRST_S * SECOND_US <= due_us - now_us <= RETRY_S_MAX * SECOND_US
    assert due_us < NEVER_US


@given(st.integers(1, ATTEMPTS_MAX - 2), moments)
def test_no_wait_is_shorter_than_the_one_before_nor_more_than_twice_as_long(attempts, now_us):
    due_us, later_us = next_due_us(attempts, now_us), next_due_us(attempts + 1, now_us)
    assert due_us is not None
    assert later_us is not None
    wait_us, longer_us = due_us - now_us, later_us - now_us
    assert wait_us <= longer_us <= 2 * wait_us


@given(st.integers(1, 10**6), moments, moments)
def test_the_wait_depends_on_the_attempts_alone(attempts, now_us, other_us):
    first, second = next_due_us(attempts, now_us), next_due_us(attempts, other_us)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first - now_us == second - other_us


@given(st.integers(ATTEMPTS_MAX, 10**9), moments)
def test_after_the_last_attempt_there_is_none(attempts, now_us):
    assert next_due_us(attempts, now_us) is None


def test_the_attempts_last_over_a_weekend():
    waits_us = [next_due_us(attempts, 0) or 0 for attempts in range(1, ATTEMPTS_MAX)]
    assert 60 * 3_600 < sum(waits_us) // SECOND_US < 72 * 3_600


def test_a_notice_that_was_never_tried_has_no_next_attempt():
    with pytest.raises(AssertionError):
        next_due_us(0, 0)


def test_the_key_is_the_same_at_each_attempt():
    assert replace(NOTICE, attempts=9).key == NOTICE.key


def test_another_notice_in_a_row_of_the_same_number_has_another_key():
    assert replace(NOTICE, at_us=NOTICE.at_us + 1).key != NOTICE.key
