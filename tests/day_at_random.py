"""An office and its banks at work at random: whatever is ordered in whatever order, the books stay sound.

Each operation is drawn as a kind and a few numbers, which are brought down to what there is: the seventh sale
of five is the second. What comes of it is not foretold: a refusal is as good as a booking, if all holds then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

import schemas
from adapters.db.departure_rows import preset_wh
from adapters.db.opening import open_database
from adapters.db.registry import Registry, StoredTariff
from adapters.db.views import ViewReader
from gateway.core.customer import Customer
from gateway.core.dues import Dues
from gateway.core.fitting import DIRECT
from gateway.core.inspection import Finding
from gateway.core.management import ManagementOrder
from gateway.core.meter import Carrier, MeterRef
from gateway.core.money import Money
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.office_answer import Changed, LeavingFound
from gateway.core.payment import deposit_key
from gateway.core.preset import Preset
from gateway.core.reading import Shown, Source, Told
from gateway.core.reset import Evidence, Shows
from gateway.core.stock import StockMeter
from gateway.core.supply_point import PointEvent, PointState, SupplyPoint
from gateway.core.terms import Terms, TermsDay
from gateway.core.timeline import microseconds
from gateway.core.token_order import ManagementKind
from gateway.core.views_points import DuePoints
from gateway.office.keep_shift import CloseShift, OpenShift
from gateway.office.keep_stock import TakeIn
from gateway.office.manage_roles import KeepStation
from gateway.prepayment.amend_file import AmendCustomer, AmendPoint, StepPoint
from gateway.prepayment.amend_terms import AmendTerms, WithdrawTerms
from gateway.prepayment.begin_terms import BeginTerms
from gateway.prepayment.cancel_meter import CancelMeter
from gateway.prepayment.deposit_float import DepositFloat
from gateway.prepayment.end_claim import ClaimEnd, EndClaim
from gateway.prepayment.enlarge_capacity import EnlargeCapacity, Fee, FeePaid
from gateway.prepayment.give_again import GiveAgain
from gateway.prepayment.give_back import GiveBack
from gateway.prepayment.give_transfer import GiveTransfer
from gateway.prepayment.inquire_leaving import InquireLeaving, InquireWorth
from gateway.prepayment.inspect_meter import InspectMeter
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.issue_invoice import IssueInvoice
from gateway.prepayment.issue_red_invoice import IssueRedInvoice
from gateway.prepayment.keep_network import KeepNetworkPlace
from gateway.prepayment.leave_point import Going
from gateway.prepayment.manage_meter import ApproveManagement, OrderManagement, Workshop
from gateway.prepayment.pay_refund import PayRefund
from gateway.prepayment.record_readings import ReadingLine, RecordReadings
from gateway.prepayment.register_customer import AddPoint, RegisterCustomer
from gateway.prepayment.replace_meter import Coming, ReplaceMeter
from gateway.prepayment.reset_sale import ResetSale
from gateway.prepayment.resume_sales import NoteOverdueCredit
from gateway.prepayment.write_invoice import InvoiceAuthor
from tests import builders
from tests.counter import KeptCounter, Opening
from tests.office_people import People

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LI = "local:li"
#: Meters that the town has, and those that lie in the stock.
METERS, STOCKED_FROM, STOCKED = 3, 101, 6
BANKS = ("east", "west")
#: Amounts of every kind: nothing, too little, usual ones, the most and beyond.
AMOUNTS = (0, 99, 100, 1_234, 5_000, 10_000, 33_333, 87_650, 500_000, 500_001)
#: How long passes before an operation, in seconds: at once, a while, past the undo window, past midnight.
WAITS = (0, 7, 45, 121, 3_600, 86_400)
TOOLS = Workshop(builders.issuer(), builders.ZONE, "CNY")


def pick(of: Sequence[Any], number: int) -> Any:
    """One of these, or None where there is none."""
    return of[number % len(of)] if of else None


class Sold:
    """A payment as whoever made it knows it."""

    def __init__(self, key: str, bank: str, pan: str, minor: int) -> None:
        self.key, self.bank, self.pan, self.minor = key, bank, pan, minor


def begin(file: Path) -> None:
    """Make books in which the day can begin: prices, a town, a stock, a station with a cashier."""
    engine = builders.database(file, METERS)
    registry = Registry(engine)
    for power_type in ("domestic", "shop"):
        body = schemas.load("tariff/domestic.json")
        registry.enter_tariff(StoredTariff(power_type, "v0", builders.NOON - timedelta(days=9), body))
    batch = builders.posting_batch(engine)
    people = People(batch)
    people.branch("north")
    people.enter("ann", "four words are better")
    people.give(KeepStation("local:root", "s1", "n1", "Counter 1", "north", is_open=True, is_new=True))
    people.of_herself(OpenShift("ann", "s2", "n1"))
    stock = tuple(
        StockMeter(builders.identity(serial), "DDS-26", Carrier.TOKEN, "", "lot", 0)
        for serial in range(STOCKED_FROM, STOCKED_FROM + STOCKED)
    )
    for command in (
        TakeIn(LI, "t1", stock),
        KeepNetworkPlace(LI, "k1", NetworkPlace("east", NetworkKind.AREA, "East", version=0)),
        DepositFloat(deposit_key("west", "d0"), "west", Money(1_000_000, "CNY"), "CNY", covered=True),
        Opening("SAFE:n1", 20_000),
    ):
        (content,) = batch.run([command])
        assert not isinstance(content, Exception), content
    builders.close_all()
    engine.dispose()


class Day:
    """A day that goes on in books of its own; ``told`` counts what came of the operations."""

    def __init__(self, file: Path) -> None:
        self.now = builders.NOON
        self.engine = open_database(f"sqlite:///{file}")
        self.batch = builders.posting_batch(self.engine, lambda: self.now)
        self.counter = KeptCounter(self.batch)
        self.reader = ViewReader(self.engine)
        self.tills = {
            "east": builders.Till(bank="east"),
            "west": builders.Till(bank="west", covered=True, token_in_answer=False),
        }
        self.sold: list[Sold] = []
        self.invoices: list[Any] = []
        #: Each management token that was ordered: the order and its meter.
        self.orders: list[tuple[str, str]] = []
        self.told: Counter[str] = Counter()
        self._count = 0

    def do(self, kind: str, one: int, two: int, wait: int) -> None:
        """Carry an operation out, and see that what must always hold still holds."""
        self.now += timedelta(seconds=WAITS[wait % len(WAITS)])
        OPERATIONS[kind](self, one, two)
        self.require_sound()

    def post(self, command: Any) -> Any:
        (content,) = self.batch.run([command])
        if isinstance(content, Exception):
            raise content
        reason = getattr(content, "reason", None)
        said = type(content).__name__ if reason is None else reason.name.lower()
        self.told[f"{type(command).__name__}: {said}"] += 1
        return content

    def nonce(self) -> str:
        self._count += 1
        return f"o{self._count}"

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query)))

    def sum(self, column: str, table: str, holds: str) -> int:
        return int(self.rows(f"SELECT coalesce(sum({column}), 0) FROM {table} WHERE {holds}")[0][0])  # noqa: S608 - our own

    def pans(self) -> list[str]:
        return [row.pan for row in self.rows("SELECT pan FROM meter ORDER BY id")]

    def points(self) -> list[Any]:
        return self.rows("SELECT * FROM supply_point ORDER BY number")

    def require_sound(self) -> None:
        """See to what holds after every single operation (functions, 1.0)."""
        (out,) = self.rows(
            "SELECT coalesce(sum(CASE WHEN unit = 'Wh' THEN balance END), 0) AS wh,"
            " coalesce(sum(CASE WHEN unit <> 'Wh' THEN balance END), 0) AS minor FROM account"
        )
        assert (out.wh, out.minor) == (0, 0), "the trial balance is not zero"
        waiting = self.sum("tender_minor", "sale", "state = 'waiting'")
        held = -self.sum("balance", "account", "code = 'HOLD:CREDIT'")
        assert waiting >= held, "more is held than waits"
        carried = self.sum("encoded_wh", "sale", "state IN ('issued', 'claimed', 'conceded')")
        seen = "code IN ('E.ISSUED', 'E.LOADED', 'E.USED', 'E.UNSOLD') OR code LIKE 'E.ISSUED:%'"
        left = self.sum("remaining_wh", "departure", "1 = 1")
        came = sum(preset_wh(row.lots) for row in self.rows("SELECT lots FROM departure"))
        assert self.sum("balance", "account", seen) == carried + came - left, "energy is not conserved"
        payable = self.sum("balance", "account", "code LIKE 'REFUND_PAYABLE:%' AND balance > 0")
        assert payable == 0, "more was paid out than was to be paid out"
        over = self.rows(
            "SELECT a.code FROM account a JOIN customer c ON a.code = 'CUST:' || c.account_no"
            " WHERE a.balance > c.credit_limit_minor"
        )
        assert over == [], "a customer is below his credit limit"
        overdrawn = self.rows(
            "SELECT code FROM account WHERE (code LIKE 'CASH:%' OR code LIKE 'SAFE:%') AND balance < 0"
        )
        assert overdrawn == [], "a drawer or a safe is below nothing"
        gaps = self.rows("SELECT series FROM invoice GROUP BY series HAVING max(number) <> count(*)")
        assert gaps == [], "a series of invoices has a gap"
        twice = self.rows("SELECT pan FROM supply_point WHERE pan <> '' GROUP BY pan HAVING count(*) > 1")
        assert twice == [], "a meter hangs at two supply points"


def _register(day: Day, one: int, two: int) -> None:
    power_types = ((), (("domestic", 60), ("shop", 40)))[two % 2]
    point = SupplyPoint(
        "", "", "Qingnian Lu 5", "domestic", "east", proportions=power_types, contract_w=8_000,
        state=(PointState.REGISTERED, PointState.REGISTERED, PointState.APPLIED)[one % 3],
    )  # fmt: skip
    customer = Customer("", "Zhang Wei", "Qingnian Lu 5", id_no=("", f"id-{one % 5}")[two % 2])
    dues = Dues("CNY", (0, 5_000)[one % 2], ((), (("CONNECTION", 30_000),))[two % 2])
    day.post(RegisterCustomer(LI, day.nonce(), customer, point, dues, "CNY", is_another=one % 4 == 0))


def _add_point(day: Day, one: int, two: int) -> None:
    held = pick(day.points(), one)
    point = SupplyPoint("", "", f"Renmin Lu {two % 9}", "shop", "east", state=PointState.REGISTERED)
    day.post(AddPoint(LI, day.nonce(), held.account_no, point, Dues("CNY"), "CNY"))


def _amend(day: Day, one: int, two: int) -> None:
    point = pick(day.points(), one)
    at = f"Renmin Lu {two % 5}"
    version = point.version - (two % 7 == 6)
    day.post(AmendPoint(LI, day.nonce(), point.number, version, at, "east", "", "", 0, 0, "it has moved"))


def _amend_customer(day: Day, one: int, two: int) -> None:
    row = pick(day.rows("SELECT * FROM customer ORDER BY id"), one)
    said = Customer(
        row.account_no, f"Zhang Wei {two % 3}", row.address, row.phone, row.id_no, row.branch,
        credit_limit_minor=row.credit_limit_minor, version=row.version - (two % 5 == 4),
    )  # fmt: skip
    day.post(AmendCustomer(LI, day.nonce(), said, "she has married"))


def _step(day: Day, one: int, two: int) -> None:
    point = pick(day.points(), one)
    event = pick((PointEvent.REGISTER, PointEvent.GIVE_UP), two)
    day.post(StepPoint(LI, day.nonce(), point.number, point.version, event, "as agreed"))


def _install(day: Day, one: int, two: int) -> None:
    free = [row for row in day.points() if not row.pan]
    point = pick(free or day.points(), one)
    pan = builders.identity(STOCKED_FROM + two % STOCKED).pan
    registers = (("total", 1_000 * (one % 50)),)
    preset = (None, Preset(1_000 * (1 + one % 90), 77 * (two % 9)))[one % 2]
    day.post(
        InstallMeter(
            LI, day.nonce(), point.number, point.version, pan, day.now.date(), registers, is_test=True,
            preset=preset, currency="CNY",
        )
    )  # fmt: skip


def _sell(day: Day, one: int, two: int) -> None:
    pan, minor, nonce = pick(day.pans(), one), pick(AMOUNTS, two), day.nonce()
    shown = "another" if two % 13 == 12 else None
    content = day.post(day.counter.selling(nonce, minor, pan, shown))
    if type(content).__name__ == "Approved":
        day.sold.append(Sold(day.counter.key(nonce), "@n1", pan, minor))


def _give_out(day: Day, one: int, _two: int) -> None:
    sold = pick(day.sold, one)
    if sold is not None:
        day.post(day.counter.giving_out(payment=sold.key))


def _undo(day: Day, one: int, two: int) -> None:
    # Mostly what was sold a moment ago: anything older has left the house, or is too old.
    if two % 4 == 1:
        _sell(day, one, AMOUNTS.index(10_000))
    lately = [sold for sold in day.sold if sold.bank == "@n1"][-2:]
    sold = pick(day.sold if two % 4 == 0 else lately, one)
    if sold is not None:
        day.post(day.counter.undoing(sold.key, sold.pan, sold.minor))


def _correct(day: Day, one: int, two: int) -> None:
    sold = pick([one for one in day.sold if one.bank == "@n1"], one)
    if sold is None:
        return
    minor, pan = pick(AMOUNTS, two), pick((sold.pan, pick(day.pans(), two)), one)
    by = ("super", "deputy")[two % 2]
    wrong = day.counter.correcting(
        minor=minor, pan=pan, payment=sold.key, was=sold.minor, was_pan=sold.pan, by=by
    )
    content = day.post(wrong)
    if type(content).__name__ == "Approved":
        day.sold.append(Sold(wrong.key, "@n1", pan, minor))


def _pay(day: Day, one: int, two: int) -> None:
    bank, pan, minor = pick(BANKS, one), pick(day.pans(), one // 2), pick(AMOUNTS, two)
    reference = day.nonce()
    content = day.post(day.tills[bank].pay(reference, minor, pan=pan))
    if type(content).__name__ == "Approved":
        day.sold.append(Sold(f"pay/{bank}/{reference}", bank, pan, minor))


def _of_bank(day: Day, number: int) -> Any:
    return pick([one for one in day.sold if one.bank in BANKS], number)


def _repeat(day: Day, one: int, two: int) -> None:
    sold = _of_bank(day, one)
    if sold is not None:
        minor = sold.minor + (two % 4 == 3)
        day.post(day.tills[sold.bank].pay(sold.key.split("/")[2], minor, pan=sold.pan))


def _reverse(day: Day, one: int, _two: int) -> None:
    sold = _of_bank(day, one)
    reference = "never" if sold is None else sold.key.split("/")[2]
    day.post(day.tills[BANKS[0] if sold is None else sold.bank].reverse(reference))


def _fetch(day: Day, one: int, _two: int) -> None:
    sold = _of_bank(day, one)
    if sold is not None:
        day.post(day.tills[sold.bank].hand_over(sold.key.split("/")[2]))


def _give_back(day: Day, one: int, two: int) -> None:
    sold = pick(day.sold, one)
    if sold is not None:
        day.post(GiveBack(sold.key, sold.bank, "super", sold.pan, sold.minor + (two % 5 == 4)))


def _end_claim(day: Day, one: int, two: int) -> None:
    sold = _of_bank(day, one)
    if sold is not None:
        end = pick((ClaimEnd.UPHELD, ClaimEnd.CONCEDED), two)
        day.post(EndClaim(sold.key, end, sold.bank, "super", sold.pan, sold.minor))


def _deposit(day: Day, one: int, two: int) -> None:
    reference = f"d{one % 4}"
    amount = Money(1 + 1_000 * (two % 50), "CNY")
    day.post(DepositFloat(deposit_key("west", reference), "west", amount, "CNY", covered=True))


def _note_overdue(day: Day, one: int, _two: int) -> None:
    sold = pick(day.sold, one)
    if sold is not None:
        day.post(NoteOverdueCredit(sold.key, sold.bank))


def _invoice(day: Day, one: int, two: int) -> None:
    sold = pick(day.sold, one)
    if sold is None:
        return
    series = pick(("n1", "north"), two)
    content = day.post(IssueInvoice(sold.key, sold.pan, InvoiceAuthor(series, "n1", "ann")))
    if type(content).__name__ == "Invoiced":
        day.invoices.append(content.invoice)


def _red(day: Day, one: int, two: int) -> None:
    had = pick(day.invoices, one)
    if had is not None:
        number = had.number + (two % 6 == 5)
        author = InvoiceAuthor(had.series, "n1", "ann")
        day.post(IssueRedInvoice(had.payment, had.pan, had.series, number, author, "taken back"))


def _read(day: Day, one: int, two: int) -> None:
    pan = pick(day.pans(), one)
    shown = Shown(
        pan, microseconds(day.now), (("total", 10_000 * (two % 400)),),
        credit_wh=(None, 1_000 * (one % 90))[two % 2],
    )  # fmt: skip
    told = Told(Source.MANUAL, reason=("", "I have looked twice")[one % 2])
    day.post(RecordReadings(LI, day.nonce(), (ReadingLine(shown, told),)))


def _inspect(day: Day, one: int, two: int) -> None:
    row = pick(day.rows("SELECT pan, max(id) AS id FROM reading GROUP BY pan ORDER BY pan"), one)
    if row is not None:
        finding = pick(tuple(Finding), two)
        day.post(InspectMeter(LI, day.nonce(), row.pan, row.id, (), finding, "as it should be"))


def _order_management(day: Day, one: int, _two: int) -> None:
    reference = day.nonce()
    order = ManagementOrder(ManagementKind.CLEAR_TAMPER, 0, "the seal was broken", "li")
    pan = pick(day.pans(), one)
    day.post(OrderManagement(reference, MeterRef(pan=pan), order, 3, TOOLS))
    day.orders.append((reference, pan))


def _approve_management(day: Day, one: int, two: int) -> None:
    if not day.orders:
        _order_management(day, one, two)
    reference, ordered = pick(day.orders, one)
    # Mostly as it was ordered, and by somebody else.
    pan = pick(day.pans(), two) if two % 7 == 3 else ordered
    by = "li" if two % 5 == 3 else "super"
    day.post(ApproveManagement(reference, MeterRef(pan=pan), by, 3, TOOLS))


def _terms(day: Day, one: int, two: int) -> None:
    point = pick(day.points(), one)
    power_type = pick(("domestic", "shop"), two)
    shared = ((), (("domestic", 70), ("shop", 30)))[one % 2]
    begins = day.now.astimezone(builders.ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    begins += timedelta(days=(0, 1, 40, 200, -1)[two % 5])
    on = TermsDay(begins.date().isoformat(), microseconds(begins), microseconds(begins + timedelta(days=1)))
    terms = Terms(power_type, shared, contract_w=point.contract_w)
    day.post(AmendTerms(LI, day.nonce(), point.number, point.version, point.pan, terms, on, "as agreed"))


def _begin_terms(day: Day, one: int, _two: int) -> None:
    due = pick(day.reader.rows(DuePoints(until_us=microseconds(day.now + timedelta(days=3)))), one)
    if due is not None:
        day.post(BeginTerms(due))


def _withdraw_terms(day: Day, one: int, _two: int) -> None:
    point = pick(day.points(), one)
    day.post(WithdrawTerms(LI, day.nonce(), point.number, point.version, "he does not want it"))


def _enlarge(day: Day, one: int, two: int) -> None:
    point = pick(day.points(), one)
    fee = Fee((0, 12_000)[two % 2], "CNY", pick(tuple(FeePaid), two), "n1")
    day.post(
        EnlargeCapacity(
            LI, day.nonce(), point.number, point.version, point.pan, (point.power_type,),
            point.contract_w + 1_000 * (one % 4), 0, fee, "CNY", "he cooks with it",
        )
    )  # fmt: skip


def _replace(day: Day, one: int, two: int) -> None:
    point = pick([row for row in day.points() if row.pan], one)
    if point is None:
        return
    shown, left = (("total", 10_000 * (two % 400)),), (None, 1_000 * (one % 90))[two % 2]
    going = Going(
        point.number, point.version, point.pan, day.now.date().isoformat(), microseconds(day.now), shown,
        left, "li", to_stock=one % 3 > 0, reason="it is dark", currency="CNY",
    )  # fmt: skip
    coming = Coming(
        builders.identity(STOCKED_FROM + two % STOCKED).pan, (("total", 0),), (), DIRECT, DIRECT, is_test=True
    )
    order = ReplaceMeter(LI, day.nonce(), going, coming)
    found = day.post(InquireLeaving(order))
    if isinstance(found, LeavingFound):
        seen = replace(going, shown_wh=found.departure.remaining_wh)
        day.post(replace(order, going=replace(seen, is_above=one % 2 == 0)))


def _cancel(day: Day, one: int, two: int) -> None:
    point = pick([row for row in day.points() if row.pan], one)
    if point is None:
        return
    left = (None, 1_000 * (one % 90), 7 * two, -1_000 * (one % 9))[two % 4]
    shown = ((), (("total", 10_000 * (two % 400)),))[one % 2]
    going = Going(
        point.number, point.version, point.pan, day.now.date().isoformat(), microseconds(day.now), shown,
        left, "li", to_stock=one % 3 > 0, reason="they move away", currency="CNY",
    )  # fmt: skip
    order = CancelMeter(LI, day.nonce(), going, (0, 0, 150)[two % 3])
    found = day.post(InquireLeaving(order) if one % 2 else InquireWorth(order, day.counter.pricing))
    if isinstance(found, LeavingFound):
        gone = found.departure
        seen = replace(going, shown_wh=gone.remaining_wh, is_above=one % 2 == 0)
        # Now and then somebody has looked at other figures.
        shown_minor = gone.refund_minor + (two % 11 == 10)
        day.post(replace(order, going=seen, shown_minor=shown_minor, worth=found.worth))


def _pay_refund(day: Day, one: int, two: int) -> None:
    owed = "SELECT code, balance FROM account WHERE code LIKE 'REFUND_PAYABLE:%' AND balance < 0"
    if not day.rows(owed):
        _cancel(day, one, two)
    row = pick(day.rows(owed), one)
    if row is None:
        return
    if one % 5 != 3 and not day.rows("SELECT id FROM shift WHERE closed_us IS NULL"):
        # Mostly with all that the safe has: out of an empty drawer nothing is paid.
        _open_shift(day, one, 2)
    account_no, before = row.code.partition(":")[2], day.sum("balance", "account", "code = 'CASH:n1:ann'")
    amount = -row.balance + (two % 5 == 3)
    content = day.post(PayRefund("ann", day.nonce(), "n1", account_no, amount, "CNY"))
    if isinstance(content, Changed):
        assert before >= amount, "a refund was paid out of a drawer that did not hold it"


def _open_shift(day: Day, _one: int, two: int) -> None:
    safe = day.sum("balance", "account", "code = 'SAFE:n1'")
    begins = (0, safe // 2, safe, safe, safe + 1)[two % 5]
    day.post(OpenShift("ann", day.nonce(), "n1", begins, "CNY"))


def _close_shift(day: Day, one: int, two: int) -> None:
    row = pick(day.rows("SELECT id FROM shift WHERE closed_us IS NULL"), one)
    if row is None:
        return
    due = day.sum("balance", "account", "code = 'CASH:n1:ann'")
    counted = (due, max(0, due - one), due + two, 0)[two % 4]
    reason = ("", "a note was false")[one % 4 > 0]
    closing = CloseShift("ann", day.nonce(), row.id, "ann", "n1", counted, due, "CNY", reason)
    # Mostly another shift begins at once: where nobody sits at the counter, little happens there.
    if isinstance(day.post(closing), Changed) and one % 6:
        _open_shift(day, one, two // 4)


def _transfer(day: Day, one: int, _two: int) -> None:
    row = pick(day.rows("SELECT id, new_pan FROM departure WHERE new_pan <> '' ORDER BY id"), one)
    if row is not None:
        day.post(GiveTransfer(row.id, row.new_pan, "ann", 3, TOOLS))


def _reset(day: Day, one: int, two: int) -> None:
    # Mostly the last purchase of a meter: no other is reset.
    out = day.rows(
        "SELECT s.key, m.pan, m.state, m.id FROM sale s JOIN meter m ON m.id = s.meter_id"
        " JOIN token k ON k.sale_id = s.id WHERE s.encoded_wh > 0 ORDER BY k.at_us DESC, k.tid DESC LIMIT 4"
    )
    row = pick(out, one)
    if row is None:
        return
    credits_ = "sale s JOIN token k ON k.sale_id = s.id"
    number = day.sum("1", credits_, f"s.meter_id = {row.id} AND s.encoded_wh > 0")
    taken = (None, number, number - 1, None, number, number - 1, max(0, number - 2), number + 1)[two % 8]
    is_taken = one % 2 == 0 if taken is None else taken == number
    shows = Shows(pick(tuple(Evidence), one), microseconds(day.now), is_taken, taken, "Chen, on the spot")
    is_lifted = row.state == "blocked" and two % 3 > 0
    day.post(ResetSale(LI, day.nonce(), row.pan, row.key, shows, "it was not taken", is_lifted=is_lifted))


def _give_again(day: Day, one: int, _two: int) -> None:
    row = pick(day.rows("SELECT id, pan, payment FROM sale_reset ORDER BY id DESC LIMIT 3"), one)
    if row is not None:
        day.post(GiveAgain(LI, "", row.id, row.pan, row.payment, TOOLS))


OPERATIONS: dict[str, Callable[[Day, int, int], None]] = {
    "register": _register,
    "add_point": _add_point,
    "amend": _amend,
    "amend_customer": _amend_customer,
    "step": _step,
    "install": _install,
    "sell": _sell,
    "give_out": _give_out,
    "undo": _undo,
    "correct": _correct,
    "pay": _pay,
    "repeat": _repeat,
    "reverse": _reverse,
    "fetch": _fetch,
    "give_back": _give_back,
    "end_claim": _end_claim,
    "deposit": _deposit,
    "note_overdue": _note_overdue,
    "invoice": _invoice,
    "red": _red,
    "read": _read,
    "inspect": _inspect,
    "terms": _terms,
    "begin_terms": _begin_terms,
    "withdraw_terms": _withdraw_terms,
    "enlarge": _enlarge,
    "replace": _replace,
    "transfer": _transfer,
    "cancel": _cancel,
    "pay_refund": _pay_refund,
    "open_shift": _open_shift,
    "close_shift": _close_shift,
    "reset": _reset,
    "give_again": _give_again,
    "order_management": _order_management,
    "approve_management": _approve_management,
}
