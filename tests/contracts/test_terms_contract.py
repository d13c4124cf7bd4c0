"""Terms on both databases: at once or on their day, whatever happens to the watch; alterations are seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

import schemas
from adapters.db.journal_reader import JournalReader
from adapters.db.poster import QueuedPoster, run_here
from adapters.db.registry import Registry, StoredTariff
from adapters.db.views import ViewReader
from gateway.assembly.terms_watch import LOOK_EVERY_S, REFUSED_FOR_S, TermsWatch
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.tariff import Tariff
from gateway.core.terms import Terms, TermsDay
from gateway.core.timeline import day_begins, microseconds
from gateway.core.views_points import DuePoints
from gateway.multi_tariff.quote_price import TariffPricing
from gateway.multi_tariff.tariff_in_force import TariffInForce
from gateway.ports import LedgerBusy
from gateway.prepayment.amend_file import AmendPoint
from gateway.prepayment.amend_terms import AmendTerms, WithdrawTerms
from gateway.prepayment.begin_terms import BeginTerms
from gateway.prepayment.enlarge_capacity import EnlargeCapacity, Fee, FeePaid
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, ZONE, Till, meter, posting_batch
from tests.leaving import NEW, OLD, Town

LI = "local:li"
POINT, PAN = "A1-1", meter(1).pan
BODIES = {"domestic": schemas.load("tariff/domestic.json"), "shop": schemas.load("tariff/flat.json")}
SHOP = Terms("shop")


def on_day(ahead):
    day = date(2026, 11, 23) + timedelta(days=ahead)
    begins, ends = (day_begins(one, ZONE, NOON.min.time()) for one in (day, day + timedelta(days=1)))
    return TermsDay(day.isoformat(), microseconds(begins), microseconds(ends))


class Here:
    """``ports.Views`` in the caller's own thread."""

    def __init__(self, engine):
        self.reader = ViewReader(engine)
        self.fault = None

    def rows(self, query):
        return succeed(self.reader.rows(query)) if self.fault is None else fail(self.fault)

    def totals(self, query):
        return succeed(self.reader.totals(query))


class Termed:
    """Books with three meters, two power types of different prices, and a watch that may be started anew."""

    def __init__(self, fresh):
        self.engine = fresh.database(count=3)
        registry = Registry(self.engine)
        for power_type, body in BODIES.items():
            registry.enter_tariff(StoredTariff(power_type, "v0", NOON - timedelta(days=9), body))
        self.now, self.heard, self.is_busy = NOON, [], False
        self.batch = posting_batch(self.engine, lambda: self.now)
        self.till = Till()
        self.till.pricing = TariffPricing([
            TariffInForce(kind, NOON - timedelta(days=9), Tariff.from_mapping(body, f"{kind}-v0"))
            for kind, body in BODIES.items()
        ])  # fmt: skip
        self.views = Here(self.engine)
        self.begin()

    def begin(self):
        """Start the gateway's watch as a restart does: nothing but the books is known."""
        self.clock = Clock()
        poster = QueuedPoster(self.batch, run_here)
        self.poster = poster
        self.watch = TermsWatch(self.views, self, self.clock, lambda: self.now)

    def load(self):
        """Look as a start does, before the doors open."""
        loading = Deferred.fromCoroutine(self.watch.load())
        assert loading.called

    def post(self, command):
        if self.is_busy:
            return fail(LedgerBusy("the queue is full"))
        self.heard.append(command)
        return self.poster.post(command)

    def give(self, command):
        (content,) = self.batch.run([command])
        if isinstance(content, Exception):
            raise content
        return content

    def order(self, ahead=3, version=1, terms=SHOP, number=POINT, pan=PAN):
        return self.give(AmendTerms(LI, "", number, version, pan, terms, on_day(ahead), "he opens a shop"))

    def pass_by(self, **span):
        """Let time pass, for the wall's clock and the watch's, in steps of a second."""
        for _ in range(int(timedelta(**span).total_seconds())):
            self.now += timedelta(seconds=1)
            self.clock.advance(1)

    def pay(self, reference):
        return self.give(self.till.pay(reference, 10_000, pan=PAN))

    def row(self, what, named):
        with self.engine.connect() as connection:
            return connection.execute(text(f"SELECT * FROM {what} WHERE {named}")).one()  # noqa: S608 - ours

    def quietly(self, statement):
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def findings(self):
        reader = JournalReader(self.engine)
        return verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {}).findings

    @property
    def point(self):
        return self.row("supply_point", f"number = '{POINT}'")

    @property
    def meter(self):
        return self.row("meter", f"pan = '{PAN}'")


