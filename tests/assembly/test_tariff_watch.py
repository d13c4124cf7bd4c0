"""The watch over tariff versions: what is approved is taken in time, what cannot be read changes no price."""

from __future__ import annotations

import logging

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from gateway.assembly.tariff_watch import LOOK_EVERY_S, TariffWatch
from gateway.core.money import Money
from gateway.core.outcome import Declined
from gateway.core.tariff_life import LEAD_S
from gateway.core.views import TariffVersions
from gateway.endpoints.health import Standing
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.read_version import read_version
from gateway.ports import LedgerBusy
from tests.builders import NOON, Till, meter
from tests.doubles import BooksPoster
from tests.multi_tariff.builders import DAY, approved, body, draft
from tests.naive_views import NaiveViews


class Counted:
    """A tally that keeps what it hears."""

    def __init__(self):
        self.levels: dict[str, float] = {}
        self.counts: list[str] = []

    def level(self, name, value):
        self.levels[name] = value

    def count(self, name):
        self.counts.append(name)


class Watched:
    """A gateway that sells by v1, and a watch that looks every few seconds."""

    def __init__(self):
        self.clock, self.tally, self.till = Clock(), Counted(), Till()
        self.poster = BooksPoster(self.till.books, lambda: NOON)
        self.views = NaiveViews(self.till.books)
        self.views.tariffs = [approved("v1")]
        self.pricing = TariffPricing([read_version(approved("v1"))])
        self.watch = TariffWatch(self.views, self.poster, self.pricing, self.clock, self.tally)

    def looks(self, count=1):
        self.clock.pump([LOOK_EVERY_S] * count)

    def sells_by(self, days):
        priced = self.pricing.price(meter(), Money(10_000, "CNY"), NOON + days * DAY, {}, "east")
        return priced if isinstance(priced, Declined) else priced.version

    def asked(self):
        """How often the versions themselves were read."""
        return sum(query == TariffVersions() for query in self.views.asked)


@pytest.fixture
def watched():
    made = Watched()
    made.watch.start()
    return made


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.INFO, logger="powertill.tariffs")
    return lambda: [(record.levelname, record.message, record.fields) for record in caplog.records]


def test_many_looks_fit_between_an_approval_and_its_moment():
    assert LEAD_S >= 10 * LOOK_EVERY_S


def test_at_the_start_it_says_how_many_versions_there_are(logged):
    watched = Watched()
    watched.watch.start()
    assert logged() == [("INFO", "tariffs.taken", {"versions": 1, "new": "", "gone": ""})]
    assert watched.watch.check().says == "approved versions: 1"
    assert watched.tally.levels == {"tariff_versions": 1}


def test_an_approved_version_is_taken_at_the_next_look_and_counts_from_its_moment(watched, logged):
    watched.views.tariffs.append(approved("v2", 10))
    assert watched.sells_by(10) == "v1"
    watched.looks()
    assert (watched.sells_by(9.9), watched.sells_by(10)) == ("v1", "v2")
    assert logged()[-1] == ("INFO", "tariffs.taken", {"versions": 2, "new": "domestic/v2", "gone": ""})


def test_a_draft_prices_nothing_and_makes_no_noise(watched, logged):
    said = len(logged())
    watched.views.tariffs.append(draft("v2", 10))
    watched.looks()
    assert watched.sells_by(10) == "v1"
    assert len(logged()) == said


def test_a_withdrawn_version_is_left_out(watched, logged):
    watched.views.tariffs.append(approved("v2", 10))
    watched.looks()
    watched.views.tariffs[-1] = approved("v2", 10).withdrawn("wang", NOON, "a slip")
    watched.looks()
    assert watched.sells_by(10) == "v1"
    assert logged()[-1][2] == {"versions": 1, "new": "", "gone": "domestic/v2"}


def test_while_nothing_changes_the_versions_are_not_read_again(watched):
    before = watched.asked()
    watched.looks(100)
    assert watched.asked() == before
    watched.views.tariffs.append(draft("v2", 10))
    watched.looks(100)
    assert watched.asked() == before + 1


def test_a_version_that_cannot_be_read_changes_no_price_and_is_told(watched, logged):
    watched.views.tariffs += [approved("v2", 10), approved("v3", 11, body=body(colour="red"))]
    watched.looks(100)
    assert watched.sells_by(20) == "v1"
    why = "colour: is not a key of a tariff"
    assert logged() == [("ERROR", "tariffs.unread", {"version": "domestic/v3", "why": why})]
    assert [command.key for command in watched.poster.heard] == ["unread_tariff/domestic/v3"]
    assert watched.tally.counts == ["tariff_faults"]
    check = watched.watch.check()
    assert (check.name, check.standing) == ("tariffs", Standing.DEGRADED)
    assert check.says == f"domestic/v3 cannot be read, so the prices before it go on: {why}"


def test_once_it_is_withdrawn_all_others_are_taken(watched):
    watched.views.tariffs += [approved("v2", 10), approved("v3", 11, body="{")]
    watched.looks()
    watched.views.tariffs[-1] = watched.views.tariffs[-1].withdrawn("wang", NOON, "broken")
    watched.looks()
    assert watched.sells_by(20) == "v2"
    assert watched.watch.check().standing is Standing.OK


def test_a_person_is_told_even_if_the_ledger_was_busy_at_first(watched, monkeypatch):
    watched.views.tariffs.append(approved("v2", 10, body="{"))
    with monkeypatch.context() as busy:
        busy.setattr(watched.poster, "post", lambda _note: fail(LedgerBusy("full")))
        watched.looks(3)
    assert watched.poster.heard == []
    watched.looks()
    assert len(watched.poster.heard) == 1


def test_a_look_that_fails_is_told_once_and_the_next_one_comes(watched, logged, monkeypatch):
    watched.views.tariffs.append(approved("v2", 10))
    with monkeypatch.context() as broken:
        broken.setattr(watched.views, "totals", lambda _query: fail(ZeroDivisionError("gone")))
        watched.looks(10)
        assert watched.watch.check().says == "approved versions cannot be looked for: gone"
        assert watched.watch.check().standing is Standing.DEGRADED
    assert [name for _, name, _ in logged()] == ["tariffs.look_failed"]
    watched.looks()
    assert watched.sells_by(10) == "v2"
    assert watched.watch.check().standing is Standing.OK


def test_more_versions_than_a_page_has_are_all_taken(watched, monkeypatch):
    watched.views.tariffs += [approved(f"v{n}", n) for n in range(2, 12)]
    rows = watched.views.rows
    monkeypatch.setattr(watched.views, "rows", lambda query: rows(TariffVersions(after=query.after, limit=3)))
    watched.looks()
    assert [watched.sells_by(day) for day in (2, 11)] == ["v2", "v11"]


def test_a_stop_waits_for_the_look_in_work_and_no_other_comes(watched, monkeypatch):
    answer: Deferred = Deferred()
    monkeypatch.setattr(watched.views, "totals", lambda _query: answer)
    watched.looks()
    stopped = watched.watch.stop()
    assert not stopped.called
    answer.errback(ZeroDivisionError())
    assert stopped.called
    assert watched.clock.getDelayedCalls() == []
