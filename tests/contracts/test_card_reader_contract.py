"""A conversation ends the same way in every reader, whatever its card does.

The readers: one of this process, one behind PC/SC, one on a serial line.
"""

import threading

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from adapters.card_reader.reader import ReaderState
from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.picture import Wallet
from gateway.codecs.card.profile import PROFILES, Told, profile_named
from gateway.codecs.card.steps import (
    AboutToWrite,
    Ask,
    Lost,
    Read,
    Refused,
    Shown,
    Transmit,
    Unknown,
    Updated,
    Written,
)
from gateway.simulators.card.desk import carried_out
from gateway.simulators.card.faults import Fault, FaultKind
from tests.card_desk import PcscDesk, SerialDesk, VirtualDesk
from tests.cards import AMOUNT, OTHER_SERIAL, SERIAL, blank, keys, loading, meter, written
from tests.cards import shown as read_by_itself

REAL = pytest.param("pcsc", marks=[pytest.mark.slow, pytest.mark.xdist_group("pcsc")])


@pytest.fixture(params=["virtual", "serial", REAL])
def desk(request, tmp_path):
    makes = {
        "virtual": VirtualDesk,
        "serial": lambda: SerialDesk(tmp_path),
        "pcsc": lambda: PcscDesk(request.getfixturevalue("pcsc")),
    }
    made = makes[request.param]()
    yield made
    pytest_twisted.blockon(made.reader.close())
    if isinstance(made, SerialDesk):
        made.close()


def commands(name, card, wanted):
    """Which commands a loading takes, with what each is for."""
    sent = []

    def told(step):
        if isinstance(step, Transmit):
            sent.append(step)

    carried_out(write_card(profile_named(name), card.reset(), wanted), card, keys(), told)
    return sent


@pytest.mark.parametrize("name", PROFILES)
@pytest_twisted.ensureDeferred
async def test_a_card_is_loaded_and_read_back(desk, name):
    desk.insert(blank(name))
    assert isinstance(await desk.write(name, loading(1, "open")), Written)
    assert isinstance(await desk.write(name, loading(2)), Written)
    outcome = await desk.read(name)
    assert isinstance(outcome, Read)
    assert (outcome.picture.serial, outcome.picture.wallet) == (SERIAL, Wallet(AMOUNT, 2))
    kinds = [type(step) for step in desk.heard if not isinstance(step, Ask)]
    assert kinds[:2] == [Shown, AboutToWrite], "what was returned is kept before anything is changed"
    assert Updated in kinds


@pytest_twisted.ensureDeferred
async def test_an_empty_reader_is_said_to_be_empty(desk):
    outcome = await desk.read("powertill-cpu")
    assert (type(outcome), outcome.told) == (Refused, Told.CARD_GONE)


@pytest.mark.parametrize("name", PROFILES)
@pytest_twisted.ensureDeferred
async def test_a_card_that_is_pulled_out_before_the_first_change_is_a_refusal(desk, name):
    desk.insert(blank(name))
    pulled = desk.but(AboutToWrite, lambda _: None)
    outcome = await desk.write(name, loading(1, "open"), desk.but(Shown, lambda _: desk.remove()))
    assert (type(outcome), outcome.told) == (Refused, Told.CARD_GONE)
    card = blank(name)
    desk.insert(card)
    assert isinstance(await desk.write(name, loading(1, "open"), pulled), Written)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize(
    ("place", "kind"), [(0, FaultKind.TEAR), (-1, FaultKind.LEAVE), (-1, FaultKind.ANSWER_LOST)]
)
@pytest_twisted.ensureDeferred
async def test_a_torn_card_is_in_doubt_and_finished_with_the_same_number(desk, name, kind, place):
    sent = commands(name, blank(name), loading(1, "open"))
    at = [nth for nth, step in enumerate(sent) if step.is_update][place]
    card = blank(name)
    desk.insert(card)
    # Over T=0 one command takes several steps, so the place is counted from the end of the plain ones.
    card.fault = Fault(at + steps_more(name, sent[:at]), kind, byte=1)
    outcome = await desk.write(name, loading(1, "open"))
    assert isinstance(outcome, Unknown)
    desk.insert(card)
    assert isinstance(await desk.write(name, loading(1, "open")), Written)
    came = meter(name).insert(card)
    assert (came.added, came.trouble) == (AMOUNT, None)


def steps_more(name, sent):
    """Over T=0 what a command of case 4 gives is fetched by one more."""
    return sum(1 for step in sent if step.body and step.expected) if name == "gdw365" else 0


