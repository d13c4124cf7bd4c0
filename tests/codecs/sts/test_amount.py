import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.amount import (
    AMOUNT_TENTHS_MAX,
    CURRENCY_MAX,
    currency_units,
    decode_amount,
    decode_currency,
    encode_amount,
    encode_currency,
)
from gateway.codecs.sts.block import TokenFault, TokenFaultWhy

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
CURRENCY = [entry for entry in VECTORS if entry["kind"] == "currency"]

amounts = st.integers(0, AMOUNT_TENTHS_MAX)
# Magnitudes of every size, since evenly drawn ones would all have the greatest exponent.
sizes = st.integers(0, 35).flatmap(lambda digits: st.integers(0, 10**digits))
money = st.builds(lambda size, sign: min(size, CURRENCY_MAX) * sign, sizes, st.sampled_from((1, -1)))


@pytest.mark.parametrize(
    ("tenths", "field16"),
    [
        (1, 0x0001),
        (256, 0x0100),
        (16_383, 0x3FFF),
        (16_384, 0x4000),
        (20_000, 0x416A),
        (180_223, 0x8000),
        (1_818_624, 0xC000),
        (18_201_624, 0xFFFF),
    ],
)
def test_an_amount_has_its_published_field(tenths, field16):
    assert encode_amount(tenths) == field16


@given(amounts)
def test_an_amount_is_never_rounded_down(tenths):
    assert decode_amount(encode_amount(tenths)) >= tenths


@given(amounts)
def test_an_amount_is_rounded_by_less_than_one_step(tenths):
    field16 = encode_amount(tenths)
    assert field16 == 0 or decode_amount(field16 - 1) < tenths


@given(st.integers(0, 0xFFFF))
def test_every_field_is_the_field_of_its_amount(field16):
    assert encode_amount(decode_amount(field16)) == field16


@pytest.mark.parametrize("tenths", [-1, AMOUNT_TENTHS_MAX + 1])
def test_an_amount_no_token_can_carry_is_refused(tenths):
    with pytest.raises(TokenFault) as caught:
        encode_amount(tenths)
    assert caught.value.why is TokenFaultWhy.AMOUNT


@pytest.mark.parametrize("entry", CURRENCY, ids=lambda entry: entry["id"])
def test_an_amount_of_currency_has_its_published_field(entry):
    published = entry["s_and_e"], int(entry["field16"], 16)
    assert encode_currency(currency_units(Decimal(entry["amount"]))) == published


@given(money)
def test_currency_is_never_rounded_down(units):
    assert decode_currency(*encode_currency(units)) >= units


@given(money)
def test_currency_is_rounded_by_less_than_one_step(units):
    s_and_e, field16 = encode_currency(units)
    exponent = (s_and_e & 7) << 2 | field16 >> 14
    assert decode_currency(s_and_e, field16) - units < 10**exponent


@given(st.integers(0, 15), st.integers(0, 0xFFFF))
def test_every_field_of_currency_is_the_field_of_its_amount(s_and_e, field16):
    units = decode_currency(s_and_e, field16)
    is_minus_nothing = units == 0 and s_and_e == 8
    assert encode_currency(units) == ((0, 0) if is_minus_nothing else (s_and_e, field16))


@pytest.mark.parametrize("units", [CURRENCY_MAX + 1, -CURRENCY_MAX - 1, 10**40])
def test_more_currency_than_a_token_can_carry_is_refused(units):
    with pytest.raises(TokenFault) as caught:
        encode_currency(units)
    assert caught.value.why is TokenFaultWhy.CURRENCY


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1", 100_000),
        ("-1", -100_000),
        ("0.00001", 1),
        ("0.000001", 1),
        ("-0.000001", 0),
        ("12.345678", 1_234_568),
        ("-12.345678", -1_234_567),
        ("1.82044E+29", 182_044 * 10**29),
        ("18204499999999999999999999999999.00001", 18204499999999999999999999999999_00001),
    ],
)
def test_an_amount_becomes_hundred_thousandths_towards_plus_infinity(text, units):
    assert currency_units(Decimal(text)) == units


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1E+99999", "1E-99999"])
def test_what_is_no_amount_of_currency_is_refused(text):
    with pytest.raises(TokenFault) as caught:
        currency_units(Decimal(text))
    assert caught.value.why is TokenFaultWhy.CURRENCY
