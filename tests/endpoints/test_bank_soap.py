"""The SOAP door on a real database, over memory: operations, refusals, faults, limits and deadlines."""

import gzip
import logging
from base64 import b64encode

import pytest
from lxml import etree
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from adapters.db.journal_reader import JournalReader
from gateway.core.meter import Carrier, MeterState
from gateway.endpoints.bank_door import LinkLimits
from gateway.endpoints.bank_soap import LINGER_S
from gateway.ports import LedgerBusy, OutcomeUnknown
from gateway.proof.check import check_books
from gateway.simulators.meter import Accepted, VirtualMeter
from gateway.tally import NoTally
from tests.builders import database, decoder_key, drn, identity, meter_file, soap_site

PEER = IPv4Address("TCP", "127.0.0.1", 50000)
OURS = "{urn:powertill:collection:1}"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
XML = "text/xml; charset=utf-8"


class Heard(NoTally):
    """A tally that remembers what was counted."""

    def __init__(self):
        self.counted = []

    def count(self, name, amount=1, **labels):
        super().count(name, amount, **labels)
        self.counted.append((name, labels))


def envelope(body, head=""):
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:powertill:collection:1">'
        f"{head}<e:Body>{body}</e:Body></e:Envelope>"
    )


def call(operation, **elements):
    return f"<{operation}>{''.join(f'<{n}>{v}</{n}>' for n, v in elements.items())}</{operation}>"


def payment(reference="R1", amount="100.00", meter=None, **more):
    named = {"reference": reference, "date": "2026-11-23", "amount": amount, "currency": "CNY", **more}
    return call("Pay", **named, **({} if "account" in more else {"meter": meter or drn(1)}))


def named(operation, reference="R1", **more):
    return call(operation, reference=reference, date="2026-11-23", **more)


def http(body, action="", **headers):
    octets = body if isinstance(body, bytes) else body.encode()
    usual: dict[str, object] = {"Host": "till", "Content-Type": XML, "SOAPAction": f'"{action}"'}
    usual |= {"Content-Length": len(octets)} | {
        name.replace("_", "-"): text for name, text in headers.items()
    }
    lines = [f"{name}: {text}" for name, text in usual.items() if text is not None]
    return "\r\n".join(["POST /collection HTTP/1.1", *lines, "", ""]).encode() + octets


def connect(site):
    channel = site.buildProtocol(PEER)
    if channel is None:
        return None, None
    transport = StringTransport(peerAddress=PEER)
    channel.makeConnection(transport)
    return channel, transport


def parts(octets):
    head, _, body = octets.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


def raw(site, octets):
    channel, transport = connect(site)
    channel.dataReceived(octets)
    return parts(transport.value())


def read(body):
    """The one element in the Body of an answer: its name and its texts."""
    (found,) = etree.fromstring(body).find(f"{SOAP}Body")
    return etree.QName(found).localname, {etree.QName(one).localname: one.text for one in found}


def fault_of(answer):
    """What a fault says, with the HTTP status it came with."""
    status, _, body = answer
    name, said = read(body)
    assert name == "Fault", body
    problem = etree.fromstring(body).find(f".//{OURS}Problem")
    detail = {etree.QName(one).localname: one.text for one in problem}
    code = said["faultcode"].removeprefix("soap:")
    return {"http": status, "code": code, "says": said["faultstring"]} | detail


def ask(site, body, operation=None):
    """Send one operation; what its answer says."""
    operation = operation or body[1:].partition(">")[0]
    status, _, answer = raw(site, http(envelope(body), operation))
    name, said = read(answer)
    assert (status, name) == (200, f"{operation}Response"), answer
    return said


@pytest.fixture
def engine(tmp_path):
    files = [
        meter_file(1),
        meter_file(2, state=MeterState.BLOCKED),
        meter_file(3, carrier=Carrier.CARD),
        meter_file(4, account_no="A1"),
        meter_file(5),
    ]
    engine = database(tmp_path / "till.db", meters=files)
    yield engine
    assert check_books(JournalReader(engine)) == []


@pytest.fixture
def site(engine):
    return soap_site(engine, clock=Clock())


def sales(engine):
    return list(JournalReader(engine).sales())


# -- operations ------------------------------------------------------------------------------------------


def test_an_echo_says_who_and_when(site):
    assert ask(site, call("Echo", text="are you there?")) == {
        "text": "are you there?",
        "time": "2026-11-23T04:00:00+00:00",
        "bank": "east",
    }


