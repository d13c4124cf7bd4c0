"""One utility's days, through the real daemon in a real browser: each function of daily work, in the order in
which an office comes to it, and behind each what stands in the books.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from tests.daily import begin, closing, counter, files, leaving, readings
from tests.daily.office import office_of
from tests.web.browser import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.slow, pytest.mark.looks, pytest.mark.xdist_group("daily_work")]


@pytest.fixture
def office(tmp_path, postgresql):
    url, _ = postgresql().books()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with office_of(tmp_path, url, browser) as place:
            yield place
        browser.close()


def test_the_days_of_one_utility(office):
    begin.network(office)
    begin.registration(office)
    begin.stock(office)
    begin.installation(office)
    begin.neighbour(office)
    counter.shift(office)
    counter.by_money(office)
    counter.by_energy(office)
    counter.undone(office)
    counter.corrected(office)
    counter.neighbour(office)
    counter.at_a_bank(office)
    files.amendment(office)
    files.power_type(office)
    counter.shift_closed(office, "302.50")

    first = office.next_day()
    closing.day(office, first)
    counter.shift(office)
    counter.by_new_terms(office)
    counter.reset(office)
    files.capacity(office)
    counter.debt(office)
    readings.by_form(office)
    counter.shift_closed(office, "180.50")

    second = office.next_day(days=2)
    closing.day(office, second)
    counter.shift_with_cash(office)
    readings.by_file(office)
    readings.doubtful(office)
    counter.invoices(office)
    leaving.replaced(office)
    leaving.cancelled(office)
    leaving.paid_out(office)
    counter.shift_closed(office, "37.40")

    third = office.next_day()
    closing.day(office, third)
    closing.books(office, third)
    office.close()
