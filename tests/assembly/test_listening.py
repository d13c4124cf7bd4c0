"""How ports are opened: what waits to be taken in, and what may be offered behind TLS."""

import socket
import ssl
from contextlib import ExitStack

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread

from gateway.assembly.listening import open_port, with_backlog
from gateway.endpoints.bank_iso8583 import BankLinkFactory
from tests.builders import bank_door, database, soap_site
from tests.endpoints.test_bank_tls import self_signed


@pytest.mark.parametrize(
    ("endpoint", "opened"),
    [
        ("tcp:8588", "tcp:8588:backlog=128"),
        ("tcp:port=8588:interface=127.0.0.1", "tcp:port=8588:interface=127.0.0.1:backlog=128"),
        (r"tcp6:8588:interface=\:\:1", r"tcp6:8588:interface=\:\:1:backlog=128"),
        ("ssl:8588:privateKey=k.pem", "ssl:8588:privateKey=k.pem:backlog=128"),
        ("unix:/run/bank", "unix:/run/bank:backlog=128"),
        ("tcp:8588:backlog=7", "tcp:8588:backlog=7"),
        ("tcp:8588:127.0.0.1:7", "tcp:8588:127.0.0.1:7"),
        ("systemd:domain=INET:index=0", "systemd:domain=INET:index=0"),
    ],
)
def test_twice_the_limit_may_wait_unless_the_operator_says_otherwise(endpoint, opened):
    assert with_backlog(endpoint, 64) == opened


def test_a_small_door_has_what_every_door_has():
    assert with_backlog("tcp:8588", 4) == "tcp:8588:backlog=50"


@pytest_twisted.ensureDeferred
async def test_all_links_of_a_bank_may_knock_at_once_and_none_calls_twice():
    port = await open_port(reactor, "tcp:0:interface=127.0.0.1", Factory.forProtocol(Protocol), 64)
    with ExitStack() as callers:
        for _ in range(100):
            # The reactor takes nobody in while this test runs; whoever finds no room waits for a second.
            callers.enter_context(socket.create_connection(("127.0.0.1", port.getHost().port), timeout=0.5))
    await port.stopListening()


def negotiated(port, certificate, offers):
    """What a client is answered that offers these; an SSLError where it is turned away."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.set_alpn_protocols(offers)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as wire,
        context.wrap_socket(wire, server_hostname="localhost") as tls,
    ):
        return tls.selected_alpn_protocol()


# Twisted hands pyOpenSSL its own certificate class, which pyOpenSSL would rather not see; both still work.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:OpenSSL", "ignore::DeprecationWarning:twisted")
@pytest.mark.parametrize(
    ("kind", "offers", "chosen"),
    [
        ("iso8583", ["iso8583"], None),
        ("iso8583", ["h2"], None),
        ("iso8583", ["h2", "http/1.1"], None),
        ("soap", ["h2", "http/1.1"], "http/1.1"),
        ("soap", ["h2"], None),
    ],
)
@pytest_twisted.ensureDeferred
async def test_whoever_offers_an_application_protocol_is_let_in_and_h2_is_never_chosen(
    tmp_path, kind, offers, chosen
):
    key, certificate = self_signed(tmp_path)
    engine = database(tmp_path / "till.db", 1)
    if kind == "soap":
        door = soap_site(engine, clock=reactor)
    else:
        door = BankLinkFactory(bank_door(engine, clock=reactor))
    described = f"ssl:0:privateKey={key}:certKey={certificate}:interface=127.0.0.1"
    port = await open_port(reactor, described, door, 64)
    assert await deferToThread(negotiated, port.getHost().port, certificate, offers) == chosen
    await door.drain()
    await port.stopListening()
