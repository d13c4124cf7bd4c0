"""A real gateway with its pages open, and two branches: each has one of everything that is a branch's."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update

from adapters.db import tables as t
from adapters.db.line_book import LineBook
from adapters.db.opening import open_database
from adapters.db.views import ViewReader
from adapters.people.authenticators import Authenticators
from gateway.core.account_number import account_number
from gateway.core.authority import Function
from gateway.core.card import CardState
from gateway.core.card_stock import StockCard
from gateway.core.contact import ContactWhy, RelayOrder
from gateway.core.customer import Customer
from gateway.core.diary import Actor
from gateway.core.dues import Dues
from gateway.core.fitting import DIRECT
from gateway.core.hidden import Hidden
from gateway.core.line_work.call_made import CallMade
from gateway.core.line_work.round_kept import SlotNote
from gateway.core.line_work.slot import Slot, SlotChange, SlotState
from gateway.core.line_work.work_kind import WorkKind
from gateway.core.management import ManagementOrder
from gateway.core.meter import Carrier, MeterRef
from gateway.core.meter_way import LineKind, MeterWay
from gateway.core.office import NotDone
from gateway.core.reading import Shown, Source, StatusWord, Told
from gateway.core.relay_hours import RelayHours
from gateway.core.stock import StockMeter
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.core.terms import Terms, TermsDay
from gateway.core.timeline import microseconds
from gateway.core.token_order import ManagementKind
from gateway.core.views_watch import Exceptions
from gateway.metering.keep_way import KeepMeterWay
from gateway.metering.order_relay import OrderRelay
from gateway.office.authorised import Act, Authorised
from gateway.office.keep_cards import TakeInCards
from gateway.office.keep_shift import OpenShift
from gateway.office.keep_stock import TakeIn
from gateway.office.manage_roles import KeepStation
from gateway.office.manage_staff import SetAuthenticator
from gateway.office.orders import GiveBackOrder, act_of
from gateway.prepayment.amend_file import AmendPoint
from gateway.prepayment.amend_terms import AmendTerms
from gateway.prepayment.cancel_meter import CancelMeter
from gateway.prepayment.give_transfer import GiveTransfer
from gateway.prepayment.inquire_leaving import InquireLeaving
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.leave_point import Going
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from gateway.prepayment.pay_debt import PayDebt
from gateway.prepayment.record_readings import ReadingLine, RecordReadings
from gateway.prepayment.register_customer import AddPoint, RegisterCustomer
from gateway.prepayment.replace_meter import Coming, ReplaceMeter
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests import cards
from tests.builders import ZONE, Till, identity, issuer, posting_batch
from tests.card_counter import KIND, AtReader
from tests.counter import KeptCounter
from tests.daemon import Gateway, Place, make_place
from tests.office_http import Browser
from tests.office_people import ALL, People

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gateway.core.trouble import Trouble

PASSWORD = "four words are better"
#: The authenticator of ``cho``.
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KEY = bytes(range(32))
ADMIN = """
[admin]
listen = "tcp:8443:interface={host}"
origin = "http://{host}:8443"
secret_file = "admin.hex"
authenticators = "nobody"
"""
BRANCHES = ("north", "south")
#: The meter of each branch, and one that lies in its stock.
PANS = {branch: identity(number).pan for number, branch in enumerate(BRANCHES, 1)}
_STOCK_FROM = 901
STOCKED = {branch: identity(number).pan for number, branch in enumerate(BRANCHES, _STOCK_FROM)}
_WEST_MINOR = 7_000
#: Of each branch a card with a purchase on its way to it, and the meter that it is for.
_CARDS_FROM = 981
CARDS = {branch: f"A1B2C3D4E5F607{number:02X}" for number, branch in enumerate(BRANCHES, 1)}
#: Of each branch where its meter is called.
CALLED = {branch: f"10.0.4.{number}:4059" for number, branch in enumerate(BRANCHES, 1)}
#: Of each branch two meters that have left.
_LEAVES_FROM = 961


class OfficePlace(NamedTuple):
    gateway: Gateway
    place: Place
    engine: Engine
    people: People

    def browser(self, login=None, **more):
        """A browser of its own, signed in where a login is named."""
        browser = Browser(self.place.host, 8443)
        if login is not None:
            status, text = browser.sign_in(login, PASSWORD, **more)
            assert status == 303, text
        return browser

    def send(self, browser, path, **fields):
        """Send a form as one of our pages would: with its nonce, and the seal of this session and path."""
        form = {"nonce": "x" * 24, "seal": seal_of(browser, path)} | fields
        return browser.ask("POST", path, form)

    def post(self, command, ago=timedelta(0)):
        """Post it, as if it were so long ago."""
        batch = posting_batch(self.engine, now=lambda: datetime.now(UTC) - ago)
        (content,) = batch.run([command])
        # The gateway posts as well, so each batch learns anew how the books stand.
        batch.close()
        if isinstance(content, Exception):
            raise content
        return content

    def done(self, command):
        """Post what has to succeed."""
        content = self.post(command)
        assert not isinstance(content, NotDone), content
        return content

    def diary(self):
        with self.engine.connect() as connection:
            return connection.execute(select(t.diary).order_by(t.diary.c.id)).all()

    def change(self, table, **values):
        with self.engine.begin() as connection:
            connection.execute(update(table).values(values))


def seal_of(browser, path: str) -> str:
    """The seal of a form (``admin_web/forgery.py``), made anew of the office's secret and her cookie."""
    cookie = browser.cookies.get("__Host-powertill", "")
    session = sha256(urlsafe_b64decode(cookie + "=")).hexdigest()
    secret = hmac.digest(KEY, f"forms {session}".encode(), "sha256")
    return hmac.new(secret, f"{session}\n{path}".encode(), sha256).hexdigest()


