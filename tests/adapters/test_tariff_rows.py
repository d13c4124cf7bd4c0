"""Tariff versions in a database: one step at a time, and nothing that was written ever changes."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.db.move import move_books
from adapters.db.opening import _alembic, migrate, open_database
from adapters.db.registry import Registry
from adapters.db.tariff_rows import enter_version, priced_type
from adapters.db.views import ViewReader
from gateway.core.diary import Actor
from gateway.core.tariff_life import Standing, TariffHead, TariffState, standing
from gateway.core.tariff_rules import TariffRefusal, TariffRefused, TariffStep
from gateway.core.views import TariffVersions
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.office.step_orders import ordered
from tests.builders import NOON, posting_batch
from tests.multi_tariff.builders import BODY, DAY, STANDARD, approved, draft
from tests.steps import post


@pytest.fixture
def engine(fresh):
    return fresh.database(1)


def enter(engine, *versions):
    with engine.begin() as connection:
        for version in versions:
            enter_version(connection, version)


def stored(engine, power_type=None):
    return ViewReader(engine).rows(TariffVersions(power_type))


def drafted(engine):
    return post(engine, DraftTariff("domestic", "v2", "li", NOON + 10 * DAY, BODY, STANDARD))


def approve(engine, by="zhang", version="v2"):
    return post(engine, ApproveTariff("domestic", version, by, STANDARD))


def withdraw(engine, reason="a slip"):
    return post(engine, WithdrawTariff("domestic", "v2", "wang", reason))


# -- one step at a time ----------------------------------------------------------------------------------


def test_a_version_s_whole_life_is_kept(engine):
    enter(engine, approved("v1"))
    assert isinstance(drafted(engine), TariffStep)
    kept = draft(drafted_at=NOON)
    assert stored(engine) == [approved("v1"), kept]
    approve(engine)
    assert stored(engine)[1] == kept.approved("zhang", NOON)
    withdraw(engine, "电价 €")
    assert stored(engine)[1] == kept.approved("zhang", NOON).withdrawn("wang", NOON, "电价 €")


def test_a_version_is_drafted_and_approved_in_one_batch(engine):
    steps = [
        DraftTariff("domestic", "v2", "li", NOON + 10 * DAY, BODY, STANDARD),
        ApproveTariff("domestic", "v2", "zhang", STANDARD),
    ]
    heard = posting_batch(engine).run([ordered(Actor(step.by), step) for step in steps])
    assert [type(one) for one in heard] == [TariffStep, TariffStep]
    assert stored(engine) == [heard[1].version]


def test_what_is_refused_changes_nothing(engine):
    enter(engine, draft())
    assert isinstance(approve(engine, by="LI"), TariffRefused)
    assert stored(engine) == [draft()]


def test_the_power_type_of_a_meter_is_known(engine):
    with engine.begin() as connection:
        heard = [priced_type(connection, one).has_meters for one in ("domestic", "street_light")]
    assert heard == [True, False]


def test_of_two_who_approve_together_one_is_told_that_it_was_done(fresh):
    engine = fresh.database(1)
    enter(engine, draft())
    deciding, heard = threading.Barrier(2), []

    def run(name):
        deciding.wait()
        heard.append(approve(engine, by=name))

    people = [threading.Thread(target=run, args=(name,)) for name in ("zhang", "wang")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    (step,) = [one for one in heard if isinstance(one, TariffStep)]
    (refused,) = [one for one in heard if isinstance(one, TariffRefused)]
    assert refused.reason is TariffRefusal.APPROVED_ALREADY
    assert stored(engine) == [step.version]


def test_only_what_is_approved_prices(engine):
    gone = draft("v3", 5).withdrawn("li", NOON, "a slip")
    enter(engine, approved("v1"), draft("v2"), gone)
    assert [one.version for one in Registry(engine).tariffs()] == ["v1"]


# -- what is written stays -------------------------------------------------------------------------------


CHANGES = [
    "body = '{}'",
    "from_us = from_us + 1",
    "version = 'v9'",
    "drafted_by = 'wang'",
    "drafted_us = 5",
    "approved_by = 'wang', approved_us = 5",
    "state = 'draft', approved_by = NULL, approved_us = NULL",
    "state = 'approved', body = '{}', approved_by = 'x', approved_us = 5",
    "state = 'approved', approved_by = ' LI ', approved_us = 5",
    "state = 'approved', approved_us = 5",
    "state = 'withdrawn', approved_us = 5, withdrawn_by = 'y', withdrawn_us = 6, reason = 'z'",
    "state = 'withdrawn', approved_by = 'x', withdrawn_by = 'y', withdrawn_us = 6, reason = 'z'",
    "state = 'withdrawn', withdrawn_by = 'y'",
    "state = 'gone'",
]


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_every_other_change(engine, version, change):
    gone = draft("v3", 5).withdrawn("wang", NOON, "a slip")
    enter(engine, approved("v1"), draft("v2"), gone)
    before = stored(engine)
    statement = f"UPDATE tariff_version SET {change} WHERE version = '{version}'"  # noqa: S608 - those above
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert stored(engine) == before


def test_no_version_is_ever_taken_away(engine):
    enter(engine, draft("v2"))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tariff_version")
    assert stored(engine) == [draft("v2")]


def test_even_the_owner_of_a_server_is_stopped(postgresql):
    owner = open_database(postgresql().books()[1])
    enter(owner, approved("v1"))
    changed = "UPDATE tariff_version SET body = '{}'"
    for change in ("DELETE FROM tariff_version", "TRUNCATE tariff_version", changed):
        with pytest.raises(DBAPIError, match="tariff_version"), owner.begin() as connection:
            connection.exec_driver_sql(change)
    owner.dispose()


def test_a_version_is_not_entered_half_way_through_its_life(engine):
    for wrong in (
        replace(draft(), state=TariffState.APPROVED),
        replace(draft(), state=TariffState.WITHDRAWN),
        replace(draft(), approved_by="zhang"),
    ):
        with pytest.raises(DBAPIError):
            enter(engine, wrong)


# -- what was there before, and what is moved ------------------------------------------------------------


def test_versions_from_before_approvals_are_approved_and_in_force(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    config = _alembic()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        statement = text("INSERT INTO tariff_version VALUES (:power_type, :version, 1000000, :body)")
        for version in ("a", "b"):  # both from the same moment: nobody forbade it
            row = {"power_type": "domestic", "version": version, "body": json.dumps({"name": "电价"})}
            connection.execute(statement, row)
    migrate(engine)
    versions = stored(engine)
    assert [(one.version, one.drafted_by, one.approved_by) for one in versions] == [
        ("a", "before approvals", "before approvals"),
        ("b", "before approvals", "before approvals"),
    ]
    assert json.loads(versions[0].body) == {"name": "电价"}
    stands = [standing(one, versions, NOON) for one in versions]
    assert stands == [Standing.IN_FORCE, Standing.REPLACED]
    engine.dispose()


def test_a_move_to_a_server_carries_every_version_with_its_life(tmp_path, postgresql):
    source = open_database(f"sqlite:///{tmp_path / 'till.db'}")
    migrate(source)
    versions = [approved("v1"), draft("v2"), draft("v3", 5).withdrawn("li", NOON, "a slip")]
    enter(source, *versions)
    target = open_database(postgresql().books()[1])
    move_books(source, target, lambda _journal: [])
    assert stored(target) == sorted(versions, key=lambda one: one.place)
    source.dispose()
    target.dispose()


def test_the_head_changes_with_every_step(engine):
    reader, heads = ViewReader(engine), []

    def look():
        heads.append(reader.totals(TariffVersions()))

    enter(engine, approved("v1"))
    look()
    drafted(engine)
    look()
    approve(engine)
    look()
    withdraw(engine)
    look()
    assert heads == [TariffHead(1, 1, 0), TariffHead(2, 1, 0), TariffHead(2, 2, 0), TariffHead(2, 2, 1)]
    assert draft().from_moment - NOON == 10 * DAY
