"""What the card stations' door needs of the inside and the outside, as Protocols; the fuse box obeys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.codecs.card.answering import CardKeys
    from gateway.core.books import Command
    from gateway.core.card import CardSystem
    from gateway.core.counter import CounterRules
    from gateway.core.outcome import Content
    from gateway.core.station_certificate import StationCertificate
    from gateway.core.views_stations import KnownStation
    from gateway.endpoints.station_heard import StationsHeard
    from gateway.ports import Clock, Poster, Pricing, Tally, TokenIssuer, Views


@dataclass(frozen=True, slots=True)
class Turned:
    """Refused: nothing was done. ``code`` is for the program, ``sentence`` for the one at the counter."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who is signed in at a station. ``branch`` is the one whose customers she sees, None for all.

    ``sits_at`` is the station of her open shift, "" for none; ``may_sell`` what her roles say of selling.
    """

    login: str
    name: str
    language: str
    session: str
    branch: str | None
    sits_at: str
    may_sell: bool


@dataclass(frozen=True, slots=True)
class Proven:
    """What somebody typed at a station to sign in; in no repr."""

    login: str
    password: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedInHere:
    """Who has signed in, and the secret that her station keeps while she sits there."""

    clerk: Clerk
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a cashier orders, as authority judges it and the diary tells it: ``about`` is the meter (PAN)."""

    kind: str
    subject: str
    about: str
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the station as its certificate says, where from, and who is signed in there.

    ``clerk`` is None where the question needs nobody.
    """

    known: KnownStation
    address: str
    clerk: Clerk | None = None

    @property
    def station(self) -> str:
        """The station's code."""
        return self.known.station.code

    @property
    def cashier(self) -> Clerk:
        """Who is signed in; a bug of ours where the question was let through without her."""
        assert self.clerk is not None  # noqa: S101 - the conversation has seen to it
        return self.clerk


class Desk(Protocol):
    """Lets stations and their cashiers in, and gives a cashier's orders in her name."""

    def enrol(self, code: str, csr: str, address: str) -> Awaitable[StationCertificate | Turned]:
        """Let a station in by a code; tries from one address are held back once they have failed."""

    def renew(self, known: KnownStation, csr: str, address: str) -> Awaitable[StationCertificate | Turned]:
        """Give a station its next certificate."""

    def sign_in(self, station: str, proven: Proven, address: str) -> Awaitable[SignedInHere | Turned]:
        """Compare, and begin a session of this station. TooManyAtOnce."""

    def clerk(self, station: str, secret: str) -> Awaitable[Clerk | None]:
        """Find who holds this secret at this station; None where nobody does any more."""

    def sign_out(self, station: str, clerk: Clerk, address: str) -> Awaitable[None]:
        """End her session."""

    def give(self, caller: Caller, deed: Deed, command: Command) -> Awaitable[Content]:
        """Give a cashier's order, with her rights, her branch and the diary's line."""


@dataclass(frozen=True, slots=True)
class StationLimits:
    """How much stations may ask and how long things may take.

    ``request_deadline_s`` is for a whole request (head and body), ``reply_deadline_s`` until it is decided;
    ``in_flight_max`` are requests of one station at one time: its readers, a heartbeat, and one more.
    ``idle_deadline_s`` is how long a line may be silent between two requests: three heartbeats of a station.
    """

    links_max: int = 256
    in_flight_max: int = 8
    request_deadline_s: float = 10.0
    reply_deadline_s: float = 20.0
    idle_deadline_s: float = 90.0


@dataclass(frozen=True, slots=True)
class StationDoor:
    """Everything that the door's requests share."""

    desk: Desk
    views: Views
    poster: Poster
    keys: CardKeys
    pricing: Pricing
    issuer: TokenIssuer
    rules: CounterRules
    system: CardSystem
    heard: StationsHeard
    tally: Tally
    clock: Clock
    now: Callable[[], datetime]
    random_nibble: Callable[[], int]
    drawn_id: Callable[[], str]
    authority_pem: str
    limits: StationLimits = StationLimits()
