"""The demo's whole tour, as ``make demo ONCE=1`` runs it: a process of its own, real TCP, a real database."""

import fcntl
import os
import re
import signal
import subprocess
import sys

import pytest

from tests.office_http import Browser


@pytest.fixture(autouse=True)
def alone(tmp_path_factory):
    """Two demos that look for free ports at the same moment would find the same ones."""
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else None
    with ((shared or tmp_path_factory.getbasetemp()) / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.slow
def test_the_tour_ends_well_and_shows_what_it_promises(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo", "--once"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shown = done.stdout
    for promised in (
        "East Bank signs on",
        "the inquiry names",
        "token accepted",
        "the same token again: refused (used)",
        "the same 20 digits; nothing was booked a second time",
        "code 94",
        "the token is out and cannot be recalled",
        "YOUR TOKEN IS NOT OUT YET",
        "reversed; the money is given back",
        "the payment was reversed; make a new one",
        "the whole book sums to zero",
    ):
        assert promised in shown
    assert re.search(r"║ +\d{4}   \d{4}   \d{4}   \d{4}   \d{4} +║", shown)
    assert list(tmp_path.iterdir()) == [], "the demo leaves nothing behind"
    assert done.stderr == ""


@pytest.mark.slow
def test_the_demo_opens_its_office_and_says_how_to_come_in(tmp_path):
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway.cli", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            "PATH": "/usr/bin:/bin",
            "TMPDIR": str(tmp_path),
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
        },
    )
    try:
        said = ""
        while "From another terminal" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/\n", said).group(1))
        login, password = re.search(r"^   (anna) +(\S+)", said, re.MULTILINE).groups()
        browser = Browser("127.0.0.1", port)
        assert browser.sign_in(login, password)[0] == 303
        status, text = browser.ask("GET", "/ledger")
        assert status == 200
        assert "FLOAT:east" in text
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        running.stdout.close()