def test_an_inquiry_reads_the_customer_back_without_showing_all_of_him(site):
    found = ask(site, call("Inquire", meter=drn(1)))
    assert found == {
        "outcome": "found", "meter": drn(1), "account": "A1", "customer": "Zh*** We*",
        "powerType": "domestic", "carrier": "token", "least": "1.00", "most": "5000.00", "currency": "CNY",
    }  # fmt: skip


def test_a_payment_brings_a_token_that_its_meter_takes_and_its_repeat_the_same(site, engine):
    first = ask(site, payment())
    assert first["outcome"] == "approved"
    assert (first["amount"], first["currency"], first["receiptNo"]) == ("100.00", "CNY", "1")
    assert (first["meter"], first["customer"], first["businessDate"]) == (drn(1), "Zh*** We*", "2026-11-23")
    meter = VirtualMeter(identity(1), decoder_key(identity(1)))
    assert isinstance(meter.enter(first["token"]), Accepted)
    assert ask(site, payment()) == first
    assert ask(site, payment(amount="100", isAdvice="true")) == first
    assert len(sales(engine)) == 1


def test_the_lines_of_a_payment_sum_to_what_was_paid(site):
    _, _, body = raw(site, http(envelope(payment()), "Pay"))
    amounts = [line.findtext(f"{OURS}amount") for line in etree.fromstring(body).iter(f"{OURS}line")]
    minor = [int(amount.replace(".", "")) for amount in amounts]
    assert len(minor) > 1
    assert sum(minor) == 10_000


def test_a_customer_with_one_meter_is_found_by_his_account(site):
    assert ask(site, payment(account="A5"))["meter"] == drn(5)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"meter": drn(2)}, "meter_blocked"),
        ({"meter": drn(9)}, "unknown_meter"),
        ({"meter": "07000000019"}, "bad_meter_number"),
        ({"account": "A1"}, "several_meters"),
        ({"amount": "0"}, "bad_amount"),
        ({"amount": "0.99"}, "below_minimum"),
        ({"amount": "5000.01"}, "over_limit"),
        ({"currency": "EUR"}, "wrong_currency"),
    ],
)
def test_a_refusal_is_an_answer_and_no_fault(site, engine, changes, reason):
    refused = ask(site, payment(**changes))
    assert (refused["outcome"], refused["reason"]) == ("declined", reason)
    assert refused["sentence"]
    assert sales(engine) == []


def test_the_same_reference_with_another_amount_is_refused(site, engine):
    ask(site, payment())
    refused = ask(site, payment(amount="100.01"))
    assert (refused["outcome"], refused["reason"]) == ("declined", "key_reused")
    assert len(sales(engine)) == 1


def test_a_waiting_credit_is_fetched_by_query_and_then_no_longer_reversed(engine):
    site = soap_site(engine, clock=Clock(), token_in_answer=False)
    paid = ask(site, payment())
    assert "token" not in paid
    assert "waits" in paid["sentence"]
    fetched = ask(site, named("QueryResult"))
    assert len(fetched["token"]) == 20
    assert ask(site, named("QueryResult"))["token"] == fetched["token"]
    refused = ask(site, named("Reverse"))
    assert (refused["outcome"], refused["reason"]) == ("declined", "token_out")


def test_a_waiting_credit_is_reversed_once_and_for_all(engine):
    site = soap_site(engine, clock=Clock(), token_in_answer=False)
    ask(site, payment())
    other = ask(site, named("Reverse", amount="99.00", currency="CNY"))
    assert (other["outcome"], other["reason"]) == ("declined", "amount_differs")
    undone = ask(site, named("Reverse", amount="100.00", currency="CNY"))
    assert undone == {"outcome": "reversed", "receiptNo": "1"}
    assert ask(site, named("Reverse")) == undone
    assert ask(site, payment())["outcome"] == "reversed"
    assert ask(site, named("QueryResult"))["outcome"] == "reversed"


def test_the_credit_of_a_card_meter_is_loaded_at_a_station(site):
    paid = ask(site, payment(meter=drn(3)))
    assert (paid["outcome"], paid["carrier"]) == ("approved", "card")
    assert "sales station" in paid["sentence"]


def test_an_unknown_payment_is_told_so(site):
    assert ask(site, named("QueryResult"))["reason"] == "original_unknown"


