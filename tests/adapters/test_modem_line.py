"""Meters that are dialled, over virtual modems: how calls end, and every octet at which one may be lost.

All of it is on a clock of the test's, so that thousands of calls take seconds; whatever becomes of a call,
the next one on the same line must be a good one.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.lines.modem_line import ModemLine
from adapters.lines.open_talk import talk_with
from adapters.lines.talk import Wanted
from gateway.codecs.meter_model.model import model_named
from gateway.codecs.modem.profile import GSM_CSD, PSTN, HangUp
from gateway.core.contact import ContactFault, ContactWhy, RelayOrder
from gateway.simulators.modems.book import At, Entry, Kind, Outcome, OwnLine, Trouble
from gateway.simulators.modems.book import Way as Direction
from gateway.simulators.modems.exchange import TelephoneExchange
from gateway.simulators.modems.places import InProcess, MeterCaller
from gateway.simulators.modems.virtual_modem import VirtualModem
from tests.adapters.test_talk645 import METER, MODEL, Meter, Old, wanted
from tests.meter_lines import Clock, finished

NUMBER = "5550161"
BY_DTR = replace(PSTN, hang_up=HangUp.DTR, has_carrier_line=True)
#: Of a call in which two items are read, both ways.
OCTETS = 92
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


class Spoken:
    """A meter of the tests at the end of a call: its answer comes a little later."""

    def __init__(self, clock, meter):
        self.clock, self.meter, self.out = clock, meter, None

    def receive(self, octets):
        answer = self.meter(octets)
        if answer:
            self.clock.callLater(0.05, self.out, answer)


class House:
    """A modem of ours on its line, an exchange, and meters at numbers."""

    def __init__(self, *, profile=PSTN, line=None, meter=None):
        self.clock = Clock()
        self.exchange = TelephoneExchange(self.clock, ring_s=0)
        self.modem = VirtualModem(self.exchange, self.clock, line or OwnLine("5550100"))
        self.meter = meter or Meter()
        self.owner = None
        self.profile = profile
        self.modem.out = lambda octets: self.owner.came(octets) if self.owner else None
        self.is_carried = False
        self.modem.carrier = self.see_carrier
        self.line = ModemLine(self, profile, self.clock)

    # The port, as ``ModemLine`` has it.

    def send(self, octets):
        self.modem.receive(octets)

    def raise_dtr(self, *, is_high):
        self.modem.dtr(is_high=is_high)
        return True

    def carrier(self):
        return self.is_carried

    def see_carrier(self, is_there):
        self.is_carried = is_there

    # What is tried.

    def enter(self, **how):
        place = InProcess(lambda: Spoken(self.clock, self.meter))
        self.exchange.enter(Entry(NUMBER, None if "fails" in how and "times" not in how else place, **how))

    def prepare(self):
        async def prepared():
            await self.line.prepare()

        finished(self.clock, prepared())

    def held(self, do, number=NUMBER, who=None):
        """Dial, hold a conversation, hang up; the line is to be free again."""

        async def call():
            wire = await self.line.dial(number)
            talk = talk_with(wire, self.clock, who or wanted())
            try:
                return await do(talk)
            finally:
                await talk.leave()
                await wire.close()

        return finished(self.clock, call())

    def tried(self, do):
        """Hold a conversation; None where the carrier was lost before it began."""
        try:
            return self.held(do)
        except ContactFault as fault:
            if fault.why is not ContactWhy.LOST:
                raise
        self.prepare()
        return None


def read(talk):
    return talk.read(["energy", "time"])


def is_good(found):
    return [one.text for one in found.read] == ["1000.52", "123456"] and not found.missing


@pytest.mark.parametrize("profile", [PSTN, BY_DTR], ids=["escape", "dtr"])
def test_a_meter_is_dialled_read_and_left(profile):
    house = House(profile=profile)
    house.enter()
    house.prepare()
    for _ in range(3):
        assert is_good(house.held(read))
        assert house.line.is_free
        assert house.exchange.call_to(NUMBER) is None


def test_a_gsm_modem_dials_too():
    house = House(profile=GSM_CSD, line=OwnLine("5550102", Kind.GSM))
    house.enter()
    house.prepare()
    assert is_good(house.held(read))


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
    house = House(profile=profile)
    house.enter(fails=fails, times=1)
    house.prepare()
    with pytest.raises(ContactFault) as caught:
        house.held(read)
    assert caught.value.why is why
    # Who dials again at once finds the modem still at its tests; whoever waits for it does not.
    house.prepare()
    assert is_good(house.held(read))


def test_a_dead_line_is_a_fault_until_it_is_prepared_anew():
    house = House(line=OwnLine("5550101", has_dial_tone=False))
    house.enter()
    house.prepare()
    with pytest.raises(ContactFault, match="no dial tone") as caught:
        house.held(read)
    assert (caught.value.why, house.line.fault) == (ContactWhy.NO_DIALTONE, "no dial tone")
    with pytest.raises(ContactFault, match="no dial tone") as again:
        house.held(read)
    assert again.value.why is ContactWhy.LINE
    house.modem.line = OwnLine("5550101")
    house.prepare()
    assert is_good(house.held(read))


def test_a_modem_that_is_dead_is_said_to_be():
    house = House(line=OwnLine("5550103", is_dead=True))

    with pytest.raises(ContactFault, match="said nothing") as caught:
        house.prepare()
    assert caught.value.why is ContactWhy.LINE


def test_a_number_that_is_none_is_not_dialled():
    house = House()
    house.prepare()
    with pytest.raises(ContactFault, match="a telephone number has"):
        house.held(read, "12;DROP")
    assert house.line.is_free


def test_a_call_that_lasts_too_long_is_ended():
    house = House(meter=Meter())
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
    assert is_good(house.held(read))


def test_a_call_in_which_nothing_comes_is_ended():
    house = House(meter=lambda _: b"")
    house.enter()
    house.prepare()
    found = house.held(read)
    assert {fault.why for _, fault in found.missing} == {ContactWhy.TIMEOUT}
    house.meter = Meter()
    assert is_good(house.held(read))


def test_a_meter_that_calls_is_answered_and_asked_who_it_is():
    house = House()
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
    assert is_good(house.held(read))


def test_whoever_stops_dialling_gets_a_free_line():
    house = House()
    house.enter(after_ms=30_000)
    house.prepare()
    dialled = house.line.dial(NUMBER)
    failed = []
    dialled.addErrback(failed.append)
    house.clock.advance(5)
    dialled.cancel()
    for _ in range(100):
        house.clock.advance(0.1)
    assert (len(failed), house.line.is_free) == (1, True)
    house.enter()
    assert is_good(house.held(read))


def test_a_port_that_goes_ends_the_call_and_the_line():
    house = House()
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
    house = House(profile=profile)
    house.prepare()
    count, good = OCTETS + 4, 0
    for k in range(count):
        house.meter = Meter()
        house.enter(trouble=Trouble(**{what: At(k, direction)}))
        found = house.tried(read)
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
        assert is_good(house.held(read)), f"after octet {k}"
        assert is_good(found) or k < OCTETS, "behind the last octet nothing can go wrong"
    counted(f"{count} octets of a call ({what}, {direction.value}), {good} good all the same")


@pytest.mark.parametrize("what", ["lost", "silent"])
def test_an_order_is_sent_once_wherever_the_call_ends(what, counted):
    house = House(profile=BY_DTR)
    house.prepare()
    for k in range(95):
        house.meter = Meter()
        house.enter(trouble=Trouble(**{what: At(k)}))
        done = house.tried(lambda talk: talk.switch(RelayOrder.TRIP))
        house.enter()
        if done is None:
            assert (what, k, house.meter.orders) == ("lost", 0, 0)
            continue
        assert house.meter.orders <= 1
        assert done.is_obeyed == (done.state is not None and house.meter.orders == 1)
        assert done.state is not None or done.fault is None or done.fault.is_in_doubt
        assert is_good(house.held(read))
    counted(f"95 octets of a relay's order over a call ({what})")


def test_noise_ends_in_answers_or_reasons():
    house = House()
    house.prepare()
    good = 0
    for seed in range(200):
        house.enter(trouble=Trouble(noise_per_mille=20, seed=seed))
        found = house.held(read)
        good += is_good(found)
        assert len(found.read) + len(found.missing) == 2
        assert all(one.text in ("1000.52", "123456") for one in found.read)
    assert 100 < good < 200


def test_meters_of_1997_are_dialled_like_any():
    house = House(meter=Old())
    house.enter()
    house.prepare()
    found = house.held(read, who=wanted(model=model_named("dlt645-1997")))
    assert is_good(found)
