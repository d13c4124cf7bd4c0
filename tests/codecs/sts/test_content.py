"""Contents of every kind, sealed under both ciphers and opened again."""

import json
from datetime import datetime, timedelta
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
from gateway.codecs.sts.block import StsBlock, TokenFault, TokenFaultWhy, checked_block, with_class
from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.content import (
    CreditInCurrency,
    CreditInUnits,
    Management,
    MeterTest,
    OtherTest,
    content_of,
)
from gateway.codecs.sts.digits import digits_of
from gateway.codecs.sts.extended import Flag, Register, extended_of
from gateway.codecs.sts.key_section import (
    FirstSection,
    FourthSection,
    SecondSection,
    SgcSection,
    ThirdSection,
)
from gateway.codecs.sts.seal import opened, opened_block, sealed
from gateway.codecs.sts.sta import SAMPLE_TABLES

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
TESTS = [entry for entry in VECTORS if entry["kind"] == "class1"]
HERE = [entry for entry in VECTORS if entry["kind"] in ("credit", "mgmt", "currency")]
HERE = [entry for entry in HERE if entry["tables"] != "production"]
EXTENDED_READS = {0: "02305843009347914912", 0xFC0_0000_0000: "03440750115445279822"}

EA07 = cipher_of("07", bytes.fromhex("87f3ecbb2e46b48f"), SAMPLE_TABLES)
EA11 = cipher_of("11", bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3"))

rnds, tids, words = st.integers(0, 15), st.integers(0, 2**24 - 1), st.integers(0, 2**32 - 1)
fields = st.integers(0, 0xFFFF)
# Amounts that a token says exactly, so that they come back as they went in.
exact = fields.map(decode_amount)
money = st.builds(decode_currency, rnds, fields)

of_both = (
    st.builds(CreditInUnits, st.integers(0, 3), rnds, tids, exact)
    | st.builds(CreditInCurrency, st.integers(4, 7), tids, money)
    | st.builds(MeterTest, st.just(0), st.integers(0, 2**36 - 1), st.integers(0, 2**8 - 1))
    | st.builds(MeterTest, st.just(1), st.integers(0, 2**28 - 1), fields)
    | st.builds(OtherTest, st.integers(3, 15), st.integers(0, 2**44 - 1))
    | st.builds(Management, st.sampled_from((1, 2, 5, 7, 10)), rnds, tids, fields)
    | st.builds(Management, st.sampled_from((0, 6)), rnds, tids, exact)
    | st.builds(FirstSection, rnds, st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 3), words)
    | st.builds(SecondSection, rnds, st.integers(0, 99), words)
)
of_ea07 = of_both | st.builds(SgcSection, st.integers(0, 999_999))
of_ea11 = of_both | st.builds(ThirdSection, st.integers(0, 4095), words)
of_ea11 |= st.builds(FourthSection, st.integers(0, 4095), words)
sealed_tokens = st.tuples(of_ea07, st.just(EA07)) | st.tuples(of_ea11, st.just(EA11))


def cipher_for(entry):
    return cipher_of(entry["ea"], bytes.fromhex(entry["decoder_key"]), SAMPLE_TABLES)


def content_for(entry):
    base = datetime.fromisoformat(f"{entry['base_date']}-01-01")
    tid = (datetime.fromisoformat(entry["dt"]) - base) // timedelta(minutes=1)
    # The minute 00:01 is reserved: a token of that minute has the next id.
    tid += tid % 1440 == 1
    if entry["kind"] == "currency":
        return CreditInCurrency(entry["subclass"], tid, currency_units(Decimal(entry["amount"])))
    kind = CreditInUnits if entry["kind"] == "credit" else Management
    return kind(entry["subclass"], entry["rnd"], tid, entry["value"])


def test_there_are_published_tokens_of_both_ciphers():
    assert {entry["ea"] for entry in HERE} == {"07", "11"}


@pytest.mark.parametrize("entry", HERE, ids=lambda entry: entry["id"])
def test_a_content_has_its_published_digits(entry):
    assert sealed(content_for(entry), cipher_for(entry)) == entry["token"]


