"""The admin web's threads: the gate has its own, whatever the pages are at."""

from __future__ import annotations

import threading
from base64 import urlsafe_b64encode
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from twisted.internet.defer import Deferred

from adapters.db import views
from adapters.db.view import View
from gateway.assembly import admin
from gateway.assembly.gate import COOKIE_OCTETS
from gateway.core.views_staff import SignedInAs
from gateway.ports import TakesTooLong
from tests.adapters.test_view_limit import count, failure_of
from tests.builders import NOON, database
from tests.office_config import office_config, office_settings

if TYPE_CHECKING:
    from admin_web.needs import Office

COOKIE = urlsafe_b64encode(bytes(COOKIE_OCTETS)).decode().rstrip("=")


class AtOnce:
    """As much of a reactor as threads need: what they hand back is taken at once."""

    def __init__(self):
        self.answered = threading.Event()

    def callFromThread(self, call, *arguments):  # noqa: N802 - Twisted's name
        call(*arguments)
        self.answered.set()

    def seconds(self):
        return 0.0


class Counted:
    """A tally that keeps what was stopped."""

    def __init__(self):
        self.stopped: list[str] = []

    def count(self, name, *, question):
        assert name == "questions_stopped"
        self.stopped.append(question)


class Built:
    """The admin web on real threads, without its site."""

    def __init__(self, engine, monkeypatch):
        self.reactor, self.tally = AtOnce(), Counted()
        made: list[Office] = []
        monkeypatch.setattr(admin, "prepare_templates", lambda: None)
        monkeypatch.setattr(admin, "build_site", lambda office, *_args, **_more: made.append(office))
        self.admin = admin.build_admin(
            office_config(),
            office_settings(bytes(32)),
            SimpleNamespace(database=engine, poster=None),
            None,
            None,
            reactor=self.reactor,
            now=lambda: NOON,
            checks=list,
            tally=self.tally,
        )
        (self.office,) = made

    def stop(self):
        for threads in self.admin.threads:
            threads.stop()


@pytest.fixture
def built(tmp_path, monkeypatch):
    made = Built(database(tmp_path / "till.db", 0), monkeypatch)
    yield made
    made.stop()


def test_who_is_signed_in_is_seen_while_every_reader_is_at_a_slow_list(built):
    done = threading.Event()
    try:
        for _ in range(admin.READERS + 3):
            built.office.elsewhere(done.wait, 30)
        coming = Deferred.fromCoroutine(built.office.gate.visitor(COOKIE))
        assert built.reactor.answered.wait(20)
        assert (coming.called, coming.result) == (True, None)
    finally:
        done.set()


@pytest.mark.parametrize("whose", ["page", "gate"])
def test_a_question_of_page_or_gate_that_takes_too_long_is_stopped_and_counted(tmp_path, monkeypatch, whose):
    monkeypatch.setattr(admin, "QUESTION_S_MAX", 0.1)
    slow = View(*[lambda connection, _query: count(connection)] * 3)
    monkeypatch.setattr(views, "_VIEWS", {SignedInAs: slow})
    built = Built(database(tmp_path / "till.db", 0), monkeypatch)
    try:
        query = SignedInAs("nobody's")
        of = built.office
        asked = of.views.rows(query) if whose == "page" else Deferred.fromCoroutine(of.gate.visitor(COOKIE))
        assert built.reactor.answered.wait(20)
        assert failure_of(asked).check(TakesTooLong)
        assert built.tally.stopped == ["SignedInAs"]
    finally:
        built.stop()
