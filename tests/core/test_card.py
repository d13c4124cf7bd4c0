import itertools
from dataclasses import replace

import pytest

from gateway.core.card import (
    CONFIRMING,
    SELLABLE,
    SUSPICIOUS,
    TRANSITIONS,
    CardEvent,
    CardInDoubt,
    CardReason,
    CardState,
    CardSystem,
    IllegalCardStep,
    KnownCard,
    ShownCard,
    ShownReturn,
    judged,
    step,
)

SYSTEM = CardSystem("815", frozenset({1, 2}))
KNOWN = KnownCard("A1", "powertill-cpu", CardState.ISSUED, "123456", "100042", count=7)
BACK = ShownReturn("000000000000123456", "0000000000100042", remaining=500, count=7)
SHOWN = ShownCard(
    "A1", "powertill-cpu", 1, "00000815", "000000000000123456", "0000000000100042", 20_000, 7, BACK
)
DOUBT = CardInDoubt("A1", 8, 30_000)


def test_the_life_of_a_card_has_the_steps_of_its_table_and_no_others():
    for state, event in itertools.product(CardState, CardEvent):
        if (state, event) in TRANSITIONS:
            assert step(state, event) is TRANSITIONS[state, event]
        else:
            with pytest.raises(IllegalCardStep, match=f"a card that is {state.value} cannot {event.value}"):
                step(state, event)


def test_every_state_of_a_card_is_reached_and_only_a_scrapped_one_is_the_end():
    assert set(TRANSITIONS.values()) | {CardState.BLANK} == set(CardState)
    assert set(CardState) - {state for state, _ in TRANSITIONS} == {CardState.SCRAPPED}


def test_a_lost_card_is_never_issued_again_before_it_was_given_back_and_cleared():
    for state in (CardState.LOST, CardState.BLOCKED, CardState.REPLACED, CardState.RETURNED):
        assert (state, CardEvent.ISSUE) not in TRANSITIONS


@pytest.mark.parametrize(
    ("shown", "known", "reason"),
    [
        ({}, {}, CardReason.READY),
        ({}, None, CardReason.FOREIGN),
        ({"serial": "B2"}, {}, CardReason.FOREIGN),
        ({"profile": "sle4442"}, {}, CardReason.OTHER_PROFILE),
        ({"system": "00000816"}, {}, CardReason.OTHER_SYSTEM),
        ({"system": ""}, {}, CardReason.READY),
        ({"key_version": 3}, {}, CardReason.OTHER_KEYS),
        ({}, {"state": CardState.LOST}, CardReason.BLOCKED),
        ({}, {"state": CardState.BLOCKED}, CardReason.BLOCKED),
        ({}, {"state": CardState.REPLACED}, CardReason.REPLACED),
        ({}, {"state": CardState.RETURNED}, CardReason.NOT_ISSUED),
        ({}, {"state": CardState.BLANK}, CardReason.NOT_ISSUED),
        ({"customer_no": "100043"}, {}, CardReason.OTHER_CUSTOMER),
        ({"meter_no": "123457"}, {}, CardReason.OTHER_METER),
        ({"returned": replace(BACK, meter_no="123457")}, {}, CardReason.WAS_ELSEWHERE),
        ({"count": 8}, {}, CardReason.COUNT_AHEAD),
        ({"returned": replace(BACK, count=8)}, {}, CardReason.COUNT_AHEAD),
        ({"count": 6}, {}, CardReason.COUNT_BEHIND),
        ({"garbled": True, "count": 0}, {}, CardReason.GARBLED),
        ({"returned": None}, {}, CardReason.NOT_INSERTED),
        ({"returned": None, "amount": 0}, {}, CardReason.READY),
        ({"returned": None, "count": 1}, {"count": 1}, CardReason.NEVER_INSERTED),
        ({"returned": replace(BACK, count=6)}, {}, CardReason.NOT_INSERTED),
        ({}, {"state": CardState.CLEARED}, CardReason.BLANK),
        ({"customer_no": "", "meter_no": "", "count": 0, "returned": None}, {"count": 0}, CardReason.READY),
        ({"customer_no": "", "count": 0}, {"state": CardState.PERSONALISED}, CardReason.BLANK),
    ],
)
def test_a_card_is_judged_by_the_gravest_thing_about_it(shown, known, reason):
    against = None if known is None else replace(KNOWN, **known)
    assert judged(replace(SHOWN, **shown), against, SYSTEM) is reason


@pytest.mark.parametrize(
    ("shown", "known", "reason"),
    [
        ({}, {}, CardReason.UNFINISHED),
        ({"count": 8, "amount": 30_000, "returned": None}, {}, CardReason.ON_THE_CARD),
        ({"count": 8, "amount": 29_999, "returned": None}, {}, CardReason.UNFINISHED),
        ({"count": 8, "amount": 30_000, "returned": None, "garbled": True}, {}, CardReason.UNFINISHED),
        ({"garbled": True, "count": 0, "returned": None}, {}, CardReason.UNFINISHED),
        ({"count": 8, "amount": 30_000, "returned": replace(BACK, count=8)}, {}, CardReason.TAKEN),
        ({"count": 8, "amount": 9, "returned": replace(BACK, count=8)}, {}, CardReason.TAKEN_BEFORE),
        ({"count": 9}, {}, CardReason.COUNT_AHEAD),
        ({"returned": replace(BACK, count=9)}, {}, CardReason.COUNT_AHEAD),
        ({"serial": "A1"}, {"in_doubt": replace(DOUBT, serial="B2")}, CardReason.ORDER_ELSEWHERE),
        ({"customer_no": "100043", "count": 257}, {}, CardReason.UNFINISHED),
        ({"meter_no": "9", "count": 257}, {"state": CardState.CLEARED}, CardReason.UNFINISHED),
        ({"count": 0, "returned": None}, {"state": CardState.PERSONALISED}, CardReason.UNFINISHED),
        ({}, {"state": CardState.LOST}, CardReason.BLOCKED),
    ],
)
def test_an_order_in_doubt_is_confirmed_or_finished_with_the_same_number(shown, known, reason):
    known = replace(KNOWN, **{"in_doubt": DOUBT} | known)
    assert judged(replace(SHOWN, **shown), known, SYSTEM) is reason


def test_every_reason_has_a_sentence_for_the_counter():
    sentences = [reason.sentence for reason in CardReason]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence == sentence.strip() and not sentence.endswith(".") for sentence in sentences)


def test_nothing_is_sold_on_a_card_that_somebody_must_look_at():
    assert not SELLABLE & SUSPICIOUS
    assert not SELLABLE & CONFIRMING