@pytest.mark.parametrize("entry", HERE, ids=lambda entry: entry["id"])
def test_published_digits_open_to_a_content_of_the_same_digits(entry):
    content = opened(entry["token"], cipher_for(entry))
    assert type(content) is type(content_for(entry))
    assert content.body == content_for(entry).body


@pytest.mark.parametrize("entry", TESTS, ids=lambda entry: entry["id"])
def test_a_meter_test_has_its_published_digits_and_needs_no_key(entry):
    content = MeterTest(entry["subclass"], int(entry["control"], 16), int(entry["mfr"]))
    assert sealed(content, None) == entry["token"]
    assert opened(entry["token"], None) == content


@pytest.mark.parametrize(("bits", "token"), list(EXTENDED_READS.items()))
def test_the_extended_reads_that_were_seen_are_made_and_read(bits, token):
    assert opened(token, None) == OtherTest(2, bits)
    assert sealed(OtherTest(2, bits), None) == token


def test_an_extended_read_that_was_never_seen_is_not_made():
    with pytest.raises(TokenFault) as caught:
        sealed(OtherTest(2, 1), None)
    assert caught.value.why is TokenFaultWhy.UNSEEN


@given(sealed_tokens)
def test_what_is_sealed_is_what_is_opened(sealed_token):
    content, cipher = sealed_token
    assert opened(sealed(content, cipher), cipher) == content


@given(sealed_tokens, st.integers(0, 19), st.integers(1, 9))
def test_a_wrong_digit_is_refused_or_says_something_else(sealed_token, place, by):
    content, cipher = sealed_token
    token = sealed(content, cipher)
    wrong = token[:place] + str((int(token[place]) + by) % 10) + token[place + 1 :]
    try:
        said = opened(wrong, cipher)
    except TokenFault:
        return
    # One wrong token in 65,536 has a right check sum by chance; it is another token then.
    assert said != content


@given(st.integers(0, AMOUNT_TENTHS_MAX), rnds, tids)
def test_a_credit_is_opened_with_what_it_carries(tenths, rnd, tid):
    said = opened(sealed(CreditInUnits(0, rnd, tid, tenths), EA11), EA11)
    assert said == CreditInUnits(0, rnd, tid, decode_amount(encode_amount(tenths)))


@given(st.integers(-CURRENCY_MAX, CURRENCY_MAX), tids)
def test_currency_is_opened_with_what_it_carries(units, tid):
    said = opened(sealed(CreditInCurrency(4, tid, units), EA11), EA11)
    assert said == CreditInCurrency(4, tid, decode_currency(*encode_currency(units)))


@given(of_both.filter(lambda content: content.token_class != 1))
def test_a_token_that_is_enciphered_needs_the_key(content):
    for act in (lambda: sealed(content, None), lambda: opened(sealed(content, EA11), None)):
        with pytest.raises(TokenFault) as caught:
            act()
        assert caught.value.why is TokenFaultWhy.KEY


@pytest.mark.parametrize(
    ("token_class", "subclass", "body", "why"),
    [
        *((0, subclass, 0, TokenFaultWhy.RESERVED) for subclass in range(8, 16)),
        *((2, subclass, 0, TokenFaultWhy.PROPRIETARY) for subclass in range(11, 16)),
        (2, 3, 0, TokenFaultWhy.VALUE),  # KRN 0
        (2, 3, 10 << 36, TokenFaultWhy.VALUE),  # KRN 10
        (2, 4, 100 << 32, TokenFaultWhy.VALUE),  # TI 100
        (3, 0, 0, TokenFaultWhy.RESERVED_CLASS),
    ],
)
def test_what_no_issuer_makes_is_refused_by_name(token_class, subclass, body, why):
    block = checked_block(token_class, subclass, body)
    with pytest.raises(TokenFault) as caught:
        opened(digits_of(with_class(token_class, EA11.encrypt(block))), EA11)
    assert caught.value.why is why


