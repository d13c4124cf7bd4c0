"""A closed day: its accounts come page by page, as they stood at the close."""

from dataclasses import replace
from datetime import date

import pytest

from adapters.db.views import ViewReader
from admin_web.pages import days
from gateway.core.closed_day import Closed
from gateway.core.views import DayClose, TrialBalance
from tests.web.books import Paid
from tests.web.desk import Desk, office

DAY = date(2026, 11, 21)
PATH = f"/days/{DAY}"


@pytest.fixture(scope="module")
def paid(tmp_path_factory):
    return Paid(tmp_path_factory.mktemp("books")).sell(days=3, a_day=4).close(DAY)


@pytest.fixture
def desk(paid):
    return Desk(office(paid.engine))


def test_a_closed_day_shows_its_accounts_and_each_leads_to_what_was_posted_then(desk, paid):
    closed = ViewReader(paid.engine).totals(DayClose(DAY))
    assert isinstance(closed, Closed)
    told = desk.get(PATH)
    assert (told.code, told.text.count(closed.checksum) > 0) == (200, True)
    assert [row[0] for row in told.cells()] == [one.code for one in closed.accounts]
    code = closed.accounts[0].code
    assert f"/ledger/{code}/{closed.accounts[0].unit}?day_from={DAY}&amp;day_to={DAY}" in told.text


def test_its_accounts_come_page_by_page(desk, monkeypatch, paid):
    every = [row[0] for row in desk.get(PATH).cells()]
    listing = days.at_close(str(DAY))
    monkeypatch.setattr(days, "at_close", lambda _day: replace(listing, page_rows=2))
    found, path = [], PATH
    while path:
        told = desk.get(path)
        found += [row[0] for row in told.cells()]
        path = told.link_to("Next")
    assert found == every
    assert len(every) > 2


def test_its_accounts_are_downloaded_with_the_figures_of_the_trial_balance(desk, paid):
    lines = desk.get(f"{PATH}?format=csv").body.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Account,")
    accounts = ViewReader(paid.engine).rows(TrialBalance(DAY))
    # Behind an empty line stands what the file is.
    figures = lines[1 : lines.index("")]
    assert [line.partition(",")[0] for line in figures] == [one.code for one in accounts]
    assert desk.office.gate.taken[-1][1].listing == "accounts-at-close"


def test_an_open_day_has_no_such_list(desk):
    told = desk.get("/days/2026-11-22?format=csv")
    assert "The day is still open" in told.text


def test_days_are_listed_newest_first_and_by_their_state(desk):
    assert [row[0] for row in desk.get("/days").cells()] == ["2026-11-23", "2026-11-22", "2026-11-21"]
    assert [row[0] for row in desk.get("/days?state=closed").cells()] == ["2026-11-21"]
    assert [row[0] for row in desk.get("/days?state=open").cells()] == ["2026-11-23", "2026-11-22"]
