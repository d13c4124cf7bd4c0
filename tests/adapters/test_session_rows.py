"""Sessions past the poster: those of long ago are taken out, a bounded number at a time, and no others."""

from sqlalchemy import insert, select

from adapters.db import tables as t
from adapters.db.office_rows import session_row
from adapters.db.session_rows import GONE_AT_ONCE_MAX, SessionRows
from gateway.assembly.upkeep import forget_sessions
from gateway.core.session import IDLE_US, KEPT_US, LASTS_US
from tests.builders import NOON
from tests.office.people import NOON_US, session


def keep(engine, *sessions):
    with engine.begin() as connection:
        connection.execute(insert(t.session), [session_row(one) for one in sessions])


def kept(engine):
    with engine.connect() as connection:
        return set(connection.execute(select(t.session.c.id)).scalars())


def began(id_, at_us, **changes):
    return session("kim", id=id_, began_us=at_us, seen_us=at_us, **changes)


def test_what_has_been_over_for_a_month_is_taken_out_and_nothing_newer(fresh):
    engine = fresh.database(1)
    keep(
        engine,
        began("old", NOON_US - KEPT_US - 1),
        began("old and ended", NOON_US - KEPT_US - 1, ended_us=NOON_US - KEPT_US),
        began("a month", NOON_US - KEPT_US),
        began("ended today", NOON_US - 5, ended_us=NOON_US),
        began("stands", NOON_US),
    )
    assert SessionRows(engine).forget(NOON_US) == 2
    assert kept(engine) == {"a month", "ended today", "stands"}


def test_one_that_stands_is_never_old_enough():
    assert max(LASTS_US, IDLE_US) < KEPT_US


def test_many_are_taken_out_a_few_at_a_time(fresh):
    engine = fresh.database(1)
    keep(engine, *(began(f"s{n}", 5) for n in range(GONE_AT_ONCE_MAX + 3)))
    assert SessionRows(engine).forget(NOON_US) == GONE_AT_ONCE_MAX
    assert len(kept(engine)) == 3
    assert SessionRows(engine).forget(NOON_US) == 3


def test_while_a_payment_waits_nothing_is_taken_out(fresh):
    engine = fresh.database(1)
    keep(engine, began("old", 5))
    forget_sessions(SessionRows(engine), lambda: 1, lambda: NOON)
    assert kept(engine) == {"old"}
    forget_sessions(SessionRows(engine), lambda: 0, lambda: NOON)
    assert kept(engine) == set()
