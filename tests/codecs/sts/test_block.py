import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.amount import AMOUNT_TENTHS_MAX, encode_amount
from gateway.codecs.sts.block import (
    StsBlock,
    TokenFault,
    TokenFaultWhy,
    checked_block,
    parse_block,
    sts_crc,
    with_class,
    without_class,
)
from gateway.codecs.sts.seal import credit_block

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
CHECK_SUMS = [entry for entry in VECTORS if entry["kind"] == "crc"]

amounts = st.integers(0, AMOUNT_TENTHS_MAX)
credits_in_units = st.fixed_dictionaries(
    {
        "subclass": st.integers(0, 3),
        "rnd": st.integers(0, 15),
        "tid": st.integers(0, 2**24 - 1),
        "amount_tenths": amounts,
    }
)


@pytest.mark.parametrize("entry", CHECK_SUMS, ids=lambda entry: entry["id"])
def test_the_check_sum_is_the_published_one(entry):
    assert sts_crc(bytes.fromhex(entry["data"])) == int(entry["crc"], 16)


def test_the_published_worked_block_is_built():
    # The standard's worked example: 25.6 kWh, RND 11, issued 1996-03-25 13:55, base date 1993.
    assert credit_block(subclass=0, rnd=11, tid=0x19EB23, amount_tenths=256) == 0x0B19EB230100C207


def test_the_published_worked_block_takes_its_class():
    assert with_class(0, 0xC45ED1619406DF95) == 0x2C45ED1618406DF95


@given(credits_in_units)
def test_a_credit_block_says_what_was_put_in(fields):
    block = parse_block(0, credit_block(**fields))
    field16 = encode_amount(fields["amount_tenths"])
    assert block == StsBlock(0, fields["subclass"], fields["rnd"], fields["tid"], field16, block.crc)


@given(credits_in_units)
def test_the_check_sum_of_a_credit_is_that_of_its_octets(fields):
    block = credit_block(**fields)
    assert block & 0xFFFF == sts_crc(b"\x00" + (block >> 16).to_bytes(6, "big"))


@given(credits_in_units, st.integers(0, 63))
def test_one_wrong_bit_is_always_noticed(fields, bit):
    with pytest.raises(TokenFault) as caught:
        parse_block(0, credit_block(**fields) ^ 1 << bit)
    assert caught.value.why is TokenFaultWhy.CRC


@given(st.integers(0, 3), st.integers(0, 15), st.integers(0, 2**44 - 1))
def test_the_check_sum_of_any_block_is_that_of_its_octets(token_class, subclass, body):
    block = checked_block(token_class, subclass, body)
    octets = bytes((token_class,)) + (block >> 16).to_bytes(6, "big")
    is_currency = token_class == 0 and subclass in range(4, 8)
    assert block & 0xFFFF == sts_crc(octets + b"\x01" * is_currency)


def test_a_credit_in_currency_is_no_credit_in_units():
    block = checked_block(0, 4, 0x61AE7C0001)
    assert sts_crc(b"\x00" + (block >> 16).to_bytes(6, "big")) != block & 0xFFFF


def test_a_credit_block_is_no_management_block():
    with pytest.raises(TokenFault):
        parse_block(2, credit_block(subclass=0, rnd=5, tid=1, amount_tenths=1))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"subclass": 4}, TokenFaultWhy.SUBCLASS),
        ({"rnd": 16}, TokenFaultWhy.FIELD),
        ({"rnd": -1}, TokenFaultWhy.FIELD),
        ({"tid": 2**24}, TokenFaultWhy.FIELD),
        ({"tid": -1}, TokenFaultWhy.FIELD),
        ({"amount_tenths": -1}, TokenFaultWhy.AMOUNT),
    ],
    ids=str,
)
def test_what_does_not_fit_into_the_block_is_refused(wrong, why):
    with pytest.raises(TokenFault) as caught:
        credit_block(**({"subclass": 0, "rnd": 0, "tid": 0, "amount_tenths": 1} | wrong))
    assert caught.value.why is why


@given(st.integers(0, 3), st.integers(0, 2**64 - 1))
def test_the_class_is_taken_out_as_it_was_put_in(token_class, cipher):
    assert without_class(with_class(token_class, cipher)) == (token_class, cipher)


@given(st.integers(0, 3), st.integers(0, 2**64 - 1))
def test_a_token_has_66_bits(token_class, cipher):
    assert 0 <= with_class(token_class, cipher) < 2**66
