"""Who else has last set an operator's password or taken her authenticator away, and when.

Locking: columns with constant defaults, which are added without touching a row.
Way back: they go; who was helped in may then approve at once, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("operator", sa.Column("helped_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("operator", sa.Column("helped_us", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("operator", "helped_us")
    op.drop_column("operator", "helped_by")
