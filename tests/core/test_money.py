"""Money is whole minor units of one currency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.money import (
    CURRENCY_EXPONENT,
    CURRENCY_LETTERS,
    CURRENCY_NUMERIC,
    MINOR_LIMIT,
    CurrencyMismatch,
    Money,
    MoneyFault,
)

MINOR = st.integers(-(10**12), 10**12)
CURRENCY = st.sampled_from(sorted(CURRENCY_EXPONENT))


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "CNY", 1250),
        ("12.5", "CNY", 1250),
        ("12", "CNY", 1200),
        ("-0.05", "CNY", -5),
        ("20000", "UGX", 20000),
        ("1.234", "KWD", 1234),
        ("7", "JPY", 7),
    ],
)
def test_text_becomes_minor_units_by_the_currency(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "5.",
        ".5",
        "1,000.00",
        "+5",
        " 5",
        "5 ",
        "1e3",
        "NaN",
        "--5",
        "\u0665",
        "0x10",
        "1_000",
        "12.505",
        "12.500",
        "9" * 30,
    ],
)
def test_text_that_is_no_amount_is_refused(text):
    with pytest.raises(MoneyFault):
        Money.parse(text, "CNY")


def test_a_decimal_in_a_currency_without_decimals_is_refused():
    with pytest.raises(MoneyFault, match="UGX has 0"):
        Money.parse("20000.0", "UGX")


def test_an_unknown_currency_is_refused():
    with pytest.raises(MoneyFault, match="unknown currency"):
        Money(1, "XYZ")


@pytest.mark.parametrize("minor", [True, 1.0, "1", None])
def test_only_a_plain_integer_is_an_amount(minor):
    with pytest.raises(TypeError):
        Money(minor, "CNY")


@pytest.mark.parametrize("minor", [MINOR_LIMIT + 1, -MINOR_LIMIT - 1])
def test_an_amount_that_no_ledger_column_holds_is_refused(minor):
    with pytest.raises(MoneyFault):
        Money(minor, "CNY")


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "CNY"), "CNY 12.50"),
        (Money(-5, "CNY"), "CNY -0.05"),
        (Money(7, "JPY"), "JPY 7"),
        (Money(0, "CNY"), "CNY 0.00"),
        (Money(5, "KWD"), "KWD 0.005"),
    ],
)
def test_money_is_written_with_all_its_minor_digits(money, text):
    assert str(money) == text


@given(MINOR, CURRENCY)
def test_what_is_written_is_read_back(minor, currency):
    money = Money(minor, currency)
    assert Money.parse(money.text(), currency) == money


@pytest.mark.parametrize(
    "meet",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
    ],
)
def test_two_currencies_never_meet(meet):
    with pytest.raises(CurrencyMismatch):
        meet(Money(1, "CNY"), Money(1, "USD"))


def test_the_same_number_in_two_currencies_is_not_the_same_money():
    assert Money(1, "CNY") != Money(1, "USD")


@given(MINOR, MINOR)
def test_sums_differences_and_order_are_those_of_the_numbers(one, two):
    first, second = Money(one, "CNY"), Money(two, "CNY")
    assert (first + second).minor == one + two
    assert first - second == first + -second
    assert (first < second, first <= second, first > second, first >= second) == (
        one < two,
        one <= two,
        one > two,
        one >= two,
    )


@given(MINOR, st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_the_parts_of_a_split_sum_to_the_whole(minor, weights):
    parts = Money(minor, "CNY").split(weights)
    assert sum(part.minor for part in parts) == minor


@given(MINOR, st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_no_part_is_a_whole_minor_unit_off_its_share(minor, weights):
    total = sum(weights)
    for part, weight in zip(Money(minor, "CNY").split(weights), weights, strict=True):
        assert abs(part.minor * total - minor * weight) < total


def test_the_remainder_goes_to_the_largest_loss_and_then_to_the_earlier_part():
    assert [part.minor for part in Money(100, "CNY").split([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Money(10, "CNY").split([1, 2])] == [3, 7]
    assert [part.minor for part in Money(-100, "CNY").split([1, 1, 1])] == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1] * 1001])
def test_weights_that_divide_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        Money(1, "CNY").split(weights)


@pytest.mark.parametrize(
    ("numeric", "letters"), [("156", "CNY"), ("360", "IDR"), ("710", "ZAR"), ("008", "ALL")]
)
def test_the_three_digits_of_a_bank_message_name_the_currency(numeric, letters):
    assert CURRENCY_LETTERS[numeric] == letters
    assert CURRENCY_NUMERIC[letters] == numeric


def test_no_two_currencies_share_their_digits():
    assert len(CURRENCY_LETTERS) == len(CURRENCY_EXPONENT)
