"""How long a sale on a card takes at a station: real door, TLS on both sides, PC/SC, the station's journal.

The gateway is a process of its own, as it is installed, and so is the virtual card. A sale is all of it:
read, look, quote, sell, write, read back, confirm, each question over the line that is kept. What the cashier
types and the customer counts is not in it, nor what a real card takes for itself.
"""

from __future__ import annotations

import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.card_reader.pcsc import PcscSlot
from adapters.card_reader.reader import CardReader
from bench.bench_cards import await_card
from bench.bench_office import Ticking
from bench.figures import Findings, Table
from bench.on_reactor import on_reactor
from bench.progress import bar
from card_station.centre import Ok
from card_station.gateway_client import GatewayClient, Papers
from card_station.identity import Folder, request_of
from card_station.journal import Journal
from card_station.purchase import Step
from card_station.sale import Counter, Sold
from card_station.seen import Seen, Session
from gateway.assembly.pace import set_pace
from tests.card_counter import KIND
from tests.card_place import STATION_PORT, CardPlace, card_place
from tests.cards import SERIAL
from tests.office_place import PASSWORD
from tests.pcsc import FIRST_PORT, PcscService, name_of, why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.figures import Effort
    from card_station.purchase import Purchase

#: Sales of one round: each is a week of a card.
SALES = 100
MINOR = 1_000


def run(effort: Effort) -> Findings:
    """Sell on one card, again and again; between two sales its meter takes the purchase."""
    assert not why_not(), why_not()
    service = PcscService(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = card_place(Path(folder) / "centre", is_unhurried=True)
            code = made.powertill("stations", "code", "n1").split("Code")[1].split()[0]
            with made.place.start() as gateway, _card(service, made.meter_no) as card:
                gateway.up()
                station = _Station(made, Path(folder))
                found = on_reactor(
                    lambda reactor: station.measured(reactor, code, card, SALES * effort.rounds)
                )
                gateway.stop()
        return found
    finally:
        service.stop()


@contextmanager
def _card(service: PcscService, number: str) -> Iterator[Callable[[], None]]:
    """Have a card in the reader, in a process of its own; gives what puts it into its meter."""
    words = [sys.executable, "-m", "bench.virtual_card", KIND, SERIAL, str(FIRST_PORT), number]
    inside = ["setpriv", "--pdeathsig", "TERM", "nsenter", f"--net=/proc/{service.pid}/ns/net"]
    process = subprocess.Popen(
        [*inside, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin is not None
    assert process.stdout is not None
    to_card, from_card = process.stdin, process.stdout

    def taken() -> None:
        to_card.write("\n")
        assert int(from_card.readline()) > 0, "the meter took nothing"

    try:
        await_card(PcscSlot(name_of(0)))
        yield taken
    finally:
        process.kill()
        process.wait()
        for pipe in (to_card, from_card):
            pipe.close()


class _Station:
    """The station's own parts, without its page."""

    def __init__(self, made: CardPlace, folder: Path) -> None:
        self._pan = made.pan
        self._url = f"https://{made.place.host}:{STATION_PORT}"
        self._papers = Folder(folder / "station", made.place.folder / "stations/authority.pem")
        self._journal = Journal(folder / "journal")
        self._pool = ThreadPool(1, 1, "journal")

    async def measured(self, reactor: Any, code: str, taken: Callable[[], None], sales: int) -> Findings:
        """Be let in, sign in, sell."""
        self._reactor = reactor
        set_pace()  # as a station does when it starts
        self._pool.start()
        papers = self._papers
        stranger = GatewayClient(self._url, Papers(papers.authority_pem()), reactor)
        let_in = await stranger.ask("enrol", {"code": code, "csr": request_of(papers.key())})
        assert isinstance(let_in, Ok), let_in
        papers.keep(let_in.content["certificate"])
        self._client = client = GatewayClient(self._url, papers.papers(), reactor)
        said = await client.ask("sign_in", {"login": "ann", "password": PASSWORD})
        assert isinstance(said, Ok), said
        self._session = Session(said.content["session"], "ann", "Ann", "en", has_shift=True)
        self._counter = Counter(
            client,
            self._journal,
            note=self._noted,
            pause=self._paused,
            nonce=lambda: secrets.token_urlsafe(18),
        )
        self._counter.station = "n1"
        reader = CardReader(PcscSlot(name_of(0)), reactor)
        try:
            return await self._sold(reader, taken, sales)
        finally:
            await reader.close()
            await client.close()
            self._pool.stop()
            self._journal.close()

    async def _sold(self, reader: CardReader, taken: Callable[[], None], sales: int) -> Findings:
        took: dict[str, list[float]] = {"read": [], "price": [], "sell and write": [], "all": []}
        late: list[float] = []
        with bar("stations", sales, "sale") as shown:
            for number in range(sales + 1):
                with Ticking(self._reactor) as clock:
                    times = await self._sale(reader)
                if number:  # the first one opens the card and every connection
                    late.append(clock.late_ms)
                    for name, one in times.items():
                        took[name].append(one * 1_000)
                    shown.update()
                taken()
        rows = [
            [name, *(f"{figure:.1f}" for figure in (statistics.median(ms), _p99(ms), max(ms)))]
            for name, ms in took.items()
        ]
        return Findings(
            {
                "station_sale_median_ms": statistics.median(took["all"]),
                "station_sale_p99_ms": _p99(took["all"]),
                "station_reactor_late_ms": max(late),
            },
            [
                Table(
                    "A sale on a card at a station, over TLS and PC/SC, ms",
                    ["part", "median", "p99", "slowest"],
                    rows,
                )
            ],
            [f"stations: {sales} sales on one {KIND} card, of {MINOR} minor units each"],
        )

    async def _sale(self, reader: CardReader) -> dict[str, float]:
        """Sell once; gives the seconds of its parts."""
        began = time.perf_counter()
        seen = await self._counter.read(reader, self._session)
        assert isinstance(seen, Seen), seen
        assert seen.is_sellable, seen.sentence
        read = time.perf_counter()
        said = {"session": self._session.secret, "pan": self._pan, "amount_minor": MINOR}
        price = await self._client.ask("quote", said)
        assert isinstance(price, Ok), price
        quoted = time.perf_counter()
        sold = await self._counter.sell(
            reader, self._session, seen, pan=self._pan, tender_minor=MINOR, price=price.content["price"]
        )
        ended = time.perf_counter()
        assert isinstance(sold, Sold), sold
        assert sold.purchase.step is Step.DONE, sold.purchase.step
        return {
            "read": read - began,
            "price": quoted - read,
            "sell and write": ended - quoted,
            "all": ended - began,
        }

    async def _noted(self, purchase: Purchase) -> None:
        await deferToThreadPool(self._reactor, self._pool, self._journal.write, purchase)

    async def _paused(self, seconds: float) -> None:
        await deferLater(self._reactor, seconds)


def _p99(ms: list[float]) -> float:
    return statistics.quantiles(ms, n=100)[-1]
