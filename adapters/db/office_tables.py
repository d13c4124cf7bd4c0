"""The office's own tables: its people, their sessions and shifts, approvals, and the diary.

Users have them by ``tables.py``, as all others; ``migrations/versions/0007_office.py`` makes them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text

from adapters.db.table_set import ID, metadata

branch = Table(
    "branch",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)

station = Table(
    "station",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

role = Table(
    "role",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("grants", Text, nullable=False),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)

operator = Table(
    "operator",
    metadata,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("branch", Text),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("totp", Text, nullable=False),
    Column("totp_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("held_until_us", BigInteger, nullable=False),
    Column("valid_until_us", BigInteger),
    Column("version", Integer, nullable=False),
    Column("helped_by", Text, nullable=False, server_default=""),
    Column("helped_us", BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False),
    Column("began_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("ended_us", BigInteger),
    Index("session_login", "login"),
    sqlite_with_rowid=False,
)

shift = Table(
    "shift",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("login", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    # One open shift for each person, and one at each station.
    Index(
        "shift_login", "login", unique=True,
        sqlite_where=text("closed_us IS NULL"), postgresql_where=text("closed_us IS NULL"),
    ),
    Index(
        "shift_station", "station", unique=True,
        sqlite_where=text("closed_us IS NULL"), postgresql_where=text("closed_us IS NULL"),
    ),
)  # fmt: skip

approval = Table(
    "approval",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("function", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("order_text", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_us", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_us", BigInteger),
    Column("outcome", Text, nullable=False),
    Index(
        "approval_asked", "asked_us",
        sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'"),
    ),
    sqlite_with_rowid=False,
)  # fmt: skip

diary = Table(
    "diary",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("function", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("link", BigInteger, nullable=False),
    Index("diary_actor", "actor", "id"),
    Index("diary_link", "link"),
)

stock_meter = Table(
    "stock_meter",
    metadata,
    Column("pan", Text, primary_key=True),
    Column("drn", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("sgc", Text, nullable=False),
    Column("krn", Integer, nullable=False),
    Column("ti", Text, nullable=False),
    Column("ea", Text, nullable=False),
    Column("kt", Integer, nullable=False),
    Column("base_date", Integer, nullable=False),
    Column("branch", Text, nullable=False),
    Column("lot", Text, nullable=False),
    Column("arrived_us", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("phases", Integer, nullable=False, server_default="0"),
    Column("voltage_v", Integer, nullable=False, server_default="0"),
    Column("current_a", Integer, nullable=False, server_default="0"),
    Index("stock_meter_lot", "lot"),
    sqlite_with_rowid=False,
)
