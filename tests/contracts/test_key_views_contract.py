"""What whoever asks for vending keys may rely on: the same rules over the double and both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.db.key_rows import enter_key
from adapters.db.views import ViewReader
from gateway.core import views as v
from gateway.core.key_life import KeyHead, SupplyGroup
from tests.builders import books
from tests.databases import Fresh
from tests.naive_views import NaiveViews
from tests.steps import name_group
from tests.vending_keys import approved, loaded, withdrawn

EAST, WEST = SupplyGroup("201457", "East"), SupplyGroup("300001", "West", "Asia/Jayapura")
#: One key of the west; of the east one that serves, one that was withdrawn and loaded again.
KEYS = [
    replace(key, id=place)
    for place, key in enumerate([approved(1), withdrawn(approved(2)), loaded(2), approved(sgc="300001")], 1)
]


class OnBooks:
    """The double."""

    def __init__(self):
        self._views = NaiveViews(books())

    def enter(self):
        self._views.keys += KEYS
        self._views.groups += [EAST, WEST]

    def ask(self, how, query):
        heard: list = []
        getattr(self._views, how)(query).addCallback(heard.append)
        return heard[0]


class OnDatabase:
    """The real one."""

    def __init__(self, fresh):
        self._engine = fresh.database(1)

    def enter(self):
        with self._engine.begin() as connection:
            for key in KEYS:
                enter_key(connection, key)
        for group in (WEST, EAST):
            name_group(self._engine, group)

    def ask(self, how, query):
        return getattr(ViewReader(self._engine), how)(query)


@pytest.fixture(params=["double", "sqlite", "postgresql"])
def registry(request, tmp_path, postgresql):
    if request.param == "double":
        return OnBooks()
    return OnDatabase(Fresh(request.param, tmp_path, postgresql))


def test_new_books_have_no_key_and_no_group(registry):
    assert registry.ask("rows", v.VendingKeys()) == []
    assert registry.ask("totals", v.VendingKeys()) == KeyHead(0, 0, 0)


def test_keys_come_by_group_revision_and_age_with_all_that_became_of_them(registry):
    registry.enter()
    assert registry.ask("rows", v.VendingKeys()) == KEYS
    assert registry.ask("rows", v.VendingKeys("300001")) == KEYS[3:]
    assert registry.ask("rows", v.VendingKeys("999999")) == []


def test_the_head_counts_steps_and_names_the_groups_however_short_the_page(registry):
    registry.enter()
    assert registry.ask("count", v.VendingKeys(limit=1)) == 4
    assert registry.ask("totals", v.VendingKeys(limit=1)) == KeyHead(4, 3, 1, (EAST, WEST))
    assert registry.ask("totals", v.VendingKeys("201457")) == KeyHead(3, 2, 1, (EAST,))


def test_keys_are_turned_over_page_by_page(registry):
    registry.enter()
    found, page = [], registry.ask("rows", v.VendingKeys(limit=3))
    while page:
        found += page
        page = registry.ask("rows", v.VendingKeys(after=page[-1], limit=3))
    assert found == KEYS


@pytest.mark.parametrize("limit", [0, v.PAGE_MAX + 1])
def test_a_page_has_its_limits(limit):
    with pytest.raises(ValueError, match="1 to 1000 rows"):
        v.VendingKeys(limit=limit)
    with pytest.raises(ValueError, match="1 to 1000 rows"):
        v.MetersNotMigrated(0, limit=limit)
