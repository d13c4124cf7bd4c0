import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import CancelledError
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

import schemas
from gateway.codecs.iso8583.framing import FrameFault, FrameReader
from gateway.codecs.iso8583.message import PeerFault
from gateway.codecs.iso8583.tables import TableFault
from gateway.simulators.bank import KEPT_MAX, BankSimulator, LinkLost, TimedOut
from gateway.simulators.bank_messages import BankIdentity, BankMessages, altopay_identity, answer_mti
from gateway.simulators.bank_profile import BankProfile

PROFILES = ["default", "binary87", "altopay"]
NOW = datetime(2026, 11, 23, 12, 45, 12, tzinfo=UTC)
METER, CUSTOMER = "37180340632", "2000000048"
VECTORS = {
    vector["id"]: vector["fields"]
    for vector in json.loads((Path(__file__).parents[1] / "vectors/iso8583.json").read_text())["messages"]
}


def identity_for(name):
    if name == "altopay":
        return altopay_identity("akey_7HgyugUyfuT", b"vkey_sidcsoi765djcos")
    return BankIdentity()


class Counterpart:
    """The gateway's end of a link in memory: it reads what was sent and says what the test tells it."""

    def __init__(self, name="default", first_trace=4711, **changed):
        self.now = NOW
        self.clock = Clock()
        self.profile = BankProfile.from_table(schemas.load(f"iso8583/{name}.json") | changed)
        bank = BankSimulator(
            self.profile, identity_for(name), lambda: self.now, first_trace=first_trace, answer_s_max=20
        )
        self.bank = bank
        self.link = bank.link(self.clock)
        self.wire = StringTransport()
        self.link.makeConnection(self.wire)
        self.frames = FrameReader(self.profile.framing)

    def read(self):
        octets = self.wire.value()
        self.wire.clear()
        return [self.profile.spec.decode(frame.payload) for frame in self.frames.receive(octets)]

    def say(self, mti, fields):
        payload = self.profile.spec.encode(mti, fields)
        self.link.dataReceived(self.profile.framing.wrap(payload))

    def answer(self, request, code="00", without=(), **changed):
        fields = {number: text for number, text in request.fields.items() if number not in without}
        self.say(answer_mti(request.mti), fields | {39: code} | changed.get("fields", {}))


def messages(name="default", now=NOW, first_trace=4711, **how):
    identity = replace(identity_for(name), **how)
    return BankMessages(BankProfile.named(name), identity, lambda: now, first_trace)


def result(waiter):
    return getattr(waiter, "result", None)


def fault(waiter, kind):
    failure = result(waiter)
    assert isinstance(failure, Failure)
    waiter.addErrback(lambda _: None)
    assert failure.check(kind)
    return failure.value


# --- What is sent ---


def test_a_payment_says_who_pays_what_and_when():
    assert messages().payment(METER, 10_000).fields == {
        3: "500000",
        4: "000000010000",
        7: "1123124512",
        11: "004711",
        12: "204512",
        13: "1123",
        18: "4900",
        25: "00",
        32: "01020304",
        37: "632720004711",
        41: "TERM0001",
        42: "UTILITY00000001",
        48: "MT1137180340632",
        49: "156",
    }


def test_a_customer_is_named_by_his_own_tag():
    assert messages().inquiry(CUSTOMER).fields[48] == "CN102000000048"


@pytest.mark.parametrize("number", ["37180340632", "3718034063299", "600727371803406325", "11111111111"])
def test_a_number_of_a_meters_length_is_a_meter_even_if_mistyped(number):
    assert messages().inquiry(number).fields[48] == f"MT{len(number)}{number}"


def test_an_inquiry_has_no_amount():
    inquiry = messages().inquiry(METER)
    assert (inquiry.mti, inquiry.fields[3], inquiry.fields[4]) == ("0200", "300000", "0" * 12)


def test_a_reference_may_be_given():
    assert messages().payment(METER, 1, "000000000248").fields[37] == "000000000248"


def test_after_the_last_trace_comes_the_first():
    bank = messages(first_trace=999_999)
    assert [bank.echo().fields[11] for _ in range(3)] == ["999999", "000001", "000002"]


@pytest.mark.parametrize("name", PROFILES)
def test_the_same_clock_and_trace_make_the_same_bytes(name):
    def octets():
        bank = messages(name)
        payment = bank.payment(METER, 10_000)
        made = [bank.sign_on(), payment, bank.repeat(payment), bank.advice(payment), bank.reversal(payment)]
        return [bank.profile.spec.encode(each.mti, each.fields) for each in made]

    assert octets() == octets()


