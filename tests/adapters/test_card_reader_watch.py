"""A driver that hangs is not waited for, and what it does later changes nothing that was said."""

import threading
import time
from dataclasses import replace

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from adapters.card_reader.reader import CLOSE_S_MAX, CardReader, ReaderState
from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.profile import Deadlines, Told, profile_named
from gateway.codecs.card.steps import AboutToWrite, Ask, Lost, Noted, Read, Refused, Unknown, Updated, Written
from gateway.simulators.card.slot import VirtualSlot
from tests.card_desk import Desk, VirtualDesk
from tests.cards import blank, keys, loading
from tests.cards import shown as read_by_itself

NAME = "powertill-cpu"
HURRIED = replace(profile_named(NAME), deadlines=Deadlines(command_s=0, ask_s=1, session_s=60))


class HangingSlot(VirtualSlot):
    """A reader whose driver hangs before its so-many-th command, until it is let go on."""

    def __init__(self, at):
        super().__init__("desk", blank(NAME))
        self.card = self._card
        self.at = at
        self.go_on = threading.Event()

    def connect(self):
        contact = super().connect()
        if isinstance(contact, Lost):
            return contact
        return HangingContact(self, contact)


class HangingContact:
    """A card behind such a driver."""

    def __init__(self, slot, contact):
        self._slot = slot
        self._contact = contact
        self._sent = 0
        self.atr, self.protocol, self.release = contact.atr, contact.protocol, contact.release

    def transmit(self, raw):
        if self._sent == self._slot.at:
            self._slot.go_on.wait(60)
        self._sent += 1
        return self._contact.transmit(raw)


async def hung(at):
    """A reader that hangs at a command of a writing, and what was told of that."""
    slot = HangingSlot(at)
    desk = Desk(slot)
    begin = lambda atr: write_card(HURRIED, atr, loading(1, "open"))  # noqa: E731 - short
    return desk, slot, await desk.reader.converse(begin, desk.told)


async def back(desk):
    for _ in range(500):
        if desk.reader.state is ReaderState.FREE:
            return
        await deferLater(reactor, 0.01)


@pytest_twisted.ensureDeferred
async def test_a_reader_that_hangs_before_the_first_change_is_a_refusal_and_stays_one():
    desk, slot, outcome = await hung(at=2)
    assert (type(outcome), outcome.told) == (Refused, Told.READER_STUCK)
    assert desk.reader.state is ReaderState.SUSPECT
    assert (await desk.read(NAME)).told is Told.READER_STUCK, "nothing more is asked of it"
    slot.go_on.set()
    await back(desk)
    assert not [step for step in desk.heard if isinstance(step, AboutToWrite)]
    assert read_by_itself(NAME, slot.card).picture.is_blank, "what comes late writes nothing"
    await desk.reader.close()


@pytest_twisted.ensureDeferred
async def test_a_reader_that_hangs_in_a_change_is_in_doubt_and_goes_no_further():
    desk = VirtualDesk()
    desk.insert(blank(NAME))
    await desk.write(NAME, loading(1, "open"))
    # Select, own file, tries, two authentications, three reads: the challenge of the first change is behind.
    desk, slot, outcome = await hung(at=10)
    assert (type(outcome), outcome.told) == (Unknown, Told.READER_STUCK)
    slot.go_on.set()
    await back(desk)
    done = [step.label for step in desk.heard if isinstance(step, Updated)]
    assert len(done) <= 1, "the command that hung may be carried out, none after it is sent"
    slot.at = None
    assert isinstance(await desk.write(NAME, loading(1, "open")), Written)
    assert isinstance(await desk.read(NAME), Read)
    await desk.reader.close()


@pytest_twisted.ensureDeferred
async def test_a_reader_that_hangs_does_not_keep_the_station_from_closing():
    slot = HangingSlot(2)
    desk = Desk(slot)
    going = desk.read(NAME)
    began = time.monotonic()
    await deferLater(reactor, 0.1)
    await desk.reader.close()
    assert time.monotonic() - began < CLOSE_S_MAX + 1
    assert (await going).told is Told.READER_STUCK
    slot.go_on.set()


@pytest_twisted.ensureDeferred
async def test_an_answer_that_takes_too_long_ends_the_conversation():
    slot = VirtualSlot("desk", blank(NAME))
    reader = CardReader(slot, reactor)
    holder = keys()

    async def tell(step):
        if isinstance(step, Ask):
            await deferLater(reactor, 1.2)
            return holder.answer(step)
        return Noted()

    outcome = await reader.converse(lambda atr: write_card(HURRIED, atr, loading(1, "open")), tell)
    assert (type(outcome), outcome.told) == (Refused, Told.TOO_LATE)
    await reader.close()
