"""The tables of card stations: their certificates, and the codes with which they get the first one.

Users have them by ``tables.py``, as all others; ``migrations/versions/0027_stations.py`` makes them. What
stands in a certificate's row the diary tells with its digest (``core.people_told``).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from adapters.db.table_set import metadata

station_certificate = Table(
    "station_certificate",
    metadata,
    Column("number", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("station", "fingerprint", "key_digest", "pem")),
    Column("issued_us", BigInteger, nullable=False),
    Column("ends_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("revoked_us", BigInteger),
    Column("revoked_by", Text, nullable=False),
    Index("station_certificate_fingerprint", "fingerprint", unique=True),
    Index("station_certificate_station", "station"),
    sqlite_with_rowid=False,
)

station_code = Table(
    "station_code",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("station", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("ends_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("number", Text, nullable=False),
    sqlite_with_rowid=False,
)
