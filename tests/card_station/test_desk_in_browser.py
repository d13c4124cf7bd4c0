"""The desk in a browser, by keys alone, in three languages; looked at, and heard by who cannot see it."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from card_station.words import words_of
from tests.web.browser import LANGUAGES, look, walk
from tests.web.conftest import chromium

__all__ = ["chromium"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("station_desk")]
ROOT = Path(__file__).parents[2]
WINDOW = {"width": 1024, "height": 768}

#: A page may have to wait for the processor beside other tests.
WAIT_MS = 30_000


class House:
    """A desk and its page."""

    def __init__(self, process, page, language):
        self.process, self.page = process, page
        self.words = words_of(language)

    def say(self, line):
        """Have something happen at the counter."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def heading(self, sentence):
        expect(self.page.locator("h1")).to_contain_text(self.words.say(sentence), timeout=WAIT_MS)

    def note(self, sentence):
        expect(self.page.locator("main .note").first).to_contain_text(
            self.words.say(sentence), timeout=WAIT_MS
        )

    def sign_in(self):
        expect(self.page.locator("#login")).to_be_focused()
        self.page.keyboard.type("ann")
        self.press("Tab")
        self.page.keyboard.type("correct horse")
        self.press("Enter")
        self.heading("Put the customer's card in")


