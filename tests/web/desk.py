"""The office on doubles: a gate that knows a few people by their cookies, and a site to ask in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from adapters.db.poster import run_here
from adapters.db.views import Views
from adapters.people.authenticators import Authenticators
from adapters.people.passwords import Passwords
from adapters.print.pdf import Papers
from adapters.print.qr import Pictures
from adapters.print.xlsx import XlsxSheets
from admin_web.all_pages import MENU, ROUTES
from admin_web.cookies import SESSION_COOKIE
from admin_web.forgery import form_seal
from admin_web.needs import Counters, Office
from admin_web.site import build_site
from admin_web.visitor import Visitor
from gateway.assembly.gate import OfficeGate
from gateway.config.invoices import FONT
from gateway.core.authority import Function, Grant, Level, Rights
from gateway.core.session import EnrolPolicy
from gateway.core.timeline import day_begins
from gateway.endpoints.health import Check, Standing
from gateway.office.throttle import OF_ADDRESS, OF_LOGIN, Throttle
from gateway.prepayment.manage_meter import Workshop
from gateway.tally import NoTally
from tests.builders import NOON, ZONE, issuer, pricing
from tests.counter import RULES
from tests.doubles import BooksPoster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from admin_web.route import Printed, Refused, Taken

ORIGIN = "http://127.0.0.1:8080"
#: Any 32 bytes do.
SEAL_KEY = bytes(range(32))


def granted(level: Level, *functions: Function, limit_minor: int | None = None) -> Rights:
    """One level of these functions, or of all."""
    return Rights({one: (Grant(level, limit_minor),) for one in functions or Function})


def visitor(login="chief", rights: Rights | None = None, **changes: Any) -> Visitor:
    usual: dict[str, Any] = {
        "login": login,
        "name": {"chief": "Chen Yu", "auditor": "Olga Ivanova"}.get(login, login.title()),
        "rights": granted(Level.APPROVE) if rights is None else rights,
        "language": "en",
        "zone": ZONE,
        "currency": "CNY",
        "session_id": f"session-{login}",
        "csrf_secret": b"secret of " + login.encode(),
    }
    return Visitor(**(usual | changes))


def people() -> dict[str, Visitor]:
    """Who may come, by the cookie: one who may do all, one who sees all, one who may do nothing."""
    return {
        "chief": visitor("chief"),
        "auditor": visitor("auditor", granted(Level.VIEW)),
        "guest": visitor("guest", Rights()),
        "newcomer": visitor("newcomer", held_at="/password"),
        "moscow": visitor("moscow", zone=ZoneInfo("Europe/Moscow"), language="ru"),
    }


@dataclass
class DoubleGate:
    """``admin_web.needs.Gate`` by heart. Who was refused what is in ``heard``, who took what in ``taken``,
    who printed what in ``prints``; ``real`` writes these into the books as well.
    """

    people: Mapping[str, Visitor] = field(default_factory=people)
    heard: list[tuple[str, Refused]] = field(default_factory=list)
    seen: list[bool] = field(default_factory=list)
    taken: list[tuple[str, Taken]] = field(default_factory=list)
    prints: list[tuple[str, Printed]] = field(default_factory=list)
    real: OfficeGate | None = None

    async def visitor(self, cookie: str, *, is_seen: bool = True) -> Visitor | None:
        self.seen.append(is_seen)
        return self.people.get(cookie)

    async def refused(self, visitor: Visitor, refused: Refused) -> None:
        self.heard.append((visitor.login, refused))

    async def exported(self, visitor: Visitor, taken: Taken) -> None:
        self.taken.append((visitor.login, taken))

    async def printed(self, visitor: Visitor, printed: Printed) -> None:
        self.prints.append((visitor.login, printed))
        if self.real is not None:
            await self.real.printed(visitor, printed)

    def writing(self, of: Office) -> None:
        """Have prints written into this office's books, as the real gate does."""
        self.real = OfficeGate(
            views=of.views, poster=of.poster, seen=None, now=of.now, zone=ZONE, currency="CNY", secret=b""
        )


