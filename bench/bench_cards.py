"""How long a card is in hand behind PC/SC, and whether the reactor waits for two busy readers.

pcscd runs with two virtual readers, the cards in processes of their own. A loading is all of it, from the
power-on to the power-off: read, the profile's whole plan, read back. What a real card takes for itself, and
who has the keys over the network, come on top.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, gatherResults

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.reader import CardReader
from bench.bench_office import Ticking
from bench.figures import Findings, Table
from bench.on_reactor import on_reactor
from bench.progress import steps
from gateway.codecs.card.dialogue import write_card
from gateway.codecs.card.profile import PROFILES, profile_named
from gateway.codecs.card.steps import Ask, Lost, Noted, Written
from tests.cards import OTHER_SERIAL, SERIAL, keys, loading
from tests.pcsc import FIRST_PORT, NOTICED_S, PcscService, name_of, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Effort
    from gateway.codecs.card.steps import Answer, Step

#: Loadings of a card in one round: as many as there are weeks in a year.
LOADINGS = 52
SEEN_S_MAX = 20

_WITH_US = ["setpriv", "--pdeathsig", "TERM"]


def run(effort: Effort) -> Findings:
    """Load cards of each profile, one by one and then in two readers at once."""
    assert not why_not(), why_not()
    service = PcscService(2)
    try:
        return on_reactor(lambda reactor: _measure(reactor, service, effort.rounds))
    finally:
        service.stop()


async def _measure(reactor: Any, service: PcscService, rounds: int) -> Findings:
    """Ask the readers as a station does; the profile that takes longest counts."""
    readers = [CardReader(PcscSlot(name_of(place)), reactor) for place in (0, 1)]
    rows: list[list[str]] = []
    times: dict[str, list[float]] = {name: [] for name in PROFILES}
    late: list[float] = []
    for name in steps("cards", list(PROFILES) * rounds):
        with _cards(service, name):
            alone = await _load(readers[0], name, SERIAL, range(1, LOADINGS + 1))
            with Ticking(reactor) as clock:
                both = range(LOADINGS + 1, 2 * LOADINGS + 1)
                pair = [
                    Deferred.fromCoroutine(_load(reader, name, serial, both))
                    for reader, serial in zip(readers, (SERIAL, OTHER_SERIAL), strict=True)
                ]
                together = [took for one in await gatherResults(pair) for took in one]
        late.append(clock.late_ms)
        times[name] += alone + together
        found = [statistics.median(alone), max(alone), statistics.median(together), max(together)]
        rows.append([name, *(f"{figure:.1f}" for figure in [*found, clock.late_ms])])
    for reader in readers:
        await reader.close()
    head = ["profile", "alone, ms", "slowest", "two readers, ms", "slowest", "reactor late, ms"]
    return Findings(
        {
            "card_loading_p99_ms": max(statistics.quantiles(took, n=100)[-1] for took in times.values()),
            "card_loading_slowest_ms": max(max(took) for took in times.values()),
            "cards_reactor_late_ms": max(late),
        },
        [Table("Cards behind PC/SC: a whole loading", head, rows)],
    )


async def _load(reader: CardReader, name: str, serial: str, counts: range) -> list[float]:
    """Load a card so many times; gives the milliseconds of each."""
    holder, took = keys(), []

    async def tell(step: Step) -> Answer:
        return holder.answer(step) if isinstance(step, Ask) else Noted()

    for count in counts:
        wanted = loading(count, "open" if count == 1 else "purchase", serial=serial)
        begin = partial(write_card, profile_named(name), loading=wanted)
        began = time.perf_counter()
        outcome = await reader.converse(begin, tell)
        took.append((time.perf_counter() - began) * 1_000)
        assert isinstance(outcome, Written), outcome
    return took


@contextmanager
def _cards(service: PcscService, name: str) -> Iterator[None]:
    """Have a card in each reader, until the service has seen them go again."""
    started = []
    try:
        for place, serial in enumerate((SERIAL, OTHER_SERIAL)):
            words = [sys.executable, "-m", "bench.virtual_card", name, serial, str(FIRST_PORT + 2 * place)]
            inside = ["nsenter", f"--net=/proc/{service.pid}/ns/net"]
            started.append(subprocess.Popen([*_WITH_US, *inside, *words]))
        for place in (0, 1):
            await_card(PcscSlot(name_of(place)))
        yield
    finally:
        for card in started:
            card.kill()
            card.wait()
        time.sleep(NOTICED_S)


def await_card(slot: PcscSlot) -> None:
    """Wait until the service has seen it."""
    ends = time.monotonic() + SEEN_S_MAX
    while isinstance(contact := slot.connect(), Lost):
        assert time.monotonic() < ends, contact
        time.sleep(0.02)
    contact.release()
