"""What the pages need of the outside, as Protocols; the fuse box hands them over in an ``Office``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gateway.core.inspection import USUAL_LIMITS
from gateway.core.reading_rules import DAY_WH_MAX
from gateway.core.refund_price import RefundPrice
from gateway.core.relay_hours import RelayHours

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime, time, tzinfo
    from decimal import Decimal

    from admin_web.route import Printed, Refused, Taken
    from admin_web.visitor import Visitor
    from gateway.core.counter import CounterRules
    from gateway.core.hidden import Hidden
    from gateway.core.inspection import InspectionLimits
    from gateway.core.line_standing import LineStanding
    from gateway.core.line_test import LineTest, LineTestRefusal
    from gateway.core.line_work.work_kind import WorkKind
    from gateway.core.meter_way import MeterWay
    from gateway.core.paper import Paper, PaperSize
    from gateway.core.session import EnrolPolicy
    from gateway.core.station_status import StationStatus
    from gateway.endpoints.health import Check
    from gateway.office.throttle import Throttle
    from gateway.ports import Clock, Poster, Pricing, Views
    from gateway.prepayment.manage_meter import Workshop

#: How a column's cells are written: an ``amount`` is a decimal number, a ``moment`` a local time.
SheetKind = Literal["text", "count", "amount", "moment", "day"]


class Gate(Protocol):
    """Knows who is signed in, and writes the diary of who was refused."""

    def visitor(self, cookie: str, *, is_seen: bool = True) -> Awaitable[Visitor | None]:
        """Find who holds this session, or None where it is none, is over or was ended.

        ``is_seen`` is False where a page asked by itself, with nobody at it: that keeps no session alive.
        """

    def refused(self, visitor: Visitor, refused: Refused) -> Awaitable[None]:
        """Note in the diary that somebody asked for what is not hers."""

    def exported(self, visitor: Visitor, taken: Taken) -> Awaitable[None]:
        """Note in the diary that somebody takes a list away; before its first byte goes out.

        NoRight where the books do not grant it.
        """

    def printed(self, visitor: Visitor, printed: Printed) -> Awaitable[None]:
        """Note in the diary that somebody prints a page; before the browser may. Once a minute for each page.

        NoRight where the books do not grant it, NotThere where her session has ended.
        """


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet: its title in the reader's language, and how its cells are written."""

    title: str
    kind: SheetKind


class Sheet(Protocol):
    """A spreadsheet being written, row by row; it is kept on disk, never whole in memory."""

    def add(self, rows: Sequence[Sequence[str | int | Decimal | date | datetime | None]]) -> Awaitable[None]:
        """Write further rows, each with a cell for every column."""

    def note(
        self, title: str, rows: Sequence[Sequence[str | int | Decimal | date | datetime | None]]
    ) -> Awaitable[None]:
        """Write a few rows on a further page, behind all others; nothing is added to the first one then."""

    def finish(self) -> Awaitable[Iterator[bytes]]:
        """Close it and give its bytes, piece by piece; the file is gone when they are read or dropped."""

    def drop(self) -> None:
        """Throw it away unfinished: whoever asked for it has gone."""


class Sheets(Protocol):
    """Makes spreadsheets (XLSX)."""

    def begin(self, title: str, columns: Sequence[SheetColumn]) -> Sheet:
        """Begin one; ``title`` names its first page."""


class StationsHeard(Protocol):
    """Knows what the card stations said of themselves last."""

    def statuses(self) -> Mapping[str, StationStatus]:
        """Give it, by the code of the station; a station that never called is not among them."""


class NoStations:
    """No card station calls here."""

    def statuses(self) -> Mapping[str, StationStatus]:
        """Give nothing."""
        return {}


class LineTests(Protocol):
    """Has meters called while somebody waits at a page, over the lines of this process."""

    def begin(self, way: MeterWay, by: str) -> LineTestRefusal | None:
        """Have a meter called for this login; a refusal where nobody can be. Its running test goes on."""

    def look(self, pan: str) -> LineTest | None:
        """Give the newest test of a meter as it stands; None where none is kept."""


class LinesHeard(Protocol):
    """Knows how the lines of this process stand, and what waits for them."""

    def lines(self) -> Sequence[LineStanding]:
        """Give each line, by name."""

    def waiting(self) -> Mapping[WorkKind, int]:
        """Say how many jobs of each kind wait or are on a call; a kind without one may be missing."""

    @property
    def tests(self) -> LineTests:
        """Give what has meters called for whoever waits at a page."""


