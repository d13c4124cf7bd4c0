"""The office: branches, stations, roles, operators, sessions, shifts, approvals, the diary; what became of an
exception, and a customer's branch and telephone.

The diary is written once and for ever, as the journal is, and the chain seals it. An approval that was
decided stays so.

Locking: new tables, and columns with constant defaults, which are added without touching a row.
Way back: only while nobody has written a line into the diary, since the chain seals it.
"""

from importlib.resources import files

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Written once; the triggers are SQLite's here, and PostgreSQL's in the file beside.
FOR_EVER = ("diary",)

#: SQLite's conditions; PostgreSQL's say the same.
APPROVAL_STEP = """
    NEW.reference IS OLD.reference AND NEW.function IS OLD.function AND NEW.kind IS OLD.kind
    AND NEW.order_text IS OLD.order_text AND NEW.digest IS OLD.digest AND NEW.subject IS OLD.subject
    AND NEW.amount_minor IS OLD.amount_minor AND NEW.about IS OLD.about AND NEW.reason IS OLD.reason
    AND NEW.asked_by IS OLD.asked_by AND NEW.asked_us IS OLD.asked_us
    AND OLD.state = 'asked' AND NEW.state IN ('approved', 'refused', 'withdrawn')
    AND NEW.decided_us IS NOT NULL AND NEW.decided_by <> ''
    AND (NEW.state <> 'approved' OR lower(trim(NEW.decided_by)) <> lower(trim(NEW.asked_by)))
"""


def upgrade() -> None:
    """Make the tables and the columns."""
    for table, column in (("customer", "phone"), ("customer", "branch")):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    for column in ("resolution", "resolved_by", "reason"):
        op.add_column("exception_note", sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("exception_note", sa.Column("resolved_us", sa.BigInteger()))
    _places()
    _people()
    _shifts()
    _approvals()
    _diary()
    if op.get_bind().dialect.name == "postgresql":
        sql = files("adapters.db") / "migrations" / "sql" / "0007_postgresql.sql"
        # As it stands: a colon in it is no parameter.
        op.get_bind().exec_driver_sql(sql.read_text(encoding="utf-8").replace("%", "%%"))
        return
    for table in FOR_EVER:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is written once and for ever'); END"
            )
    op.execute(
        f"CREATE TRIGGER approval_steps BEFORE UPDATE ON approval WHEN ({APPROVAL_STEP}) IS NOT 1 "
        "BEGIN SELECT RAISE(ABORT, 'approval: not a step of a request''s life'); END"
    )
    for table in ("approval", "operator", "role"):
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} keeps every row for ever'); END"
        )


def downgrade() -> None:
    """Take all of it away; refused where the diary has lines, for then the chain would not verify."""
    (lines,) = op.get_bind().execute(sa.text("SELECT count(*) FROM diary")).one()
    if lines:
        raise NotImplementedError("the chain seals the diary; restore a copy of the books from before")
    for table in ("diary", "approval", "shift", "session", "operator", "role", "station", "branch"):
        op.drop_table(table)
    for column in ("resolution", "resolved_by", "reason", "resolved_us"):
        op.drop_column("exception_note", column)
    for column in ("phone", "branch"):
        op.drop_column("customer", column)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION powertill_approval_step(); DROP FUNCTION powertill_office_kept()")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _places() -> None:
    op.create_table(
        "branch", sa.Column("code", sa.Text(), primary_key=True), _text("name"), sqlite_with_rowid=False
    )
    op.create_table(
        "station",
        sa.Column("code", sa.Text(), primary_key=True),
        _text("name"),
        _text("branch"),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )


def _people() -> None:
    op.create_table(
        "role",
        sa.Column("code", sa.Text(), primary_key=True),
        _text("name"),
        _text("grants"),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "operator",
        sa.Column("login", sa.Text(), primary_key=True),
        _text("name"),
        _text("roles"),
        sa.Column("branch", sa.Text()),
        _text("state"),
        _text("language"),
        _text("password"),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        _text("totp"),
        _whole("totp_step"),
        sa.Column("failures", sa.Integer(), nullable=False),
        _whole("held_until_us"),
        _whole("valid_until_us", null=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("login"),
        _whole("began_us"),
        _whole("seen_us"),
        _text("stage"),
        _text("address"),
        _whole("ended_us", null=True),
        sqlite_with_rowid=False,
    )
    op.create_index("session_login", "session", ["login"])


def _shifts() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        _text("login"),
        _text("station"),
        _whole("opened_us"),
        _whole("closed_us", null=True),
    )
    is_open = sa.text("closed_us IS NULL")
    for column in ("login", "station"):
        op.create_index(
            f"shift_{column}", "shift", [column], unique=True,
            sqlite_where=is_open, postgresql_where=is_open,
        )  # fmt: skip


def _approvals() -> None:
    texts = ("function", "kind", "order_text", "digest", "subject")
    op.create_table(
        "approval",
        sa.Column("reference", sa.Text(), primary_key=True),
        *(_text(name) for name in texts),
        _whole("amount_minor"),
        *(_text(name) for name in ("about", "reason", "asked_by")),
        _whole("asked_us"),
        _text("state"),
        _text("decided_by"),
        _whole("decided_us", null=True),
        _text("outcome"),
        sa.CheckConstraint("(state = 'asked') = (decided_us IS NULL)", name="approval_state"),
        sqlite_with_rowid=False,
    )
    waits = sa.text("state = 'asked'")
    op.create_index("approval_asked", "approval", ["asked_us"], sqlite_where=waits, postgresql_where=waits)


def _diary() -> None:
    texts = ("actor", "station", "address", "function", "action", "subject", "outcome", "detail")
    own_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "diary",
        sa.Column("id", own_id, primary_key=True, autoincrement=False),
        _whole("at_us"),
        *(_text(name) for name in texts),
        _whole("link"),
    )
    op.create_index("diary_actor", "diary", ["actor", "id"])
    op.create_index("diary_link", "diary", ["link"])
