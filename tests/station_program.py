"""The station's program as it is installed, in a process of its own, and a browser at its desk."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

from card_station.journal import Journal
from tests.pcsc import folder as pcsc_folder
from tests.pcsc import name_of

ROOT = Path(__file__).parents[1]
COMES_UP_S_MAX, SCREEN_S_MAX = 40, 30
#: Seconds between two looks at a page.
LOOK_S = 0.08
WHO = {"login": "ann", "password": "correct horse"}

READY, FITS, UNFINISHED = "Put the customer", "the card fits", "the last purchase is not whole"
FOUND, SOLD, WAITS = "the purchase in doubt is on the card", "The purchase is on the card", 'class="waiting"'
STILL_THERE = "the last purchase is still on the card"
NOT_SOLD, NOT_KNOWN = "Nothing was", "It is not known"
READINGS_MAX = 12


def found_in(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, page
    return found[1]


class StationProgram:
    """``twistd powertill-station`` in a folder; ``url`` and ``authority`` are the centre's."""

    def __init__(self, folder: Path, url: str, authority: str, who=WHO, reader=""):
        self.folder, self.who = folder, who
        self.process: subprocess.Popen | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = folder / "station.toml"
        (folder / "authority.pem").write_text(authority)
        reader = reader or f'name = "{name_of(0)}"'
        self.config.write_text(f'[centre]\nurl = "{url}"\n[reader]\n{reader}\n[desk]\nport = {self.port}\n')
        self.session = requests.Session()

    def run(self, *words: str, **more) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "gateway.cli", "station", *words, "--config", str(self.config)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **more)

    def enrol(self, code: str) -> None:
        done = self.run("enrol", input=code + "\n", timeout=60)
        assert done.returncode == 0, done.stderr
        assert "station     n1" in done.stdout

    def start(self) -> None:
        pcsc_folder()
        words = ["-m", "twisted", "--log-file", str(self.folder / "log"), "powertill-station"]
        command = [sys.executable, *words, "--config", str(self.config)]
        # In its own session, so that a signal to it is to it alone.
        with (self.folder / "stderr").open("ab") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
                start_new_session=True, env=os.environ,
            )  # fmt: skip
        ends = time.monotonic() + COMES_UP_S_MAX
        while not self._is_there():
            assert self.process.poll() is None, (self.folder / "stderr").read_text()
            assert time.monotonic() < ends, "the desk does not come up"
            time.sleep(0.1)

    def _is_there(self) -> bool:
        address = self.folder / "station/desk.url"
        self.session = requests.Session()
        try:
            return self.session.get(address.read_text().strip(), timeout=5).status_code == 200
        except (OSError, requests.RequestException):
            return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(20)
        self.process = None

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    @property
    def is_dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def page(self, path: str = "/") -> str:
        return self.session.get(self._at(path), timeout=20).text

    def act(self, path: str, **fields: str) -> None:
        """Send a form of the page as it stands."""
        try:
            page = self.page()
            seal = found_in(page, r'name="seal" value="([0-9a-f]+)"')
            turn = found_in(page, r'name="turn" value="(\d+)"')
            self.session.post(
                self._at(path), data={"seal": seal, "turn": turn, **fields}, timeout=20, allow_redirects=False
            )
        except requests.RequestException:
            assert self.is_dead, "only a dead program does not answer"

    def until(self, *wanted: str) -> str:
        """Wait until the page says one of these; which one, "" where the program has ended."""
        ends = time.monotonic() + SCREEN_S_MAX
        while not self.is_dead:
            try:
                page = self.page()
            except requests.RequestException:
                continue
            found = [one for one in wanted if one in page]
            if found:
                return found[0]
            assert time.monotonic() < ends, page
            time.sleep(LOOK_S)
        return ""

    def _at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def sign_in(self) -> None:
        self.act("/sign-in", **self.who)
        assert self.until(READY) != ""

    def begin(self) -> None:
        self.start()
        self.sign_in()

    def priced(self, amount: str = "100") -> bool:
        """Read the card and ask for a price; False where that came to nothing."""
        self.act("/read")
        if self.until(FITS, READY, NOT_SOLD) != FITS:
            return False
        self.act("/price", amount=amount)
        return self.until("Read back", FITS) == "Read back"

    def sell(self) -> str:
        """Sell for the usual amount; what the desk says in the end."""
        if not self.priced():
            return ""
        self.act("/commit")
        return self.until(SOLD, NOT_SOLD, NOT_KNOWN)

    def finish(self) -> None:
        """Read the card until nothing is left."""
        for _ in range(READINGS_MAX):
            self.act("/read")
            found = self.until(WAITS, UNFINISHED, FOUND, FITS, STILL_THERE, NOT_SOLD)
            if found in {UNFINISHED, FOUND}:
                self.act("/finish")
            elif found == WAITS:
                self.act("/bring", place="0")
            elif found == STILL_THERE:
                return
            # Where it fits, the sale that is asked for again has not come to its end yet.
            said = self.until(SOLD, FITS, NOT_KNOWN, NOT_SOLD)
            self.act("/back")
            if said == SOLD:
                return
            time.sleep(0.2)
        raise AssertionError("something is left to be done")

    def unfinished(self) -> tuple:
        """What its journal has, while it does not run."""
        journal = Journal(self.folder / "station/journal")
        try:
            return journal.purchases
        finally:
            journal.close()
