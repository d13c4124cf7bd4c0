"""Resets for selling: on what evidence, what followed, and what was known of the meter before and after.

Written once and for ever, as the journal is, and the chain seals it.

Locking: a new table.
Way back: only while nothing was reset, since the chain seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None

#: Written once; the triggers are SQLite's here, PostgreSQL's below.
FOR_EVER = ("sale_reset",)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sale_reset",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        _long("at_us"),
        *(_text(name) for name in ("pan", "payment", "outcome", "evidence")),
        _long("seen_us"),
        _small("is_taken"),
        sa.Column("credits", sa.Integer()),
        _text("reference"),
        sa.Column("number", sa.Integer(), nullable=False),
        *(_long(name) for name in ("issued_before_wh", "loaded_before_wh")),
        *(_long(name) for name in ("issued_wh", "loaded_wh", "used_wh")),
        sa.Column("first_gap_wh", sa.BigInteger()),
        *(_text(name) for name in ("reason", "actor")),
        _long("reading_id"),
        _text("key_name"),
        sa.Column("base_date", sa.SmallInteger()),
        sa.Column("tid", sa.Integer()),
        sa.Column("rnd", sa.SmallInteger()),
        _small("is_lifted"),
        sa.Column("entry_id", sa.BigInteger()),
        _long("link"),
    )
    op.create_index("sale_reset_of", "sale_reset", ["pan", "id"])
    op.create_index("sale_reset_payment", "sale_reset", ["payment", "id"])
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER sale_reset_no_{change.lower()} BEFORE {change} ON sale_reset "
            "BEGIN SELECT RAISE(ABORT, 'sale_reset is written once and for ever'); END"
        )


def downgrade() -> None:
    """Take it away; refused where something was reset, for then the chain would not verify."""
    (rows,) = op.get_bind().execute(sa.text("SELECT count(*) FROM sale_reset")).one()
    if rows:
        raise NotImplementedError("the chain seals resets; restore a copy of the books from before")
    op.drop_table("sale_reset")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _long(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), nullable=False)


def _postgresql() -> None:
    """What is for ever stays; the gateway's role may add to it."""
    op.execute(
        "CREATE TRIGGER sale_reset_for_ever BEFORE UPDATE OR DELETE ON sale_reset "
        "FOR EACH ROW EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute(
        "CREATE TRIGGER sale_reset_stays BEFORE TRUNCATE ON sale_reset "
        "FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute("GRANT SELECT, INSERT ON sale_reset TO powertill")