@pytest.mark.parametrize("name", PROFILES)
def test_every_request_survives_the_wire(name):
    there = Counterpart(name)
    payment = there.bank.messages.payment(METER, 10_000)
    bank = there.bank.messages
    made = [bank.sign_on(), bank.echo(), bank.sign_off(), bank.inquiry(METER), payment]
    made += [bank.repeat(payment), bank.advice(payment), bank.advice(payment, again=True)]
    made += [bank.reversal(payment), bank.reversal(payment, "0421"), bank.query(payment)]
    waiters = [there.link.ask(request) for request in made]
    for sent, read in zip(made, there.read(), strict=True):
        assert read.mti == sent.mti
        assert {number: text.rstrip() for number, text in read.fields.items()} == sent.fields
    for waiter in waiters:
        waiter.addErrback(lambda _: None).cancel()


# --- The life of a payment ---


def test_a_repeat_differs_in_its_transmission_time_only():
    there = Counterpart()
    payment = there.bank.messages.payment(METER, 10_000)
    there.now += timedelta(seconds=30)
    again = there.bank.messages.repeat(payment)
    assert again.fields == payment.fields | {7: "1123124542"}
    assert again.mti == "0200"


def test_an_advice_is_the_payment_under_another_type():
    bank = messages()
    payment = bank.payment(METER, 10_000)
    assert bank.advice(payment).mti == "0220"
    assert bank.advice(payment, again=True).mti == "0221"
    assert bank.advice(payment).fields == payment.fields


@pytest.mark.parametrize("mti", ["0400", "0401", "0420", "0421"])
def test_a_reversal_names_its_original(mti):
    bank = messages()
    payment = bank.payment(METER, 10_000)
    reversal = bank.reversal(payment, mti)
    assert reversal.mti == mti
    assert reversal.fields == payment.fields | {
        11: "004712",
        90: "0200" + "004711" + "1123124512" + "00001020304" + "00000000000",
    }


def test_an_acquirer_with_letters_cannot_stand_in_a_numeric_field():
    bank = messages("altopay", acquirer="CA123")
    assert bank.reversal(bank.payment(METER, 100)).fields[90].endswith("0" * 22)


def test_a_payment_is_not_reversed_by_a_payment():
    bank = messages()
    with pytest.raises(ValueError, match="0200"):
        bank.reversal(bank.payment(METER, 100), "0200")


def test_a_query_keeps_the_reference_and_the_day_of_its_payment():
    bank = messages()
    payment = bank.payment(METER, 10_000)
    query = bank.query(payment)
    assert (query.mti, query.fields[3], query.fields[4]) == ("0200", "390000", "0" * 12)
    assert (query.fields[37], query.fields[13]) == (payment.fields[37], payment.fields[13])
    assert query.fields[11] != payment.fields[11]


# --- altopay ---


def test_the_altopay_sign_on_is_the_published_one():
    at = datetime(2020, 11, 29, 7, 55, 37, 653_000, tzinfo=UTC)
    sign_on = messages("altopay", at, first_trace=4, acquirer="CA123").sign_on()
    published = VECTORS["ebipp-logon-0800"]
    assert sign_on.fields == {int(number): text for number, text in published.items()} | {7: "1129075537"}


def test_the_altopay_inquiry_carries_the_tags_of_the_published_one():
    at = datetime(2020, 11, 28, 7, 24, 13, tzinfo=UTC)
    bank = messages("altopay", at, first_trace=4)
    inquiry, published = bank.inquiry("081228812348").fields, VECTORS["ebipp-inquiry-0200"]
    # The sample sends DE7 of the day before, its own DE15 and an access token.
    for number in ("3", "4", "11", "12", "13", "18", "32", "41", "49", "100", "125", "127"):
        assert inquiry[int(number)] == published[number].rstrip()
    assert bank.profile.tags_of(48, inquiry[48]) == bank.profile.tags_of(48, published["48"])


def test_the_tags_of_an_inquiry_travel_on_to_the_payment():
    bank = messages("altopay")
    tags = {"FR": "66479217091550", "FS": "67279", "NM": "KAMSHORY ROY"}
    payment = bank.payment("081228812348", 13_898_300, tags=tags)
    published = VECTORS["ebipp-payment-0200"]
    assert payment.fields[4] == published["4"]
    assert bank.profile.tags_of(48, payment.fields[48]) == bank.profile.tags_of(48, published["48"])


def test_rupiah_go_without_their_decimals():
    assert messages("altopay").payment(METER, 13_898_300).fields[4] == "000000138983"
    with pytest.raises(ValueError, match="0 decimals"):
        messages("altopay").payment(METER, 13_898_350)


