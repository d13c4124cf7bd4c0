"""The day up to which a meter's daily charges are paid: a reversal gives the days back.

It stood in ``bought_on`` before, which a reversal must leave where it is. Meters that are there take it from
there, so that no day is charged twice or forgotten.

Locking: a column with a constant default is added without touching a row; then each meter that was sold to is
written once, a few seconds for a million of them, while payments wait.
Way back: take the column away; ``bought_on`` goes on as it did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and fill it from the last purchase."""
    op.add_column("meter", sa.Column("days_paid", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE meter SET days_paid = bought_on WHERE bought_on <> 0")


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("meter", "days_paid")
