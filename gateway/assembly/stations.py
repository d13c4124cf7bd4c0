"""Joins the card stations' door: its authority, its TLS, who may come in, and the keys of cards."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from adapters.db.session_rows import SessionRows
from adapters.db.view_connection import QUESTION_S_MAX
from adapters.db.views import Views
from adapters.keys.station_authority import AuthorityFault, ServerPair, StationAuthority
from adapters.keys.station_tls import StationTls
from adapters.people.authenticators import Authenticators
from adapters.people.passwords import Passwords
from gateway.assembly.admin import counter_rules
from gateway.assembly.prepayment import SetUpFault, nibbles
from gateway.assembly.station_desk import Behind, StationDesk
from gateway.assembly.station_tls import StationWire
from gateway.core.card import CardSystem
from gateway.core.session import EnrolPolicy
from gateway.endpoints.health import Check, Standing
from gateway.endpoints.station_heard import StationsHeard
from gateway.endpoints.station_needs import StationDoor, StationLimits
from gateway.endpoints.station_site import StationSite
from gateway.events import event
from gateway.secret import SecretFileFault, read_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.assembly.issuing import Issuing
    from gateway.assembly.parts import Ledger
    from gateway.config import AdminSettings, Config
    from gateway.config.stations import StationSettings
    from gateway.ports import Pricing, Tally

log = logging.getLogger("powertill.station")

#: Threads that see who knocks and what is asked of the books: stations ask short questions.
READERS: Final = 2

#: Passwords that are compared at one time at this door; the pages have their own.
COMPARERS: Final = 1

_ERRAND_OCTETS: Final = 18


@dataclass(slots=True)
class Stations:
    """The door and the threads it works on; ``heard`` is what stations told of themselves."""

    site: StationSite
    wire: StationWire
    heard: StationsHeard
    threads: tuple[ThreadPool, ...]

    def check(self) -> Check:
        """Say how many stations were heard of."""
        count = len(self.heard.statuses())
        return Check("stations", Standing.OK, f"{count} stations were heard since the start")

    async def stop(self) -> None:
        """Let whoever waits for an answer have it, then give the threads back."""
        await self.site.drain()
        for threads in self.threads:
            threads.stop()


def build_stations(  # noqa: PLR0913, PLR0917 - all that the door depends on, all of it named
    config: Config,
    settings: StationSettings,
    admin: AdminSettings,
    ledger: Ledger,
    issuing: Issuing,
    pricing: Pricing,
    *,
    reactor: Any,  # noqa: ANN401 - Twisted's reactor is several interfaces at once
    now: Callable[[], datetime],
    tally: Tally,
) -> Stations:
    """Build the door; its threads are running. SetUpFault: the authority's files cannot be used."""
    authority = open_authority(settings)
    tls = _tls(settings, authority, now())
    readers, comparers = _threads(READERS, "stations"), _threads(COMPARERS, "cashiers")
    reading = partial(deferToThreadPool, reactor, readers)
    views = Views(
        ledger.database, reading, QUESTION_S_MAX, lambda name: tally.count("questions_stopped", question=name)
    )
    secret, heard = admin.secret.reveal(), StationsHeard()
    behind = Behind(
        views=views,
        poster=ledger.poster,
        passwords=Passwords(partial(deferToThreadPool, reactor, comparers)),
        codes=Authenticators(secret, config.utility.name),
        seen=partial(reading, SessionRows(ledger.database).seen),
        issuer=issuing.issuer,
        authority=authority,
        policy=EnrolPolicy(admin.authenticators),
        clock=reactor,
        now=now,
    )
    door = StationDoor(
        desk=StationDesk(behind),
        views=views,
        poster=ledger.poster,
        keys=issuing.card_keys,
        pricing=pricing,
        issuer=issuing.issuer,
        rules=counter_rules(config),
        system=CardSystem(settings.system, settings.key_versions),
        heard=heard,
        tally=tally,
        clock=reactor,
        now=now,
        random_nibble=nibbles(secrets.token_bytes),
        drawn_id=partial(secrets.token_urlsafe, _ERRAND_OCTETS),
        authority_pem=authority.pem,
        limits=StationLimits(links_max=settings.links_max, idle_deadline_s=settings.idle_deadline_s),
    )
    site = StationSite(door)
    _warn_without_keys(issuing)
    return Stations(site, StationWire(tls, site), heard, (readers, comparers))


def open_authority(settings: StationSettings) -> StationAuthority:
    """Open the authority; SetUpFault says which file is wrong, and the cure."""
    cure = "cure: make them with powertill stations authority, or name others in [stations]"
    try:
        certificate = settings.authority_file.read_bytes()
        key = read_secret(settings.authority_key_file)
        return StationAuthority(certificate, key.reveal(), settings.certificate_days)
    except OSError as fault:
        what = f"{settings.authority_file} cannot be read: {fault.strerror}"
        raise SetUpFault(f"stations.authority_file: {what}; {cure}") from None
    except SecretFileFault as fault:
        raise SetUpFault(f"stations.authority_key_file: {fault.what}; {cure}") from None
    except AuthorityFault as fault:
        raise SetUpFault(f"stations.authority_file: {fault}; {cure}") from None


def _tls(settings: StationSettings, authority: StationAuthority, now: datetime) -> StationTls:
    try:
        return StationTls(_server_pair(settings, authority, now), authority.pem)
    except AuthorityFault as fault:
        raise SetUpFault(f"stations.server_file: {fault}; cure: name the two files of one pair") from None


def _server_pair(settings: StationSettings, authority: StationAuthority, now: datetime) -> ServerPair:
    """Give the door's own certificate: the operator's, or one that is made by the authority now."""
    if settings.server_file is None or settings.server_key is None:
        return authority.server(settings.hosts, now)
    try:
        return ServerPair(settings.server_file.read_bytes(), settings.server_key.reveal())
    except OSError as fault:
        what = f"{settings.server_file} cannot be read: {fault.strerror}"
        raise SetUpFault(f"stations.server_file: {what}; cure: name the door's certificate in PEM") from None


def _warn_without_keys(issuing: Issuing) -> None:
    """Say so where no key of cards is there: the door opens, since keys are loaded while it is open."""
    # The group of a card's key has three parts with dots between (``core.card_key``), a meter's none.
    if not any("." in one.sgc for one in issuing.issuer.ring.revisions.values()):
        event(log, "station.no_card_keys", level=logging.WARNING)


def _threads(count: int, name: str) -> ThreadPool:
    threads = ThreadPool(minthreads=1, maxthreads=count, name=name)
    threads.start()
    return threads