def test_the_secret_of_a_bank_is_not_shown():
    shown = repr(identity_for("altopay"))
    assert "vkey" not in shown
    assert "akey" not in shown


# --- Answers ---


def test_an_answer_reaches_the_one_who_waits():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    (request,) = there.read()
    there.answer(request)
    assert result(waiter).fields[39] == "00"
    assert there.clock.getDelayedCalls() == []


def test_answers_may_come_in_another_order():
    there = Counterpart()
    first, second = there.link.pay(METER, 100), there.link.pay(METER, 200)
    requests = there.read()
    there.answer(requests[1], "51")
    there.answer(requests[0], "00")
    assert (result(first).fields[39], result(second).fields[39]) == ("00", "51")


@pytest.mark.parametrize("without", [(41,), (37,), (11, 41), (37, 41)])
def test_a_field_that_the_answer_lacks_is_left_out_of_the_match(without):
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    there.answer(there.read()[0], without=without)
    assert result(waiter).mti == "0210"


def test_an_answer_with_none_of_the_matching_fields_belongs_to_nobody():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    there.answer(there.read()[0], without=(11, 37, 41))
    assert result(waiter) is None
    assert len(there.link.unmatched) == 1


@pytest.mark.parametrize("changed", [{11: "009999"}, {37: "632720009999"}, {41: "TERM0002"}])
def test_another_trace_reference_or_terminal_is_another_answer(changed):
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    there.answer(there.read()[0], fields=changed)
    assert result(waiter) is None
    assert len(there.link.unmatched) == 1


def test_the_answer_of_a_payment_does_not_answer_its_advice():
    there = Counterpart()
    paid = there.link.pay(METER, 10_000)
    (payment,) = there.read()
    told = there.link.advice(payment)
    (advice,) = there.read()
    there.answer(advice)
    assert result(told).mti == "0230"
    assert result(paid) is None


def test_two_equal_requests_get_one_answer_each():
    there = Counterpart()
    first = there.link.pay(METER, 10_000)
    (request,) = there.read()
    second = there.link.repeat(request)
    there.answer(request, "09")
    there.answer(request, "00")
    assert (result(first).fields[39], result(second).fields[39]) == ("09", "00")


def test_an_answer_stands_for_its_request():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    (request,) = there.read()
    there.answer(request)
    there.link.reverse(result(waiter))
    (reversal,) = there.read()
    assert reversal.fields[37] == request.fields[37]
    assert reversal.fields[90].startswith("0200004711")


def test_an_answer_that_is_not_ours_stands_for_nothing():
    there, other = Counterpart(), Counterpart(first_trace=1)
    waiter = other.link.pay(METER, 10_000)
    other.answer(other.read()[0])
    with pytest.raises(ValueError, match="has sent no request"):
        there.link.repeat(result(waiter))


def test_any_cutting_of_the_stream_gives_the_same_answer():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    (request,) = there.read()
    payload = there.profile.spec.encode("0210", request.fields | {39: "00"})
    for octet in there.profile.framing.wrap(payload):
        there.link.dataReceived(bytes([octet]))
    assert result(waiter).fields[39] == "00"


# --- No answer ---


def test_no_answer_in_time_is_an_unknown_outcome():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    there.clock.advance(19)
    assert result(waiter) is None
    there.clock.advance(1)
    assert there.read()[0].fields[37] == fault(waiter, TimedOut).request.fields[37]


def test_a_late_answer_is_kept():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    there.clock.advance(20)
    fault(waiter, TimedOut)
    there.answer(there.read()[0])
    assert [late.fields[39] for late in there.link.unmatched] == ["00"]


def test_of_strange_answers_only_the_newest_are_kept():
    there = Counterpart()
    for number in range(KEPT_MAX + 5):
        there.say("0210", {11: f"{number:06d}", 39: "00"})
    assert len(there.link.unmatched) == KEPT_MAX
    assert there.link.unmatched[0].fields[11] == "000005"


def test_a_lost_connection_tells_everyone_who_waits():
    there = Counterpart()
    waiters = [there.link.pay(METER, 100), there.link.echo(), there.link.send_raw(b"\x00\x01x")]
    there.link.connectionLost(Failure(ConnectionDone()))
    assert [fault(waiter, LinkLost).request is None for waiter in waiters] == [False, False, True]
    assert there.clock.getDelayedCalls() == []


def test_nothing_is_sent_on_a_link_that_is_gone():
    there = Counterpart()
    there.link.connectionLost(Failure(ConnectionDone()))
    fault(there.link.echo(), LinkLost)


