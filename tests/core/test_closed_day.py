"""The figures of a closed day: their canonical form is what any other program can take the checksum over."""

import hashlib

import pytest

from gateway.core.closed_day import (
    AccountSums,
    Carried,
    Closed,
    DayFigures,
    DayRefusal,
    DayRefused,
    Recount,
    close_key,
    day_of_close,
    units_out,
)
from gateway.core.outcome import recalled

CLOSED = Closed(
    day="2026-11-23",
    entries=3,
    last_position=5,
    accounts=(
        AccountSums("BANK:east", "CNY", 500, 30_000, 0),
        AccountSums("HOLD:CREDIT", "CNY", -500, 0, 30_000),
    ),
    carried=(Carried("HOLD:CREDIT", "CNY", 4, 30_500),),
)
CANONICAL = (
    b"powertill-day\t1\n"
    b"day\t2026-11-23\n"
    b"entries\t3\n"
    b"last_position\t5\n"
    b"account\tBANK:east\tCNY\t500\t30000\t0\t30500\n"
    b"account\tHOLD:CREDIT\tCNY\t-500\t0\t30000\t-30500\n"
    b"carried\tHOLD:CREDIT\tCNY\t4\t30500\n"
)


def test_the_canonical_form_is_these_bytes():
    assert CLOSED.canonical().encode() == CANONICAL


def test_the_checksum_is_taken_over_the_canonical_form():
    assert CLOSED.sealed().checksum == hashlib.sha256(CANONICAL).hexdigest()


def test_the_checksum_itself_is_no_part_of_what_it_is_taken_over():
    assert CLOSED.sealed().sealed() == CLOSED.sealed()


@pytest.mark.parametrize(
    "changed",
    [
        Closed("2026-11-24", 3, 5, CLOSED.accounts, CLOSED.carried),
        Closed("2026-11-23", 4, 5, CLOSED.accounts, CLOSED.carried),
        Closed("2026-11-23", 3, 6, CLOSED.accounts, CLOSED.carried),
        Closed("2026-11-23", 3, 5, CLOSED.accounts[:1], CLOSED.carried),
        Closed("2026-11-23", 3, 5, CLOSED.accounts, ()),
    ],
)
def test_other_figures_have_another_checksum(changed):
    assert changed.sealed().checksum != CLOSED.sealed().checksum


def test_a_close_is_recalled_as_it_was_stored():
    closed = CLOSED.sealed()
    assert recalled(closed.stored()) == closed


def test_an_account_closes_where_its_figures_say():
    assert AccountSums("BANK:east", "CNY", -100, 30, 7).closing == -77


def test_the_key_of_a_close_names_its_day():
    assert close_key("2026-11-23") == "close/2026-11-23"
    assert day_of_close("close/2026-11-23") == "2026-11-23"
    assert day_of_close("pay/east/r1") is None


def test_units_that_do_not_sum_to_zero_are_named():
    assert units_out(CLOSED.accounts) == {}
    assert units_out([*CLOSED.accounts, AccountSums("E.ISSUED", "Wh", 0, 5, 0)]) == {"Wh": 5}


def test_sums_agree_with_the_postings_account_by_account():
    sums = CLOSED.accounts
    moved = {("BANK:east", "CNY"): (30_000, 0), ("HOLD:CREDIT", "CNY"): (0, 30_000)}
    assert DayFigures(sums, Recount(3, moved, {})).agree
    assert not DayFigures(sums, Recount(3, {}, {})).agree
    assert not DayFigures(sums, Recount(3, moved | {("VAT", "CNY"): (0, 1)}, {})).agree
    # An account that was not moved is no posting.
    assert DayFigures((*sums, AccountSums("VAT", "CNY", -5, 0, 0)), Recount(3, moved, {})).agree


@pytest.mark.parametrize("reason", DayRefusal)
def test_every_refusal_has_a_sentence(reason):
    assert DayRefused(reason, "2026-11-22").sentence.endswith("(2026-11-22)")
    assert DayRefused(reason).sentence
