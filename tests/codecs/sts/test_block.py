import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.block import (
    AMOUNT_TENTHS_MAX,
    StsBlock,
    TokenFault,
    TokenFaultWhy,
    credit_block,
    decode_amount,
    encode_amount,
    parse_block,
    sts_crc,
    with_class,
    without_class,
)

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
