"""The journal's chain, sums per business day, closed days, deliveries; PostgreSQL's own safeguards.

Locking: on SQLite the columns are added without touching a row, in milliseconds. On PostgreSQL everything is
new: there were no books there before this.
Way back: there is none, since what the chain proves would be lost; restore a copy from before.
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Which batch wrote the row; what was there before the chain is all of the first link's.
CHAINED = ("account", "command_key", "sale", "token")
#: SQLite's triggers for tables that only grow; 0001 made those of the first three.
FOR_EVER = ("token", "chain_link", "closed_day")


def upgrade() -> None:
    """Add the tables and columns."""
    for table in CHAINED:
        op.add_column(table, sa.Column("link", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("outbox", sa.Column("due_us", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("outbox_due", "outbox", ["due_us", "id"])
    _chain_and_days()
    if op.get_bind().dialect.name == "postgresql":
        _refuse_books()
        sql = files("adapters.db") / "migrations" / "sql" / "0002_postgresql.sql"
        # As it stands: a colon in it is no parameter.
        op.get_bind().exec_driver_sql(sql.read_text(encoding="utf-8").replace("%", "%%"))
        return
    for table in FOR_EVER:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is written once and for ever'); END"
            )


def downgrade() -> None:
    """Refuse: a chain that is cut off proves nothing."""
    raise NotImplementedError("restore a copy of the books from before this migration")


def _chain_and_days() -> None:
    op.create_table(
        "chain_link",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "account_day",
        sa.Column("business_date", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "account_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "closed_day",
        sa.Column("business_date", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("business_date"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO account_day (business_date, account_id, debit, credit, postings) "
        "SELECT e.business_date, p.account_id, sum(CASE WHEN p.amount > 0 THEN p.amount ELSE 0 END), "
        "sum(CASE WHEN p.amount < 0 THEN -p.amount ELSE 0 END), count(*) "
        "FROM entry e JOIN posting p ON p.entry_id = e.id GROUP BY e.business_date, p.account_id"
    )


def _refuse_books() -> None:
    """PostgreSQL's journal is made anew, in partitions: nothing may be in the old one."""
    (count,) = op.get_bind().execute(sa.text("SELECT count(*) FROM entry")).one()
    if count:
        raise RuntimeError("there are books in this database, and none can be older than this migration")
