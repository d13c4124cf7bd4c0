"""Reading a bank's message: amounts, references, traces, what is asked."""

from datetime import date
from itertools import product

import pytest

import schemas
from gateway.codecs.iso8583.message import Message
from gateway.core.money import Money
from gateway.endpoints.bank_profile import BankProfile, wire_amount
from gateway.endpoints.bank_request import (
    Asked,
    RequestFault,
    asked,
    digest_of,
    is_partial,
    meter_of,
    reference_of,
    tender_of,
    trace_of,
)
from tests.builders import drn, identity

TODAY = date(2026, 11, 23)


def profile(name: str = "default", **door) -> BankProfile:
    tables = schemas.load(f"iso8583/{name}.json")
    tables["door"] |= door
    return BankProfile.from_tables(tables)


def message(mti: str = "0200", **fields: str) -> Message:
    return Message(mti, {int(name[1:]): text for name, text in fields.items()})


@pytest.mark.parametrize("currency", ["360", "IDR"])
def test_an_amount_without_decimals_on_the_wire_is_worth_the_same_by_letters_and_digits(currency):
    bank = profile("altopay")
    assert tender_of(message(f4="000000050000", f49=currency), bank) == Money(5_000_000, "IDR")
    assert wire_amount(bank, Money(5_000_000, "IDR")) == 50_000


def test_an_amount_has_the_decimals_of_its_currency():
    bank = profile()
    assert tender_of(message(f4="000000010000", f49="156"), bank) == Money(10_000, "CNY")
    assert tender_of(message(f4="000000010000", f49="800"), bank) == Money(10_000, "UGX")


@pytest.mark.parametrize("fields", [{"f49": "156"}, {"f4": "0" * 12}, {"f4": "0" * 12, "f49": "000"}])
def test_an_amount_that_cannot_be_read_is_refused(fields):
    with pytest.raises(RequestFault, match="DE4"):
        tender_of(message(**fields), profile())


def test_a_meter_is_one_and_the_same_by_face_number_and_long_number():
    bank = profile()
    short = meter_of(message(f48=f"MT11{drn(1)}"), bank)
    assert short == meter_of(message(f48=f"MT18{identity(1).pan}"), bank)
    tender = Money(100, "CNY")
    assert digest_of(message(), bank, short, tender) != digest_of(message(), bank, short, Money(101, "CNY"))


def test_a_number_that_may_be_either_is_looked_for_as_both():
    ref = meter_of(message(f48=f"CN11{drn(1)}"), profile("altopay"))
    assert (ref.pan, ref.account_no) == (identity(1).pan, drn(1))


def test_a_reference_has_the_year_of_its_date():
    today = reference_of(message(f37="632704000001", f13="1123"), profile(), TODAY)
    assert today.text == "632704000001-2026-11-23"
    before = reference_of(message(f37="635404000001", f13="1231"), profile(), date(2027, 1, 1))
    assert before.text == "635404000001-2026-12-31"


def test_the_second_way_of_naming_never_meets_the_first():
    bank = profile(key_fields=[["37", "13"], ["11", "13"]])
    first = reference_of(message(f37="000077000000", f13="1123"), bank, TODAY)
    second = reference_of(message(f11="000077", f13="1123"), bank, TODAY)
    assert (first.is_best, second.is_best) == (True, False)
    assert second.text == "2~000077-2026-11-23"


def test_a_hyphen_inside_a_part_is_not_the_one_between_two():
    bank = profile(key_fields=[["41", "42", "13"]])
    texts = [
        reference_of(message(f41=one, f42=other, f13="1123"), bank, TODAY).text
        for one, other in [("A-23", "4"), ("A", "23-4"), ("A~", "23-4"), ("A~-23", "4")]
    ]
    found = [text.removesuffix("-2026-11-23") for text in texts]
    assert found == ["A~-23-4", "A-23-4", "A~~-23-4", "A~~~-23-4"]


def test_no_two_payments_share_a_reference_whatever_their_parts_hold():
    bank = profile(key_fields=[["41", "42"], ["42"]])
    texts = ["".join(text) for size in (1, 2, 3) for text in product("2A-~", repeat=size)]
    payments = [message(f41=one, f42=other) for one in texts for other in texts]
    found: dict[str, Message] = {}
    for payment in payments + [message(f42=text) for text in texts]:
        try:
            reference = reference_of(payment, bank, TODAY).text
        except RequestFault:
            continue
        assert found.setdefault(reference, payment) is payment


def test_a_reference_that_looks_like_one_of_the_second_way_is_refused():
    bank = profile(key_fields=[["41"], ["42"]])
    assert reference_of(message(f42="X"), bank, TODAY).text == "2~X"
    with pytest.raises(RequestFault, match="DE41: a reference must not begin with a number and ~"):
        reference_of(message(f41="2~X"), bank, TODAY)


@pytest.mark.parametrize("name", ["default", "binary87", "altopay"])
def test_the_keys_of_our_own_profiles_are_what_they_were(name):
    payment = message(f37="632712000003", f13="1123")
    assert reference_of(payment, profile(name), TODAY).text == "632712000003-2026-11-23"
    original = "0200" + "000003" + "1123040000" + "0" * 22
    of_trace = reference_of(message("0400", f90=original), profile(name), TODAY, original=True)
    assert of_trace.text == "2~000003-2026-11-23"


def test_a_trace_is_the_same_in_a_payment_and_in_its_reversal():
    bank = profile()
    of_payment = trace_of(message(f11="004711", f7="1123204512"), bank, TODAY)
    original = "0200" + "004711" + "1123204512" + "0" * 22
    assert of_payment == trace_of(message("0400", f90=original), bank, TODAY, original=True)
    assert trace_of(message("0400", f90="0" * 42), bank, TODAY, original=True) == ""


@pytest.mark.parametrize(
    ("amounts", "partial"),
    [
        ("", False),
        ("0" * 42, False),
        ("0" * 24 + "C00000000C00000000", False),
        ("000000004000" + "0" * 12 + "C00000000C00000000", True),
    ],
)
def test_a_reversal_is_partial_by_its_amounts_alone(amounts, partial):
    assert is_partial(message("0400", f95=amounts)) is partial


@pytest.mark.parametrize(
    ("mti", "code", "amount", "name", "what"),
    [
        ("0200", "500000", "000000010000", "default", Asked.PAYMENT),
        ("0100", "500000", "000000010000", "default", Asked.PAYMENT),
        ("0200", "310000", "000000000000", "default", Asked.INQUIRY),
        ("0200", "390000", "000000000000", "default", Asked.QUERY),
        ("0200", "370000", "000000000000", "altopay", Asked.INQUIRY),
        ("0200", "370000", "000000138983", "altopay", Asked.PAYMENT),
        ("0220", "370000", "000000138983", "altopay", Asked.ADVICE),
        ("0220", "370000", "000000000000", "altopay", Asked.NOTHING),
        ("0220", "200000", "000000010000", "default", Asked.NOTHING),
        ("0421", "500000", "000000010000", "default", Asked.REVERSAL),
        ("0500", "500000", "000000010000", "default", Asked.NOTHING),
    ],
)
def test_what_is_asked_stands_in_type_code_and_amount(mti, code, amount, name, what):
    assert asked(message(mti, f3=code, f4=amount), profile(name)) is what
