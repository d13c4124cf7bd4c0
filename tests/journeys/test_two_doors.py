"""One bank, two doors: what was begun on one is known on the other, since key and digest are the same."""

import http.client
import signal
from dataclasses import replace
from datetime import date, datetime

import pytest
from lxml import etree
from twisted.internet.task import Clock

from adapters.db.journal_reader import JournalReader
from adapters.db.poster import QueuedPoster, run_here
from gateway.codecs.sts.cipher import cipher_of
from gateway.codecs.sts.seal import opened_block
from gateway.core.key_ring import KeyRevision
from gateway.endpoints.http_wire import Answer, HttpRequest
from gateway.proof.check import check_books
from gateway.simulators.bank_messages import BankIdentity
from tests.builders import (
    ZONE,
    Wire,
    bank_door,
    database,
    decoder_key,
    drn,
    free_pricing,
    identity,
    posting_batch,
    soap_site,
)
from tests.daemon import SILENCE_S_MAX, make_place
from tests.keyrings import issuer_with

DAY = date(2026, 11, 23)


class TwoDoors:
    """A bank's ISO 8583 link and its SOAP door, on one ledger."""

    def __init__(self, engine, profile="default", **changes):
        poster = QueuedPoster(posting_batch(engine), run_here)
        bank = BankIdentity(currency=changes.get("currency", "CNY"))
        self.iso = Wire(bank_door(engine, profile, clock=Clock(), poster=poster, **changes), bank).sign_on()
        self.site = soap_site(engine, clock=Clock(), poster=poster, **changes)

    def reference(self, request):
        """What the SOAP door calls the payment of a message."""
        return {"reference": request.fields[37], "date": DAY}

    def post(self, operation, elements):
        return {etree.QName(one).localname: one.text for one in self.elements(operation, elements)}

    def elements(self, operation, elements):
        body = enveloped(operation, elements)
        headers = {b"content-type": [b"text/xml"], b"soapaction": [operation.encode()]}
        request = HttpRequest(b"POST", b"/collection", b"", headers, body, is_secure=False)
        answer = self.site.hear(request)
        return answered(answer if isinstance(answer, Answer) else answer.result)

    def pay(self, request, amount="100.00", **more):
        paid = {"amount": amount, "currency": "CNY", "meter": drn(1)} | more
        return self.post("Pay", self.reference(request) | paid)

    def tags(self, answer):
        return self.iso.profile.tags_of(48, answer.fields[48])


#: A tariff that gives energy free with the first purchase of a month.
RAND = {"pricing": free_pricing(), "currency": "ZAR"}


#: What an answer says of the credit: its tag at one door, its element at the other.
CREDIT = {"TK": "token", "FT": "freeToken", "EN": "energyWh", "FE": "freeWh", "RC": "receiptNo"}


def of_tags(tags):
    return {name: tags[tag] for tag, name in CREDIT.items() if tag in tags}


def of_credit(result):
    return {name: result[name] for name in CREDIT.values() if name in result}


def enveloped(operation, elements):
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in elements.items())
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<{operation} xmlns="urn:powertill:collection:1">{inner}</{operation}></e:Body></e:Envelope>'
    ).encode()


def answered(answer):
    assert answer.code == 200, answer.body
    (found,) = etree.fromstring(answer.body)[0]
    return found


def said(answer):
    return {etree.QName(one).localname: one.text for one in answered(answer)}


@pytest.fixture
def engine(tmp_path):
    engine = database(tmp_path / "till.db", 2)
    yield engine
    assert check_books(JournalReader(engine)) == []


@pytest.mark.parametrize("profile", ["default", "binary87"])
def test_a_payment_of_iso_8583_is_repeated_on_soap(engine, profile):
    doors = TwoDoors(engine, profile)
    request = doors.iso.messages.payment(drn(1), 10_000)
    first = doors.tags(doors.iso.ask(request))
    repeat = doors.pay(request)
    assert (repeat["token"], repeat["receiptNo"]) == (first["TK"], first["RC"])
    assert repeat["energyWh"] == first["EN"]
    assert len(list(JournalReader(engine).sales())) == 1


