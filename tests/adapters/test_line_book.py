"""What lines have seen is kept, on SQLite and PostgreSQL; and what is old is taken out in portions."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, insert, select

from adapters.db import line_book
from adapters.db import tables as t
from adapters.db.line_book import LineBook
from adapters.db.opening import DatabaseFault, open_database
from adapters.db.seen_rows import call_of, event_of, frozen_of, profile_row_of
from gateway.core.contact import ContactWhy, RelayState
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.round_kept import RoundBegun, RoundTold, SlotNote
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.meter_event import EventKind, MeterEvent
from gateway.core.meter_seen import Figure, FrozenReading, MeterContact, ProfileRowKept

DAY_S = 86_400
NOW_S = 1_800_000_000
PAN, OTHER = "600727000000000009", "600727000000000017"
CALL = CallMade("line 3", "5550161", "b1", WorkKind.GAP, 3, 2, ContactWhy.LOST, 61, NOW_S, 40)


@pytest.fixture
def engine(fresh):
    return fresh.database(1)


@pytest.fixture
def book(engine):
    made = LineBook(engine)
    yield made
    made.close()


def rows(engine, table):
    with engine.begin() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def count(engine, table):
    with engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_what_was_seen_comes_back_as_it_was(engine, book):
    noticed = MeterEvent(PAN, NOW_S * 1_000_000, EventKind.COVER_OPENED, "said\x00so")
    frozen = FrozenReading(PAN, NOW_S, (("total", 12_345), ("rate 1", 5)), 7)
    row = ProfileRowKept(PAN, NOW_S, (Figure("energy", 1234, 2, "kWh"), Figure("power", 5)), "ok")
    book.write([CALL, noticed, frozen, row])
    assert [call_of(one) for one in rows(engine, t.line_call)] == [CALL]
    assert [event_of(one).told for one in rows(engine, t.meter_event)] == ["said so"]
    assert [frozen_of(one) for one in rows(engine, t.frozen_reading)] == [frozen]
    assert [profile_row_of(one) for one in rows(engine, t.profile_row)] == [row]


def test_what_is_read_once_more_takes_the_place_of_what_was_read(engine, book):
    book.write([ProfileRowKept(PAN, NOW_S, (Figure("energy", 1),), "")])
    book.write([ProfileRowKept(PAN, NOW_S, (Figure("energy", 2),), ""),
                ProfileRowKept(PAN, NOW_S, (Figure("energy", 3),), "")])  # fmt: skip
    assert [profile_row_of(one).values[0].number for one in rows(engine, t.profile_row)] == [3]


def test_a_contact_keeps_what_it_has_not_seen(engine, book):
    book.write([MeterContact(PAN, 10, off_s=7, was_set=True, relay=RelayState.CLOSED)])
    book.write([MeterContact(PAN, 20, ContactWhy.BUSY, "the number is busy")])
    (row,) = rows(engine, t.meter_contact)
    assert (row.at_us, row.why, row.told) == (20, "busy", "the number is busy")
    assert (row.good_us, row.off_s, row.clock_us, row.set_us, row.relay) == (10, 7, 10, 10, "closed")


def test_contacts_of_one_batch_count_in_their_order(engine, book):
    book.write([MeterContact(PAN, 10), MeterContact(OTHER, 11), MeterContact(PAN, 12, ContactWhy.LOST)])
    assert [(row.pan, row.at_us, row.good_us) for row in rows(engine, t.meter_contact)] == [
        (PAN, 12, 10), (OTHER, 11, 11),
    ]  # fmt: skip


def test_a_batch_is_written_as_a_whole_or_not_at_all(engine, book):
    with pytest.raises(DatabaseFault):
        book.write([CALL, MeterEvent(None, 1, EventKind.CLOCK_SET)])
    assert count(engine, t.line_call) == 0
    book.write([CALL])
    assert count(engine, t.line_call) == 1


def test_a_batch_of_slots_is_a_few_statements(book, engine):
    night = [SlotNote(SlotChange(Slot("s", meter, 1), SlotState.WAITING), 1) for meter in range(900)]
    said = []
    book.write([*night, RoundBegun("s", 1, 2, 3, 900)])
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    book.write([SlotNote(SlotChange(Slot("s", meter, 1), SlotState.READ), 2) for meter in range(900)])
    assert [text.split()[0] for text in said if text != "BEGIN IMMEDIATE"] == ["DELETE", "UPDATE"]
    assert rows(engine, t.reading_round)[0].read == 900


def test_what_is_older_than_it_is_kept_goes_and_nothing_else(engine, book, monkeypatch):
    monkeypatch.setattr(line_book, "PROFILES_MAX", 1)
    old_s, kept_s = NOW_S - 730 * DAY_S - 1, NOW_S - 730 * DAY_S
    for at_s in (old_s, kept_s):
        book.write([
            CallMade("1", "", "", WorkKind.GAP, 1, 1, None, 1, at_s),
            *(ProfileRowKept(pan, at_s, ()) for pan in (PAN, OTHER)),
            RoundBegun("s", at_s, at_s, at_s, 1), RoundBegun("t", at_s, at_s, at_s, 1),
            SlotNote(SlotChange(Slot("s", 1, at_s), SlotState.GAP, ContactWhy.BUSY), at_s),
            SlotNote(SlotChange(Slot("s", 1, at_s), SlotState.LOST, ContactWhy.BUSY), at_s),
        ])  # fmt: skip
    book.write([RoundBegun("u", old_s, old_s, old_s, 0, told=RoundTold.OFF)])
    book.write([MeterContact(pan, 1) for pan in (PAN, OTHER)])
    book.write(
        [MeterEvent(PAN, (NOW_S - 1_826 * DAY_S) * 1_000_000 + less, EventKind.CLOCK_SET) for less in (0, -1)]
    )
    while book.forget(NOW_S):
        pass
    assert [row.at_s for row in rows(engine, t.line_call)] == [kept_s]
    assert [(row.pan, row.at_s) for row in rows(engine, t.profile_row)] == [(PAN, kept_s), (OTHER, kept_s)]
    assert [row.at_us % 10 for row in rows(engine, t.meter_event)] == [0]
    assert [row.at_s for row in rows(engine, t.reading_slot)] == [kept_s]
    # The last word about a schedule stays: from there it would go on.
    assert [(row.schedule, row.at_s) for row in rows(engine, t.reading_round)] == [
        ("s", kept_s), ("t", kept_s), ("u", old_s),
    ]  # fmt: skip


def test_one_portion_takes_out_no_more_than_a_batch(engine, book):
    with engine.begin() as connection:
        row = {"line": "1", "place": "", "bus": "", "kind": "gap", "why": "", "seconds": 1, "meters": 1,
               "read": 1, "cost_minor": 0}  # fmt: skip
        connection.execute(insert(t.line_call), [row | {"at_s": n} for n in range(1_500)])
    assert book.forget(NOW_S)
    assert count(engine, t.line_call) == 500
    assert not book.forget(NOW_S)


def test_a_database_that_does_not_serve_is_said_and_the_next_call_connects_anew(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'nowhere' / 'till.db'}")
    book = LineBook(engine)
    with pytest.raises(DatabaseFault, match="unable to open database file"):
        book.write([CALL])
    with pytest.raises(DatabaseFault):
        book.kept()
