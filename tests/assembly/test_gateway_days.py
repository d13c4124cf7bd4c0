"""Days that are closed by the gateway as a process, and beside one that goes on selling."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, time

import pytest

from adapters.db.opening import open_database
from gateway.core.calendar import Calendar
from tests.builders import ZONE, Till, drn, identity, posting_batch
from tests.daemon import ROOT, make_place

CLOSE = "close_after_minutes = 0"


@pytest.fixture
def town(tmp_path):
    """Books with a payment on the 10th and one on the 12th of March 2026; ``more`` is for ``[ledger]``."""

    def made(more=""):
        place = make_place(tmp_path / "town", 4)
        file = place.folder / "powertill.toml"
        file.write_text(file.read_text().replace("[ledger]\n", f"[ledger]\n{more}\n"))
        engine, now = open_database(f"sqlite:///{place.folder / 'till.db'}"), [datetime.now(ZONE)]
        batch = posting_batch(engine, lambda: now[0], calendar=Calendar(ZONE, time(0, 0)))
        for n, day in enumerate((10, 12), 1):
            now[0] = datetime(2026, 3, day, 12, tzinfo=ZONE)
            batch.run([Till().pay(f"r{n}", pan=identity(n).pan)])
        batch.close()
        engine.dispose()
        return place

    return made


def powertill(place, *words):
    start = "import sys; from gateway.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", start, *words],
        cwd=place.folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_gateway_closes_the_days_that_are_due_when_it_starts_and_sells(town):
    place = town(CLOSE)
    with place.start().up() as gateway:
        with gateway.caller("east") as caller:
            assert caller.ask(caller.messages.payment(drn(3), 1_000)).fields[39] == "00"
        gateway.stop()
        closed = [(one["day"], one["entries"]) for one in gateway.events("day.closed")]
        assert closed == [("2026-03-10", 1), ("2026-03-12", 1)]
        gateway.assert_no_fault()
    assert len(place.assert_sound().sales) == 3


@pytest.mark.slow
def test_a_gateway_that_is_not_told_to_closes_no_day(town):
    place = town()
    with place.start().up() as gateway:
        gateway.stop()
        assert gateway.events("day.closed") == []
    assert powertill(place, "day", "show").stdout.count("open") == 2


@pytest.mark.slow
def test_a_person_closes_a_day_beside_a_gateway_that_goes_on_selling(town):
    place = town()
    with place.start().up() as gateway, gateway.caller("east") as caller:
        assert caller.ask(caller.messages.payment(drn(3), 1_000)).fields[39] == "00"
        closed = powertill(place, "day", "close")
        assert (closed.returncode, closed.stderr) == (0, "")
        assert closed.stdout.startswith("2026-03-10 is closed.\n")
        assert caller.ask(caller.messages.payment(drn(4), 1_000)).fields[39] == "00"
        assert powertill(place, "day", "close", "2026-03-10").stdout == closed.stdout
        gateway.stop()
        gateway.assert_no_fault()
    assert len(place.assert_sound().sales) == 4
