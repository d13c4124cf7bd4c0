"""Notices as one part: a real outbox on either database, its thread and bell, and a real receiver."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import pytest_twisted
from sqlalchemy import func, insert, select
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from adapters.db import tables as t
from adapters.db.poster import QueuedPoster, run_here
from gateway.assembly import outbox_watch
from gateway.assembly.notices import build_notices
from gateway.config.notify import NotifySettings
from gateway.secret import Secret
from gateway.tally import NoTally
from tests.builders import ZONE, Till, posting_batch
from tests.databases import Fresh
from tests.receiver import Receiver

#: Nothing here takes as long.
SILENCE_S_MAX = 20.0


def now():
    return datetime.now(UTC)


class Gateway:
    """What notices need of the gateway: its books, its poster, its configuration."""

    def __init__(self, engine, url):
        secret = Secret(b"a secret of both sides")
        notify = None if url is None else NotifySettings(url, "127.0.0.1", secret, 5)
        self.engine = engine
        self.poster = QueuedPoster(posting_batch(engine, now), run_here)
        config = SimpleNamespace(notify=notify, utility=SimpleNamespace(zone=ZONE))
        ledger = SimpleNamespace(database=engine, poster=self.poster)
        self.notices = build_notices(config, ledger, reactor, now, NoTally())

    def pay(self, reference):
        return self.poster.post(Till().pay(reference))

    def write(self):
        """Write a notice past the poster, as another process does."""
        with self.engine.begin() as connection:
            row = {"kind": "token_issued", "subject": 1, "text": "", "at_us": 1}
            connection.execute(insert(t.outbox), [row])

    def left(self):
        with self.engine.begin() as connection:
            return connection.execute(select(func.count()).select_from(t.outbox)).scalar_one()

    def exceptions(self):
        with self.engine.begin() as connection:
            rows = connection.execute(select(t.exception_note.c.kind, t.exception_note.c.key))
            return [tuple(row) for row in rows]


@pytest.fixture
def engine(fresh):
    return fresh.database(2)


@pytest_twisted.async_yield_fixture
async def receiver():
    made = Receiver()
    await made.listen(reactor)
    yield made
    await made.close()


@pytest_twisted.async_yield_fixture
async def gateway(engine, receiver, monkeypatch):
    # Whatever is heard here was rung for.
    monkeypatch.setattr(outbox_watch, "POLL_S", 3_600.0)
    made = Gateway(engine, receiver.url)
    made.notices.start()
    yield made
    await made.notices.stop()
    await deferLater(reactor, 0.01)


async def until(is_so):
    ends_at = time.monotonic() + SILENCE_S_MAX
    while not is_so():
        assert time.monotonic() < ends_at
        await deferLater(reactor, 0.02)


@pytest_twisted.ensureDeferred
async def test_a_payment_is_told_within_a_second_of_its_commit(gateway, receiver):
    await until(lambda: gateway.left() == 0)
    await gateway.pay("r1")
    paid_at = time.monotonic()
    await until(lambda: receiver.heard)
    assert time.monotonic() - paid_at < 1
    await until(lambda: gateway.left() == 0)
    assert len(receiver.heard) == 1


@pytest_twisted.ensureDeferred
async def test_a_refusal_is_on_a_person_s_list_once_a_day(gateway, receiver):
    receiver.answer = lambda _request: 401
    await gateway.pay("r1")
    await gateway.pay("r2")
    await until(lambda: len(receiver.heard) == 2)
    await until(gateway.exceptions)
    today = datetime.now(ZONE).date()
    days = {today - timedelta(days=1), today}
    (note,) = gateway.exceptions()
    assert note in {("undelivered", f"undelivered/{day}") for day in days}
    assert gateway.left() == 2


@pytest_twisted.ensureDeferred
async def test_a_stop_leaves_no_notice_behind_that_was_delivered(engine, receiver):
    one = Gateway(engine, receiver.url)
    one.notices.start()
    await one.pay("r1")
    await until(lambda: receiver.heard)
    await one.notices.stop()
    assert one.left() == 0


@pytest_twisted.ensureDeferred
async def test_what_another_process_writes_is_told_within_a_second_where_the_database_rings(
    postgresql, tmp_path, receiver, monkeypatch
):
    monkeypatch.setattr(outbox_watch, "POLL_S", 3_600.0)
    one = Gateway(Fresh("postgresql", tmp_path, postgresql).database(1), receiver.url)
    one.notices.start()
    # The bell rings by itself once it hears; from then on only a commit makes it ring.
    await deferLater(reactor, 0.5)
    await deferToThread(one.write)
    written_at = time.monotonic()
    await until(lambda: receiver.heard)
    assert time.monotonic() - written_at < 1
    await one.notices.stop()
    await deferLater(reactor, 0.01)


@pytest_twisted.ensureDeferred
async def test_without_a_receiver_the_rows_are_taken_out(engine):
    one = Gateway(engine, None)
    await one.pay("r1")
    assert one.left() == 1
    one.notices.start()
    await until(lambda: one.left() == 0)
    assert one.notices.checks() == []
    await one.notices.stop()


@pytest_twisted.ensureDeferred
async def test_notices_that_never_began_can_be_stopped(engine, receiver):
    await Gateway(engine, receiver.url).notices.stop()
