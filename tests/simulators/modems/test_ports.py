"""Real ports: pseudo terminals and TCP, opened, closed and opened again by what opens serial ports."""

import contextlib
import os
import stat
from typing import Any

import pytest
import pytest_twisted
import serial
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.serialport import SerialPort
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from gateway.simulators.modems.address import Address
from gateway.simulators.modems.book import Entry, Outcome
from gateway.simulators.modems.callers import CallersDoor
from gateway.simulators.modems.exchange import TelephoneExchange
from gateway.simulators.modems.places import InProcess
from gateway.simulators.modems.pty_port import WAITERS_MAX, PtyPort, PtyWatch
from gateway.simulators.modems.tcp_place import TcpPlace
from gateway.simulators.modems.tcp_port import TcpPort
from gateway.simulators.modems.virtual_modem import VirtualModem
from tests.telephone import NUMBER, Echo

DIAL = b"ATDT5551234\r"
OK = b"\r\nOK\r\n"
CONNECT = b"\r\nCONNECT 9600\r\n"
GONE = b"\r\nNO CARRIER\r\n"
SILENCE_S_MAX = 30


class House:
    """An exchange on the reactor, and what has to be closed."""

    def __init__(self, folder):
        self.records: list = []
        self.place = Entry(NUMBER, InProcess(Echo))
        self.exchange = TelephoneExchange(reactor, ring_s=0, noted=self.records.append)
        self.modem = VirtualModem(self.exchange, reactor)
        self.link = folder / "line"
        self.watch = PtyWatch(reactor)
        self.port = PtyPort(reactor, self.modem, self.link, self.watch)

    @property
    def outcomes(self):
        return [record.outcome for record in self.records]

    async def until(self, holds):
        for _ in range(1000):
            if holds():
                return
            await deferLater(reactor, 0.01)
        raise AssertionError("it does not come to be")


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    made.exchange.enter(made.place)
    yield made
    made.port.close()
    made.watch.close()


def opened(house):
    return serial.Serial(str(house.link), 9600, timeout=SILENCE_S_MAX)


def say(port, octets, answer):
    """Write, and read until the answer is there; in a thread, for pyserial waits."""

    def asked():
        port.write(octets)
        return port.read_until(answer)

    return deferToThread(asked)


class Heard(Protocol):
    """The other end of a wire: what it hears is kept."""

    def __init__(self):
        self.heard = b""
        self.is_over = False
        self._wanted = None

    def dataReceived(self, data):  # noqa: N802 - Twisted's name
        self.heard += data
        self._look()

    def connectionLost(self, reason=None):  # noqa: N802 - Twisted's name
        self.is_over = True
        self._look()

    def until(self, end):
        waiter: Deferred = Deferred()
        self._wanted = (end, waiter.addTimeout(SILENCE_S_MAX, reactor))
        self._look()
        return waiter

    def _look(self):
        if self._wanted is not None and (self.is_over or self.heard.endswith(self._wanted[0])):
            (_, waiter), self._wanted = self._wanted, None
            heard, self.heard = self.heard, b""
            waiter.callback(heard)


@contextlib.asynccontextmanager
async def listening(factory):
    port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
    try:
        yield Address("127.0.0.1", port.getHost().port)
    finally:
        await port.stopListening()


def connected(address):
    return connectProtocol(TCP4ClientEndpoint(reactor, *address), Heard())


# A pseudo terminal.


@pytest_twisted.ensureDeferred
async def test_a_call_over_a_serial_port_as_pyserial_has_it(house):
    with opened(house) as port:
        assert await say(port, b"ATE0\r", OK) == b"ATE0\r" + OK
        assert await say(port, DIAL, CONNECT) == CONNECT
        every = bytes(set(range(256)) - {ord("+")})
        assert await say(port, every, b">") == b"<" + every[: every.index(b">") + 1]
        assert await say(port, b"", b">") == every[every.index(b">") + 1 :] + b">"
        with pytest.raises(OSError, match="Inappropriate"):
            _ = port.cd
    await house.until(lambda: house.records)
    assert house.outcomes == [Outcome.HUNG_UP]


