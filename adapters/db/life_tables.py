"""The tables of what has a life with two people in it: tariff versions, vending keys and their groups.

Users have them by ``tables.py``, as all others.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Table, Text

from adapters.db.table_set import metadata, some_rows

#: Of one power type no two approved versions begin together; those from before approvals may.
_BEGINS_ALONE = "state = 'approved' AND approved_by <> 'before approvals'"

tariff_version = Table(
    "tariff_version",
    metadata,
    Column("power_type", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("from_us", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_us", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_us", BigInteger),
    Column("withdrawn_by", Text),
    Column("withdrawn_us", BigInteger),
    Column("reason", Text),
    some_rows("tariff_version_moment", "power_type", "from_us", rows=_BEGINS_ALONE, unique=True),
    sqlite_with_rowid=False,
)

supply_group = Table(
    "supply_group",
    metadata,
    Column("sgc", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

#: A supply group has one key of a revision; one that was withdrawn may be loaded again.
_STANDS = "state <> 'withdrawn'"

vending_key = Table(
    "vending_key",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sgc", Text, nullable=False),
    Column("krn", SmallInteger, nullable=False),
    Column("kt", SmallInteger, nullable=False),
    Column("base_date", SmallInteger, nullable=False),
    Column("dkga", Text, nullable=False),
    Column("ken", SmallInteger, nullable=False),
    Column("active_from_us", BigInteger, nullable=False),
    Column("issue_until_us", BigInteger),
    Column("credit_limit_wh", BigInteger),
    Column("kcv", Text, nullable=False),
    Column("keeper", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("loaded_by", Text, nullable=False),
    Column("loaded_us", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_us", BigInteger),
    Column("withdrawn_by", Text),
    Column("withdrawn_us", BigInteger),
    Column("reason", Text),
    some_rows("vending_key_place", "sgc", "krn", rows=_STANDS, unique=True),
)
