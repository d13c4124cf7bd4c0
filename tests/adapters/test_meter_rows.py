"""A meter's row on either database: what a sale moves of it, what was entered, whose balances it names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from adapters.db import tables as t
from adapters.db.load import load_books
from adapters.db.opening import migrate, open_database
from gateway.core.books import Decision, Needs
from gateway.core.counters import Counters, Moved, counted
from gateway.core.ledger import EntryKind, transfer
from gateway.core.meter import MeterRef
from gateway.core.outcome import Approved, Noted
from tests.builders import NOON, Till, entered, meter, meter_file, posting_batch

EVERYTHING = Counters(
    202611, 10_000_000_000, 20260701, 20_000_000_000, 20261123, 3, 202611, 202610, 20261123,
    (30_000_000_000, 0, 1),
)  # fmt: skip


class SetCounters:
    """A command that moves a meter's counters to where a test wants them."""

    digest = channel = ""
    content = Noted(1)

    def __init__(self, counters: Counters, key: str = "set") -> None:
        self.key, self._counters = key, counters

    def needs(self) -> Needs:
        return Needs(keys=(self.key,), meters=(MeterRef(pan=meter().pan),))

    def decide(self, books, _now) -> Decision:
        one = books.meters[meter().pan]
        moved = one.counted(last_tid=one.last_tid, counters=self._counters)
        entry = transfer(EntryKind.DEPOSIT, debit="CASH", credit="SUSPENSE", amount=1, unit="CNY")
        return Decision(Noted(1), remembered=True, entries=(entry,), meter=moved)


def read(engine, *needs: Needs):
    with engine.begin() as connection:
        _, books = load_books(connection, needs)
    return books


def standing(engine):
    return read(engine, Needs(meters=(MeterRef(pan=meter().pan),))).meters[meter().pan]


@pytest.fixture
def engine(fresh):
    special = meter_file(
        1, contract_w=315_000, schemes=("POOR", "STAFF"), proportions=(("domestic", 70), ("shop", 30))
    )
    return fresh.database(meters=[special, meter_file(2)])


def test_a_meter_is_read_as_it_was_entered(engine):
    one = standing(engine)
    assert (one.contract_w, one.schemes) == (315_000, ("POOR", "STAFF"))
    assert one.proportions == (("domestic", 70), ("shop", 30))
    assert one.counters == Counters()


def test_a_plain_meter_has_none_of_it(engine):
    (plain,) = read(engine, Needs(meters=(MeterRef(account_no="A2"),))).meters.values()
    assert (plain.contract_w, plain.schemes, plain.proportions, plain.counters) == (0, (), (), Counters())


def test_every_counter_that_was_moved_is_read_back(engine):
    posting_batch(engine).run([SetCounters(EVERYTHING)])
    one = standing(engine)
    assert one.counters == EVERYTHING
    assert one.schemes == ("POOR", "STAFF"), "what was entered stays"
    posting_batch(engine).run([SetCounters(Counters(202612, 5), "again")])
    assert standing(engine).counters == Counters(202612, 5)


def test_a_sale_moves_the_meter_s_counters(engine):
    (paid,) = posting_batch(engine).run([Till().pay()])
    assert isinstance(paid, Approved)
    bought_wh = paid.energy_wh
    assert standing(engine).counters == Counters(
        202611, bought_wh, 20260101, bought_wh, 20261123, 1, 0, 0, 20261123, ()
    )


def test_two_sales_of_one_batch_move_them_twice(engine):
    outcomes = posting_batch(engine).run([Till().pay("r1"), Till().pay("r2")])
    one = standing(engine)
    sold = [paid.energy_wh for paid in outcomes if isinstance(paid, Approved)]
    assert one.counters.ytd_wh == one.counters.mtd_wh == sum(sold)
    assert one.counters.times == 2


def test_a_reversed_sale_moves_them_back_on_whatever_was_before(engine):
    posting_batch(engine).run([SetCounters(EVERYTHING)])
    till = Till(token_in_answer=False)
    posting_batch(engine).run([till.pay()])
    assert standing(engine).counters.times == 4
    posting_batch(engine).run([till.reverse()])
    assert standing(engine).counters == EVERYTHING


# -- balances of the customer ----------------------------------------------------------------------------


class Owe:
    """A command that books what a customer owes."""

    digest = channel = ""

    def __init__(self, account: str, amount: int) -> None:
        self.key, self._account, self._amount = f"owe {account}", account, amount

    def needs(self) -> Needs:
        return Needs(keys=(self.key,))

    def decide(self, _books, _now) -> Decision:
        entry = transfer(
            EntryKind.DEPOSIT, debit=self._account, credit="SUSPENSE", amount=self._amount, unit="CNY"
        )
        return Decision(Noted(1), remembered=True, entries=(entry,))


OWN = ("CUST:{}", "AR:{}:ARREARS")


def test_a_customer_s_own_accounts_are_read_by_the_meter_that_is_named(engine):
    posting_batch(engine).run([Owe("AR:A1:ARREARS", 500), Owe("AR:A2:ARREARS", 700), Owe("AR:A1:OTHER", 9)])
    by_pan = read(engine, Needs(meters=(MeterRef(pan=meter().pan),), own_accounts=OWN))
    assert by_pan.balances == {"CUST:A1": 0, "AR:A1:ARREARS": 500}
    by_account = read(engine, Needs(meters=(MeterRef(account_no="A2"),), own_accounts=OWN))
    assert by_account.balances == {"CUST:A2": 0, "AR:A2:ARREARS": 700}