@pytest_twisted.ensureDeferred
async def test_a_call_over_a_serial_port_as_twisted_has_it(house):
    heard = Heard()
    port = SerialPort(heard, str(house.link), reactor, baudrate=9600)
    port.write(b"ATE0\r")
    await heard.until(OK)
    port.write(DIAL)
    assert await heard.until(CONNECT) == CONNECT
    port.write(b"hello")
    assert await heard.until(b">") == b"<hello>"
    port.loseConnection()
    await house.until(lambda: house.records)
    assert house.outcomes == [Outcome.HUNG_UP]


@pytest_twisted.ensureDeferred
async def test_whoever_opens_the_port_next_finds_a_modem_that_takes_commands(house):
    for _ in range(20):
        with opened(house) as port:
            assert await say(port, b"ATE0\r", OK) in (OK, b"ATE0\r" + OK)
            assert await say(port, DIAL, CONNECT) == CONNECT
            # Left unread, half typed, and closed at once.
            port.write(b"a question for the meter, and ATDT99")
    await house.until(lambda: len(house.records) == 20)
    assert set(house.outcomes) == {Outcome.HUNG_UP}


@pytest_twisted.ensureDeferred
async def test_what_one_left_unread_the_next_does_not_find(house):
    how = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK
    assert not house.modem.is_free, "nobody has the port, so nobody might answer"
    for _ in range(2):
        port = os.open(house.link, how)
        await house.until(lambda: house.modem.is_free)
        with pytest.raises(BlockingIOError):
            os.read(port, 100)
        os.write(port, b"AT\r")
        # What the modem says is there when the reactor has gone round a few times.
        await deferLater(reactor, 0.1)
        os.close(port)
        await house.until(lambda: not house.modem.is_free)


@pytest_twisted.ensureDeferred
async def test_somebody_who_opens_it_while_another_has_it_waits(house):
    with opened(house) as first:
        assert await say(first, b"ATE0\r", OK) == b"ATE0\r" + OK
        with opened(house) as second:
            second.write(b"AT\r")
            assert await say(first, DIAL, CONNECT) == CONNECT
            first.close()
            assert await say(second, b"", OK) == OK


@pytest_twisted.ensureDeferred
async def test_whoever_waits_among_too_many_finds_it_unplugged(house):
    with contextlib.ExitStack() as closing:
        ports = []
        for _ in range(WAITERS_MAX + 2):
            name = house.link.readlink()
            ports.append(closing.enter_context(opened(house)))
            await house.until(lambda name=name: house.link.readlink() != name)
        with pytest.raises(OSError, match=r"readiness|Input/output"):
            await say(ports[1], b"AT\r", OK)
        assert await say(ports[0], b"AT\r", OK) == b"AT\r" + OK


@pytest_twisted.ensureDeferred
async def test_octets_that_nobody_reads_are_lost_and_not_kept_for_ever(house):
    with opened(house) as port:
        assert await say(port, b"ATE0\r", OK) == b"ATE0\r" + OK
        assert await say(port, DIAL, CONNECT) == CONNECT
        call = house.exchange.call_to(NUMBER)
        for _ in range(100):
            call.from_far(bytes(10_000))
            await deferLater(reactor, 0)
        call.far_hung_up()
        await house.until(lambda: house.records)
        read = await deferToThread(port.read, 60_000)
        assert set(read) == {0}
        port.timeout = 0.5
        assert len(await deferToThread(port.read, 1_000_000)) < 100_000
        port.timeout = SILENCE_S_MAX
        assert await say(port, b"AT\r", OK) == OK


def test_the_name_goes_with_the_port(house):
    assert stat.S_ISCHR(house.link.stat().st_mode)
    house.port.close()
    assert not house.link.is_symlink()


def test_a_name_that_somebody_else_has_taken_stays(house, tmp_path):
    house.link.unlink()
    house.link.symlink_to(tmp_path)
    house.port.close()
    assert house.link.readlink() == tmp_path


