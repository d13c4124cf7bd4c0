"""A site in a process of its own and one browser, for all tests of a test process that look at pages."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.web.browser import ARGUMENTS, CHROMIUM, SIZES, resize

ROOT = Path(__file__).parents[2]


@contextmanager
def standing(folder):
    """The site with its books in a folder: where it stands."""
    command = [sys.executable, "-m", "tests.web.house", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        try:
            port = served.stdout.readline().strip()
            assert port, served.stderr.read()
            yield f"http://127.0.0.1:{port}"
        finally:
            served.terminate()
            served.communicate(timeout=20)


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """Where the site stands that all look at, and nobody changes."""
    with standing(tmp_path_factory.mktemp("house")) as at:
        yield at


@pytest.fixture
def own_house(tmp_path):
    """A site for one test, which may change what it likes."""
    with standing(tmp_path) as at:
        yield at


@pytest.fixture(scope="module")
def chromium():
    """The browser; closed behind each file, for while it is open no other loop of events runs here."""
    if not CHROMIUM.exists():
        pytest.skip("there is no chromium here: apt-get install chromium-headless-shell")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Opened:
    """Opens pages as somebody, in a language and a window. What a page complained of is in ``faults``."""

    def __init__(self, browser, house):
        self._browser = browser
        self._house = house
        self._stays = {}
        self._contexts = []
        self.faults: list[str] = []

    def __call__(self, path, who="chief", language="en", size="desk", **more):
        context = self._context(who, language, size, **more)
        self._contexts.append(context)
        page = self._page(context)
        page.goto(path)
        return page

    def arrived(self, seen, language):
        """A page as a line of ``looked_at`` describes it, in the window of somebody who was here before.

        Her window stays open for the next page: to make a new one costs more than all that is done in it.
        """
        who = (seen.who, language)
        if who not in self._stays:
            self._stays[who] = self._page(self._context(*who, "desk", reduced_motion="reduce"))
        page = self._stays[who]
        page.emulate_media(color_scheme="light")
        resize(page, "desk")
        said = page.goto(seen.path)
        for one in seen.first:
            self._follow(page, one)
        for name, text in seen.fill.items():
            fill_in(page, name, text)
        if seen.pressed:
            said = self._follow(page, seen.pressed)
        assert said.status == seen.status, f"{seen.name} is answered by {said.status}"
        return page

    def _follow(self, page, pressed):
        """Press what leads to another page; what that is answered with."""
        with page.expect_navigation() as coming:
            page.locator(pressed).first.click()
        return coming.value

    def _context(self, who, language, size, **more):
        width, height = SIZES[size]
        window = {"viewport": {"width": width, "height": height}, "base_url": self._house}
        context = self._browser.new_context(**window, **more)
        page = context.new_page()
        page.goto(f"/sample/enter/{who}?language={language}")
        page.close()
        return context

    def _page(self, context):
        page = context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(f"{page.url}: {fault}"))
        page.on("console", lambda said: self._said(page.url, said.text))
        return page

    def _said(self, url, text):
        if "Content Security Policy" in text:
            self.faults.append(f"{url}: {text}")

    def leave(self):
        """Close what one test opened; a script that failed or was refused fails the test."""
        for context in self._contexts:
            context.close()
        faults, self._contexts, self.faults = self.faults, [], []
        assert faults == []


def fill_in(page, name, text):
    """Fill in a field of the page's form, whatever kind it is."""
    field = page.locator(f'main [name="{name}"]').first
    field.evaluate("one => { const folded = one.closest('details'); if (folded) { folded.open = true; } }")
    kind = field.evaluate("one => one.tagName === 'SELECT' ? 'select' : one.type")
    if kind == "select":
        field.select_option(text)
    elif kind == "hidden":
        field.evaluate("(one, text) => { one.value = text; }", text)
    elif kind == "file":
        field.set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()})
    else:
        field.fill(text)


@pytest.fixture(scope="module")
def windows(chromium, house):
    """Whoever came once has her window open until the end of the file."""
    return Opened(chromium, house)


@pytest.fixture
def opened(windows):
    """``opened("/ledger", who="chief")`` opens a page; a script that fails or is refused fails the test."""
    yield windows
    windows.leave()
