"""Conversations in DL/T 645: reading, writing, relays, and every octet at which the line may end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.lines.open_talk import check_wanted, talk_with
from adapters.lines.talk import AddressFault, Wanted
from gateway.codecs.dlt645.answering import NO_SUCH_ITEM, MeterEnd
from gateway.codecs.dlt645.edition1997 import answer, read_question, refuse
from gateway.codecs.dlt645.frame import ANY, FrameReader, encoded, frames_of
from gateway.codecs.dlt645.orders import Relay, RelayAction, Write
from gateway.codecs.dlt645.requests import Read, ReadAddress
from gateway.codecs.meter_model.model import RelayWords, model_named
from gateway.core.contact import ContactFault, ContactWhy, RelayOrder, RelayState
from tests.meter_lines import ENDS, Clock, Link, finished

METER = "000000000161"
MODEL = model_named("dlt645-2007")
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
PASSWORD = "123456"
READ_THREE = ("energy", "time", "energy-t1")


class Meter:
    """A meter with a few values; ``obeys``: what is written and switched is done."""

    def __init__(self, address=METER, *, obeys=True, says_no=False):
        self.end = MeterEnd(address, UTC)
        self.address = address
        self.values = {
            "00010000": bytes.fromhex("52001000"),
            "00010100": bytes.fromhex("01000000"),
            "04000102": bytes.fromhex("563412"),
            "04000103": b"\x15",
            "04000401": bytes.fromhex(address)[::-1],
            "01010000": bytes.fromhex("1142003009261126"),
            "04010001": bytes.fromhex("010000" * 2 + "023008" * 12),
        }
        self.is_open = False
        self.obeys, self.says_no = obeys, says_no
        self.orders = 0

    def __call__(self, octets):
        return b"".join(self._answered(one) for one in self.end.receive(octets))

    def _answered(self, asked):
        if isinstance(asked, bytes):
            return asked
        request = asked.request
        match request:
            case Read(di="04000503"):
                return self.end.answer(request, bytes((0x10 if self.is_open else 0, 0)))
            case Read() if request.di in self.values:
                return self.end.answer(request, self.values[request.di])
            case ReadAddress():
                return self.end.answer(request, bytes.fromhex(self.address)[::-1])
            case Write() | Relay():
                return self._obeyed(request)
        return self.end.refuse(request, NO_SUCH_ITEM)

    def _obeyed(self, request):
        if request.authority.password.digits != PASSWORD:
            return self.end.refuse(request, 0b100)
        self.orders += 1
        if self.obeys and isinstance(request, Write):
            self.values[request.di] = request.content
        elif self.obeys:
            self.is_open = request.action is RelayAction.TRIP
        return self.end.refuse(request, 1) if self.says_no else self.end.answer(request)


def wanted(address=METER, *, password=PASSWORD, model=MODEL):
    return Wanted(model, address, lambda: NOON, password=password)


def conversed(do, meter=None, *, who=None, **way):
    """Hold a conversation, and give what came of it with its wire."""
    clock = Clock()
    link = Link(clock, meter or Meter(), **way)
    talk = talk_with(link, clock, who or wanted())

    async def held():
        try:
            return await do(talk)
        finally:
            await talk.leave()

    return finished(clock, held()), link


@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_items_are_read_by_name_and_by_identifier(chunk):
    found, _ = conversed(
        lambda talk: talk.read(["energy", "00010100", "time", "demand", "04010001"]), chunk=chunk
    )
    energy, tariff, time, demand, table = found.read
    assert (energy.item, energy.at, energy.text, energy.number, energy.decimals, energy.unit) == (
        "energy", "00010000", "1000.52", 100_052, 2, "kWh",
    )  # fmt: skip
    assert (tariff.number, time.text) == (1, "123456")
    assert (demand.text, demand.number, demand.decimals, demand.unit) == ("0.4211 2611260930", 4211, 4, "kW")
    assert table.text == " ".join(["000001"] * 2 + ["083002"] * 12)
    assert found.missing == ()


def test_what_a_meter_has_not_and_what_no_table_has_are_missing_with_their_reason():
    found, link = conversed(lambda talk: talk.read(["voltage", "nonsense", "99999999", "energy"]))
    assert [one.item for one in found.read] == ["energy"]
    (first, refused), (second, unknown), (third, untabled) = found.missing
    assert (first, refused.why, str(refused)) == (
        "voltage", ContactWhy.REFUSED, "the meter refuses: no such item",
    )  # fmt: skip
    assert second == "nonsense"
    assert "model dlt645-2007 has: number, address" in str(unknown)
    assert third == "99999999"
    assert "no table says what stands behind it" in str(untabled)
    assert len(link.sent) == 2, "what nobody can answer is not asked"


def test_a_meter_that_is_silent_is_asked_three_times_and_the_rest_is_not_asked():
    found, link = conversed(lambda talk: talk.read(READ_THREE), meter=lambda _: b"")
    assert [(item, fault.why) for item, fault in found.missing] == [
        (item, ContactWhy.TIMEOUT) for item in READ_THREE
    ]
    assert len(link.sent) == 3
    assert str(found.missing[0][1]) == "the meter did not answer, asked 3 times"


def test_a_damaged_answer_is_told_from_none():
    meter = Meter()

    def damaged(octets):
        answered = meter(octets)
        return answered[:-2] + b"\x00\x16" if answered else b""

    found, _ = conversed(lambda talk: talk.read(["energy"]), meter=damaged)
    assert found.missing[0][1].why is ContactWhy.CHECKSUM


def test_another_meters_answer_counts_for_nothing():
    other = Meter("000000000999")

    def readdressed(octets):
        """Put a question to the other meter, which answers it as its own."""
        (frame,) = frames_of(octets)
        return other(encoded(other.address, frame.control, frame.body))

    found, _ = conversed(lambda talk: talk.read(["energy"]), meter=readdressed)
    assert found.read == ()
    assert found.missing[0][1].why is ContactWhy.TIMEOUT


def test_whoever_is_alone_on_the_line_says_his_address():
    said, _ = conversed(lambda talk: talk.identify(), who=wanted(ANY))
    assert said == METER
    said, _ = conversed(lambda talk: talk.identify())
    assert said == METER


@pytest.mark.parametrize(
    ("item", "text"),
    [("time", "120000"), ("04000103", "30"), ("04010001", " ".join(["000001", "063002"] + ["220003"] * 12))],
)
def test_what_is_written_is_read_back(item, text):
    done, _ = conversed(lambda talk: talk.write(item, text))
    assert (done.is_as_wanted, done.fault, done.now.text) == (True, None, text)


def test_a_refusal_that_was_obeyed_all_the_same_is_seen():
    done, _ = conversed(lambda talk: talk.write("time", "120000"), Meter(says_no=True))
    assert done.is_as_wanted
    assert (done.fault.why, done.fault.is_in_doubt) == (ContactWhy.REFUSED, True)


def test_a_good_answer_that_was_not_obeyed_is_seen():
    done, _ = conversed(lambda talk: talk.write("time", "120000"), Meter(obeys=False))
    assert (done.is_as_wanted, done.fault, done.now.text) == (False, None, "123456")
    switched, _ = conversed(lambda talk: talk.switch(RelayOrder.TRIP), Meter(obeys=False))
    assert (switched.is_obeyed, switched.state, switched.fault) == (False, RelayState.CLOSED, None)


def test_a_wrong_password_changes_nothing():
    done, _ = conversed(lambda talk: talk.switch(RelayOrder.TRIP), who=wanted(password="654321"))
    assert (done.is_obeyed, done.state) == (False, RelayState.CLOSED)
    assert (done.fault.why, str(done.fault)) == (ContactWhy.AUTH, "the meter refuses: password")


@pytest.mark.parametrize(
    ("who", "why", "said"),
    [
        (wanted(password=""), ContactWhy.AUTH, "six digits"),
        (wanted("AAAAAAAAAA61"), ContactWhy.REFUSED, "whole address"),
        (wanted(model=model_named("dlt645-1997")), ContactWhy.REFUSED, "no word for"),
    ],
)
def test_what_cannot_be_ordered_is_not_sent(who, why, said):
    meter = Meter()
    with pytest.raises(ContactFault, match=said) as caught:
        conversed(lambda talk: talk.switch(RelayOrder.TRIP), meter, who=who)
    assert (caught.value.why, meter.orders) == (why, 0)


@pytest.mark.parametrize("text", ["12", "12000x", "120000 1"])
def test_a_text_that_does_not_fit_is_refused_before_it_is_sent(text):
    meter = Meter()
    with pytest.raises(ContactFault, match="04000102"):
        conversed(lambda talk: talk.write("time", text), meter)
    assert meter.orders == 0


@pytest.mark.parametrize("address", ["", "16x", "1234567890123", "A61"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(AddressFault):
        check_wanted(wanted(address))


def test_relays_trip_and_close():
    meter = Meter()
    for order, state in ((RelayOrder.TRIP, RelayState.OPEN), (RelayOrder.CLOSE, RelayState.CLOSED)):
        done, _ = conversed(lambda talk, order=order: talk.switch(order), meter)
        assert (done.state, done.is_obeyed) == (state, True)


@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
def test_a_line_may_end_at_every_octet_of_a_reading(way, counted):
    whole, link = conversed(lambda talk: talk.read(READ_THREE))
    places = range(link.gone + 1)
    for k in places:
        found, _ = conversed(lambda talk: talk.read(READ_THREE), **{way: k})
        assert whole.read[: len(found.read)] == found.read, "what was read before is kept"
        assert len(found.read) + len(found.missing) == len(READ_THREE)
        whys = {fault.why for _, fault in found.missing}
        ends = {ContactWhy.LOST} if way == "cut_at" else {ContactWhy.TIMEOUT, ContactWhy.CHECKSUM}
        assert whys <= ends
        assert found.missing or k >= link.gone - 1
    counted(f"{len(places)} octets of a reading at which the line {ENDS[way]}")


@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
@pytest.mark.parametrize("verb", ["write", "switch"])
def test_a_line_may_end_at_every_octet_of_an_order(way, verb, counted):
    def do(talk):
        return talk.write("time", "120000") if verb == "write" else talk.switch(RelayOrder.TRIP)

    _, link = conversed(do)
    for k in range(link.gone + 1):
        meter = Meter()
        done, _ = conversed(do, meter, **{way: k})
        assert meter.orders <= 1, "what changes a meter is sent once"
        seen = done.now if verb == "write" else done.state
        is_done = done.is_as_wanted if verb == "write" else done.is_obeyed
        assert is_done == (seen is not None and meter.orders == 1)
        if seen is None:
            assert done.fault is None or done.fault.is_in_doubt
    counted(f"{link.gone + 1} octets of an order ({verb}) at which the line {ENDS[way]}")


class Old:
    """A meter of the edition of 1997; ``frames``: an answer comes in so many."""

    def __init__(self):
        self.reader = FrameReader()

    def __call__(self, octets):
        said = b""
        for frame in self.reader.receive(octets):
            question = read_question(frame)
            known = {"9010": "52001000", "C011": "563412"}.get(question[1])
            said += (
                refuse(METER, question, 2) if known is None else answer(METER, question, bytes.fromhex(known))
            )
        return said


def test_meters_of_1997_are_read_and_nothing_else():
    old = wanted(model=model_named("dlt645-1997"))
    found, _ = conversed(lambda talk: talk.read(["energy", "time", "voltage", "00010000"]), Old(), who=old)
    assert [one.text for one in found.read] == ["1000.52", "123456"]
    assert [item for item, _ in found.missing] == ["voltage", "00010000"]
    assert conversed(lambda talk: talk.identify(), Old(), who=old)[0] == METER
    with pytest.raises(ContactFault, match="read only"):
        conversed(lambda talk: talk.write("time", "120000"), Old(), who=old)


@pytest.mark.parametrize("way", ["cut_at", "deaf_at"])
def test_a_line_may_end_at_every_octet_of_a_reading_of_1997(way):
    old = wanted(model=model_named("dlt645-1997"))
    _, link = conversed(lambda talk: talk.read(["energy", "time"]), Old(), who=old)
    for k in range(link.gone + 1):
        found, _ = conversed(lambda talk: talk.read(["energy", "time"]), Old(), who=old, **{way: k})
        assert len(found.read) + len(found.missing) == 2


def test_a_meter_of_another_number_is_left_before_anything_of_it_counts():
    meter = Meter()
    meter.values["04000402"] = bytes.fromhex("610000000000")
    for do in (lambda talk: talk.switch(RelayOrder.TRIP), lambda talk: talk.write("time", "120000")):
        with pytest.raises(ContactFault, match="calls itself '000000000061' at number") as caught:
            conversed(do, meter, who=replace(wanted(), number="161"))
        assert caught.value.why is ContactWhy.WRONG_METER
        assert not caught.value.is_in_doubt
    found, link = conversed(lambda talk: talk.read(READ_THREE), meter, who=replace(wanted(ANY), number="161"))
    assert {fault.why for _, fault in found.missing} == {ContactWhy.WRONG_METER}
    assert (len(found.missing), len(link.sent), meter.orders) == (3, 1, 0)


def test_the_meter_of_a_number_is_asked_for_it_once():
    meter = Meter()
    meter.values["04000402"] = bytes.fromhex("610100000000")
    done, link = conversed(
        lambda talk: talk.switch(RelayOrder.TRIP), meter, who=replace(wanted(), number="161")
    )
    assert (done.state, done.fault, len(link.sent)) == (RelayState.OPEN, None, 3)


def test_a_meter_that_does_not_say_its_number_is_not_believed():
    found, _ = conversed(lambda talk: talk.read(["energy"]), who=replace(wanted(), number="161"))
    assert "does not say its number (number)" in str(found.missing[0][1])


def test_a_meter_of_1997_is_known_by_the_address_that_it_answers_with():
    who = wanted(ANY, model=model_named("dlt645-1997"))
    found, _ = conversed(lambda talk: talk.read(["energy"]), Old(), who=replace(who, number="162"))
    assert found.missing[0][1].why is ContactWhy.WRONG_METER
    found, _ = conversed(lambda talk: talk.read(["energy"]), Old(), who=replace(who, number="161"))
    assert len(found.read) == 1


class NoStatus(Meter):
    """It has no status word 3, and says so with bytes that are all FF."""

    def _answered(self, asked):
        if not isinstance(asked, bytes) and asked.request == Read("04000503"):
            return self.end.answer(asked.request, b"\xff\xff")
        return super()._answered(asked)


def test_a_relay_that_cannot_be_seen_is_not_known_though_the_order_went_out():
    meter = NoStatus()
    done, _ = conversed(lambda talk: talk.switch(RelayOrder.TRIP), meter)
    assert (done.state, done.fault, meter.orders) == (None, None, 1)


def test_a_model_with_a_word_for_the_relay_that_is_none_is_refused_before_anything_is_sent():
    model = replace(MODEL, relay=RelayWords("W1 x", "1C", "", "status"))
    with pytest.raises(ContactFault, match="'W1 x' is no N1"):
        conversed(lambda talk: talk.switch(RelayOrder.TRIP), who=wanted(model=model))


@pytest.mark.parametrize("text", ["010000  083002", "010000 083002"])
def test_what_is_written_is_compared_as_the_meter_writes_it(text):
    done, _ = conversed(lambda talk: talk.write("04010001", text))
    assert done.is_as_wanted


class Slow(Meter):
    """Its relay moves behind its answer: the first look finds it where it was."""

    def _answered(self, asked):
        if not isinstance(asked, bytes) and asked.request == Read("04000503"):
            was, self.was = getattr(self, "was", False), self.is_open
            return self.end.answer(asked.request, bytes((0x10 if was else 0, 0)))
        return super()._answered(asked)


def test_a_relay_that_takes_its_time_is_looked_at_twice():
    meter = Slow()
    done, link = conversed(lambda talk: talk.switch(RelayOrder.TRIP), meter)
    assert (done.is_obeyed, done.fault, meter.orders, len(link.sent)) == (True, None, 1, 3)


@pytest.mark.parametrize("text", ["9" * 5000, "-" + "9" * 30, "1." + "0" * 5000])
def test_a_number_that_no_meter_holds_is_refused_before_anything_is_sent(text):
    with pytest.raises(ContactFault, match="decimals at most goes there") as caught:
        conversed(lambda talk: talk.write("energy", text))
    assert caught.value.why is ContactWhy.REFUSED


def test_whether_a_customer_may_close_the_relay_is_not_claimed():
    meter = Meter()
    meter.is_open, meter.obeys = True, False
    done, _ = conversed(lambda talk: talk.switch(RelayOrder.PERMIT), meter)
    assert (done.state, done.is_obeyed, meter.orders) == (None, False, 1)
    assert "does not say whether the customer may close it" in str(done.fault)
    meter.is_open = False
    done, _ = conversed(lambda talk: talk.switch(RelayOrder.PERMIT), meter)
    assert (done.state, done.is_obeyed) == (RelayState.CLOSED, True)
