import json
import random
from dataclasses import replace

import pytest

from gateway.bits import crc16_modbus, swapped16
from gateway.codecs.sts.block import with_class
from gateway.codecs.sts.cipher import encrypt, key_schedule
from gateway.codecs.sts.digits import digits_of
from gateway.codecs.sts.seal import credit_token
from gateway.core.token import StsIdentity
from gateway.simulators.meter import Accepted, Rejected, RejectedWhy, VirtualMeter

KEY = bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3")
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)


def meter():
    return VirtualMeter(IDENTITY, KEY)


def token(tid, tenths=10, subclass=0, key=KEY):
    return credit_token(key_schedule(key), subclass=subclass, tid=tid, rnd=5, amount_tenths=tenths)


def test_a_token_adds_its_energy():
    bought = meter()
    assert bought.enter(token(100, tenths=2523)) == Accepted(energy_wh=252_300, credit_wh=252_300)
    assert bought.enter(token(101, tenths=1)) == Accepted(energy_wh=100, credit_wh=252_400)


def test_a_published_token_is_taken():
    # STS531-1-11 ed 2.2, CTSA01.1: 0.1 kWh, issued 2014-03-01 13:00.
    assert meter().enter("58625789986991357486") == Accepted(energy_wh=100, credit_wh=100)


def test_a_token_typed_in_groups_is_taken():
    assert isinstance(meter().enter("5862 5789 9869 9135 7486"), Accepted)


def test_a_token_is_taken_once():
    bought = meter()
    bought.enter(token(100))
    assert bought.enter(token(100)) == Rejected(RejectedWhy.USED)
    assert bought.credit_wh == 1000


def test_tokens_may_come_in_any_order():
    bought = meter()
    tids = list(range(2000, 2050))
    random.Random(7).shuffle(tids)
    assert all(isinstance(bought.enter(token(tid)), Accepted) for tid in tids)
    assert bought.credit_wh == 50_000


def test_each_of_the_last_fifty_is_known_as_used():
    bought = meter()
    for tid in range(2000, 2060):
        bought.enter(token(tid))
    assert {bought.enter(token(tid)).why for tid in range(2010, 2060)} == {RejectedWhy.USED}


def test_a_token_before_the_fifty_kept_is_old():
    bought = meter()
    for tid in range(2000, 2051):
        bought.enter(token(tid))
    assert bought.enter(token(2000)) == Rejected(RejectedWhy.OLD)
    assert bought.enter(token(1)) == Rejected(RejectedWhy.OLD)


@pytest.mark.parametrize("text", ["", "1", "9" * 20, "5862578998699135748x", "5" * 21])
def test_what_is_no_token_is_rejected_for_its_form(text):
    assert meter().enter(text) == Rejected(RejectedWhy.FORMAT)


def test_the_token_of_another_meter_is_rejected():
    assert meter().enter(token(100, key=bytes(16))) == Rejected(RejectedWhy.WRONG_KEY)


@pytest.mark.parametrize("subclass", [1, 2, 3])
def test_a_credit_for_water_gas_or_time_is_not_ours(subclass):
    assert meter().enter(token(100, subclass=subclass)) == Rejected(RejectedWhy.NOT_MINE)


def test_a_management_token_is_not_known():
    body = 5 << 40 | 100 << 16  # Class 2, subclass 0: RND, TID and a limit of 0 W.
    crc = swapped16(crc16_modbus(b"\x02" + body.to_bytes(6, "big")))
    limit = digits_of(with_class(2, encrypt(key_schedule(KEY), body << 16 | crc)))
    assert meter().enter(limit) == Rejected(RejectedWhy.UNSUPPORTED)


def test_a_meter_test_token_is_not_known():
    # CTSA11: class 1 is not enciphered.
    assert meter().enter("01152921513331042448") == Rejected(RejectedWhy.UNSUPPORTED)


def test_a_rejected_token_leaves_the_meter_as_it_was():
    bought = meter()
    bought.enter(token(100))
    before = bought.state()
    for text in (token(100), token(7, subclass=1), token(8, key=bytes(16)), "x"):
        bought.enter(text)
    assert bought.state() == before


def test_a_meter_outlives_a_power_cut():
    bought = meter()
    bought.enter(token(100))
    kept = json.loads(json.dumps(bought.state()))
    again = VirtualMeter.from_state(IDENTITY, KEY, kept)
    assert again.credit_wh == 1000
    assert again.enter(token(100)) == Rejected(RejectedWhy.USED)
    assert isinstance(again.enter(token(99)), Accepted)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"credit_wh": 1},
        {"credit_wh": -1, "tids": []},
        {"credit_wh": 1.5, "tids": []},
        {"credit_wh": 1, "tids": "12"},
        {"credit_wh": 1, "tids": [1, 1]},
        {"credit_wh": 1, "tids": [[]]},
        {"credit_wh": 1, "tids": [2**24]},
        {"credit_wh": 1, "tids": list(range(51))},
    ],
    ids=str,
)
def test_a_state_no_meter_can_have_is_refused(state):
    with pytest.raises(ValueError, match="the state of a meter"):
        VirtualMeter.from_state(IDENTITY, KEY, state)


def test_the_meter_and_its_state_show_no_key():
    shown = repr(meter()) + str(meter().state())
    assert KEY.hex() not in shown
    assert str(KEY) not in shown


def test_a_meter_of_another_algorithm_cannot_be_built():
    with pytest.raises(ValueError, match="algorithm 11 only"):
        VirtualMeter(replace(IDENTITY, ea="07"), KEY)
