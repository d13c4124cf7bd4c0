"""The life of a vending key: its steps, which rows count, and what is known of a group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.key_life import TRANSITIONS, IllegalKeyStep, KeyEvent, KnownGroup, in_places, step
from gateway.core.key_ring import KeyState
from tests.builders import NOON
from tests.vending_keys import alike, approved, loaded, revision, withdrawn


def test_the_table_has_three_steps_and_every_other_one_is_an_error_of_ours():
    assert len(TRANSITIONS) == 3
    for state in KeyState:
        for event in KeyEvent:
            if (state, event) not in TRANSITIONS:
                with pytest.raises(IllegalKeyStep, match=f"{state.value} cannot {event.value}"):
                    step(state, event)


def test_a_key_begins_as_pending_whatever_was_said_of_its_state():
    assert revision().state is KeyState.APPROVED
    assert loaded().state is KeyState.PENDING


def test_a_withdrawn_key_stays_so():
    gone = withdrawn(loaded())
    with pytest.raises(IllegalKeyStep):
        gone.approved("ben", NOON)
    with pytest.raises(IllegalKeyStep):
        gone.withdrawn("ben", NOON, "again")


def test_a_step_changes_who_and_when_and_nothing_else():
    before = loaded()
    after = before.approved("ben", NOON)
    assert replace(after.revision, state=KeyState.PENDING) == before.revision
    assert (after.loaded_by, after.loaded_at) == (before.loaded_by, before.loaded_at)
    assert (after.state, after.approved_by, after.approved_at) == (KeyState.APPROVED, "ben", NOON)


def test_of_the_rows_of_a_revision_the_one_that_stands_counts_or_else_the_last():
    first, second = (replace(withdrawn(approved()), id=place) for place in (1, 3))
    standing = replace(loaded(1), id=2)
    other = replace(loaded(2), id=4)
    assert in_places([first, second, other]) == [second, other]
    assert in_places([standing, first, second, other]) == [standing, other]


def test_a_withdrawn_key_leaves_its_place():
    known = KnownGroup("201457", keys=(replace(withdrawn(approved()), id=1),))
    assert known.standing(1) is None
    assert known.newest(1) == known.keys[0]
    assert known.newest(2) is None


def test_meters_are_counted_by_algorithm_and_key():
    known = KnownGroup("201457", meters=(alike(5), alike(3, ea="07"), alike(2, krn=2)))
    assert known.meter_count() == 10
    assert known.meter_count(ea="07") == 3
    assert known.meter_count(holding=revision(1)) == 8
