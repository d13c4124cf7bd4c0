"""Meters in stock: what stands on their faces about the power that they bear.

Locking: three columns with a default, which need no rewrite on either database.
Way back: they go, with what was entered; nothing but a comparison at the installation is lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0022"
branch_labels = None
depends_on = None

_COLUMNS = ("phases", "voltage_v", "current_a")


def upgrade() -> None:
    """Add them; 0 is not known."""
    for name in _COLUMNS:
        op.add_column("stock_meter", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take them away."""
    for name in _COLUMNS:
        op.drop_column("stock_meter", name)
