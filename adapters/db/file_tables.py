"""The files' own tables: supply points, the network's dictionary, amendments.

Users have them by ``tables.py``, as all others; ``migrations/versions/0013_files.py`` and
``0016_series.py`` make them, ``0019_due_terms.py`` adds to them. A customer
is found by his account number, which he keeps for ever, so these rows name him by it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text, text

from adapters.db.table_set import ID, metadata

#: The series of the account numbers that are given out here.
ACCOUNT_SERIES: Final = "account"

#: Which supply points have a change of terms that is due: few, and looked for every few seconds.
DUE: Final = "due_us IS NOT NULL"

#: Numbers that follow each other: the next one of each series, from its first on.
series = Table(
    "series",
    metadata,
    Column("code", Text, primary_key=True),
    Column("next", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

supply_point = Table(
    "supply_point",
    metadata,
    Column("number", Text, primary_key=True),
    Column("account_no", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("power_type", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("feeder", Text, nullable=False),
    Column("transformer", Text, nullable=False),
    Column("phases", SmallInteger, nullable=False),
    Column("contract_w", Integer, nullable=False),
    # Lists as texts, which ``meter_text`` writes and reads.
    Column("schemes", Text, nullable=False),
    Column("proportions", Text, nullable=False),
    Column("alarm_wh", BigInteger, nullable=False),
    Column("hoard_wh", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("pan", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # The change of its terms that is due: from which moment on, and the rest as JSON.
    Column("due_us", BigInteger),
    Column("due", Text, nullable=False, server_default=""),
    Index("supply_point_account_no", "account_no"),
    Index("supply_point_pan", "pan"),
    Index("supply_point_area", "area"),
    Index("supply_point_feeder", "feeder"),
    Index("supply_point_transformer", "transformer"),
    Index("supply_point_due", "due_us", sqlite_where=text(DUE), postgresql_where=text(DUE)),
    sqlite_with_rowid=False,
)

fitting = Table(
    "fitting",
    metadata,
    Column("pan", Text, primary_key=True),
    Column("point", Text, nullable=False),
    Column("fitted_on", Text, nullable=False),
    # Lists and ratios as JSON.
    Column("registers", Text, nullable=False),
    Column("seals", Text, nullable=False),
    Column("current", Text, nullable=False),
    Column("voltage", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("removed_on", Text, nullable=False),
    Column("final_registers", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("fitting_point", "point"),
    sqlite_with_rowid=False,
)

network_place = Table(
    "network_place",
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("is_used", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)

amendment = Table(
    "amendment",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("row_before", Text, nullable=False),
    Column("row_after", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("entry_id", BigInteger),
    Column("link", BigInteger, nullable=False),
    Index("amendment_of", "subject", "number"),
)