@pytest.fixture
def termed(fresh):
    return Termed(fresh)


def test_from_today_on_point_meter_and_the_next_sale_have_the_new_terms(termed):
    before = termed.pay("r1")
    moved = termed.meter
    amended = AmendTerms(LI, "", POINT, 1, PAN, SHOP, on_day(0), "a shop")
    # In the same batch the next payment is priced so already.
    changed, after = termed.batch.run([amended, termed.till.pay("r2", 10_000, pan=PAN)])
    assert changed == Changed(POINT, 2)
    assert (before.power_type, after.power_type) == ("domestic", "shop")
    assert (before.energy_wh, after.energy_wh) == (204_700, 182_800)
    assert (termed.point.power_type, termed.meter.power_type) == ("shop", "shop")
    # Month and ladder go on from where they were.
    assert termed.meter.mtd_wh == moved.mtd_wh + after.energy_wh
    assert termed.findings() == []


def test_a_sale_before_the_day_is_priced_by_the_old_terms_and_one_after_it_by_the_new(termed):
    assert termed.order() == Changed(POINT, 2)
    termed.now = NOON + timedelta(days=2, hours=11, minutes=59, seconds=57)
    termed.watch.start()
    termed.pass_by(seconds=2)
    old = termed.pay("r1")
    # The day begins between two looks, which are five seconds apart.
    termed.pass_by(seconds=1)
    new = termed.pay("r2")
    assert (old.power_type, new.power_type) == ("domestic", "shop")
    assert (termed.point.due_us, termed.point.due, termed.meter.power_type) == (None, "", "shop")
    assert termed.findings() == []


def test_what_became_due_while_the_gateway_was_off_begins_before_the_doors_open(termed):
    for number, serial in (("A1-1", 1), ("A2-1", 2), ("A3-1", 3)):
        termed.order(3 + serial, number=number, pan=meter(serial).pan)
    termed.now = NOON + timedelta(days=30)
    termed.begin()
    termed.load()
    assert [one.found.number for one in termed.heard] == ["A1-1", "A2-1", "A3-1"]
    assert termed.pay("r1").power_type == "shop"
    assert termed.findings() == []


def test_it_begins_once_however_often_the_watch_looks_or_starts(termed):
    termed.order()
    (found,) = termed.views.reader.rows(DuePoints(until_us=on_day(3).begins_us))
    termed.now = NOON + timedelta(days=3)
    termed.watch.start()
    termed.pass_by(seconds=2 * LOOK_EVERY_S)
    termed.watch.stop()
    termed.begin()
    termed.watch.start()
    # A second process that found it at the same moment hears what came of it.
    assert termed.give(BeginTerms(found)) == Changed(POINT, 3)
    assert (len(termed.heard), termed.point.version) == (1, 3)
    assert termed.findings() == []


def test_pages_of_changes_begin_the_oldest_first(termed):
    for number, serial, ahead in (("A1-1", 1, 5), ("A2-1", 2, 4), ("A3-1", 3, 4)):
        termed.order(ahead, number=number, pan=meter(serial).pan)
    until = on_day(9).begins_us
    reader, first = termed.views.reader, None
    seen = []
    while page := reader.rows(DuePoints(until_us=until, after=first, limit=1)):
        seen += [(one.number, one.version, one.power_types) for one in page]
        first = (page[-1].begins_us, page[-1].number)
    assert seen == [("A2-1", 2, ("shop",)), ("A3-1", 2, ("shop",)), ("A1-1", 2, ("shop",))]
    assert reader.count(DuePoints(until_us=until)) == 3
    assert reader.totals(DuePoints(until_us=on_day(4).begins_us)) == on_day(5).begins_us
    assert reader.totals(DuePoints(until_us=until)) is None


