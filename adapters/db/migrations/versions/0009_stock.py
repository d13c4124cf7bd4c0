"""Stock: meters that are bought and no customer's yet.

Locking: a new table.
Way back: it goes, and what was in stock with it; refused while anything is in it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXTS = ("drn", "model", "carrier", "sgc", "ti", "ea", "branch", "lot", "state", "note")
_NUMBERS = ("krn", "kt", "base_date", "version")


def upgrade() -> None:
    """Make the table; on PostgreSQL the gateway's role may read it, and write rows anew."""
    op.create_table(
        "stock_meter",
        sa.Column("pan", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _NUMBERS),
        sa.Column("arrived_us", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("stock_meter_lot", "stock_meter", ["lot"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT, INSERT, UPDATE ON stock_meter TO powertill")


def downgrade() -> None:
    """Take it away; refused where meters are in it, for nothing else knows of them."""
    (meters,) = op.get_bind().execute(sa.text("SELECT count(*) FROM stock_meter")).one()
    if meters:
        raise NotImplementedError("there are meters in stock; restore a copy of the books from before")
    op.drop_table("stock_meter")
