"""Supply groups and vending keys, without the keys; and the key change that is on its way to a meter.

A key is loaded by one person and approved by another; what was said of it stays, and so does every key that
was ever there. A revision that was withdrawn may be loaded again.

Locking: two new tables, and a column with a constant default, which is added without touching a row.
Way back: take them away, as long as no key was loaded; meters that wait for a key change would forget it.
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: The steps of a life, as a condition on the row before and behind: SQLite's; PostgreSQL's says the same.
LEGAL_STEP = """
    NEW.id IS OLD.id AND NEW.sgc IS OLD.sgc AND NEW.krn IS OLD.krn AND NEW.kt IS OLD.kt
    AND NEW.base_date IS OLD.base_date AND NEW.dkga IS OLD.dkga AND NEW.ken IS OLD.ken
    AND NEW.active_from_us IS OLD.active_from_us AND NEW.issue_until_us IS OLD.issue_until_us
    AND NEW.credit_limit_wh IS OLD.credit_limit_wh AND NEW.kcv IS OLD.kcv AND NEW.keeper IS OLD.keeper
    AND NEW.label IS OLD.label AND NEW.loaded_by IS OLD.loaded_by AND NEW.loaded_us IS OLD.loaded_us
    AND (
        (OLD.state = 'pending' AND NEW.state = 'approved'
         AND lower(trim(NEW.approved_by)) <> lower(trim(NEW.loaded_by)))
        OR (OLD.state IN ('pending', 'approved') AND NEW.state = 'withdrawn'
            AND NEW.approved_by IS OLD.approved_by AND NEW.approved_us IS OLD.approved_us)
    )
"""

#: What belongs to each state.
STATE_CHECK = (
    "(approved_by IS NULL) = (approved_us IS NULL) AND ("
    "(state = 'pending' AND approved_us IS NULL AND withdrawn_us IS NULL) "
    "OR (state = 'approved' AND approved_us IS NOT NULL AND withdrawn_us IS NULL) "
    "OR (state = 'withdrawn' AND withdrawn_us IS NOT NULL "
    "AND withdrawn_by IS NOT NULL AND reason IS NOT NULL))"
)


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("meter", sa.Column("key_change", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "supply_group",
        sa.Column("sgc", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False, server_default=""),
        sqlite_with_rowid=False,
    )
    _vending_key()
    once = sa.text("state <> 'withdrawn'")
    op.create_index(
        "vending_key_place", "vending_key", ["sgc", "krn"], unique=True,
        sqlite_where=once, postgresql_where=once,
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        sql = files("adapters.db") / "migrations" / "sql" / "0006_postgresql.sql"
        # As it stands: a colon in it is no parameter.
        op.get_bind().exec_driver_sql(sql.read_text(encoding="utf-8").replace("%", "%%"))
        return
    op.execute(
        f"CREATE TRIGGER vending_key_steps BEFORE UPDATE ON vending_key WHEN ({LEGAL_STEP}) IS NOT 1 "
        "BEGIN SELECT RAISE(ABORT, 'vending_key: not a step of a key''s life'); END"
    )
    op.execute(
        "CREATE TRIGGER vending_key_no_delete BEFORE DELETE ON vending_key "
        "BEGIN SELECT RAISE(ABORT, 'vending_key keeps every key for ever'); END"
    )


def downgrade() -> None:
    """Take the tables and the column away."""
    op.drop_table("vending_key")
    op.drop_table("supply_group")
    op.drop_column("meter", "key_change")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION powertill_key_step(); DROP FUNCTION powertill_key_kept()")


def _vending_key() -> None:
    op.create_table(
        "vending_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sgc", sa.Text(), nullable=False),
        sa.Column("krn", sa.SmallInteger(), nullable=False),
        sa.Column("kt", sa.SmallInteger(), nullable=False),
        sa.Column("base_date", sa.SmallInteger(), nullable=False),
        sa.Column("dkga", sa.Text(), nullable=False),
        sa.Column("ken", sa.SmallInteger(), nullable=False),
        sa.Column("active_from_us", sa.BigInteger(), nullable=False),
        sa.Column("issue_until_us", sa.BigInteger(), nullable=True),
        sa.Column("credit_limit_wh", sa.BigInteger(), nullable=True),
        sa.Column("kcv", sa.Text(), nullable=False),
        sa.Column("keeper", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("loaded_us", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_us", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_us", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(STATE_CHECK, name="vending_key_state"),
    )