def test_a_payment_of_soap_is_repeated_on_iso_8583(engine):
    doors = TwoDoors(engine)
    request = doors.iso.messages.payment(drn(1), 10_000)
    first = doors.pay(request)
    repeat = doors.iso.ask(request)
    assert repeat.fields[39] == "00"
    assert doors.tags(repeat)["TK"] == first["token"]
    assert doors.tags(doors.iso.ask(doors.iso.messages.advice(request)))["TK"] == first["token"]
    assert len(list(JournalReader(engine).sales())) == 1


def test_another_amount_at_the_other_door_is_refused_either_way(engine):
    doors = TwoDoors(engine)
    begun_on_iso = doors.iso.messages.payment(drn(1), 10_000)
    doors.iso.ask(begun_on_iso)
    assert doors.pay(begun_on_iso, "100.01")["reason"] == "key_reused"
    assert doors.pay(begun_on_iso, meter=drn(2))["reason"] == "key_reused"
    begun_on_soap = doors.iso.messages.payment(drn(1), 10_000)
    doors.pay(begun_on_soap)
    other = type(begun_on_soap)(begun_on_soap.mti, {**begun_on_soap.fields, 4: "000000010001"})
    assert doors.iso.ask(other).fields[39] == "94"
    assert len(list(JournalReader(engine).sales())) == 2


def test_a_waiting_credit_of_one_door_is_fetched_at_the_other(engine):
    doors = TwoDoors(engine, token_in_answer=False)
    first, second = (doors.iso.messages.payment(drn(1), 10_000) for _ in range(2))
    doors.iso.ask(first)
    doors.pay(second)
    fetched = doors.post("QueryResult", doors.reference(first))["token"]
    assert doors.tags(doors.iso.ask(doors.iso.messages.query(first)))["TK"] == fetched
    fetched = doors.tags(doors.iso.ask(doors.iso.messages.query(second)))["TK"]
    assert doors.post("QueryResult", doors.reference(second))["token"] == fetched


@pytest.mark.parametrize("begins", ["iso", "soap"])
def test_a_free_token_of_one_door_is_said_again_at_the_other(engine, begins):
    doors = TwoDoors(engine, **RAND)
    request = doors.iso.messages.payment(drn(1), 10_000)
    asks = [lambda: of_tags(doors.tags(doors.iso.ask(request)))]
    asks.append(lambda: of_credit(doors.pay(request, currency="ZAR")))
    first, second = [ask() for ask in (asks if begins == "iso" else asks[::-1])]
    assert first == second
    assert set(first) == {"token", "freeToken", "energyWh", "freeWh", "receiptNo"}
    assert first["freeWh"] == "60000"


def test_free_tokens_that_wait_are_fetched_at_either_door(engine):
    doors = TwoDoors(engine, token_in_answer=False, **RAND)
    first = doors.iso.messages.payment(drn(1), 10_000)
    second = doors.iso.messages.payment(drn(2), 10_000)
    assert of_tags(doors.tags(doors.iso.ask(first))).keys() == {"energyWh", "freeWh", "receiptNo"}
    waiting = doors.pay(second, currency="ZAR", meter=drn(2))
    assert "freeToken" not in waiting
    assert waiting["sentence"].endswith("with 60.0 kWh more that are free")
    for request in (first, second):
        fetched = of_credit(doors.post("QueryResult", doors.reference(request)))
        assert {"token", "freeToken"} <= fetched.keys()
        assert of_tags(doors.tags(doors.iso.ask(doors.iso.messages.query(request)))) == fetched


def test_both_doors_offer_the_same(engine):
    doors = TwoDoors(engine, **RAND)
    offered = doors.iso.ask(doors.iso.messages.inquiry(drn(1), 10_000))
    named = {"amount": "100.00", "currency": "ZAR", "meter": drn(1)}
    body = enveloped("Inquire", named)
    headers = {b"content-type": [b"text/xml"], b"soapaction": [b"Inquire"]}
    answer = doors.site.hear(HttpRequest(b"POST", b"/collection", b"", headers, body, is_secure=False))
    offer = etree.fromstring(answer.result.body).find(".//{*}offer")
    said = {etree.QName(one).localname: one.text for one in offer}
    assert of_tags(doors.tags(offered)) == {name: said[name] for name in ("energyWh", "freeWh")}
    assert doors.tags(offered)["TV"] == said["tariffVersion"]
    assert said["validUntil"] == "2026-11-23T12:15:00+08:00"
    assert "VALID UNTIL 12:15" in offered.fields[63]
    paid = doors.tags(doors.iso.ask(doors.iso.messages.payment(drn(1), 10_000)))
    assert (paid["EN"], paid["FE"]) == (said["energyWh"], said["freeWh"])


