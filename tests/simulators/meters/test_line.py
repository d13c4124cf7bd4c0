"""Lines over Twisted with a clock in the hand: when answers go out, who may call, when it dials again."""

import random

import pytest
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from gateway.codecs.dlt645.frame import encoded, frames_of
from gateway.codecs.dlt645.orders import Authority, Password, Write
from gateway.codecs.dlt645.requests import Read
from gateway.simulators.meters.face import Mishap, MishapKind
from gateway.simulators.meters.line import LineFactory
from gateway.simulators.meters.serve import DIAL_AGAIN_S_MAX, Dialler, Served
from tests.virtual_meters import NUMBER, house, wired

READ = encoded(NUMBER, 0x11, Read("00010000").body)
WRITE = Write("04000102", Authority(Password(2, "000000")), bytes(3))


class Caller:
    """Somebody who has called the meters of a factory."""

    def __init__(self, factory):
        self.transport = StringTransport()
        self.line = factory.buildProtocol(None)
        self.line.makeConnection(self.transport)

    @property
    def heard(self):
        found = self.transport.value()
        self.transport.clear()
        return found

    def hang_up(self):
        self.line.connectionLost(Failure(ConnectionDone()))


@pytest.fixture
def clock():
    return Clock()


def factory(clock, *ordered, model="dlt645-2007", keep=lambda: True, turn_ms=None, **more):
    meter = wired(model, house(clock), *ordered, turn_ms=turn_ms)
    if "mode" in more:
        meter.mode = more.pop("mode")
    return LineFactory([meter], clock, keep=keep, **more)


def test_an_answer_goes_out_after_its_time(clock):
    caller = Caller(factory(clock))
    caller.line.dataReceived(READ)
    clock.advance(0.019)
    assert caller.heard == b""
    clock.advance(0.001)
    assert frames_of(caller.heard)


def test_a_late_one_is_late_and_one_of_no_time_is_there_at_once(clock):
    caller = Caller(factory(clock, Mishap(MishapKind.LATE, 0, 3000), turn_ms=0))
    caller.line.dataReceived(READ)
    clock.advance(2.9)
    assert caller.heard == b""
    clock.advance(0.1)
    assert frames_of(caller.heard)
    caller.line.dataReceived(READ)
    assert frames_of(caller.heard)


def test_half_a_frame_is_forgotten_after_half_a_second(clock):
    caller = Caller(factory(clock, turn_ms=0))
    caller.line.dataReceived(READ[:9])
    clock.advance(0.4)
    caller.line.dataReceived(READ[9:])
    assert frames_of(caller.heard)
    caller.line.dataReceived(READ[:9])
    clock.advance(0.5)
    caller.line.dataReceived(READ[9:])
    clock.advance(0.5)
    assert caller.heard == b""


def test_without_an_option_the_read_out_comes_by_itself(clock):
    caller = Caller(factory(clock, model="iec62056-21"))
    caller.line.dataReceived(b"/?!\r\n")
    clock.advance(0.02)
    assert caller.heard.startswith(b"/PWs5")
    clock.pump([1.5, 0.02])
    assert b"1.8.0(" in caller.heard


def test_in_mode_d_a_telegram_comes_every_ten_seconds(clock):
    caller = Caller(factory(clock, model="iec62056-21", mode="D"))
    clock.pump([10, 10])
    assert caller.heard.count(b"/PWs3") == 2
    caller.hang_up()
    assert clock.getDelayedCalls() == []


def test_when_the_caller_is_gone_nothing_is_said_and_nothing_waits(clock):
    line = factory(clock)
    caller = Caller(line)
    caller.line.dataReceived(READ + READ[:9])
    caller.hang_up()
    clock.advance(1)
    assert (caller.heard, line.callers, clock.getDelayedCalls()) == (b"", 0, [])


def test_each_caller_has_a_line_of_his_own_unless_the_meter_has_one(clock):
    line = factory(clock, turn_ms=0)
    callers = [Caller(line) for _ in range(3)]
    for caller in callers:
        caller.line.dataReceived(READ)
        assert frames_of(caller.heard)
    single = factory(clock, turn_ms=0, is_for_one=True)
    first, second = Caller(single), Caller(single)
    assert second.transport.disconnecting
    second.hang_up()
    first.line.dataReceived(READ)
    assert frames_of(first.heard)
    first.hang_up()
    assert not Caller(single).transport.disconnecting


