"""The site as a process of its own: ``python -m tests.web.house FOLDER`` says its port and serves.

People come by the doubles' cookies; the books are those of ``tests.web.books``.
"""

from __future__ import annotations

import binascii
import socket
import sys
from base64 import urlsafe_b64decode
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from twisted.internet import reactor as _reactor
from twisted.internet.threads import deferToThread

from adapters.db import tables as t
from adapters.db.views import Views
from adapters.print.xlsx import XlsxSheets
from admin_web.all_pages import MENU, ROUTES
from admin_web.needs import BankSetUp
from admin_web.site import build_site
from gateway.core.session import session_id
from gateway.tally import NoTally
from tests.builders import identity
from tests.web import samples
from tests.web.carded import STATIONS, Heard, with_cards
from tests.web.counted import with_counted
from tests.web.departed import CAME, with_departures, with_refund
from tests.web.desk import DoubleGate
from tests.web.filed import with_debt_paid, with_files, with_terms
from tests.web.line_seen import LINES, with_line_seen
from tests.web.line_tested import ended, running
from tests.web.lined import meters_on_lines, with_lines
from tests.web.lossy import with_losses
from tests.web.reset import with_lost_purchase, with_purchase
from tests.web.staffed import Staffed
from tests.web.timetabled import with_timetables

if TYPE_CHECKING:
    from admin_web.visitor import Visitor


class SignedIn(DoubleGate):
    """Knows by her session whoever has come by the sign-in page."""

    def __init__(self, staffed: Staffed) -> None:
        super().__init__(staffed.visitors)
        self._engine = staffed.engine

    async def visitor(self, cookie: str, *, is_seen: bool = True) -> Visitor | None:
        """By the cookie's own name, or by the session that it stands for."""
        known = await super().visitor(cookie, is_seen=is_seen)
        if known is not None:
            return known
        try:
            named = session_id(urlsafe_b64decode(cookie + "="))
        except binascii.Error:
            return None
        with self._engine.connect() as connection:
            hers = select(t.session.c.login).where(t.session.c.id == named)
            login = connection.execute(hers).scalar_one_or_none()
        return self.people.get(login or "")


#: Its interfaces mean nothing to the type checker.
reactor: Any = _reactor


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def serve(folder: Path) -> None:
    port = free_port()
    staffed = Staffed(folder, size=40).trouble().sell(days=7, a_day=24)
    paid = staffed.at_counters().asked().rights_asked().claimed().past()
    paid = with_refund(with_terms(with_departures(with_debt_paid(with_files(with_counted(paid.invoiced()))))))
    paid = with_lines(with_cards(with_lost_purchase(with_purchase(paid))))
    paid = with_losses(with_timetables(with_line_seen(paid, identity(911).pan, CAME)))
    banks = tuple(
        BankSetUp(code, name, "default", time(22, 0), is_covered=code == "west")
        for code, name in (("east", "East Bank"), ("west", "West Bank"))
    )
    views = Views(paid.engine, deferToThread)
    origin, stations = f"http://127.0.0.1:{port}", Heard(*STATIONS)
    one, two, *_ = meters_on_lines(paid)
    lines = LINES.with_tests(ended(one), running(two))
    run = paid.office(views=views, origin=origin, banks=banks, stations=stations, lines=lines)
    object.__setattr__(run, "gate", SignedIn(paid))
    object.__setattr__(run, "sheets", XlsxSheets(deferToThread))
    run.gate.writing(run)
    site = build_site(run, (*ROUTES, *samples.ROUTES), MENU, tally=NoTally(), reactor=reactor)
    reactor.listenTCP(port, site, interface="127.0.0.1")
    print(port, flush=True)  # noqa: T201 - it is what the caller waits for
    reactor.run()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