def test_an_advice_asks_only_where_advices_may_not_post(engine):
    site = soap_site(engine, clock=Clock(), advice_posts=False)
    assert ask(site, payment(isAdvice="1"))["reason"] == "original_unknown"
    assert sales(engine) == []


def test_blanks_around_a_value_do_not_count(site):
    assert ask(site, payment(isAdvice=" false "))["token"] == ask(site, payment(amount="\n 100.00 "))["token"]


# -- faults of the request -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (payment(reference="A B"), "reference"),
        (payment(reference="A" * 41), "reference"),
        (payment(reference="000"), "reference"),
        (payment(date="2026-02-30"), "date"),
        (payment(date="2026-11-23Z"), "date"),
        (payment(date="2026-11-26"), "date"),
        (payment(date="0000-01-01"), "date"),
        (payment(amount="1e3"), "amount"),
        (payment(amount="-1"), "amount"),
        (payment(amount="100.001"), "amount"),
        (payment(amount="1" * 14), "amount"),
        (payment(amount=""), "amount"),
        (payment(currency="cny"), "currency"),
        (payment(currency="QQQ"), "currency"),
        (payment(isAdvice="yes"), "isAdvice"),
        (payment(terminal="x" * 17), "terminal"),
        (payment(meter="0700000001x"), "meter"),
        (payment().replace("</meter>", "</meter><account>A1</account>"), "account"),
        (named("Pay", amount="1", currency="CNY"), "meter"),
        (payment().replace("<amount>100.00</amount>", ""), "currency"),
        (payment().replace("<reference>", "<reference kind='x'>"), "reference"),
        (payment().replace("<Pay>", "<Pay kind='x'>"), "Pay"),
        (payment().replace("<amount>", "words <amount>"), "Pay"),
        (payment().replace("<amount>", "<amount xmlns='urn:x'>"), "amount"),
        (payment().replace("<amount>", "<amount xmlns=''>"), "amount"),
        (payment(surprise="1"), "surprise"),
        (named("Reverse", amount="1.00"), "currency"),
        (call("Echo", text="x" * 101), "text"),
    ],
)
def test_an_element_that_does_not_fit_is_named_with_its_cure(site, engine, body, field):
    fault = fault_of(raw(site, http(envelope(body), body[1:].partition(">")[0])))
    assert (fault["http"], fault["code"], fault["field"]) == (500, "Client.Field", field)
    assert fault["cure"]
    assert sales(engine) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (payment().replace("<Pay>", "<Pay kind='x'>"), "Pay has an attribute"),
        (payment().replace("<amount>", "<amount kind='x'>"), "amount has an attribute"),
        (payment().replace("<amount>", "words <amount>"), "Pay has text between its elements"),
        (payment().replace("<amount>", "<amount xmlns='urn:x'>"), "amount stands in the namespace urn:x"),
        (payment().replace("<amount>", "<amount xmlns=''>"), "amount stands in no namespace"),
        (payment(amount="1", currency="CNY").replace("<date>2026-11-23</date>", ""),
         "amount is not expected here; expected is date"),
        (named("Pay", amount="1", currency="CNY"), "Pay is not complete; expected is meter or account"),
        (payment(amount="100.0", currency="JPY"), "'100.0' has 1 decimals, JPY has 0"),
    ],
)  # fmt: skip
def test_a_fault_says_what_is_wrong_and_not_something_else(site, body, says):
    assert fault_of(raw(site, http(envelope(body), "Pay")))["says"] == says


def test_a_compressed_body_is_refused_as_such(site):
    answer = raw(site, http(gzip.compress(envelope(payment()).encode()), "Pay", Content_Encoding="gzip"))
    fault = fault_of(answer)
    assert (fault["http"], fault["code"], fault["field"]) == (415, "Client.ContentType", "Content-Encoding")


def test_a_day_ahead_within_a_zone_and_a_wrong_clock_is_taken(site):
    assert ask(site, payment(date="2026-11-25"))["outcome"] == "approved"


@pytest.mark.parametrize("action", ["", "Inquire", "urn:x#Pay"])
def test_a_wrong_soapaction_is_a_fault(site, engine, action):
    fault = fault_of(raw(site, http(envelope(payment()), action)))
    assert (fault["code"], fault["field"]) == ("Client.Action", "SOAPAction")
    assert sales(engine) == []


def test_a_missing_soapaction_is_a_fault_and_one_without_quotes_is_not(site):
    assert fault_of(raw(site, http(envelope(payment()), SOAPAction=None)))["code"] == "Client.Action"
    assert raw(site, http(envelope(payment()), SOAPAction="Pay"))[0] == 200


