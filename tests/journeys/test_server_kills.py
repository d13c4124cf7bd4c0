"""All processes of PostgreSQL are killed under load, again and again, while the gateway lives on.

Links of two banks pay, repeat and reverse; an answer that says "ask again" is asked again. In the end every
payment is booked once, and whoever was told something is told the same.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.daemon import again, make_place
from tests.databases import Server
from tests.links import METERS, Link, assert_all_there

KILLS = 20
LINKS = 4
#: From the moment at which the server answers again.
BACK_S_MAX = 15.0
#: What a bank is told that has to ask again: nothing was decided, or it is not known what.
ASK_AGAIN = frozenset({"09", "68", "90", "91", "96"})


class PatientLink(Link):
    """A link that asks again for as long as it is told to."""

    def _settle(self, caller, purchase) -> None:
        while not purchase.is_settled:
            order = purchase.asked[len(purchase.told)]
            was_sent, purchase.sent_count = purchase.sent_count == len(purchase.asked), len(purchase.asked)
            answer = caller.ask(again(caller.messages, order) if was_sent else order)
            if answer.fields[39] not in ASK_AGAIN:
                purchase.told.append(answer)
                continue
            time.sleep(0.05)

    def _ask_again(self, caller, purchase) -> None:
        order, told = purchase.asked[-1], purchase.told[-1]
        answer = caller.ask(again(caller.messages, order))
        while answer.fields[39] in ASK_AGAIN:
            time.sleep(0.05)
            answer = caller.ask(again(caller.messages, order))
        assert answer.fields[39] == told.fields[39]
        assert answer.fields.get(48) == told.fields.get(48), "another answer than before"


@pytest.fixture
def server():
    made = Server()
    yield made
    made.cluster.stop()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.once
def test_killing_the_whole_server_loses_nothing_and_doubles_nothing(tmp_path, server):
    place = make_place(tmp_path / "town", METERS, url=server.books()[0])
    dice = random.Random("server kills")
    answers = threading.Semaphore(0)
    links = [PatientLink(number) for number in range(LINKS)]
    waits = []
    with place.start().up() as gateway, ThreadPoolExecutor(LINKS) as side_by_side:
        calls = [side_by_side.submit(link.call, gateway, answers.release) for link in links]
        for _ in range(KILLS):
            for _ in range(dice.randint(1, 40)):
                assert answers.acquire(timeout=60), gateway.log()
            time.sleep(dice.uniform(0, 0.02))
            server.cluster.kill()
            time.sleep(dice.uniform(0, 0.5))
            server.cluster.start()
            up_at = time.monotonic()
            while answers.acquire(blocking=False):  # what was answered before the kill does not count
                pass
            assert answers.acquire(timeout=BACK_S_MAX), gateway.log()
            waits.append(time.monotonic() - up_at)
        gateway.stop()
        for call in calls:
            call.result()
    with place.start().up() as gateway:
        for link in links:
            with gateway.caller(link.bank, 900_000) as caller:
                link.settle_everything(caller)
        gateway.stop()
    assert_all_there(place, links, KILLS)
    assert max(waits) <= BACK_S_MAX