def test_a_file_amended_meanwhile_keeps_what_is_due(termed):
    termed.order()
    moved = AmendPoint(LI, "n1", POINT, 2, "Renmin Lu 8", "", "", "", 0, 0, "moved")
    assert termed.give(moved) == Changed(POINT, 3)
    termed.now = NOON + timedelta(days=3)
    termed.load()
    assert (termed.point.address, termed.point.power_type, termed.point.version) == ("Renmin Lu 8", "shop", 4)


def test_what_was_withdrawn_never_begins(termed):
    termed.order()
    assert termed.give(WithdrawTerms(LI, "", POINT, 2, "he opens later")) == Changed(POINT, 3)
    termed.now = NOON + timedelta(days=9)
    termed.load()
    assert (termed.heard, termed.point.power_type, termed.point.due_us) == ([], "domestic", None)
    assert termed.findings() == []


def test_without_a_price_a_person_is_told_once_and_it_is_tried_again_in_an_hour(termed):
    termed.order()
    termed.quietly(
        "UPDATE tariff_version SET state = 'withdrawn', withdrawn_by = 'x', withdrawn_us = 1, reason = 'x' "
        "WHERE power_type = 'shop'"
    )
    termed.now = NOON + timedelta(days=3)
    termed.watch.start()
    termed.pass_by(seconds=4 * LOOK_EVERY_S)
    assert len(termed.heard) == 1
    note = termed.row("exception_note", "kind = 'terms_not_begun'")
    assert (note.key, note.sale_id) == (POINT, None)
    assert "2026-11-26" in note.text
    assert termed.pay("r1").power_type == "domestic"
    termed.now += timedelta(seconds=REFUSED_FOR_S)
    termed.clock.advance(REFUSED_FOR_S)
    assert len(termed.heard) == 2
    assert termed.row("exception_note", "kind = 'terms_not_begun'").id == note.id


def test_a_look_that_fails_is_told_once_and_the_next_one_begins_it(termed, caplog):
    termed.order()
    termed.now = NOON + timedelta(days=3)
    termed.views.fault = ConnectionError("gone")
    termed.watch.start()
    termed.pass_by(seconds=2 * LOOK_EVERY_S)
    assert [record.message for record in caplog.records] == ["terms.look_failed"]
    termed.views.fault = None
    termed.pass_by(seconds=LOOK_EVERY_S)
    assert termed.point.power_type == "shop"


def test_a_busy_ledger_lets_it_wait_and_a_stop_looks_no_more(termed):
    termed.order()
    termed.now = NOON + timedelta(days=3)
    termed.is_busy = True
    termed.watch.start()
    termed.is_busy = False
    assert termed.watch.stop().called
    termed.pass_by(seconds=2 * LOOK_EVERY_S)
    assert termed.point.power_type == "domestic"
    termed.begin()
    termed.load()
    assert termed.point.power_type == "shop"


def test_what_is_due_goes_on_to_the_meter_that_comes_instead(fresh):
    town = Town(fresh.database(count=3))
    registry = Registry(town.engine)
    for power_type, body in BODIES.items():
        registry.enter_tariff(StoredTariff(power_type, "v0", NOON - timedelta(days=9), body))
    assert town.give(AmendTerms(LI, "", POINT, 1, OLD, SHOP, on_day(3), "a shop")) == Changed(POINT, 2)
    town.day = 1
    assert isinstance(town.replace(version=2, remaining_wh=0, shown_wh=0), Changed)
    town.day = 3
    (found,) = town.reader.rows(DuePoints(until_us=on_day(3).begins_us))
    assert (found.pan, found.version) == (NEW, 3)
    assert town.give(BeginTerms(found)) == Changed(POINT, 4)
    assert [town.row("meter", "pan", pan).power_type for pan in (OLD, NEW)] == ["domestic", "shop"]
    town.assert_sound()


def test_two_changes_at_once_are_one(termed):
    first, second = termed.batch.run([
        AmendTerms(LI, "", POINT, 1, PAN, SHOP, on_day(3), "a shop"),
        EnlargeCapacity(LI, "n2", POINT, 1, PAN, ("domestic",), 9_000, 0, Fee(0, "CNY"), "CNY", "an oven"),
    ])  # fmt: skip
    assert (first, second) == (Changed(POINT, 2), NotDone(OfficeRefusal.TWICE_AT_ONCE))


