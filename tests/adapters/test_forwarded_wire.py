"""Meters behind a concentrator: read through its frames, and what it says instead of an answer."""

import pytest

from adapters.lines.forwarded_wire import ForwardedWire
from adapters.lines.open_talk import talk_with
from gateway.codecs.gdw376.concentrator import Concentrator, ToForward
from gateway.codecs.gdw376.forward import Access, Forward
from gateway.codecs.gdw376.forwarding import Route
from gateway.codecs.gdw376.frame import Address
from gateway.core.contact import ContactWhy, RelayOrder, RelayState
from tests.adapters.test_talk645 import Meter, wanted
from tests.meter_lines import ENDS, Clock, Link, finished

ADDRESS = Address("0200", 4660)
ROUTE = Route()


class Heard:
    """Who has the wire."""

    def __init__(self):
        self.octets, self.quiets, self.fault = b"", 0, None

    def came(self, octets):
        self.octets += octets

    def quiet(self):
        self.quiets += 1

    def broke(self, fault):
        self.fault = fault


class Behind:
    """A concentrator with a meter behind it; ``says``: carry, nothing, denied."""

    def __init__(self, meter, says="carry"):
        self.concentrator = Concentrator(ADDRESS)
        self.meter = meter
        self.says = says
        self.asked = 0

    def __call__(self, octets):
        said = b""
        for heard in self.concentrator.receive(octets):
            if isinstance(heard, bytes):
                said += heard
            elif isinstance(heard, ToForward):
                self.asked += 1
                said += self._answered(heard)
        return said

    def _answered(self, heard):
        if self.says == "denied":
            return self.concentrator.deny(heard, 2)
        content = b"" if self.says == "nothing" else self.meter(heard.asked.content)
        return self.concentrator.answer(heard, content)


def conversed(do, behind, **way):
    clock = Clock()
    link = Link(clock, behind, **way)
    wire = ForwardedWire(link, clock, Forward(ROUTE, Access(), address=ADDRESS), ROUTE.wait_ms)
    talk = talk_with(wire, clock, wanted())

    async def held():
        try:
            return await do(talk)
        finally:
            await talk.leave()
            await wire.close()

    return finished(clock, held()), link, wire, clock


def test_a_meter_behind_a_concentrator_is_read_and_switched():
    behind = Behind(Meter())
    found, link, wire, _ = conversed(lambda talk: talk.read(["energy", "time", "voltage"]), behind)
    assert [one.text for one in found.read] == ["1000.52", "123456"]
    assert [item for item, _ in found.missing] == ["voltage"]
    assert (behind.asked, wire.notes, link.is_closed) == (3, [], True)
    done, *_ = conversed(lambda talk: talk.switch(RelayOrder.TRIP), behind)
    assert (done.state, done.is_obeyed) == (RelayState.OPEN, True)


@pytest.mark.parametrize(
    ("says", "note"),
    [
        ("nothing", "the concentrator had nothing from the meter"),
        ("denied", "the concentrator denies to forward (its reason 2)"),
    ],
)
def test_what_a_concentrator_says_instead_ends_the_wait_at_once(says, note):
    behind = Behind(Meter(), says)
    found, _, wire, clock = conversed(lambda talk: talk.read(["energy"]), behind)
    assert found.missing[0][1].why is ContactWhy.TIMEOUT
    assert (behind.asked, wire.notes) == (3, [note]), "what only reads is asked three times"
    assert clock.seconds() < 3


def test_a_concentrator_that_is_gone_is_waited_for_and_what_changes_a_meter_goes_out_once():
    behind = Behind(Meter(), "carry")
    done, link, wire, _ = conversed(lambda talk: talk.switch(RelayOrder.TRIP), behind, deaf_at=0)
    assert (done.state, done.fault.is_in_doubt) == (None, True)
    assert wire.notes == ["the concentrator did not answer"]
    assert len(link.sent) == 1 + 3, "the order once, then three questions for the state"


@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
def test_the_way_may_end_at_every_octet(way, counted):
    _, link, *_ = conversed(lambda talk: talk.read(["energy", "time"]), Behind(Meter()))
    for k in range(link.gone + 1):
        found, *_ = conversed(lambda talk: talk.read(["energy", "time"]), Behind(Meter()), **{way: k})
        assert len(found.read) + len(found.missing) == 2
    counted(f"{link.gone + 1} octets through a concentrator at which the way {ENDS[way]}")


def test_what_is_sent_while_the_concentrator_is_asked_goes_behind_it():
    clock, told = Clock(), []

    def meter(octets):
        told.append(octets)
        return b"\x68said"

    behind = Behind(meter)
    link = Link(clock, behind)
    wire = ForwardedWire(link, clock, Forward(ROUTE, Access(), address=ADDRESS), ROUTE.wait_ms)
    wire.owner = heard = Heard()
    wire.send(b"one")
    wire.send(b"two")
    clock.advance(0.05)
    clock.advance(0.05)
    assert (told, heard.octets, heard.quiets) == ([b"one", b"two"], b"\x68said" * 2, 1)
