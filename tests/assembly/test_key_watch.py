"""The watch over vending keys: what is approved is taken, a look that fails leaves the ring as it was."""

from __future__ import annotations

import logging
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from gateway.assembly.key_watch import LOOK_EVERY_S, KeyWatch
from gateway.core.key_life import SupplyGroup
from gateway.core.key_ring import KeyKeeper, KeyRevision, KeyState
from gateway.core.token import IssuerRefusalWhy
from gateway.core.views import VendingKeys
from gateway.endpoints.health import Standing
from gateway.tally import NoTally
from tests.builders import NOON, books, identity
from tests.naive_views import NaiveViews
from tests.vending_keys import DAY, approved, loaded, withdrawn

NOW_US = approved().revision.active_from_us
FILES = [("201457", 1)]
OF_FILE = KeyRevision("201457", 1)


class Watched:
    """A gateway with the key of a plain file, and a watch that looks every few seconds."""

    def __init__(self):
        self.clock, self.views = Clock(), NaiveViews(books())
        self.watch = KeyWatch(self.views, FILES, self.clock, NoTally())

    def enter(self, *keys):
        self.views.keys += [replace(key, id=len(self.views.keys) + n) for n, key in enumerate(keys, 1)]

    def becomes(self, key):
        self.views.keys[-1] = key

    def looks(self, count=1):
        self.clock.pump([LOOK_EVERY_S] * count)

    @property
    def ring(self):
        return self.watch.ring()

    def asked(self):
        """How often the keys themselves were read."""
        return sum(query == VendingKeys() for query in self.views.asked)


@pytest.fixture
def watched():
    made = Watched()
    made.watch.start()
    return made


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.INFO, logger="powertill.keys")
    return lambda: [(record.levelname, record.message, record.fields) for record in caplog.records]


def test_the_first_look_is_done_before_anything_is_started():
    watched = Watched()
    watched.enter(approved(2))
    loading = Deferred.fromCoroutine(watched.watch.load())
    assert loading.called
    assert watched.ring.revisions["201457", 2] == approved(2).revision


def test_a_first_look_that_fails_is_raised(monkeypatch):
    watched, heard = Watched(), []
    monkeypatch.setattr(watched.views, "totals", lambda _query: fail(ZeroDivisionError("gone")))
    Deferred.fromCoroutine(watched.watch.load()).addErrback(lambda failure: heard.append(failure.type))
    assert heard == [ZeroDivisionError]


def test_without_keys_in_the_registry_those_of_files_are_all_there_are(watched):
    assert watched.ring.revisions == {("201457", 1): OF_FILE}
    assert watched.watch.check().says == "approved vending keys: 1"


def test_an_approved_key_is_taken_at_the_next_look_and_said(watched, logged):
    watched.enter(approved(2))
    assert ("201457", 2) not in watched.ring.revisions
    watched.looks()
    assert watched.ring.serving("201457", NOW_US).krn == 2
    assert logged()[-1] == ("INFO", "keys.taken", {"keys": "201457/1 approved, 201457/2 approved"})


def test_under_a_pending_key_no_token_is_made_nor_under_a_withdrawn_one(watched):
    watched.enter(loaded(2))
    watched.looks()
    of_meter = identity(krn=2)
    assert watched.ring.refusal(of_meter, 0, NOW_US) is IssuerRefusalWhy.NOT_APPROVED
    watched.becomes(replace(approved(2), id=1))
    watched.looks()
    assert watched.ring.refusal(of_meter, 0, NOW_US) is None
    watched.becomes(withdrawn(watched.views.keys[-1]))
    watched.looks()
    assert watched.ring.refusal(of_meter, 0, NOW_US) is IssuerRefusalWhy.NOT_APPROVED


def test_a_key_that_waits_for_its_second_person_does_not_stop_the_sales_under_the_file_s(watched):
    watched.enter(loaded(1))
    watched.looks()
    assert watched.ring.revisions["201457", 1] == OF_FILE
    watched.becomes(withdrawn(watched.views.keys[-1]))
    watched.looks()
    assert watched.ring.revisions["201457", 1] == OF_FILE


def test_where_both_name_a_revision_the_registry_wins_from_its_approval_on(watched):
    watched.enter(approved(1))
    watched.looks()
    assert watched.ring.revisions["201457", 1].keeper is KeyKeeper.SEALED
    watched.becomes(withdrawn(watched.views.keys[-1]))
    watched.looks()
    assert watched.ring.revisions["201457", 1].state is KeyState.WITHDRAWN


def test_one_person_alone_does_not_bring_back_the_file_s_key_that_two_have_withdrawn(watched):
    watched.enter(withdrawn(approved(1)))
    watched.enter(loaded(1))
    watched.looks()
    assert watched.ring.revisions["201457", 1].state is KeyState.PENDING


def test_a_group_that_gets_another_clock_is_news(watched):
    watched.views.groups = [SupplyGroup("201457", "East")]
    watched.looks()
    assert watched.ring.zones == {}
    watched.views.groups = [SupplyGroup("201457", "East", "Asia/Jayapura")]
    watched.looks()
    assert watched.ring.zones == {"201457": ZoneInfo("Asia/Jayapura")}


def test_limited_keys_name_their_accounts(watched):
    watched.enter(approved(2, credit_limit_wh=5_000))
    watched.looks()
    assert watched.ring.limited == ("E.ISSUED:201457.2",)


def test_while_nothing_changes_the_keys_are_not_read_again(watched):
    before = watched.asked()
    watched.looks(100)
    assert watched.asked() == before
    watched.enter(approved(2))
    watched.looks(100)
    assert watched.asked() == before + 1


def test_a_look_that_fails_leaves_the_ring_is_told_once_and_the_next_one_comes(watched, logged, monkeypatch):
    watched.enter(approved(2))
    said = len(logged())
    with monkeypatch.context() as broken:
        broken.setattr(watched.views, "rows", lambda _query: fail(ZeroDivisionError("gone")))
        watched.looks(10)
        check = watched.watch.check()
        assert (check.name, check.standing) == ("keys", Standing.DEGRADED)
        assert check.says == "vending keys cannot be looked for: gone"
        assert watched.ring.revisions == {("201457", 1): OF_FILE}
    assert [name for _, name, _ in logged()[said:]] == ["keys.look_failed"]
    watched.looks()
    assert ("201457", 2) in watched.ring.revisions
    assert watched.watch.check().standing is Standing.OK


def test_more_keys_than_a_page_has_are_all_taken(watched, monkeypatch):
    watched.enter(*(approved(krn) for krn in range(2, 10)))
    rows = watched.views.rows
    monkeypatch.setattr(watched.views, "rows", lambda query: rows(VendingKeys(after=query.after, limit=3)))
    watched.looks()
    assert len(watched.ring.revisions) == 9


def test_a_stop_waits_for_the_look_in_work_and_no_other_comes(watched, monkeypatch):
    answer: Deferred = Deferred()
    monkeypatch.setattr(watched.views, "totals", lambda _query: answer)
    watched.looks()
    stopped = watched.watch.stop()
    assert not stopped.called
    answer.errback(ZeroDivisionError())
    assert stopped.called
    assert watched.clock.getDelayedCalls() == []


def test_days_are_what_the_builders_say():
    assert approved(days=1).active_from == NOON + DAY
