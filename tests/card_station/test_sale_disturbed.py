"""A sale that is disturbed anywhere: in the end the meter has it once, and the books have it once.

The real flow with its journal on the disk, the centre's own commands and permits on books, cards that are
torn at every command and at every byte. Behind each disturbance the program begins anew on its journal, the
line is back, and the card is read until nothing is left to be done.
"""

import random
from collections import Counter

import pytest

from card_station.sale import Sold
from gateway.codecs.card.profile import PROFILES
from gateway.simulators.card.faults import Fault, FaultKind
from tests.station import Shop
from tests.station_centre import Killed, Wire

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.once]

UPDATES = {0xD6, 0xD0}
#: The conversation that writes; the one before it reads.
READS, WRITES = 0, 1
#: What can happen to a card in its two conversations, twice each: with the meter in between, and without.
CASES = {"gdw365": 420, "powertill-cpu": 394, "sle4442": 378}
#: Pairs of disturbances that are drawn for each kind of card.
PAIRS = 80


class Heard:
    """A card, and the commands that were sent to it."""

    def __init__(self, card):
        self.card, self.commands = card, []
        self.protocol, self.cells = card.protocol, card.cells
        self.fault = None

    def reset(self):
        return self.card.reset()

    def transmit(self, raw):
        self.commands.append(raw)
        return self.card.transmit(raw)


def opened(profile, folder, taken):
    """A shop whose card is about to be sold on; its reader counts conversations from here."""
    shop = Shop(profile, folder, taken)
    shop.reader.count = 0
    shop.line.count = 0
    return shop


def commands_of(profile, folder, taken):
    """What is sent to the card in its two conversations."""
    shop = opened(profile, folder, taken)
    heard = [Heard(shop.card) for _ in (READS, WRITES)]
    shop.reader.card = heard[READS]
    seen = shop.read()
    assert seen.is_sellable
    shop.reader.card = heard[WRITES]
    assert isinstance(shop.sell(), Sold)
    return heard[READS].commands, heard[WRITES].commands[len(heard[READS].commands) :]


def faults_of(commands):
    """Everything that can happen to a card in a conversation."""
    for place, raw in enumerate(commands):
        yield Fault(place, FaultKind.LEAVE)
        yield Fault(place, FaultKind.ANSWER_LOST)
        yield Fault(place, FaultKind.STATUS)
        if raw[1] in UPDATES:
            yield Fault(place, FaultKind.STATUS_AFTER)
            for byte in range(raw[4] + 1):
                yield Fault(place, FaultKind.TEAR, byte)


def tried(shop):
    """Sell; True where the program went on to the end."""
    try:
        shop.sell()
    except Killed:
        return False
    return True


def settled(shop, taken, *, via_meter):
    """What is left is finished; the sale counts where its intent was written down, or it never was."""
    before = len(shop.books.sales)
    had = shop.recover(via_meter=via_meter)
    made = len(shop.books.sales) - taken
    assert made in {0, 1}
    assert made >= before - taken
    shop.check(taken + made)
    return had, made


@pytest.mark.parametrize("taken", [0, 2])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_card_that_is_torn_anywhere_has_the_purchase_once(profile, taken, tmp_path, counted):
    told: Counter[tuple] = Counter()
    place = 0
    commands = commands_of(profile, tmp_path / "heard", taken)
    for conversation in (READS, WRITES):
        for fault in faults_of(commands[conversation]):
            for via_meter in (False, True):
                place += 1
                shop = opened(profile, tmp_path / str(place), taken)
                shop.reader.faults[conversation] = fault
                assert tried(shop)
                _, made = settled(shop, taken, via_meter=via_meter)
                told[conversation, fault.kind.value, made] += 1
                assert made == (conversation == WRITES), "a card that cannot be read is not sold on"
                shop.program.end()
    counted(f"{profile}, {taken} before: {place} cases, {dict(told)}")
    assert place == CASES[profile]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_station_that_is_killed_around_any_write_of_its_journal_finishes_once(profile, tmp_path, counted):
    place = 0
    made_of: Counter[int] = Counter()
    while True:
        shop = opened(profile, tmp_path / str(place), 1)
        shop.start(kill_at=place)
        is_over = tried(shop)
        _, made = settled(shop, 1, via_meter=bool(place % 4 > 1))
        made_of[made] += 1
        shop.program.end()
        if is_over:
            break
        place += 1
    counted(f"{profile}: killed at {place} places, {dict(made_of)}")
    assert place == 2 * 5, "intent, reserved, writing, written, done"
    assert made_of[0] == 1, "killed before its intent is on the disk there is no sale"


@pytest.mark.parametrize("wire", list(Wire))
@pytest.mark.parametrize("profile", PROFILES)
def test_any_message_may_be_lost_and_any_may_be_the_last_of_a_program(profile, wire, tmp_path, counted):
    place = 0
    made_of: Counter[int] = Counter()
    while True:
        shop = opened(profile, tmp_path / str(place), 1)
        shop.line.at, shop.line.wire = place, wire
        tried(shop)
        if shop.line.count <= place:
            break
        _, made = settled(shop, 1, via_meter=bool(place % 2))
        made_of[made] += 1
        shop.program.end()
        place += 1
    counted(f"{profile}, {wire.value}: {place} messages, {dict(made_of)}")
    assert place >= 15


@pytest.mark.parametrize("profile", PROFILES)
def test_two_disturbances_and_more_leave_one_sale(profile, tmp_path):
    dice = random.Random(20261126)
    _, write = commands_of(profile, tmp_path / "heard", 1)
    faults = list(faults_of(write))
    for place in range(PAIRS):
        shop = opened(profile, tmp_path / str(place), 1)
        shop.reader.faults = {number: dice.choice(faults) for number in dice.sample(range(1, 6), 3)}
        shop.line.at, shop.line.wire = dice.randrange(60), dice.choice(list(Wire))
        shop.start(kill_at=dice.choice([-1, dice.randrange(12)]))
        tried(shop)
        for _ in range(dice.randrange(3)):
            try:
                shop.line.mend()
                shop.line.at = shop.line.count + dice.randrange(25)
                shop.line.wire = dice.choice(list(Wire))
                shop.start(kill_at=dice.choice([-1, dice.randrange(4)]))
                shop.run(shop.program.counter.settling.resume())
                seen = shop.read()
                if getattr(seen, "order", None) is not None:
                    shop.run(shop.program.counter.finish(shop.reader, seen))
            except Killed:
                pass
        shop.reader.faults = {}
        settled(shop, 1, via_meter=dice.random() < 0.5)
        shop.program.end()
