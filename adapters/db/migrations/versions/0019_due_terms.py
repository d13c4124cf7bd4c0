"""Supply points have a change of their terms that is due: from which moment on, and what it is.

It stands in the point's own row, which its amendments seal: whoever alters it is found as with any other part
of the row. None of the points that are there has one.

Locking: two columns with a constant, which PostgreSQL adds without writing the rows; an index of no row.
Way back: only while nothing is due, for a change that was ordered must not be forgotten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0020"
branch_labels = None
depends_on = None

DUE = "due_us IS NOT NULL"


def upgrade() -> None:
    """Add the columns and their index."""
    op.add_column("supply_point", sa.Column("due_us", sa.BigInteger()))
    op.add_column("supply_point", sa.Column("due", sa.Text(), nullable=False, server_default=""))
    where = sa.text(DUE)
    op.create_index(
        "supply_point_due", "supply_point", ["due_us"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    """Take them away; refused where a change is due."""
    waiting = sa.text("SELECT count(*) FROM supply_point WHERE due_us IS NOT NULL")
    (due,) = op.get_bind().execute(waiting).one()
    if due:
        raise NotImplementedError("changes of terms are due; withdraw them, or let their days come, first")
    op.drop_index("supply_point_due", "supply_point")
    with op.batch_alter_table("supply_point") as table:
        table.drop_column("due")
        table.drop_column("due_us")
