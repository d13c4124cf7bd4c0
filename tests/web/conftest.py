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


@pytest.fixture
def opened(chromium, house):
    """Opens pages as somebody, in a language and a window: ``opened("/ledger", who="chief")``."""
    contexts = []

    def open_page(path, who="chief", language="en", size="desk", **more):
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=house, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: pytest.fail(f"{path}: {fault}"))
        page.on(
            "console",
            lambda said: pytest.fail(f"{path}: {said.text}") if "Content Security" in said.text else None,
        )
        page.goto(f"/sample/enter/{who}?language={language}")
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
