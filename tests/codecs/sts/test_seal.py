import json
from datetime import datetime
from pathlib import Path

import pytest

from gateway.codecs.sts.amount import decode_amount, encode_amount
from gateway.codecs.sts.block import TokenFault, TokenFaultWhy
from gateway.codecs.sts.digits import bits_of, digits_of
from gateway.codecs.sts.misty1 import key_schedule
from gateway.codecs.sts.seal import credit_token, open_token

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "sts.json").read_text())["vectors"]
EA11 = [entry for entry in VECTORS if entry.get("ea") == "11"]
CREDITS = [entry for entry in EA11 if entry["kind"] == "credit"]
MANAGEMENT = [entry for entry in EA11 if entry["kind"] == "mgmt"]
CURRENCY = [entry for entry in EA11 if entry["kind"] == "currency"]
SCHEDULE = key_schedule(bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3"))


def minutes(entry):
    civil = datetime.fromisoformat(entry["dt"])
    return int((civil - datetime.fromisoformat(f"{entry['base_date']}-01-01")).total_seconds()) // 60


def schedule_of(entry):
    return key_schedule(bytes.fromhex(entry["decoder_key"]))


@pytest.mark.parametrize("entry", CREDITS, ids=lambda entry: entry["id"])
def test_a_credit_has_its_published_digits(entry):
    token = credit_token(
        schedule_of(entry),
        subclass=entry["subclass"],
        tid=minutes(entry),
        rnd=entry["rnd"],
        amount_tenths=entry["value"],
    )
    assert token == entry["token"]


@pytest.mark.parametrize("entry", CREDITS, ids=lambda entry: entry["id"])
def test_a_published_credit_opens_to_what_was_sold(entry):
    block = open_token(schedule_of(entry), entry["token"])
    assert (block.token_class, block.subclass) == (0, entry["subclass"])
    assert (block.rnd, block.tid) == (entry["rnd"], minutes(entry))
    assert decode_amount(block.field16) == decode_amount(encode_amount(entry["value"]))


@pytest.mark.parametrize("entry", MANAGEMENT, ids=lambda entry: entry["id"])
def test_a_published_management_token_opens(entry):
    block = open_token(schedule_of(entry), entry["token"])
    assert (block.token_class, block.subclass, block.tid) == (2, entry["subclass"], minutes(entry))


@pytest.mark.parametrize("entry", CURRENCY, ids=lambda entry: entry["id"])
def test_a_published_currency_credit_opens(entry):
    block = open_token(schedule_of(entry), entry["token"])
    assert (block.subclass, block.tid) == (entry["subclass"], minutes(entry))
    assert (block.rnd, block.field16) == (entry["s_and_e"], int(entry["field16"], 16))


def test_a_token_under_another_key_has_a_wrong_check_sum():
    token = credit_token(SCHEDULE, subclass=0, tid=1, rnd=0, amount_tenths=1)
    with pytest.raises(TokenFault) as caught:
        open_token(key_schedule(bytes(16)), token)
    assert caught.value.why is TokenFaultWhy.CRC


@pytest.mark.parametrize("token_class", [1, 3])
def test_classes_that_are_not_enciphered_are_refused(token_class):
    token = credit_token(SCHEDULE, subclass=0, tid=1, rnd=0, amount_tenths=1)
    other = digits_of(bits_of(token) | token_class << 27)
    with pytest.raises(TokenFault) as caught:
        open_token(SCHEDULE, other)
    assert caught.value.why is TokenFaultWhy.CLASS


def test_a_fault_does_not_repeat_the_token():
    token = credit_token(SCHEDULE, subclass=0, tid=1, rnd=0, amount_tenths=1)
    with pytest.raises(TokenFault) as caught:
        open_token(key_schedule(bytes(16)), token)
    assert not any(digit in str(caught.value) for digit in "0123456789")
