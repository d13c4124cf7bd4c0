"""Vending keys in a database: one step at a time, and nothing that was said of a key changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import DBAPIError

from adapters.db.key_rows import enter_key, known_group
from adapters.db.move import move_books
from adapters.db.opening import migrate, open_database
from adapters.db.views import ViewReader
from gateway.core.books import Decision, Needs
from gateway.core.diary import Actor
from gateway.core.key_life import MetersAlike, SupplyGroup, VendingKey
from gateway.core.key_ring import KeyState
from gateway.core.key_words import KeyRefusal, KeyRefused, KeyStep
from gateway.core.meter import MeterState
from gateway.core.office_books import OfficeChange, OfficeNeeds
from gateway.core.views import VendingKeys
from gateway.office.step_orders import ordered
from gateway.prepayment.keep_keys import ApproveKey, LoadKey, WithdrawKey
from tests.builders import NOON, SUPPLY_GROUP, ZONE, meter_file, posting_batch
from tests.steps import name_group, post
from tests.vending_keys import KCV, approved, loaded, revision, withdrawn

PLACE = (SUPPLY_GROUP, 2)


@pytest.fixture
def engine(fresh):
    return fresh.database(1)


def enter(engine, *rows):
    with engine.begin() as connection:
        for row in rows:
            enter_key(connection, row)


def stored(engine):
    return ViewReader(engine).rows(VendingKeys())


def load(engine, by="anna", keep=None):
    return post(engine, LoadKey(by, revision(), ZONE, keep=keep))


def approve(engine, by="ben", keep=None):
    return post(engine, ApproveKey(by, PLACE, KCV, ZONE, is_whole=True, keep=keep))


def withdraw(engine, reason="a slip"):
    return post(engine, WithdrawKey("carol", PLACE, reason))


# -- one step at a time ----------------------------------------------------------------------------------


def test_a_key_s_whole_life_is_kept(engine):
    load(engine)
    (pending,) = stored(engine)
    assert pending == replace(loaded(), loaded_at=NOON, id=1)
    approve(engine)
    assert stored(engine) == [pending.approved("ben", NOON)]
    withdraw(engine, "钥匙 €")
    assert stored(engine) == [pending.approved("ben", NOON).withdrawn("carol", NOON, "钥匙 €")]


def test_every_word_that_is_said_of_a_key_is_kept(engine):
    full = loaded(
        9, dkga="02", ken=200, issue_until_us=revision().active_from_us + 1, kt=1, base_date=2035,
        credit_limit_wh=2**62, label="a label", sgc="000001",
    )  # fmt: skip
    enter(engine, full)
    assert stored(engine) == [replace(full, id=1)]


def test_a_revision_that_was_withdrawn_is_loaded_again_as_another_row(engine):
    load(engine)
    withdraw(engine)
    load(engine)
    assert [(key.id, key.state) for key in stored(engine)] == [(1, KeyState.WITHDRAWN), (2, KeyState.PENDING)]


def test_what_is_refused_changes_nothing(engine):
    load(engine)
    before = stored(engine)
    assert isinstance(approve(engine, by="ANNA"), KeyRefused)
    assert isinstance(load(engine), KeyRefused)
    assert stored(engine) == before


def test_what_keeps_the_key_comes_before_the_commit_and_takes_the_row_back(engine):
    def keep():
        raise LookupError("the disk is full")

    with pytest.raises(LookupError):
        load(engine, keep=keep)
    assert stored(engine) == []
    load(engine)
    with pytest.raises(LookupError):
        approve(engine, keep=keep)
    assert [key.state for key in stored(engine)] == [KeyState.PENDING]
    approve(engine)


def test_of_two_who_load_together_one_is_told_that_it_stands_already(fresh):
    engine = fresh.database(1)
    deciding, heard = threading.Barrier(2), []

    def run(name):
        deciding.wait()
        heard.append(load(engine, by=name))

    people = [threading.Thread(target=run, args=(name,)) for name in ("anna", "carol")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    (step,) = [one for one in heard if isinstance(one, KeyStep)]
    (refused,) = [one for one in heard if isinstance(one, KeyRefused)]
    assert refused.reason is KeyRefusal.STANDS_ALREADY
    assert stored(engine) == [replace(step.key, id=1)]


# -- what is known of a group ----------------------------------------------------------------------------


def known(engine, sgc=SUPPLY_GROUP):
    with engine.begin() as connection:
        return known_group(connection, sgc)


def test_meters_in_use_are_counted_by_their_keys(fresh):
    files = [
        meter_file(1),
        meter_file(2),
        meter_file(3, state=MeterState.REMOVED),
        meter_file(4, state=MeterState.BLOCKED),
    ]
    files[1] = replace(files[1], identity=replace(files[1].identity, krn=2))
    files.append(meter_file(5))
    files[4] = replace(files[4], identity=replace(files[4].identity, sgc="300001"))
    group = known(fresh.database(meters=files))
    assert group.meters == (MetersAlike("11", 1, 2, 2014, 2), MetersAlike("11", 2, 2, 2014, 1))


def test_a_group_has_its_name_and_zone(engine):
    assert known(engine).group is None
    far = SupplyGroup(SUPPLY_GROUP, "Far east", "Asia/Jayapura")
    name_group(engine, SupplyGroup(SUPPLY_GROUP, "East"))
    assert (known(engine).group, known(engine).zone) == (SupplyGroup(SUPPLY_GROUP, "East"), None)
    name_group(engine, far)
    assert (known(engine).group, known(engine).zone) == (far, ZoneInfo("Asia/Jayapura"))


# -- what is written stays -------------------------------------------------------------------------------


CHANGES = [
    "kcv = '000000'",
    "ken = ken - 1",
    "keeper = 'file'",
    "credit_limit_wh = 5",
    "active_from_us = active_from_us - 1",
    "issue_until_us = 5",
    "label = 'other'",
    "loaded_by = 'carol'",
    "id = 9",
    "krn = 8",
    "state = 'pending', approved_by = NULL, approved_us = NULL",
    "state = 'approved', approved_by = ' ANNA ', approved_us = 5",
    "state = 'approved', approved_us = 5",
    "state = 'approved', kcv = '000000', approved_by = 'x', approved_us = 5",
    "state = 'withdrawn', withdrawn_by = 'y'",
    "state = 'gone'",
]


@pytest.mark.parametrize("krn", [1, 2, 3])
@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_every_other_change(engine, krn, change):
    enter(engine, approved(1), loaded(2), withdrawn(loaded(3)))
    before = stored(engine)
    statement = f"UPDATE vending_key SET {change} WHERE krn = {krn}"  # noqa: S608 - those above
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert stored(engine) == before


def test_a_place_is_never_taken_twice(engine):
    enter(engine, approved(1))
    with pytest.raises(DBAPIError):
        enter(engine, loaded(1))


def test_no_key_is_ever_taken_away(engine):
    enter(engine, withdrawn(loaded()))
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM vending_key")
    assert len(stored(engine)) == 1


def test_even_the_owner_of_a_server_is_stopped(postgresql):
    owner = open_database(postgresql().books()[1])
    enter(owner, approved())
    for change in ("DELETE FROM vending_key", "TRUNCATE vending_key", "UPDATE vending_key SET kcv = 'x'"):
        with pytest.raises(DBAPIError, match="vending_key"), owner.begin() as connection:
            connection.exec_driver_sql(change)
    owner.dispose()


def test_what_the_database_refuses_fails_alone(engine):
    load(engine)
    again = replace(loaded(), id=1).approved("ANNA", NOON)
    batch = posting_batch(engine)
    heard = batch.run([Unruled(again), ordered(Actor("carol"), WithdrawKey("carol", PLACE, "a slip"))])
    assert isinstance(heard[0], DBAPIError)
    assert isinstance(heard[1], KeyStep)
    assert [key.state for key in stored(engine)] == [KeyState.WITHDRAWN]


@dataclass(frozen=True)
class Unruled:
    """A step that no rule has judged: the first person approves."""

    step: VendingKey
    key: str = "unruled"
    digest: str = ""
    channel: str = "test"

    def needs(self):
        return Needs(office=OfficeNeeds(groups=(SUPPLY_GROUP,)))

    def decide(self, _books, _now):
        return Decision(KeyStep(self.step), office=OfficeChange(keys=(self.step,)))


def test_a_key_is_loaded_and_approved_in_one_batch(engine):
    people = Actor("anna"), Actor("ben")
    steps = LoadKey("anna", revision(), ZONE), ApproveKey("ben", PLACE, KCV, ZONE, is_whole=True)
    heard = posting_batch(engine).run([ordered(*one) for one in zip(people, steps, strict=True)])
    assert [type(one) for one in heard] == [KeyStep, KeyStep]
    assert stored(engine) == [heard[1].key]
    assert heard[1].key.id == 1


def test_a_move_to_a_server_carries_keys_and_groups(tmp_path, postgresql):
    source = open_database(f"sqlite:///{tmp_path / 'till.db'}")
    migrate(source)
    enter(source, approved(1), withdrawn(loaded(2)), loaded(2))
    name_group(source, SupplyGroup(SUPPLY_GROUP, "East"))
    owner = open_database(postgresql().books()[1])
    move_books(source, owner, lambda _journal: [])
    assert stored(owner) == stored(source)
    assert ViewReader(owner).totals(VendingKeys()) == ViewReader(source).totals(VendingKeys())
    # What comes next has the next number.
    assert isinstance(approve(owner), KeyStep)
    withdraw(owner)
    load(owner)
    assert [key.id for key in stored(owner)] == [1, 2, 3, 4]
    source.dispose()
    owner.dispose()


def test_the_head_changes_with_every_step(engine):
    heads = [ViewReader(engine).totals(VendingKeys())]
    for step in (load, approve, withdraw, lambda books: name_group(books, SupplyGroup("201457", "E"))):
        step(engine)
        heads.append(ViewReader(engine).totals(VendingKeys()))
    assert len(set(heads)) == len(heads)
