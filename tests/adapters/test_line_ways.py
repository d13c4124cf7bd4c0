"""Real ways to meters: pseudo terminals, sockets, and meters that connect by themselves."""

import gc
import os
import select
import tty
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.python import log

from adapters.lines.dial_in import MetersHere
from adapters.lines.open_talk import talk_with
from adapters.lines.serial_wire import SerialWire
from adapters.lines.talk import Wanted
from adapters.lines.way import Way, WayFault, open_way
from adapters.lines.wire import Side, Traced
from gateway.codecs.meter_model.model import LineFormat, model_named
from gateway.core.contact import ContactFault, ContactWhy
from tests.adapters.test_talk645 import METER, MODEL, Meter, wanted

EIGHT = LineFormat(9600, 8, "none", 1)
SEVEN = LineFormat(300, 7, "even", 1)


class Pty:
    """A pseudo terminal: the test has one end, and the other has a name."""

    def __init__(self):
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.name = os.ttyname(self.theirs)
        os.set_blocking(self.ours, False)

    def close(self):
        for end in (self.ours, self.theirs):
            os.close(end)


@pytest.fixture
def pty():
    made = Pty()
    yield made
    made.close()


class Heard:
    """Who has a wire: keeps what comes, and why it broke."""

    def __init__(self):
        self.octets = b""
        self.fault = None

    def came(self, octets):
        self.octets += octets

    def quiet(self):
        """Nobody says it here."""

    def broke(self, fault):
        self.fault = fault


async def until(seen, seconds=5):
    """Wait until something is seen."""
    for _ in range(int(seconds / 0.02)):
        if seen():
            return
        await deferLater(reactor, 0.02, lambda: None)
    raise AssertionError(seen)


@pytest_twisted.ensureDeferred
async def test_a_port_carries_octets_both_ways(pty):
    wire = SerialWire(pty.name, EIGHT)
    wire.open(reactor)
    wire.owner = heard = Heard()
    wire.send(b"/?!\r\n")
    os.write(pty.ours, b"\xff\x00meter")
    await until(lambda: heard.octets == b"\xff\x00meter")
    assert os.read(pty.ours, 100) == b"/?!\r\n"
    await wire.close()
    await wire.close()
    assert heard.fault is None


@pytest_twisted.ensureDeferred
async def test_a_port_that_keeps_no_seven_bits_is_used_all_the_same(pty):
    first = SerialWire(pty.name, SEVEN)
    first.open(reactor)
    await first.close()
    wire = SerialWire(pty.name, SEVEN)
    wire.open(reactor)
    wire.owner = heard = Heard()
    # A pseudo terminal refuses a change of the format alone; whether it did depends on what it was before.
    is_ours = bool(wire.notes)
    wire.send(b"/?!\r\n")
    parity = bytes(b | (b.bit_count() & 1) << 7 for b in b"/?!\r\n")
    await until(lambda: select_readable(pty.ours))
    assert os.read(pty.ours, 100) == (parity if is_ours else b"/?!\r\n")
    os.write(pty.ours, parity)
    await until(lambda: len(heard.octets) == len(parity))
    assert heard.octets == (b"/?!\r\n" if is_ours else parity)
    wire.change_speed(9600, is_hdlc=False)
    wire.change_speed(9600, is_hdlc=True)
    wire.send(b"\x7e\xa0")
    await until(lambda: select_readable(pty.ours))
    assert os.read(pty.ours, 100) == b"\x7e\xa0"
    await wire.close()


def select_readable(descriptor):
    return bool(select.select([descriptor], [], [], 0)[0])


@pytest_twisted.ensureDeferred
async def test_a_port_without_modem_lines_says_so_once(pty):
    wire = SerialWire(pty.name, EIGHT)
    wire.open(reactor)
    assert wire.raise_dtr(is_high=False) in (True, False)
    assert wire.carrier() is None
    assert wire.carrier() is None
    assert wire.notes == [f"{pty.name} has no modem lines: a call is ended by +++ and ATH"]
    await wire.close()
    assert wire.raise_dtr(is_high=True) is False


@pytest_twisted.ensureDeferred
async def test_a_port_is_for_one_program(pty):
    wire = SerialWire(pty.name, EIGHT)
    wire.open(reactor)
    with pytest.raises(ContactFault, match="another program has the port") as caught:
        SerialWire(pty.name, EIGHT).open(reactor)
    assert caught.value.why is ContactWhy.LINE
    await wire.close()
    again = SerialWire(pty.name, EIGHT)
    again.open(reactor)
    await again.close()


@pytest_twisted.ensureDeferred
async def test_a_port_that_goes_is_told():
    pty = Pty()
    wire = SerialWire(pty.name, EIGHT)
    wire.open(reactor)
    wire.owner = heard = Heard()
    pty.close()
    await until(lambda: heard.fault is not None)
    assert (heard.fault.why, str(heard.fault)) == (ContactWhy.LINE, f"the port {pty.name} is gone")
    wire.send(b"nothing happens")
    await wire.close()


def test_what_is_no_port_is_said(tmp_path):
    with pytest.raises(ContactFault, match="there is no such port"):
        SerialWire(str(tmp_path / "none"), EIGHT).open(reactor)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ContactFault, match="cannot be opened"):
        SerialWire(str(file), EIGHT).open(reactor)


class OnSocket(Protocol):
    """A meter behind a socket."""

    transport: Any
    factory: Any

    def connectionMade(self):  # noqa: N802 - Twisted's name
        self.factory.lines.append(self)

    def dataReceived(self, data):  # noqa: N802
        said = self.factory.meter(data)
        if said:
            self.transport.write(said)


class Meters(Factory):
    protocol = OnSocket
    noisy = False

    def __init__(self, meter):
        self.meter, self.lines = meter, []


