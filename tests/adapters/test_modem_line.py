"""Meters that are dialled, over virtual modems: how calls end, and every octet at which one may be lost.

All of it is on a clock of the test's, so that thousands of calls take seconds; whatever becomes of a call,
the next one on the same line must be a good one.
"""

import gc
from datetime import UTC, datetime
from typing import Any

import pytest
from twisted.internet.defer import CancelledError
from twisted.python import log

from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from gateway.codecs.meter_model.model import model_named
from gateway.codecs.modem.profile import GSM_CSD, PSTN
from gateway.core.contact import ContactFault, ContactWhy, RelayOrder
from gateway.simulators.modems.book import At, Kind, Outcome, OwnLine, Trouble
from gateway.simulators.modems.book import Way as Direction
from gateway.simulators.modems.places import MeterCaller
from tests.adapters.test_talk645 import METER, MODEL, Meter, Old, wanted
from tests.calling import BY_DTR, NUMBER, Calling, Spoken
from tests.meter_lines import finished

#: Of a call in which two items are read, both ways.
OCTETS = 92
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def read(talk):
    return talk.read(["energy", "time"])


def is_good(found):
    return [one.text for one in found.read] == ["1000.52", "123456"] and not found.missing


@pytest.mark.parametrize("profile", [PSTN, BY_DTR], ids=["escape", "dtr"])
def test_a_meter_is_dialled_read_and_left(profile):
    house = Calling(Meter(), profile=profile)
    house.enter()
    house.prepare()
    for _ in range(3):
        assert is_good(house.held(read, wanted()))
        assert house.line.is_free
        assert house.exchange.call_to(NUMBER) is None


def test_a_gsm_modem_dials_too():
    house = Calling(Meter(), profile=GSM_CSD, line=OwnLine("5550102", Kind.GSM))
    house.enter()
    house.prepare()
    assert is_good(house.held(read, wanted()))


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (Outcome.BUSY, ContactWhy.BUSY),
        (Outcome.NO_ANSWER, ContactWhy.NO_ANSWER),
        (Outcome.NO_CARRIER, ContactWhy.NO_CARRIER),
        (Outcome.ERROR, ContactWhy.LINE),
        (Outcome.SILENT, ContactWhy.LINE),
    ],
)
@pytest.mark.parametrize("profile", [PSTN, BY_DTR], ids=["escape", "dtr"])
def test_a_call_that_does_not_come_to_be_has_its_reason_and_the_next_one_is_good(fails, why, profile):
    house = Calling(Meter(), profile=profile)
    house.enter(fails=fails, times=1)
    house.prepare()
    with pytest.raises(ContactFault) as caught:
        house.held(read, wanted())
    assert caught.value.why is why
    # Who dials again at once finds the modem still at its tests; whoever waits for it does not.
    house.prepare()
    assert is_good(house.held(read, wanted()))


def test_a_dead_line_is_a_fault_until_it_is_prepared_anew():
    house = Calling(Meter(), line=OwnLine("5550101", has_dial_tone=False))
    house.enter()
    house.prepare()
    with pytest.raises(ContactFault, match="no dial tone") as caught:
        house.held(read, wanted())
    assert (caught.value.why, house.line.fault) == (ContactWhy.NO_DIALTONE, "no dial tone")
    with pytest.raises(ContactFault, match="no dial tone") as again:
        house.held(read, wanted())
    assert again.value.why is ContactWhy.LINE
    house.modem.line = OwnLine("5550101")
    house.prepare()
    assert is_good(house.held(read, wanted()))


def test_a_modem_that_is_dead_is_said_to_be():
    house = Calling(Meter(), line=OwnLine("5550103", is_dead=True))

    with pytest.raises(ContactFault, match="said nothing") as caught:
        house.prepare()
    assert caught.value.why is ContactWhy.LINE


def test_a_number_that_is_none_is_not_dialled():
    house = Calling(Meter())
    house.prepare()
    with pytest.raises(ContactFault, match="a telephone number has"):
        house.held(read, wanted(), "12;DROP")
    assert house.line.is_free


