from dataclasses import replace

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from adapters.keys.module import ASKED_MAX, DEADLINE_S, ModuleTokens, name_of
from gateway.core.key_ring import KeyKeeper, KeyRevision
from gateway.core.token import IssuerRefusal, IssuerRefusalWhy, StsIdentity
from gateway.core.token_order import KeyChangeOrder, TokenOrder
from gateway.simulators.security_module import Trouble, VirtualSecurityModule

VENDING_KEY = bytes.fromhex("abababababababab949494949494949401234567")
IDENTITY = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
ORDER = TokenOrder(IDENTITY, 0, 0, tid=6_000_000, rnd=5, value=256)
REVISION = KeyRevision("201457", 1, keeper=KeyKeeper.MODULE)


class Rig:
    """A module on a clock that stands still, and the one who asks it."""

    def __init__(self):
        self.clock = Clock()
        self.module = VirtualSecurityModule({REVISION: VENDING_KEY}, self.clock, now_us=lambda: 0)
        self.tokens = ModuleTokens(self.module, self.clock)

    def ask(self, order=ORDER):
        return Deferred.fromCoroutine(self.tokens.tokens(order))

    def pass_time(self, seconds=DEADLINE_S):
        self.clock.pump([0.25] * int(seconds * 4))


@pytest_twisted.ensureDeferred
async def test_an_order_becomes_its_token():
    # The published token of this order's key is proved in test_keyed_issuer; here it is one, and made once.
    rig = Rig()
    (token,) = await rig.ask()
    assert [line.tokens for line in rig.module.issued] == [(token.reveal(),)]


@pytest.mark.parametrize("trouble", Trouble)
@pytest_twisted.ensureDeferred
async def test_a_lost_message_costs_a_second_try_and_no_second_token(trouble):
    rig = Rig()
    rig.module.troubles = [trouble, trouble]
    asked = rig.ask()
    rig.pass_time()
    (token,) = await asked
    assert [line.tokens for line in rig.module.issued] == [(token.reveal(),)]


@pytest_twisted.ensureDeferred
async def test_after_a_crash_the_same_order_finds_its_token():
    rig = Rig()
    (before,) = await rig.ask()
    (after,) = await Deferred.fromCoroutine(ModuleTokens(rig.module, rig.clock).tokens(ORDER))
    assert before == after
    assert len(rig.module.issued) == 1


@pytest_twisted.ensureDeferred
async def test_a_module_that_is_down_is_unreachable_at_the_deadline():
    rig = Rig()
    rig.module.stop()
    asked = rig.ask()
    rig.pass_time(DEADLINE_S - 1)
    assert not asked.called
    rig.pass_time(2)
    with pytest.raises(IssuerRefusal) as caught:
        await asked
    assert caught.value.why is IssuerRefusalWhy.UNREACHABLE
    assert rig.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_a_module_that_answers_too_late_is_asked_again_by_the_same_name():
    rig = Rig()
    rig.module.latency_s = 20
    asked = rig.ask()
    rig.pass_time(3)
    rig.module.latency_s = 0
    rig.pass_time(5)
    (token,) = await asked
    assert [line.tokens for line in rig.module.issued] == [(token.reveal(),)]


@pytest_twisted.ensureDeferred
async def test_a_restart_of_the_module_loses_no_order():
    rig = Rig()
    rig.module.latency_s = 1
    asked = rig.ask()
    for _ in range(5):
        rig.pass_time(0.5)
        rig.module.restart()
    rig.pass_time(9)
    (token,) = await asked
    assert [line.tokens for line in rig.module.issued] == [(token.reveal(),)]


@pytest_twisted.ensureDeferred
async def test_what_the_module_refuses_is_refused_at_once():
    rig = Rig()
    with pytest.raises(IssuerRefusal) as caught:
        await rig.ask(replace(ORDER, identity=replace(IDENTITY, krn=2)))
    assert caught.value.why is IssuerRefusalWhy.NO_KEY


@pytest_twisted.ensureDeferred
async def test_an_answer_without_tokens_is_a_fault_of_the_module():
    rig = Rig()

    async def nothing(name, order):
        return ()

    rig.module.issue = nothing  # type: ignore[method-assign]  # a module out of its mind
    with pytest.raises(ValueError, match="0 tokens"):
        await rig.ask()


@pytest_twisted.ensureDeferred
async def test_more_orders_than_may_be_there_at_once_wait_and_their_deadlines_run():
    rig = Rig()
    rig.module.latency_s = 1
    orders = [replace(ORDER, tid=ORDER.tid + at) for at in range(2 * ASKED_MAX)]
    asked = [rig.ask(order) for order in orders]
    rig.pass_time(2)
    assert len(rig.module.issued) == ASKED_MAX
    rig.pass_time()
    made = [(await one)[0].reveal() for one in asked]
    assert [line.tokens[0] for line in rig.module.issued] == made
    rig.module.stop()
    late = [rig.ask(order) for order in orders]
    rig.pass_time(DEADLINE_S + 1)
    for one in late:
        with pytest.raises(IssuerRefusal):
            await one
    assert rig.clock.getDelayedCalls() == []
    rig.module.restart()
    rig.module.latency_s = 0
    assert await rig.ask()


def test_an_order_s_name_is_for_ever():
    # printf '1|token|600727000000000009|201457|1|01|11|2|2014|0|0|6000000|5|256' | sha256sum | cut -c1-32
    assert name_of(ORDER) == "3996221c868e402ccf5bc30036eec91c"


@pytest.mark.parametrize(
    "change",
    [
        {"tid": 6_000_001},
        {"rnd": 6},
        {"value": 257},
        {"subclass": 1},
        {"identity": replace(IDENTITY, ti="02")},
    ],
    ids=str,
)
def test_another_order_has_another_name(change):
    assert name_of(replace(ORDER, **change)) != name_of(ORDER)


def test_a_meter_marked_for_tests_later_gets_no_second_token():
    assert name_of(replace(ORDER, is_test=True)) == name_of(ORDER)


def test_a_key_change_is_named_by_both_keys():
    change = KeyChangeOrder(IDENTITY, replace(IDENTITY, krn=2), ken=255)
    others = [change, replace(change, ken=254), replace(change, new=replace(IDENTITY, krn=3))]
    assert len({name_of(order) for order in others}) == 3
