import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.block import TokenFault, TokenFaultWhy
from gateway.codecs.sts.digits import bits_of, digits_of

GREATEST = "73786976294838206463"


def test_the_published_worked_token_has_its_digits():
    assert digits_of(0x2C45ED1618406DF95) == "51043465443420856213"


def test_leading_zeros_are_kept():
    assert digits_of(7) == "00000000000000000007"


@given(st.integers(0, 2**66 - 1))
def test_the_digits_give_the_bits_back(token66):
    assert bits_of(digits_of(token66)) == token66


def test_the_greatest_token_is_66_ones():
    assert bits_of(GREATEST) == 2**66 - 1


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("", TokenFaultWhy.LENGTH),
        (GREATEST[1:], TokenFaultWhy.LENGTH),
        (GREATEST + "0", TokenFaultWhy.LENGTH),
        ("7378697629483820646x", TokenFaultWhy.DIGITS),
        ("+0000000000000000001", TokenFaultWhy.DIGITS),
        ("0000_0000_0000_00001", TokenFaultWhy.DIGITS),
        ("\N{ARABIC-INDIC DIGIT ZERO}" * 20, TokenFaultWhy.DIGITS),
        ("73786976294838206464", TokenFaultWhy.RANGE),
        ("9" * 20, TokenFaultWhy.RANGE),
    ],
)
def test_what_is_no_token_is_refused_before_it_is_deciphered(digits, why):
    with pytest.raises(TokenFault) as caught:
        bits_of(digits)
    assert caught.value.why is why


def test_more_than_66_bits_have_no_digits():
    with pytest.raises(TokenFault):
        digits_of(2**66)
