"""Readers on the real stack, pcscd with virtual readers: what PC/SC does that no reader of a process does."""

import sys
import time

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.task import deferLater

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.pcsc_watch import PcscWatch, Presence
from adapters.card_reader.pcsc_words import NoLibrary, lost
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import AboutToWrite, Lost, Read, Refused, Shown, Unknown, Updated, Written
from tests.card_desk import PcscDesk
from tests.cards import OTHER_SERIAL, SERIAL, blank, keys, loading
from tests.cards import shown as read_by_itself
from tests.pcsc import NOTICED_S, name_of

scard = pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pcsc")]
WAIT_S_MAX = 20


@pytest.fixture
def desk(pcsc):
    made = PcscDesk(pcsc)
    yield made
    pytest_twisted.blockon(made.reader.close())


class Watched:
    """A watch over readers, and what it told."""

    def __init__(self, *names):
        self.heard: list = []
        self.watch = PcscWatch(names, lambda name, seen: self.heard.append((name, seen)), reactor)

    def of(self, name):
        return [seen.presence for who, seen in self.heard if who == name]

    async def until(self, name, presence):
        """Wait until the last that was told of a reader is this."""
        ends = time.monotonic() + WAIT_S_MAX
        while self.of(name)[-1:] != [presence]:
            assert time.monotonic() < ends, self.heard
            await deferLater(reactor, 0.01)


@pytest.fixture
def watched():
    made = []

    def start(*names):
        made.append(Watched(*names))
        return made[-1]

    yield start
    for one in made:
        pytest_twisted.blockon(one.watch.stop())


def test_a_reader_that_is_not_there_is_not_replaced_by_another(pcsc):
    pcsc.insert(blank("powertill-cpu"))
    found = PcscSlot("Station 7 00 00").connect()
    assert found == Lost(Told.NO_READER, "connect: there is no such reader (80100009)")


@pytest_twisted.ensureDeferred
async def test_a_reader_without_a_serial_number_is_none_that_has_one(desk):
    desk.insert(blank("powertill-cpu"))
    found = PcscSlot(name_of(0), serial="2501-0007").connect()
    assert (type(found), found.told) == (Lost, Told.NO_READER)
    assert isinstance(await desk.read("powertill-cpu"), Read), "and its card was let go of"


@pytest.mark.parametrize(("serial", "is_right"), [("2501-0007", True), ("2501-0008", False), ("", True)])
def test_the_serial_number_of_a_reader_decides(pcsc, monkeypatch, serial, is_right):
    PcscDesk(pcsc).insert(blank("powertill-cpu"))
    # A virtual reader has no serial number: it says here what a real one would.
    monkeypatch.setattr(scard, "SCardGetAttrib", lambda *_: (0, list(b"2501-0007\0")))
    found = PcscSlot(name_of(0), serial=serial).connect()
    if is_right:
        assert not isinstance(found, Lost)
        found.release()
    else:
        assert found == Lost(Told.NO_READER, "a reader with another serial number is plugged in")


def test_without_the_service_the_sentence_names_it(pcsc):
    pcsc.stop()
    found = PcscSlot(name_of(0)).connect()
    said = "connect: the service of the readers (pcscd) is not running (8010001D)"
    assert found == Lost(Told.NO_READER, said)


@pytest_twisted.ensureDeferred
async def test_after_a_restart_of_the_service_the_same_reader_goes_on(desk, pcsc):
    desk.insert(blank("powertill-cpu"))
    assert isinstance(await desk.read("powertill-cpu"), Read)
    pcsc.stop()
    assert (await desk.read("powertill-cpu")).told is Told.NO_READER
    pcsc.start()
    desk.insert(blank("powertill-cpu"))
    assert isinstance(await desk.read("powertill-cpu"), Read)


@pytest.mark.parametrize(("kind", "ended"), [(Shown, Refused), (AboutToWrite, Unknown), (Updated, Unknown)])
@pytest_twisted.ensureDeferred
async def test_a_service_that_is_restarted_under_a_conversation_leaves_no_wrong_word(desk, pcsc, kind, ended):
    card, times = blank("powertill-cpu"), list[int]()

    def restart(_):
        if not times:
            times.append(1)
            pcsc.stop()
            pcsc.start()

    desk.insert(card)
    outcome = await desk.write("powertill-cpu", loading(1, "open"), desk.but(kind, restart))
    assert type(outcome) is ended
    desk.insert(card)
    assert isinstance(await desk.write("powertill-cpu", loading(1, "open")), Written)


