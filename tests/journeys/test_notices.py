"""Notices from door to door: a bank pays, a receiver hears of it, whatever happens to either in between."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.builders import drn
from tests.daemon import ROOT, SILENCE_S_MAX, make_place, token_of

METERS = 20
NOTIFY = """
[notify]
url = "{url}"
secret_file = "notify.secret"
timeout_s = 2
"""


class Hook:
    """A receiver in threads of its own; ``code`` is its answer, None: it hangs until it is let go."""

    def __init__(self):
        self.code: int | None = 200
        self.heard: list[tuple[str, str]] = []
        self._was_heard = threading.Condition()
        self._let_go = threading.Event()
        hook = self

        class Ask(BaseHTTPRequestHandler):
            """Each POST is kept with its key."""

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                code = hook.code
                with hook._was_heard:
                    hook.heard.append((self.headers["Idempotency-Key"], body))
                    hook._was_heard.notify_all()
                if code is None:
                    hook._let_go.wait(SILENCE_S_MAX)
                    return
                self.send_response(code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ask)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def wait_for(self, count: int) -> list[tuple[str, str]]:
        with self._was_heard:
            assert self._was_heard.wait_for(lambda: len(self.heard) >= count, SILENCE_S_MAX)
            return list(self.heard)

    def close(self) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def place(tmp_path, hook):
    made = make_place(tmp_path / "town", METERS, NOTIFY.format(url=hook.url))
    secret = made.folder / "notify.secret"
    secret.touch(mode=0o600)
    secret.write_text("a secret of sixteen bytes or more")
    return made


def sql(place, statement: str) -> list:
    """Look into the books, or set a clock back in them."""
    books = sqlite3.connect(place.folder / "till.db", isolation_level=None, timeout=10)
    try:
        return books.execute(statement).fetchall()
    finally:
        books.close()


def left(place) -> int:
    ((count,),) = sql(place, "SELECT count(*) FROM outbox")
    return count


def until_empty(place) -> None:
    ends_at = time.monotonic() + SILENCE_S_MAX
    while left(place):
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def pay(gateway, bank: str, *meters: int) -> list:
    with gateway.caller(bank) as caller:
        answers = [caller.ask(caller.messages.payment(drn(meter), 1_000)) for meter in meters]
    assert {answer.fields[39] for answer in answers} == {"00"}
    return answers


@pytest.mark.slow
def test_each_payment_is_told_once_and_without_its_token(place, hook):
    with place.start().up() as gateway:
        answers = pay(gateway, "east", 1, 2, 3)
        pay(gateway, "west", 4)
        heard = hook.wait_for(4)
        until_empty(place)
        gateway.stop()
        gateway.assert_no_fault()
    told = [json.loads(body) for _, body in heard]
    assert sorted(one["kind"] for one in told) == ["credit_waiting", *["token_issued"] * 3]
    assert sorted(one["meter_end"] for one in told) == sorted(drn(meter)[-4:] for meter in (1, 2, 3, 4))
    assert len({key for key, _ in heard}) == 4
    everything = "".join(body for _, body in heard) + gateway.log()
    for answer in answers:
        assert token_of(answer) not in everything
    assert "Zhang" not in everything
    place.assert_sound()


@pytest.mark.slow
@pytest.mark.faults
def test_a_gateway_killed_between_delivery_and_record_delivers_again_under_the_same_key(place, hook):
    hook.code = None
    with place.start().up() as gateway:
        pay(gateway, "east", 1)
        hook.wait_for(1)
        gateway.kill()
        gateway.ended()
    assert sql(place, "SELECT attempts, due_us > 0 FROM outbox") == [(1, 1)]
    sql(place, "UPDATE outbox SET due_us = due_us - 60 * 1000000")
    hook.code = 200
    with place.start().up() as gateway:
        first, again = hook.wait_for(2)
        until_empty(place)
        gateway.stop()
        gateway.assert_no_fault()
    assert first == again
    place.assert_sound()


@pytest.mark.slow
@pytest.mark.faults
def test_a_receiver_that_hangs_holds_up_neither_the_banks_nor_the_stop(place, hook):
    hook.code = None
    with place.start().up() as gateway:
        began = time.monotonic()
        pay(gateway, "east", *range(1, METERS + 1))
        # The receiver would need two seconds for each of them.
        assert time.monotonic() - began < METERS
        hook.wait_for(METERS)
        gateway.stop()
        gateway.assert_no_fault()
    assert left(place) == METERS
    place.assert_sound()


@pytest.mark.slow
def test_what_is_refused_waits_for_a_person_who_sends_it_again(place, hook):
    hook.code = 401
    with place.start().up() as gateway:
        pay(gateway, "east", 1, 2)
        hook.wait_for(2)
        ends_at = time.monotonic() + SILENCE_S_MAX
        while "given up" not in asked(place, "outbox"):
            assert time.monotonic() < ends_at
        assert "notices could not be delivered" in " ".join(asked(place, "exceptions").split())
        hook.code = 200
        assert asked(place, "outbox", "retry") == "2 will be tried again in a few seconds\n"
        until_empty(place)
        gateway.stop()
        gateway.assert_no_fault()
    assert len({key for key, _ in hook.heard}) == 2
    assert asked(place, "outbox") == "nothing waits\n"
    place.assert_sound()


@pytest.mark.slow
def test_where_nobody_is_told_the_outbox_does_not_grow(tmp_path):
    place = make_place(tmp_path / "town", 1)
    with place.start().up() as gateway:
        pay(gateway, "east", 1)
        gateway.stop()
    with place.start().up() as gateway:
        until_empty(place)
        gateway.stop()
        gateway.assert_no_fault()


def asked(place, *words: str) -> str:
    """What the command line answers beside the running gateway."""
    start = "import sys; from gateway.cli import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", start, *words],
        cwd=place.folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout
