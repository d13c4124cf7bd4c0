"""The life of a tariff version: draft, approved by a second person, withdrawn; what was written stays.

The versions that are there become approved by "before approvals", in force as they were.

Locking: the table of versions is made anew from its rows, which are a few dozen; a gateway reads it when it
starts and seldom after, so nobody waits.
Way back: there is none, since who approved what would be lost; restore a copy from before.
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: Who drafted and approved what is older than approvals.
BEFORE = "before approvals"

#: The steps of a life, as a condition on the row before and behind: SQLite's; PostgreSQL's says the same.
LEGAL_STEP = """
    NEW.power_type IS OLD.power_type AND NEW.version IS OLD.version AND NEW.from_us IS OLD.from_us
    AND NEW.body IS OLD.body AND NEW.drafted_by IS OLD.drafted_by AND NEW.drafted_us IS OLD.drafted_us
    AND (
        (OLD.state = 'draft' AND NEW.state = 'approved'
         AND lower(trim(NEW.approved_by)) <> lower(trim(NEW.drafted_by)))
        OR (OLD.state IN ('draft', 'approved') AND NEW.state = 'withdrawn'
            AND NEW.approved_by IS OLD.approved_by AND NEW.approved_us IS OLD.approved_us)
    )
"""

#: What belongs to each state.
STATE_CHECK = (
    "(approved_by IS NULL) = (approved_us IS NULL) AND ("
    "(state = 'draft' AND approved_us IS NULL AND withdrawn_us IS NULL) "
    "OR (state = 'approved' AND approved_us IS NOT NULL AND withdrawn_us IS NULL) "
    "OR (state = 'withdrawn' AND withdrawn_us IS NOT NULL "
    "AND withdrawn_by IS NOT NULL AND reason IS NOT NULL))"
)


def upgrade() -> None:
    """Make the table anew, with the life of each version."""
    bind = op.get_bind()
    columns = "power_type, version, from_us, body"
    rows = bind.execute(sa.text(f"SELECT {columns} FROM tariff_version")).mappings().all()  # noqa: S608 - ours
    op.drop_table("tariff_version")
    table = _table()
    # Approved when they took effect: nobody wrote down when that was decided.
    lives = [
        {"state": "approved", "drafted_by": BEFORE, "approved_by": BEFORE}
        | {"drafted_us": row["from_us"], "approved_us": row["from_us"]}
        for row in rows
    ]
    op.bulk_insert(table, [{**row, **life} for row, life in zip(rows, lives, strict=True)])
    # Two versions of one power type never begin together; what is from before may.
    once = sa.text(f"state = 'approved' AND approved_by <> '{BEFORE}'")
    op.create_index(
        "tariff_version_moment", "tariff_version", ["power_type", "from_us"], unique=True,
        sqlite_where=once, postgresql_where=once,
    )  # fmt: skip
    if bind.dialect.name == "postgresql":
        sql = files("adapters.db") / "migrations" / "sql" / "0004_postgresql.sql"
        # As it stands: a colon in it is no parameter.
        bind.exec_driver_sql(sql.read_text(encoding="utf-8").replace("%", "%%"))
        return
    op.execute(
        "CREATE TRIGGER tariff_version_steps BEFORE UPDATE ON tariff_version "
        f"WHEN ({LEGAL_STEP}) IS NOT 1 "
        "BEGIN SELECT RAISE(ABORT, 'tariff_version: not a step of a version''s life'); END"
    )
    op.execute(
        "CREATE TRIGGER tariff_version_no_delete BEFORE DELETE ON tariff_version "
        "BEGIN SELECT RAISE(ABORT, 'tariff_version keeps every version for ever'); END"
    )


def downgrade() -> None:
    """Refuse: who approved what would be lost."""
    raise NotImplementedError("restore a copy of the books from before this migration")


def _table() -> sa.Table:
    return op.create_table(
        "tariff_version",
        sa.Column("power_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_us", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_us", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_us", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("power_type", "version"),
        sa.CheckConstraint(STATE_CHECK, name="tariff_version_state"),
        sqlite_with_rowid=False,
    )
