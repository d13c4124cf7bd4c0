"""The office's pages and files as a browser gets them: over loopback, from the gateway's own site."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from twisted.internet.threads import deferToThread

from adapters.db import tables as t
from adapters.db.office_rows import session_row
from adapters.db.poster import QueuedPoster
from admin_web.cookies import SESSION_COOKIE
from admin_web.render import prepare_templates
from bench.gateways import free_port
from bench.office_books import DIARY_LINES
from bench.office_questions import texts
from gateway.assembly.admin import build_admin
from gateway.assembly.gate import COOKIE_OCTETS
from gateway.core.session import Session, Stage, session_id
from gateway.core.timeline import microseconds
from gateway.tally import NoTally
from tests.builders import ZONE, issuer, posting_batch, pricing
from tests.office_config import office_config, office_settings
from tests.office_people import People

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bench.office_books import OfficeBooks
    from bench.office_questions import Sample

#: Any do: nobody but us is there.
_SECRET = bytes(range(COOKIE_OCTETS))
_LOGIN = "chief"
#: Rows of a file, about: so many sales the books have in a day when they have a million.
FILE_ROWS = 10_000
PAGE_ROUNDS, FILE_ROUNDS = 5, 2


@dataclass(frozen=True, slots=True)
class Seen:
    """How long each page and file took at the browser's end, in milliseconds, and how many octets it had."""

    ms: dict[str, float]
    octets: dict[str, int]


class OfficePages:
    """The site on a port of its own, and ``chief``, who may see everything."""

    def __init__(self, reactor: Any, engine: Engine) -> None:
        _sign_in(engine)
        self._batch = posting_batch(engine, now=_now)
        self._port_number = free_port()
        ledger: Any = SimpleNamespace(
            database=engine, poster=QueuedPoster(self._batch, deferToThread, lambda _why: None)
        )
        settings = office_settings(_SECRET, f"http://127.0.0.1:{self._port_number}")
        self._admin = build_admin(
            office_config(), settings, ledger, issuer(), pricing(),
            reactor=reactor, now=_now, checks=list, tally=NoTally(),
        )  # fmt: skip
        self._port = reactor.listenTCP(self._port_number, self._admin.site, interface="127.0.0.1")

    async def visited(self, asked: dict[str, tuple[str, dict[str, str] | None]], rounds: int) -> Seen:
        """Have everything looked at by a process of its own."""
        await deferToThread(prepare_templates)  # the gateway has done it long before anybody comes
        cookie = urlsafe_b64encode(_SECRET).decode().rstrip("=")
        said = {
            "port": self._port_number,
            "cookie": f"{SESSION_COOKIE}={cookie}",
            "rounds": rounds,
            "asked": {name: {"path": path, "fields": fields} for name, (path, fields) in asked.items()},
        }
        command = [sys.executable, "-m", "bench.office_visitor"]
        ended: Any = await deferToThread(
            subprocess.run, command, input=json.dumps(said), stdout=subprocess.PIPE, check=True, text=True
        )
        found = json.loads(ended.stdout)
        return Seen(
            {name: one[0] for name, one in found.items()}, {name: one[2] for name, one in found.items()}
        )

    async def close(self) -> None:
        """Shut the door and give the threads back."""
        await self._port.stopListening()
        await self._admin.stop()
        self._batch.close()


def pages(sample: Sample) -> dict[str, tuple[str, dict[str, str] | None]]:
    """Give the pages by their names, each as its path and the form that is sent there."""
    sale = sample.sale
    found: dict[str, tuple[str, dict[str, str] | None]] = {
        "overview": ("/", None),
        "sales": ("/sales", None),
        "sales, largest first": ("/sales?day_from=&sort=-paid", None),
        "sale": (f"/sales/{sale.id}", None),
        "invoices": ("/invoices", None),
        "customers": ("/customers", None),
        "customer": (f"/customers/{sale.account_no}", None),
        "supply points": ("/supply-points", None),
        "supply point": (f"/supply-points/{sale.account_no}-1", None),
        "amendments": ("/amendments", None),
        "meters": ("/meters", None),
        "meter": (f"/meters/{sale.pan}", None),
        "entry": (f"/entries/at/{sale.receipt_no}", None),
        "trial balance": ("/ledger", None),
        "statement": ("/ledger/BANK:east/CNY", None),
        "exceptions": ("/exceptions", None),
        "banks": ("/banks", None),
        "business days": ("/days", None),
        "bank": ("/banks/east", None),
        "diary": ("/diary", None),
        "diary: one of fifty people": ("/diary?actor=clerk-7&day_from=", None),
        "diary: a text that one line has": (f"/diary?text=pay/east/{DIARY_LINES // 2}&day_from=", None),
    }
    plain = (
        "find-token", "requests", "stock", "management-tokens", "shifts", "operators", "keys", "tariffs",
    )  # fmt: skip
    found |= {name: (f"/{name}", None) for name in plain}
    searches = {f"search: {name}": ("/search", {"q": text}) for name, text in texts(sample).items()}
    return found | searches


def files(books: OfficeBooks) -> dict[str, tuple[str, None]]:
    """Give the files by their names: the sales of so many days that there are some ten thousand."""
    span = books.now - books.moment(max(0, books.sales - FILE_ROWS))
    last = (books.now - timedelta(days=1)).astimezone(ZONE).date()
    first = last - timedelta(days=max(0, round(span / timedelta(days=1)) - 1))
    path = f"/sales?day_from={first}&day_to={last}&format="
    return {form.upper(): (path + form, None) for form in ("csv", "xlsx")}


def _sign_in(engine: Engine) -> None:
    batch = posting_batch(engine, now=_now)
    People(batch).enter(_LOGIN, "four words are better")
    batch.close()
    at_us = microseconds(_now())
    session = Session(session_id(_SECRET), _LOGIN, at_us, at_us, Stage.FULL)
    with engine.begin() as connection:
        connection.execute(insert(t.session).values(session_row(session)))


def _now() -> datetime:
    return datetime.now(UTC)
