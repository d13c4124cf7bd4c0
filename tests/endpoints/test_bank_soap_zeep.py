"""A foreign SOAP client, zeep, calls every operation over a real socket, and meets every kind of fault."""

import socket
import time
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import pytest_twisted
import requests
import zeep
from requests.auth import HTTPBasicAuth
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.threads import deferToThread

from adapters.db.journal_reader import JournalReader
from gateway.endpoints.bank_door import LinkLimits
from tests.builders import NOON, database, drn, free_pricing, soap_site

DAY = date(2026, 11, 23)
PAID = {"date": DAY, "amount": Decimal("100.00"), "currency": "CNY", "meter": drn(1)}
SECRET = b"open sesame"


@asynccontextmanager
async def listening(site):
    """The door on a port of the loopback address."""
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(site)
    try:
        yield port.getHost().port
    finally:
        await port.stopListening()
        await site.drain()


def with_client(port, work, secret=SECRET):
    """Have a client that has read the WSDL do some work, in a thread of its own."""

    def do():
        with requests.Session() as session:
            session.trust_env = False  # this machine may have proxies of its own
            session.auth = HTTPBasicAuth("east", secret)
            transport = zeep.transports.Transport(session=session, timeout=10, operation_timeout=10)
            client = zeep.Client(f"http://127.0.0.1:{port}/collection?wsdl", transport=transport)
            return work(client.service)

    return deferToThread(do)


def fault_of(call, *words, **named):
    with pytest.raises(zeep.exceptions.Fault) as raised:
        call(*words, **named)
    problem = {one.tag.partition("}")[2]: one.text for one in raised.value.detail[0]}
    return raised.value.code.partition(":")[2], problem


