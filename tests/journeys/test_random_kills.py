"""The process is killed at moments that nobody chose, while four links pay, repeat and reverse.

``POWERTILL_KILLS=1000 pytest -m faults tests/journeys/test_random_kills.py`` runs it longer. The dice are
seeded, the machine's own timing is not: a failure shows what had been said, and the books are left behind.
"""

from __future__ import annotations

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.daemon import Place, make_place
from tests.links import METERS, Link, assert_all_there

KILLS = int(os.environ.get("POWERTILL_KILLS", "25"))
#: How many answers a gateway gives before it is killed, at most.
ANSWERS_MAX = 60
#: From the last of those answers to the kill: several times what an order takes.
DELAY_S_MAX = 0.02


def one_life(place: Place, links: list[Link], dice: random.Random) -> None:
    """A gateway starts, works for a moment, and dies."""
    left = dice.randint(1, ANSWERS_MAX)
    enough, moment = threading.Event(), threading.Event()
    counting = threading.Lock()

    def answered() -> None:
        nonlocal left
        with counting:
            left -= 1
        if left <= 0:
            enough.set()

    with place.start().up() as gateway, ThreadPoolExecutor(len(links)) as side_by_side:
        calls = [side_by_side.submit(link.call, gateway, answered) for link in links]
        assert enough.wait(60), gateway.log()
        moment.wait(dice.uniform(0, DELAY_S_MAX))
        gateway.kill()
        gateway.ended()
        for call in calls:
            call.result()
        gateway.assert_no_fault()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.once
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_kill_loses_a_payment_or_makes_a_second_token(tmp_path, kind, postgresql):
    url = None if kind == "sqlite" else postgresql().books()[0]
    place = make_place(tmp_path / "town", METERS, url=url)
    links = [Link(number) for number in range(4)]
    dice = random.Random("kills")
    for _ in range(KILLS):
        one_life(place, links, dice)
    with place.start().up() as gateway:
        for link in links:
            with gateway.caller(link.bank, 900_000) as caller:
                link.settle_everything(caller)
        gateway.stop()
        gateway.assert_no_fault()
    assert_all_there(place, links, KILLS)
