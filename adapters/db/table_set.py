"""What all tables are registered in, and what they share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()

#: SQLite makes a column the row's own address only if it is called INTEGER (which holds 64 bits there).
ID = BigInteger().with_variant(Integer, "sqlite")
