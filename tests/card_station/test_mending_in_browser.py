"""What a cashier puts right at the desk, in a browser by keys alone, in three languages; looked at."""

import pytest
from playwright.sync_api import expect

from card_station.told_words import SENTENCES
from gateway.codecs.card.profile import Told
from tests import builders
from tests.card_counter import METER_SERIAL
from tests.card_station.test_desk_in_browser import WAIT_MS, opened, shown
from tests.web.browser import LANGUAGES, walk
from tests.web.conftest import chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("station_desk")]
PAN = builders.identity(METER_SERIAL).pan


def bought(house, amount="100"):
    """Sell on the card that is in the reader."""
    house.press("F2")
    house.note("the card fits, and the meter has taken the last purchase")
    house.page.keyboard.type(amount)
    house.press("Enter")
    house.heading("Read back to the customer, take the money")
    house.press("F9")


def for_the_meter(house):
    """Read a blank card, and find the meter that it is for."""
    house.press("F2")
    house.note("the card has no customer yet; it can be issued")
    house.page.keyboard.type(PAN)
    house.press("Enter")
    expect(house.page.locator(".read-back")).to_contain_text(PAN, timeout=WAIT_MS)


@pytest.mark.looks
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_without_his_card_gets_another_with_what_was_on_it(chromium, tmp_path, language):
    with opened(chromium, tmp_path, language) as house:
        house.sign_in()
        bought(house)
        house.heading("The purchase is on the card.")
        house.say("another")
        for_the_meter(house)
        expect(house.page.locator("form[data-key=F7]")).to_be_visible(timeout=WAIT_MS)
        expect(house.page.locator("#amount")).to_have_count(0)
        shown(house, "has-a-card", language)
        house.press("F7")
        expect(house.page.locator("input[name=gone]").first).to_be_focused(timeout=WAIT_MS)
        shown(house, "reissue", language)
        house.press("F9")
        expect(house.page.locator("#reason")).to_be_focused()
        house.page.locator("input[name=gone]").first.focus()
        house.press("ArrowDown", "Tab")
        house.page.keyboard.type("310101")
        house.press("F9")
        house.heading("Writing the card: leave it in the reader!")
        house.heading("The purchase is on the card.")
        shown(house, "reissued", language)
        house.press("F8")
        expect(house.page.locator("h1")).to_contain_text(house.words.say("Receipt"))
        house.press("Escape")
        house.heading("The purchase is on the card.")
        house.say("insert")
        house.press("F2")
        house.note("the card fits, and the meter has taken the last purchase")


@pytest.mark.looks
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_purchase_is_taken_off_and_its_money_given_back(chromium, tmp_path, language):
    with opened(chromium, tmp_path, language) as house:
        house.sign_in()
        bought(house, "500")
        house.heading("The purchase is on the card.")
        house.press("F2")
        house.note("the last purchase is still on the card; insert it in the meter, then buy again")
        shown(house, "on-the-card", language)
        house.press("F6")
        expect(house.page.locator("#reason")).to_be_focused(timeout=WAIT_MS)
        house.page.keyboard.type("50")
        shown(house, "take-off", language)
        walk(house.page)
        house.press("F9")
        house.heading("It is asked for: a second person has to agree in the office.")
        shown(house, "asked-for", language)
        house.press("F2")
        house.note("the last purchase is still on the card; insert it in the meter, then buy again")
        house.say("agree")
        house.press("F2")
        house.note("It was agreed to: the purchase is to be taken off this card.")
        shown(house, "agreed", language)
        house.press("F9")
        house.heading("The purchase is off the card.")
        shown(house, "taken-off", language)
        house.press("F6")
        house.heading("The sale is taken back. Give the customer:")
        expect(house.page.locator(".huge")).to_have_text(house.words.money(50_000, "CNY"))
        shown(house, "given-back", language)
        bought(house, "50")
        house.heading("The purchase is on the card.")


def test_a_card_that_goes_into_its_meter_before_it_is_cleared_keeps_its_purchase(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        bought(house)
        house.heading("The purchase is on the card.")
        house.press("F2")
        house.note("the last purchase is still on the card; insert it in the meter, then buy again")
        house.press("F6")
        expect(house.page.locator("#reason")).to_be_focused(timeout=WAIT_MS)
        house.page.keyboard.type("another amount")
        house.press("F9")
        house.heading("It is asked for")
        house.say("agree")
        house.say("insert")
        house.press("F2")
        expect(house.page.locator("form[data-key=F9]")).to_contain_text("it stays", timeout=WAIT_MS)
        shown(house, "stays-to-tell", "en")
        house.press("F9")
        house.heading("The meter has taken the purchase: it stays.")
        shown(house, "stays", "en")
        expect(house.page.locator("form[data-key=F6]")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_money_of_a_sale_that_was_given_up_is_given_back(chromium, tmp_path, language):
    with opened(chromium, tmp_path, language) as house:
        house.sign_in()
        house.press("F2")
        house.note("the card fits, and the meter has taken the last purchase")
        house.page.keyboard.type("100")
        house.press("Enter")
        house.heading("Read back to the customer, take the money")
        house.say("out")
        house.press("F9")
        house.heading("Nothing was written on the card.")
        house.note(SENTENCES[Told.CARD_GONE])
        shown(house, "not-sold-money", language)
        house.say("lose 0")
        house.press("F6")
        house.note(
            "It is not known whether the sale was taken back. Do not hand the money out yet: press F6 again."
        )
        house.press("F6")
        house.heading("The sale is taken back. Give the customer:")
        expect(house.page.locator(".huge")).to_have_text(house.words.money(10_000, "CNY"))
        house.say("in")
        house.press("F2")
        house.note("the card fits, and the meter has taken the last purchase")
        expect(house.page.locator(".waiting li")).to_have_count(0)


def test_a_reissued_card_that_is_torn_is_asked_for_and_finished(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.say("another")
        for_the_meter(house)
        house.press("F7")
        expect(house.page.locator("input[name=gone]").first).to_be_focused(timeout=WAIT_MS)
        house.press("Tab")
        house.page.keyboard.type("identity card")
        house.say("tear 14 3")
        house.press("F9")
        house.heading("It is not known whether the purchase is on the card.")
        house.press("Escape")
        house.note("Unfinished purchases")
        house.press("F2")
        house.note("the last purchase is not whole on the card")
        house.press("F9")
        house.heading("The purchase is on the card.")


def test_a_card_s_fee_that_is_owed_is_taken_first(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.say("another")
        house.say("owes 1500")
        for_the_meter(house)
        expect(house.page.locator("main .note.bad")).to_contain_text("15.00 are owed", timeout=WAIT_MS)
        expect(house.page.locator("form[data-key=F7]")).to_have_count(0)
        shown(house, "fee-owed", "en")