@pytest.mark.parametrize(
    "kind", [None, "", "application/soap+xml", "text/plain", "text/xml; charset=utf-16", "text/xmlish"]
)
def test_another_content_type_is_a_fault(site, kind):
    fault = fault_of(raw(site, http(envelope(payment()), "Pay", Content_Type=kind)))
    assert (fault["http"], fault["code"]) == (415, "Client.ContentType")


@pytest.mark.parametrize("kind", ["text/xml", 'TEXT/XML;charset="UTF-8"', "text/xml ; charset = utf-8"])
def test_the_content_type_of_soap_is_known_however_it_is_written(site, kind):
    assert raw(site, http(envelope(payment()), "Pay", Content_Type=kind))[0] == 200


def test_another_path_and_another_method_are_faults(site):
    lost = raw(site, http(envelope(payment()), "Pay").replace(b"/collection", b"/"))
    assert fault_of(lost)["http"] == 404
    status, headers, _ = answer = raw(site, b"GET /collection HTTP/1.1\r\nHost: till\r\n\r\n")
    assert (status, headers["Allow"], fault_of(answer)["code"]) == (405, "POST", "Client.Method")


def test_what_is_no_http_is_a_fault_too(site):
    assert fault_of(raw(site, b"hello\r\n\r\n"))["code"] == "Client.Http"
    long_head = b"POST /collection HTTP/1.1\r\nX: " + b"a" * 20_000
    assert fault_of(raw(site, long_head))["code"] == "Client.Http"
    doubled = http(envelope(payment()), "Pay").replace(b"Host:", b"Transfer-Encoding: chunked\r\nHost:")
    assert fault_of(raw(site, doubled))["code"] == "Client.Http"


# -- who may ask -----------------------------------------------------------------------------------------


def basic(user, password):
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "sent",
    [None, "", "Basic", "Basic !!!", "Bearer x", basic("east", "wrong"), basic("west", "open sesame"),
     basic("east", ""), basic("east", "open sesame!"), "Basic " + "A" * 9_000],
)  # fmt: skip
def test_without_the_right_secret_nothing_is_served(engine, sent):
    site = soap_site(engine, clock=Clock(), password=b"open sesame")
    status, headers, body = raw(site, http(envelope(payment()), "Pay", Authorization=sent))
    if status != 400:  # the last is longer than a head may be
        assert status == 401
        assert headers["WWW-Authenticate"].startswith("Basic ")
    assert b"Client." in body
    assert sales(engine) == []


def test_the_bank_s_code_and_secret_open_the_door_and_are_never_logged(engine, caplog):
    caplog.set_level(logging.DEBUG)
    site = soap_site(engine, clock=Clock(), password=b"open sesame")
    sent = basic("east", "open sesame")
    assert raw(site, http(envelope(payment()), "Pay", Authorization=sent))[0] == 200
    logged = repr([(record.getMessage(), getattr(record, "fields", {})) for record in caplog.records])
    assert "bank.decided" in logged
    assert "http.request" in logged
    token = ask_token(site, sent)
    for secret in ("sesame", sent[6:], token, "Zhang", "Zh***"):
        assert secret not in logged
    assert "sesame" not in repr(site.bank_door)


def ask_token(site, sent):
    _, _, body = raw(site, http(envelope(payment()), "Pay", Authorization=sent))
    return read(body)[1]["token"]


def test_the_wsdl_is_shown_to_everybody_with_the_address_that_was_called(engine):
    site = soap_site(engine, clock=Clock(), password=b"open sesame")
    _, headers, body = raw(site, b"GET /collection?WSDL HTTP/1.1\r\nHost: till.example:8443\r\n\r\n")
    assert headers["Content-Type"] == XML
    assert b'location="http://till.example:8443/collection"' in body