@pytest_twisted.ensureDeferred
async def test_a_foreign_client_calls_every_operation(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    site = soap_site(engine, clock=reactor, password=SECRET, token_in_answer=False)

    def work(service):
        assert service.Echo(text="are you there?").bank == "east"
        assert service.Echo(text="x").time == datetime(2026, 11, 23, 4, 0, tzinfo=UTC) == NOON
        found = service.Inquire(meter=drn(1))
        assert (found.outcome, found.customer, found.most) == ("found", "Zh*** We*", Decimal("5000.00"))
        paid = service.Pay(reference="R1", terminal="T 1", isAdvice=False, **PAID)
        assert (paid.outcome, paid.token, paid.receiptNo) == ("approved", None, 1)
        assert sum(line.amount for line in paid.line) == paid.amount == Decimal("100.00")
        assert paid.businessDate == DAY
        asked = service.QueryResult(reference="R1", date=DAY)
        assert len(asked.token) == 20
        assert service.QueryResult(reference="R1", date=DAY).token == asked.token
        assert service.Reverse(reference="R1", date=DAY).reason == "token_out"
        service.Pay(reference="R2", **PAID)
        undone = service.Reverse(reference="R2", date=DAY, amount=Decimal("100.00"), currency="CNY")
        assert undone.outcome == "reversed"
        assert service.Pay(reference="R2", **PAID).outcome == "reversed"

    async with listening(site) as port:
        await with_client(port, work)
    assert [sale.state for sale in JournalReader(engine).sales()] == ["claimed", "reversed"]


@pytest_twisted.ensureDeferred
async def test_a_foreign_client_reads_an_offer_and_both_tokens(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    prices = {"pricing": free_pricing(), "currency": "ZAR"}
    site = soap_site(engine, clock=reactor, password=SECRET, **prices)
    rand = PAID | {"currency": "ZAR"}

    def work(service):
        found = service.Inquire(meter=drn(1), amount=Decimal("100.00"), currency="ZAR")
        offer = found.offer
        assert (found.outcome, offer.energyWh, offer.energyKwh) == ("found", 38_300, "38.3")
        assert (offer.freeWh, offer.freeKwh, offer.tariffVersion) == (60_000, "60.0", "lifeline-1")
        assert sum(line.amount for line in offer.line) == offer.amount == Decimal("100.00")
        assert offer.validUntil == NOON + timedelta(minutes=15)
        assert service.Inquire(meter=drn(1)).offer is None
        assert fault_of(service.Inquire, meter=drn(1), amount=Decimal(1))[1]["field"] == "currency"
        too_little = service.Inquire(account="A1", amount=Decimal("0.01"), currency="ZAR")
        assert (too_little.outcome, too_little.reason) == ("declined", "below_minimum")
        paid = service.Pay(reference="R1", **rand)
        assert (paid.energyWh, paid.freeWh, paid.freeKwh) == (38_300, 60_000, "60.0")
        assert len({paid.token, paid.freeToken}) == 2
        assert service.QueryResult(reference="R1", date=DAY).freeToken == paid.freeToken
        assert service.Pay(reference="R2", **rand).freeToken is None

    async with listening(site) as port:
        await with_client(port, work)
    assert len(list(JournalReader(engine).sales())) == 2


@pytest_twisted.ensureDeferred
async def test_a_foreign_client_understands_every_fault(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    site = soap_site(engine, clock=reactor, password=SECRET)

    def work(service):
        code, problem = fault_of(service.Pay, reference="A B", **PAID)
        assert (code, problem["field"]) == ("Client.Field", "reference")
        code, problem = fault_of(service.Pay, reference="R1", **(PAID | {"amount": Decimal("1.001")}))
        assert (code, problem["field"]) == ("Client.Field", "amount")
        assert "2 decimals" in problem["cure"]
        service._binding_options["address"] += "/elsewhere"  # noqa: SLF001 - zeep has no other way
        assert fault_of(service.Echo, text="x")[0] == "Client.Path"

    def stranger(service):
        code, problem = fault_of(service.Pay, reference="R1", **PAID)
        assert (code, problem["field"]) == ("Client.Authentication", "Authorization")

    async with listening(site) as port:
        await with_client(port, work)
        await with_client(port, stranger, secret=b"guess")
    assert list(JournalReader(engine).sales()) == []


def send(port, *pieces, pause_s=0.0):
    """Send a request piece by piece on a plain socket; what came back, and how long it took to be closed."""
    begin = time.monotonic()
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        try:
            for piece in pieces:
                wire.sendall(piece)
                time.sleep(pause_s)
        except ConnectionError:
            pass  # cut while it sent; what was said before that may still be read
        try:
            while chunk := wire.recv(65_536):
                said += chunk
        except ConnectionError:
            pass  # cut: there is no more
    return said, time.monotonic() - begin


HEAD = b"POST /collection HTTP/1.1\r\nHost: till\r\nContent-Type: text/xml\r\nSOAPAction: Pay\r\n"


@pytest_twisted.ensureDeferred
async def test_five_megabytes_get_their_fault_on_a_real_socket(tmp_path):
    site = soap_site(database(tmp_path / "till.db", 1), clock=reactor)
    async with listening(site) as port:
        body = b"x" * 5_000_000
        said, _ = await deferToThread(send, port, HEAD + b"Content-Length: 5000000\r\n\r\n", body)
        assert b"Client.TooLarge" in said
        chunks = [b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 32
        said, _ = await deferToThread(send, port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunks)
        assert b"Client.TooLarge" in said


@pytest.mark.slow
@pytest.mark.parametrize("more", [b"", b"Content-Length: 500\r\n\r\n"], ids=["the head", "the body"])
@pytest_twisted.ensureDeferred
async def test_what_drips_in_gets_its_fault_at_the_deadline_on_a_real_socket(tmp_path, more):
    limits = LinkLimits(frame_deadline_s=1)
    site = soap_site(database(tmp_path / "till.db", 1), clock=reactor, limits=limits)
    async with listening(site) as port:
        drops = [b"X: a" if not more else b"<"] + [b"a"] * 100
        said, took_s = await deferToThread(send, port, HEAD + more, *drops, pause_s=0.05)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"Client.Timeout" in said
    assert took_s < 4
