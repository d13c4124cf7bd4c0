"""A desk in a process of its own, for a browser: real pages, flow and journal; card, reader and centre in it.

    python -m tests.station_desk_house FOLDER PROFILE [LANGUAGE]

Prints the desk's address. Standard input: in, out (the card), tear N BYTE (the next writing), down, up (the
centre), blank (another card, a new one), another (the same, and it goes to the meter from then on), insert
(the card goes to its meter), agree (a second person does, in the office), owes N (for a card), quit.
"""

import sys
import threading
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.web.server import Site

from card_station.centre import Hello
from card_station.desk import Desk
from card_station.desk_guard import Guard, token_in
from card_station.desk_site import DeskSite
from gateway.simulators.card.faults import Fault, FaultKind
from tests import cards
from tests.card_counter import ACCOUNT_NO
from tests.station import Shop
from tests.station_centre import Wire

reactor: Any = installed
#: Seconds that a conversation takes, so that its screen is seen.
TALK_S = 0.3


class SlowReader:
    def __init__(self, reader):
        self.reader = reader

    async def converse(self, begin, tell):
        await deferLater(reactor, TALK_S)
        return await self.reader.converse(begin, tell)


class House:
    def __init__(self, folder, profile, language):
        self.shop = shop = Shop(profile, folder, 1)
        shop.centre.language = language
        self.card = shop.card
        journal = shop.program.journal
        self.desk = Desk(
            shop.program.counter, shop.line, SlowReader(shop.reader), lambda: journal.purchases,
            Deferred.fromCoroutine,
            hello=Hello("n1", "Counter 1", "north", "CNY", "Asia/Shanghai", is_there=True), language=language,
        )  # fmt: skip
        self.desk.presence = "card"
        port = reactor.listenTCP(0, Site(None), interface="127.0.0.1")
        number = port.getHost().port
        guard = Guard(token_in(folder / "desk.token"), number)
        port.factory.resource = DeskSite(self.desk, guard).resource()
        print(f"http://127.0.0.1:{number}{guard.opening}", flush=True)  # noqa: T201 - to the test

    def obey(self, line):
        word, *more = line.split()
        shop, desk = self.shop, self.desk
        if word == "in":
            shop.reader.card, desk.presence = self.card, "card"
        elif word == "out":
            shop.reader.card, desk.presence = None, "empty"
        elif word == "tear":
            shop.reader.faults[shop.reader.count] = Fault(int(more[0]), FaultKind.TEAR, int(more[1]))
        elif word == "down":
            shop.line.is_down, desk.hello.is_there = True, False
        elif word == "up":
            shop.line.is_down, desk.hello.is_there = False, True
        elif word == "lose":
            shop.line.at, shop.line.wire = shop.line.count + int(more[0]), Wire.ANSWER_LOST
        elif word == "blank":
            shop.books_counter.stock(cards.OTHER_SERIAL)
            self.card = shop.reader.card = shop.books_counter.blank(cards.OTHER_SERIAL)
        elif word in {"insert", "another", "agree", "owes"}:
            self._mend(word, *more)
        elif word == "quit":
            reactor.stop()
        print("done", flush=True)  # noqa: T201 - to the test

    def _mend(self, word, minor=""):
        shop = self.shop
        if word == "insert":
            shop.to_meter()
        elif word == "another":
            shop.another()
            self.card = shop.card
        elif word == "agree":
            shop.centre.agree()
        else:
            shop.books.balances[f"AR:{ACCOUNT_NO}:CARD"] = int(minor)


def main():
    folder, profile, *language = sys.argv[1:]
    house = House(Path(folder), profile, (language or ["en"])[0])

    def listen():
        for line in sys.stdin:
            reactor.callFromThread(house.obey, line)

    threading.Thread(target=listen, daemon=True).start()
    reactor.run()


if __name__ == "__main__":
    main()
