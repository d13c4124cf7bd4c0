"""The book of lines in the database keeps of slots and rounds exactly what the plain one in memory does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from adapters.db import tables as t
from adapters.db.line_book import LineBook
from adapters.db.opening import migrate, open_database
from gateway.core.contact import ContactWhy
from gateway.core.line_work.call import PassedOver
from gateway.core.line_work.round_kept import Kept, RoundBegun, RoundTold, SlotNote
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from tests.kept_rounds import KeptInMemory

WHYS = st.sampled_from([ContactWhy.BUSY, PassedOver.NOT_THERE])
SLOTS = st.builds(Slot, st.sampled_from("ab"), st.integers(1, 3), st.integers(100, 101))
CHANGES = st.one_of(
    st.builds(SlotChange, SLOTS, st.sampled_from([SlotState.WAITING, SlotState.READ, SlotState.GONE])),
    st.builds(SlotChange, SLOTS, st.sampled_from([SlotState.GAP, SlotState.LOST]), WHYS),
)
NOTES = st.one_of(
    st.builds(SlotNote, CHANGES, st.integers(1, 999)),
    st.builds(RoundBegun, st.sampled_from("ab"), st.integers(100, 102), st.just(5), st.just(9), st.just(3),
              st.integers(0, 1)),
    st.builds(RoundBegun, st.sampled_from("ab"), st.integers(100, 102), st.just(7), st.just(7), st.just(0),
              st.just(0), st.sampled_from([RoundTold.BEGUN, RoundTold.OFF])),
)  # fmt: skip
FIGURES = {SlotState.READ: "read", SlotState.LOST: "lost", SlotState.GONE: "gone"}


def in_memory(notes) -> KeptInMemory:
    made = KeptInMemory()
    for one in notes:
        if isinstance(one, SlotNote):
            made.slots_changed([one.change], one.at_s)
        else:
            made.rounds_begun([one])
    return made


def require_alike(engine, book, plain):
    """Compare what rounds are restored from, and each figure."""
    kept, wanted = book.kept(), plain.kept()
    assert sorted(kept.slots) == sorted(wanted.slots)
    assert {name: one._replace(lost=0) for name, one in kept.rounds.items()} == {
        name: one._replace(lost=0) for name, one in wanted.rounds.items()
    }
    with engine.begin() as connection:
        rows = {(row.schedule, row.at_s): row for row in connection.execute(select(t.reading_round))}
        lost = [row.state for row in connection.execute(select(t.reading_slot)) if row.state == "lost"]
    assert rows.keys() == plain.rounds.keys()
    for key, row in rows.items():
        assert {name: getattr(row, name) for name in FIGURES.values()} == {
            name: plain.figures[*key, state] for state, name in FIGURES.items()
        }
    assert len(lost) == len(plain.lost)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('book') / 'till.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def emptied(engine):
    with engine.begin() as connection:
        connection.execute(t.reading_slot.delete())
        connection.execute(t.reading_round.delete())


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NOTES, max_size=40), st.integers(1, 40))
def test_however_notes_are_cut_into_batches_both_keep_the_same(small, notes, size):
    emptied(small)
    book = LineBook(small)
    for first in range(0, len(notes), size):
        book.write(notes[first : first + size])
    book.close()
    require_alike(small, book, in_memory(notes))


def test_both_databases_keep_the_same_of_a_night(fresh):
    engine = fresh.database(1)
    night = [
        *(SlotNote(SlotChange(Slot("a", meter, 100), SlotState.WAITING), 1) for meter in range(1, 7)),
        RoundBegun("a", 100, 1, 9, 6),
        SlotNote(SlotChange(Slot("a", 1, 100), SlotState.READ), 2),
        SlotNote(SlotChange(Slot("a", 2, 100), SlotState.GAP, ContactWhy.BUSY), 3),
        SlotNote(SlotChange(Slot("a", 2, 100), SlotState.GAP, ContactWhy.LOST), 4),
        SlotNote(SlotChange(Slot("a", 3, 100), SlotState.GAP, PassedOver.NO_TIME), 3),
        SlotNote(SlotChange(Slot("a", 3, 100), SlotState.LOST, PassedOver.NO_TIME), 5),
        SlotNote(SlotChange(Slot("a", 4, 100), SlotState.GONE), 6),
        RoundBegun("b", 50, 50, 50, 0, told=RoundTold.BEGUN),
        RoundBegun("b", 60, 60, 60, 0, told=RoundTold.OFF),
        RoundBegun("b", 60, 61, 65, 2, 2),
    ]
    book = LineBook(engine)
    assert book.kept() == Kept([], {})
    book.write(night[:5])
    book.write(night[5:])
    require_alike(engine, book, in_memory(night))
    assert [(one.slot.meter, one.is_gap, one.since_s, one.why) for one in book.kept().slots] == [
        (2, True, 3, ContactWhy.LOST), (5, False, 1, None), (6, False, 1, None),
    ]  # fmt: skip
    # What is written once more, since nobody knew whether it had been, counts once.
    book.write(night[:8])
    book.write(night[8:])
    with engine.begin() as connection:
        figures = connection.execute(select(t.reading_round).where(t.reading_round.c.schedule == "b")).all()
    assert [(row.at_s, row.meters, row.lost) for row in figures] == [(50, 0, 0), (60, 2, 2)]
    book.close()
