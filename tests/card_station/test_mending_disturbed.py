"""A card that is reissued or cleared, disturbed anywhere: the meter and the books have each purchase once.

As ``test_sale_disturbed.py``, whose faults these are: every command and byte, every write of the journal,
every message. What was taken off waits and is written again; so in the end there is one credit either way.
"""

from collections import Counter
from dataclasses import dataclass

import pytest

from card_station.sale import Sold, Stays, TakenOff
from gateway.codecs.card.profile import PROFILES
from gateway.core.card import CardState
from gateway.core.card_order import CardOrderState
from gateway.core.sale import SaleState
from tests import cards
from tests.card_station.test_sale_disturbed import READS, WRITES, Heard, faults_of
from tests.station import Shop
from tests.station_centre import Killed, Wire

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.once]

#: What can happen to a card in its two conversations, twice each.
CASES = {
    ("reissue", "gdw365"): 420, ("reissue", "powertill-cpu"): 394, ("reissue", "sle4442"): 378,
    ("clear", "gdw365"): 452, ("clear", "powertill-cpu"): 434, ("clear", "sle4442"): 378,
}  # fmt: skip


@dataclass(frozen=True)
class Deed:
    """What is done with a card on which a second purchase is, that its meter has not taken yet."""

    name: str
    journal: tuple[str, ...]

    def opened(self, profile, folder):
        """A shop in which it is about to be done; its reader and its line count from here."""
        shop = Shop(profile, folder, 1)
        assert isinstance(shop.sell(), Sold)
        if self.name == "reissue":
            shop.another()
        else:
            shop.take_off()
        shop.reader.count = shop.line.count = 0
        return shop

    def done(self, shop):
        return shop.reissue() if self.name == "reissue" else shop.finish()

    def tried(self, shop):
        """Do it; True where the program went on to the end."""
        try:
            self.done(shop)
        except Killed:
            return False
        return True

    def settled(self, shop, *, via_meter):
        """What is left is finished, and the two purchases are in the meter once each; what came of it."""
        old = shop.card
        shop.recover(via_meter=via_meter)
        came = self._came(shop)
        if came == "not begun" and self.name == "reissue":
            # Nobody knows of the new card, so the old one is good still.
            assert shop.added == self._first(shop)
            shop.card = shop.books_counter.old
        shop.check(2)
        for card in (old, shop.books_counter.old):
            assert shop.meter.insert(card).added == 0
        return came

    def _first(self, shop):
        return next(one.amount for one in shop.books.files.cards.orders.values() if one.number == 1)

    def _came(self, shop):
        if self.name == "reissue":
            state = shop.books.files.cards.cards[cards.OTHER_SERIAL].state
            return "done" if state is CardState.ISSUED else "not begun"
        states = Counter(one.state for one in shop.books.files.cards.orders.values())
        return "done" if states[CardOrderState.VOID] else "the meter has it"


REISSUE = Deed("reissue", ("intent", "in_doubt", "writing", "written", "done"))
CLEAR = Deed("clear", ("writing", "written", "done"))
DEEDS = [REISSUE, CLEAR]
each = pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.name)


@pytest.fixture(autouse=True)
def _old_card(monkeypatch):
    """The card that was there before another one is put in."""
    another = Shop.another

    def kept(shop, *which):
        shop.books_counter.old = shop.card
        another(shop, *which)

    made = Shop.__init__

    def opened(shop, *which):
        made(shop, *which)
        shop.books_counter.old = shop.card

    monkeypatch.setattr(Shop, "another", kept)
    monkeypatch.setattr(Shop, "__init__", opened)


def commands_of(deed, profile, folder):
    """What is sent to the card in its two conversations."""
    shop = deed.opened(profile, folder)
    heard = Heard(shop.card)
    shop.reader.card = heard
    shop.read()
    reading = len(heard.commands)
    heard.commands.clear()
    assert isinstance(deed.done(shop), Sold | TakenOff)
    return heard.commands[:reading], heard.commands[reading:]


