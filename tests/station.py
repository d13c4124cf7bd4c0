"""A card station in the process of the test: its real flow and journal, a virtual card, and a centre."""

from __future__ import annotations

import itertools

from card_station.centre import Ok
from card_station.journal import Journal
from card_station.sale import Counter as StationCounter
from card_station.seen import Seen, Session
from gateway.codecs.card.profile import Told
from gateway.codecs.card.steps import Lost, Refused, Transmit
from gateway.core.card_order import CardOrderState
from gateway.core.ledger import WATT_HOURS
from gateway.core.sale import SaleState
from gateway.simulators.card.desk import transmitted
from tests import cards
from tests.card_counter import CardCounter
from tests.station_centre import SESSION, CentreOfBooks, FaultyCentre, Killed

ANN = Session(SESSION, "ann", "Ann", "en", has_shift=True)
MINOR = 10_000
ROUNDS_MAX = 6


def finished(coroutine):
    """The value of a coroutine that waits for nothing."""
    try:
        waited = coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError(f"it waits for {waited}")


async def at_once(_seconds):
    """A pause that takes no time."""


class PlainReader:
    """A reader of the test's own: a conversation is held at once, as ``adapters.card_reader`` holds it."""

    def __init__(self, card=None):
        self.card = card
        #: What happens in which conversation, counted from 0.
        self.faults = {}
        self.count = 0

    async def converse(self, begin, tell):
        place, self.count = self.count, self.count + 1
        if self.card is None:
            return Refused(Told.CARD_GONE, "no card is in the reader")
        self.card.fault = self.faults.get(place, self.card.fault)
        dialogue = begin(self.card.reset())
        if isinstance(dialogue, Refused):
            return dialogue
        while dialogue.step is not None:
            dialogue.answer(await self._answer(dialogue.step, tell))
        return dialogue.outcome

    async def _answer(self, step, tell):
        if isinstance(step, Transmit):
            return transmitted(step, self.card)
        try:
            return await tell(step)
        except Exception as fault:  # noqa: BLE001 - as the reader does
            return Lost(Told.STOPPED, str(fault))


class Program:
    """The station's program: begun anew on the same file after each end of it."""

    def __init__(self, file, centre, kill_at=-1):
        self.journal = Journal(file)
        self.writes = 0
        self.kill_at = kill_at
        numbers = itertools.count(len(centre.centre.asked))
        self.counter = StationCounter(
            centre,
            self.journal,
            note=self.note,
            pause=at_once,
            nonce=lambda: f"nonce-{next(numbers):012d}",
        )
        self.counter.station = "n1"

    async def note(self, purchase):
        """Write; where it is told so, the power fails behind the write, or (in halves) before it."""
        place, self.writes = self.writes, self.writes + 1
        if 2 * place == self.kill_at:
            raise Killed
        self.journal.write(purchase)
        if 2 * place + 1 == self.kill_at:
            raise Killed

    def end(self):
        self.journal.close()


