import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bits import crc16_modbus, is_digits, luhn_digit, luhn_valid, swapped16

VECTORS = json.loads((Path(__file__).parent / "vectors" / "sts.json").read_text())["vectors"]
LUHN = [entry for entry in VECTORS if entry["kind"] == "luhn"]
LUHN_REJECT = [entry for entry in VECTORS if entry["kind"] == "luhn-reject"]

FOREIGN = "\N{ARABIC-INDIC DIGIT ONE}8"
digits = st.text("0123456789", min_size=1, max_size=30)


@pytest.mark.parametrize("entry", LUHN, ids=lambda entry: entry["id"])
def test_the_check_digit_is_the_published_one(entry):
    assert luhn_digit(entry["payload"]) == entry["check"]


@pytest.mark.parametrize("entry", LUHN_REJECT, ids=lambda entry: entry["id"])
def test_a_number_with_a_wrong_check_digit_is_not_valid(entry):
    assert not luhn_valid(entry["number"])


@given(digits)
def test_a_number_with_its_check_digit_is_valid(payload):
    assert luhn_valid(payload + luhn_digit(payload))


@given(digits, st.data())
def test_one_mistyped_digit_is_always_noticed(payload, data):
    number = payload + luhn_digit(payload)
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert not luhn_valid(number[:at] + other + number[at + 1 :])


@pytest.mark.parametrize("text", ["", "5", "12a4", FOREIGN, "1 8", "\N{SUPERSCRIPT TWO}3"])
def test_what_is_no_number_with_a_check_digit_is_not_valid(text):
    assert not luhn_valid(text)


@pytest.mark.parametrize("text", ["", "12a4", FOREIGN, "-18"])
def test_a_check_digit_of_anything_but_digits_is_refused(text):
    with pytest.raises(ValueError, match="decimal digits"):
        luhn_digit(text)


def test_the_crc_of_the_nine_digits_is_the_catalogued_one():
    # The check value of CRC-16/MODBUS in the catalogue of parametrised CRC algorithms.
    assert crc16_modbus(b"123456789") == 0x4B37


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_crc_may_be_taken_in_parts(head, tail):
    assert crc16_modbus(tail, start=crc16_modbus(head)) == crc16_modbus(head + tail)


def test_swapping_exchanges_the_two_octets():
    assert swapped16(0x12AB) == 0xAB12


@pytest.mark.parametrize("text", ["", "12a", " 12", "1.2", "-1", FOREIGN, "²"])
def test_what_is_no_decimal_digits_is_said_to_be_none(text):
    assert not is_digits(text)


def test_so_many_digits_are_so_many():
    assert [is_digits("201457", count) for count in (5, 6, 7)] == [False, True, False]
