"""The outbox's reading side, on SQLite and PostgreSQL: leases, ends, and what lies there."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select

from adapters.db import tables as t
from adapters.db.opening import DatabaseFault, open_database
from adapters.db.outbox import PAGE_MAX, Outbox
from adapters.db.outbox_bell import OutboxBell
from adapters.db.outbox_desk import OutboxDesk
from gateway.core.delivery import NEVER_US, Backlog
from tests.builders import Till, database, drn, posting_batch

LEASE_US = 60_000_000
#: Any moment after those of the rows.
NOW_US = 1_800_000_000_000_000
_names = itertools.count(1)


@pytest.fixture
def engine(fresh):
    return fresh.database(2)


@pytest.fixture
def outbox(engine):
    made = Outbox(engine)
    yield made
    made.close()


@pytest.fixture
def other(engine):
    """Another consumer of the same outbox."""
    made = Outbox(engine)
    yield made
    made.close()


def fill(engine, count: int, **changes) -> None:
    row = {"kind": "token_issued", "subject": 1, "text": "", "due_us": 0, "attempts": 0} | changes
    with engine.begin() as connection:
        connection.execute(insert(t.outbox), [row | {"at_us": 1_000 + n} for n in range(count)])


def lease(outbox, most=PAGE_MAX, at_us=NOW_US):
    return outbox.lease(at_us, at_us + LEASE_US, most)


def rows(engine) -> list[tuple]:
    with engine.begin() as connection:
        columns = (t.outbox.c.id, t.outbox.c.due_us, t.outbox.c.attempts)
        return [tuple(row) for row in connection.execute(select(*columns).order_by(t.outbox.c.id))]


# -- what the poster wrote is what is leased -------------------------------------------------------------


def test_a_notice_names_its_sale_its_receipt_and_the_end_of_the_meter_s_number(engine, outbox):
    till = Till()
    posting_batch(engine).run([till.pay("r1")])
    (notice,) = lease(outbox)
    with engine.begin() as connection:
        (sale,) = connection.execute(select(t.sale.c.id)).scalars()
    assert (notice.kind, notice.subject, notice.receipt_no) == ("token_issued", sale, 1)
    assert notice.meter_end == drn(1)[-4:]


def test_a_notice_about_no_sale_has_no_receipt(engine, outbox):
    fill(engine, 1, subject=7)
    (notice,) = lease(outbox)
    assert (notice.receipt_no, notice.meter_end) == (None, "")


# -- leases ----------------------------------------------------------------------------------------------


def test_a_lease_counts_the_attempt_and_pushes_the_due_moment_ahead(engine, outbox):
    fill(engine, 1)
    (notice,) = lease(outbox)
    assert notice.attempts == 1
    assert rows(engine) == [(notice.id, NOW_US + LEASE_US, 1)]


def test_what_is_leased_is_in_no_other_lease(engine, outbox, other):
    fill(engine, 5)
    first = lease(outbox, 3)
    second = lease(other)
    assert [len(first), len(second), len(lease(outbox))] == [3, 2, 0]
    assert not {notice.id for notice in first} & {notice.id for notice in second}


def test_a_lease_that_ran_out_is_leased_again_as_the_same_notice(engine, outbox, other):
    fill(engine, 1)
    (first,) = lease(outbox)
    assert lease(other, at_us=NOW_US + LEASE_US - 1) == []
    (again,) = lease(other, at_us=NOW_US + LEASE_US)
    assert (again.key, again.attempts) == (first.key, 2)


def test_never_more_are_leased_than_asked_for(engine, outbox):
    fill(engine, PAGE_MAX + 10)
    assert len(lease(outbox, 7)) == 7
    assert len(lease(outbox, 10 * PAGE_MAX)) == PAGE_MAX


def test_what_is_due_longest_comes_first(engine, outbox):
    fill(engine, 1, due_us=NOW_US - 5)
    fill(engine, 1, due_us=NOW_US - 9)
    fill(engine, 1, due_us=NOW_US + 1)
    (late, later, _) = rows(engine)
    assert [notice.id for notice in lease(outbox, 1)] == [later[0]]
    assert [notice.id for notice in lease(outbox)] == [late[0]]


def test_two_consumers_at_once_never_get_the_same_notice(engine):
    fill(engine, 400)
    taken: list[list[str]] = [[], []]
    go = threading.Barrier(2)

    def consume(mine: list[str]) -> None:
        consumer = Outbox(engine)
        go.wait()
        while notices := lease(consumer, 9):
            mine += [notice.key for notice in notices]
            consumer.done(notices)
        consumer.close()

    threads = [threading.Thread(target=consume, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken[0]) + len(taken[1]) == len({*taken[0], *taken[1]}) == 400
    assert rows(engine) == []


# -- ends ------------------------------------------------------------------------------------------------


def test_what_is_done_is_gone_and_nothing_else(engine, outbox):
    fill(engine, 4)
    notices = lease(outbox)
    outbox.done(notices[:3])
    assert [row[0] for row in rows(engine)] == [notices[3].id]


def test_more_than_a_page_can_be_done_at_once(engine, outbox):
    fill(engine, PAGE_MAX + 3)
    outbox.done([*lease(outbox), *lease(outbox)])
    assert rows(engine) == []


def test_nothing_done_and_nothing_failed_is_no_fault(engine, outbox):
    fill(engine, 1)
    outbox.done([])
    outbox.failed([])
    assert len(rows(engine)) == 1


def test_what_failed_is_due_when_it_was_said_to_be(engine, outbox):
    fill(engine, 2)
    first, second = lease(outbox)
    outbox.failed([(first, NOW_US + 15), (second, NEVER_US)])
    assert [row[1] for row in rows(engine)] == [NOW_US + 15, NEVER_US]
    assert [notice.id for notice in lease(outbox, at_us=NOW_US + 15)] == [first.id]


def test_a_consumer_whose_lease_ran_out_does_not_touch_that_of_another(engine, outbox, other):
    fill(engine, 1)
    (mine,) = lease(outbox)
    lease(other, at_us=NOW_US + LEASE_US)
    held = rows(engine)
    outbox.failed([(mine, 0)])
    assert rows(engine) == held


def test_a_row_that_got_the_number_of_one_that_is_gone_is_another_notice(engine, outbox, other):
    fill(engine, 1)
    (mine,) = lease(outbox)
    with engine.begin() as connection:
        connection.execute(delete(t.outbox))
        newer = {"id": mine.id, "kind": "token_issued", "subject": 1, "text": "", "at_us": mine.at_us + 1}
        connection.execute(insert(t.outbox), [newer])
    (theirs,) = lease(other)
    outbox.done([mine])
    outbox.failed([(replace(mine, attempts=theirs.attempts), 0)])
    assert rows(engine) == [(mine.id, NOW_US + LEASE_US, 1)]
    assert mine.key != theirs.key


# -- what lies there -------------------------------------------------------------------------------------


def test_the_backlog_is_what_waits_the_oldest_of_it_and_what_was_given_up(engine, outbox):
    assert outbox.backlog() == Backlog(0, None, 0)
    fill(engine, 3)
    first, _, last = lease(outbox)
    outbox.failed([(first, NEVER_US), (last, NOW_US)])
    assert outbox.backlog() == Backlog(2, 1_001, 1)


def test_what_is_for_nobody_is_taken_out_in_pages_and_counted(engine, outbox):
    fill(engine, 5)
    fill(engine, 1, due_us=NEVER_US)
    assert [outbox.discard(4) for _ in range(3)] == [4, 2, 0]


def test_the_desk_counts_each_kind_and_shows_what_failed(engine, outbox):
    fill(engine, 2)
    fill(engine, 2, kind="credit_waiting")
    given_up, later, *_ = lease(outbox, 2)
    outbox.failed([(given_up, NEVER_US), (later, NOW_US + 15)])
    desk = OutboxDesk(engine)
    assert [tuple(row) for row in desk.kinds()] == [("credit_waiting", 2, 0), ("token_issued", 1, 1)]
    found = desk.tried(10)
    assert [(row.id, row.attempts, row.is_given_up) for row in found] == [
        (given_up.id, 1, True),
        (later.id, 1, False),
    ]
    assert desk.tried(1) == found[:1]


def test_a_retry_makes_what_was_given_up_due_with_all_its_attempts_before_it(engine, outbox):
    fill(engine, 2)
    first, second = lease(outbox)
    outbox.failed([(first, NEVER_US), (second, NOW_US + 15)])
    assert OutboxDesk(engine).retry() == 1
    assert rows(engine) == [(first.id, 0, 0), (second.id, NOW_US + 15, 1)]


def test_a_retry_of_one_notice_leaves_the_others(engine, outbox):
    fill(engine, 2)
    first, second = lease(outbox)
    outbox.failed([(first, NEVER_US), (second, NOW_US + 15)])
    assert OutboxDesk(engine).retry(second.id) == 1
    assert rows(engine) == [(first.id, NEVER_US, 1), (second.id, 0, 0)]
    assert OutboxDesk(engine).retry(second.id + 1_000) == 0


# -- the ledger's own safety -----------------------------------------------------------------------------


def test_no_connection_that_does_not_wait_for_the_disk_gets_to_the_ledger(engine):
    fill(engine, 1)
    # Opened as the gateway opens it: the books of a test wait for no disk.
    own = open_database(engine.url.render_as_string(hide_password=False))
    outbox = Outbox(own)
    lease(outbox)
    outbox.close()
    asked = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}[own.dialect.name]
    with own.connect() as connection:
        assert connection.exec_driver_sql(asked).scalar_one() in {2, "on"}
    own.dispose()


def test_a_database_that_fails_is_said_in_words_and_the_next_call_is_served(tmp_path):
    engine = database(tmp_path / "till.db", 1)
    outbox = Outbox(engine)
    fill(engine, 1)
    with engine.begin() as connection:
        refusal = "BEGIN SELECT RAISE(ABORT, 'no'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER no BEFORE UPDATE ON outbox {refusal}")
    with pytest.raises(DatabaseFault, match="cure:"):
        lease(outbox)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER no")
    assert len(lease(outbox)) == 1
    outbox.close()


# -- the bell --------------------------------------------------------------------------------------------


class Bell:
    """A bell on a PostgreSQL of its own gateway, and how often it rang."""

    def __init__(self, server):
        self.server = server
        self.name = f"bell_{next(_names)}"
        server.cluster.create(self.name, "powertill_template")
        self.engine = open_database(server.cluster.url(self.name, "powertill_gateway"))
        self.rang = threading.Semaphore(0)
        self.bell = OutboxBell(self.engine, self.rang.release)
        self.bell.start()

    def heard(self, within_s: float) -> bool:
        return self.rang.acquire(timeout=within_s)

    def cut(self) -> None:
        every = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        self.server.cluster.execute(f"{every} WHERE datname = '{self.name}'")


@pytest.fixture
def bell(postgresql):
    made = Bell(postgresql())
    # It rings once by itself when it begins to listen.
    assert made.heard(10)
    yield made
    made.bell.stop()
    made.engine.dispose()


def test_a_commit_rings_within_a_second(bell):
    fill(bell.engine, 1)
    assert bell.heard(1)


def test_what_is_rolled_back_does_not_ring(bell):
    with bell.engine.connect() as connection:
        connection.execute(insert(t.outbox), [{"kind": "k", "subject": 1, "text": "", "at_us": 1}])
        connection.rollback()
    assert not bell.heard(0.2)


def test_a_bell_whose_server_hangs_up_rings_when_it_is_back_and_again(bell, caplog):
    bell.cut()
    assert bell.heard(10)
    fill(bell.engine, 1)
    assert bell.heard(1)
    assert [record.message for record in caplog.records] == ["outbox.bell_lost"]


def test_a_bell_that_never_began_can_be_stopped(engine):
    OutboxBell(engine, lambda: None).stop()
