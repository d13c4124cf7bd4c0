"""A desk with one reader: the same for one of this process, one behind PC/SC and one on a serial line."""

import socket
import time

from twisted.internet import reactor

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.reader import CardReader
from adapters.card_reader.serial import SerialSlot
from adapters.card_reader.serial_line import LinePlan
from gateway.codecs.card.dialogue import read_card, write_card
from gateway.codecs.card.profile import profile_named
from gateway.codecs.card.steps import Ask, Lost, Noted
from gateway.simulators.card.cells import CardGone
from gateway.simulators.card.serial_reader import SerialReader
from gateway.simulators.card.slot import VirtualSlot
from tests.cards import keys
from tests.pcsc import name_of

SEEN_S_MAX, AGAIN_S = 20, 3


class Desk:
    """A reader, cards for it, and who has the keys. ``heard`` has each step that the station was told."""

    def __init__(self, slot):
        self.slot = slot
        self.reader = CardReader(slot, reactor)
        self.keys = keys()
        self.heard = []

    async def told(self, step):
        self.heard.append(step)
        return self.keys.answer(step) if isinstance(step, Ask) else Noted()

    def read(self, name, tell=None):
        return self.reader.converse(lambda atr: read_card(profile_named(name), atr), tell or self.told)

    def write(self, name, wanted, tell=None):
        begin = lambda atr: write_card(profile_named(name), atr, wanted)  # noqa: E731 - beside its twin
        return self.reader.converse(begin, tell or self.told)

    def but(self, kind, instead):
        """Tell as ``told`` does, but call this at a step of that kind; what it gives is the answer."""

        async def tell(step):
            answer = await self.told(step)
            return instead(step) or answer if isinstance(step, kind) else answer

        return tell


class VirtualDesk(Desk):
    def __init__(self):
        super().__init__(VirtualSlot("desk"))

    def insert(self, card):
        self.slot.insert(card)

    def remove(self):
        self.slot.remove()


class PcscDesk(Desk):
    def __init__(self, service, place=0):
        super().__init__(PcscSlot(name_of(place)))
        self._service = service
        self._place = place

    def insert(self, card):
        """Put a card in, and wait until the service has seen it."""
        self._service.insert(card, self._place)
        ends, again = time.monotonic() + SEEN_S_MAX, time.monotonic() + AGAIN_S
        while isinstance(contact := self.slot.connect(), Lost):
            assert time.monotonic() < ends, contact
            time.sleep(0.01)
            if time.monotonic() > again:  # it came while the service was looking away
                self._service.insert(card, self._place)
                again += AGAIN_S
        assert contact.atr == card.reset(), "this card, and no other that was left in the reader"
        contact.release()

    def remove(self):
        self._service.remove(self._place)

    def insert_at_once(self, card):
        """Change the card for another faster than any hand does."""
        self._service.insert(card, self._place, pause_s=0)


class SerialDesk(Desk):
    """A desk with a serial reader, which takes whole commands: memory cards are served by no other."""

    def __init__(self, folder):
        self.device = SerialReader(folder / "ttyCARD", takes_apdus=True)
        super().__init__(SerialSlot(LinePlan(self.device.path, takes_apdus=True)))

    def insert(self, card):
        self.device.insert(card)

    def remove(self):
        self.device.remove()

    def close(self):
        self.slot.close()
        self.device.unplug()


class VpcdEnd:
    """The reader's end of a virtual card's line: it listens, and lets one card in after the other."""

    def __init__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(SEEN_S_MAX)
        self.port = self._listening.getsockname()[1]
        self._line = None

    def card(self):
        """Let the next card in; gives it as a card of this process."""
        self.let_go()
        self._line = self._listening.accept()[0]
        self._line.settimeout(SEEN_S_MAX)
        return _CardOnLine(self._line)

    def let_go(self):
        if self._line is not None:
            self._line.close()
        self._line = None

    def close(self):
        self.let_go()
        self._listening.close()


class _CardOnLine:
    protocol = 1

    def __init__(self, line):
        self._line = line

    def reset(self):
        self._say(b"\x01")
        return self.transmit(b"\x04")

    def transmit(self, raw):
        self._say(raw)
        return self._read(int.from_bytes(self._read(2), "big"))

    def _say(self, message):
        self._line.sendall(len(message).to_bytes(2, "big") + message)

    def _read(self, count):
        read = b""
        while len(read) < count:
            part = self._line.recv(count - len(read))
            if not part:
                raise CardGone
            read += part
        return read
