"""Invoices: each series is numbered without a gap, and of a sale no two stand at once.

They are written once and for ever, as the journal is, and the chain seals them.

Locking: a new table.
Way back: only while nothing was invoiced, since the chain seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

#: Written once; the triggers are SQLite's here, PostgreSQL's below.
FOR_EVER = ("invoice",)


def upgrade() -> None:
    """Make the table; nobody changes or takes away a row of it."""
    op.create_table(
        "invoice",
        sa.Column("series", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        _text("kind"),
        sa.Column("nth", sa.SmallInteger(), nullable=False),
        _text("payment"),
        _large("receipt_no"),
        _text("pan"),
        _large("amount_minor"),
        _text("currency"),
        _large("energy_wh"),
        sa.Column("takes_back", sa.Integer(), nullable=False),
        *(_text(name) for name in ("account_no", "customer", "address", "station", "actor", "reason")),
        _large("at_us"),
        _text("business_date"),
        _large("link"),
        sa.UniqueConstraint("payment", "kind", "nth", name="invoice_of_sale"),
        sqlite_with_rowid=False,
    )
    op.create_index("invoice_at", "invoice", ["at_us", "series", "number"])
    op.create_index("invoice_day", "invoice", ["business_date"])
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
    """Take it away; refused where something was invoiced, for then the chain would not verify."""
    (written,) = op.get_bind().execute(sa.text("SELECT count(*) FROM invoice")).one()
    if written:
        raise NotImplementedError("the chain seals invoices; restore a copy of the books from before")
    op.drop_table("invoice")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _large(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _postgresql() -> None:
    """What is for ever stays; the gateway's role may add invoices."""
    op.execute(
        "CREATE TRIGGER invoice_for_ever BEFORE UPDATE OR DELETE ON invoice "
        "FOR EACH ROW EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute(
        "CREATE TRIGGER invoice_stays BEFORE TRUNCATE ON invoice "
        "FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute("GRANT SELECT, INSERT ON invoice TO powertill")