def office(engine=None, *, gate=None, views=None, poster=None, today=date(2026, 11, 23), **changes) -> Office:
    """An office on a real database, asked in the caller's own thread."""
    usual = {
        "now": lambda: NOON,
        "passwords": Passwords(run_here, memory_kib=64),
        "throttle": Throttle(lambda: 0.0, OF_ADDRESS),
        "tries": Throttle(lambda: 0.0, OF_LOGIN),
    }
    return Office(
        gate=gate or DoubleGate(),
        views=views or Views(engine, run_here),
        at_the_door=changes.pop("at_the_door", None) or views or Views(engine, run_here),
        poster=poster or BooksPoster(None, lambda: NOON),
        sheets=XlsxSheets(run_here),
        clock=Clock(),
        elsewhere=run_here,
        today=lambda: today,
        day_begins=lambda day: day_begins(day, ZONE, time(0)),
        zone=ZONE,
        authenticators=Authenticators(SEAL_KEY, "Riverside Power"),
        pictures=Pictures(),
        papers=Papers(run_here, Path(FONT)),
        invoice_text="Questions? Call 12345, day and night.",
        workshop=Workshop(issuer(), ZONE, "CNY"),
        counters=Counters(RULES, changes.pop("pricing", None) or pricing()),
        checks=changes.pop("checks", None) or (lambda: [Check("ledger", Standing.OK, "0 commands wait")]),
        enrol_policy=EnrolPolicy.NOBODY,
        utility="Riverside Power",
        seal_key=SEAL_KEY,
        origin=changes.pop("origin", ORIGIN),
        version="0.0",
        **usual | changes,
    )


@dataclass(frozen=True)
class Told:
    """An answer, taken apart."""

    code: int
    headers: dict[str, list[str]]
    body: bytes
    raw: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return ", ".join(self.headers.get(name.lower(), []))

    def cells(self) -> list[list[str]]:
        """The rows of the first table's body, without their tags."""
        body = self.text.partition("<tbody>")[2].partition("</tbody>")[0]
        rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
        return [[_bare(cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)] for row in rows]

    def link_to(self, words: str) -> str | None:
        """Where the link with these words leads; None where there is none."""
        found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{re.escape(words)}</a>', self.text)
        return unescape(found[1]) if found else None


def _bare(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", html).split())


class Desk:
    """A browser's end without a browser: asks the site over memory, one connection for each request."""

    def __init__(self, of: Office, routes=ROUTES, menu=MENU, **changes):
        self.clock = Clock()
        self.office = of
        self.site = build_site(of, routes, menu, tally=NoTally(), reactor=self.clock, **changes)

    def link(self) -> tuple[Any, StringTransport]:
        """Make a connection."""
        transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 50000))
        channel = self.site.buildProtocol(transport.getPeer())
        channel.makeConnection(transport)
        return channel, transport

    def send(self, octets: bytes) -> Told:
        channel, transport = self.link()
        channel.dataReceived(octets)
        answer = told(transport.value())
        # Who walks through many pages would else hold as many connections as the site takes.
        channel.connectionLost(Failure(ConnectionDone()))
        return answer

    def get(self, path: str, who: str | None = "chief", **headers: str) -> Told:
        return self.send(_head("GET", path, who, headers))

    def post(self, path: str, who: str | None = "chief", fields=None, *, seal=True, **headers: str) -> Told:
        """Send a form as a page of ours would: with its seal, from the site's own origin."""
        fields = dict(fields or {})
        person = self.office.gate.people.get(who)  # type: ignore[attr-defined]  # the double's
        if seal and person is not None:
            fields["seal"] = form_seal(person, path)
        body = urlencode(fields, doseq=True).encode()
        usual = {"Origin": self.office.origin, "Content-Type": "application/x-www-form-urlencoded"}
        usual |= {"Content-Length": str(len(body))}
        usual |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(_head("POST", path, who, usual) + body)


def _head(method: str, path: str, who: str | None, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1"]
    usual = {"Host": ORIGIN.partition("//")[2]}
    if who is not None:
        usual["Cookie"] = f"{SESSION_COOKIE}={who}"
    usual |= {name.replace("_", "-"): value for name, value in headers.items() if value}
    return "\r\n".join([*lines, *(f"{name}: {text}" for name, text in usual.items()), "", ""]).encode()


def told(octets: bytes) -> Told:
    """Take an answer apart; a body in chunks is put together."""
    head, _, body = octets.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, text = line.partition(": ")
        headers.setdefault(name.lower(), []).append(text)
    if headers.get("transfer-encoding") == ["chunked"]:
        body = _joined(body)
    return Told(int(first.split()[1]) if octets else 0, headers, body, octets)


def _joined(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return whole
