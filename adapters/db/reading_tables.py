"""The tables of readings, inspections, departures and resets: written once and for ever, sealed by the chain.

Users have them by ``tables.py``, as all others; ``migrations/versions/0017_readings.py`` makes them
(departures: ``0020_departures.py``, resets: ``0022_resets.py``). A meter is found by its
number, which it keeps for ever, so these rows name it by that.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text

from adapters.db.table_set import ID, metadata

reading = Table(
    "reading",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("pan", Text, nullable=False),
    Column("taken_us", BigInteger, nullable=False),
    # Registers as JSON, words with commas between them.
    Column("registers", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("credit_wh", BigInteger),
    Column("credits", Integer),
    Column("source", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("total_wh", BigInteger, nullable=False),
    Column("issued_wh", BigInteger, nullable=False),
    Column("loaded_wh", BigInteger, nullable=False),
    Column("used_wh", BigInteger, nullable=False),
    Column("first_gap_wh", BigInteger),
    Column("counted_wh", BigInteger, nullable=False),
    Column("turned", Text, nullable=False),
    Column("moved_us", BigInteger, nullable=False),
    Column("is_first", SmallInteger, nullable=False),
    Column("over_credits", SmallInteger, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("entry_id", BigInteger),
    Column("link", BigInteger, nullable=False),
    Index("reading_of", "pan", "taken_us"),
    Index("reading_taken", "taken_us", "id"),
)

inspection = Table(
    "inspection",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("pan", Text, nullable=False),
    Column("suspicions", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reading_id", BigInteger, nullable=False),
    Column("link", BigInteger, nullable=False),
    Index("inspection_of", "pan", "id"),
)

departure = Table(
    "departure",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("pan", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("account_no", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("issued_wh", BigInteger, nullable=False),
    Column("loaded_wh", BigInteger, nullable=False),
    Column("used_wh", BigInteger, nullable=False),
    Column("remaining_wh", BigInteger, nullable=False),
    Column("from_loaded_wh", BigInteger, nullable=False),
    Column("left_on", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("new_pan", Text, nullable=False),
    Column("overdraft_minor", BigInteger, nullable=False),
    Column("refund_minor", BigInteger, nullable=False),
    # The purchases that the rest is of, as JSON.
    Column("lots", Text, nullable=False),
    Column("entry_id", BigInteger),
    Column("link", BigInteger, nullable=False),
    Index("departure_of", "pan", "id"),
    Index("departure_to", "new_pan", "id"),
)

sale_reset = Table(
    "sale_reset",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("pan", Text, nullable=False),
    Column("payment", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("is_taken", SmallInteger, nullable=False),
    Column("credits", Integer),
    Column("reference", Text, nullable=False),
    Column("number", Integer, nullable=False),
    # What was known of the meter's energy before and after.
    Column("issued_before_wh", BigInteger, nullable=False),
    Column("loaded_before_wh", BigInteger, nullable=False),
    Column("issued_wh", BigInteger, nullable=False),
    Column("loaded_wh", BigInteger, nullable=False),
    Column("used_wh", BigInteger, nullable=False),
    Column("first_gap_wh", BigInteger),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reading_id", BigInteger, nullable=False),
    Column("key_name", Text, nullable=False),
    # The ids of what is made once more.
    Column("base_date", SmallInteger),
    Column("tid", Integer),
    Column("rnd", SmallInteger),
    Column("is_lifted", SmallInteger, nullable=False),
    Column("entry_id", BigInteger),
    Column("link", BigInteger, nullable=False),
    Index("sale_reset_of", "pan", "id"),
    Index("sale_reset_payment", "payment", "id"),
)
