"""The tables, as SQLAlchemy knows them; ``migrations/`` is what makes them.

Whole numbers throughout: UTC microseconds (``_us``), minor units (``_minor``), watt-hours (``_wh``). Entry
ids are time-ordered and made by the application; ``position`` is the place in the journal, without a gap.
``link`` is the number of the batch that wrote the row. PostgreSQL keeps entries in monthly partitions.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from adapters.db.card_tables import card, card_order
from adapters.db.file_tables import amendment, fitting, network_place, series, supply_point
from adapters.db.invoice_tables import invoice
from adapters.db.life_tables import supply_group, tariff_version, vending_key
from adapters.db.line_tables import (
    frozen_reading,
    line_call,
    meter_contact,
    meter_event,
    meter_group,
    meter_way,
    profile_row,
    reading_round,
    reading_schedule,
    reading_slot,
    remote_order,
    timetable,
)  # fmt: skip
from adapters.db.office_tables import (
    approval,
    branch,
    diary,
    operator,
    role,
    session,
    shift,
    station,
    stock_meter,
)  # fmt: skip
from adapters.db.reading_tables import departure, inspection, reading, sale_reset
from adapters.db.station_tables import station_certificate, station_code
from adapters.db.table_set import ID, metadata, some_rows

__all__ = [
    "account", "account_day", "amendment", "approval", "branch", "card", "card_order", "chain_link",
    "closed_day", "command_key", "customer", "departure", "diary", "entry", "exception_note", "fitting",
    "frozen_reading", "inspection", "invoice", "line_call", "metadata", "meter", "meter_contact",
    "meter_event", "meter_group", "meter_way", "network_place", "operator", "outbox", "posting",
    "profile_row", "reading", "reading_round", "reading_schedule", "reading_slot", "remote_order", "role",
    "sale", "sale_reset", "series", "session", "shift", "station", "station_certificate", "station_code",
    "stock_meter", "supply_group", "supply_point", "tariff_version", "timetable", "token", "vending_key",
]  # fmt: skip

#: States in which a sale is open, as an index must be told them; ``core.sale.OPEN_STATES`` are the same.
_OPEN_SALE = "state IN ('waiting')"

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("link", BigInteger, nullable=False, server_default="1"),
    UniqueConstraint("code", "unit", name="account_code_unit"),
)

entry = Table(
    "entry",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("business_date", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sale_id", BigInteger),
    Column("meter_id", Integer),
    Column("reverses_id", BigInteger),
    UniqueConstraint("position", name="entry_position"),
    some_rows("entry_later", "sale_id", rows="sale_id <> id"),
    some_rows("entry_reverses", "reverses_id", rows="reverses_id IS NOT NULL"),
)

posting = Table(
    "posting",
    metadata,
    Column("entry_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line", SmallInteger, primary_key=True, autoincrement=False),
    Column("account_id", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("unit", Text, nullable=False),
    sqlite_with_rowid=False,
)

chain_link = Table(
    "chain_link",
    metadata,
    Column("number", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("mac", Text, nullable=False),
)

account_day = Table(
    "account_day",
    metadata,
    Column("business_date", Text, primary_key=True),
    Column("account_id", Integer, primary_key=True, autoincrement=False),
    Column("debit", BigInteger, nullable=False),
    Column("credit", BigInteger, nullable=False),
    Column("postings", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

closed_day = Table(
    "closed_day",
    metadata,
    Column("business_date", Text, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("checksum", Text, nullable=False),
    sqlite_with_rowid=False,
)

command_key = Table(
    "command_key",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("link", BigInteger, nullable=False, server_default="1"),
    sqlite_with_rowid=False,
)

customer = Table(
    "customer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_no", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False, server_default=""),
    Column("branch", Text, nullable=False, server_default=""),
    Column("id_no", Text, nullable=False, server_default=""),
    Column("credit_limit_minor", BigInteger, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("account_no", name="customer_account_no"),
    Index("customer_branch", "branch"),
    some_rows("customer_id_no", "id_no", rows="id_no <> ''"),
    some_rows("customer_phone", "phone", rows="phone <> ''"),
)

meter = Table(
    "meter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pan", Text, nullable=False),
    Column("customer_id", Integer, nullable=False),
    Column("sgc", Text, nullable=False),
    Column("krn", SmallInteger, nullable=False),
    Column("ti", Text, nullable=False),
    Column("ea", Text, nullable=False),
    Column("kt", SmallInteger, nullable=False),
    Column("base_date", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("power_type", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("last_tid", Integer),
    Column("month", Integer, nullable=False),
    Column("mtd_wh", BigInteger, nullable=False),
    Column("year", Integer, nullable=False, server_default="0"),
    Column("ytd_wh", BigInteger, nullable=False, server_default="0"),
    Column("bought_on", Integer, nullable=False, server_default="0"),
    Column("times", Integer, nullable=False, server_default="0"),
    Column("fees_month", Integer, nullable=False, server_default="0"),
    Column("free_month", Integer, nullable=False, server_default="0"),
    Column("days_paid", Integer, nullable=False, server_default="0"),
    Column("past_wh", Text, nullable=False, server_default=""),  # this and the lists: see meter_text
    Column("contract_w", Integer, nullable=False, server_default="0"),
    Column("schemes", Text, nullable=False, server_default=""),
    Column("proportions", Text, nullable=False, server_default=""),
    Column("key_change", Text, nullable=False, server_default=""),
    Column("preset", Text, nullable=False, server_default=""),
    UniqueConstraint("pan", name="meter_pan"),
    Index("meter_customer", "customer_id"),
)

sale = Table(
    "sale",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("meter_id", Integer, nullable=False),
    Column("power_type", Text, nullable=False),
    Column("tender_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("funding", Text, nullable=False),
    Column("energy_wh", BigInteger, nullable=False),
    Column("encoded_wh", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("receipt_no", BigInteger, nullable=False),
    Column("tariff_version", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("month", Integer, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("link", BigInteger, nullable=False, server_default="1"),
    UniqueConstraint("key", name="sale_key"),
    Index("sale_meter", "meter_id"),
    Index("sale_trace", "trace"),
    some_rows("sale_undone", "id", rows="state IN ('claimed', 'conceded', 'reversed')"),
    # Open sales only: a sale whose token is out costs nothing here.
    some_rows("sale_open", "at_us", "id", rows=_OPEN_SALE),
)

token = Table(
    "token",
    metadata,
    Column("meter_id", Integer, primary_key=True, autoincrement=False),
    Column("base_date", SmallInteger, primary_key=True, autoincrement=False),
    Column("tid", Integer, primary_key=True, autoincrement=False),
    Column("sale_id", BigInteger, nullable=False),
    Column("digits", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("link", BigInteger, nullable=False, server_default="1"),
    Index("token_sale", "sale_id"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("due_us", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index("outbox_due", "due_us", "id"),
)

exception_note = Table(
    "exception_note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sale_id", BigInteger),
    Column("text", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("resolved_by", Text, nullable=False, server_default=""),
    Column("resolved_us", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    # One that is open is not noted twice; one that was closed stays, and the next is a row of its own.
    some_rows("exception_note_open", "kind", "key", rows="is_open", unique=True),
)