@contextmanager
def office_place(folder):
    """The house, at work; its log and its books are sound when it is left."""
    place = make_place(folder / "place", 3, ADMIN)
    (place.folder / "admin.hex").write_text(KEY.hex())
    (place.folder / "admin.hex").chmod(0o600)
    engine = open_database(f"sqlite:///{place.folder / 'till.db'}")
    people = People(posting_batch(engine, now=lambda: datetime.now(UTC)))
    _divide(engine, people)
    _enter(people)
    with place.start() as gateway:
        gateway.up()
        house = OfficePlace(gateway, place, engine, people)
        for branch in BRANCHES:
            _furnish(house, branch)
        yield house
        gateway.stop()
        gateway.assert_no_fault()
        place.assert_sound(is_untouched=True)
    engine.dispose()


def _divide(engine: Engine, people: People) -> None:
    for branch in BRANCHES:
        people.branch(branch)
    with engine.begin() as connection:
        for branch, pan in PANS.items():
            whose = select(t.meter.c.customer_id).where(t.meter.c.pan == pan).scalar_subquery()
            named = update(t.customer).where(t.customer.c.id == whose)
            phone = f"1380000000{1 + BRANCHES.index(branch)}"
            connection.execute(named.values(branch=branch, name=f"{branch.title()} Person", phone=phone))


def _enter(people: People) -> None:
    """``ann``, ``ben``, ``cho``, ``locked`` may do all, ``nil`` nothing, the clerks all in their branch."""
    people.enter("ann", PASSWORD)
    people.enter("ben", PASSWORD)
    people.enter("nil", PASSWORD, {})
    people.enter("locked", PASSWORD)
    people.enter("cho", PASSWORD)
    sealed = Authenticators(KEY, "Riverside Power").sealed("cho", Hidden(TOTP))
    people.of_herself(SetAuthenticator("cho", people.nonce(), "cho", 3, sealed))
    for branch in BRANCHES:
        people.enter(f"{branch}.clerk", PASSWORD, ALL, branch=branch)
        people.enter(f"{branch}.cashier", PASSWORD, ALL, branch=branch)


