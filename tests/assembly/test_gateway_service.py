"""The gateway as a process: it starts in order or says why not, and leaves nobody without an answer."""

from __future__ import annotations

import json
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.db.opening import open_database
from gateway.core.office_answer import Changed
from gateway.core.terms import Terms, TermsDay
from gateway.core.timeline import microseconds
from gateway.prepayment.amend_terms import AmendTerms
from tests.builders import drn, meter, posting_batch
from tests.daemon import PORTS, PROFILE, ROOT, again, decided, make_place

if TYPE_CHECKING:
    from pathlib import Path

METERS = 80
FLAT = '\n[pricing]\nflat_rate = "0.5000"\n'


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path / "town", METERS)


def asked_in_the_place(place, *words: str) -> subprocess.CompletedProcess:
    """Run the command line in a place that has the configuration of a gateway."""
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


def sql(folder: Path, statement: str) -> list:
    """Look into the books, or set a clock back in them, while no gateway runs."""
    books = sqlite3.connect(folder / "till.db", isolation_level=None)
    try:
        return books.execute(statement).fetchall()
    finally:
        books.close()


# -- it starts and stops ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_twistd_runs_it_and_a_signal_ends_it_in_order(place):
    with place.start().up() as gateway:
        with gateway.caller("east") as caller:
            assert caller.ask(caller.messages.payment(drn(1), 1_000)).fields[39] == "00"
        gateway.stop()
        gateway.assert_no_fault()
    place.assert_sound()


@pytest.mark.slow
@pytest.mark.faults
def test_everything_in_flight_is_answered_before_it_ends(place):
    with place.start().up() as gateway:
        callers = [gateway.caller("east", 1 + 1_000 * n) for n in range(3)]
        orders = [[one.messages.payment(drn(1 + n), 1_000) for n in range(60)] for one in callers]
        for caller, burst in zip(callers, orders, strict=True):
            caller.send(*burst)
        # With the first answer on a link all of its burst has been heard: it came in one piece.
        answers = [[caller.hear()] for caller in callers]
        gateway.terminate()
        for caller, heard in zip(callers, answers, strict=True):
            heard.extend(caller.remaining())
            caller.close()
        assert gateway.ended() == -signal.SIGTERM
        assert gateway.events("gateway.stopped") == [{"in_order": True}]
        gateway.assert_no_fault()
    assert [len(heard) for heard in answers] == [60, 60, 60]
    assert {answer.fields[39] for heard in answers for answer in heard} == {"00"}
    place.assert_sound()


@pytest.mark.slow
def test_what_was_answered_before_a_stop_is_answered_after_it(place):
    with place.start().up() as gateway:
        with gateway.caller("east") as caller:
            order = caller.messages.payment(drn(1), 1_000)
            before = caller.ask(order)
        gateway.stop()
    with place.start().up() as gateway:
        with gateway.caller("east") as caller:
            after = caller.ask(again(caller.messages, order))
        gateway.stop()
    assert decided(after) == decided(before)


# -- its modules -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_prepayment_alone_sells_at_the_flat_rate(tmp_path):
    place = make_place(tmp_path / "town", 1, FLAT)
    with place.start(None, "--run", "prepayment").up() as gateway:
        with gateway.caller("east") as caller:
            answer = caller.ask(caller.messages.payment(drn(1), 1_000))
        assert gateway.events("gateway.started")[0]["modules"] == "prepayment"
        gateway.stop()
    # Ten yuan at half a yuan per kWh.
    assert PROFILE.tags_of(48, answer.fields[48])["EN"] == "20000"


@pytest.mark.slow
def test_prepayment_alone_without_a_flat_rate_does_not_start(place):
    with place.start(None, "--run", "prepayment") as gateway:
        assert gateway.ended() == 1
        assert "prepayment runs without multi_tariff: set [pricing] flat_rate" in gateway.log()


@pytest.mark.slow
def test_a_module_that_does_not_exist_is_refused(place):
    with place.start(None, "--run", "prepayment,metring") as gateway:
        assert gateway.ended() == 1
        assert "--run takes prepayment, metering, multi_tariff; not metring" in gateway.log()


@pytest.mark.slow
def test_a_configuration_that_cannot_be_used_is_refused_with_its_line(place):
    file = place.folder / "powertill.toml"
    file.write_text(file.read_text().replace('currency = "CNY"', 'currency = "CNX"'))
    with place.start() as gateway:
        assert gateway.ended() == 1
        assert "powertill.toml:3: utility.currency: CNX is no currency of ISO 4217" in gateway.log()


@pytest.mark.slow
def test_a_database_that_cannot_be_opened_is_said_in_a_sentence(place):
    (place.folder / "till.db").write_bytes(b"no database at all" * 100)
    with place.start() as gateway:
        assert gateway.ended() == 1
        said = "powertill: the gateway cannot start: the database's file is damaged"
        assert gateway.lines[-1].startswith(said)
        assert "Traceback" not in gateway.log()