def test_a_payment_of_one_door_is_reversed_at_the_other(engine):
    doors = TwoDoors(engine, token_in_answer=False)
    first, second = (doors.iso.messages.payment(drn(1), 10_000) for _ in range(2))
    doors.iso.ask(first)
    doors.pay(second)
    assert doors.post("Reverse", doors.reference(first))["outcome"] == "reversed"
    assert doors.iso.ask(doors.iso.messages.reversal(second, "0420")).fields[39] == "00"
    assert doors.iso.ask(doors.iso.messages.repeat(first)).fields[39] == "12"
    assert doors.pay(second)["outcome"] == "reversed"
    assert [sale.state for sale in JournalReader(engine).sales()] == ["reversed", "reversed"]


def test_a_reversal_that_comes_first_at_one_door_refuses_the_late_payment_at_the_other(engine):
    doors = TwoDoors(engine)
    first, second = (doors.iso.messages.payment(drn(1), 10_000) for _ in range(2))
    assert doors.post("Reverse", doors.reference(first))["outcome"] == "reversed"
    assert doors.iso.ask(first).fields[39] == "12"
    assert doors.iso.ask(doors.iso.messages.reversal(second, "0420")).fields[39] == "00"
    assert doors.pay(second)["outcome"] == "reversed"
    assert list(JournalReader(engine).sales()) == []


# -- the whole gateway, as a process ---------------------------------------------------------------------

#: West gets its tokens when it fetches them; this gives it a SOAP door besides.
SOAP_DOOR = 'soap_listen = "tcp:8588:interface={host}"\n'


def ask(place, operation, **elements):
    """Ask a running gateway over HTTP."""
    wire = http.client.HTTPConnection(place.host, 8588, timeout=SILENCE_S_MAX)
    try:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation}"'}
        wire.request("POST", "/collection", enveloped(operation, elements), headers)
        answer = wire.getresponse()
        return said(Answer(answer.status, answer.read()))
    finally:
        wire.close()


@pytest.mark.slow
@pytest.mark.faults
def test_a_gateway_that_dies_before_its_soap_answer_gives_it_after_its_start(tmp_path):
    place = make_place(tmp_path / "town", 2, SOAP_DOOR)
    paid = {"reference": "R1", "date": DAY, "amount": "10.00", "currency": "CNY", "meter": drn(1)}
    paid["date"] = datetime.now(ZONE).date()
    with place.start("door.answering:1").up() as gateway:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(place, "Pay", **paid)
        assert gateway.ended() == -signal.SIGKILL
    with place.start().up() as gateway:
        found = ask(place, "Pay", **paid)
        assert found["outcome"] == "approved"
        fetched = ask(place, "QueryResult", reference="R1", date=paid["date"])
        assert len(fetched["token"]) == 20
        gateway.stop()
        gateway.assert_no_fault()
    (sale,), (token,) = place.assert_sound()
    assert (sale.receipt_no, token.sale_id) == (int(found["receiptNo"]), sale.id)


# -- a key change in front of the token --------------------------------------------------------------------


def rekeying():
    """An issuer whose supply group has a newer key than the meters hold."""
    first = KeyRevision("201457", 1, kt=2, base_date=2014)
    return issuer_with(first, replace(first, krn=2, active_from_us=1))


@pytest.mark.parametrize("profile", ["default", "binary87"])
def test_both_doors_say_the_tokens_of_a_key_change_in_the_order_of_entry(engine, profile):
    doors = TwoDoors(engine, profile, issuer=rekeying())
    request = doors.iso.messages.payment(drn(1), 10_000)
    tags = doors.tags(doors.iso.ask(request))
    on_iso = [tags[tag] for tag in ("T1", "T2", "T3", "T4")]
    elements = doors.elements("QueryResult", doors.reference(request))
    assert [one.text for one in elements if etree.QName(one).localname == "keyChangeToken"] == on_iso
    kinds = [opened_block(token, cipher_of("11", decoder_key(identity()))).subclass for token in on_iso]
    assert kinds == [3, 4, 8, 9]
    assert opened_block(tags["TK"], cipher_of("11", decoder_key(identity(krn=2)))).token_class == 0
