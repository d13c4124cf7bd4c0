import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bits import luhn_digit
from gateway.core.meter_number import MeterNumber, MeterNumberFault, MeterNumberFaultWhy

FOREIGN_ZERO = "\N{ARABIC-INDIC DIGIT ZERO}"
stems = st.sampled_from([10, 12]).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))
drns = stems.map(lambda stem: stem + luhn_digit(stem))


@pytest.mark.parametrize(
    ("drn", "pan"),
    # The MeterPANs of the published compliance tests (STS531-1).
    [
        ("00000000000", "600727000000000009"),
        ("11111111115", "600727111111111153"),
        ("0100000000008", "000001000000000082"),
    ],
)
def test_a_drn_has_its_published_pan(drn, pan):
    assert MeterNumber.parse(drn).pan == pan
    assert MeterNumber.parse(pan).drn == drn


@given(drns)
def test_the_long_form_names_the_same_meter(drn):
    number = MeterNumber.parse(drn)
    assert len(number.pan) == 18
    assert MeterNumber.parse(number.pan) == number


def test_spaces_between_the_digits_do_not_matter():
    assert MeterNumber.parse(" 1111 1111 115 ") == MeterNumber.parse("11111111115")


def why_of(text):
    with pytest.raises(MeterNumberFault) as caught:
        MeterNumber.parse(text)
    return caught.value.why


@pytest.mark.parametrize(
    "text", ["", "1", "1111111111", "111111111111", "6007271111111111", "1" * 19, " " * 41]
)
def test_a_wrong_count_of_digits_is_refused(text):
    assert why_of(text) in (MeterNumberFaultWhy.LENGTH, MeterNumberFaultWhy.DIGITS)


def test_ten_digits_are_told_to_be_counted():
    assert why_of("1111111111") is MeterNumberFaultWhy.LENGTH


@pytest.mark.parametrize("text", ["1111111111A", "1111-1111-115", FOREIGN_ZERO * 11, "11111111115\n"])
def test_anything_but_digits_is_refused(text):
    assert why_of(text) is MeterNumberFaultWhy.DIGITS


@pytest.mark.parametrize("text", ["12345678904", "11111111113"])
def test_the_numbers_of_ctsa17_are_refused_for_their_check_digit(text):
    assert why_of(text) is MeterNumberFaultWhy.DRN_CHECK


def test_a_long_form_with_a_wrong_last_digit_is_refused():
    assert why_of("600727111111111154") is MeterNumberFaultWhy.PAN_CHECK


def test_a_long_form_around_a_wrong_meter_number_is_refused():
    payload = "600727" + "12345678904"
    assert why_of(payload + luhn_digit(payload)) is MeterNumberFaultWhy.DRN_CHECK


def test_the_long_form_of_another_issuer_is_refused():
    payload = "400727" + "11111111115"
    assert why_of(payload + luhn_digit(payload)) is MeterNumberFaultWhy.ISSUER


def test_the_refusal_tells_the_cure_and_not_the_number():
    with pytest.raises(MeterNumberFault, match="compare it with the meter") as caught:
        MeterNumber.parse("12345678904")
    assert "12345678904" not in str(caught.value)
