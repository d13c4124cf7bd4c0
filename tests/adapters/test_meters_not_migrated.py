"""The meters that hold another key than serves their group: as the sale itself would find it, in pages."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import text

from adapters.db.key_rows import enter_key
from adapters.db.meter_text import key_change_text
from adapters.db.views import ViewReader
from gateway.core.key_change import KeyChange, with_due_change
from gateway.core.key_ring import KeyRing
from gateway.core.meter import MeterState
from gateway.core.timeline import microseconds
from gateway.core.views import GroupMigration, MeterNotMigrated, MetersNotMigrated
from tests.builders import NOON, identity, meter, meter_file
from tests.vending_keys import DAY, approved, loaded, withdrawn

NOW_US = microseconds(NOON)
SINCE_US = microseconds(NOON - DAY)
KEYS = [
    approved(1, -30),
    approved(2, -10),
    approved(3, 10),
    loaded(4, -5),
    withdrawn(approved(5, -1)),
    approved(1, -30, sgc="300001"),
]


def town(fresh, *identities, changing=(), removed=()):
    """A meter for each identity; ``changing`` are on their way to revision 2, ``removed`` are out of use."""
    files = [
        replace(
            meter_file(place, state=MeterState.REMOVED if place in removed else MeterState.ACTIVE),
            identity=one,
        )
        for place, one in enumerate(identities, 1)
    ]
    engine = fresh.database(meters=files)
    with engine.begin() as connection:
        for key in KEYS:
            enter_key(connection, key)
        for place in changing:
            held = identities[place - 1]
            said = key_change_text(KeyChange(replace(held, krn=2), 255, SINCE_US))
            connection.execute(
                text("UPDATE meter SET key_change = :said WHERE pan = :pan"), {"said": said, "pan": held.pan}
            )
    return ViewReader(engine)


@pytest.fixture
def views(fresh):
    """1 is behind, 2 on its way, 3 holds the key, 4 is removed, 5 is west, 6 of a group without keys."""
    return town(
        fresh,
        identity(1),
        identity(2),
        identity(3, krn=2),
        identity(4),
        identity(5, sgc="300001"),
        identity(6, sgc="999999"),
        changing=[2],
        removed=[4],
    )


def test_who_is_behind_and_who_is_on_the_way_are_listed(views):
    assert views.rows(MetersNotMigrated(NOW_US)) == [
        MeterNotMigrated(identity(1).pan, "A1", "201457", 1, 2014, None),
        MeterNotMigrated(identity(2).pan, "A2", "201457", 1, 2014, SINCE_US),
    ]


def test_every_group_is_told_with_its_meters(views):
    assert views.totals(MetersNotMigrated(NOW_US)) == (
        GroupMigration("201457", 3, 1, 1),
        GroupMigration("300001", 1, 0, 0),
        GroupMigration("999999", 1, 0, 0),
    )
    assert views.totals(MetersNotMigrated(NOW_US, "201457")) == (GroupMigration("201457", 3, 1, 1),)
    assert views.count(MetersNotMigrated(NOW_US)) == 2


def test_as_soon_as_the_next_key_serves_its_meters_are_behind(views):
    later = microseconds(NOON + 10 * DAY)
    assert views.totals(MetersNotMigrated(later, "201457")) == (GroupMigration("201457", 3, 1, 2),)
    assert views.totals(MetersNotMigrated(later - 1, "201457")) == (GroupMigration("201457", 3, 1, 1),)


def test_another_key_type_or_base_date_is_another_key(fresh):
    views = town(fresh, identity(1, krn=2, kt=1), identity(2, krn=2, base_date=1993), identity(3, krn=2))
    assert [one.pan for one in views.rows(MetersNotMigrated(NOW_US))] == [identity(1).pan, identity(2).pan]


def test_books_without_keys_move_no_meter(fresh):
    views = ViewReader(fresh.database(2))
    assert views.rows(MetersNotMigrated(NOW_US)) == []
    assert views.totals(MetersNotMigrated(NOW_US)) == (GroupMigration("201457", 2, 0, 0),)
    assert views.count(MetersNotMigrated(NOW_US)) == 0


def test_new_books_have_no_group(fresh):
    assert ViewReader(fresh.database(0)).totals(MetersNotMigrated(NOW_US)) == ()


def test_the_list_is_what_the_next_sale_would_find_and_is_turned_over_page_by_page(fresh):
    dice = random.Random(7)
    drawn = [
        identity(
            serial, krn=dice.randint(1, 3), kt=dice.choice([1, 2]), base_date=dice.choice([1993, 2014]),
            sgc=dice.choice(["201457", "300001", "999999"]),
        )
        for serial in range(1, 61)
    ]  # fmt: skip
    views = town(fresh, *drawn)
    ring = KeyRing.of(key.revision for key in KEYS)
    due = sorted(
        one.pan for one in drawn if with_due_change(meter(identity=one), ring, NOON).key_change is not None
    )
    found: list[MeterNotMigrated] = []
    page = views.rows(MetersNotMigrated(NOW_US, limit=7))
    while page:
        found += page
        page = views.rows(MetersNotMigrated(NOW_US, after=page[-1], limit=7))
    assert [one.pan for one in found] == due
    assert views.count(MetersNotMigrated(NOW_US, limit=1)) == len(due)
    assert 0 < len(due) < len(drawn)
