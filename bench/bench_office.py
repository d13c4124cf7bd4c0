"""How long an office waits that looks at a million sales on PostgreSQL, and whether the reactor waits too.

Every question is asked as a page asks it: through the port, its answer made on a thread, its rows, count and
totals each by itself. A figure is the median of its rounds; demanded is what the slowest of them all takes.
Then the pages and two files are got over loopback HTTP, from the gateway's own site, as a browser gets them.
Meanwhile a clock ticks on the reactor: what it was late for at most is the reactor's longest block, as far as
this process worked meanwhile; the time that others had the processor is not ours to answer for.
"""

from __future__ import annotations

import gc
import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread

from adapters.db.opening import make_partitions, open_database
from adapters.db.views import Views
from bench.figures import Findings, Table
from bench.office_books import DAYS, OfficeBooks
from bench.office_pages import FILE_ROUNDS, FILE_ROWS, PAGE_ROUNDS, OfficePages, files, pages
from bench.office_questions import Sample, questions
from bench.on_reactor import on_reactor
from bench.progress import steps
from bench.server import bench_server
from gateway.assembly.pace import set_pace
from gateway.core.timeline import microseconds
from gateway.core.views_booked import SaleFile
from gateway.core.views_sales import Sales

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bench.figures import Effort
    from bench.server import BenchServer

BOOKS = "office"
#: Of the sales so many hundredths lie behind the last VACUUM, which comes when a fiftieth of them is new.
FRESH_PERCENT = 2
#: Notices that are on their way when the office asks.
NOTICES = 1_000
ROUNDS = 5
#: The questions that the report names: the slowest.
TOLD = 20
TICK_S = 0.001


class Ticking:
    """A clock on the reactor; how late it was at most by our own work, in milliseconds.

    ``collecting_ms`` is the interpreter's longest search for cycles meanwhile: nothing else runs during one.
    """

    def __init__(self, reactor: Any) -> None:
        self.late_ms = self.collecting_ms = 0.0
        self._collects_since = 0.0
        self._last = self._worked = 0.0
        self._call = LoopingCall(self._tick)
        self._call.clock = reactor

    def __enter__(self) -> Self:
        self._last, self._worked = time.perf_counter(), time.process_time()
        self._call.start(TICK_S)
        gc.callbacks.append(self._collects)
        return self

    def __exit__(self, *_fault: object) -> None:
        self._call.stop()
        gc.callbacks.remove(self._collects)

    def _collects(self, phase: str, _told: dict[str, int]) -> None:
        if phase == "start":
            self._collects_since = time.perf_counter()
        else:
            took_ms = (time.perf_counter() - self._collects_since) * 1_000
            self.collecting_ms = max(self.collecting_ms, took_ms)

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.process_time()
        late_s = min(now - self._last - TICK_S, worked - self._worked)
        self.late_ms = max(self.late_ms, late_s * 1_000)
        self._last, self._worked = now, worked


def run(effort: Effort) -> Findings:
    with bench_server() as server:
        books = _books(server, effort.books)
        set_pace()  # as the gateway does when it starts: what made the books is none of its business
        return on_reactor(lambda reactor: _measure(reactor, server, books, effort))


