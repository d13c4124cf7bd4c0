"""Joins the admin web: its pages with the ledger, the people's passwords, sheets and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.session_rows import SessionRows
from adapters.db.view_connection import QUESTION_S_MAX
from adapters.db.views import Views
from adapters.people.authenticators import Authenticators
from adapters.people.passwords import Passwords
from adapters.print.pdf import Papers
from adapters.print.qr import Pictures
from adapters.print.xlsx import XlsxSheets
from admin_web.all_pages import MENU, ROUTES
from admin_web.needs import BankSetUp, Counters, NoStations, Office
from admin_web.render import prepare_templates
from admin_web.site import build_site
from admin_web.wire import Links
from gateway.assembly.gate import OfficeGate
from gateway.core.counter import CounterRules
from gateway.core.session import EnrolPolicy
from gateway.core.timeline import business_date, day_begins
from gateway.office.throttle import OF_ADDRESS, OF_LOGIN, Throttle
from gateway.prepayment.manage_meter import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from twisted.internet.defer import Deferred

    from admin_web.needs import LinesHeard, StationsHeard
    from admin_web.wire import OfficeSite
    from gateway.assembly.parts import Ledger
    from gateway.config import AdminSettings, Config
    from gateway.config.bank import BankSettings
    from gateway.endpoints.health import Check
    from gateway.ports import Pricing, Tally, TokenIssuer

#: Threads that answer the pages' questions: a slow list must not keep the others waiting, and the database's
#: connections are few.
READERS: Final = 4

#: Threads that see who is signed in, and who signs in. Their own: whoever has slow lists open holds nobody
#: at the door.
GATEKEEPERS: Final = 2

#: Papers that are printed at one time: each takes a second of all there is of a core.
PRINTERS: Final = 1

#: Passwords that are compared at one time: each takes 64 MiB, and all there is of a core.
COMPARERS: Final = 2


@dataclass(slots=True)
class AdminWeb:
    """The pages' site and the threads it works on."""

    site: OfficeSite
    threads: tuple[ThreadPool, ...]

    async def stop(self) -> None:
        """Let whoever waits for an answer have it, then give the threads back."""
        await self.site.drain()
        for threads in self.threads:
            threads.stop()


def build_admin(  # noqa: PLR0913 - all that the pages depend on, all of it named
    config: Config,
    settings: AdminSettings,
    ledger: Ledger,
    issuer: TokenIssuer,
    pricing: Pricing,
    *,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Callable[[], datetime],
    checks: Callable[[], Sequence[Check]],
    tally: Tally,
    stations: StationsHeard | None = None,
    lines: LinesHeard | None = None,
) -> AdminWeb:
    """Build the pages' site; its threads are running."""
    readers, keepers = _threads(READERS, "pages"), _threads(GATEKEEPERS, "gate")
    comparers, printers = _threads(COMPARERS, "passwords"), _threads(PRINTERS, "papers")
    reading, keeping = (partial(deferToThreadPool, reactor, one) for one in (readers, keepers))
    views, of_gate = (_views(ledger, on, tally) for on in (reading, keeping))
    secret = settings.secret.reveal()
    office = Office(
        gate=_gate(config, ledger, of_gate, keeping, now, secret),
        views=views,
        at_the_door=of_gate,
        poster=ledger.poster,
        sheets=XlsxSheets(reading),
        passwords=Passwords(partial(deferToThreadPool, reactor, comparers)),
        authenticators=Authenticators(secret, config.utility.name),
        pictures=Pictures(),
        papers=Papers(partial(deferToThreadPool, reactor, printers), config.invoices.font),
        invoice_text=config.invoices.text,
        throttle=Throttle(reactor.seconds, OF_ADDRESS),
        tries=Throttle(reactor.seconds, OF_LOGIN),
        enrol_policy=EnrolPolicy(settings.authenticators),
        workshop=Workshop(issuer, config.utility.zone, config.utility.currency),
        counters=Counters(counter_rules(config), pricing, config.prorates),
        checks=checks,
        clock=reactor,
        elsewhere=reading,
        now=now,
        today=partial(_today, config, now),
        day_begins=partial(_day_begins, config),
        zone=config.utility.zone,
        utility=config.utility.name,
        seal_key=secret,
        origin=settings.origin,
        version=metadata.version("powertill"),
        banks=tuple(_bank(config, one) for one in config.banks),
        tells_others=config.notify is not None,
        day_wh_max=config.readings.day_wh_max,
        inspection_limits=config.readings.limits,
        refund_price=config.refund_price,
        relay_hours=config.relay_hours,
        stations=stations or NoStations(),
        lines=lines,
    )
    site = build_site(office, ROUTES, MENU, tally=tally, reactor=reactor, links=_links(settings))
    readers.callInThread(prepare_templates)
    return AdminWeb(site, (readers, keepers, comparers, printers))


def _links(settings: AdminSettings) -> Links:
    return Links(settings.links_max, behind_proxy=settings.behind_proxy)


def _views(ledger: Ledger, run_elsewhere: Callable[..., Deferred[Any]], tally: Tally) -> Views:
    return Views(ledger.database, run_elsewhere, QUESTION_S_MAX, partial(_stopped, tally))


def _gate(  # noqa: PLR0913, PLR0917 - all that a gate depends on
    config: Config,
    ledger: Ledger,
    views: Views,
    keeping: Callable[..., Any],
    now: Callable[[], datetime],
    secret: bytes,
) -> OfficeGate:
    return OfficeGate(
        views=views,
        poster=ledger.poster,
        seen=partial(keeping, SessionRows(ledger.database).seen),
        now=now,
        zone=config.utility.zone,
        currency=config.utility.currency,
        secret=secret,
    )


def _stopped(tally: Tally, question: str) -> None:
    tally.count("questions_stopped", question=question)


def counter_rules(config: Config) -> CounterRules:
    """Give what every counter may sell, at the pages and at a card station."""
    counter, utility = config.counter, config.utility
    return CounterRules(
        currency=utility.currency,
        least_minor=counter.least.minor,
        most_minor=counter.most.minor,
        undo_s=counter.undo_s,
        zone=utility.zone,
    )


def _bank(config: Config, bank: BankSettings) -> BankSetUp:
    cut_over = bank.cut_over or config.utility.cut_over
    return BankSetUp(bank.code, bank.name, bank.profile, cut_over, bank.covered)


def _threads(count: int, name: str) -> ThreadPool:
    threads = ThreadPool(minthreads=1, maxthreads=count, name=name)
    threads.start()
    return threads


def _day_begins(config: Config, day: date) -> datetime:
    return day_begins(day, config.utility.zone, config.utility.cut_over)


def _today(config: Config, now: Callable[[], datetime]) -> date:
    return business_date(now(), config.utility.zone, config.utility.cut_over)
