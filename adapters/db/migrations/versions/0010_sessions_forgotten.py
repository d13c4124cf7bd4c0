"""Sessions that have long been over are taken out: on PostgreSQL the gateway's role may do so.

Locking: a right; nobody waits.
Way back: the right is taken away again; sessions then stay, as they did.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the gateway's role take rows of this one table out."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT DELETE ON session TO powertill")


def downgrade() -> None:
    """Take the right away."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("REVOKE DELETE ON session FROM powertill")
