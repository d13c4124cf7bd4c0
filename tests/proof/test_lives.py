"""A tariff version or vending key that is another than the sealed diary tells is found, whatever was done."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.key_rows import enter_key
from adapters.db.registry import Registry, StoredTariff
from adapters.db.tariff_rows import enter_version
from gateway.core.diary import Actor
from gateway.core.key_life import SupplyGroup
from gateway.multi_tariff.publish_tariff import ApproveTariff, DraftTariff, WithdrawTariff
from gateway.prepayment.keep_keys import ApproveKey, LoadKey, WithdrawKey
from tests import vending_keys
from tests.builders import NOON, SUPPLY_GROUP, ZONE
from tests.multi_tariff.builders import BODY, DAY, STANDARD, approved, draft
from tests.steps import name_group, post
from tests.tampered import Tampered

#: A moment in 2030: the diary has begun by then.
LATER_US = "1900000000000000"


class Books(Tampered):
    """Books with old and new versions and keys, in the hands of somebody who may do anything to them."""

    def __init__(self, fresh):
        super().__init__(fresh)
        with self.engine.begin() as connection:  # from before the diary
            enter_version(connection, approved("v1"))
            enter_version(connection, draft("old", 40))
            enter_key(connection, vending_keys.approved(1))

    def post(self, *steps):
        for step in steps:
            post(self.engine, step)

    def live(self):
        """Two versions and two keys, one of each wholly gone through, and steps that were refused."""
        name_group(self.engine, SupplyGroup(SUPPLY_GROUP, "East; key 1"))
        self.post(
            DraftTariff("domestic", "v2", "li", NOON + 10 * DAY, BODY, STANDARD),
            ApproveTariff("domestic", "v2", "li", STANDARD),
            ApproveTariff("domestic", "v2", "zhang", STANDARD),
            DraftTariff("domestic", "v3", "li", NOON + 20 * DAY, BODY, STANDARD),
            WithdrawTariff("domestic", "v3", "li", "a slip; tariff domestic v2"),
            ApproveTariff("domestic", "old", "zhang", STANDARD),
        )
        load = LoadKey("anna", vending_keys.revision(), ZONE)
        self.post(load, WithdrawKey("anna", (SUPPLY_GROUP, 2), "a slip; key 1 of"), load)
        place, kcv = (SUPPLY_GROUP, 2), vending_keys.KCV
        self.post(ApproveKey("ben", place, kcv, ZONE, is_whole=True))
        return self


@pytest.fixture
def books(fresh):
    made = Books(fresh)
    yield made
    made.close()


def test_what_nobody_touched_is_as_the_diary_tells_it(books):
    assert books.findings() == []
    books.live()
    assert books.findings() == []


def test_each_step_of_a_life_has_a_line_and_so_has_each_refusal(books):
    books.live()
    with books.engine.connect() as connection:
        kinds = connection.execute(
            select(t.diary.c.function, t.diary.c.action, t.diary.c.outcome, func.count())
            .group_by(t.diary.c.function, t.diary.c.action, t.diary.c.outcome)
            .order_by(t.diary.c.function, t.diary.c.action, t.diary.c.outcome)
        ).all()
    assert [tuple(row) for row in kinds] == [
        ("keys", "approve", "done", 1),
        ("keys", "change", "done", 1),
        ("keys", "order", "done", 2),
        ("keys", "withdraw", "done", 1),
        ("tariffs", "approve", "done", 2),
        ("tariffs", "approve", "refused", 1),
        ("tariffs", "order", "done", 2),
        ("tariffs", "withdraw", "done", 1),
    ]


def test_a_line_names_who_what_and_the_body_s_digest(books):
    books.live()
    with books.engine.connect() as connection:
        row = connection.execute(
            select(t.diary).where(t.diary.c.action == "withdraw", t.diary.c.function == "tariffs")
        ).one()
    assert (row.actor, row.subject) == ("local:li", "domestic, version v3")
    assert row.detail.startswith("a slip; tariff domestic v2; tariff domestic v3, from 2026-12-13T04:00:00")


VERSION = "UPDATE tariff_version SET {} WHERE version = '{}'"
KEY = "UPDATE vending_key SET {} WHERE id = {}"
TAMPERINGS = {
    "a price": VERSION.format("body = replace(body, '0.4', '0.1')", "v2"),
    "a blank in a price": VERSION.format("body = body || ' '", "v2"),
    "the price of one drafted before the diary": VERSION.format("body = '{}'", "old"),
    "a moment": VERSION.format("from_us = from_us + 1", "v2"),
    "a name": VERSION.format("version = 'v9'", "v2"),
    "who approved": VERSION.format("approved_by = 'wang'", "v2"),
    "an approval taken back": VERSION.format("state = 'draft', approved_by = NULL, approved_us = NULL", "v2"),
    "a withdrawal taken back": VERSION.format(
        "state = 'draft', withdrawn_by = NULL, withdrawn_us = NULL, reason = NULL", "v3"
    ),
    "a withdrawal half taken back": VERSION.format("state = 'draft', withdrawn_us = NULL", "v3"),
    "an approval that was never given": VERSION.format(
        f"approved_by = 'wang', approved_us = {LATER_US}", "v3"
    ),
    "a withdrawal that was never given": VERSION.format(
        "state = 'withdrawn', withdrawn_by = 'x', withdrawn_us = 5, reason = 'y'", "v2"
    ),
    "a late withdrawal of one from before the diary": VERSION.format(
        f"state = 'withdrawn', withdrawn_by = 'x', withdrawn_us = {LATER_US}, reason = 'y'", "v1"
    ),
    "a version taken out": "DELETE FROM tariff_version WHERE version = 'v3'",
    "a version put in": (
        "INSERT INTO tariff_version (power_type, version, from_us, body, state, drafted_by, drafted_us) "
        "VALUES ('domestic', 'v8', 5, '{}', 'draft', 'li', 1900000000000000)"
    ),
    "a check value": KEY.format("kcv = '000000'", 3),
    "the end of a key": KEY.format("issue_until_us = active_from_us + 1", 3),
    "a limit": KEY.format("credit_limit_wh = 5", 3),
    "an expiry number": KEY.format("ken = 200", 3),
    "a label": KEY.format("label = 'x'", 3),
    "who loaded": KEY.format("loaded_by = 'carol'", 3),
    "a key taken out": "DELETE FROM vending_key WHERE id = 2",
    "a number": KEY.format("id = 9", 2),
}


@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_row_that_is_another_than_its_lines_is_found(books, statement):
    found = books.live().findings(statement)
    assert found
    assert all(one.startswith(("tariff domestic ", "key ")) for one in found)


def test_what_a_gateway_begins_with_is_let_be_though_its_clock_was_wrong_that_day(books):
    body = {"name": "of the first day"}
    Registry(books.engine).enter_tariff(StoredTariff("domestic", "v0", NOON - 90 * DAY, body))
    books.live()
    late = f"drafted_us = {LATER_US}, approved_us = {LATER_US}"
    assert books.findings(VERSION.format(late, "v0")) == []
    assert books.findings(VERSION.format("approved_by = 'set-up', drafted_by = 'set-up'", "v2"))


def test_one_from_before_the_diary_is_let_be(books):
    books.live()
    assert books.findings(VERSION.format("body = '{}'", "v1"), KEY.format("kcv = '000000'", 1)) == []


def test_a_value_that_no_column_is_made_for_is_a_finding_and_no_fault(fresh, books):
    unchecked = {
        "sqlite": "PRAGMA ignore_check_constraints = 1",
        "postgresql": "ALTER TABLE vending_key DROP CONSTRAINT vending_key_state",
    }
    found = books.live().findings(KEY.format("state = 'gone'", 3), unchecked=unchecked[fresh.kind])
    assert found == ["a tariff version or a vending key holds values that no column of its table is made for"]


def test_a_step_from_a_browser_where_nobody_is_signed_in_is_refused_and_told(books):
    step = DraftTariff("domestic", "v2", "li", NOON + 10 * DAY, BODY, STANDARD)
    heard = post(books.engine, step, actor=Actor("li", "a session"))
    assert "nobody is signed in" in heard.sentence
    with books.engine.connect() as connection:
        row = connection.execute(select(t.diary)).one()
        assert connection.execute(select(func.count()).select_from(t.tariff_version)).scalar() == 2
    assert (row.actor, row.outcome) == ("li", "refused")
    assert books.findings() == []