def test_a_call_that_lasts_too_long_is_ended():
    house = Calling(Meter())
    house.enter()
    house.prepare()

    async def call():
        wire = await house.line.dial(NUMBER, call_s=5)
        talk = talk_with(wire, house.clock, wanted())
        found = [await talk.read(["energy"])]
        house.clock.callLater(0, lambda: None)
        while not found[-1].missing:
            found.append(await talk.read(["energy"]))
        await wire.close()
        return found[-1]

    last = finished(house.clock, call())
    assert (last.missing[0][1].why, str(last.missing[0][1])) == (
        ContactWhy.LOST,
        "the call was ended after 5 s",
    )
    assert is_good(house.held(read, wanted()))


def test_a_call_in_which_nothing_comes_is_ended():
    house = Calling(lambda _: b"")
    house.enter()
    house.prepare()
    found = house.held(read, wanted())
    assert {fault.why for _, fault in found.missing} == {ContactWhy.TIMEOUT}
    house.meter = Meter()
    assert is_good(house.held(read, wanted()))


def test_a_meter_that_calls_is_answered_and_asked_who_it_is():
    house = Calling(Meter())
    house.prepare()
    rung = []
    house.line.rings = lambda: rung.append(house.clock.seconds())
    caller = MeterCaller(Spoken(house.clock, house.meter))
    assert caller.dial_in(house.exchange)
    house.clock.advance(0.1)
    house.clock.advance(0.1)
    assert rung

    async def answered():
        wire = await house.line.answer()
        talk = talk_with(wire, house.clock, Wanted(MODEL, "A" * 12, lambda: NOON))
        said = await talk.identify()
        await talk.leave()
        await wire.close()
        return said

    assert finished(house.clock, answered()) == METER
    assert caller.is_over
    house.enter()
    assert is_good(house.held(read, wanted()))


def test_whoever_stops_dialling_gets_a_free_line():
    house = Calling(Meter())
    house.enter(after_ms=30_000)
    house.prepare()
    dialled = house.line.dial(NUMBER)
    failed: list[Any] = []
    dialled.addBoth(failed.append)
    house.clock.advance(5)
    dialled.cancel()
    for _ in range(100):
        house.clock.advance(0.1)
    assert (len(failed), house.line.is_free) == (1, True)
    house.enter()
    assert is_good(house.held(read, wanted()))


def test_a_port_that_goes_ends_the_call_and_the_line():
    house = Calling(Meter())
    house.enter()
    house.prepare()

    async def call():
        wire = await house.line.dial(NUMBER)
        talk = talk_with(wire, house.clock, wanted())
        house.clock.callLater(0.03, house.owner.broke, ContactFault(ContactWhy.LINE, "the port is gone"))
        found = await read(talk)
        await wire.close()
        return found

    found = finished(house.clock, call())
    assert [fault.why for _, fault in found.missing] == [ContactWhy.LINE] * 2
    assert house.line.fault == "the port is gone"


@pytest.mark.parametrize("profile", [PSTN, BY_DTR], ids=["escape", "dtr"])
@pytest.mark.parametrize("direction", list(Direction), ids=lambda one: one.value.replace(" ", "_"))
@pytest.mark.parametrize("what", ["lost", "silent", "garbled"])
def test_a_call_may_go_wrong_at_every_octet_and_the_next_one_is_good(profile, direction, what, counted):
    house = Calling(Meter(), profile=profile)
    house.prepare()
    count, good = OCTETS + 4, 0
    for k in range(count):
        house.meter = Meter()
        house.enter(trouble=Trouble(**{what: At(k, direction)}))
        found = house.tried(read, wanted())
        house.enter()
        if found is None:
            assert (what, k) == ("lost", 0), "a carrier that is lost at once is no call"
            continue
        good += is_good(found)
        assert len(found.read) + len(found.missing) == 2
        ends = {"lost": {ContactWhy.LOST}}.get(
            what, {ContactWhy.TIMEOUT, ContactWhy.CHECKSUM, ContactWhy.LOST}
        )
        assert {fault.why for _, fault in found.missing} <= ends
        if what == "garbled":
            assert is_good(found), "what is only read is asked again"
        assert is_good(house.held(read, wanted())), f"after octet {k}"
        assert is_good(found) or k < OCTETS, "behind the last octet nothing can go wrong"
    counted(f"{count} octets of a call ({what}, {direction.value}), {good} good all the same")


