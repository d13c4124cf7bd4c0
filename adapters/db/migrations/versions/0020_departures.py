"""Departures: meters that left their supply points, and what became of the energy that was left in them.

Written once and for ever, as the journal is, and the chain seals it.

Locking: a new table.
Way back: only while no meter has left, since the chain seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0021"
branch_labels = None
depends_on = None

#: Written once; the triggers are SQLite's here, PostgreSQL's below.
FOR_EVER = ("departure",)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "departure",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        _long("at_us"),
        *(_text(name) for name in ("pan", "point", "account_no", "kind", "basis")),
        *(_long(name) for name in ("issued_wh", "loaded_wh", "used_wh", "remaining_wh", "from_loaded_wh")),
        *(_text(name) for name in ("left_on", "said_by", "reason", "actor", "currency", "new_pan")),
        *(_long(name) for name in ("overdraft_minor", "refund_minor")),
        _text("lots"),
        sa.Column("entry_id", sa.BigInteger()),
        _long("link"),
    )
    op.create_index("departure_of", "departure", ["pan", "id"])
    op.create_index("departure_to", "departure", ["new_pan", "id"])
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER departure_no_{change.lower()} BEFORE {change} ON departure "
            "BEGIN SELECT RAISE(ABORT, 'departure is written once and for ever'); END"
        )


def downgrade() -> None:
    """Take it away; refused where a meter has left, for then the chain would not verify."""
    (rows,) = op.get_bind().execute(sa.text("SELECT count(*) FROM departure")).one()
    if rows:
        raise NotImplementedError("the chain seals departures; restore a copy of the books from before")
    op.drop_table("departure")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _long(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _postgresql() -> None:
    """What is for ever stays; the gateway's role may add to it."""
    op.execute(
        "CREATE TRIGGER departure_for_ever BEFORE UPDATE OR DELETE ON departure "
        "FOR EACH ROW EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute(
        "CREATE TRIGGER departure_stays BEFORE TRUNCATE ON departure "
        "FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute("GRANT SELECT, INSERT ON departure TO powertill")
