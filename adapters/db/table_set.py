"""What all tables are registered in, and what they share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, MetaData, text

metadata = MetaData()

#: SQLite makes a column the row's own address only if it is called INTEGER (which holds 64 bits there).
ID = BigInteger().with_variant(Integer, "sqlite")


def some_rows(name: str, *columns: str, rows: str, unique: bool = False) -> Index:
    """Make an index of some rows only: the others cost nothing."""
    return Index(name, *columns, unique=unique, sqlite_where=text(rows), postgresql_where=text(rows))