def _furnish(house: OfficePlace, branch: str) -> None:
    """A sale, a waiting credit with its exception and the request to give it back, orders, stock, a shift, a
    sale at the counter, a reading, a supply point whose file was amended, and one that waits for its meter.
    """
    pan, people, trace = PANS[branch], house.people, 100 * (1 + BRANCHES.index(branch))
    with house.gateway.caller("east", first_trace=trace) as bank:
        assert bank.ask(bank.messages.payment(pan, 10_000)).fields[39] == "00"
    payment = waiting_credit(house, pan, _WEST_MINOR, trace).key
    order = GiveBackOrder(payment, "west", pan, _WEST_MINOR)
    house.done(Authorised(_clerk(house, branch), act_of(order, "moved"), order.command("x", "moved")))
    people.give(
        KeepStation("local:root", people.nonce(), f"{branch}-1", "1", branch, is_open=True, is_new=True)
    )
    with house.engine.connect() as connection:
        point = connection.execute(
            select(t.supply_point.c.number).where(t.supply_point.c.pan == pan)
        ).scalar_one()
    people.give(
        AmendPoint("local:root", people.nonce(), point, 1, f"{branch} road", "", "", "", 0, 0, "moved")
    )
    account_no = point.rpartition("-")[0]
    second = SupplyPoint(
        "", "", f"{branch} road", "domestic", contract_w=8_000, state=PointState.REGISTERED
    )
    people.give(AddPoint("local:root", people.nonce(), account_no, second, Dues("CNY"), "CNY"))
    _end_a_supply(house, branch, second)
    _let_terms_change(house, f"{account_no}-2")
    author = InvoiceAuthor(f"{branch}-1", f"{branch}-1", f"{branch}.cashier")
    house.done(IssueInvoice(_paid(house, pan), pan, author))
    people.of_herself(OpenShift(f"{branch}.cashier", people.nonce(), f"{branch}-1"))
    house.done(KeptCounter(people.batch, f"{branch}-1", f"{branch}.cashier").selling("form", 5_000, pan))
    owes = Dues("CNY", fees=(("CONNECTION", 30_000),))
    people.give(AddPoint("local:root", people.nonce(), account_no, second, owes, "CNY"))
    said = (f"{branch}-1", account_no, "CONNECTION", 30_000, 10_000, "CNY")
    house.done(PayDebt(f"{branch}.cashier", people.nonce(), *said))
    shown = Shown(pan, microseconds(datetime.now(UTC)), (("total", 12_000),), (StatusWord.SEAL_BROKEN,))
    house.done(RecordReadings("local:root", people.nonce(), (ReadingLine(shown, Told(Source.MANUAL)),)))
    meter = StockMeter(
        identity(_STOCK_FROM + BRANCHES.index(branch)), "DDS-26", Carrier.TOKEN, branch, "2026-11", 0
    )
    act = Act(Function.STOCK, "stock", "", "1 meter", reason="set-up")
    house.done(Authorised(Actor("root"), act, TakeIn("local:root", people.nonce(), (meter,))))
    _sell_on_a_card(house, branch)
    tools = Workshop(issuer(), ZONE, "CNY")
    told = ManagementOrder(ManagementKind.POWER_LIMIT, 5_000, "the seal was broken", "ben")
    for reference in (f"{branch}-made", f"{branch}-wanted"):
        house.done(OrderManagement(reference, MeterRef(pan=pan), told, 3, tools))
    house.done(ApproveManagement(f"{branch}-made", MeterRef(pan=pan), "ann", 3, tools))
    _have_a_line(house, branch)
    _call(house, branch)


def _have_a_line(house: OfficePlace, branch: str) -> None:
    """The meter is on a line, and an order for its relay waits."""
    pan = PANS[branch]
    way = MeterWay(pan, LineKind.NETWORK, CALLED[branch], "161", "dlt645-2007", version=0)
    house.done(KeepMeterWay("local:root", f"way-{pan}", way))
    ordered = OrderRelay(
        "local:root", f"relay-{pan}", pan, RelayOrder.CLOSE, "he has paid", RelayHours(), ZONE
    )
    house.done(ordered)


def _call(house: OfficePlace, branch: str) -> None:
    """The meter was called in vain, so it is on the list of gaps."""
    pan, now_s = PANS[branch], int(datetime.now(UTC).timestamp())
    gap = SlotChange(Slot("night", int(pan), now_s), SlotState.GAP, ContactWhy.BUSY)
    call = CallMade("line 1", CALLED[branch], "", WorkKind.SCHEDULE, 1, 0, ContactWhy.BUSY, 8, now_s)
    book = LineBook(house.engine)
    book.write([SlotNote(gap, now_s), call])
    book.close()


def _end_a_supply(house: OfficePlace, branch: str, like: SupplyPoint) -> None:
    """A meter is replaced, and the one that came leaves with the supply: something is to be paid out."""
    local, now = "local:root", datetime.now(UTC)
    old, new = (identity(_LEAVES_FROM + 10 * BRANCHES.index(branch) + nth) for nth in (0, 1))
    with house.engine.connect() as connection:
        whose = select(t.customer.c.account_no).where(t.customer.c.branch == branch)
        account_no = connection.execute(whose).scalar_one()
    number, day = f"{account_no}-3", now.date().isoformat()
    meters = tuple(StockMeter(one, "DDS-26", Carrier.TOKEN, "", "2026-11", 0) for one in (old, new))
    goes = Going(
        number, 2, old.pan, day, microseconds(now), (("total", 0),), 1_000, "Chen Bo", to_stock=True,
        reason="the relay sticks", currency="CNY", shown_wh=1_000, is_above=True,
    )  # fmt: skip
    comes = Coming(new.pan, (("total", 0),), (), DIRECT, DIRECT, is_test=True)
    for command in (
        AddPoint(local, f"{branch}-third", account_no, like, Dues("CNY"), "CNY"),
        TakeIn(local, f"{branch}-two-meters", meters),
        InstallMeter(local, f"{branch}-fit", number, 1, old.pan, now.date(), (("total", 0),), is_test=True),
        ReplaceMeter(local, f"{branch}-replaced", goes, comes),
        Till(tid_lead_max=100_000).pay(f"{branch}-last", 10_000, pan=new.pan),
    ):
        house.done(command)
    with house.engine.connect() as connection:
        gone = connection.execute(select(t.departure.c.id).where(t.departure.c.pan == old.pan)).scalar_one()
    house.done(GiveTransfer(gone, new.pan, "local:root", 3, Workshop(issuer(), ZONE, "CNY")))
    later = datetime.now(UTC)
    ends = replace(
        goes, version=3, pan=new.pan, taken_us=microseconds(later), registers=(), remaining_wh=20_000,
        shown_wh=20_000, is_above=False,
    )  # fmt: skip
    order = CancelMeter(local, f"{branch}-ends", ends)
    found = house.done(InquireLeaving(order))
    house.done(replace(order, shown_minor=found.departure.refund_minor))


