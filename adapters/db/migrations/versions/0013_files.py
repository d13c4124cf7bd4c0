"""The files: supply points, how meters are fitted, the network's dictionary, amendments; more of a customer.

Each meter that is there gets its supply point, with what it was entered with. Amendments are written once and
for ever, as the journal is, and the chain seals them.

Locking: new tables, columns with constant defaults, and a row for each meter (a second for 100,000).
Way back: only while nothing was amended, since the chain seals it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Written once; the triggers are SQLite's here, PostgreSQL's below.
FOR_EVER = ("amendment",)

#: A supply point for each meter, numbered as the customer's meters are.
POINTS = """
    INSERT INTO supply_point
    SELECT c.account_no || '-' || row_number() OVER (PARTITION BY c.id ORDER BY m.id), c.account_no,
           substr(c.address, 1, 120), m.power_type, '', '', '', 1, m.contract_w, m.schemes, m.proportions,
           0, 0, CASE WHEN m.state = 'removed' THEN 'closed' ELSE 'active' END,
           CASE WHEN m.state = 'removed' THEN '' ELSE m.pan END, 1
    FROM meter AS m JOIN customer AS c ON c.id = m.customer_id
"""


def upgrade() -> None:
    """Make the tables and the columns, and the supply points of the meters that are there."""
    op.add_column("customer", sa.Column("id_no", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "customer", sa.Column("credit_limit_minor", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("customer", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    some = sa.text("id_no <> ''")
    op.create_index("customer_id_no", "customer", ["id_no"], sqlite_where=some, postgresql_where=some)
    _points()
    _fittings()
    _network()
    _amendments()
    op.execute(POINTS)
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
    """Take all of it away; refused where something was amended, for then the chain would not verify."""
    (amended,) = op.get_bind().execute(sa.text("SELECT count(*) FROM amendment")).one()
    if amended:
        raise NotImplementedError("the chain seals amendments; restore a copy of the books from before")
    for table in ("amendment", "network_place", "fitting", "supply_point"):
        op.drop_table(table)
    op.drop_index("customer_id_no", "customer")
    for column in ("version", "credit_limit_minor", "id_no"):
        op.drop_column("customer", column)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _points() -> None:
    op.create_table(
        "supply_point",
        sa.Column("number", sa.Text(), primary_key=True),
        *(_text(name) for name in ("account_no", "address", "power_type", "area", "feeder", "transformer")),
        sa.Column("phases", sa.SmallInteger(), nullable=False),
        _whole("contract_w"),
        _text("schemes"),
        _text("proportions"),
        sa.Column("alarm_wh", sa.BigInteger(), nullable=False),
        sa.Column("hoard_wh", sa.BigInteger(), nullable=False),
        _text("state"),
        _text("pan"),
        _whole("version"),
        sqlite_with_rowid=False,
    )
    op.create_index("supply_point_account_no", "supply_point", ["account_no"])
    op.create_index("supply_point_pan", "supply_point", ["pan"])


def _fittings() -> None:
    op.create_table(
        "fitting",
        sa.Column("pan", sa.Text(), primary_key=True),
        *(_text(name) for name in ("point", "fitted_on", "registers", "seals", "current", "voltage")),
        *(_text(name) for name in ("note", "removed_on", "final_registers")),
        _whole("version"),
        sqlite_with_rowid=False,
    )
    op.create_index("fitting_point", "fitting", ["point"])


def _network() -> None:
    op.create_table(
        "network_place",
        sa.Column("code", sa.Text(), primary_key=True),
        *(_text(name) for name in ("kind", "name", "parent")),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        _whole("version"),
        sqlite_with_rowid=False,
    )


def _amendments() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        _text("subject"),
        _text("number"),
        _whole("version"),
        *(_text(name) for name in ("kind", "row_before", "row_after", "actor", "reason")),
        sa.Column("entry_id", sa.BigInteger()),
        sa.Column("link", sa.BigInteger(), nullable=False),
    )
    op.create_index("amendment_of", "amendment", ["subject", "number"])


def _postgresql() -> None:
    """What is for ever stays; the gateway's role may add amendments, and set the files anew."""
    op.execute(
        "CREATE TRIGGER amendment_for_ever BEFORE UPDATE OR DELETE ON amendment "
        "FOR EACH ROW EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute(
        "CREATE TRIGGER amendment_stays BEFORE TRUNCATE ON amendment "
        "FOR EACH STATEMENT EXECUTE FUNCTION powertill_for_ever()"
    )
    op.execute("GRANT SELECT, INSERT ON amendment TO powertill")
    op.execute("GRANT SELECT, INSERT, UPDATE ON supply_point, fitting, network_place TO powertill")
