"""What the ledger needs from time to time, beside payments and readers, on a PostgreSQL of the tests' own."""

import logging
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from adapters.db.opening import DatabaseHeld, has_partition, make_partitions, open_database, reading
from gateway.assembly.upkeep import keep_partitions
from gateway.core.outcome import Approved
from tests.builders import Till, entered, identity, posting_batch

#: More than a payment may wait for partitions, and less than the five seconds that others wait for a lock.
PATIENCE_S = 2.0


@pytest.fixture
def engine(postgresql):
    url, _ = postgresql().books()
    return entered(open_database(url), 3)


@contextmanager
def long_reader(engine):
    """Somebody who reads the whole ledger, and is not done yet."""
    with reading(engine) as connection, connection.begin():
        connection.execute(text("SELECT count(*) FROM entry JOIN posting ON entry_id = id")).all()
        yield


def in_months(count):
    return datetime.now(UTC) + timedelta(days=30 * count)


def logged(caplog):
    return [record.message for record in caplog.records if record.name == "powertill.ledger"]


def test_payments_go_on_while_partitions_are_wanted_and_somebody_reads(engine, caplog):
    caplog.set_level(logging.INFO, logger="powertill.ledger")
    batch, till = posting_batch(engine, lambda: datetime.now(UTC)), Till(tid_lead_max=100)
    batch.run([till.pay("first")])
    with long_reader(engine):
        # In four months' time the last four of its year are missing, and none that is near.
        making = threading.Thread(target=keep_partitions, args=(engine, lambda: in_months(4)))
        making.start()
        waits = []
        for n in range(20):
            began = time.monotonic()
            (outcome,) = batch.run([till.pay(f"r{n}", pan=identity(1 + n % 3).pan)])
            waits.append(time.monotonic() - began)
            assert isinstance(outcome, Approved)
        making.join()
    assert max(waits) < PATIENCE_S
    assert logged(caplog) == ["ledger.partitions_later"]
    assert not has_partition(engine, in_months(15).date())
    keep_partitions(engine, lambda: in_months(4))
    assert has_partition(engine, in_months(15).date())


def test_a_month_that_is_near_and_has_no_partition_is_told(engine):
    with long_reader(engine), pytest.raises(DatabaseHeld, match="somebody else uses the tables"):
        keep_partitions(engine, lambda: in_months(13))


def test_books_without_partitions_need_none(tmp_path):
    embedded = open_database(f"sqlite:///{tmp_path / 'till.db'}")
    assert make_partitions(embedded, in_months(1).date()) == 0
    embedded.dispose()