def test_what_cannot_be_kept_is_not_confirmed(clock):
    caller = Caller(factory(clock, turn_ms=0, keep=lambda: False))
    caller.line.dataReceived(encoded(NUMBER, 0x14, WRITE.body))
    assert caller.heard == b""
    assert caller.transport.disconnecting


def test_what_is_ordered_is_kept_before_it_is_confirmed(clock):
    told = []

    def keep():
        told.append("kept")
        return True

    caller = Caller(factory(clock, turn_ms=0, keep=keep))
    caller.line._say = lambda octets: told.append("said")  # noqa: SLF001 - listened to
    caller.line._speaker._say = caller.line._say  # noqa: SLF001 - likewise
    caller.line.dataReceived(encoded(NUMBER, 0x14, WRITE.body))
    assert told == ["kept", "said"]


def test_a_peer_that_breaks_the_header_of_dlms_is_left(clock):
    caller = Caller(factory(clock, model="dlms-tcp"))
    caller.line.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    assert caller.transport.disconnecting


def test_who_does_not_read_is_not_read_either(clock):
    caller = Caller(factory(clock))
    caller.transport.producer.pauseProducing()
    assert caller.transport.producerState == "paused"
    caller.transport.producer.resumeProducing()
    assert caller.transport.producerState == "producing"
    caller.transport.producer.stopProducing()


# Meters that dial in.


@pytest.fixture
def reactor():
    return MemoryReactorClock()


def dialled(reactor, **more):
    served = Served(reactor)
    served.dial("127.0.0.1", 7000, [wired("dlt645-2007", house(reactor))], **more)
    reactor.advance(0)
    return served


def test_a_meter_dials_in_says_who_it_is_and_answers(reactor):
    dialled(reactor, hello=b"000000000161\r\n")
    ((host, port, dialler, timeout, _),) = reactor.tcpClients
    assert (host, port, timeout) == ("127.0.0.1", 7000, 30)
    caller = Caller(dialler)
    assert caller.heard == b"000000000161\r\n"
    caller.line.dataReceived(READ)
    reactor.advance(0.02)
    assert frames_of(caller.heard)


def test_a_call_that_is_not_taken_is_made_again_later_and_later(reactor):
    dialled(reactor)
    waits, dialler = [], reactor.tcpClients[0][2]
    for count in range(1, 10):
        dialler.clientConnectionFailed(None, Failure(ConnectError()))
        begun = reactor.seconds()
        while len(reactor.tcpClients) == count:
            reactor.advance(0.25)
        waits.append(reactor.seconds() - begun)
    for wait, most in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60, DIAL_AGAIN_S_MAX], strict=True):
        assert most / 2 <= wait <= most + 0.25


def test_a_call_that_is_lost_is_made_again_at_once(reactor):
    dialled(reactor)
    dialler = reactor.tcpClients[0][2]
    dialler.clientConnectionFailed(None, Failure(ConnectError()))
    reactor.advance(1)
    Caller(dialler).hang_up()
    dialler.clientConnectionLost(None, Failure(ConnectionDone()))
    reactor.advance(1)
    assert len(reactor.tcpClients) == 3


def test_whoever_is_stopped_dials_no_more(reactor):
    served = dialled(reactor)
    dialler = reactor.tcpClients[0][2]
    dialler.clientConnectionFailed(None, Failure(ConnectError()))
    served.stop()
    dialler.clientConnectionLost(None, Failure(ConnectionDone()))
    reactor.advance(100)
    assert len(reactor.tcpClients) == 1


def test_a_town_does_not_dial_all_at_once(reactor):
    calls = []
    line = LineFactory([wired("dlt645-2007", house(reactor))], reactor)
    dice = random.Random(1)
    for _ in range(100):
        Dialler(line, lambda _: calls.append(reactor.seconds()), dice).begin(20)
    reactor.pump([0.5] * 50)
    assert len(calls) == 100
    assert len({round(at) for at in calls}) > 8