@pytest.mark.parametrize("what", ["file", "folder", "live", "foreign"])
def test_what_is_there_already_is_not_replaced(what, house, tmp_path):
    place = tmp_path / "other"
    match what:
        case "file":
            place.touch()
        case "folder":
            place.mkdir()
        case "live":
            place.symlink_to(house.link)
        case "foreign":
            place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        PtyPort(reactor, house.modem, place, house.watch)
    assert os.path.lexists(place)


def test_the_name_of_a_modem_that_was_killed_is_taken(house, tmp_path):
    place = tmp_path / "other"
    place.symlink_to("/dev/pts/987654")
    PtyPort(reactor, VirtualModem(house.exchange, reactor), place, house.watch).close()
    assert not os.path.lexists(place)


# TCP.


@pytest_twisted.ensureDeferred
async def test_a_port_behind_a_serial_server_has_room_for_one(house):
    modem = VirtualModem(house.exchange, reactor)
    async with listening(TcpPort(modem)) as address:
        first = await connected(address)
        first.transport.write(b"ATE0\r")
        assert await first.until(OK) == b"ATE0\r" + OK
        second = await connected(address)
        assert await second.until(b"never") == b""
        first.transport.write(DIAL)
        assert await first.until(CONNECT) == CONNECT
        first.transport.loseConnection()
        await house.until(lambda: house.records)
        third = await connected(address)
        third.transport.write(b"AT\r")
        assert await third.until(OK) == OK
        third.transport.loseConnection()
        await third.until(b"never")
    assert house.outcomes == [Outcome.HUNG_UP]


class Answering(Factory):
    """A meter that listens."""

    def __init__(self):
        self.calls = []

    def buildProtocol(self, addr):  # noqa: N802 - Twisted's name
        self.calls.append(Heard())
        return self.calls[-1]


@pytest_twisted.ensureDeferred
async def test_a_number_leads_to_a_meter_in_the_network_and_either_end_hangs_up(house):
    meter = Answering()
    async with listening(meter) as address:
        house.exchange.enter(Entry(NUMBER, TcpPlace(reactor, address)))
        with opened(house) as port:
            await say(port, b"ATE0\r", OK)
            assert await say(port, DIAL, CONNECT) == CONNECT
            await house.until(lambda: meter.calls)
            await deferToThread(port.write, b"/?!\r\n")
            assert await meter.calls[0].until(b"\n") == b"/?!\r\n"
            meter.calls[0].transport.write(b"/ABC5\r\n")
            assert await say(port, b"", b"\n") == b"/ABC5\r\n"
            meter.calls[0].transport.loseConnection()
            assert await say(port, b"", GONE) == GONE
            assert await say(port, DIAL, CONNECT) == CONNECT
        await meter.calls[1].until(b"never")
    await house.until(lambda: len(house.records) == 2)
    assert house.outcomes == [Outcome.HUNG_UP_THERE, Outcome.HUNG_UP]


@pytest_twisted.ensureDeferred
async def test_where_no_meter_listens_there_is_no_answer(house):
    async with listening(Answering()) as address:
        pass
    house.exchange.enter(Entry(NUMBER, TcpPlace(reactor, address)))
    with opened(house) as port:
        await say(port, b"ATE0\r", OK)
        assert await say(port, DIAL, b"\n") == b"\r\n"
        assert await say(port, b"", b"\n") == b"NO ANSWER\r\n"


@pytest_twisted.ensureDeferred
async def test_a_meter_calls_in_over_tcp(house):
    async with listening(CallersDoor(house.exchange, reactor)) as address:
        with opened(house) as port:
            await say(port, b"ATE0S0=1\r", OK)
            meter = await connected(address)
            meter.transport.write(b"CALL 1\r\nmeter 7\r\n")
            assert await say(port, b"", b"meter 7\r\n") == b"\r\nRING\r\n" + CONNECT + b"meter 7\r\n"
            await deferToThread(port.write, b"/?!\r\n")
            assert await meter.until(b"\n") == b"/?!\r\n"
        assert await meter.until(b"never") == b""
