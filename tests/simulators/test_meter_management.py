"""Tokens that set something in a meter, credits in other units, and meter tests."""

import pytest

from gateway.codecs.sts.block import checked_block, with_class
from gateway.codecs.sts.content import (
    CreditInCurrency,
    CreditInUnits,
    Management,
    MeterTest,
    OtherTest,
)
from gateway.codecs.sts.digits import digits_of
from gateway.codecs.sts.extended import Flag, Register
from gateway.codecs.sts.misty1 import key_schedule
from gateway.codecs.sts.seal import sealed
from gateway.core.token import StsIdentity
from gateway.core.token_order import CreditKind
from gateway.simulators.meter import Accepted, MeterKind, Rejected, RejectedWhy, VirtualMeter
from gateway.simulators.meter_answer import Added, Displayed
from gateway.simulators.meter_words import answer_text

KEY = bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3")
CIPHER = key_schedule(KEY)
IDENTITY = StsIdentity("600727370000000105", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
POWER, CLEAR, RATE, TAMPER, PHASE, WATER, EXTENDED = 0, 1, 2, 5, 6, 7, 10
ALL = 0xFFFF


def meter(**kind):
    return VirtualMeter(IDENTITY, KEY, MeterKind(**kind))


def managed(on, subclass, value, tid=1000):
    return on.enter(sealed(Management(subclass, 5, tid, value), CIPHER))


def credited(on, subclass=0, tid=500):
    return on.enter(sealed(CreditInUnits(subclass, 5, tid, 10), CIPHER))


@pytest.mark.parametrize(
    ("subclass", "value", "name"),
    [
        (POWER, 2000, "power_limit_w"),
        (PHASE, 500, "phase_unbalance_w"),
        (RATE, 77, "tariff_rate"),
    ],
)
def test_a_management_token_sets_what_it_says(subclass, value, name):
    bought = meter()
    assert managed(bought, subclass, value).done == Management(subclass, 5, 1000, value)
    assert getattr(bought.memory, name) == value


def test_a_limit_may_be_set_again_to_less():
    bought = meter()
    managed(bought, POWER, 2000, tid=1000)
    managed(bought, POWER, 100, tid=1001)
    assert bought.memory.power_limit_w == 100


def test_a_management_token_is_taken_once():
    bought = meter()
    managed(bought, POWER, 2000)
    assert managed(bought, POWER, 2000) == Rejected(RejectedWhy.USED)


@pytest.mark.parametrize("register", [0, ALL])
def test_credit_is_cleared(register):
    bought = meter()
    credited(bought)
    assert isinstance(managed(bought, CLEAR, register), Accepted)
    assert bought.credit_wh == 0
    assert credited(bought) == Rejected(RejectedWhy.USED)


@pytest.mark.parametrize("register", [1, 3, 4, 8, 0xFFFE])
def test_the_register_of_something_else_is_not_cleared(register):
    bought = meter()
    credited(bought)
    assert managed(bought, CLEAR, register) == Rejected(RejectedWhy.NOT_MINE)
    assert bought.credit_wh == 1000
    assert isinstance(managed(bought, CLEAR, 0), Accepted), "the refused token's id was kept"


def test_only_a_water_meter_has_a_factor():
    water = meter(service=CreditKind.WATER)
    assert isinstance(managed(water, WATER, 12), Accepted)
    assert water.memory.water_factor == 12
    assert managed(meter(), WATER, 12) == Rejected(RejectedWhy.NOT_MINE)


def test_extended_tokens_set_registers_and_flags():
    bought = meter()
    registers = [one.field16 for one in (Register(7, 123), Register(7, 5), Register(0, 1))]
    flags = [Flag(index, is_set).field16 for index, is_set in ((9, True), (3, True), (9, False))]
    for tid, one in enumerate(registers + flags, start=1):
        assert isinstance(managed(bought, EXTENDED, one, tid), Accepted)
    assert bought.memory.registers == ((0, 1), (7, 5))
    assert bought.memory.flags == (3,)


@pytest.mark.parametrize("service", list(CreditKind))
def test_a_meter_takes_the_credit_of_its_own_service_only(service):
    bought = meter(service=service)
    for subclass in range(4):
        is_taken = isinstance(credited(bought, subclass, 500 + subclass), Accepted)
        assert is_taken == (subclass == service.value)
    assert bought.credit == 1000


def test_a_credit_of_another_service_tells_what_was_added():
    assert credited(meter(service=CreditKind.GAS), 2) == Accepted(0, 0, Added(1000, 1000))


def paid(on, units, tid, subclass=4):
    return on.enter(sealed(CreditInCurrency(subclass, tid, units), CIPHER))


def test_a_meter_that_counts_currency_takes_no_units():
    bought = meter(counts_currency=True)
    assert credited(bought) == Rejected(RejectedWhy.NOT_MINE)
    assert paid(bought, 100_000, 501, subclass=5) == Rejected(RejectedWhy.NOT_MINE)
    assert paid(bought, 1, 502) == Accepted(0, 0, Added(1, 1))


def test_a_credit_in_currency_may_be_a_debt():
    bought = meter(counts_currency=True)
    paid(bought, 10, 1)
    assert paid(bought, -16, 2).done == Added(-16, -6)
    assert (bought.is_on, bought.use(1)) == (False, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_more_currency_than_64_bits_is_refused(sign):
    bought = meter(counts_currency=True)
    assert paid(bought, sign * 10**20, 1) == Rejected(RejectedWhy.TOO_MUCH)
    assert bought.credit == 0


def displayed(on, control, subclass=0, maker=0):
    return on.enter(sealed(MeterTest(subclass, control, maker), None))


def test_a_test_of_everything_shows_how_the_meter_stands():
    bought = meter()
    credited(bought)
    managed(bought, POWER, 2000)
    assert displayed(bought, (1 << 36) - 1).done == Displayed(
        (
            "credit 1.0 kWh",
            "relay closed",
            "power limit 2000 W",
            "tamper no",
            "SGC 201457",
            "KRN 1",
            "TI 01",
            "KEN 255",
        )
    )


def test_a_test_may_be_typed_again_and_again():
    bought = meter()
    before = bought.state()
    for _ in range(60):
        assert displayed(bought, 1 << 4).done == Displayed(("test 4",))
    assert bought.state() == before


@pytest.mark.parametrize(("subclass", "maker"), [(0, 0), (0, 37), (1, 0)])
def test_a_test_is_for_all_makers_or_ours(subclass, maker):
    assert isinstance(displayed(meter(), 2, subclass, maker), Accepted)


def test_a_test_for_another_makers_meters_is_not_ours():
    assert displayed(meter(), 2, 0, 38) == Rejected(RejectedWhy.NOT_MINE)


def test_an_extended_read_is_answered():
    assert isinstance(meter().enter(sealed(OtherTest(2, 0), None)), Accepted)


@pytest.mark.parametrize(("token_class", "subclass"), [(0, 8), (2, 11), (2, 15)])
def test_a_reserved_or_proprietary_kind_is_not_known(token_class, subclass):
    block = checked_block(token_class, subclass, 5 << 40 | 100 << 16)
    token = digits_of(with_class(token_class, CIPHER.encrypt(block)))
    assert meter().enter(token) == Rejected(RejectedWhy.UNSUPPORTED)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CreditInUnits(0, 5, 9, 123), "12.3 kWh"),
        (Management(POWER, 5, 9, 2000), "power limit 2000 W"),
        (Management(PHASE, 5, 9, 500), "phase unbalance limit 500 W"),
        (Management(CLEAR, 5, 9, ALL), "credit cleared"),
        (Management(RATE, 5, 9, 7), "tariff rate 7"),
        (Management(TAMPER, 5, 9, 0), "tamper cleared"),
        (Management(EXTENDED, 5, 9, Register(7, 123).field16), "register 7 is 123"),
        (Management(EXTENDED, 5, 9, Flag(3, is_set=True).field16), "flag 3 is set"),
        (Management(EXTENDED, 5, 9, Flag(3, is_set=False).field16), "flag 3 is cleared"),
        (MeterTest(1, 5, 0), "test 0, 2"),
        (OtherTest(2, 0), "test of the kind 2"),
    ],
    ids=str,
)
def test_the_display_says_what_a_token_did(content, said):
    bought = meter()
    assert answer_text(bought.enter(sealed(content, CIPHER)), bought.kind) == said


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ({"service": CreditKind.WATER}, CreditInUnits(1, 5, 9, 123), "12.3 m3 of water"),
        ({"service": CreditKind.WATER}, Management(WATER, 5, 9, 4), "water meter factor 4"),
        ({"service": CreditKind.TIME}, CreditInUnits(3, 5, 9, 1), "0.1 minutes"),
        ({"counts_currency": True}, CreditInCurrency(4, 9, 12_000), "0.12 of the currency, for electricity"),
        ({"counts_currency": True}, CreditInCurrency(4, 9, -1), "-0.00001 of the currency, for electricity"),
    ],
    ids=str,
)
def test_the_display_says_it_in_the_units_of_the_meter(kind, content, said):
    bought = meter(**kind)
    assert answer_text(bought.enter(sealed(content, CIPHER)), bought.kind) == said


def test_the_display_says_why_not():
    said = answer_text(Rejected(RejectedWhy.OLD), MeterKind())
    assert said == "this token is older than the meter remembers"
