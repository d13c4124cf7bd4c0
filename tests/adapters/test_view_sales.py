"""A list of sales is looked through in its index alone; it is right where a clock was wrong."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import product

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, inspect, make_url

from adapters.db.opening import migrate, open_database
from adapters.db.views import ViewReader
from gateway.core.calendar import Calendar
from gateway.core.outcome import Approved
from gateway.core.sale import SaleState
from gateway.core.views_booked import SaleFile
from gateway.core.views_found import Found
from gateway.core.views_sales import SaleOrder, Sales
from gateway.prepayment.close_day import CloseDay
from tests.adapters.test_view_statement import CALENDAR, noon, sell
from tests.builders import Till, entered, identity, posting_batch
from tests.naive_sales import chosen, totals_of

EVERY = Sales(branch=None)


def plan(engine, ask, table):
    """How PostgreSQL goes about the statements on a table, where it may not read that from end to end."""
    sent: list = []
    event.listen(
        engine, "after_cursor_execute", lambda _c, _cursor, text, values, *_: sent.append((text, values))
    )
    ask(ViewReader(engine))
    with engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off; SET enable_bitmapscan = off")
        return [
            "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {text}", values))
            for text, values in list(sent)
            if f"FROM {table}" in text
        ]


@pytest.fixture
def books(postgresql):
    server = postgresql()
    url, owner_url = server.books()
    engine = entered(open_database(url), 3)
    sell(engine, *(noon(11, 23) + timedelta(minutes=n) for n in range(300)))
    # What PostgreSQL does by itself when a fiftieth of the sales is new.
    server.cluster.execute("VACUUM ANALYZE", make_url(owner_url).database)
    return engine


FILTERS = [
    Sales(branch=None, bank="east", least_minor=1, most_minor=10**9, least_wh=1, most_wh=10**9),
    Sales(branch=None, power_type="domestic", state=SaleState.ISSUED, begin_us=1, end_us=2 * 10**15),
]


@pytest.mark.parametrize("query", FILTERS)
def test_postgresql_counts_sales_in_their_index_alone(books, query):
    (counting,) = plan(books, lambda views: views.count(query), "(SELECT sale.id")
    assert "Index Only Scan" in counting
    assert "using sale_pkey on sale" in counting


@pytest.mark.parametrize("order", SaleOrder)
def test_postgresql_finds_a_page_of_sales_in_their_index_alone(books, order):
    query = Sales(branch="north", bank="east", order=order)
    found = plan(books, lambda views: views.rows(query), "sale")
    assert any("Index Only Scan" in one and "using sale_pkey on sale" in one for one in found)


def test_postgresql_sums_sales_up_in_their_index_alone(books):
    summing, undone = plan(books, lambda views: views.totals(EVERY), "sale")
    assert "Index Only Scan using sale_pkey" in summing
    assert "sale_undone" in undone


def test_postgresql_finds_the_end_of_a_token_in_the_index_that_names_its_sale(books):
    (found,) = plan(books, lambda views: views.rows(Found("1234", None)), "token")
    assert "using token_sale on token" in found
    assert "substr" in found.partition("Index Cond")[2].partition("\n")[0]


def test_postgresql_finds_what_came_after_a_sale_along_an_index(books):
    (sale, *_) = ViewReader(books).rows(EVERY)
    found = "\n".join(plan(books, lambda views: views.totals(SaleFile(branch=None, id=sale.id)), "entry"))
    assert "Seq Scan" not in found.replace("Seq Scan on entry_2026", "")  # partitions without a row


# -- clocks that were wrong ------------------------------------------------------------------------------


def ahead(days):
    """A clock that is ahead for one payment, and is then put right: ids count on from where they were."""
    return [
        noon(11, 20),
        noon(11, 21),
        noon(11, 21) + timedelta(days=days),
        noon(11, 21),
        noon(11, 22),
        noon(11, 24),
    ]


def behind():
    """A clock that is set back behind a close: its sales are of the day after the closed one."""
    return [noon(11, 20), noon(11, 22)], [noon(11, 19), noon(11, 23)]


def agrees(engine):
    views = ViewReader(engine)
    every = views.rows(EVERY)
    days = [None, *(date(2026, 11, day) for day in range(18, 28))]
    for first, last in product(days, days):
        if first is None or last is None or first <= last:
            query = Sales(branch=None, first_day=first, last_day=last)
            assert views.rows(query) == chosen(every, query), (first, last)
            assert views.totals(query) == totals_of(every, query)


@pytest.mark.parametrize("days", [1, 2, 3, 30])
def test_a_day_s_sales_are_found_where_a_clock_was_ahead(fresh, days):
    engine = fresh.database(3)
    sell(engine, *ahead(days))
    agrees(engine)


def test_a_day_s_sales_are_found_where_a_clock_was_set_back_behind_a_close(fresh):
    engine = fresh.database(3)
    before, after = behind()
    sell(engine, *before)
    closer = posting_batch(engine, lambda: noon(11, 26), calendar=CALENDAR)
    closer.run([CloseDay(date(2026, 11, 20), CALENDAR)])
    sell(engine, *after, first=len(before) + 1)
    agrees(engine)


@pytest.mark.parametrize("cut_over", [time(0, 30), time(11, 59), time(12, 0), time(23, 30)])
def test_a_day_s_sales_are_found_whenever_the_day_is_cut(fresh, cut_over):
    engine = fresh.database(3)
    now = [noon(11, 20)]
    batch = posting_batch(engine, lambda: now[0], calendar=Calendar(CALENDAR.zone, cut_over))
    for n in range(40):
        batch.run([Till().pay(f"r{n}", pan=identity(1 + n % 3).pan)])
        now[0] += timedelta(hours=3)
    batch.close()
    agrees(engine)


# -- the indexes -----------------------------------------------------------------------------------------


def to_revision(engine, revision):
    config = Config()
    config.set_main_option("script_location", "adapters.db:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision() or ""
        (command.downgrade if revision < current else command.upgrade)(config, revision)


def names(engine):
    return {
        index["name"]
        for table in ("entry", "sale", "customer")
        for index in inspect(engine).get_indexes(table)
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_books_with_sales_get_the_indexes_and_can_go_back(kind, tmp_path, postgresql):
    url = f"sqlite:///{tmp_path / 'till.db'}" if kind == "sqlite" else postgresql().books()[1]
    owner = open_database(url)
    migrate(owner)
    entered(owner, 3)
    new = {"entry_later", "entry_reverses", "sale_undone", "customer_branch", "customer_phone"}
    assert names(owner) >= new
    sell(owner, noon(11, 23))
    for revision in ("0007", "0008"):
        to_revision(owner, revision)
        assert new.isdisjoint(names(owner)) is (revision == "0007")
    migrate(owner)
    batch = posting_batch(owner)
    assert isinstance(batch.run([Till().pay("r9")])[0], Approved)
    batch.close()
    assert [sale.key for sale in ViewReader(owner).rows(EVERY)] == [f"pay/east/r{n}" for n in (9, 1)]
