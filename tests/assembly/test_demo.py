"""The demo's whole tour, as ``make demo ONCE=1`` runs it: a process of its own, real TCP, a real database."""

import re
import subprocess
import sys

import pytest


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
