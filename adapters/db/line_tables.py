"""The tables of lines: ways, groups, schedules, timetables and remote orders; slots, calls and what was read.

Users have them by ``tables.py``, as all others; ``migrations/versions/0028_lines.py`` makes them. What
becomes of the first five stands in the amendments, which the chain seals. The others are what the lines have
seen: they move nothing in the books.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text

from adapters.db.table_set import ID, metadata, some_rows

#: Orders with which the gateway goes on by itself; ``core.remote_order`` says the same of the states.
OPEN: Final = "state IN ('waiting', 'on_way', 'unknown')"
#: A meter is in one credit at a time, so that its count can say what became of it.
OPEN_CREDIT: Final = f"{OPEN} AND kind IN ('token', 'recharge')"
OPEN_OTHER: Final = f"{OPEN} AND kind NOT IN ('token', 'recharge')"
NUMBERED: Final = "kind = 'recharge' AND state <> 'cancelled'"
OF_A_SALE: Final = "payment <> '' AND state <> 'cancelled'"


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


meter_way = Table(
    "meter_way",
    metadata,
    Column("pan", Text, primary_key=True),
    *_texts("kind", "place", "address", "model", "bus", "protection", "measures", "note"),
    Column("multiplier", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_on", SmallInteger, nullable=False),
    Index("meter_way_model", "model"),
    Index("meter_way_measures", "measures"),
    sqlite_with_rowid=False,
)

meter_group = Table(
    "meter_group",
    metadata,
    Column("code", Text, primary_key=True),
    *_texts("name", "kind", "members"),
    Column("version", Integer, nullable=False),
)

reading_schedule = Table(
    "reading_schedule",
    metadata,
    Column("code", Text, primary_key=True),
    *_texts("name", "group_code", "wants", "recurrence", "opens", "closes", "weekdays"),
    Column("jitter_s", Integer, nullable=False),
    Column("is_on", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
)

timetable = Table(
    "timetable",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("number", Integer, nullable=False),
    *_texts("name", "group_code", "body", "state", "reason", "actor", "second"),
    Column("from_us", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Index("timetable_code", "code", "number"),
)

remote_order = Table(
    "remote_order",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    *_texts("kind", "pan", "account_no", "payment"),
    Column("number", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    *_texts("ask", "state", "reason", "actor", "second"),
    Column("at_us", BigInteger, nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, nullable=False),
    Column("begun_us", BigInteger),
    Column("ended_us", BigInteger),
    Column("told", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    some_rows("remote_order_credit", "pan", rows=OPEN_CREDIT, unique=True),
    some_rows("remote_order_other", "pan", "kind", rows=OPEN_OTHER, unique=True),
    some_rows("remote_order_number", "pan", "number", rows=NUMBERED, unique=True),
    some_rows("remote_order_payment", "payment", rows=OF_A_SALE, unique=True),
    Index("remote_order_of", "pan", "id"),
    Index("remote_order_ask", "ask", "id"),
)

reading_slot = Table(
    "reading_slot",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("pan", Text, primary_key=True),
    Column("at_s", BigInteger, primary_key=True),
    *_texts("state", "why"),
    Column("since_s", BigInteger, nullable=False),
    Index("reading_slot_of", "pan", "at_s"),
    Index("reading_slot_state", "state", "at_s"),
    sqlite_with_rowid=False,
)

reading_round = Table(
    "reading_round",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("at_s", BigInteger, primary_key=True),
    Column("opens_s", BigInteger, nullable=False),
    Column("closes_s", BigInteger, nullable=False),
    # What is neither read, lost nor gone (not wanted any more) of ``meters`` has a row in reading_slot.
    *(Column(name, Integer, nullable=False) for name in ("meters", "read", "lost", "gone")),
    *_texts("told"),
    Index("reading_round_at", "at_s"),
    sqlite_with_rowid=False,
)

line_call = Table(
    "line_call",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at_s", BigInteger, nullable=False),
    *_texts("line", "place", "bus", "kind", "why"),
    *(Column(name, Integer, nullable=False) for name in ("seconds", "meters", "read")),
    Column("cost_minor", BigInteger, nullable=False),
    Index("line_call_at", "at_s", "id"),
    Index("line_call_line", "line", "at_s"),
    Index("line_call_place", "place", "at_s"),
)

meter_contact = Table(
    "meter_contact",
    metadata,
    Column("pan", Text, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    # How the last contact ended ("": well), and when one last went well.
    Column("why", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("good_us", BigInteger),
    # How far its clock was off, in seconds, when that was looked at, and when it was last set.
    Column("off_s", BigInteger),
    Column("clock_us", BigInteger),
    Column("set_us", BigInteger),
    Column("relay", Text, nullable=False),
    Index("meter_contact_at", "at_us"),
    sqlite_with_rowid=False,
)

meter_event = Table(
    "meter_event",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    *_texts("pan", "kind", "told"),
    Index("meter_event_of", "pan", "id"),
    Index("meter_event_at", "at_us", "id"),
)

frozen_reading = Table(
    "frozen_reading",
    metadata,
    Column("pan", Text, primary_key=True),
    Column("at_s", BigInteger, primary_key=True),
    # Registers as JSON, in Wh of the meter itself.
    Column("registers", Text, nullable=False),
    Column("read_us", BigInteger, nullable=False),
    Index("frozen_reading_at", "at_s"),
    sqlite_with_rowid=False,
)

profile_row = Table(
    "profile_row",
    metadata,
    Column("pan", Text, primary_key=True),
    Column("at_s", BigInteger, primary_key=True),
    # (item, number, decimals, unit) of each value, as JSON.
    Column("figures", Text, nullable=False),
    Column("status", Text, nullable=False),
    sqlite_with_rowid=False,
)
