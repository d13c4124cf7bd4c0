"""Two thousand times a card is put in, read and pulled out: descriptors, threads and memory stay flat.

The station's own watch and reader workers, over the real service (pcscd) with virtual readers. ``make soak``
runs it; it takes some ten minutes, for pcscd looks at a reader only every 0.4 seconds.
"""

import sys
import threading
import time
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.pcsc_watch import PcscWatch, Presence
from adapters.card_reader.reader import CardReader
from gateway.codecs.card.dialogue import read_card
from gateway.codecs.card.profile import profile_named
from gateway.codecs.card.steps import Ask, Noted, Read
from tests import cards
from tests.pcsc import PcscService, name_of, why_not
from tests.soak.test_soak import GROWTH_MAX, open_files, resident_kib

pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.xdist_group("pcsc"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]

#: Readers that are worked at one time: each is looked at for itself.
READERS = 4
CYCLES, WARM_UP, LOOK_EVERY = 2_000, 200, 200
PROFILE = "powertill-cpu"
SEEN_S_MAX = 20


class Readers:
    """Readers as a station has one, and what the watch says of them."""

    def __init__(self, service):
        self.service = service
        self.names = [name_of(place) for place in range(READERS)]
        self.presence = dict.fromkeys(self.names, Presence.EMPTY)
        self.waiting: dict[str, tuple[Presence, Deferred[None]]] = {}
        self.watch = PcscWatch(self.names, self._told, reactor)
        self.readers = [CardReader(PcscSlot(name), reactor) for name in self.names]
        self.cards = [cards.blank(PROFILE, f"{cards.SERIAL[:-1]}{place}") for place in range(READERS)]
        self.keys = cards.keys()

    def _told(self, name, seen):
        self.presence[name] = seen.presence
        if name in self.waiting and self.waiting[name][0] is seen.presence:
            self.waiting.pop(name)[1].callback(None)

    def _until(self, name, presence):
        waiting: Deferred[None] = Deferred()
        if self.presence[name] is presence:
            waiting.callback(None)
        else:
            self.waiting[name] = presence, waiting
        return waiting.addTimeout(SEEN_S_MAX, reactor)

    async def cycles(self, place, count):
        name, card = self.names[place], self.cards[place]
        profile = profile_named(PROFILE)

        async def tell(step):
            return self.keys.answer(step) if isinstance(step, Ask) else Noted()

        for _ in range(count):
            self.service.insert(card, place, pause_s=0)
            await self._until(name, Presence.CARD)
            outcome = await self.readers[place].converse(lambda atr: read_card(profile, atr), tell)
            assert isinstance(outcome, Read), outcome
            # In this thread: the reactor's pool makes new ones as it likes, and they are counted here.
            self.service.remove(place)
            await self._until(name, Presence.EMPTY)

    async def close(self):
        for reader in self.readers:
            await reader.close()
        await self.watch.stop()


def standing():
    """Descriptors, threads and KiB of this process while no card is in a reader."""
    return open_files("self"), threading.active_count(), resident_kib("self")


@pytest_twisted.ensureDeferred
async def test_two_thousand_cards_leave_nothing_behind():
    service = PcscService(READERS)
    station = Readers(service)
    found, began = [], time.monotonic()
    try:
        for done in range(0, CYCLES + WARM_UP, LOOK_EVERY):
            await gatherResults(
                [
                    Deferred.fromCoroutine(station.cycles(place, LOOK_EVERY // READERS))
                    for place in range(READERS)
                ],
                consumeErrors=True,
            )
            found.append(standing())
            took = time.monotonic() - began
            sys.stderr.write(f"{done + LOOK_EVERY} cards, {took:.0f} s: files, threads, KiB {found[-1]}\n")
    finally:
        await station.close()
        service.stop()
    files, threads, memory = zip(*found, strict=True)
    assert WARM_UP == LOOK_EVERY, "what is compared with is behind the warm-up"
    assert set(files) == {files[0]}
    assert max(threads) <= threads[0]
    assert memory[-1] <= memory[0] * GROWTH_MAX


def test_the_figures_are_of_this_process():
    """A figure that does not move with what it counts would prove nothing."""
    files, threads, _ = standing()
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    thread.start()
    with Path("/dev/null").open("rb"):
        assert standing()[:2] == (files + 1, threads + 1)
    gate.set()
    thread.join()
