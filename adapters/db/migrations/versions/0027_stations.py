"""Card stations: their certificates, and the one-time codes with which they get the first one.

Of a code its hash is kept; of a certificate what it says, which is no secret. The diary tells each
certificate's row with its digest.

Locking: new tables, and an index of the purchases that are only reserved, of which there are few.
Way back: only while no certificate was issued, since the diary tells of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

RESERVED = sa.text("state = 'reserved'")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "station_certificate",
        sa.Column("number", sa.Text(), primary_key=True),
        *(_text(name) for name in ("station", "fingerprint", "key_digest", "pem")),
        _moment("issued_us"),
        _moment("ends_us"),
        _text("actor"),
        sa.Column("revoked_us", sa.BigInteger()),
        _text("revoked_by"),
        sqlite_with_rowid=False,
    )
    op.create_index("station_certificate_fingerprint", "station_certificate", ["fingerprint"], unique=True)
    op.create_index("station_certificate_station", "station_certificate", ["station"])
    op.create_table(
        "station_code",
        sa.Column("digest", sa.Text(), primary_key=True),
        _text("station"),
        _moment("made_us"),
        _moment("ends_us"),
        _text("actor"),
        _text("number"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "card_order_reserved", "card_order", ["at_us"], sqlite_where=RESERVED, postgresql_where=RESERVED
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT, INSERT, UPDATE ON station_certificate, station_code TO powertill")


def downgrade() -> None:
    """Take them away; refused where there are certificates, for then the people would not verify."""
    (rows,) = op.get_bind().execute(sa.text("SELECT count(*) FROM station_certificate")).one()
    if rows:
        raise NotImplementedError(
            "the diary tells of certificates of stations; restore a copy of the books from before"
        )
    op.drop_index("card_order_reserved", "card_order")
    op.drop_table("station_code")
    op.drop_table("station_certificate")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
