import pytest
from sqlalchemy import event

from adapters.db import open_sales, tables
from adapters.db.poster import BATCH_MAX
from adapters.db.views import ViewReader
from gateway.core.sale import OPEN_STATES
from gateway.core.views import OpenSales
from tests.builders import database


@pytest.fixture
def engine(tmp_path):
    made = database(tmp_path / "till.db", 1)
    yield made
    made.dispose()


def plans(engine, ask):
    """How SQLite goes about the statements that are sent while something is asked."""
    sent = []
    event.listen(
        engine, "after_cursor_execute", lambda _c, _cursor, text, values, *_: sent.append((text, values))
    )
    ask(ViewReader(engine))
    with engine.connect() as connection:
        return [
            row.detail
            for text, values in list(sent)
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]


def test_a_page_is_read_along_the_index_of_open_sales_and_sorts_nothing(engine):
    steps = plans(engine, lambda reader: reader.rows(OpenSales(10**18)))
    assert any("SEARCH sale USING INDEX sale_open (at_us" in step for step in steps), steps
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in steps), steps


def test_open_sales_are_counted_in_their_index_alone(engine):
    steps = plans(engine, lambda reader: reader.count(OpenSales(0)))
    assert [step for step in steps if "sale_open" not in step] == []
    assert steps


def test_the_index_holds_exactly_the_open_states(engine):
    wanted = ", ".join(f"'{state.value}'" for state in sorted(OPEN_STATES, key=lambda one: one.value))
    (index,) = [one for one in tables.sale.indexes if one.name == "sale_open"]
    assert str(index.dialect_options["sqlite"]["where"]) == f"state IN ({wanted})"
    with engine.connect() as connection:
        asked = "SELECT sql FROM sqlite_master WHERE name = 'sale_open'"
        made = connection.exec_driver_sql(asked).scalar_one()
    assert made.endswith(f"WHERE state IN ({wanted})")


def test_the_notes_of_a_page_fit_one_batch():
    assert open_sales.PAGE_MAX <= BATCH_MAX