class Shop:
    """Books, a card that is sold on, its meter, and the program at the counter."""

    def __init__(self, profile, folder, taken=1):
        self.books_counter = CardCounter(profile)
        self.books_counter.stock(cards.SERIAL)
        self.centre = CentreOfBooks(self.books_counter)
        self.line = FaultyCentre(self.centre)
        self.file = folder / "journal"
        self.card, self.meter = self.books_counter.blank(), self.books_counter.meter()
        self.reader = PlainReader(self.card)
        self.added = 0
        self.program = None
        self.start()
        for _ in range(taken):
            self.sell()
            self.to_meter()
        assert self.added or not taken

    @property
    def books(self):
        return self.books_counter.books

    def start(self, kill_at=-1):
        """Begin the program anew; what ran before has ended."""
        if self.program is not None:
            self.program.end()
        self.program = Program(self.file, self.line, kill_at)

    def run(self, coroutine):
        return finished(coroutine)

    def read(self):
        return self.run(self.program.counter.read(self.reader, ANN))

    def sell(self, minor=MINOR):
        """One sale, as the desk makes it; None where the card is not fit to be sold on."""
        seen = self.read()
        if not isinstance(seen, Seen) or not seen.is_sellable:
            return seen
        pan = self.books_counter.pan
        quote = self.run(self.line.ask("quote", {"session": SESSION, "pan": pan, "amount_minor": minor}))
        if not isinstance(quote, Ok):
            return quote
        selling = self.program.counter.sell(
            self.reader, ANN, seen, pan=pan, tender_minor=minor, price=quote.content["price"]
        )
        return self.run(selling)

    def another(self, serial=cards.OTHER_SERIAL):
        """Put a new card in; what goes to the meter is this one from now on."""
        counter = self.books_counter
        counter.stock(serial)
        counter.books.office.branch_of[counter.pan] = "north"
        self.card = self.reader.card = counter.blank(serial)

    def reissue(self, gone="lost"):
        """Write the card in the reader in the place of the meter's, as the desk does."""
        seen, pan = self.read(), self.books_counter.pan
        if not isinstance(seen, Seen):
            return seen
        found = self.run(self.line.ask("find", {"session": SESSION, "number": pan}))
        if not isinstance(found, Ok):
            return found
        request = {
            "pan": pan, "before": found.content["held"]["serial"], "gone": gone, "reason": "identity card",
        }  # fmt: skip
        return self.run(self.program.counter.reissue(self.reader, ANN, seen, request))

    def take_off(self):
        """Ask for what is on the card to be taken off, and have it agreed to."""
        seen = self.read()
        assert isinstance(seen, Seen), seen
        assert seen.last is not None, seen
        request = {
            "session": SESSION, "order": seen.last.id, "payment": seen.last.payment, "pan": seen.last.pan,
            "card": seen.said, "reason": "for another amount",
        }  # fmt: skip
        asked = self.run(self.line.ask("take_off", request))
        assert isinstance(asked, Ok), asked
        self.centre.agree()

    def finish(self):
        """Read the card, and finish what is under way."""
        seen = self.read()
        if not isinstance(seen, Seen) or seen.order is None:
            return seen
        return self.run(self.program.counter.finish(self.reader, seen))

    def waiting(self, seen):
        """The credits that wait for the card; a new card says no meter, so it is found by its number."""
        if seen.meter is not None:
            return seen.waiting
        request = {"session": SESSION, "number": self.books_counter.pan}
        return self.run(self.line.ask("find", request)).content["waiting"]

    def to_meter(self):
        self.added += self.meter.insert(self.card).added

    def recover(self, *, via_meter=False):
        """The program begins again, the line is back, the card is read until nothing is left to be done."""
        self.line.mend()
        self.card.fault = None
        self.start()
        counter = self.program.counter
        had = bool(self.program.journal.purchases)
        self.run(counter.settling.resume())
        for one in self.program.journal.purchases:
            self.run(counter.settling.settle(one))
        self.run(counter.ask_again(ANN))
        for _ in range(ROUNDS_MAX):
            if via_meter:
                self.to_meter()
            seen = self.read()
            assert isinstance(seen, Seen), seen
            if seen.order is not None:
                self.run(counter.finish(self.reader, seen))
                continue
            waiting = self.waiting(seen)
            if waiting and seen.is_sellable:
                pan, payment = self.books_counter.pan, waiting[0]["payment"]
                self.run(counter.reserve(self.reader, ANN, seen, pan=pan, payment=payment))
            elif not self.program.journal.purchases and not waiting:
                break
        return had

    def check(self, sales):
        """So many sales were made and are in the meter; books and journal have nothing open."""
        self.to_meter()
        self.to_meter()
        assert self.program.journal.purchases == ()
        orders = self.books.files.cards.orders.values()
        states = {one.state for one in orders}
        assert states <= {CardOrderState.CONFIRMED, CardOrderState.VOID}, states
        confirmed = [one for one in orders if one.state is CardOrderState.CONFIRMED]
        assert [one.number for one in confirmed] == list(range(1, sales + 1))
        assert len({one.payment for one in confirmed}) == sales
        assert self.meter.memory.count == sales
        assert self.added == sum(one.amount for one in confirmed)
        self._check_ledger(sales)

    def _check_ledger(self, sales):
        posted: dict[tuple[str, str], int] = {}
        for entry in self.books_counter.entries():
            for line in entry.postings:
                key = (line.account, line.unit)
                posted[key] = posted.get(key, 0) + line.amount
        assert posted.get(("HOLD:CREDIT", "CNY"), 0) == 0
        assert posted.get(("CASH:n1:ann", "CNY"), 0) == sales * MINOR
        issued = [one for one in self.books.sales.values() if one.state is SaleState.ISSUED]
        assert len(issued) == len(self.books.sales) == sales
        assert posted.get(("E.ISSUED", WATT_HOURS), 0) == sum(one.encoded_wh for one in issued)
        if self.books_counter.profile.credit.value == "energy":
            assert posted.get(("E.ISSUED", WATT_HOURS), 0) == self.added * 1
