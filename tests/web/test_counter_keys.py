"""A sale at a counter by keyboard alone: how many keys it takes beside the number and the amount."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Opened
from tests.web.looked_at import MANY

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("counter_keys")]

#: The most that a sale may take, from the empty form to the token on the screen.
KEYS_MAX = 6
SHOTS = os.environ.get("POWERTILL_SHOTS")


class Hands:
    """Types what has to be typed, and counts every other key."""

    def __init__(self, page):
        self._page, self.pressed = page, 0

    def type(self, text):
        self._see_where()
        self._page.keyboard.type(text)

    def _see_where(self):
        """Wait, as anybody would, until the page says where one is: that comes with its first picture."""
        expect(self._page.locator(":focus")).to_have_count(1)

    def press(self, key):
        self._see_where()
        self.pressed += 1
        with self._page.expect_navigation():
            self._page.keyboard.press(key)


@pytest.fixture
def opened_here(chromium, own_house):
    made = Opened(chromium, own_house)
    yield made
    made.leave()


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
@pytest.mark.parametrize("goes_on", ["Enter", "F9"])
def test_a_sale_takes_six_keys_at_most(opened_here, language, goes_on):
    page = opened_here("/sell", language=language)
    hands = Hands(page)
    hands.type(MANY[6:17])
    hands.press("Enter")
    hands.type("100")
    hands.press("Enter")
    # What is read back has the name, the meter and the amount before anything is sold.
    expect(page.locator(".echo").first).to_contain_text("100")
    expect(page.locator("main")).to_contain_text(MANY[6:17])
    hands.press(goes_on)
    hands.press(goes_on)
    expect(page.locator(".token-digits").first).to_be_visible()
    assert hands.pressed <= KEYS_MAX
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"sold-token-{language}.png", full_page=True)
    expect(page.locator("button.print:focus")).to_have_count(1)  # one key prints it
    hands.press("F9")
    assert page.url.endswith("/sell")
    expect(page.locator("[name=who]:focus")).to_have_count(1)  # the next number can be typed


def test_escape_leaves_a_sale_that_is_not_confirmed(opened_here):
    page = opened_here(f"/sell/{MANY}")
    hands = Hands(page)
    hands.type("100")
    hands.press("Enter")
    hands.press("Escape")
    assert page.url.endswith("/sell")
