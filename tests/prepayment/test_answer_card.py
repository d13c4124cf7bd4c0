"""A station's questions about a card: within the order's permit, once for each challenge, not too often."""

from collections import Counter

import pytest

from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.permit import Permit
from gateway.codecs.card.profile import PROFILES, Told, profile_named
from gateway.codecs.card.steps import Ask, Granted, Over, Purpose, Written
from gateway.prepayment.answer_card import ASKED_MAX, PACE_MOST, Errand, StationPace, answer_card
from gateway.simulators.card.desk import answered
from tests.cards import SERIAL, SYSTEM, blank, keys, loading

NAME = "powertill-cpu"


class Holder:
    """Keys that answer at once, and what was asked of them."""

    def __init__(self):
        self.holder, self.heard = keys(), []

    async def answer(self, ask):
        self.heard.append(ask)
        return self.holder.answer(ask)


class Counts:
    def __init__(self):
        self.counted: Counter[tuple[str, str]] = Counter()

    def count(self, name, amount=1, **labels):
        assert name == "card_answers"
        self.counted[labels["purpose"], labels["outcome"]] += amount


class Desk:
    """An errand and all that it needs."""

    def __init__(self, wanted=None, name=NAME):
        system = SYSTEM if profile_named(name).system else ""
        self.errand = Errand(Permit("order 7", name, SERIAL, 1, system, wanted), StationPace())
        self.keys, self.counts = Holder(), Counts()

    def asks(self, ask, now_s=0.0):
        """One step of the verb; a double that made it wait would be wrong."""
        asking = answer_card(ask, errand=self.errand, keys=self.keys, tally=self.counts, now_s=now_s)
        with pytest.raises(StopIteration) as ended:
            asking.send(None)
        return ended.value.value


def ask(purpose, key, size=8, over=None):
    return Ask(purpose, NAME, SERIAL, 1, key, size, over or Over(), system=SYSTEM)


def proof(challenge):
    return ask(Purpose.PROVE, "wallet", 8, Over(challenge, b"", bytes(16)))


@pytest.mark.parametrize("name", PROFILES)
def test_a_purchase_is_answered_and_each_answer_is_counted(name):
    card, wanted = blank(name), loading(1, "open")
    desk, dialogue = Desk(wanted, name), write_card(profile_named(name), card.reset(), wanted)
    while dialogue.step is not None:
        is_question = isinstance(dialogue.step, Ask)
        dialogue.answer(desk.asks(dialogue.step) if is_question else answered(dialogue.step, card, keys()))
    assert isinstance(dialogue.outcome, Written)
    assert desk.counts.counted.total() == len(desk.keys.heard)
    assert {outcome for _, outcome in desk.counts.counted} == {"answered"}


def test_what_the_order_does_not_need_never_reaches_the_keys():
    desk = Desk()
    answer = desk.asks(ask(Purpose.SEAL, "wallet", 8, Over(bytes(8), b"", b"x")))
    assert answer.told is Told.NOT_AUTHORISED
    assert desk.keys.heard == []
    assert desk.counts.counted == {("seal", "refused"): 1}


def test_a_challenge_is_good_for_one_proof_and_for_its_own_file():
    desk = Desk()
    assert desk.asks(proof(bytes(8))).told is Told.NOT_AUTHORISED, "nobody has drawn that"
    challenge = desk.asks(ask(Purpose.CHALLENGE, "params")).value
    assert desk.asks(proof(challenge)).told is Told.NOT_AUTHORISED, "it was drawn for another file"
    challenge = desk.asks(ask(Purpose.CHALLENGE, "wallet")).value
    assert isinstance(desk.asks(proof(challenge)), Granted)
    assert desk.asks(proof(challenge)).told is Told.NOT_AUTHORISED, "it is used up"


def test_an_order_has_so_many_answers_of_a_kind():
    desk, one = Desk(), ask(Purpose.EXTERNAL, "external", 8, Over(bytes(8)))
    for second in range(ASKED_MAX):
        assert isinstance(desk.asks(one, float(second)), Granted)
    assert desk.asks(one, 1e6).told is Told.NOT_AUTHORISED
    assert isinstance(desk.asks(ask(Purpose.CHALLENGE, "wallet"), 1e6), Granted)


def test_a_station_that_asks_too_fast_waits_whatever_its_orders():
    pace = StationPace()
    assert sum(pace.takes(0.0) for _ in range(10 * PACE_MOST)) == PACE_MOST
    assert not pace.takes(0.01)
    assert pace.takes(0.1)
    assert sum(pace.takes(1e6) for _ in range(10 * PACE_MOST)) == PACE_MOST
    assert not pace.takes(0.0), "a clock that is put back gives nothing"
    desk = Desk()
    desk.errand.pace.left = 0
    assert desk.asks(ask(Purpose.CHALLENGE, "wallet")).told is Told.BUSY
    assert isinstance(desk.asks(ask(Purpose.CHALLENGE, "wallet"), 1.0), Granted)


def test_a_key_that_nobody_has_is_counted_so():
    desk = Desk()
    desk.errand = Errand(Permit("order 7", NAME, SERIAL, 9, SYSTEM), StationPace())
    asked = Ask(Purpose.CHALLENGE, NAME, SERIAL, 9, "wallet", 8, system=SYSTEM)
    assert desk.asks(asked).told is Told.NO_KEYS
    assert desk.counts.counted == {("challenge", "no_key"): 1}


def test_an_errand_shows_no_challenge():
    desk = Desk()
    challenge = desk.asks(ask(Purpose.CHALLENGE, "wallet")).value
    assert challenge.hex() not in repr(desk.errand)
    assert repr(challenge) not in repr(desk.errand)
