"""A reader on a serial line: whole sales, torn cards, and a line that does what it should not."""

import fcntl
import os
import threading
import time
import tty
from collections import deque
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_twisted
import serial
from twisted.internet import reactor
from twisted.internet.task import deferLater

from adapters.card_reader import serial_line
from adapters.card_reader.pcsc_watch import Presence
from adapters.card_reader.reader import CardReader
from adapters.card_reader.serial import SerialSlot
from adapters.card_reader.serial_line import LinePlan
from adapters.card_reader.serial_watch import SerialWatch
from adapters.card_reader.session import Session
from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.profile import Told, profile_named
from gateway.codecs.card.steps import Ask, Lost, Noted, Read, Refused, Transmit, Unknown, Written
from gateway.codecs.ccid.message import Kind
from gateway.simulators.card.desk import carried_out
from gateway.simulators.card.faults import Fault, FaultKind
from gateway.simulators.card.serial_reader import LineFault, LineFaultKind, SerialReader
from tests.cards import AMOUNT, blank, keys, loading, meter

#: Each kind of card, and whether the reader takes whole commands.
KINDS = [
    ("gdw365", False),
    ("powertill-cpu", False),
    ("gdw365", True),
    ("powertill-cpu", True),
    ("sle4442", True),
]
STEPWISE = KINDS[:2]
#: Each way of speaking once, where what is asked of is the line.
EACH_WAY = [*STEPWISE, ("sle4442", True)]


class Counter:
    """A reader with its line, and a slot that knows it by its name."""

    def __init__(self, folder, *, takes_apdus=False, more_time=0):
        self.device = SerialReader(folder / "ttyCARD", takes_apdus=takes_apdus, more_time=more_time)
        self.slot = SerialSlot(LinePlan(self.device.path, takes_apdus=takes_apdus))
        self.keys = keys()

    def hold(self, begin):
        def ask(step, box):
            box.put(self.keys.answer(step) if isinstance(step, Ask) else Noted())

        return Session(self.slot, begin, ask, time.monotonic).hold()

    def write(self, name, wanted):
        return self.hold(lambda atr: write_card(profile_named(name), atr, wanted))

    def read(self, name):
        return self.hold(lambda atr: read_card(profile_named(name), atr))

    def close(self):
        self.slot.close()
        self.device.unplug()


@pytest.fixture
def counters(tmp_path):
    made: deque[Counter] = deque()

    def make(**how):
        made.append(Counter(tmp_path, **how))
        return made[-1]

    yield make
    while made:
        made.pop().close()


@pytest.fixture
def quick(monkeypatch):
    """Whoever is silent is given up sooner: the figures are for real cards, not for this rule."""
    monkeypatch.setattr("adapters.card_reader.serial.LINE_S", 0.1)
    monkeypatch.setattr("adapters.card_reader.serial.COMMAND_S", 0.2)
    monkeypatch.setattr("gateway.codecs.apdu.agreed._UNIT_MS", 1)
    monkeypatch.setattr(serial_line, "ANSWER_S", 0.2)


def steps(name, card, wanted):
    """How many commands a loading takes, and which of them change the card; over T=0 some take two."""
    sent = []

    def told(step):
        if isinstance(step, Transmit):
            sent.append(step.is_update)
            if card.protocol == 0 and step.body and step.expected:
                sent.append(False)

    carried_out(write_card(profile_named(name), card.reset(), wanted), card, keys(), told)
    return sent


def taken(name, card):
    came = meter(name).insert(card)
    return came.added, came.trouble


@pytest.mark.parametrize(("name", "takes_apdus"), KINDS)
def test_a_card_is_opened_and_sold_on_and_read(counters, name, takes_apdus):
    counter, card = counters(takes_apdus=takes_apdus), blank(name)
    counter.device.insert(card)
    assert isinstance(counter.write(name, loading(1, "open")), Written)
    assert taken(name, card) == (AMOUNT, None)
    assert isinstance(counter.write(name, loading(2)), Written)
    outcome = counter.read(name)
    assert isinstance(outcome, Read)
    assert (outcome.picture.wallet.amount, outcome.picture.wallet.count) == (AMOUNT, 2)