@pytest_twisted.ensureDeferred
async def test_what_the_journal_cannot_note_is_not_begun(desk):
    card = blank("powertill-cpu")
    desk.insert(card)
    refused = desk.but(AboutToWrite, lambda _: Lost(Told.STOPPED, "the disk is full"))
    outcome = await desk.write("powertill-cpu", loading(1, "open"), refused)
    assert outcome == Refused(Told.STOPPED, "the disk is full")
    assert read_by_itself("powertill-cpu", card).picture.is_blank


@pytest_twisted.ensureDeferred
async def test_a_fault_of_the_station_s_program_ends_in_doubt_once_something_is_written(desk):
    card = blank("powertill-cpu")
    desk.insert(card)

    def failing(_):
        raise ZeroDivisionError

    early = await desk.write("powertill-cpu", loading(1, "open"), desk.but(Shown, failing))
    assert (type(early), early.told) == (Refused, Told.STOPPED)
    late = await desk.write("powertill-cpu", loading(1, "open"), desk.but(Updated, failing))
    assert (type(late), late.told) == (Unknown, Told.STOPPED)
    assert isinstance(await desk.write("powertill-cpu", loading(1, "open")), Written)


@pytest_twisted.ensureDeferred
async def test_a_reader_holds_one_conversation_at_a_time(desk):
    desk.insert(blank("powertill-cpu"))
    first = desk.read("powertill-cpu")
    assert (await desk.read("powertill-cpu")).told is Told.BUSY
    assert isinstance(await first, Read)
    assert desk.reader.state is ReaderState.FREE


@pytest_twisted.ensureDeferred
async def test_a_card_is_held_by_nobody_else_until_the_conversation_ends(desk):
    desk.insert(blank("powertill-cpu"))
    others = []
    await desk.read("powertill-cpu", desk.but(Ask, lambda _: others.append(desk.slot.connect())))
    assert {other.told for other in others} == {Told.BUSY}
    contact = desk.slot.connect()
    assert not isinstance(contact, Lost), "and then it can be held again"
    contact.release()


@pytest_twisted.ensureDeferred
async def test_a_conversation_that_is_stopped_ends_at_its_next_step(desk):
    desk.insert(blank("powertill-cpu"))
    silent: Deferred = Deferred()

    async def tell(step):
        return await (silent if isinstance(step, AboutToWrite) else Deferred.fromCoroutine(desk.told(step)))

    going = desk.write("powertill-cpu", loading(1, "open"), tell)
    await deferLater(reactor, 0.3)
    desk.reader.stop()
    outcome = await going
    assert (type(outcome), outcome.told) == (Refused, Told.STOPPED)
    assert isinstance(await desk.read("powertill-cpu"), Read)


@pytest_twisted.ensureDeferred
async def test_the_station_s_words_are_spoken_in_the_reactor_and_the_card_s_elsewhere(desk):
    desk.insert(blank("powertill-cpu"))
    threads = set()
    mine = threading.current_thread().name
    await desk.read("powertill-cpu", desk.but(Ask, lambda _: threads.add(threading.current_thread().name)))
    assert threads == {mine}


@pytest_twisted.ensureDeferred
async def test_a_card_for_another_order_is_not_touched(desk):
    card = blank("powertill-cpu", serial=OTHER_SERIAL)
    desk.insert(card)
    outcome = await desk.write("powertill-cpu", loading(1, "open"))
    assert outcome == Refused(Told.OTHER_CARD, "serial")
    assert read_by_itself("powertill-cpu", card).picture.is_blank


@pytest_twisted.ensureDeferred
async def test_who_can_begin_nothing_with_a_card_says_so(desk):
    desk.insert(blank("sle4442"))
    refused = Refused(Told.OTHER_CARD, "no profile has this answer to reset")
    assert await desk.reader.converse(lambda _: refused, desk.told) == refused


@pytest_twisted.ensureDeferred
async def test_a_closed_reader_begins_nothing(desk):
    await desk.reader.close()
    assert (await desk.read("powertill-cpu")).told is Told.STOPPED


@pytest_twisted.ensureDeferred
async def test_the_desk_writes_as_the_desk_without_people_does(desk):
    mine, other = blank("powertill-cpu"), blank("powertill-cpu")
    desk.insert(mine)
    await desk.write("powertill-cpu", loading(1, "open"))
    written("powertill-cpu", other, loading(1, "open"))
    assert mine.cells.plain() == other.cells.plain()
