"""Readings: what meters showed, what it proved of their energy, and what inspectors found.

Both tables are written once and for ever, as the journal is, and the chain seals them.

Locking: new tables.
Way back: only while nothing was read, since the chain seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Written once; the triggers are SQLite's here, PostgreSQL's below.
FOR_EVER = ("reading", "inspection")


def upgrade() -> None:
    """Make the tables."""
    _readings()
    _inspections()
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
        return
    for table in FOR_EVER:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is written once and for ever'); END"
            )


def downgrade() -> None:
    """Take them away; refused where something was read, for then the chain would not verify."""
    for table in FOR_EVER:
        (rows,) = op.get_bind().execute(sa.text(f"SELECT count(*) FROM {table}")).one()  # noqa: S608 - ours
        if rows:
            raise NotImplementedError("the chain seals readings; restore a copy of the books from before")
    for table in FOR_EVER:
        op.drop_table(table)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _long(name: str, *, may_be_null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=may_be_null)


def _readings() -> None:
    op.create_table(
        "reading",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        _long("at_us"),
        _text("pan"),
        _long("taken_us"),
        _text("registers"),
        _text("status"),
        _long("credit_wh", may_be_null=True),
        sa.Column("credits", sa.Integer()),
        *(_text(name) for name in ("source", "reader", "note", "reason", "actor", "state")),
        *(_long(name) for name in ("total_wh", "issued_wh", "loaded_wh", "used_wh")),
        _long("first_gap_wh", may_be_null=True),
        _long("counted_wh"),
        _text("turned"),
        _long("moved_us"),
        sa.Column("is_first", sa.SmallInteger(), nullable=False),
        sa.Column("over_credits", sa.SmallInteger(), nullable=False),
        _text("file"),
        sa.Column("line", sa.Integer(), nullable=False),
        _long("entry_id", may_be_null=True),
        _long("link"),
    )
    op.create_index("reading_of", "reading", ["pan", "taken_us"])
    op.create_index("reading_taken", "reading", ["taken_us", "id"])


def _inspections() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        _long("at_us"),
        *(_text(name) for name in ("pan", "suspicions", "finding", "note", "actor")),
        _long("reading_id"),
        _long("link"),
    )
    op.create_index("inspection_of", "inspection", ["pan", "id"])


def _postgresql() -> None:
    """What is for ever stays; the gateway's role may add to it."""
    for table in FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_for_ever BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION powertill_for_ever()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()"
        )
    op.execute("GRANT SELECT, INSERT ON reading, inspection TO powertill")