class Passwords(Protocol):
    """Hashes and compares passwords, which takes its time on purpose; ``TooManyAtOnce`` in a flood."""

    def hashed(self, password: str) -> Awaitable[Hidden]:
        """Hash a new one."""

    def fits(self, kept: Hidden, password: str) -> Awaitable[bool]:
        """Compare; where nothing is kept, nothing fits, and it takes as long."""


class Authenticators(Protocol):
    """Codes that change every thirty seconds (RFC 6238), and their secrets, sealed for one login."""

    def drawn(self) -> Hidden:
        """Draw a new secret, in the letters that an authenticator is told."""

    def address(self, login: str, secret: Hidden) -> Hidden:
        """Write it as the address that a telephone's camera reads."""

    def sealed(self, login: str, secret: Hidden) -> Hidden:
        """Seal it for keeping."""

    def opened(self, login: str, sealed: Hidden) -> Hidden | None:
        """Open a sealed one; None where it is another's, or of another key."""

    def step_of(self, secret: Hidden, code: str, now: datetime) -> int | None:
        """Find the step of a code; None where it fits none of those near this moment."""


class Pictures(Protocol):
    """Draws what a telephone reads."""

    def qr(self, text: str) -> str:
        """Draw a text as an SVG element."""


class Papers(Protocol):
    """Prints papers as PDF."""

    def pdf(self, paper: Paper, size: PaperSize) -> Awaitable[bytes]:
        """Print one; NoPaper where the font is not there, or lacks a letter of it."""


@dataclass(frozen=True, slots=True)
class BankSetUp:
    """A bank as the configuration has it: what a page may tell of it, and no secret.

    ``is_covered``: its float has to cover what it sells; else it owes what it has sold.
    """

    code: str
    name: str
    profile: str
    cut_over: time
    is_covered: bool


@dataclass(frozen=True, slots=True)
class Counters:
    """What is sold by at the utility's own counters, and at which prices.

    ``prorates``: what was bought is counted on in proportion under another power type (``core.counters``).
    """

    rules: CounterRules
    pricing: Pricing
    prorates: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """All that a page may ask for. ``seal_key`` seals what goes out and comes back.

    ``at_the_door`` are the same views on the gate's threads: what is asked before anybody is let in, so that
    nobody's slow lists keep others out. ``throttle`` counts by address who fails to sign in, ``tries`` by
    login. ``workshop`` makes management
    tokens, with the issuer that is asked between commands; ``counters`` say what
    cashiers may sell; ``clock`` measures how long. ``elsewhere`` calls
    what takes its time on a thread of the pages. ``day_begins`` is the moment from which the utility books in
    a business day. ``checks`` say how the gateway's doors and watches stand,
    ``enrol_policy`` who must have an authenticator. ``tells_others``: somebody is told of what was sold
    (``[notify]``); where nobody is, no notice is ever on its way. ``invoice_text`` is what the
    utility says at the end of each invoice. ``day_wh_max`` and ``inspection_limits`` say what a reading may
    show, and from when on somebody looks at a meter (``[readings]``); ``refund_price`` at which price
    energy is given back (``[refunds]``), ``relay_hours`` when customers may be switched off (``[relays]``).
    ``stations`` tells how the card stations stand, ``lines`` how the lines do (None: they do not run here).
    """

    gate: Gate
    views: Views
    at_the_door: Views
    poster: Poster
    sheets: Sheets
    passwords: Passwords
    authenticators: Authenticators
    pictures: Pictures
    papers: Papers
    throttle: Throttle
    tries: Throttle
    workshop: Workshop
    counters: Counters
    checks: Callable[[], Sequence[Check]]
    clock: Clock
    elsewhere: Callable[..., Awaitable[Any]]
    now: Callable[[], datetime]
    today: Callable[[], date]
    day_begins: Callable[[date], datetime]
    zone: tzinfo
    seal_key: bytes = field(repr=False)
    origin: str
    version: str
    utility: str
    enrol_policy: EnrolPolicy
    banks: tuple[BankSetUp, ...] = ()
    tells_others: bool = True
    invoice_text: str = ""
    day_wh_max: int = DAY_WH_MAX
    inspection_limits: InspectionLimits = USUAL_LIMITS
    refund_price: RefundPrice = RefundPrice.PAID
    relay_hours: RelayHours = field(default_factory=RelayHours)
    stations: StationsHeard = field(default_factory=NoStations)
    lines: LinesHeard | None = None
