"""A line that a station keeps open: each request on it is one of its own, and nothing hides behind one."""

import functools
import http.client
import json
import socket
import ssl
import threading
import time
from typing import ClassVar

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread

from adapters.db import tables as t
from gateway.endpoints import kept_wire
from gateway.endpoints.station_needs import StationLimits
from gateway.endpoints.station_site import LINES_KEPT_MAX
from tests.endpoints.test_station_hostile import HELLO, slowly
from tests.station_house import PASSWORD, CallingStation, served

SHORT = StationLimits(request_deadline_s=0.6, idle_deadline_s=30)


def question(op="hello", said=HELLO):
    body = json.dumps(said).encode()
    head = f"POST /station/v1/{op} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


QUESTION = question()


class Line:
    """One connection, which is never begun anew; it is closed behind the test."""

    lines: ClassVar[list] = []

    def __init__(self, station):
        self.socket = station.connected()
        self.lines.append(self.socket)

    def ask(self, op="hello", said=HELLO):
        """The status, and whether the line stays."""
        self.send(question(op, said))
        return self.answer()

    def answer(self):
        answer = http.client.HTTPResponse(self.socket)
        answer.begin()
        self.said = json.loads(answer.read())
        answer.close()
        return answer.status, answer.headers["Connection"]

    def send(self, octets):
        self.socket.sendall(octets)

    def is_closed(self):
        """Wait for the end; nothing more must come before it."""
        try:
            return self.socket.recv(4_096) == b""
        except (ConnectionError, ssl.SSLEOFError):
            return True


def with_lines(test=None, **settings):
    """As ``served``; the lines are closed before the door is."""
    if test is None:
        return functools.partial(with_lines, **settings)

    @functools.wraps(test)
    def run(house):
        try:
            test(house)
        finally:
            while Line.lines:
                Line.lines.pop().close()

    return served(run, **settings)


def heard(house):
    """How many times ``hello`` was answered."""
    places = house.tally.counted.items()
    return sum(
        count for place, count in places if place[0] == "station_requests" and ("asked", "hello") in place
    )


def until(holds):
    ends = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


@with_lines
def test_questions_come_one_after_another_on_one_line(house):
    line = Line(house.station())
    assert [line.ask() for _ in range(5)] == [(200, "keep-alive")] * 5
    assert (heard(house), len(house.site.channels)) == (5, 1)


@with_lines
def test_a_certificate_that_is_taken_back_is_dead_on_a_line_that_is_open(house):
    station = house.station()
    line = Line(station)
    assert line.ask() == (200, "keep-alive")
    with house.engine.connect() as connection:
        (number,) = connection.execute(t.station_certificate.select()).one()[:1]
    house.revoke(number)
    assert line.ask() == (401, "close")
    assert line.said["denied"] == "certificate"
    assert line.is_closed()


@with_lines
def test_no_line_is_kept_for_a_stranger_nor_behind_what_was_not_done(house):
    code, stranger = house.code("n1"), CallingStation(house)
    line = Line(stranger)
    assert line.ask("enrol", {"code": code, "csr": stranger.csr()}) == (200, "close")
    assert line.is_closed()
    line = Line(house.station("s1"))
    assert line.ask() == (200, "keep-alive")
    assert line.ask("find", {"session": "s" * 43, "number": "123"}) == (401, "close")
    assert line.is_closed()


@with_lines
def test_whoever_wants_his_line_closed_has_it_closed(house):
    for wish in (
        QUESTION.replace(b"HTTP/1.1", b"HTTP/1.0"),
        QUESTION.replace(b"Host: x", b"Connection: close"),
    ):
        line = Line(house.station())
        line.send(wish)
        assert line.answer() == (200, "close")
        assert line.is_closed()


@with_lines(limits=SHORT)
def test_each_request_on_a_line_has_its_own_deadline(house):
    """One that comes byte by byte is cut like the first one on a line would be."""
    line = Line(house.station())
    for _ in range(3):
        assert line.ask() == (200, "keep-alive")
        time.sleep(0.4)
    began = time.monotonic()
    for at in range(20):
        line.send(QUESTION[at : at + 1])
        time.sleep(0.1)
        if time.monotonic() - began > 0.9:
            break
    assert line.answer() == (408, "close")
    assert line.is_closed()
    assert time.monotonic() - began < 5
    assert heard(house) == 3


@with_lines(limits=StationLimits(idle_deadline_s=0.5))
def test_a_line_on_which_nobody_asks_is_closed_and_that_is_no_fault(house):
    line = Line(house.station())
    for _ in range(3):
        time.sleep(0.3)
        assert line.ask() == (200, "keep-alive")
    began = time.monotonic()
    assert line.is_closed()
    assert 0.3 < time.monotonic() - began < 3
    assert not [place for place in house.tally.counted if place[0] == "http_cut"]
    until(lambda: not house.site.channels)


