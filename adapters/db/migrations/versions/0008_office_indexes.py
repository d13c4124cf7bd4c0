"""What the office looks for is found without reading the books from end to end.

On both databases: what came after a sale's first entry, what undoes an entry, sales that were undone; a
payment that is simply sold stands in none of them. Customers by branch and telephone. On PostgreSQL the
key of the sales carries beside each id what lists filter and sum, so that they read a sixth of the bytes; a
token is found by its last four digits along the index that names its sale; and keys, traces and account codes
sort by their bytes whatever the database's locale, so that what begins alike lies together.

Locking: the new indexes are made while nobody posts. On PostgreSQL those of sales, tokens, keys and accounts
are made anew, some five seconds for a million sales; nothing is written into the tables themselves.
Way back: the indexes as they were, in the same time.
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: index → (table, column, which rows; None: all). Of entries and sales only those that are seldom there.
INDEXES = {
    "entry_later": ("entry", "sale_id", "sale_id <> id"),
    "entry_reverses": ("entry", "reverses_id", "reverses_id IS NOT NULL"),
    "sale_undone": ("sale", "id", "state IN ('reversed', 'claimed')"),
    "customer_branch": ("customer", "branch", None),
    "customer_phone": ("customer", "phone", "phone <> ''"),
}


def upgrade() -> None:
    """Make the indexes."""
    for index, (table, column, rows) in INDEXES.items():
        which = None if rows is None else sa.text(rows)
        op.create_index(index, table, [column], sqlite_where=which, postgresql_where=which)
    _postgresql("0008_postgresql.sql")


def downgrade() -> None:
    """Take them away, and make those of before."""
    _postgresql("0008_postgresql_back.sql")
    for index, (table, _, _) in INDEXES.items():
        op.drop_index(index, table)


def _postgresql(name: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        sql = files("adapters.db") / "migrations" / "sql" / name
        # As it stands: a colon in it is no parameter.
        op.get_bind().exec_driver_sql(sql.read_text(encoding="utf-8").replace("%", "%%"))
