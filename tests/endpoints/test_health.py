"""The health door: what it answers, what it refuses, and that nobody can hold it."""

import json
import logging

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from gateway.endpoints.health import Check, Standing, health_site
from gateway.endpoints.http_pages import DEADLINE_S, LINKS_MAX
from gateway.tally import NoTally

PEER = IPv4Address("TCP", "127.0.0.1", 50000)


class Heard(NoTally):
    """A tally that remembers what was counted."""

    def __init__(self):
        self.counted = []
        self.levels = {}

    def count(self, name, amount=1, **labels):
        super().count(name, amount, **labels)
        self.counted.append((name, labels))

    def level(self, name, value, **labels):
        super().level(name, value, **labels)
        self.levels[name, *labels.values()] = value


class Door:
    """The door on memory transports."""

    def __init__(self, *checks, metrics=lambda: b"# nothing\n", look=None):
        self.clock = Clock()
        self.tally = Heard()
        self.site = health_site(look or (lambda: checks), metrics, tally=self.tally, reactor=self.clock)
        self.site.doStart()

    def connect(self):
        channel = self.site.buildProtocol(PEER)
        if channel is None:
            return None, None
        transport = StringTransport(peerAddress=PEER)
        channel.makeConnection(transport)
        return channel, transport

    def ask(self, octets):
        """Send a whole request; the status, the headers and the body of what came back."""
        channel, transport = self.connect()
        channel.dataReceived(octets)
        return parts(transport.value())


def parts(octets):
    head, _, body = octets.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


def get(path, method="GET"):
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def test_all_well_is_200_and_ok():
    status, _, body = Door(Check("ledger", Standing.OK)).ask(get("/health"))
    assert (status, json.loads(body)) == (
        200,
        {"status": "ok", "checks": {"ledger": {"status": "ok", "says": ""}}},
    )


@pytest.mark.parametrize(
    ("standings", "status", "word"),
    [
        ([], 200, "ok"),
        ([Standing.OK, Standing.DEGRADED], 200, "degraded"),
        ([Standing.FAILING, Standing.DEGRADED, Standing.OK], 503, "failing"),
    ],
)
def test_the_worst_check_decides(standings, status, word):
    door = Door(*[Check(f"check{number}", standing) for number, standing in enumerate(standings)])
    answered, _, body = door.ask(get("/health"))
    assert (answered, json.loads(body)["status"]) == (status, word)


def test_checks_that_fail_themselves_are_failing_and_logged_with_their_traceback(caplog):
    def look():
        raise ZeroDivisionError("the ledger is gone")

    status, _, body = Door(look=look).ask(get("/health"))
    assert (status, json.loads(body)["status"]) == (503, "failing")
    assert b"the ledger is gone" not in body
    assert "the ledger is gone" in caplog.text


def test_the_metrics_are_given_as_they_are():
    status, headers, body = Door(metrics=lambda: b"powertill_links 3\n").ask(get("/metrics"))
    assert (status, headers["Content-Type"], body) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        b"powertill_links 3\n",
    )


def test_a_scrape_brings_the_checks_up_to_date():
    standings = {"ledger": Standing.OK, "disk": Standing.DEGRADED, "bank": Standing.FAILING}
    door = Door(*[Check(name, standing) for name, standing in standings.items()])
    door.ask(get("/metrics"))
    assert door.tally.levels == {("check", "ledger"): 1.0, ("check", "disk"): 0.5, ("check", "bank"): 0.0}


def test_metrics_that_fail_are_500_without_internals(caplog):
    def metrics():
        raise ZeroDivisionError("deep inside")

    status, _, body = Door(metrics=metrics).ask(get("/metrics"))
    assert (status, body) == (500, b"system error\n")
    assert "deep inside" in caplog.text


@pytest.mark.parametrize("path", ["/", "/health/", "/HEALTH", "/metrics/x", "/../health", "*", "/%68ealth"])
def test_anything_else_is_404(path):
    assert Door().ask(get(path))[0] == 404