def listened(counter, monkeypatch):
    """What the reader is asked from now on, and how long it may be silent each time."""
    asked, said = counter.slot.line.asked, []

    def ask(command, wait_s):
        said.append((command, wait_s))
        return asked(command, wait_s)

    monkeypatch.setattr(counter.slot.line, "asked", ask)
    return said


def test_a_card_that_asks_for_more_time_gets_it(counters, monkeypatch):
    counter = counters(more_time=3)
    said = listened(counter, monkeypatch)
    counter.device.insert(blank("powertill-cpu"))
    assert isinstance(counter.write("powertill-cpu", loading(1, "open")), Written)
    waits = {command.own[0]: wait_s for command, wait_s in said if command.kind == Kind.TRANSFER}
    assert waits[3] == 3 * waits[0]


def test_a_card_is_powered_off_before_it_is_powered_on(counters, monkeypatch):
    counter = counters()
    said = listened(counter, monkeypatch)
    counter.device.insert(blank("gdw365"))
    counter.slot.connect().release()
    kinds = [command.kind for command, _ in said]
    before = [Kind.SLOT_STATUS, Kind.POWER_OFF, Kind.POWER_ON, Kind.SET_PARAMETERS]
    assert kinds == [*before, Kind.POWER_OFF], "one that had power already would still be open"


def test_a_card_that_was_changed_for_another_is_not_spoken_to(counters):
    counter = counters()
    counter.device.insert(blank("gdw365"))
    contact = counter.slot.connect()
    counter.device.insert(blank("gdw365"))
    gone = Lost(Told.CARD_GONE, "command: the card was pulled out")
    assert [contact.transmit(bytes.fromhex("0084000004")) for _ in range(2)] == [gone, gone]
    contact.release()


@pytest.mark.parametrize(("name", "takes_apdus"), KINDS)
def test_a_card_torn_at_any_command_is_finished_with_the_same_number(counters, name, takes_apdus):
    counter = counters(takes_apdus=takes_apdus)
    sent = steps(name, blank(name), loading(1, "open"))
    first = sent.index(True)
    for at, is_update in enumerate(sent):
        kinds = [Fault(at, FaultKind.LEAVE), Fault(at, FaultKind.ANSWER_LOST)]
        for fault in [
            *kinds,
            *([Fault(at, FaultKind.TEAR, byte) for byte in (0, 5)] if is_update else []),
        ]:
            card = blank(name)
            card.fault = fault
            counter.device.insert(card)
            outcome = counter.write(name, loading(1, "open"))
            # From a memory card's code on there is doubt, which is before its first update.
            assert isinstance(outcome, Unknown if at >= first else (Refused, Unknown)), (fault, outcome)
            assert outcome.told is Told.CARD_GONE
            counter.device.insert(card)
            assert isinstance(counter.write(name, loading(1, "open")), Written), fault
            assert taken(name, card) == (AMOUNT, None), fault


SAFE = [LineFaultKind.NAK, LineFaultKind.SLOW]
BROKEN = [
    (LineFaultKind.CUT, Told.READER_STUCK),
    (LineFaultKind.SILENT, Told.READER_STUCK),
    (LineFaultKind.CHECK, Told.NO_READER),
    (LineFaultKind.SEQUENCE, Told.NO_READER),
    (LineFaultKind.NOISE, Told.NO_READER),
    (LineFaultKind.UNPLUGGED, Told.NO_READER),
]


@pytest.mark.parametrize("kind", SAFE)
@pytest.mark.parametrize(("name", "takes_apdus"), EACH_WAY)
def test_what_a_reader_may_do_disturbs_nothing(counters, name, takes_apdus, kind):
    counter = counters(takes_apdus=takes_apdus)
    for at in range(1, 12, 3):
        card = blank(name)
        counter.device.insert(card)
        counter.device.fault = LineFault(at, kind, 2)
        assert isinstance(counter.write(name, loading(1, "open")), Written)
        assert counter.device.fault is None
        assert taken(name, card) == (AMOUNT, None)