class _Posts:
    """Posts for a counter: each order on books that are read anew, for the gateway posts as well."""

    def __init__(self, house: OfficePlace) -> None:
        self._house = house

    def run(self, commands):
        return [self._house.post(one) for one in commands]


def _sell_on_a_card(house: OfficePlace, branch: str) -> None:
    """One more customer buys on a card, which the station has not begun to write yet."""
    local, number = "local:root", _CARDS_FROM + BRANCHES.index(branch)
    account_no, one = account_number(number), identity(number)
    card = StockCard(CARDS[branch], KIND, CardState.PERSONALISED, branch)
    point = SupplyPoint("", "", f"{branch} lane", "domestic", state=PointState.REGISTERED)
    customer = Customer(account_no, f"{branch} baker", f"{branch} lane", branch=branch)
    meter = StockMeter(one, "DDSY-9", Carrier.CARD, "", "2026-11", 0)
    day = datetime.now(UTC).date()
    for command in (
        TakeInCards(local, f"{branch}-cards", (card,)),
        RegisterCustomer(local, f"{branch}-baker", customer, point, Dues("CNY"), "CNY"),
        TakeIn(local, f"{branch}-card-meter", (meter,)),
        InstallMeter(
            local, f"{branch}-card-fit", f"{account_no}-1", 1, one.pan, day, (("total", 0),), is_test=True
        ),
    ):
        house.done(command)
    counter = AtReader(_Posts(house), f"{branch}-1", f"{branch}.cashier", account_no, one.pan)
    counter.buy(cards.blank(KIND, CARDS[branch]), f"{branch}-card")


def _let_terms_change(house: OfficePlace, number: str) -> None:
    begins = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=9)
    day = TermsDay(begins.date().isoformat(), microseconds(begins), microseconds(begins + timedelta(days=1)))
    terms = Terms("domestic", contract_w=5_000)
    house.done(AmendTerms("local:root", f"terms-{number}", number, 1, "", terms, day, "as agreed"))


def _paid(house: OfficePlace, pan: str) -> str:
    """Name the payment whose token is out."""
    sold = select(t.sale.c.key).join(t.meter, t.meter.c.id == t.sale.c.meter_id)
    with house.engine.connect() as connection:
        found = connection.execute(sold.where(t.meter.c.pan == pan, t.sale.c.state == "issued"))
        return str(found.scalars().first())


def waiting_credit(house: OfficePlace, pan: str, minor: int, first_trace: int) -> Trouble:
    """A payment whose credit waits for too long, as the exception that says so."""
    with house.gateway.caller("west", first_trace=first_trace) as bank:
        assert bank.ask(bank.messages.payment(pan, minor)).fields[39] == "00"
    newest = select(t.sale.c.key).where(t.sale.c.state == "waiting").order_by(t.sale.c.id.desc())
    with house.engine.connect() as connection:
        payment = connection.execute(newest).scalars().first()
    house.done(NoteOverdueCredit(payment, "west"))
    troubles = ViewReader(house.engine).rows(Exceptions(branch=None))
    return next(one for one in troubles if one.key == payment)


def _clerk(house: OfficePlace, branch: str) -> Actor:
    """The clerk of a branch, signed in."""
    house.browser(f"{branch}.clerk")
    return Actor(f"{branch}.clerk", newest_session(house, f"{branch}.clerk"), "10.0.0.1")


def newest_session(house: OfficePlace, login: str) -> str | None:
    """The name of the session that somebody began last."""
    hers = select(t.session.c.id).where(t.session.c.login == login).order_by(t.session.c.began_us.desc())
    with house.engine.connect() as connection:
        return connection.execute(hers).scalars().first()