def test_they_stand_beside_the_balances_that_are_named_outright(engine):
    posting_batch(engine).run([Owe("AR:A1:ARREARS", 500)])
    needs = Needs(meters=(MeterRef(pan=meter().pan),), own_accounts=OWN, balances=("SUSPENSE", "FLOAT:east"))
    assert read(engine, needs).balances == {
        "SUSPENSE": -500, "FLOAT:east": 0, "CUST:A1": 0, "AR:A1:ARREARS": 500,
    }  # fmt: skip


def test_each_command_asks_for_its_own_customer_only(engine):
    asking = Needs(meters=(MeterRef(pan=meter().pan),), own_accounts=("CUST:{}",))
    silent = Needs(meters=(MeterRef(account_no="A2"),))
    assert read(engine, asking, silent).balances == {"CUST:A1": 0}


def test_a_sale_that_is_named_leads_to_its_customer(engine):
    till = Till(token_in_answer=False)
    posting_batch(engine).run([till.pay()])
    assert read(engine, Needs(sales=(till.pay().key,), own_accounts=OWN)).balances == {
        "CUST:A1": 0, "AR:A1:ARREARS": 0,
    }  # fmt: skip


def test_of_a_meter_that_nobody_has_nothing_is_read(engine):
    assert read(engine, Needs(meters=(MeterRef(account_no="none"),), own_accounts=OWN)).balances == {}


def test_a_code_is_a_pattern_in_nothing_but_the_account_number(fresh):
    engine = fresh.database(meters=[meter_file(1, account_no="A{}{0}%s")])
    needs = Needs(meters=(MeterRef(pan=meter().pan),), own_accounts=("CUST:{}",))
    assert read(engine, needs).balances == {"CUST:A{}{0}%s": 0}


# -- the migration ---------------------------------------------------------------------------------------


def to_revision(engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "adapters.db:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision() or ""
        (command.downgrade if revision < current else command.upgrade)(config, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request, tmp_path, postgresql):
    """Books as they were when the counters were new: later migrations have no way back."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        cluster = postgresql().cluster
        cluster.create("counters_are_new")
        url = cluster.url("counters_are_new")
    engine = open_database(url)
    to_revision(engine, "0003")
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        cluster.execute("DROP DATABASE counters_are_new")


@pytest.fixture(params=["sqlite", "postgresql"])
def owner(request, tmp_path, postgresql):
    """Books as their owner has them, before anything is entered."""
    url = f"sqlite:///{tmp_path / 'till.db'}" if request.param == "sqlite" else postgresql().books()[1]
    engine = open_database(url)
    migrate(engine)
    yield engine
    engine.dispose()


def enter_old(owner, **more):
    """Enter a meter as the books had it then."""
    identity = meter().identity
    names = ("pan", "sgc", "krn", "ti", "ea", "kt", "base_date")
    values = {name: getattr(identity, name) for name in names} | {"month": 0, "mtd_wh": 0} | more
    values |= {"customer_id": 1, "state": "active", "carrier": "token"}
    values |= {"power_type": "domestic", "is_test": True}
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO customer (id, account_no, name, address) VALUES (1, 'A1', 'Zhang Wei', 'x')")
        )
        connection.execute(text(f"INSERT INTO meter ({columns}) VALUES ({places})"), values)  # noqa: S608 - ours


def test_meters_of_before_keep_their_month_and_begin_their_year(before):
    owner = before
    to_revision(owner, "0002")
    enter_old(owner, month=202611, mtd_wh=80_000)
    migrate(owner)
    one = standing(owner)
    assert one.counters == Counters(month=202611, mtd_wh=80_000)
    assert (one.contract_w, one.schemes, one.proportions) == (0, (), ())


def test_the_way_back_takes_the_columns_away_and_forth_again(before):
    owner = before
    enter_old(owner, contract_w=5_000)
    to_revision(owner, "0002")
    assert "ytd_wh" not in {column["name"] for column in inspect(owner).get_columns("meter")}
    migrate(owner)
    assert standing(owner) == replace(meter(), counters=Counters())


def test_the_columns_are_those_that_the_program_knows(owner):
    told = {column["name"]: column["nullable"] for column in inspect(owner).get_columns("meter")}
    assert told == {column.name: column.nullable for column in t.meter.c}
    with owner.begin() as connection:
        assert connection.execute(select(t.meter)).all() == []


def test_a_meter_s_counters_hold_what_thirty_two_bits_do_not(engine):
    wide = replace(counted(Counters(), Moved(2**40, 202611, 20260101, 20261123, 0, 0, 0, 0)), times=2**30)
    posting_batch(engine, lambda: NOON).run([SetCounters(wide)])
    assert standing(engine).counters == wide


def test_books_with_sales_get_the_key_changes_and_can_go_back_while_no_key_was_loaded(owner):
    entered(owner, 2)
    till, batch = Till(), posting_batch(owner)
    assert isinstance(batch.run([till.pay("r1")])[0], Approved)
    batch.close()
    to_revision(owner, "0005")
    assert "key_change" not in {column["name"] for column in inspect(owner).get_columns("meter")}
    migrate(owner)
    assert isinstance(posting_batch(owner).run([till.pay("r2")])[0], Approved)
    assert read(owner, Needs(meters=(MeterRef(pan=meter().pan),))).meters[meter().pan].key_change is None
