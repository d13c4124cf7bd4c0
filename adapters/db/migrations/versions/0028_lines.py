"""Lines: ways, groups, schedules, timetables and remote orders; slots, calls and what was read over lines.

What becomes of the first five stands in the amendments, which the chain seals. The database holds that a
meter is in one credit at a time, that no number of a meter is given to two purchases, and that no sale goes
over a line twice.

Supply points are found by their place in the network: the loss below it, and its groups, ask for them.

Locking: new tables; three indexes of the supply points, whose writers wait while they are built.
Way back: only while there are no ways, since the chain seals their amendments.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

OPEN = "state IN ('waiting', 'on_way', 'unknown')"
OPEN_CREDIT = sa.text(f"{OPEN} AND kind IN ('token', 'recharge')")
OPEN_OTHER = sa.text(f"{OPEN} AND kind NOT IN ('token', 'recharge')")
NUMBERED = sa.text("kind = 'recharge' AND state <> 'cancelled'")
OF_A_SALE = sa.text("payment <> '' AND state <> 'cancelled'")

SEALED = ("meter_way", "meter_group", "reading_schedule", "timetable", "remote_order")
SEEN = (
    "reading_slot", "reading_round", "line_call", "meter_contact", "meter_event", "frozen_reading",
    "profile_row",
)  # fmt: skip
NETWORK = ("area", "feeder", "transformer")


def upgrade() -> None:
    """Make the tables."""
    _sealed()
    _orders()
    _rounds()
    _seen()
    for part in NETWORK:
        op.create_index(f"supply_point_{part}", "supply_point", [part])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(SEALED)} TO powertill")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(SEEN)} TO powertill")
        op.execute("GRANT USAGE ON SEQUENCE line_call_id_seq, meter_event_id_seq TO powertill")


def downgrade() -> None:
    """Take them away; refused where there are ways, for then the chain would not verify."""
    (rows,) = op.get_bind().execute(sa.text("SELECT count(*) FROM meter_way")).one()
    if rows:
        raise NotImplementedError(
            "the chain seals what became of ways; restore a copy of the books from before"
        )
    for part in NETWORK:
        op.drop_index(f"supply_point_{part}")
    for name in reversed((*SEALED, *SEEN)):
        op.drop_table(name)


def _sealed() -> None:
    op.create_table(
        "meter_way",
        sa.Column("pan", sa.Text(), primary_key=True),
        *_texts("kind", "place", "address", "model", "bus", "protection", "measures", "note"),
        *_integers("multiplier", "version"),
        sa.Column("is_on", sa.SmallInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("meter_way_model", "meter_way", ["model"])
    op.create_index("meter_way_measures", "meter_way", ["measures"])
    op.create_table(
        "meter_group",
        sa.Column("code", sa.Text(), primary_key=True),
        *_texts("name", "kind", "members"),
        *_integers("version"),
    )
    op.create_table(
        "reading_schedule",
        sa.Column("code", sa.Text(), primary_key=True),
        *_texts("name", "group_code", "wants", "recurrence", "opens", "closes", "weekdays"),
        *_integers("jitter_s"),
        sa.Column("is_on", sa.SmallInteger(), nullable=False),
        *_integers("version"),
    )
    op.create_table(
        "timetable",
        sa.Column("reference", sa.Text(), primary_key=True),
        *_texts("code"),
        *_integers("number"),
        *_texts("name", "group_code", "body", "state", "reason", "actor", "second"),
        *_moments("from_us", "at_us"),
        *_integers("version"),
    )
    op.create_index("timetable_code", "timetable", ["code", "number"])


def _orders() -> None:
    op.create_table(
        "remote_order",
        sa.Column("id", ID, primary_key=True, autoincrement=False),
        *_texts("kind", "pan", "account_no", "payment"),
        *_integers("number"),
        *_moments("amount"),
        *_texts("ask", "state", "reason", "actor", "second"),
        *_moments("at_us", "from_us", "until_us"),
        sa.Column("begun_us", sa.BigInteger()),
        sa.Column("ended_us", sa.BigInteger()),
        *_texts("told"),
        *_integers("tries", "doubts", "version"),
    )
    _some("remote_order_credit", ["pan"], OPEN_CREDIT)
    _some("remote_order_other", ["pan", "kind"], OPEN_OTHER)
    _some("remote_order_number", ["pan", "number"], NUMBERED)
    _some("remote_order_payment", ["payment"], OF_A_SALE)
    op.create_index("remote_order_of", "remote_order", ["pan", "id"])
    op.create_index("remote_order_ask", "remote_order", ["ask", "id"])


def _rounds() -> None:
    op.create_table(
        "reading_slot",
        sa.Column("schedule", sa.Text(), primary_key=True),
        sa.Column("pan", sa.Text(), primary_key=True),
        sa.Column("at_s", sa.BigInteger(), primary_key=True),
        *_texts("state", "why"),
        *_moments("since_s"),
        sqlite_with_rowid=False,
    )
    op.create_index("reading_slot_of", "reading_slot", ["pan", "at_s"])
    op.create_index("reading_slot_state", "reading_slot", ["state", "at_s"])
    op.create_table(
        "reading_round",
        sa.Column("schedule", sa.Text(), primary_key=True),
        sa.Column("at_s", sa.BigInteger(), primary_key=True),
        *_moments("opens_s", "closes_s"),
        *_integers("meters", "read", "lost", "gone"),
        *_texts("told"),
        sqlite_with_rowid=False,
    )
    op.create_index("reading_round_at", "reading_round", ["at_s"])
    op.create_table(
        "line_call",
        sa.Column("id", ID, primary_key=True),
        *_moments("at_s"),
        *_texts("line", "place", "bus", "kind", "why"),
        *_integers("seconds", "meters", "read"),
        *_moments("cost_minor"),
    )
    op.create_index("line_call_at", "line_call", ["at_s", "id"])
    op.create_index("line_call_line", "line_call", ["line", "at_s"])
    op.create_index("line_call_place", "line_call", ["place", "at_s"])


def _seen() -> None:
    op.create_table(
        "meter_contact",
        sa.Column("pan", sa.Text(), primary_key=True),
        *_moments("at_us"),
        *_texts("why", "told"),
        *(sa.Column(name, sa.BigInteger()) for name in ("good_us", "off_s", "clock_us", "set_us")),
        *_texts("relay"),
        sqlite_with_rowid=False,
    )
    op.create_index("meter_contact_at", "meter_contact", ["at_us"])
    op.create_table(
        "meter_event",
        sa.Column("id", ID, primary_key=True),
        *_moments("at_us"),
        *_texts("pan", "kind", "told"),
    )
    op.create_index("meter_event_of", "meter_event", ["pan", "id"])
    op.create_index("meter_event_at", "meter_event", ["at_us", "id"])
    op.create_table(
        "frozen_reading",
        sa.Column("pan", sa.Text(), primary_key=True),
        sa.Column("at_s", sa.BigInteger(), primary_key=True),
        *_texts("registers"),
        *_moments("read_us"),
        sqlite_with_rowid=False,
    )
    op.create_index("frozen_reading_at", "frozen_reading", ["at_s"])
    op.create_table(
        "profile_row",
        sa.Column("pan", sa.Text(), primary_key=True),
        sa.Column("at_s", sa.BigInteger(), primary_key=True),
        *_texts("figures", "status"),
        sqlite_with_rowid=False,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _some(name: str, columns: list[str], rows: sa.TextClause) -> None:
    op.create_index(name, "remote_order", columns, unique=True, sqlite_where=rows, postgresql_where=rows)