@pytest_twisted.ensureDeferred
async def test_a_conversation_never_reaches_a_card_that_was_put_in_for_another(desk):
    mine, other = blank("powertill-cpu"), blank("powertill-cpu", serial=OTHER_SERIAL)
    desk.insert(mine)
    swap = desk.but(Shown, lambda _: desk.insert_at_once(other))
    outcome = await desk.write("powertill-cpu", loading(1, "open"), swap)
    assert (type(outcome), outcome.told) == (Refused, Told.CARD_GONE)
    desk.insert(other)
    found = await desk.read("powertill-cpu")
    assert (found.picture.serial, found.picture.is_blank) == (OTHER_SERIAL, True)
    assert read_by_itself("powertill-cpu", mine).picture.is_blank


@pytest_twisted.ensureDeferred
async def test_two_readers_work_side_by_side(pcsc):
    desks = [PcscDesk(pcsc, place) for place in (0, 1)]
    for one, serial in zip(desks, (SERIAL, OTHER_SERIAL), strict=True):
        one.insert(blank("powertill-cpu", serial=serial, holder=keys()))
    for count in (1, 2, 3):
        subtype = "open" if count == 1 else "purchase"
        outcomes = await gatherResults(
            one.write("powertill-cpu", loading(count, subtype, serial=serial))
            for one, serial in zip(desks, (SERIAL, OTHER_SERIAL), strict=True)
        )
        assert [type(outcome) for outcome in outcomes] == [Written, Written]
    found = await gatherResults(one.read("powertill-cpu") for one in desks)
    pictures = [one.picture for one in found]
    assert [(one.serial, one.wallet.count) for one in pictures] == [(SERIAL, 3), (OTHER_SERIAL, 3)]
    await gatherResults(one.reader.close() for one in desks)


@pytest_twisted.ensureDeferred
async def test_a_card_has_no_power_after_the_conversation(desk):
    card = blank("powertill-cpu")
    desk.insert(card)
    assert isinstance(await desk.read("powertill-cpu"), Read)
    await deferLater(reactor, NOTICED_S)
    contact = desk.slot.connect()
    came = contact.transmit(bytes.fromhex("00 B0 81 00 0E"))
    contact.release()
    assert came == bytes.fromhex("6A82"), "who takes it next has to select and to authenticate himself"


@pytest_twisted.ensureDeferred
async def test_a_card_is_seen_to_come_and_to_go(pcsc, watched):
    seen = watched(name_of(0), name_of(1))
    await seen.until(name_of(0), Presence.EMPTY)
    await seen.until(name_of(1), Presence.EMPTY)
    card = blank("sle4442")
    pcsc.insert(card, 1)
    await seen.until(name_of(1), Presence.CARD)
    assert seen.heard[-1][1].atr == card.reset()
    pcsc.remove(1)
    await seen.until(name_of(1), Presence.EMPTY)
    assert seen.of(name_of(1))[-3:] == [Presence.EMPTY, Presence.CARD, Presence.EMPTY]
    assert seen.of(name_of(0))[-1] is Presence.EMPTY, "the other one has nothing to do with it"


@pytest_twisted.ensureDeferred
async def test_a_card_that_was_in_at_the_start_is_seen(pcsc, watched):
    pcsc.insert(blank("powertill-cpu"))
    await watched(name_of(0)).until(name_of(0), Presence.CARD)


@pytest_twisted.ensureDeferred
async def test_a_service_that_ends_and_comes_back_is_seen(pcsc, watched):
    seen = watched(name_of(0), "Station 7 00 00")
    await seen.until(name_of(0), Presence.EMPTY)
    pcsc.stop()
    await seen.until(name_of(0), Presence.NO_READER)
    pcsc.start()
    await seen.until(name_of(0), Presence.EMPTY)
    pcsc.insert(blank("powertill-cpu"))
    await seen.until(name_of(0), Presence.CARD)
    assert seen.of("Station 7 00 00") == [Presence.NO_READER]


@pytest_twisted.ensureDeferred
async def test_a_watch_that_sleeps_is_stopped_at_once(pcsc, watched):
    seen = watched(name_of(0))
    await seen.until(name_of(0), Presence.EMPTY)
    began = time.monotonic()
    await seen.watch.stop()
    assert time.monotonic() - began < 1
    told = len(seen.heard)
    pcsc.insert(blank("powertill-cpu"))
    await deferLater(reactor, 2 * NOTICED_S)
    assert len(seen.heard) == told


def test_a_result_that_nobody_has_heard_of_is_no_success():
    assert lost(-2146435025, "connect").detail == "connect: the line to the reader is disturbed (8010002F)"
    assert lost(0x80100123, "command") == Lost(Told.NO_READER, "command: the reader gave up (80100123)")


def test_without_its_library_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(NoLibrary, match=r"pip install powertill\[station\]"):
        PcscSlot(name_of(0))