@pytest.mark.parametrize("what", ["lost", "silent"])
def test_an_order_is_sent_once_wherever_the_call_ends(what, counted):
    house = Calling(Meter(), profile=BY_DTR)
    house.prepare()
    for k in range(95):
        house.meter = Meter()
        house.enter(trouble=Trouble(**{what: At(k)}))
        done = house.tried(lambda talk: talk.switch(RelayOrder.TRIP), wanted())
        house.enter()
        if done is None:
            assert (what, k, house.meter.orders) == ("lost", 0, 0)
            continue
        assert house.meter.orders <= 1
        assert done.is_obeyed == (done.state is not None and house.meter.orders == 1)
        assert done.state is not None or done.fault is None or done.fault.is_in_doubt
        assert is_good(house.held(read, wanted()))
    counted(f"95 octets of a relay's order over a call ({what})")


def test_noise_ends_in_answers_or_reasons():
    house = Calling(Meter())
    house.prepare()
    good = 0
    for seed in range(200):
        house.enter(trouble=Trouble(noise_per_mille=20, seed=seed))
        found = house.held(read, wanted())
        good += is_good(found)
        assert len(found.read) + len(found.missing) == 2
        assert all(one.text in ("1000.52", "123456") for one in found.read)
    assert 100 < good < 200


def test_meters_of_1997_are_dialled_like_any():
    house = Calling(Old())
    house.enter()
    house.prepare()
    found = house.held(read, wanted(model=model_named("dlt645-1997")))
    assert is_good(found)


def on(house, coroutine):
    return finished(house.clock, coroutine)


def test_closing_a_call_that_was_lost_leaves_the_next_one_alone():
    house = Calling(Meter())
    house.enter()
    house.prepare()

    async def two_calls():
        first = await house.line.dial(NUMBER)
        house.exchange.call_to(NUMBER).far_hung_up()
        await house.line.prepare()
        second = await house.line.dial(NUMBER)
        await first.close()
        talk = talk_with(second, house.clock, wanted())
        try:
            return await read(talk)
        finally:
            await second.close()

    assert is_good(on(house, two_calls()))
    assert house.line.is_free


def test_a_lost_call_is_closed_once_its_line_is_free():
    house = Calling(Meter())
    house.enter()
    house.prepare()

    async def lost():
        call = await house.line.dial(NUMBER)
        house.exchange.call_to(NUMBER).far_hung_up()
        await call.close()
        return house.line.is_free

    assert on(house, lost())


def test_a_modem_that_dies_while_a_call_is_too_long_is_a_fault_that_nobody_misses():
    house = Calling(Meter())
    house.enter()
    house.prepare()

    async def overlong():
        call = await house.line.dial(NUMBER, call_s=5)
        house.modem.line = OwnLine("5550100", is_dead=True)
        return call

    on(house, overlong())
    told: list[Any] = []
    log.addObserver(told.append)
    try:
        house.clock.pump([0.1] * 600)
        gc.collect()  # What a Deferred has not handed on is told as it goes.
    finally:
        log.removeObserver(told.append)
    assert house.line.fault == "the modem does not listen after hanging up"
    assert [event for event in told if event["isError"]] == []


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.2, 0.5, 1.0])
def test_dialling_that_is_broken_off_leaves_no_call_behind(after_s):
    house = Calling(Meter())
    house.enter()
    house.prepare()
    dialling = house.line.dial(NUMBER)
    dialling.addErrback(lambda failure: failure.trap(CancelledError))
    house.clock.advance(after_s)
    dialling.cancel()

    async def ended():
        await house.line.release()

    on(house, ended())
    assert house.exchange.call_to(NUMBER) is None
    assert house.line.is_free
    assert is_good(house.held(read, wanted()))
