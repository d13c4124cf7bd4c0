"""Cards: the stock of them, and each purchase on its way to a card.

What becomes of a row stands in the amendments, which the chain seals. The database holds that no number of a
meter is given to two purchases, that no two of a meter are on their way at once, and that a meter's customer
has one card.

Locking: new tables.
Way back: only while there are no cards, since the chain seals their amendments.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OPEN = sa.text("state IN ('reserved', 'writing', 'written', 'in_doubt', 'reissued', 'clearing')")
NOT_VOID = sa.text("state <> 'void'")
HIS = sa.text("state = 'issued'")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "card",
        sa.Column("serial", sa.Text(), primary_key=True),
        *(_text(name) for name in ("profile", "state", "branch", "lot", "pan", "account_no", "note")),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    _some("card_of", "card", ["pan"], HIS)
    op.create_index("card_pan", "card", ["pan"])
    op.create_table(
        "card_order",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        *(_text(name) for name in ("payment", "pan", "account_no", "serial", "profile", "kind")),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *(_text(name) for name in ("state", "station", "actor")),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        _text("told"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_us", sa.BigInteger()),
    )
    _some("card_order_number", "card_order", ["pan", "number"], NOT_VOID)
    _some("card_order_open", "card_order", ["pan"], OPEN)
    op.create_index("card_order_payment", "card_order", ["payment"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT SELECT, INSERT, UPDATE ON card, card_order TO powertill")


def downgrade() -> None:
    """Take them away; refused where there are cards, for then the chain would not verify."""
    (rows,) = op.get_bind().execute(sa.text("SELECT count(*) FROM card")).one()
    if rows:
        raise NotImplementedError(
            "the chain seals what became of cards; restore a copy of the books from before"
        )
    op.drop_table("card_order")
    op.drop_table("card")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _some(name: str, table: str, columns: list[str], rows: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=rows, postgresql_where=rows)