@pytest.mark.parametrize(
    ("subclass", "body", "why"),
    [
        (9, 0, TokenFaultWhy.RESERVED),
        (8, 1, TokenFaultWhy.PADDING),
        (8, 1_000_000 << 20, TokenFaultWhy.VALUE),
    ],
)
def test_an_ea07_meter_refuses_what_is_no_section_of_its_own(subclass, body, why):
    with pytest.raises(TokenFault) as caught:
        content_of(StsBlock(2, subclass, body >> 40, body >> 16 & 0xFFFFFF, body & 0xFFFF, 0), "07")
    assert caught.value.why is why


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: CreditInUnits(4, 0, 0, 1), TokenFaultWhy.SUBCLASS),
        (lambda: CreditInUnits(0, 16, 0, 1), TokenFaultWhy.FIELD),
        (lambda: CreditInUnits(0, 0, 2**24, 1), TokenFaultWhy.FIELD),
        (lambda: CreditInUnits(0, 0, 0, -1), TokenFaultWhy.AMOUNT),
        (lambda: CreditInCurrency(3, 0, 1), TokenFaultWhy.VALUE),
        (lambda: CreditInCurrency(4, -1, 1), TokenFaultWhy.FIELD),
        (lambda: CreditInCurrency(4, 0, CURRENCY_MAX + 1), TokenFaultWhy.CURRENCY),
        (lambda: Management(3, 0, 0, 0), TokenFaultWhy.VALUE),
        (lambda: Management(1, 0, 0, 0x10000), TokenFaultWhy.VALUE),
        (lambda: Management(0, 0, 0, AMOUNT_TENTHS_MAX + 1), TokenFaultWhy.AMOUNT),
        (lambda: MeterTest(0, 2**36, 0), TokenFaultWhy.VALUE),
        (lambda: MeterTest(1, 2**28, 0), TokenFaultWhy.VALUE),
        (lambda: MeterTest(0, 0, 256), TokenFaultWhy.VALUE),
        (lambda: MeterTest(2, 0, 0), TokenFaultWhy.VALUE),
        (lambda: OtherTest(1, 0), TokenFaultWhy.VALUE),
        (lambda: Register(63, 0), TokenFaultWhy.VALUE),
        (lambda: Register(0, 1024), TokenFaultWhy.VALUE),
        (lambda: Flag(512, is_set=True), TokenFaultWhy.VALUE),
    ],
    ids=range(18),
)
def test_what_has_no_place_in_a_token_is_refused(make, why):
    with pytest.raises(TokenFault) as caught:
        make()
    assert caught.value.why is why


@pytest.mark.parametrize(
    ("field16", "said"),
    [
        # CTSA24.1 to 24.4 of STS531-1-11: the sixteen bits as published.
        (64512, Flag(0, is_set=False)),
        (64513, Flag(0, is_set=True)),
        (0, Register(0, 0)),
        (123, Register(0, 123)),
        (0xFFFF, Flag(511, is_set=True)),
        (62 << 10 | 5, Register(62, 5)),
    ],
)
def test_an_extended_token_sets_a_register_or_a_flag(field16, said):
    assert extended_of(field16) == said
    assert said.field16 == field16


def test_a_watt_limit_is_written_as_an_amount_is():
    # The published limit of 18,201,624 W has all its bits set.
    assert Management(0, 5, 0, 18_201_624).field16 == 0xFFFF


def test_a_section_shows_no_part_of_the_key():
    section = FirstSection(15, 1, is_rolled=False, says_sgc=False, kt=2, key_part=0xDEADBEEF)
    shown = [repr(section), repr(SecondSection(15, 1, 0xDEADBEEF)), repr(ThirdSection(1, 0xDEADBEEF))]
    shown.append(repr(FourthSection(1, 0xDEADBEEF)))
    assert not any("3735928559" in text or "deadbeef" in text.lower() for text in shown)


def test_a_block_says_its_whole_body():
    token = sealed(OtherTest(7, 0xABC_1234_5678), None)
    assert opened_block(token, None).body == 0xABC_1234_5678
