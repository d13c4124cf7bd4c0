from dataclasses import replace

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, StsIdentity
from gateway.core.token_order import KeyChangeOrder, TokenOrder
from gateway.simulators.meter import Accepted, VirtualMeter
from gateway.simulators.security_module import NameUsed, Trouble, VirtualSecurityModule

VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
# STS531-1-11 ed 2.2, CTSA01.1: 0.1 kWh, issued 2014-03-01 13:00, which is minute 85,740 of 2014.
CTSA01 = TokenOrder(IDENTITY, 0, 0, tid=85_740, rnd=5, value=1)
CTSA01_TOKEN = "58625789986991357486"
REVISION = KeyRevision("201457", 1, keeper=KeyKeeper.MODULE)


def module(now_us=0, **limits):
    return VirtualSecurityModule({replace(REVISION, **limits): VENDING_KEY}, Clock(), lambda: now_us)


def asked(coroutine):
    return Deferred.fromCoroutine(coroutine)


async def why_refused(virtual, order=CTSA01, name="n"):
    with pytest.raises(IssuerRefusal) as caught:
        await virtual.issue(name, order)
    return caught.value.why


@pytest_twisted.ensureDeferred
async def test_it_makes_the_published_token():
    assert await module().issue("n", CTSA01) == (CTSA01_TOKEN,)


@pytest_twisted.ensureDeferred
async def test_a_meter_takes_its_token():
    meter = VirtualMeter(IDENTITY, bytes.fromhex("929bd3a415c9420a05ec5ee9f3ce91c3"))
    (token,) = await module().issue("n", replace(CTSA01, value=2523))
    assert meter.enter(token) == Accepted(energy_wh=252_300, credit_wh=252_300)


@pytest_twisted.ensureDeferred
async def test_the_same_name_is_the_same_token_and_is_made_once():
    virtual = module()
    assert await virtual.issue("n", CTSA01) == await virtual.issue("n", CTSA01)
    assert [line.name for line in virtual.issued] == ["n"]


@pytest_twisted.ensureDeferred
async def test_another_order_under_a_used_name_is_refused():
    virtual = module()
    await virtual.issue("n", CTSA01)
    with pytest.raises(NameUsed):
        await virtual.issue("n", replace(CTSA01, value=2))
    assert len(virtual.issued) == 1


@pytest_twisted.ensureDeferred
async def test_what_was_made_is_fetched_by_its_name_and_what_was_not_is_not():
    virtual = module()
    assert await virtual.fetch("n") is None
    await virtual.issue("n", CTSA01)
    assert await virtual.fetch("n") == (CTSA01_TOKEN,)
    assert await virtual.fetch("m") is None


@pytest.mark.parametrize(("trouble", "made"), [(Trouble.LOST_ORDER, 0), (Trouble.LOST_ANSWER, 1)])
@pytest_twisted.ensureDeferred
async def test_a_lost_order_makes_nothing_and_a_lost_answer_hides_what_was_made(trouble, made):
    virtual = module()
    virtual.troubles = [trouble]
    with pytest.raises(ConnectionError):
        await virtual.issue("n", CTSA01)
    assert len(virtual.issued) == made
    assert await virtual.issue("n", CTSA01) == (CTSA01_TOKEN,)


@pytest_twisted.ensureDeferred
async def test_a_restart_loses_what_is_under_way_and_keeps_what_was_made():
    clock = Clock()
    virtual = VirtualSecurityModule({REVISION: VENDING_KEY}, clock, lambda: 0)
    virtual.latency_s = 2
    answer = asked(virtual.issue("n", CTSA01))
    clock.advance(1)
    virtual.restart()
    with pytest.raises(ConnectionError):
        await answer
    assert clock.getDelayedCalls() == []
    virtual.latency_s = 0
    assert await virtual.fetch("n") == (CTSA01_TOKEN,)


@pytest_twisted.ensureDeferred
async def test_it_takes_the_time_that_was_set():
    clock = Clock()
    virtual = VirtualSecurityModule({REVISION: VENDING_KEY}, clock, lambda: 0)
    virtual.latency_s = 0.2
    answer = asked(virtual.issue("n", CTSA01))
    clock.pump([0.1])
    assert len(virtual.issued) == 1
    assert not answer.called
    clock.pump([0.1])
    assert await answer == (CTSA01_TOKEN,)


@pytest_twisted.ensureDeferred
async def test_a_module_that_is_down_is_not_reached():
    virtual = module()
    virtual.stop()
    with pytest.raises(ConnectionError):
        await virtual.fetch("n")


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"ken": 0}, IssuerRefusalWhy.KEY_EXPIRED),
        ({"issue_until_us": 1_000}, IssuerRefusalWhy.ISSUE_ENDED),
        ({"active_from_us": 1_001}, IssuerRefusalWhy.NOT_BEGUN),
        ({"state": KeyState.PENDING}, IssuerRefusalWhy.NOT_APPROVED),
        ({"kt": 1}, IssuerRefusalWhy.OTHER_KEY),
        ({"krn": 2}, IssuerRefusalWhy.NO_KEY),
    ],
    ids=str,
)
@pytest_twisted.ensureDeferred
async def test_a_key_s_own_limits_are_enforced(limits, why):
    virtual = module(now_us=1_000, **limits)
    assert await why_refused(virtual) is why
    assert virtual.issued == ()


@pytest_twisted.ensureDeferred
async def test_a_key_issues_as_much_energy_as_it_may_and_a_repeat_counts_once():
    virtual = module(credit_limit_wh=250)
    for _ in range(3):
        await virtual.issue("first", CTSA01)
    await virtual.issue("second", replace(CTSA01, tid=85_741))
    assert await why_refused(virtual, replace(CTSA01, tid=85_742), "third") is IssuerRefusalWhy.LIMIT
    assert len(virtual.issued) == 2


@pytest.mark.parametrize(
    "order",
    [
        replace(CTSA01, token_class=2),
        replace(CTSA01, subclass=4),
        replace(CTSA01, identity=replace(IDENTITY, ea="07")),
        KeyChangeOrder(IDENTITY, replace(IDENTITY, ti="02"), ken=255),
    ],
    ids=["management", "currency", "EA07", "key change"],
)
@pytest_twisted.ensureDeferred
async def test_a_kind_it_does_not_make_is_refused(order):
    assert await why_refused(module(), order) is IssuerRefusalWhy.KIND


@pytest_twisted.ensureDeferred
async def test_too_much_for_one_token_is_refused():
    assert await why_refused(module(), replace(CTSA01, value=18_201_625)) is IssuerRefusalWhy.AMOUNT


@pytest_twisted.ensureDeferred
async def test_what_makes_the_digits_can_be_handed_in():
    pair = ("1" * 20, "2" * 20)
    virtual = VirtualSecurityModule({REVISION: VENDING_KEY}, Clock(), lambda: 0, lambda order, keys: pair)
    assert await virtual.issue("n", CTSA01) == pair


@pytest_twisted.ensureDeferred
async def test_it_shows_no_key_and_no_token():
    virtual = module()
    await virtual.issue("n", CTSA01)
    shown = repr(virtual) + repr(virtual.issued)
    assert "abab" not in shown
    assert "\\xab" not in shown
    assert CTSA01_TOKEN not in shown