@with_lines(limits=StationLimits(idle_deadline_s=0.3))
def test_whoever_has_gone_without_a_word_is_forgotten(house):
    """He does not answer the close either: TLS would wait for him."""
    line = Line(house.station())
    assert line.ask() == (200, "keep-alive")
    assert len(house.site.channels) == 1
    ends = time.monotonic() + kept_wire.CLOSE_S + 3
    while house.site.channels:
        assert time.monotonic() < ends
        time.sleep(0.05)


@with_lines
def test_what_comes_behind_a_request_is_dropped_and_the_line_closed(house):
    behinds = (b"GARBAGE", b"\r\n", QUESTION, question("renew", {"csr": ""}), b"GET / HTTP/1.1\r\n\r\n")
    for count, behind in enumerate(behinds, 1):
        line = Line(house.station())
        assert line.ask() == (200, "keep-alive")
        line.send(QUESTION + behind)
        assert line.answer() == (200, "close")
        assert line.is_closed()
        assert heard(house) == 2 * count
    assert not [place for place in house.tally.counted if ("asked", "renew") in place]


@with_lines
def test_what_comes_before_an_answer_is_dropped_as_well(house):
    """A sign-in is being compared; the next question is sent meanwhile, in pieces."""
    gate = threading.Event()
    house.door.desk._behind.passwords._run_elsewhere = slowly(gate)  # noqa: SLF001 - a thread that is slow
    line = Line(house.station())
    line.send(question("sign_in", {"login": "ann", "password": PASSWORD}))
    for piece in (QUESTION[:20], QUESTION[20:], QUESTION):
        time.sleep(0.1)
        line.send(piece)
    time.sleep(0.2)
    gate.set()
    assert line.answer() == (200, "close")
    assert line.is_closed()
    assert heard(house) == 0


@with_lines
def test_garbage_instead_of_the_next_request_is_refused(house):
    line = Line(house.station())
    assert line.ask() == (200, "keep-alive")
    line.send(b"\x00\xff nothing of it is HTTP\r\n\r\n")
    assert line.answer() == (400, "close")
    assert line.is_closed()
    line = Line(house.station())
    assert line.ask() == (200, "keep-alive")
    line.send(b"POST /station/v1/hello HTTP/1.1\r\nContent-Length: 65537\r\n\r\n")
    assert line.answer() == (413, "close")


@with_lines
def test_a_line_that_is_half_closed_holds_no_connection(house):
    for sent in (b"", QUESTION[:30], QUESTION):
        line = Line(house.station())
        assert line.ask() == (200, "keep-alive")
        line.send(sent)
        line.socket.shutdown(socket.SHUT_WR)
        until(lambda: not house.site.channels)


@with_lines
def test_a_station_has_so_many_lines_and_another_one_its_own(house):
    station, other = house.station("n1"), house.station("s1")
    lines = [Line(station) for _ in range(LINES_KEPT_MAX + 1)]
    said = [line.ask() for line in lines]
    assert said == [(200, "keep-alive")] * LINES_KEPT_MAX + [(200, "close")]
    assert Line(other).ask() == (200, "keep-alive")
    for line in (lines[0], lines[-1]):
        line.socket.close()
    until(lambda: len(house.site.channels) == LINES_KEPT_MAX)  # one is the other station's
    assert Line(station).ask() == (200, "keep-alive")


@with_lines
def test_a_line_ends_after_so_many_requests(house):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_wire, "REQUESTS_MAX", 3)
        line = Line(house.station())
        assert [line.ask() for _ in range(3)] == [(200, "keep-alive")] * 2 + [(200, "close")]
    assert line.is_closed()


@with_lines
def test_at_a_stop_idle_lines_are_closed_and_an_answer_that_is_owed_is_the_last(house):
    gate = threading.Event()
    idle, busy = Line(house.station()), Line(house.station("s1"))
    assert (idle.ask(), busy.ask()) == ((200, "keep-alive"), (200, "keep-alive"))
    house.door.desk._behind.passwords._run_elsewhere = slowly(gate)  # noqa: SLF001 - a thread that is slow
    busy.send(question("sign_in", {"login": "bob", "password": PASSWORD}))
    until(lambda: house.site.in_flight)
    drained: list[bool] = []

    def drain():
        Deferred.fromCoroutine(house.site.drain()).addCallback(lambda _: drained.append(True))

    blockingCallFromThread(reactor, drain)
    assert idle.is_closed()
    assert not drained
    gate.set()
    assert busy.answer() == (200, "close")
    assert busy.is_closed()
    busy.socket.close()
    until(lambda: drained)