# -- a place that is taken -------------------------------------------------------------------------------


@pytest.fixture
def taken(place):
    """Somebody else listens where West's door should be."""
    with socket.create_server((place.host, PORTS["west"])):
        yield place


@pytest.mark.slow
def test_a_busy_port_ends_the_daemon_with_its_sentence(taken):
    with taken.start() as gateway:
        assert gateway.ended() == 1
        assert "the gateway cannot start: Couldn't listen on" in gateway.log()
        assert "Address already in use" in gateway.log()


@pytest.mark.slow
def test_a_busy_port_ends_the_command_with_its_sentence(taken):
    ended = asked_in_the_place(taken, "serve")
    assert ended.returncode == 1
    said = ended.stderr.splitlines()[-1]
    assert said.startswith("powertill serve: the gateway ended: Couldn't listen on")
    assert "Address already in use" in said


# -- what it finds when it starts ------------------------------------------------------------------------


@pytest.fixture
def overdue(place):
    """A credit of West that was paid for a day and an hour ago and never fetched, and a fresh one."""
    with place.start().up() as gateway:
        with gateway.caller("west") as caller:
            for meter in (1, 2):
                assert caller.ask(caller.messages.payment(drn(meter), 1_000)).fields[39] == "00"
        gateway.stop()
    sql(place.folder, "UPDATE sale SET at_us = at_us - 25 * 3600 * 1000000 WHERE receipt_no = 1")
    return place


@pytest.mark.slow
def test_a_start_finds_open_sales_and_puts_an_overdue_one_on_a_persons_list(overdue):
    with overdue.start().up() as gateway:
        gateway.stop()
        found = {"open_sales": 2, "overdue": 1, "noted": 1}
        assert gateway.events("sales.looked_through") == [found]
        gateway.assert_no_fault()
    notes = sql(overdue.folder, "SELECT kind, bank, is_open FROM exception_note")
    assert notes == [("credit_overdue", "west", 1)]


@pytest.mark.slow
def test_the_banks_doors_are_open_before_open_sales_are_looked_through(overdue):
    with overdue.start().up() as gateway:
        gateway.stop()
        order = [json.loads(line)["event"] for line in gateway.lines if line.startswith("{")]
    wanted = ["bank.listening", "bank.listening", "gateway.started", "sales.looked_through"]
    assert [name for name in order if name in wanted] == wanted


@pytest.mark.slow
def test_an_overdue_credit_is_noted_once_and_can_still_be_fetched(overdue):
    for _ in range(2):
        with overdue.start().up() as gateway:
            gateway.stop()
    assert sql(overdue.folder, "SELECT count(*) FROM exception_note") == [(1,)]
    assert sql(overdue.folder, "SELECT state FROM sale") == [("waiting",), ("waiting",)]
    overdue.assert_sound(is_untouched=False)


@pytest.mark.slow
def test_terms_that_became_due_while_it_was_off_hold_for_the_first_payment(place):
    """Ordered a week ago for the day after, and nobody was there on that day."""
    ordered = datetime.now(UTC) - timedelta(days=7)
    due_us = microseconds(ordered + timedelta(days=1))
    day = TermsDay((ordered + timedelta(days=1)).date().isoformat(), due_us, due_us + 86_400_000_000)
    books = open_database(f"sqlite:///{place.folder / 'till.db'}")
    batch = posting_batch(books, lambda: ordered)
    pan, terms = meter(1).pan, Terms("domestic", (), 0, ("STAFF",))
    (content,) = batch.run([AmendTerms("local:li", "", "A1-1", 1, pan, terms, day, "he works here")])
    assert content == Changed("A1-1", 2)
    batch.close()
    books.dispose()
    with place.start().up() as gateway:
        gateway.stop()
        order = [json.loads(line)["event"] for line in gateway.lines if line.startswith("{")]
        assert gateway.events("terms.begun") == [{"point": "A1-1"}]
        gateway.assert_no_fault()
    wanted = ["terms.begun", "bank.listening", "bank.listening", "gateway.started"]
    assert [name for name in order if name in wanted] == wanted
    assert sql(place.folder, "SELECT schemes FROM meter WHERE id = 1") == [("STAFF",)]
    place.assert_sound()


# -- a disk that fails -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.faults
def test_a_disk_that_fails_ends_the_daemon_and_the_truth_is_told_afterwards(place):
    with place.start().up() as gateway:
        with gateway.caller("east") as caller:
            order = caller.messages.payment(drn(1), 1_000)
            # From now on no file can grow: to SQLite that is a write that fails for no reason it knows.
            resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            answer = caller.ask(order)
            assert answer.fields[39] == "68"
            assert caller.remaining() == []
        assert gateway.ended() == 1
        assert "the ledger's disk fails, the gateway ends" in gateway.log()
    with place.start().up() as gateway:
        with gateway.caller("east") as caller:
            assert caller.ask(again(caller.messages, order)).fields[39] == "00"
        gateway.stop()
    assert len(place.assert_sound().sales) == 1
