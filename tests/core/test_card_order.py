import itertools

import pytest

from gateway.core.card_order import (
    MAY_BE_ON_A_CARD,
    OPEN_STATES,
    TRANSITIONS,
    CardOrderEvent,
    CardOrderState,
    IllegalCardOrderStep,
    step,
)


def test_a_card_order_has_the_steps_of_its_table_and_no_others():
    for state, event in itertools.product(CardOrderState, CardOrderEvent):
        if (state, event) in TRANSITIONS:
            assert step(state, event) is TRANSITIONS[state, event]
        else:
            with pytest.raises(IllegalCardOrderStep, match=f"that is {state.value} cannot {event.value}"):
                step(state, event)


def test_every_state_is_reached_and_a_card_order_ends_confirmed_or_void():
    assert set(TRANSITIONS.values()) | {CardOrderState.QUOTED} == set(CardOrderState)
    ends = set(CardOrderState) - {state for state, _ in TRANSITIONS}
    assert ends == {CardOrderState.VOID}
    from_confirmed = {event for state, event in TRANSITIONS if state is CardOrderState.CONFIRMED}
    assert from_confirmed == {CardOrderEvent.REISSUE, CardOrderEvent.TAKE_OFF}


def test_from_every_open_state_there_is_a_way_to_an_end():
    for begun in OPEN_STATES:
        reached = {begun}
        for _ in CardOrderState:
            reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
        assert reached & {CardOrderState.CONFIRMED, CardOrderState.VOID}


def test_what_may_be_on_a_card_is_voided_only_by_clearing_the_card():
    voiding = {
        (before, event)
        for (before, event), after in TRANSITIONS.items()
        if after is CardOrderState.VOID and before in MAY_BE_ON_A_CARD
    }
    assert voiding == {(CardOrderState.CLEARING, CardOrderEvent.READ_BACK)}
    clearing = {event for (_, event), after in TRANSITIONS.items() if after is CardOrderState.CLEARING}
    assert clearing == {CardOrderEvent.TAKE_OFF}


def test_a_written_order_is_never_in_doubt_again():
    after_written = {after for (before, _), after in TRANSITIONS.items() if before is CardOrderState.WRITTEN}
    assert after_written == {CardOrderState.CONFIRMED}