def test_a_query_string_changes_nothing():
    assert Door().ask(get("/health?verbose=1"))[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_another_method_is_405_and_told_which_are_allowed(method):
    status, headers, _ = Door().ask(get("/health", method))
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_head_is_answered_without_a_body():
    status, headers, body = Door().ask(get("/health", "HEAD"))
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("path", ["/health", "/metrics", "/nothing"])
def test_every_answer_has_the_security_headers_and_names_no_software(path):
    _, headers, _ = Door().ask(get(path))
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "Server" not in headers


def test_a_body_of_1_kib_is_ignored():
    head = b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1024\r\n\r\n"
    assert Door().ask(head + b"x" * 1024)[0] == 200


@pytest.mark.parametrize(
    "length", [b"Content-Length: 1025", b"Content-Length: 999999999999", b"Transfer-Encoding: chunked"]
)
def test_a_longer_body_is_413_before_it_is_read(length):
    door = Door()
    channel, transport = door.connect()
    head = b"POST /health HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
    channel.dataReceived(head + length + b"\r\n\r\nxxxx")
    assert parts(transport.value())[0] == 413
    assert transport.disconnecting
    transport.clear()
    channel.dataReceived(b"y" * 2000)
    assert transport.value() == b""
    assert ("http_requests", {"door": "health", "path": "/health", "code": "413"}) in door.tally.counted


def test_one_connection_serves_one_request():
    door = Door()
    channel, transport = door.connect()
    channel.dataReceived(get("/health") + get("/metrics"))
    assert transport.value().count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in transport.value()
    assert transport.disconnecting


def test_a_head_that_dribbles_in_is_cut_at_the_deadline():
    door = Door()
    channel, transport = door.connect()
    octets = iter(b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 100)
    while door.clock.seconds() < DEADLINE_S - 1:
        channel.dataReceived(bytes([next(octets)]))
        door.clock.advance(0.5)
    assert not transport.disconnected
    door.clock.advance(1.0)
    assert transport.disconnected
    assert ("http_cut", {"door": "health", "reason": "deadline"}) in door.tally.counted


@pytest.mark.parametrize(
    "octets", [get("/\xe9"), get("/\x07"), b"hello\r\n\r\n", b"GET /health HTTP/1.1\r\nX : y\r\n\r\n"]
)
def test_what_is_no_http_is_400(octets):
    channel, transport = Door().connect()
    channel.dataReceived(octets)
    assert transport.value().startswith(b"HTTP/1.1 400 ")


def test_a_head_that_is_too_long_is_400():
    status, _, _ = Door().ask(b"GET /health HTTP/1.1\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n")
    assert status == 400


def test_more_connections_than_the_limit_are_refused_until_one_ends():
    door = Door()
    channels = [door.connect()[0] for _ in range(LINKS_MAX)]
    assert door.connect() == (None, None)
    channels[0].connectionLost(Failure(ConnectionDone()))
    assert door.connect()[0] is not None


def test_nothing_is_left_to_the_clock_after_a_connection():
    door = Door()
    channel, _ = door.connect()
    channel.dataReceived(get("/health"))
    channel.connectionLost(Failure(ConnectionDone()))
    assert door.clock.getDelayedCalls() == []


def test_the_access_log_is_an_event_with_fields(caplog):
    caplog.set_level(logging.INFO, "powertill.http")
    Door().ask(get("/nothing-here"))
    (record,) = [record for record in caplog.records if record.message == "http.request"]
    fields = {key: record.fields[key] for key in ("door", "method", "path", "code", "peer")}
    assert fields == {
        "door": "health",
        "method": "GET",
        "path": "/nothing-here",
        "code": 404,
        "peer": "127.0.0.1",
    }


def test_an_unknown_path_is_counted_as_other():
    door = Door()
    door.ask(get("/made-up-by-a-stranger"))
    assert door.tally.counted == [("http_requests", {"door": "health", "path": "other", "code": "404"})]
