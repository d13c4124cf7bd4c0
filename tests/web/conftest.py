"""A site in a process of its own and one browser, for all tests of a test process that look at pages."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.web.browser import ARGUMENTS, CHROMIUM, SIZES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """Where the site stands."""
    command = [sys.executable, "-m", "tests.web.house", str(tmp_path_factory.mktemp("house"))]
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
def chromium():
    """The browser."""
    if not CHROMIUM.exists():
        pytest.skip("there is no chromium here: apt-get install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Opened:
    """Opens pages as somebody, in a language and a window. What a page complained of is in ``faults``."""

    def __init__(self, browser, house):
        self._browser = browser
        self._house = house
        self._contexts = []
        self.faults: list[str] = []

    def __call__(self, path, who="chief", language="en", size="desk", **more):
        width, height = SIZES[size]
        window = {"viewport": {"width": width, "height": height}, "base_url": self._house}
        context = self._browser.new_context(**window, **more)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(f"/sample/enter/{who}?language={language}")
        page.on("pageerror", lambda fault: self.faults.append(f"{path}: {fault}"))
        page.on("console", lambda said: self._said(path, said.text))
        page.goto(path)
        return page

    def _said(self, path, text):
        if "Content Security Policy" in text:
            self.faults.append(f"{path}: {text}")

    def close(self):
        for context in self._contexts:
            context.close()


@pytest.fixture
def opened(chromium, house):
    """``opened("/ledger", who="chief")`` opens a page; a script that fails or is refused fails the test."""
    made = Opened(chromium, house)
    yield made
    made.close()
    assert made.faults == []