def _books(server: BenchServer, sales: int) -> OfficeBooks:
    """Fill the books; VACUUM and ANALYZE come when PostgreSQL would do them by itself."""
    server.books(BOOKS)
    owner, engine = open_database(server.cluster.url(BOOKS)), open_database(server.url(BOOKS))
    books = OfficeBooks(engine, sales)
    make_partitions(owner, (books.now - timedelta(days=DAYS + 1)).date(), DAYS // 28 + 1)
    books.enter_town()
    fresh = sales * (100 - FRESH_PERCENT) // 100
    books.sell(0, fresh)
    books.clear_outbox(NOTICES)
    books.keep_diary()
    server.cluster.execute("VACUUM ANALYZE", BOOKS)
    books.sell(fresh, sales)
    for one in (owner, engine):
        one.dispose()
    return books


async def _measure(reactor: Any, server: BenchServer, books: OfficeBooks, effort: Effort) -> Findings:
    engine = open_database(server.url(BOOKS))
    views = Views(engine, deferToThread)
    sample = await _sample(views, books)
    asked = questions(sample)
    took: dict[str, float] = {}
    found: dict[str, int] = {}
    with Ticking(reactor) as clock:
        for name in steps("office: ask", list(asked)):
            for ask in (views.rows, views.count, views.totals):
                times = []
                for _ in range(ROUNDS):
                    began = time.perf_counter()
                    answer: Any = await ask(asked[name])
                    times.append((time.perf_counter() - began) * 1_000)
                took[f"{name}, {ask.__name__}"] = statistics.median(times)
                if ask == views.count:
                    found[name] = answer
    slowest = sorted(took, key=lambda name: took[name], reverse=True)
    rows = [[name, f"{found[name.rpartition(', ')[0]]:,}", f"{took[name]:,.1f}"] for name in slowest[:TOLD]]
    middle = statistics.median(took.values())
    note = (
        f"{effort.books:,} sales of {DAYS} days; {len(asked)} questions, each asked for its rows, count and "
        f"totals; half of the answers come within {middle:,.1f} ms. Counts end behind 10,000. The longest "
        f"search for cycles took {clock.collecting_ms:.1f} ms."
    )
    table = Table("The office's slowest questions", ["question", "rows in all", "ms"], rows, note)
    figures = {"office_slowest_ms": took[slowest[0]], "office_median_ms": middle}
    told = Findings(figures | {"office_reactor_late_ms": clock.late_ms}, [table])
    told.add(await _pages(reactor, engine, books, sample))
    engine.dispose()
    return told


async def _pages(reactor: Any, engine: Engine, books: OfficeBooks, sample: Sample) -> Findings:
    """Have pages and files got by a browser's end, over the gateway's own site."""
    office = OfficePages(reactor, engine)
    set_pace()  # as the gateway does when it has opened the pages' door
    with Ticking(reactor) as at_pages:
        seen = await office.visited(pages(sample), PAGE_ROUNDS)
    with Ticking(reactor) as at_files:
        taken = await office.visited(files(books), FILE_ROUNDS)
    await office.close()
    slowest = sorted(seen.ms, key=lambda name: seen.ms[name], reverse=True)
    rows = [[name, f"{seen.octets[name]:,}", f"{seen.ms[name]:,.1f}"] for name in slowest]
    rows += [[f"file: {name}", f"{taken.octets[name]:,}", f"{taken.ms[name]:,.1f}"] for name in taken.ms]
    note = (
        f"Over loopback, somebody signed in, by a process of its own; the median of {PAGE_ROUNDS} rounds. "
        f"The reactor's longest block was {at_pages.late_ms:.1f} ms with the pages, {at_files.late_ms:.1f} "
        f"ms with the files, which have some {FILE_ROWS:,} sales; the longest search for cycles "
        f"{at_pages.collecting_ms:.1f} and {at_files.collecting_ms:.1f} ms."
    )
    figures = {
        "office_page_slowest_ms": seen.ms[slowest[0]],
        "office_pages_late_ms": at_pages.late_ms,
        "office_files_late_ms": at_files.late_ms,
        **{f"office_{name.lower()}_s": ms / 1_000 for name, ms in taken.ms.items()},
    }
    return Findings(figures, [Table("The office's pages and files", ["page", "octets", "ms"], rows, note)])


async def _sample(views: Views, books: OfficeBooks) -> Sample:
    """Take a sale from the middle of the books."""
    middle_us = microseconds(books.moment(books.sales // 2))
    (sale,) = await views.rows(
        Sales(branch=None, bank="east", power_type="domestic", end_us=middle_us, limit=1)
    )
    facts = await views.totals(SaleFile(branch=None, id=sale.id))
    assert facts is not None
    return Sample(sale, facts.tokens[0].digits, books.now)
