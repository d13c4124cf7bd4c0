"""An office at work: the real daemon on PostgreSQL, its people in one browser, and what they have booked.

Everybody has the standard role of her trade and nothing else. The gateway's clock is the machine's, set some
days ahead, and goes on from day to day (``clock.py``).
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import func, select

from adapters.db import tables as t
from adapters.db.opening import open_database
from adapters.db.registry import Registry, StoredTariff
from gateway.office.manage_roles import KeepStation
from gateway.office.standard_roles import CASHIER, CLERK, ENGINEER, SUPERVISOR
from gateway.simulators.meter import Accepted, Rejected, VirtualMeter
from tests.builders import ZONE, decoder_key, drn, identity, posting_batch
from tests.daemon import CONFIG, ROOT, make_place
from tests.office_people import People

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize
    from sqlalchemy import Engine

    from gateway.core.staff import Role
    from tests.daemon import Caller, Gateway, Place

PASSWORD = "four words are better"
#: Any 32 bytes do.
KEY = bytes(range(32))
ADMIN = """
[admin]
listen = "tcp:8443:interface={host}"
origin = "http://{host}:8443"
secret_file = "admin.hex"
authenticators = "nobody"
"""
CLOCK = Path(__file__).with_name("clock.py")
#: Where the clock stands: whole seconds ahead of the machine's.
AHEAD = "ahead.txt"
OPENS_AT = 9
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


class Who(NamedTuple):
    role: Role
    branch: str | None


#: Who works here. The engineer and the supervisors are the utility's, the others the branch's.
PEOPLE = {
    "eva": Who(ENGINEER, None),
    "clara": Who(CLERK, "north"),
    "cai": Who(CASHIER, "north"),
    "susan": Who(SUPERVISOR, None),
    "sven": Who(SUPERVISOR, None),
}


def flat(rate: str) -> dict[str, object]:
    """A price that can be worked out by hand: a rate, a tenth of it as a levy, a tenth of both as tax; three
    tenths of each payment go to old debts.
    """
    return {
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "energy": {"kind": "flat", "rate": rate, "rates_include_tax": False},
        "percent_items": [{"code": "STREET_LIGHT", "rate": "0.10"}],
        "taxes": [{"code": "VAT", "rate": "0.10", "inclusive": False}],
        "arrears": {"mode": "percent_of_tender", "percent": "0.30"},
        "rounding": {
            "kwh_dp": 1, "kwh_mode": "ROUND_DOWN", "money_dp": 2, "money_mode": "ROUND_HALF_UP",
            "balancing_line": "ENERGY", "residual_policy": "absorb",
        },
    }  # fmt: skip


#: kWh with levy and tax: 0.605 for a household, 1.21 for a shop.
TARIFFS = {"household": flat("0.50"), "shop": flat("1.00")}


class Wall:
    """A meter on a customer's wall: it takes tokens, and counts what he uses."""

    def __init__(self, serial: int, preset_wh: int = 0, total_wh: int = 0) -> None:
        of_meter = identity(serial)
        new = VirtualMeter(of_meter, decoder_key(of_meter))
        self.pan, self.number, self.total_wh = of_meter.pan, drn(serial), total_wh
        self._inside = VirtualMeter.from_state(
            of_meter, decoder_key(of_meter), new.state() | {"credit": preset_wh}
        )

    def enter(self, digits: str) -> int:
        """Type a token: the energy that the meter takes, in Wh."""
        answer = self._inside.enter(digits)
        assert isinstance(answer, Accepted), answer
        return answer.energy_wh

    def refuses(self, digits: str) -> bool:
        return isinstance(self._inside.enter(digits), Rejected)

    def use(self, energy_wh: int) -> None:
        assert self._inside.use(energy_wh) == energy_wh
        self.total_wh += energy_wh

    @property
    def credit_wh(self) -> int:
        return self._inside.credit_wh