@pytest_twisted.ensureDeferred
async def test_a_meter_behind_a_network_is_read_and_traced():
    meters = Meters(Meter())
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(meters)
    opened = await open_way(reactor, Way.parse(f"tcp:127.0.0.1:{port.getHost().port}"), MODEL.line)
    seen = []
    wire = Traced(opened.wire, lambda side, octets: seen.append((side, len(octets))))
    talk = talk_with(wire, reactor, wanted())
    found = await talk.read(["energy"])
    assert found.read[0].text == "1000.52"
    assert [side for side, _ in seen] == [Side.OURS, Side.THEIRS]
    # The meter goes away in the middle of a question.
    asked = Deferred.fromCoroutine(talk.read(["time", "energy"]))
    meters.meter = lambda _: meters.lines[0].transport.abortConnection()
    lost = await asked
    assert [(item, fault.why) for item, fault in lost.missing] == [
        ("time", ContactWhy.LOST),
        ("energy", ContactWhy.LOST),
    ]
    await talk.leave()
    await opened.close()
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_a_place_where_nobody_listens_is_said():
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Meters(Meter()))
    place = f"127.0.0.1:{port.getHost().port}"
    await port.stopListening()
    with pytest.raises(ContactFault, match=f"{place}: nobody listens there") as caught:
        await open_way(reactor, Way.parse(f"tcp:{place}"), MODEL.line)
    assert caught.value.why is ContactWhy.NO_ANSWER


@pytest.mark.parametrize("text", ["", "tcp:", "tcp:host", "tcp:host:0", "tcp:host:99999", "serial:", "x:1:2"])
def test_what_is_no_way_is_refused_with_the_cure(text):
    with pytest.raises(WayFault, match="cure: tcp:HOST:PORT or serial:PORT"):
        Way.parse(text)


def test_a_number_that_is_dialled_is_in_no_repr():
    assert "5550161" not in repr(Way(name="/dev/ttyS0", number="5550161"))


@pytest_twisted.ensureDeferred
async def test_a_meter_that_connects_by_itself_is_known_lent_and_kept():
    came: list[tuple[str, str]] = []
    gone: list[str] = []
    here = MetersHere(reactor, [model_named("dlt645-1997"), MODEL], lambda: datetime.now(UTC))
    here.came, here.gone = (lambda number, model: came.append((number, model.name))), gone.append
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(here)

    async def connects(address):
        meters = Meters(Meter(address))
        place = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        line = OnSocket()
        line.factory = meters
        await connectProtocol(place, line)
        return line

    first = await connects(METER)
    # Asked in the edition of 1997 first, it refuses.
    await until(lambda: came, 15)
    assert (came, here.numbers) == ([(METER, "dlt645-2007")], (METER,))
    wire = here.lend(METER)
    with pytest.raises(ContactFault, match="somebody speaks with this meter"):
        here.lend(METER)
    talk = talk_with(wire, reactor, Wanted(MODEL, METER, lambda: datetime.now(UTC)))
    assert (await talk.read(["energy"])).read[0].text == "1000.52"
    await talk.leave()
    await wire.close()
    wire = here.lend(METER)
    await wire.close()
    # It comes anew: the old connection is closed, and the new one is the meter's.
    second = await connects(METER)
    await until(lambda: len(came) == 2, 15)
    await until(lambda: not first.connected or first.transport.disconnected)
    lent = here.lend(METER)
    lent.owner = heard = Heard()
    second.transport.loseConnection()
    await until(lambda: heard.fault is not None)
    assert (heard.fault.why, here.numbers, gone) == (ContactWhy.LOST, (), [METER])
    with pytest.raises(ContactFault, match="has not connected"):
        here.lend(METER)
    await port.stopListening()


@pytest.mark.parametrize("host", ["a b", "..", "*", "x" * 300])
@pytest_twisted.ensureDeferred
async def test_a_name_that_no_name_may_be_has_no_address(host):
    with pytest.raises(ContactFault, match="this name has no address") as caught:
        await open_way(reactor, Way(host=host, port=80), EIGHT)
    assert caught.value.why is ContactWhy.LINE


@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_not_waited_for_any_more_does_not_come_to_be():
    came, gone = [], []

    class Caller(Protocol):
        def connectionMade(self):  # noqa: N802 - Twisted's name
            came.append(self)

        def connectionLost(self, reason=None):  # noqa: N802 - Twisted's name
            gone.append(self)

    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Factory.forProtocol(Caller))
    way = Way(host="127.0.0.1", port=port.getHost().port)
    opening = Deferred.fromCoroutine(open_way(reactor, way, EIGHT))
    opening.addErrback(lambda failure: failure.trap(CancelledError))
    opening.cancel()
    await deferLater(reactor, 0.2, lambda: None)
    assert len(came) == len(gone)
    await port.stopListening()


class OneTransport(StringTransportWithDisconnection):
    """A connection without a socket."""

    def setTcpKeepAlive(self, _):  # noqa: N802 - Twisted's name
        """It has none."""

    def setTcpNoDelay(self, _):  # noqa: N802 - Twisted's name
        """It has none."""


def test_a_fault_of_ours_in_asking_a_caller_is_logged_and_the_caller_let_go():
    surprise: Any = object()  # No model: what looks at it stumbles.
    here: Any = MetersHere(Clock(), [surprise], lambda: datetime.now(UTC))
    caller, transport = here.buildProtocol(None), OneTransport()
    transport.protocol = caller
    told: list[Any] = []
    log.addObserver(told.append)
    try:
        caller.makeConnection(transport)
        gc.collect()  # What a Deferred has not handed on is told as it goes.
    finally:
        log.removeObserver(told.append)
    assert [event["failure"].type for event in told if "failure" in event] == [AttributeError]
    assert not transport.connected