@pytest.mark.parametrize("host", [b"a b", b'x"/><evil', b"a/b", b"", b"\xc3\xa9"])
def test_a_host_that_is_no_name_does_not_get_into_the_wsdl(site, host):
    _, _, body = raw(site, b"GET /collection?wsdl HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert b'location="http://localhost/collection"' in body


# -- limits and deadlines --------------------------------------------------------------------------------


class SlowPoster:
    """A poster whose batches end when the test says so."""

    def __init__(self):
        self.waiting = []

    def post(self, command):
        waiter: Deferred = Deferred()
        self.waiting.append((command, waiter))
        return waiter


class FailingPoster:
    """A poster that fails in one way."""

    def __init__(self, fault):
        self.fault = fault

    def post(self, command):
        return fail(self.fault)


def test_more_orders_than_may_be_in_work_are_told_busy_and_an_echo_is_not(engine):
    poster = SlowPoster()
    site = soap_site(engine, clock=Clock(), poster=poster, limits=LinkLimits(in_flight_max=2))
    for number in range(2):
        channel, _ = connect(site)
        channel.dataReceived(http(envelope(payment(f"R{number}")), "Pay"))
    assert fault_of(raw(site, http(envelope(payment("R3")), "Pay")))["code"] == "Server.Busy"
    assert ask(site, call("Echo", text="x"))["text"] == "x"
    assert len(poster.waiting) == 2


def test_a_decision_that_is_late_becomes_ask_again_and_is_not_lost(engine):
    poster, clock = SlowPoster(), Clock()
    site = soap_site(engine, clock=clock, poster=poster, limits=LinkLimits(reply_deadline_s=20))
    channel, transport = connect(site)
    channel.dataReceived(http(envelope(payment()), "Pay"))
    clock.advance(19)
    assert transport.value() == b""
    clock.advance(1)
    fault = fault_of(parts(transport.value()))
    assert (fault["http"], fault["code"]) == (500, "Server.Unknown")
    assert "same reference" in fault["cure"]
    transport.clear()
    command, waiter = poster.waiting[0]
    waiter.callback(soap_site(engine, clock=clock).bank_door.posting.poster.post(command).result)
    assert transport.value() == b""
    assert ask(soap_site(engine, clock=clock), payment())["outcome"] == "approved"


@pytest.mark.parametrize(
    ("fault", "code"),
    [(LedgerBusy("the queue is full"), "Server.Busy"), (OutcomeUnknown("the commit"), "Server.Unknown")],
)
def test_what_is_not_decided_is_said_as_such(engine, fault, code):
    site = soap_site(engine, clock=Clock(), poster=FailingPoster(fault))
    assert fault_of(raw(site, http(envelope(payment()), "Pay")))["code"] == code


def test_a_fault_of_our_own_is_said_without_internals_and_logged_with_them(engine, caplog):
    site = soap_site(engine, clock=Clock(), poster=FailingPoster(ZeroDivisionError("deep inside")))
    answer = raw(site, http(envelope(payment()), "Pay"))
    assert fault_of(answer)["code"] == "Server.Fault"
    assert b"deep inside" not in answer[2]
    assert "deep inside" in caplog.text


@pytest.mark.parametrize("sent", [b"POST /collection HTTP/1.1\r\nX: ", http("x" * 50_000, "Pay")[:300]])
def test_a_request_that_dribbles_in_gets_its_fault_at_the_deadline_and_is_cut(engine, sent):
    clock, tally = Clock(), Heard()
    site = soap_site(engine, clock=clock, tally=tally, limits=LinkLimits(frame_deadline_s=10))
    channel, transport = connect(site)
    channel.dataReceived(sent)
    for _ in range(19):
        clock.advance(0.5)
        channel.dataReceived(b"a")
    assert not transport.value()
    clock.advance(0.5)
    fault = fault_of(parts(transport.value()))
    assert (fault["http"], fault["code"]) == (408, "Client.Timeout")
    assert ("http_cut", {"door": "soap.east", "reason": "deadline"}) in tally.counted
    channel.dataReceived(b"a")
    clock.advance(LINGER_S)
    assert transport.disconnecting
    clock.advance(LINGER_S)  # who does not let himself be sent away, as a TLS peer may, is cut
    assert transport.disconnected
    assert clock.getDelayedCalls() == []


def test_whoever_does_not_read_his_answer_is_cut_too(engine):
    poster, clock = SlowPoster(), Clock()
    site = soap_site(engine, clock=clock, poster=poster)
    channel, transport = connect(site)
    channel.dataReceived(http(envelope(payment()), "Pay"))
    clock.advance(15)  # our own deadline does not run while the ledger is at work
    assert not transport.disconnected
    command, waiter = poster.waiting[0]
    waiter.callback(soap_site(engine, clock=clock).bank_door.posting.poster.post(command).result)
    assert transport.value().startswith(b"HTTP/1.1 200 ")
    clock.advance(9)
    assert not transport.disconnected
    clock.advance(1)
    assert transport.disconnected


def test_a_body_that_says_that_it_is_too_long_is_refused_before_it_is_read(engine):
    clock = Clock()
    site = soap_site(engine, clock=clock)
    channel, transport = connect(site)
    head, _, _ = http(b"x" * (64 * 1024 + 1), "Pay").partition(b"\r\n\r\n")
    channel.dataReceived(head + b"\r\n\r\n")
    fault = fault_of(parts(transport.value()))
    assert (fault["http"], fault["code"]) == (413, "Client.TooLarge")
    assert not transport.disconnecting  # whoever still sends must come to read it
    channel.dataReceived(b"x" * 100_000)
    clock.advance(LINGER_S)
    assert transport.disconnecting


def test_a_body_of_64_kib_is_read(site):
    text = envelope(payment())
    assert raw(site, http(text + " " * (64 * 1024 - len(text)), "Pay"))[0] == 200


def test_a_body_in_chunks_is_served_and_has_the_same_cap(site):
    octets = envelope(payment()).encode()
    head = http(b"", "Pay", Content_Length=None, Transfer_Encoding="chunked")
    whole = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(octets), octets)
    assert raw(site, whole)[0] == 200
    channel, transport = connect(site)
    channel.dataReceived(head)
    for _ in range(20):
        channel.dataReceived(b"1000\r\n" + b"x" * 4096 + b"\r\n")
    assert fault_of(parts(transport.value()))["code"] == "Client.TooLarge"
    assert transport.value().count(b"HTTP/1.1 ") == 1


