import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.codecs.sts.cipher import TablesMissing, cipher_of
from gateway.codecs.sts.content import CreditInCurrency, CreditInUnits, Management
from gateway.codecs.sts.misty1 import key_schedule
from gateway.codecs.sts.seal import credit_token, sealed
from gateway.codecs.sts.sta import SAMPLE_TABLES
from gateway.core.token import StsIdentity
from gateway.simulators.meter import Accepted, MeterKind, Rejected, RejectedWhy, VirtualMeter

KEY = bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3")
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)


def meter():
    return VirtualMeter(IDENTITY, KEY)


def token(tid, tenths=10, subclass=0, key=KEY):
    return credit_token(key_schedule(key), subclass=subclass, tid=tid, rnd=5, amount_tenths=tenths)


TOKENS = [token(tid) for tid in range(71)]


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


def test_a_credit_in_currency_is_not_ours():
    paid = sealed(CreditInCurrency(4, 100, 100_000), key_schedule(KEY))
    assert meter().enter(paid) == Rejected(RejectedWhy.NOT_MINE)


def test_an_id_is_of_credit_and_management_alike():
    bought = meter()
    bought.enter(token(100))
    limit = sealed(Management(0, 5, 100, 2000), key_schedule(KEY))
    assert bought.enter(limit) == Rejected(RejectedWhy.USED)


def test_an_id_before_fifty_that_were_kept_is_still_new():
    bought = meter()
    for tid in range(2000, 2049):
        bought.enter(token(tid))
    assert isinstance(bought.enter(token(1)), Accepted)
    assert bought.enter(token(0)) == Rejected(RejectedWhy.OLD)


@given(st.lists(st.integers(0, 70), max_size=200))
def test_no_order_and_no_repeats_give_a_credit_twice(tids):
    bought = meter()
    taken = [tid for tid in tids if isinstance(bought.enter(TOKENS[tid]), Accepted)]
    assert len(set(taken)) == len(taken)
    assert bought.credit_wh == 1000 * len(taken)
    assert set(taken) == set(tids) or len(taken) >= 50, "an id was refused though all could be remembered"


def test_more_than_the_register_holds_is_refused_and_not_wrapped():
    bought = meter()
    # The greatest amount of a token, 1,820,162.4 kWh, twice; 32 bits of Wh do not hold a third.
    for tid in (1, 2):
        assert isinstance(bought.enter(token(tid, tenths=18_201_624)), Accepted)
    assert bought.enter(token(3, tenths=18_201_624)) == Rejected(RejectedWhy.TOO_MUCH)
    assert bought.credit_wh == 2 * 1_820_162_400
    bought.use(1_820_162_400)
    assert isinstance(bought.enter(token(3, tenths=18_201_624)), Accepted)


def test_use_burns_credit_until_the_relay_opens():
    bought = meter()
    bought.enter(token(100, tenths=10))
    assert (bought.use(400), bought.credit_wh, bought.is_on) == (400, 600, True)
    assert (bought.use(700), bought.credit_wh, bought.is_on) == (600, 0, False)
    assert bought.use(1) == 0


def test_a_meter_gives_nothing_back():
    with pytest.raises(ValueError, match="0 or more"):
        meter().use(-1)


def test_who_opens_the_cover_is_without_power_until_a_token_clears_it():
    bought = meter()
    bought.enter(token(100))
    bought.tamper()
    assert (bought.use(1), bought.is_on) == (0, False)
    bought.enter(sealed(Management(5, 5, 101, 0), key_schedule(KEY)))
    assert (bought.use(1), bought.is_on) == (1, True)


@pytest.mark.parametrize("ken", [0, 85, 254])
def test_a_key_ends_with_the_upper_eight_bits_of_the_token_id(ken):
    lasting = VirtualMeter(IDENTITY, KEY, MeterKind(ken=ken))
    last = (ken + 1 << 16) - 1
    assert isinstance(lasting.enter(token(last)), Accepted)
    assert lasting.enter(token(last + 1)) == Rejected(RejectedWhy.KEY_EXPIRED)
    limit = sealed(Management(0, 5, last + 1, 2000), key_schedule(KEY))
    assert lasting.enter(limit) == Rejected(RejectedWhy.KEY_EXPIRED)


@pytest.mark.parametrize("year", [1993, 2035])
def test_a_base_date_that_only_the_seller_knows_changes_nothing(year):
    ids = [100, 99, 101]
    answers = [VirtualMeter(replace(IDENTITY, base_date=year), KEY).enter(token(tid)) for tid in ids]
    assert all(isinstance(answer, Accepted) for answer in answers)


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


GOOD = VirtualMeter(IDENTITY, KEY).state()


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit": -1},
        {"credit": 2**32},
        {"credit": 1.5},
        {"credit": True},
        {"tids": "12"},
        {"tids": [1, 1]},
        {"tids": [2, 1]},
        {"tids": [[]]},
        {"tids": [2**24]},
        {"tids": list(range(51))},
        {"power_limit_w": -1},
        {"power_limit_w": 18_201_625},
        {"tariff_rate": 2**16},
        {"water_factor": "1"},
        {"is_tampered": 0},
        {"registers": [1]},
        {"registers": [[1, 1024]]},
        {"registers": [[63, 0]]},
        {"registers": [[1, 0], [1, 1]]},
        {"registers": [[1, 0, 0]]},
        {"flags": [512]},
        {"flags": None},
        {"more": 1},
    ],
    ids=str,
)
def test_a_state_no_meter_can_have_is_refused(wrong):
    with pytest.raises(ValueError, match="the state of a meter"):
        VirtualMeter.from_state(IDENTITY, KEY, GOOD | wrong)


@pytest.mark.parametrize("missing", list(GOOD))
def test_a_state_with_a_part_missing_is_refused(missing):
    with pytest.raises(ValueError, match="the state of a meter"):
        VirtualMeter.from_state(IDENTITY, KEY, {name: GOOD[name] for name in GOOD if name != missing})


def test_the_meter_and_its_state_show_no_key():
    shown = repr(meter()) + str(meter().state())
    assert KEY.hex() not in shown
    assert str(KEY) not in shown


def test_a_meter_of_ea07_needs_its_tables():
    with pytest.raises(TablesMissing):
        VirtualMeter(replace(IDENTITY, ea="07"), KEY[:8])


def test_a_token_under_other_tables_is_refused_as_one_of_another_key():
    mine, other = SAMPLE_TABLES, replace(SAMPLE_TABLES, s1=SAMPLE_TABLES.s2, s2=SAMPLE_TABLES.s1)
    identity = replace(IDENTITY, ea="07")
    bought = VirtualMeter(identity, KEY[:8], MeterKind(tables=mine))
    tokens = [sealed(CreditInUnits(0, 5, 9, 10), cipher_of("07", KEY[:8], one)) for one in (other, mine)]
    assert bought.enter(tokens[0]) == Rejected(RejectedWhy.WRONG_KEY)
    assert bought.enter(tokens[1]) == Accepted(energy_wh=1000, credit_wh=1000)