def test_more_power_and_its_fee_stand_together(termed):
    fee = Fee(50_000, "CNY", FeePaid.ON_ACCOUNT)
    enlarge = EnlargeCapacity(LI, "n1", POINT, 1, PAN, ("domestic",), 12_000, 0, fee, "CNY", "an oven")
    assert termed.give(enlarge) == Changed(POINT, 2)
    assert (termed.point.contract_w, termed.meter.contract_w) == (12_000, 12_000)
    assert termed.row("account", "code = 'AR:A1:CAPACITY'").balance == 50_000
    assert termed.row("account", "code = 'FEE:CAPACITY'").balance == -50_000
    told = termed.row("amendment", f"subject = 'point' AND number = '{POINT}'")
    assert told.entry_id == termed.row("entry", "kind = 'fee'").id
    assert termed.findings() == []


# -- what was altered past the ledger --------------------------------------------------------------------

DUE_ALTERED = f"point {POINT}: due in its row, and something else in its last amendment"


@pytest.mark.parametrize(
    "altered",
    [
        "due_us = due_us - 86400000000",
        "due_us = NULL",
        "due = ''",
        "due = replace(due, 'shop', 'domestic')",
        "due = replace(due, 'he opens', 'she opens')",
    ],
)
def test_a_due_change_that_somebody_alters_is_found(termed, altered):
    termed.order()
    assert termed.findings() == []
    termed.quietly(f"UPDATE supply_point SET {altered} WHERE number = '{POINT}'")  # noqa: S608 - ours
    assert termed.findings() == [DUE_ALTERED]


def test_one_that_cannot_be_read_any_more_is_found_as_well(termed):
    termed.order()
    termed.quietly(f"UPDATE supply_point SET due = 'soon' WHERE number = '{POINT}'")  # noqa: S608 - ours
    (found,) = termed.findings()
    assert found.startswith(f"point {POINT}:")


def planted(termed, number):
    termed.quietly(
        f"UPDATE supply_point SET due_us = 1, due = (SELECT due FROM supply_point WHERE number = '{POINT}') "  # noqa: S608 - ours
        f"WHERE number = '{number}'"
    )


def test_one_that_is_planted_where_nothing_was_ever_amended_is_found(termed):
    termed.order()
    planted(termed, "A2-1")
    assert termed.findings() == [DUE_ALTERED.replace(POINT, "A2-1")]


def test_one_that_is_planted_behind_an_amendment_of_an_older_program_is_found(termed):
    termed.order()
    termed.give(AmendPoint(LI, "n1", "A2-1", 1, "Renmin Lu 8", "", "", "", 0, 0, "moved"))
    reader = JournalReader(termed.engine)
    older = [
        replace(one, told=one.told.replace('"due":null,', "")) for one in reader.standing().filed
    ]
    assert any('"due"' not in one.told for one in older if one.number == "A2-1")
    planted(termed, "A2-1")
    standing = reader.standing()
    told = {one.number: one.told for one in older}
    filed = [replace(one, told=told[one.number]) for one in standing.filed]
    found = verify(reader.sealed(), CHAIN_SECRET, replace(standing, filed=filed), {}).findings
    assert found == [DUE_ALTERED.replace(POINT, "A2-1")]


def _bought(termed):
    return termed.row("meter", f"pan = '{PAN}'").mtd_wh


@pytest.mark.parametrize("ahead", [0, 3])
def test_counters_that_go_on_in_proportion_stand_in_the_books(termed, ahead):
    termed.give(termed.till.pay("r1", 5_000, pan=PAN))
    bought = _bought(termed)
    termed.give(AmendTerms(LI, "", POINT, 1, PAN, SHOP, on_day(ahead), "he opens a shop", prorates=True))
    if ahead:
        assert _bought(termed) == bought
        termed.now += timedelta(days=ahead)
        termed.load()
    left = 8 - ahead  # of thirty days, from 23 November on
    assert _bought(termed) == bought * left // 30
    again = termed.give(termed.till.pay("r2", 5_000, pan=PAN)).energy_wh
    assert _bought(termed) == bought * left // 30 + again
    assert termed.findings() == []