class Office:
    """The office. ``at("clara")`` is her window; ``posted`` is what was booked since it was asked last.

    ``account`` and ``wang`` are the account number and the meter of the customer whose story it is,
    ``neighbour`` and ``li`` those of the one beside him; ``slip`` has a token that he loses.
    """

    account: str
    neighbour: str
    slip: str
    wang: Wall
    li: Wall

    def __init__(self, place: Place, engine: Engine, browser: Browser) -> None:
        self.place, self.engine, self._browser = place, engine, browser
        self._windows: dict[str, Page] = {}
        self._seen = 0
        self._ahead_s = 0
        self.gateway: Gateway | None = None
        self.set_clock(self._tomorrow())

    # -- the clock ---------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """What the gateway's clock says, as people read it."""
        return datetime.now(ZONE) + timedelta(seconds=self._ahead_s)

    def _tomorrow(self) -> datetime:
        return (self.now() + timedelta(days=1)).replace(hour=OPENS_AT, minute=0, second=0, microsecond=0)

    def set_clock(self, moment: datetime) -> None:
        ahead_s = int((moment - datetime.now(ZONE)).total_seconds())
        assert ahead_s >= self._ahead_s, "the clock is never set back"
        self._ahead_s = ahead_s
        written = self.place.folder / "ahead.new"
        written.write_text(str(ahead_s))
        written.replace(self.place.folder / AHEAD)

    def wait(self, minutes: int) -> None:
        """Let minutes go by, in no time."""
        self.set_clock(self.now() + timedelta(minutes=minutes))

    def open(self) -> None:
        """Begin a day: the gateway starts, and nobody has signed in."""
        self.gateway = self.place.start().up()
        assert self.gateway.events("office.listening"), self.gateway.log()

    def close(self) -> None:
        """End a day: everybody goes home, and the gateway stops in good order."""
        for page in self._windows.values():
            page.context.close()
        self._windows.clear()
        assert self.gateway is not None
        self.gateway.stop()
        self.gateway.assert_no_fault()
        self.gateway = None

    def next_day(self, days: int = 1) -> date:
        """Let the next day begin, or a later one; which one is over."""
        over = self.now().date()
        self.close()
        self.set_clock(self._tomorrow() + timedelta(days=days - 1))
        self.open()
        return over

    def minutes_ago(self, minutes: int) -> datetime:
        return self.now() - timedelta(minutes=minutes)

    def tomorrow(self) -> date:
        return (self.now() + timedelta(days=1)).date()

    def caller(self, bank: str) -> Caller:
        assert self.gateway is not None
        return self.gateway.caller(bank)

    # -- people at their windows ---------------------------------------------------------------------------

    def at(self, who: str, path: str = "/account") -> Page:
        """Bring somebody to a page; she signs in on the way, first or again, where nobody knows her."""
        if who not in self._windows:
            self._windows[who] = self._window()
        page = self._windows[who]
        said = page.goto(path)
        if urlsplit(page.url).path == "/sign-in":
            page.locator("main [name=login]").fill(who)
            page.locator("main [name=password]").fill(PASSWORD)
            with page.expect_navigation() as coming:
                page.locator("main form button").first.click()
            said = coming.value
        assert said is not None
        assert said.status == 200, f"{who} is answered by {said.status} at {page.url}"
        return page

    def _window(self) -> Page:
        at = f"http://{self.place.host}:8443"
        window: ViewportSize = {"width": 1024, "height": 768}
        return self._browser.new_context(viewport=window, base_url=at, reduced_motion="reduce").new_page()

    # -- what the books say --------------------------------------------------------------------------------

    def posted(self) -> list[tuple[str, dict[str, int]]]:
        """The entries since this was asked last: their kind, and what they post by accounts."""
        found: dict[int, tuple[str, dict[str, int]]] = {}
        lines = (
            select(t.entry.c.position, t.entry.c.kind, t.account.c.code, t.posting.c.amount)
            .join(t.posting, t.posting.c.entry_id == t.entry.c.id)
            .join(t.account, t.account.c.id == t.posting.c.account_id)
            .where(t.entry.c.position > self._seen)
            .order_by(t.entry.c.position, t.posting.c.line)
        )
        with self.engine.connect() as connection:
            for position, kind, code, amount in connection.execute(lines):
                _, booked = found.setdefault(position, (kind, {}))
                booked[code] = booked.get(code, 0) + amount
        self._seen = max(found, default=self._seen)
        return list(found.values())

    def balances(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(t.account.c.code, func.sum(t.account.c.balance)).group_by(t.account.c.code)
            )
            return {code: int(balance) for code, balance in rows if balance}

    def powertill(self, *arguments: str) -> str:
        """What a command at the machine prints; it must succeed."""
        path = os.pathsep.join([str(ROOT), str(self.place.folder / "path")])
        done = subprocess.run(
            [Path(sys.executable).with_name("powertill"), *arguments],
            cwd=self.place.folder, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def office_of(folder: Path, url: str, browser: Browser) -> Iterator[Office]:
    """The office before its first day; its books are sound when it is left."""
    place = make_place(folder / "place", 0, ADMIN, CONFIG, url)
    (place.folder / "admin.hex").touch(mode=0o600)
    (place.folder / "admin.hex").write_text(KEY.hex())
    (place.folder / "path" / "sitecustomize.py").write_text(CLOCK.read_text())
    engine = open_database(url)
    for power_type, body in TARIFFS.items():
        Registry(engine).enter_tariff(StoredTariff(power_type, f"{power_type}-1", SINCE, body))
    office = Office(place, engine, browser)
    batch = posting_batch(engine, now=office.now)
    people = People(batch)
    people.branch("north")
    people.give(
        KeepStation("local:root", people.nonce(), "n1", "Counter 1", "north", is_open=True, is_new=True)
    )
    for login, who in PEOPLE.items():
        people.enter(login, PASSWORD, dict(who.role.grants), branch=who.branch)
    batch.close()
    office.open()
    try:
        yield office
    finally:
        if office.gateway is not None:
            office.gateway.__exit__()
    engine.dispose()
