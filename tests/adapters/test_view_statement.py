"""A statement reads the range of its days and nothing else; where a clock was wrong it finds all the same."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from adapters.db.day_range import id_range
from adapters.db.entry_id import first_id_at
from adapters.db.opening import make_partitions, open_database
from adapters.db.views import ViewReader
from gateway.core.calendar import Calendar
from gateway.core.timeline import microseconds
from gateway.core.views import DayTotals, Statement
from gateway.prepayment.close_day import CloseDay
from tests import builders
from tests.builders import ZONE, Till, database, identity, posting_batch

CALENDAR = Calendar(ZONE, time(0, 0))


def sell(engine, *moments, first=1):
    """One payment at each moment."""
    now = [moments[0]]
    batch = posting_batch(engine, lambda: now[0], calendar=CALENDAR)
    for n, moment in enumerate(moments, first):
        now[0] = moment
        batch.run([Till().pay(f"r{n}", pan=identity(1 + n % 3).pan)])
    batch.close()


def noon(month, day):
    return datetime(2026, month, day, 12, tzinfo=ZONE)


def plans(engine, explain, ask):
    """How the database goes about the statements that read postings while something is asked."""
    sent = []
    event.listen(
        engine, "after_cursor_execute", lambda _c, _cursor, text, values, *_: sent.append((text, values))
    )
    answer = ask(ViewReader(engine))
    with engine.connect() as connection:
        found = [
            [tuple(row)[-1] for row in connection.exec_driver_sql(f"{explain} {text}", values)]
            for text, values in list(sent)
            if "posting." in text
        ]
    assert found
    return answer, ["\n".join(lines) for lines in found]


@pytest.fixture
def year(postgresql):
    """A PostgreSQL with partitions for the year 2026, and a payment on the 12th of each of its months."""
    server = postgresql()
    url, owner_url = server.books()
    owner = open_database(owner_url)
    make_partitions(owner, date(2026, 1, 1))
    owner.dispose()
    engine = builders.entered(open_database(url), 3)
    sell(engine, *(noon(month, 12) for month in range(1, 13)))
    return engine


ASKED = [
    (Statement("BANK:east", "CNY", date(2026, 3, 11), date(2026, 3, 13)), {"2026_03"}),
    (Statement("BANK:east", "CNY", date(2026, 3, 12), date(2026, 4, 12)), {"2026_03", "2026_04"}),
    (DayTotals("east", date(2026, 5, 12)), {"2026_05"}),
]


@pytest.mark.parametrize(("query", "months"), ASKED)
def test_postgresql_reads_the_partitions_of_the_days_and_no_other(year, query, months):
    _, (plan,) = plans(year, "EXPLAIN (COSTS OFF)", lambda views: views.rows(query))
    read = set(re.findall(r"\b(?:entry|posting)_(?:default|[0-9]{4}_[0-9]{2})\b", plan.replace("_pkey", "")))
    assert read == {f"{table}_{month}" for table in ("entry", "posting") for month in months}


def test_postgresql_finds_what_is_in_those_partitions(year):
    query = Statement("BANK:east", "CNY", date(2026, 3, 11), date(2026, 3, 13))
    (row,) = ViewReader(year).rows(query)
    assert (row.business_date, row.balance) == ("2026-03-12", 30_000)


def test_sqlite_searches_the_range_along_the_keys_and_sorts_nothing(tmp_path):
    engine = database(tmp_path / "till.db")
    sell(engine, noon(3, 11), noon(3, 12), noon(3, 13))
    query = Statement("BANK:east", "CNY", date(2026, 3, 12), date(2026, 3, 12))
    (row,), (plan,) = plans(engine, "EXPLAIN QUERY PLAN", lambda views: views.rows(query))
    assert row.business_date == "2026-03-12"
    assert plan.count("SEARCH") == 2
    assert "PRIMARY KEY" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_range_holds_the_day_in_every_zone_of_the_earth_and_any_cut_over(tmp_path):
    engine = database(tmp_path / "till.db")
    with engine.connect() as connection:
        begin, end = id_range(connection, date(2026, 3, 12), date(2026, 3, 12))
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Shanghai", "America/New_York"):
        for cut_over in (time(0, 0), time(0, 30), time(11, 59), time(12, 0), time(23, 59)):
            span = Calendar(ZoneInfo(zone), cut_over).span(date(2026, 3, 12))
            assert begin <= first_id_at(span.begins_us)
            assert first_id_at(span.ends_us) <= end


def test_the_range_begins_behind_the_close_before_where_a_clock_was_set_back(fresh):
    engine = fresh.database(3)
    sell(engine, noon(3, 11))
    closer = posting_batch(engine, lambda: noon(3, 20), calendar=CALENDAR)
    closer.run([CloseDay(date(2026, 3, 11), CALENDAR)])
    # Nine days back: booked in the 12th, with ids of the 10th's noon or above.
    sell(engine, noon(3, 10), noon(3, 12), first=2)
    query = Statement("BANK:east", "CNY", date(2026, 3, 12), date(2026, 3, 12))
    found = ViewReader(engine).rows(query)
    assert [row.at_us for row in found] == [microseconds(noon(3, 10)), microseconds(noon(3, 12))]
    assert [row.balance for row in found] == [20_000, 30_000]


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_what_lies_behind_the_range_is_found_by_the_day_s_sums(fresh, limit):
    engine = fresh.database(3)
    ahead = noon(3, 11) + timedelta(days=30)
    # A month ahead for one payment; the clock is put right, and ids count on from there.
    sell(engine, noon(3, 11), ahead, noon(3, 11), noon(3, 11))
    query = Statement("BANK:east", "CNY", date(2026, 3, 11), date(2026, 3, 11), limit=limit)
    found: list = []
    after = None
    while page := ViewReader(engine).rows(
        Statement(query.account, query.unit, query.first, query.last, after, limit)
    ):
        found += page
        after = page[-1]
    assert [row.number for row in found] == [1, 2, 3]
    assert [row.balance for row in found] == [10_000, 20_000, 30_000]
    assert {row.business_date for row in found} == {"2026-03-11"}


def test_the_first_and_the_last_day_of_all_times_have_a_range(tmp_path):
    engine = database(tmp_path / "till.db")
    with engine.connect() as connection:
        begin, end = id_range(connection, date.min, date.max)
    assert (begin, end) == (0, 2**63 - 1)
