"""Who calls our modems over TCP: naming a number or none, early octets, busy and unanswered calls."""

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from gateway.simulators.modems.book import Outcome
from gateway.simulators.modems.callers import CHOICE_S, EARLY_OCTETS_MAX, CallersDoor
from gateway.simulators.modems.exchange import RINGS_MAX
from gateway.simulators.modems.virtual_modem import VirtualModem
from tests.telephone import Telephone

RING = b"\r\nRING\r\n"
CONNECT = b"\r\nCONNECT 9600\r\n"
GONE = b"\r\nNO CARRIER\r\n"


class Connection(StringTransport):
    def setTcpNoDelay(self, enabled):  # noqa: N802 - Twisted's name
        assert enabled


def called(*said):
    """A modem without echo, and somebody who has connected and said this."""
    telephone = Telephone()
    telephone.typed(b"ATE0\r")
    return telephone, connected(telephone, *said)


def connected(telephone, *said):
    wire = CallersDoor(telephone.exchange, telephone.clock).buildProtocol(None)
    wire.makeConnection(Connection())
    for octets in said:
        wire.dataReceived(octets)
    return wire


@pytest.mark.parametrize(
    "said",
    [
        [b"CALL 1\r\n"],
        [b"CALL 1\n"],
        [b"CA", b"LL ", b"1", b"\r", b"\n"],
        [b"CALL\r\n"],
        [b"\x68"],
        [b"CALx"],
    ],
)
def test_whoever_connects_rings_at_once_where_he_says_something(said):
    telephone, wire = called(*said)
    assert telephone.after(0) == RING
    assert wire.transport.value() == b""


def test_whoever_says_nothing_rings_after_a_second():
    telephone, _ = called()
    assert telephone.after(CHOICE_S - 0.1) == b""
    assert telephone.after(0.2) == RING


def test_a_line_that_never_ends_is_no_choice():
    telephone, _ = called(b"CALL " + b"1" * 100)
    assert telephone.after(0) == RING


@pytest.mark.parametrize(
    ("said", "early"),
    [
        (b"CALL 1\r\nmeter 7\r\n", b"meter 7\r\n"),
        (b"meter 7\r\n", b"meter 7\r\n"),
        (b"CALLING\r\n", b"CALLING\r\n"),
        (b"x" * 10_000, b"x" * EARLY_OCTETS_MAX),
    ],
)
def test_what_is_said_before_the_answer_arrives_with_it(said, early):
    telephone, wire = called(said)
    telephone.after(0)
    assert telephone.typed(b"ATA\r") == CONNECT + early
    wire.dataReceived(b"more")
    assert telephone.after(0) == b"more"
    telephone.typed(b"/?!\r\n")
    assert wire.transport.value() == b"/?!\r\n"


def test_the_connection_ends_with_the_call():
    telephone, wire = called(b"CALL 1\r\n")
    telephone.after(0)
    telephone.typed(b"ATA\r")
    telephone.modem.dtr(is_high=False)
    assert wire.transport.disconnecting
    wire.connectionLost(Failure(ConnectionDone()))
    assert [record.outcome for record in telephone.records] == [Outcome.HUNG_UP]


def test_the_call_ends_with_the_connection():
    telephone, wire = called(b"CALL 1\r\n")
    telephone.after(0)
    telephone.typed(b"ATA\r")
    wire.connectionLost(Failure(ConnectionDone()))
    assert telephone.after(0) == GONE
    assert [record.outcome for record in telephone.records] == [Outcome.HUNG_UP_THERE]


@pytest.mark.parametrize("said", [[], [b"CALL"], [b"CALL 1\r\n"]])
def test_whoever_goes_before_he_is_answered_rings_no_more(said):
    telephone, wire = called(*said)
    wire.connectionLost(Failure(ConnectionDone()))
    assert telephone.after(30) == b""
    assert telephone.clock.getDelayedCalls() == []


def test_whoever_is_not_answered_is_let_go():
    telephone, wire = called(b"CALL 1\r\n")
    assert telephone.after(100) == RING * RINGS_MAX
    assert wire.transport.disconnecting


@pytest.mark.parametrize("said", [b"CALL 7\r\n", b"CALL 1\r\n", b"CALL\r\n"])
def test_where_nobody_can_be_called_the_connection_ends(said):
    telephone, _ = called(b"CALL 1\r\n")
    assert connected(telephone, said).transport.disconnecting


def test_the_number_decides_which_modem_rings():
    telephone, _ = called()
    second = VirtualModem(telephone.exchange, telephone.clock)
    heard: list = []
    second.out = heard.append
    connected(telephone, b"CALL 2\r\n")
    assert telephone.after(0) == b""
    assert heard == [RING]


def test_octets_that_the_other_end_does_not_fetch_are_lost_and_not_kept():
    telephone, wire = called(b"CALL 1\r\n")
    telephone.after(0)
    telephone.typed(b"ATA\r")
    wire.transport.producer.pauseProducing()
    telephone.typed(b"lost")
    wire.transport.producer.resumeProducing()
    telephone.typed(b"kept")
    assert wire.transport.value() == b"kept"