@pytest.mark.parametrize(("kind", "told"), BROKEN)
@pytest.mark.parametrize(("name", "takes_apdus"), EACH_WAY)
@pytest.mark.usefixtures("quick")
def test_what_a_line_does_wrong_at_a_change_is_unknown(counters, name, takes_apdus, kind, told):
    counter, card = counters(takes_apdus=takes_apdus), blank(name)
    sent = steps(name, blank(name), loading(1, "open"))
    updates = [nth for nth, is_update in enumerate(sent) if is_update]
    for at in (updates[0], updates[-1]):
        counter.device.insert(card)
        # Over T=1 the first block arranges how long the others may be.
        counter.device.fault = LineFault(at + (name == "powertill-cpu" and not takes_apdus), kind)
        outcome = counter.write(name, loading(1, "open"))
        assert (type(outcome), outcome.told) == (Unknown, told)
        counter.device.unplug()
        counter.device.plug()
        assert isinstance(counter.write(name, loading(1, "open")), Written)
        assert taken(name, card) == (AMOUNT, None)
        card = blank(name)


@pytest.mark.parametrize(("kind", "told"), BROKEN)
@pytest.mark.parametrize(("name", "takes_apdus"), STEPWISE)
@pytest.mark.usefixtures("quick")
def test_what_a_line_does_wrong_before_any_change_is_a_refusal(counters, name, takes_apdus, kind, told):
    counter, card = counters(takes_apdus=takes_apdus), blank(name)
    counter.device.insert(card)
    counter.device.fault = LineFault(1, kind)
    outcome = counter.write(name, loading(1, "open"))
    assert (type(outcome), outcome.told) == (Refused, told)


@pytest.mark.parametrize("kind", [LineFaultKind.BLOCK, LineFaultKind.MUTE])
def test_a_damaged_block_is_asked_for_again_and_nothing_is_done_twice(counters, kind):
    counter = counters()
    for at in range(12):
        card = blank("powertill-cpu")
        counter.device.insert(card)
        counter.device.fault = LineFault(at, kind)
        assert isinstance(counter.write("powertill-cpu", loading(1, "open")), Written)
        assert taken("powertill-cpu", card) == (AMOUNT, None)


def test_after_a_fault_nothing_more_goes_to_the_card(counters):
    counter = counters(takes_apdus=True)
    counter.device.insert(blank("powertill-cpu"))
    counter.device.fault = LineFault(0, LineFaultKind.CHECK)
    contact = counter.slot.connect()
    first = contact.transmit(bytes.fromhex("0084000008"))
    sent = counter.device.count
    assert isinstance(first, Lost)
    assert contact.transmit(bytes.fromhex("0084000008")) == first
    assert counter.device.count == sent
    contact.release()


def test_a_memory_card_is_refused_where_the_reader_takes_steps(counters):
    counter = counters()
    counter.device.insert(blank("sle4442"))
    assert counter.read("sle4442") == Refused(Told.CARD_FAULT, "connect: the card does not answer (FE)")
    counter.device.insert(blank("gdw365"))
    contact = counter.slot.connect()
    assert "exchange" in contact.transmit(bytes.fromhex("FFA400000106")).detail
    contact.release()


def test_an_empty_reader_and_no_reader_are_told_apart(counters):
    counter = counters()
    assert counter.read("gdw365") == Refused(Told.CARD_GONE, "connect: no card is in the reader")
    counter.device.unplug()
    gone = counter.read("gdw365")
    assert (type(gone), gone.told) == (Refused, Told.NO_READER)
    counter.device.plug()
    counter.device.insert(blank("gdw365"))
    assert isinstance(counter.read("gdw365"), Read), "found again by its name"


@pytest.mark.usefixtures("quick")
def test_a_device_that_says_nothing_is_no_reader(tmp_path):
    near, far = os.openpty()
    slot = SerialSlot(LinePlan(os.ttyname(far)))
    try:
        found = slot.connect()
        assert (found.told, "does not answer" in found.detail) == (Told.NO_READER, True)
    finally:
        slot.close()
        os.close(near)
        os.close(far)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("said", [b"\xff", b"\x11", b"\x50\x03"], ids=bytes.hex)
