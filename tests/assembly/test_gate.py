"""The gate's lines in the diary: refusals and prints once a minute, and again where none was written."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from admin_web.answers import NoRight
from admin_web.route import Printed, Refused, Right
from gateway.assembly.gate import OfficeGate
from gateway.core.authority import Function, Level
from gateway.core.office import NotDone, OfficeRefusal
from gateway.ports import LedgerBusy
from tests.builders import NOON, ZONE
from tests.web.desk import visitor

LEDGER = Refused("GET", "/ledger", "/ledger", Function.LEDGER, Level.VIEW, peer="192.0.2.7")
DAYS = Refused("GET", "/days", "/days", Function.DAYS, Level.VIEW, peer="192.0.2.7")


class Diary:
    """Takes lines as a poster does; ``is_busy``: it takes none."""

    def __init__(self):
        self.subjects = []
        self.is_busy = False
        self.content = None
        self.now = NOON

    async def post(self, line):
        if self.is_busy:
            raise LedgerBusy
        self.subjects.append(line.subject)
        return self.content


@pytest.fixture
def diary():
    return Diary()


@pytest.fixture
def gate(diary):
    return OfficeGate(
        views=None, poster=diary, seen=None, now=lambda: diary.now, zone=ZONE, currency="CNY", secret=b""
    )


@pytest.fixture
def refused(gate):
    """Refuse somebody something."""
    return lambda who, what: asyncio.run(gate.refused(visitor(who), what))


def test_the_same_refusal_is_told_once_a_minute_to_each_session(diary, refused):
    for who, what in [("li", LEDGER)] * 3 + [("li", DAYS), ("wang", LEDGER), ("li", LEDGER)]:
        refused(who, what)
    assert diary.subjects == ["GET /ledger", "GET /days", "GET /ledger"]
    diary.now += timedelta(minutes=1)
    refused("li", LEDGER)
    assert len(diary.subjects) == 4


def test_a_refusal_that_could_not_be_written_is_told_the_next_time(diary, refused):
    diary.is_busy = True
    refused("li", LEDGER)
    diary.is_busy = False
    refused("li", LEDGER)
    assert diary.subjects == ["GET /ledger"]


def test_whoever_varies_the_path_is_told_of_once(diary, refused):
    for number in range(50):
        meter = Refused("GET", f"/meters/{number}", "/meters/<pan>", Function.METERS, Level.VIEW)
        refused("li", meter)
    assert diary.subjects == ["GET /meters/0"]
    refused("li", Refused("POST", "/meters/1", "/meters/<pan>", None, None, why="forged"))
    assert diary.subjects[1:] == ["POST /meters/1"]


SALES = Printed("/sales", 'bank="east"', "/sales", Right(Function.SALES), peer="192.0.2.7")


@pytest.fixture
def printed(gate):
    return lambda who, what: asyncio.run(gate.printed(visitor(who), what))


def test_the_same_page_printed_is_told_once_a_minute_to_each_session(diary, printed):
    other = replace(SALES, filters='bank="west"')
    for who, what in [("li", SALES), ("li", SALES), ("li", other), ("wang", SALES)]:
        printed(who, what)
    assert len(diary.subjects) == 3
    diary.now += timedelta(minutes=1)
    printed("li", SALES)
    assert len(diary.subjects) == 4


def test_a_print_that_could_not_be_noted_is_not_let_through_and_is_told_the_next_time(diary, printed):
    diary.is_busy = True
    with pytest.raises(LedgerBusy):
        printed("li", SALES)
    diary.is_busy = False
    printed("li", SALES)
    assert diary.subjects == ["/sales"]


def test_a_print_that_the_books_refuse_is_not_let_through(diary, printed):
    diary.content = NotDone(OfficeRefusal.NOT_ALLOWED)
    for _ in range(2):
        with pytest.raises(NoRight):
            printed("li", SALES)
    assert diary.subjects == ["/sales"] * 2
