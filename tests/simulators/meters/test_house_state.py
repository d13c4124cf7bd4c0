"""A house that lay in a file is the same afterwards, and nothing was used meanwhile."""

import json
from copy import deepcopy
from datetime import timedelta

import pytest
from twisted.internet.task import Clock

from gateway.core.token import StsIdentity
from gateway.simulators.meter import VirtualMeter
from gateway.simulators.meters.house_state import COUNTER_LEAP, plain, restore
from gateway.simulators.meters.load import HOME
from gateway.simulators.meters.meter_clock import shown_of
from gateway.simulators.meters.purse import Terms, TokenPurse, Wallet
from gateway.simulators.meters.registers import DISTURBED
from gateway.simulators.meters.relay import RelayState
from gateway.simulators.meters.tariff_times import TariffTimes
from tests.virtual_meters import BEGIN, house, local

CUSTOMER = "000000000007"


def lived(clock):
    """A house to which everything has happened."""
    wallet = Wallet(Terms())
    wallet.set_up(100_000, 0)
    of = house(clock, purse=wallet, curve=HOME, ppm=40, ahead_s=7)
    clock.advance(86_400 * 9 + 1234)
    of.buy(5000, 1, CUSTOMER, opens=True)
    of.open_cover()
    of.freeze("99999999")
    of.freeze("99990000")
    of.set_rates(lambda rates: rates.write(TariffTimes(tables=(((0, 3),),)), 1))
    of.set_rates(lambda rates: rates.switch(shown_of(local(2027, 1, 1)), of.shown))
    of.set_clock(of.shown + 90_000)
    of.order(RelayState.OPEN)
    of.password = "314159"
    of.rates.write_special(1, 20270206, 2)
    of.rates.special_count, of.rates.weekend = 2, (0x3E, 2)
    of.notes = {"04000403": b"A-17"}
    of.counter, of.heard = 17, 4
    return of


def fresh(clock):
    """One that begins now."""
    now = BEGIN + timedelta(seconds=clock.seconds())
    return house(clock, purse=Wallet(Terms()), curve=HOME, ppm=40, begin=now)


def test_it_is_the_same_afterwards():
    clock = Clock()
    before = lived(clock)
    state = json.loads(json.dumps(plain(before)))
    after = fresh(clock)
    restore(after, state)
    assert plain(after) == plain(before) | {"counter": 17 + COUNTER_LEAP}
    assert (after.shown, after.relay.state, after.purse.count) == (before.shown, RelayState.OPEN, 1)
    clock.advance(86_400)
    for of in (before, after):
        of.update()
    assert after.freezes == before.freezes


def test_while_it_lay_there_its_clock_ran_on_and_nothing_was_used():
    clock = Clock()
    before = lived(clock)
    before.order(RelayState.CLOSED)
    state = json.loads(json.dumps(plain(before)))
    clock.advance(86_400)
    after = fresh(clock)
    restore(after, state)
    assert after.registers.total == sum(state["registers"]["tariffs"])
    assert abs(after.shown - before.clock.shown(before.clock.elapsed())) < 4000
    clock.advance(3600)
    after.update()
    row = after.profile.row(len(after.profile) - 4)
    assert row.status == DISTURBED


def test_a_house_of_tokens_keeps_what_was_used_of_a_watt_hour():
    clock = Clock()
    identity = StsIdentity("600727000000000009", sgc="201457", krn=1, ti="01", ea="11", kt=2, base_date=2014)
    purse = TokenPurse(VirtualMeter(identity, bytes(16)))
    purse.spent = 123
    of = house(clock, purse=purse)
    after = house(clock, purse=TokenPurse(VirtualMeter(identity, bytes(16))))
    restore(after, json.loads(json.dumps(plain(of))))
    assert after.purse.spent == 123


def spoiled(state, path, value):
    found = deepcopy(state)
    *way, last = path
    inner = found
    for step in way:
        inner = inner[step]
    inner[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["running"], 2),
        (["switch_at"], "soon"),
        (["zones_running"], None),
        (["special"], [[20270101]]),
        (["special_count"], 255),
        (["weekend"], [127]),
        (["password"], 7),
        (["ahead_ms"], 10**20),
        (["registers", "rest"], 1.5),
        (["registers", "tariffs"], [1, 2]),
        (["registers"], {"colour": 1}),
        (["months"], [{"at": 1}]),
        (["profile"], [1, 2, 3]),
        (["profile"], [10**30] * 4),
        (["relay", "ordered"], "ajar"),
        (["times"], []),
        (["times", 0, "tables"], [[[0, 9]]]),
        (["times", 0, "zones"], [[101, [1]]]),
        (["events"], [{"at": 1}]),
        (["notes"], {"x": "zz"}),
        (["purse"], None),
        (["purse"], {"spent": 1}),
        (["purse", "prices"], [0, 0, 0, 0]),
        (["purse", "purchases"], [{"count": 1}]),
    ],
)
def test_what_no_house_has_left_is_refused(path, value):
    clock = Clock()
    state = json.loads(json.dumps(plain(lived(clock))))
    with pytest.raises(ValueError, match="state of a house"):
        restore(fresh(clock), spoiled(state, path, value))


@pytest.mark.parametrize("missing", ["number", "registers", "profile", "purse", "counter"])
def test_a_state_that_lacks_something_is_refused(missing):
    clock = Clock()
    state = plain(lived(clock))
    del state[missing]
    with pytest.raises(ValueError, match="state of a house"):
        restore(fresh(clock), state)
