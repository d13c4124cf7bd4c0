"""Series: the next account number that is given out stands in a row of its own.

It has a row from its first number on, and passes over what is taken. Numbers that were entered by hand or
brought from another system move it no more, however high they are.

Locking: a new table.
Way back: it goes; what is older follows the highest number that looks like ours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; on PostgreSQL the gateway's role may begin a series, and move it."""
    op.create_table(
        "series",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT, INSERT, UPDATE ON series TO powertill")


def downgrade() -> None:
    """Take it away."""
    op.drop_table("series")