@contextmanager
def opened(chromium, folder, language="en", profile="powertill-cpu"):
    command = [sys.executable, "-m", "tests.station_desk_house", str(folder), profile, language]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().strip()
            assert address, process.stderr.read()
            context = chromium.new_context(viewport=WINDOW, reduced_motion="reduce")
            page = context.new_page()
            faults: list[str] = []
            page.on("pageerror", lambda fault: faults.append(str(fault)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            page.goto(address)
            yield House(process, page, language)
            assert faults == []
            context.close()
        finally:
            process.kill()
            process.communicate(timeout=20)


def shown(house, name, language):
    """A picture of it; nothing keeps people out, and it fits into the counter's window."""
    look(house.page, f"station-{name}-{language}")
    assert house.page.evaluate("document.documentElement.scrollHeight") <= WINDOW["height"], name


@pytest.mark.looks
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sale_by_keys_alone_from_signing_in_to_the_receipt(chromium, tmp_path, language):
    with opened(chromium, tmp_path, language) as house:
        shown(house, "sign-in", language)
        walk(house.page)
        house.page.locator("#login").focus()
        # Between two pages a key would be lost; so a sale goes on in one.
        left: list[str] = []
        house.page.on("framenavigated", lambda frame: left.append(frame.url))
        house.sign_in()
        shown(house, "ready", language)
        house.press("F2")
        house.note("the card fits, and the meter has taken the last purchase")
        shown(house, "card", language)
        house.press("F4")
        house.heading("what is on it")
        expect(house.page.locator(".check .differs")).to_have_count(0)
        shown(house, "check", language)
        house.press("Escape")
        expect(house.page.locator("#amount")).to_be_focused()
        house.page.keyboard.type("129.50")
        house.press("Enter")
        house.heading("Read back to the customer, take the money")
        expect(house.page.locator(".huge")).to_have_text(house.words.money(12_950, "CNY"))
        expect(house.page.locator(".read-back")).to_contain_text("Zhang Wei")
        shown(house, "price", language)
        walk(house.page)
        house.press("Escape")
        house.note("the card fits, and the meter has taken the last purchase")
        house.page.keyboard.type("129.50")
        house.press("Enter")
        house.heading("Read back to the customer, take the money")
        house.press("F9")
        house.heading("Writing the card: leave it in the reader!")
        house.heading("The purchase is on the card.")
        expect(house.page.locator("#live")).to_have_text(house.words.say("The purchase is on the card."))
        shown(house, "sold", language)
        assert left == []
        house.press("F8")
        expect(house.page.locator("h1")).to_contain_text(house.words.say("Receipt"))
        shown(house, "receipt", language)
        house.press("Escape")
        house.heading("The purchase is on the card.")
        house.press("Escape")
        house.heading("Put the customer's card in")


def test_a_card_that_is_torn_is_asked_for_first_and_finished(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.press("F2")
        house.note("the card fits")
        house.page.keyboard.type("100")
        house.press("Enter")
        house.heading("Read back to the customer")
        house.say("tear 14 3")
        house.press("F9")
        house.heading("It is not known whether the purchase is on the card.")
        shown(house, "in-doubt", "en")
        house.press("Escape")
        house.note("Unfinished purchases")
        expect(house.page.locator("main .note li")).to_contain_text("Insert the card …0718")
        shown(house, "unfinished", "en")
        house.press("F2")
        house.note("the last purchase is not whole on the card")
        shown(house, "finish", "en")
        house.press("F9")
        house.heading("The purchase is on the card.")
        house.press("Escape")
        expect(house.page.locator("main .note")).to_have_count(0)


def test_a_sale_given_up_before_the_card_is_offered_first_when_it_comes_back(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.press("F2")
        house.note("the card fits")
        house.page.keyboard.type("100")
        house.press("Enter")
        house.heading("Read back to the customer")
        house.say("out")
        house.press("F9")
        house.heading("Nothing was written on the card.")
        house.note("no card is in the reader")
        shown(house, "not-sold", "en")
        house.say("in")
        house.press("F2")
        expect(house.page.locator(".waiting li")).to_have_count(1)
        shown(house, "waiting", "en")
        house.press("1")
        house.heading("The purchase is on the card.")


def test_a_card_that_was_written_says_that_its_meter_has_not_taken_it(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.press("F2")
        house.note("the card fits")
        house.page.keyboard.type("100")
        house.press("Enter")
        house.heading("Read back to the customer")
        house.say("tear 14 3")
        house.press("F9")
        house.heading("It is not known whether the purchase is on the card.")
        house.press("F2")
        house.note("the last purchase is not whole on the card")
        house.press("F4")
        house.heading("what is on it")
        expect(house.page.locator(".check .differs")).not_to_have_count(0)
        shown(house, "check-torn", "en")


def test_a_new_card_is_sold_on_by_the_number_of_its_meter(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.say("blank")
        house.press("F2")
        house.note("the card has no customer yet")
        house.page.keyboard.type("99999")
        house.press("Enter")
        house.note("No meter of ours has this number.")
        shown(house, "find", "en")


def test_a_centre_that_is_silent_is_said_and_the_sale_is_asked_for_again(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.press("F2")
        house.note("the card fits")
        house.page.keyboard.type("100")
        house.press("Enter")
        house.heading("Read back to the customer")
        house.say("down")
        house.press("F9")
        house.heading("It is not known whether the sale was booked.")
        expect(house.page.locator("#centre")).to_be_visible()
        shown(house, "not-known", "en")
        house.press("Escape")
        expect(house.page.locator("main .note")).to_contain_text("asked again while ann is signed in")


def test_no_other_page_can_drive_the_desk(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        origin = house.page.url.rstrip("/")
        bare = chromium.new_context()
        stranger = bare.new_page()
        for way in ("/", "/state", "/receipt/x"):
            assert stranger.goto(origin + way).status == 403
        assert stranger.goto(origin + "/open/guessed").status == 403
        posted = house.page.request.post(origin + "/read", form={"seal": "guessed", "turn": ""})
        assert posted.status == 403
        seal = house.page.locator("input[name=seal]").first.get_attribute("value")
        elsewhere = house.page.request.post(
            origin + "/read", form={"seal": seal, "turn": ""}, headers={"Origin": "http://evil.example"}
        )
        assert elsewhere.status == 403
        named = house.page.request.get(origin + "/state", headers={"Host": "evil.example"})
        assert named.status == 403
        house.heading("Put the customer's card in")
        bare.close()


def test_a_form_of_a_screen_that_is_gone_changes_nothing(chromium, tmp_path):
    with opened(chromium, tmp_path) as house:
        house.sign_in()
        house.press("F2")
        house.note("the card fits")
        seal = house.page.locator("input[name=seal]").first.get_attribute("value")
        origin = house.page.url.rstrip("/")
        for form in ({"turn": "1"}, {"turn": "999"}):
            assert house.page.request.post(origin + "/back", form={"seal": seal, **form}).ok
        house.note("the card fits")
