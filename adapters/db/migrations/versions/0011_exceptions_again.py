"""An exception that was closed is noted anew where its cause comes again.

Of one kind and key one row is open at most; those that were closed stay beside it, as they were.

Locking: exceptions are a few hundred rows. SQLite writes their table anew, PostgreSQL makes one index.
Way back: the rule of one row for each kind and key; refused where there are several.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RULE = "exception_note_kind_key"
INDEX = "exception_note_open"


def upgrade() -> None:
    """Let only what is open be alone of its kind and key."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(RULE, "exception_note", type_="unique")
    else:
        with op.batch_alter_table("exception_note") as table:
            table.drop_constraint(RULE, type_="unique")
    is_open = sa.text("is_open")
    op.create_index(
        INDEX, "exception_note", ["kind", "key"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )


def downgrade() -> None:
    """Go back to one row for all time; refused where that would lose what was said of one."""
    several = sa.text("SELECT 1 FROM exception_note GROUP BY kind, key HAVING count(*) > 1")
    if op.get_bind().execute(several).first():
        raise NotImplementedError("exceptions came again; restore a copy of the books from before")
    op.drop_index(INDEX, "exception_note")
    if op.get_bind().dialect.name == "postgresql":
        op.create_unique_constraint(RULE, "exception_note", ["kind", "key"])
        return
    with op.batch_alter_table("exception_note") as table:
        table.create_unique_constraint(RULE, ["kind", "key"])
