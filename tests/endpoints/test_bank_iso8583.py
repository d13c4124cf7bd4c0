"""The ISO 8583 door on a real database, over memory: every message, refusals, limits and deadlines."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.tcp import Connection

from adapters.db.journal_reader import JournalReader
from gateway.core.meter import Carrier, MeterState
from gateway.endpoints.bank_door import LinkLimits
from gateway.endpoints.bank_iso8583 import BankLinkFactory
from gateway.proof.check import check_books
from gateway.simulators.meter import Accepted, VirtualMeter
from tests.builders import Wire, bank_door, database, decoder_key, drn, identity, meter_file


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
    engine.dispose()


@pytest.fixture
def wire(engine):
    return Wire(bank_door(engine, clock=Clock())).sign_on()


def tags(wire, answer):
    return wire.profile.tags_of(48, answer.fields[48])


def sales(engine):
    return list(JournalReader(engine).sales())


def test_nothing_is_served_before_the_sign_on(engine):
    wire = Wire(bank_door(engine, clock=Clock()))
    refused = wire.ask(wire.messages.payment(drn(1), 10_000))
    assert refused.fields[39] == "40"
    assert "sign on" in refused.fields[63]
    assert wire.ask(wire.messages.echo()).fields[39] == "00"


def test_after_the_sign_off_nothing_is_served_any_more(wire):
    assert wire.ask(wire.messages.sign_off()).fields[39] == "00"
    assert wire.ask(wire.messages.inquiry(drn(1))).fields[39] == "40"


def test_an_inquiry_reads_the_customer_back_without_showing_all_of_him(wire):
    answer = wire.ask(wire.messages.inquiry(drn(1)))
    assert answer.mti == "0210"
    assert answer.fields[39] == "00"
    assert tags(wire, answer)["NM"] == "Zh*** We*"
    assert tags(wire, answer)["MV"] == "100"


def test_a_payment_brings_a_token_and_its_repeat_the_same_bytes(wire, engine):
    request = wire.messages.payment(drn(1), 10_000)
    first = wire.ask(request)
    assert (first.mti, first.fields[39]) == ("0210", "00")
    assert first.fields[15] == "1123"
    assert first.fields[38] == "000001"
    token = tags(wire, first)["TK"]
    assert isinstance(VirtualMeter(identity(1), decoder_key(identity(1))).enter(token), Accepted)
    assert wire.ask(request) == first
    again = wire.ask(wire.messages.repeat(request))
    assert tags(wire, again) == tags(wire, first)
    assert len(sales(engine)) == 1


def test_the_same_reference_with_another_amount_is_refused(wire, engine):
    request = wire.messages.payment(drn(1), 10_000)
    wire.ask(request)
    other = type(request)(request.mti, {**request.fields, 4: "000000020000"})
    refused = wire.ask(other)
    assert refused.fields[39] == "94"
    assert "TK" not in tags(wire, refused)
    assert len(sales(engine)) == 1


def test_an_advice_posts_what_has_been_paid_and_tells_it_again(wire, engine):
    request = wire.messages.payment(drn(1), 10_000)
    told = wire.ask(wire.messages.advice(request))
    assert (told.mti, told.fields[39]) == ("0230", "00")
    assert tags(wire, wire.ask(request))["TK"] == tags(wire, told)["TK"]
    assert tags(wire, wire.ask(wire.messages.advice(request, again=True)))["TK"] == tags(wire, told)["TK"]
    assert len(sales(engine)) == 1


def test_an_advice_of_an_unknown_payment_is_told_so_where_it_may_not_post(engine):
    wire = Wire(bank_door(engine, clock=Clock(), advice_posts=False)).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    assert wire.ask(wire.messages.advice(request)).fields[39] == "25"
    assert sales(engine) == []


@pytest.mark.parametrize(("mti", "answer_mti"), [("0400", "0410"), ("0401", "0410"), ("0420", "0430")])
def test_a_reversal_after_the_token_is_refused_and_stands_on_the_list(wire, engine, mti, answer_mti):
    request = wire.messages.payment(drn(1), 10_000)
    wire.ask(request)
    refused = wire.ask(wire.messages.reversal(request, mti))
    assert (refused.mti, refused.fields[39]) == (answer_mti, "12")
    assert "token is out" in refused.fields[63]
    assert [sale.state for sale in sales(engine)] == ["claimed"]


def test_a_waiting_credit_is_reversed_and_every_repeat_says_so(engine):
    wire = Wire(bank_door(engine, clock=Clock(), token_in_answer=False)).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    paid = wire.ask(request)
    assert paid.fields[39] == "00"
    assert "TK" not in tags(wire, paid)
    assert "waits" in paid.fields[63]
    assert wire.ask(wire.messages.reversal(request, "0420")).fields[39] == "00"
    assert wire.ask(wire.messages.reversal(request, "0421")).fields[39] == "00"
    late = wire.ask(wire.messages.repeat(request))
    assert late.fields[39] == "12"
    assert "was reversed" in late.fields[63]


def test_a_waiting_credit_is_fetched_by_query(engine):
    wire = Wire(bank_door(engine, clock=Clock(), token_in_answer=False)).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    wire.ask(request)
    fetched = wire.ask(wire.messages.query(request))
    assert fetched.fields[39] == "00"
    assert tags(wire, fetched)["TK"] == tags(wire, wire.ask(wire.messages.query(request)))["TK"]


def test_the_credit_of_a_card_meter_is_loaded_at_a_station(wire):
    paid = wire.ask(wire.messages.payment(drn(3), 10_000))
    assert paid.fields[39] == "00"
    assert "sales station" in paid.fields[63]


def mistyped(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("number", "minor", "code", "says"),
    [
        (drn(77), 10_000, "14", "no such meter"),
        (mistyped(drn(1)), 10_000, "14", "mistyped"),
        (drn(2), 10_000, "62", "blocked"),
        ("A1", 10_000, "14", "several meters"),
        (drn(1), 0, "13", "more than zero"),
        (drn(1), 99, "13", "below"),
        (drn(1), 500_001, "13", "over the limit"),
    ],
)
def test_what_may_not_be_sold_is_refused_in_words(wire, engine, number, minor, code, says):
    refused = wire.ask(wire.messages.payment(number, minor))
    assert refused.fields[39] == code
    assert says in refused.fields[63]
    assert sales(engine) == []


def test_a_bank_without_cover_is_refused(engine):
    wire = Wire(bank_door(engine, clock=Clock(), covered=True)).sign_on()
    assert wire.ask(wire.messages.payment(drn(1), 10_000)).fields[39] == "51"
    assert sales(engine) == []


@pytest.mark.parametrize(
    ("mti", "field", "text", "code", "says"),
    [
        ("0200", 4, None, "30", "DE4 (amount) is missing"),
        ("0200", 48, None, "30", "send it in DE48 tag MT"),
        ("0200", 49, "999", "30", "DE49"),
        ("0200", 13, "1399", "30", "no month and day"),
        ("0200", 48, "MT99123", "30", "DE48 at"),
        ("0200", 3, "990000", "12", "not served"),
        ("0600", 3, "500000", "12", "not served"),
        ("0200", 49, "840", "12", "currency"),
    ],
)
def test_a_message_that_lacks_something_is_answered_with_the_field_and_the_cure(
    wire, mti, field, text, code, says
):
    request = wire.messages.payment(drn(1), 10_000)
    fields = {**request.fields, field: text or ""}
    sent = {n: fields[n] for n in sorted(fields) if n != field or text}
    answer = wire.ask(type(request)(mti, sent))
    assert answer.fields[39] == code
    assert says in answer.fields.get(63, "")


def test_a_broken_message_is_answered_with_field_and_offset_and_the_link_lives(wire):
    payload = bytearray(wire.profile.spec.encode("0200", wire.messages.payment(drn(1), 10_000).fields))
    payload[4 + 16 : 4 + 16 + 6] = b"5000x0"
    (answer,) = wire.send(bytes(payload))
    assert answer.fields[39] == "30"
    assert "DE3 at byte 24" in answer.fields[63]
    assert wire.ask(wire.messages.echo()).fields[39] == "00"


@pytest.mark.parametrize("negative", [b"-00000010000", b"D00000010000"])
def test_a_negative_amount_is_no_amount(wire, engine, negative):
    payload = wire.profile.spec.encode("0200", wire.messages.payment(drn(1), 10_000).fields)
    (answer,) = wire.send(payload.replace(b"000000010000", negative, 1))
    assert answer.fields[39] == "30"
    assert "DE4 at byte" in answer.fields[63]
    assert sales(engine) == []


def test_what_has_not_even_a_type_is_counted_and_the_link_lives(wire):
    assert wire.send(b"\xff\xff\xff") == []
    assert wire.ask(wire.messages.echo()).fields[39] == "00"


def test_an_answer_that_nobody_asked_for_is_not_answered(wire):
    request = wire.messages.echo()
    assert wire.send(wire.profile.spec.encode("0810", request.fields)) == []


def test_a_frame_that_is_too_long_is_passed_over_and_the_link_lives(wire):
    wire.link.dataReceived((5000).to_bytes(2, "big") + b"0" * 5000)
    assert wire.answers() == []
    assert wire.ask(wire.messages.echo()).fields[39] == "00"


def test_a_half_frame_is_cut_at_its_deadline_however_slowly_it_drips(engine):
    clock = Clock()
    wire = Wire(bank_door(engine, clock=clock, limits=LinkLimits(frame_deadline_s=10)))
    wire.link.dataReceived(b"\x00\x40")
    for _ in range(9):
        clock.advance(1)
        wire.link.dataReceived(b"0")
    assert not wire.transport.disconnecting
    clock.advance(1)
    assert wire.transport.disconnected


def test_a_silent_link_is_cut(engine):
    clock = Clock()
    wire = Wire(bank_door(engine, clock=clock, limits=LinkLimits(idle_deadline_s=60)))
    clock.pump([1] * 59)
    assert not wire.transport.disconnected
    clock.pump([1, 1])
    assert wire.transport.disconnected


class Narrow(Connection):
    """A connection whose socket has room for so many bytes; the transport keeps the rest."""

    def __init__(self, room):
        self.room, self.sent, self.kept = room, [], []

    def writeSomeData(self, data):  # noqa: N802 - Twisted's name
        taken, self.room = data[: self.room], max(0, self.room - len(data))
        self.sent.append(taken)
        return len(taken)

    def write(self, data):
        self.kept.append(data)

    def registerProducer(self, producer, streaming):  # noqa: N802 - Twisted's name
        pass

    def setTcpNoDelay(self, enabled):  # noqa: N802 - Twisted's name
        pass

    def setTcpKeepAlive(self, enabled):  # noqa: N802 - Twisted's name
        pass

    def getPeer(self):  # noqa: N802 - Twisted's name
        return "a bank"


def test_what_a_socket_has_no_room_for_is_left_to_the_transport_byte_by_byte(engine):
    clock, wire = Clock(), Wire(bank_door(engine, clock=Clock()))
    octets = wire.profile.framing.wrap(wire.profile.spec.encode("0800", wire.messages.sign_on().fields))
    whole, narrow = Narrow(10_000), Narrow(30)
    for transport in (whole, narrow):
        link = BankLinkFactory(bank_door(engine, clock=clock)).buildProtocol(None)
        link.makeConnection(transport)
        for _ in range(3):
            link.dataReceived(octets)
        assert transport.sent == []
        clock.advance(0)
        link.dataReceived(octets)
        clock.advance(0)
    assert len(whole.sent) == 4
    assert whole.kept == []
    assert b"".join(narrow.sent) == b"".join(whole.sent)[:30]
    assert b"".join(narrow.sent + narrow.kept) == b"".join(whole.sent)


def test_beyond_its_limit_a_bank_gets_no_further_link(engine):
    door = bank_door(engine, clock=Clock(), limits=LinkLimits(links_max=1))
    wire = Wire(door)
    assert wire.factory.buildProtocol(None) is None
    wire.link.connectionLost()
    assert wire.factory.buildProtocol(None) is not None


class SlowPoster:
    """A poster whose batches end when the test says so."""

    def __init__(self):
        self.waiting = []

    def post(self, command):
        waiter: Deferred = Deferred()
        self.waiting.append((command, waiter))
        return waiter


def test_more_than_the_link_may_ask_is_answered_busy_at_once(engine):
    poster = SlowPoster()
    door = bank_door(engine, clock=Clock(), poster=poster, limits=LinkLimits(in_flight_max=2))
    wire = Wire(door).sign_on()
    codes = []
    for _ in range(3):
        payment = wire.messages.payment(drn(1), 10_000)
        codes += [a.fields[39] for a in wire.send(wire.profile.spec.encode("0200", payment.fields))]
    assert codes == ["91"]
    assert len(poster.waiting) == 2


def test_what_is_not_decided_in_time_is_answered_ask_again_and_never_twice(engine):
    poster, clock = SlowPoster(), Clock()
    door = bank_door(engine, clock=clock, poster=poster, limits=LinkLimits(reply_deadline_s=20))
    wire = Wire(door).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    assert wire.send(wire.profile.spec.encode("0200", request.fields)) == []
    clock.pump([1] * 21)
    (answer,) = wire.answers()
    assert answer.fields[39] == "68"
    command, waiter = poster.waiting[0]
    content = bank_door(engine, clock=clock).posting.poster.post(command).result
    waiter.callback(content)
    assert wire.answers() == []


def test_a_stop_says_what_is_owed_before_the_link_is_closed(engine):
    poster = SlowPoster()
    wire = Wire(bank_door(engine, clock=Clock(), poster=poster)).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    wire.send(wire.profile.spec.encode("0200", request.fields))
    drained = wire.link.drain()
    assert not drained.called
    command, waiter = poster.waiting[0]
    waiter.callback(bank_door(engine, clock=Clock()).posting.poster.post(command).result)
    assert drained.called
    assert [answer.fields[39] for answer in wire.answers()] == ["00"]
    assert wire.transport.disconnecting


def test_a_fault_of_ours_is_said_as_such_and_the_link_lives(engine, caplog):
    class BrokenPoster:
        def post(self, command):
            raise RuntimeError("a bug")

    wire = Wire(bank_door(engine, clock=Clock(), poster=BrokenPoster())).sign_on()
    answer = wire.ask(wire.messages.payment(drn(1), 10_000))
    assert answer.fields[39] == "96"
    assert "bug" not in answer.fields[63]
    assert "a bug" in caplog.text
    assert wire.ask(wire.messages.echo()).fields[39] == "00"


def without(request, *numbers):
    return type(request)(request.mti, {n: text for n, text in request.fields.items() if n not in numbers})


def test_another_banks_identity_on_this_link_or_none_at_all_is_refused(engine):
    wire = Wire(bank_door(engine, clock=Clock(), acquirers=frozenset({"99"}))).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    assert wire.ask(request).fields[39] == "31"
    assert wire.ask(without(request, 32)).fields[39] == "31"


def test_a_reversal_that_names_its_payment_by_trace_and_date_finds_it(wire, engine):
    request = wire.messages.payment(drn(3), 10_000)
    wire.ask(request)
    assert wire.ask(without(wire.messages.reversal(request), 37)).fields[39] == "00"
    assert [sale.state for sale in sales(engine)] == ["reversed"]
    assert wire.ask(wire.messages.repeat(request)).fields[39] == "12"


def changed(request, **fields):
    """The request with other fields: ``f37="..."`` sets DE37."""
    return type(request)(request.mti, {**request.fields, **{int(n[1:]): text for n, text in fields.items()}})


def test_a_reversal_with_a_reference_of_its_own_finds_the_payment_by_its_original_data(wire, engine):
    request = wire.messages.payment(drn(1), 10_000)
    wire.ask(request)
    reversal = changed(wire.messages.reversal(request), f37="777777777777")
    refused = wire.ask(reversal)
    assert (refused.fields[39], "token is out" in refused.fields[63]) == ("12", True)
    assert [sale.state for sale in sales(engine)] == ["claimed"]


def test_another_terminals_payment_with_the_same_trace_is_left_alone(wire, engine):
    request = wire.messages.payment(drn(3), 10_000)
    wire.ask(request)
    other = changed(wire.messages.reversal(request), f37="777777777777", f41="TERM0002")
    assert wire.ask(other).fields[39] == "00"
    assert [sale.state for sale in sales(engine)] == ["waiting"]
    assert exceptions(engine) == ["reversed_before_payment"]


def test_a_reversal_by_trace_of_a_payment_that_is_not_here_is_not_said_to_be_done(wire):
    request = wire.messages.payment(drn(3), 10_000)
    assert wire.ask(without(wire.messages.reversal(request), 37)).fields[39] == "25"


def test_a_reversal_that_names_another_meter_undoes_nothing(wire, engine):
    request = wire.messages.payment(drn(3), 10_000)
    wire.ask(request)
    other = wire.messages.payment(drn(1), 10_000).fields[48]
    assert wire.ask(changed(wire.messages.reversal(request), f48=other)).fields[39] == "12"
    assert [sale.state for sale in sales(engine)] == ["waiting"]


def test_a_reversal_of_all_of_it_may_carry_zero_fees(wire, engine):
    request = wire.messages.payment(drn(3), 10_000)
    wire.ask(request)
    whole = changed(wire.messages.reversal(request), f95="0" * 24 + "C00000000C00000000")
    assert wire.ask(whole).fields[39] == "00"


def test_a_reversal_of_a_part_is_refused(wire, engine):
    request = wire.messages.payment(drn(3), 10_000)
    wire.ask(request)
    part = changed(wire.messages.reversal(request), f95="000000004000" + "0" * 12 + "C00000000C00000000")
    assert wire.ask(part).fields[39] == "12"
    assert [sale.state for sale in sales(engine)] == ["waiting"]


@pytest.mark.parametrize("number", [37, 13])
def test_a_payment_without_its_reference_is_refused_with_the_cure(wire, engine, number):
    refused = wire.ask(without(wire.messages.payment(drn(1), 10_000), number))
    assert refused.fields[39] == "30"
    assert "send DE37 + DE13" in refused.fields[63]
    assert sales(engine) == []


@pytest.mark.parametrize("reference", ["000000000000", "1234  567890"])
def test_a_reference_that_is_none_is_refused(wire, engine, reference):
    assert wire.ask(changed(wire.messages.payment(drn(1), 10_000), f37=reference)).fields[39] == "30"
    assert sales(engine) == []


def test_an_advice_of_something_that_is_no_payment_sells_nothing(wire, engine):
    for code in ("200000", "310000"):
        advice = changed(wire.messages.advice(wire.messages.payment(drn(1), 10_000)), f3=code)
        assert wire.ask(advice).fields[39] == "12"
    assert sales(engine) == []


def exceptions(engine):
    return [row.kind for row in JournalReader(engine).open_exceptions()]


def test_a_refused_advice_stands_on_the_list_once(wire, engine):
    advice = wire.messages.advice(wire.messages.payment(drn(2), 10_000))
    assert wire.ask(advice).fields[39] == "62"
    assert wire.ask(advice).fields[39] == "62"
    assert exceptions(engine) == ["advice_refused"]


def test_an_advice_of_a_payment_that_was_refused_before_stands_on_the_list(wire, engine):
    payment = wire.messages.payment(drn(2), 10_000)
    wire.ask(payment)
    assert exceptions(engine) == []
    wire.ask(wire.messages.advice(payment))
    assert exceptions(engine) == ["advice_refused"]


def test_a_reference_used_for_another_payment_stands_on_the_list(wire, engine):
    payment = wire.messages.payment(drn(1), 10_000)
    wire.ask(payment)
    for _ in range(2):
        assert wire.ask(changed(payment, f4="000000020000")).fields[39] == "94"
    assert exceptions(engine) == ["reference_reused"]


def test_an_old_token_in_the_request_does_not_travel_into_the_answer(wire):
    paid = wire.ask(wire.messages.payment(drn(1), 10_000))
    copied = f"MT11{drn(3)}" + paid.fields[48][15:]
    waiting = wire.ask(changed(wire.messages.payment(drn(3), 10_000), f48=copied))
    assert waiting.fields[39] == "00"
    assert "TK" not in tags(wire, waiting)


def test_a_broken_private_field_is_refused_before_anything_is_booked(engine):
    wire = Wire(bank_door(engine, clock=Clock(), token_in_answer=False)).sign_on()
    request = wire.messages.payment(drn(1), 10_000)
    wire.ask(request)
    assert wire.ask(changed(wire.messages.query(request), f48="garbage")).fields[39] == "30"
    assert [sale.state for sale in sales(engine)] == ["waiting"]