def test_a_line_that_never_comes_to_rest_is_given_up(monkeypatch, said):
    monkeypatch.setattr(serial_line, "QUESTION_S_MAX", 0.3)
    near, far = os.openpty()
    tty.setraw(far)
    os.set_blocking(near, False)
    is_over = threading.Event()

    def flood():
        while not is_over.wait(0.001):
            with suppress(BlockingIOError):
                os.write(near, said * 500)

    flooding = threading.Thread(target=flood)
    flooding.start()
    slot = SerialSlot(LinePlan(os.ttyname(far)))
    try:
        assert slot.connect().told is Told.NO_READER
    finally:
        is_over.set()
        flooding.join()
        slot.close()
        os.close(near)
        os.close(far)


def test_the_line_is_for_one_program_alone(counters, tmp_path):
    counter = counters()
    counter.device.insert(blank("gdw365"))
    assert isinstance(counter.read("gdw365"), Read)
    other = SerialSlot(LinePlan(counter.device.path))
    assert other.connect().told is Told.BUSY
    counter.slot.close()
    contact = other.connect()
    assert not isinstance(contact, Lost)
    contact.release()
    other.close()
    with serial.Serial(counter.device.path) as free:
        fcntl.flock(free.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_line_that_may_not_be_opened_is_said(tmp_path):
    found = SerialSlot(LinePlan(str(tmp_path / "none"))).connect()
    assert found == Lost(Told.NO_READER, f"connect: {tmp_path}/none: there is no such line")
    (tmp_path / "file").write_bytes(b"")
    assert SerialSlot(LinePlan(str(tmp_path / "file"))).connect().told is Told.NO_READER


def test_nothing_stays_open(tmp_path):
    before = sorted(Path("/proc/self/fd").iterdir())
    counter = Counter(tmp_path)
    for _ in range(3):
        counter.device.insert(blank("gdw365"))
        assert isinstance(counter.read("gdw365"), Read)
        counter.device.unplug()
        assert counter.read("gdw365").told is Told.NO_READER
        counter.device.plug()
    counter.close()
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_a_card_has_no_power_between_two_conversations(counters):
    counter = counters()
    counter.device.insert(blank("powertill-cpu"))
    assert isinstance(counter.read("powertill-cpu"), Read)
    assert not counter.device.has_power


async def heard_of(heard, presence):
    ends = time.monotonic() + 10
    while not heard or heard[-1].presence is not presence:
        assert time.monotonic() < ends, heard
        await deferLater(reactor, 0.02)
    return heard[-1]


@pytest_twisted.ensureDeferred
async def test_the_watch_tells_of_cards_and_of_the_line(counters):
    counter, heard = counters(), []
    watch = SerialWatch(counter.slot, lambda _, seen: heard.append(seen), reactor)
    await heard_of(heard, Presence.EMPTY)
    counter.device.insert(blank("gdw365"))
    first = await heard_of(heard, Presence.CARD)
    counter.device.insert(blank("gdw365"))
    await deferLater(reactor, 0.6)
    assert heard[-1].count > first.count, "another card in its place is another count"
    counter.device.remove()
    await heard_of(heard, Presence.EMPTY)
    counter.device.unplug()
    await heard_of(heard, Presence.NO_READER)
    counter.device.plug()
    counter.device.insert(blank("gdw365"))
    await heard_of(heard, Presence.CARD)
    await watch.stop()
    told = len(heard)
    counter.device.remove()
    await deferLater(reactor, 0.5)
    assert len(heard) == told


@pytest_twisted.ensureDeferred
async def test_the_watch_and_a_conversation_do_not_disturb_each_other(counters):
    counter, heard = counters(), []
    watch = SerialWatch(counter.slot, lambda _, seen: heard.append(seen), reactor)
    reader = CardReader(counter.slot, reactor)
    counter.device.insert(blank("powertill-cpu"))

    async def tell(step):
        await deferLater(reactor, 0.02)
        return counter.keys.answer(step) if isinstance(step, Ask) else Noted()

    for count in (1, 2, 3):
        begin = lambda atr, n=count: write_card(  # noqa: E731 - short
            profile_named("powertill-cpu"), atr, loading(n, "open" if n == 1 else "purchase")
        )
        outcome = await reader.converse(begin, tell)
        assert isinstance(outcome, Written), outcome
    assert {seen.presence for seen in heard} <= {Presence.EMPTY, Presence.CARD}
    await reader.close()
    await watch.stop()