@each
@pytest.mark.parametrize("profile", PROFILES)
def test_a_card_that_is_torn_anywhere(deed, profile, tmp_path, counted):
    told: Counter[tuple] = Counter()
    place = 0
    commands = commands_of(deed, profile, tmp_path / "heard")
    for conversation in (READS, WRITES):
        for fault in faults_of(commands[conversation]):
            for via_meter in (False, True):
                place += 1
                shop = deed.opened(profile, tmp_path / str(place))
                shop.reader.faults[conversation] = fault
                assert deed.tried(shop)
                told[conversation, fault.kind.value, deed.settled(shop, via_meter=via_meter)] += 1
                shop.program.end()
    counted(f"{deed.name} {profile}: {place} cases, {dict(told)}")
    assert place == CASES[deed.name, profile]


@each
@pytest.mark.parametrize("profile", PROFILES)
def test_a_station_that_is_killed_around_any_write_of_its_journal(deed, profile, tmp_path, counted):
    place = 0
    came: Counter[str] = Counter()
    while True:
        shop = deed.opened(profile, tmp_path / str(place))
        shop.start(kill_at=place)
        is_over = deed.tried(shop)
        came[deed.settled(shop, via_meter=bool(place % 4 > 1))] += 1
        shop.program.end()
        if is_over:
            break
        place += 1
    counted(f"{deed.name} {profile}: killed at {place} places, {dict(came)}")
    assert place == 2 * len(deed.journal), deed.journal


@each
@pytest.mark.parametrize("wire", list(Wire))
@pytest.mark.parametrize("profile", PROFILES)
def test_any_message_may_be_lost_and_any_may_be_the_last_of_a_program(
    deed, profile, wire, tmp_path, counted
):
    place = 0
    came: Counter[str] = Counter()
    while True:
        shop = deed.opened(profile, tmp_path / str(place))
        shop.line.at, shop.line.wire = place, wire
        deed.tried(shop)
        if shop.line.count <= place:
            break
        came[deed.settled(shop, via_meter=bool(place % 2))] += 1
        shop.program.end()
        place += 1
    counted(f"{deed.name} {profile}, {wire.value}: {place} messages, {dict(came)}")
    assert place >= 6


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_taken_off_is_given_back_and_the_meter_never_gets_it(profile, tmp_path):
    shop = CLEAR.opened(profile, tmp_path)
    result = shop.finish()
    assert isinstance(result, TakenOff), result
    order = result.purchase.named
    assert order.state is CardOrderState.VOID
    undone = {
        "session": "s" * 43, "payment": order.payment, "pan": order.pan, "amount_minor": 10_000,
    }  # fmt: skip
    shop.run(shop.line.ask("undo", undone))
    assert shop.books.sales[order.payment].state is SaleState.REVERSED
    before = shop.added
    shop.to_meter()
    assert shop.added == before
    assert isinstance(shop.sell(), Sold)
    shop.to_meter()
    assert shop.meter.memory.count == 2


@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_meter_took_before_it_was_taken_off_stays(profile, tmp_path):
    shop = CLEAR.opened(profile, tmp_path)
    shop.to_meter()
    result = shop.finish()
    assert isinstance(result, Stays), result
    shop.check(2)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_new_card_that_is_lost_half_written_is_reissued_once_more(profile, tmp_path):
    shop = REISSUE.opened(profile, tmp_path)
    commands = commands_of(REISSUE, profile, tmp_path / "heard")
    shop.reader.faults[WRITES] = list(faults_of(commands[WRITES]))[-1]
    shop.reissue()
    shop.card.fault = None
    shop.another("00" * (len(cards.OTHER_SERIAL) // 2 - 1) + "01")
    assert isinstance(shop.reissue("damaged"), Sold)
    shop.recover()
    shop.check(2)