def test_one_connection_serves_one_request(site, engine):
    channel, transport = connect(site)
    channel.dataReceived(http(envelope(payment("R1")), "Pay") + http(envelope(payment("R2")), "Pay"))
    assert transport.value().count(b"HTTP/1.1 ") == 1
    assert transport.disconnecting
    channel.dataReceived(http(envelope(payment("R3")), "Pay"))
    assert len(sales(engine)) == 1


def test_more_connections_than_the_limit_are_refused_until_one_ends(engine):
    site = soap_site(engine, clock=Clock(), limits=LinkLimits(links_max=2))
    channels = [connect(site)[0] for _ in range(2)]
    assert connect(site) == (None, None)
    channels[0].connectionLost(Failure(ConnectionDone()))
    assert connect(site)[0] is not None


def test_an_answer_that_nobody_waits_for_any_more_harms_nobody(engine):
    poster, clock = SlowPoster(), Clock()
    site = soap_site(engine, clock=clock, poster=poster)
    channel, _ = connect(site)
    channel.dataReceived(http(envelope(payment()), "Pay"))
    channel.connectionLost(Failure(ConnectionDone()))
    command, waiter = poster.waiting[0]
    waiter.callback(soap_site(engine, clock=clock).bank_door.posting.poster.post(command).result)
    assert clock.getDelayedCalls() == []
    assert site.in_flight == 0


def test_at_a_stop_idle_callers_are_left_and_what_is_owed_is_said(engine):
    poster, clock = SlowPoster(), Clock()
    site = soap_site(engine, clock=clock, poster=poster)
    idle, idle_transport = connect(site)
    idle.dataReceived(b"POST /coll")
    channel, transport = connect(site)
    channel.dataReceived(http(envelope(payment()), "Pay"))
    drained = Deferred.fromCoroutine(site.drain())
    assert idle_transport.disconnected
    idle.connectionLost(Failure(ConnectionDone()))
    assert not drained.called
    command, waiter = poster.waiting[0]
    waiter.callback(soap_site(engine, clock=clock).bank_door.posting.poster.post(command).result)
    assert transport.value().startswith(b"HTTP/1.1 200 ")
    channel.connectionLost(Failure(ConnectionDone()))
    assert drained.called


def test_what_is_asked_and_refused_is_counted_under_names_of_the_table(engine):
    tally = Heard()
    site = soap_site(engine, clock=Clock(), tally=tally)
    ask(site, payment())
    raw(site, http(envelope(payment("A B")), "Pay"))
    decision = {"bank": "east", "asked": "payment", "outcome": "approved"}
    assert ("decisions", decision) in tally.counted
    assert ("messages", {"bank": "east", "asked": "payment"}) in tally.counted
    assert ("messages_refused", {"bank": "east", "reason": "client.field"}) in tally.counted
    served = {"door": "soap.east", "path": "/collection", "code": "200"}
    assert ("http_requests", served) in tally.counted