def test_who_gives_up_waiting_leaves_nothing_behind():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    waiter.cancel()
    fault(waiter, CancelledError)
    assert there.clock.getDelayedCalls() == []
    there.answer(there.read()[0])
    assert len(there.link.unmatched) == 1


def test_an_exception_names_the_trace_and_no_number_of_a_customer():
    there = Counterpart()
    waiter = there.link.pay(METER, 10_000)
    there.clock.advance(20)
    text = str(fault(waiter, TimedOut))
    assert "004711" in text
    assert METER not in text


# --- Raw bytes and broken ones ---


def test_raw_bytes_go_out_as_they_are():
    there = Counterpart()
    waiter = there.link.send_raw(there.link.framed(b"0200nonsense"))
    assert there.wire.value() == b"\x00\x0c0200nonsense"
    there.say("0210", {11: "000000", 39: "30"})
    assert result(waiter).fields[39] == "30"


def test_an_answer_for_somebody_is_not_taken_for_raw_bytes():
    there = Counterpart()
    raw, echo = there.link.send_raw(b"\x00\x00"), there.link.echo()
    there.wire.clear()
    there.say("0810", {11: "004711", 39: "00", 70: "301"})
    assert result(echo).fields[39] == "00"
    assert result(raw) is None


def test_a_message_that_cannot_be_read_is_noted():
    there = Counterpart()
    there.link.dataReceived(there.link.framed(b"0210zz"))
    assert isinstance(there.link.faults[0], PeerFault)
    assert not there.wire.disconnecting


def test_a_broken_frame_ends_the_link_after_what_came_before_it():
    there = Counterpart(framing={"kind": "ascii4"})
    waiter = there.link.pay(METER, 10_000)
    (request,) = there.read()
    whole = there.link.framed(there.profile.spec.encode("0210", request.fields | {39: "00"}))
    there.link.dataReceived(whole + b"12x4")
    assert result(waiter).fields[39] == "00"
    assert isinstance(there.link.faults[0], FrameFault)
    assert there.wire.disconnecting


# --- A real connection ---


class Agreeable(Protocol):
    """A gateway that approves whatever it is asked."""

    def connectionMade(self):  # noqa: N802 - Twisted's name
        self.profile = BankProfile.named("default")
        self.frames = FrameReader(self.profile.framing)

    def dataReceived(self, data):  # noqa: N802 - Twisted's name
        for frame in self.frames.receive(data):
            request = self.profile.spec.decode(frame.payload)
            payload = self.profile.spec.encode(answer_mti(request.mti), request.fields | {39: "00"})
            self.transport.write(self.profile.framing.wrap(payload))  # type: ignore[call-arg,misc]


@pytest_twisted.ensureDeferred
async def test_a_bank_calls_over_tcp():
    opened = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(
        Factory.forProtocol(Agreeable)
    )
    bank = BankSimulator(BankProfile.named("default"), BankIdentity())
    link = await bank.connect(reactor, f"tcp:127.0.0.1:{opened.getHost().port}")
    signed_on = await link.sign_on()
    paid = await link.pay(METER, 10_000)
    repeated = await link.repeat(paid)
    link.close()
    await opened.stopListening()
    assert [answer.mti for answer in (signed_on, paid, repeated)] == ["0810", "0210", "0210"]
    assert paid.fields[37] == repeated.fields[37]


# --- Profiles ---


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"matching": "11"}, "door.matching"),
        ({"matching": [11, 200]}, "door.matching"),
        ({"processing": {"payment": ["5"]}}, "door.processing.payment"),
        ({"meter": [{"field": 48, "tag": "MT", "names": "house"}]}, "door.meter.names"),
        ({"meter": [{"tag": "MT"}]}, "door.meter"),
        ({"amount_exponent": {"360": -1}}, "door.amount_exponent.360"),
        ({"sign_on": None}, "door.sign_on"),
    ],
)
def test_a_wrong_profile_says_where(change, place):
    table = schemas.load("iso8583/default.json")
    with pytest.raises(TableFault) as caught:
        BankProfile.from_table(table | {"door": table["door"] | change})
    assert caught.value.where == place


def test_a_profile_may_be_a_file_of_ones_own(tmp_path):
    own = tmp_path / "own.json"
    own.write_text(json.dumps(schemas.load("iso8583/default.json") | {"name": "own"}))
    assert BankProfile.named(str(own)).name == "own"


def test_an_order_that_the_profile_lacks_is_refused():
    table = schemas.load("iso8583/default.json")
    table["door"]["processing"] = {"payment": ["50"]}
    bank = BankMessages(BankProfile.from_table(table), BankIdentity(), lambda: NOW)
    with pytest.raises(ValueError, match="inquiry"):
        bank.inquiry(METER)
