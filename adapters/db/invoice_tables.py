"""The table of invoices. Users have it by ``tables.py``; ``migrations/versions/0018_invoices.py`` makes it.

Written once and sealed. An invoice names its sale by the payment's key, which lives for ever.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text, UniqueConstraint

from adapters.db.table_set import metadata

invoice = Table(
    "invoice",
    metadata,
    Column("series", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    # Of a sale one of each kind stands in its place: two who write at once cannot both be the first.
    Column("nth", SmallInteger, nullable=False),
    Column("payment", Text, nullable=False),
    Column("receipt_no", BigInteger, nullable=False),
    Column("pan", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("energy_wh", BigInteger, nullable=False),
    Column("takes_back", Integer, nullable=False),
    Column("account_no", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("business_date", Text, nullable=False),
    Column("link", BigInteger, nullable=False),
    UniqueConstraint("payment", "kind", "nth", name="invoice_of_sale"),
    Index("invoice_at", "at_us", "series", "number"),
    Index("invoice_day", "business_date"),
    sqlite_with_rowid=False,
)
