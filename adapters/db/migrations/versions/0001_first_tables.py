"""The first tables: journal, keys, customers and meters, sales and tokens, outbox, tariffs.

Locking: everything is new, nothing is locked that anybody uses.
Way back: drop the tables; there is nothing before them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: What is written here stays as it was written: a mistake is answered by another row.
FOR_EVER = ("entry", "posting", "command_key")


def upgrade() -> None:
    """Make the tables."""
    _ledger()
    _customers()
    _sales()
    _around()
    if op.get_bind().dialect.name == "sqlite":
        for table in FOR_EVER:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is written once and for ever'); END"
                )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "token", "tariff_version", "sale", "posting", "outbox", "meter", "exception_note", "entry",
        "customer", "command_key", "account",
    ):  # fmt: skip
        op.drop_table(table)


def _ledger() -> None:
    """Make journal, accounts and keys."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", "unit", name="account_code_unit"),
    )
    op.create_table(
        "entry",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=True),
        sa.Column("meter_id", sa.Integer(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("position", name="entry_position"),
    )
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "line"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "command_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )


def _customers() -> None:
    """Make customers and their meters."""
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_no", name="customer_account_no"),
    )
    op.create_table(
        "meter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pan", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("sgc", sa.Text(), nullable=False),
        sa.Column("krn", sa.SmallInteger(), nullable=False),
        sa.Column("ti", sa.Text(), nullable=False),
        sa.Column("ea", sa.Text(), nullable=False),
        sa.Column("kt", sa.SmallInteger(), nullable=False),
        sa.Column("base_date", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("power_type", sa.Text(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("last_tid", sa.Integer(), nullable=True),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("mtd_wh", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pan", name="meter_pan"),
    )
    op.create_index("meter_customer", "meter", ["customer_id"], unique=False)


def _sales() -> None:
    """Make sales and their tokens."""
    op.create_table(
        "sale",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("meter_id", sa.Integer(), nullable=False),
        sa.Column("power_type", sa.Text(), nullable=False),
        sa.Column("tender_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("energy_wh", sa.BigInteger(), nullable=False),
        sa.Column("encoded_wh", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.BigInteger(), nullable=False),
        sa.Column("tariff_version", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="sale_key"),
    )
    op.create_index("sale_meter", "sale", ["meter_id"], unique=False)
    op.create_index("sale_trace", "sale", ["trace"], unique=False)
    still_open = sa.text("state IN ('waiting')")
    op.create_index(
        "sale_open", "sale", ["at_us", "id"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_table(
        "token",
        sa.Column("meter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base_date", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("tid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("digits", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("meter_id", "base_date", "tid"),
        sqlite_with_rowid=False,
    )
    op.create_index("token_sale", "token", ["sale_id"], unique=False)


def _around() -> None:
    """Make what is told outside, what a person must see, prices."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "exception_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "key", name="exception_note_kind_key"),
    )
    op.create_table(
        "tariff_version",
        sa.Column("power_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("power_type", "version"),
        sqlite_with_rowid=False,
    )
