"""The files on both databases: what was registered stands there, sealed, and is what it was amended to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.db.file_write import write_files
from adapters.db.journal_reader import JournalReader
from adapters.db.registry import Registry, StoredTariff
from gateway.core.account_number import account_number
from gateway.core.customer import Customer
from gateway.core.dues import Dues
from gateway.core.file_books import FileChange
from gateway.core.fitting import Ratio
from gateway.core.key_ring import KeyRevision, KeyRing
from gateway.core.meter import Carrier, MeterRef
from gateway.core.network import NetworkKind, NetworkPlace
from gateway.core.office import NotDone, OfficeRefusal
from gateway.core.office_answer import Changed
from gateway.core.refusal import Refusal
from gateway.core.stock import StockMeter
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.office.keep_stock import TakeIn
from gateway.prepayment.amend_file import AmendCustomer, AmendPoint
from gateway.prepayment.change_key import ChangeKey, KeyStep, WantedKey
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.keep_network import KeepNetworkPlace
from gateway.prepayment.register_customer import AddPoint, RegisterCustomer
from gateway.proof.verify import verify
from tests.builders import CHAIN_SECRET, NOON, Till, identity, posting_batch

LI = "local:li"
ZHANG = Customer("", "Zhang Wei", "Qingnian Lu 5", "+86 871 5550123", "530102199001011234")
POINT = SupplyPoint(
    "", "", "Qingnian Lu 5", "domestic", "east", "f-7", "", 3, 8_000, ("POOR",),
    (("domestic", 60), ("shop", 40)), 20_000, 900_000, PointState.REGISTERED,
)  # fmt: skip
FIRST, SECOND = account_number(1), account_number(2)


class Filed:
    def __init__(self, fresh):
        self.engine = fresh.database(count=1)
        registry = Registry(self.engine)
        for power_type in ("domestic", "shop"):
            registry.enter_tariff(StoredTariff(power_type, "v0", NOON - timedelta(days=9), {}))
        self.count = 0
        area = NetworkPlace("east", NetworkKind.AREA, "East", version=0)
        self.give(KeepNetworkPlace(LI, self.nonce(), area))
        feeder = NetworkPlace("f-7", NetworkKind.FEEDER, "Feeder 7", "east", version=0)
        self.give(KeepNetworkPlace(LI, self.nonce(), feeder))

    def nonce(self):
        self.count += 1
        return f"n{self.count}"

    def give(self, *commands):
        """Post a batch of its own."""
        batch = posting_batch(self.engine)
        contents = batch.run(commands)
        batch.close()
        for content in contents:
            if isinstance(content, Exception):
                raise content
        return contents[0] if len(contents) == 1 else contents

    def register(self, customer=ZHANG, point=POINT, dues=None, **more):
        return RegisterCustomer(LI, self.nonce(), customer, point, dues or Dues("CNY"), "CNY", **more)

    def seen(self, what, key, value):
        with self.engine.connect() as connection:
            return connection.execute(text(f"SELECT * FROM {what} WHERE {key} = :v"), {"v": value}).all()  # noqa: S608 - names of our own

    def verdict(self):
        reader = JournalReader(self.engine)
        return verify(reader.sealed(), CHAIN_SECRET, reader.standing(), {})

    def quietly(self, statement):
        with self.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture
def filed(fresh):
    return Filed(fresh)


def test_a_file_is_amended_by_what_stands_there_and_not_by_what_another_batch_knew(filed):
    assert filed.give(filed.register()) == Changed(FIRST)
    (row,) = filed.seen("customer", "account_no", FIRST)
    assert (row.name, row.phone, row.id_no, row.version) == ("Zhang Wei", ZHANG.phone, ZHANG.id_no, 1)
    moved = replace(ZHANG, account_no=FIRST, address="Renmin Lu 8")
    assert filed.give(AmendCustomer(LI, filed.nonce(), moved, "moved")) == Changed(FIRST, 2)
    late = filed.give(AmendCustomer(LI, filed.nonce(), replace(moved, phone=""), "late"))
    assert late == NotDone(OfficeRefusal.TWICE_AT_ONCE)
    (row,) = filed.seen("customer", "account_no", FIRST)
    assert (row.address, row.phone, row.version) == ("Renmin Lu 8", ZHANG.phone, 2)


def test_a_supply_point_comes_back_as_it_was_entered(filed):
    filed.give(filed.register())
    amended = AmendPoint(LI, filed.nonce(), f"{FIRST}-1", 1, "Renmin Lu 8", "east", "", "", 0, 0, "moved")
    assert filed.give(amended) == Changed(f"{FIRST}-1", 2)
    (row,) = filed.seen("supply_point", "number", f"{FIRST}-1")
    assert (row.address, row.feeder, row.phases, row.contract_w) == ("Renmin Lu 8", "", 3, 8_000)
    assert (row.schemes, row.proportions) == ("POOR", "domestic=60,shop=40")
    assert (row.state, row.pan) == ("registered", "")


def test_each_customer_gets_a_number_of_his_own_in_one_batch_and_in_the_next(filed):
    others = [replace(ZHANG, id_no=f"ID{n}") for n in range(3)]
    one, two = filed.give(filed.register(others[0]), filed.register(others[1]))
    three = filed.give(filed.register(others[2]))
    assert [one.subject, two.subject, three.subject] == [account_number(n) for n in (1, 2, 3)]


def test_no_number_that_was_entered_by_hand_moves_the_series(filed):
    filed.give(filed.register(replace(ZHANG, account_no="2999999994")))
    assert filed.give(filed.register(replace(ZHANG, id_no=""))).subject == FIRST


def test_the_series_passes_over_what_is_taken_and_goes_on_behind_it(filed):
    taken = [account_number(serial) for serial in (*range(1, 151), 152)]
    Registry(filed.engine).enter_customers([Customer(one, "x", "y") for one in taken])
    others = [filed.register(replace(ZHANG, id_no=f"ID{n}")) for n in range(2)]
    assert [one.subject for one in filed.give(*others)] == [account_number(151), account_number(153)]
    filed.quietly(f"UPDATE customer SET account_no = 'gone' WHERE account_no = '{FIRST}'")  # noqa: S608 - ours
    assert filed.give(filed.register(replace(ZHANG, id_no=""))).subject == account_number(154)


def test_the_last_number_is_given_out_once(filed):
    filed.give(filed.register())
    filed.quietly("UPDATE series SET next = 99999999")
    assert filed.give(filed.register(replace(ZHANG, id_no=""))).subject == "2999999994"
    refused = filed.give(filed.register(replace(ZHANG, id_no="")))
    assert refused == NotDone(OfficeRefusal.NO_NUMBER_LEFT)


def test_a_file_that_is_opened_overwrites_none_that_was_entered_past_the_ledger(filed):
    Registry(filed.engine).enter_customers([Customer(FIRST, "Li Si", "East Road 1")])
    opened = FileChange(customers=(replace(ZHANG, account_no=FIRST),))
    with pytest.raises(IntegrityError), filed.engine.begin() as connection:
        write_files(connection, [opened])
    (row,) = filed.seen("customer", "account_no", FIRST)
    assert row.name == "Li Si"


def test_a_row_is_changed_from_the_version_before_it_alone(filed):
    filed.give(filed.register())
    late = FileChange(customers=(replace(ZHANG, account_no=FIRST, name="Li Si", version=3),))
    with pytest.raises(AssertionError), filed.engine.begin() as connection:
        write_files(connection, [late])


def test_who_has_an_identity_number_is_found_in_the_books(filed):
    filed.give(filed.register())
    assert filed.give(filed.register()) == NotDone(OfficeRefusal.KNOWN_PERSON, FIRST)
    one, two = filed.give(
        filed.register(replace(ZHANG, id_no="NEW")), filed.register(replace(ZHANG, id_no="NEW"))
    )
    assert isinstance(one, Changed)
    assert two == NotDone(OfficeRefusal.KNOWN_PERSON, one.subject)


def test_dues_stand_in_the_books_of_the_customer(filed):
    filed.give(filed.register(dues=Dues("CNY", 12_000, (("CARD", 1_500),))))
    owed = ((f"AR:{FIRST}:ARREARS", 12_000), (f"AR:{FIRST}:CARD", 1_500), ("OPENING", -12_000))
    for account, balance in owed:
        (row,) = filed.seen("account", "code", account)
        assert row.balance == balance
    assert filed.verdict().findings == []


def test_a_meter_that_is_entered_with_the_books_has_its_supply_point(filed):
    (meter,) = filed.seen("meter", "id", 1)
    (row,) = filed.seen("supply_point", "pan", meter.pan)
    assert (row.state, row.power_type, row.version) == ("active", "domestic", 1)
    shop = replace(POINT, proportions=(), power_type="shop")
    added = filed.give(AddPoint(LI, filed.nonce(), row.account_no, shop, Dues("CNY"), "CNY"))
    assert added == Changed(f"{row.account_no}-2")


def stocked(filed, serial=7):
    one = StockMeter(identity(serial), "DDS-26", Carrier.TOKEN, "", "lot-1", 0)
    filed.give(TakeIn(LI, filed.nonce(), (one,)))
    return one.pan


def install(filed, pan, number=f"{FIRST}-1", version=1, **more):
    said = (LI, filed.nonce(), number, version, pan, NOON.date(), (("total", 12_000),))
    return filed.give(InstallMeter(*said, is_test=True, **more))


def test_a_meter_that_was_installed_is_sold_to(filed):
    filed.give(filed.register(point=replace(POINT, proportions=())))
    pan = stocked(filed)
    assert install(filed, pan, seals=("A17",), current=Ratio(100, 5)) == Changed(f"{FIRST}-1", 2)
    bought = filed.give(Till().pay("r9", 10_000, pan=pan))
    assert (bought.account_no, bought.power_type, bought.customer) == (FIRST, "domestic", "Zhang Wei")
    assert bought.token is not None
    (row,) = filed.seen("fitting", "pan", pan)
    assert (row.seals, row.current, row.voltage, row.version) == ('["A17"]', "[100,5]", "[1,1]", 1)
    assert filed.verdict().findings == []


def test_an_installation_leaves_alone_what_a_sale_of_the_same_meter_has_moved(filed):
    filed.give(filed.register(point=replace(POINT, proportions=())))
    pan = stocked(filed)
    install(filed, pan)
    filed.give(Till().pay("r9", 10_000, pan=pan))
    (sold,) = filed.seen("meter", "pan", pan)
    filed.quietly("UPDATE meter SET state = 'removed' WHERE id > 1")
    filed.quietly("UPDATE stock_meter SET state = 'in_stock'")
    filed.quietly(f"UPDATE supply_point SET state = 'registered', pan = '' WHERE account_no = '{FIRST}'")  # noqa: S608 - ours
    install(filed, pan, version=2)
    (back,) = filed.seen("meter", "pan", pan)
    assert (back.id, back.last_tid, back.state) == (sold.id, sold.last_tid, "active")
    assert (back.mtd_wh, back.times) == (sold.mtd_wh, 1)


def returned(filed):
    """A meter that FIRST had, back in stock; a second customer waits for one."""
    filed.give(filed.register(point=replace(POINT, proportions=())))
    pan = stocked(filed)
    install(filed, pan)
    filed.give(filed.register(replace(ZHANG, id_no=""), replace(POINT, proportions=())))
    return pan


def take_out(filed):
    filed.quietly("UPDATE meter SET state = 'removed' WHERE id > 1")
    filed.quietly("UPDATE stock_meter SET state = 'in_stock'")
    filed.quietly(f"UPDATE supply_point SET state = 'closed', pan = '' WHERE number = '{FIRST}-1'")  # noqa: S608 - ours


def test_a_payment_in_the_batch_that_fits_a_meter_anew_reaches_neither_owner(filed):
    pan = returned(filed)
    take_out(filed)
    fit = InstallMeter(LI, "fit", f"{SECOND}-1", 1, pan, NOON.date(), (("total", 0),), is_test=True)
    former, named = Till().pay("r1", account_no=FIRST), Till().pay("r2", pan=pan)
    fitted, refused, later = filed.give(fit, former, named)
    assert fitted == Changed(f"{SECOND}-1", 2)
    assert (refused.reason, later.reason) == (Refusal.UNKNOWN_METER, Refusal.NO_TOKEN)
    assert filed.give(named).account_no == SECOND


def test_a_meter_with_a_sale_that_waits_is_fitted_nowhere(filed):
    pan = returned(filed)
    till = Till(token_in_answer=False)
    filed.give(till.pay("r1", pan=pan))
    take_out(filed)
    assert install(filed, pan, f"{SECOND}-1") == NotDone(OfficeRefusal.SALE_WAITS)
    filed.give(till.reverse("r1"))
    assert install(filed, pan, f"{SECOND}-1") == Changed(f"{SECOND}-1", 2)


@pytest.mark.parametrize(
    ("quietly", "found"),
    [
        ("power_type = 'shop'", "power_type"),
        ("contract_w = 1", "contract_w"),
        ("schemes = 'RICH'", "schemes"),
        ("proportions = 'domestic=50,shop=50'", "proportions"),
        ("customer_id = 1", "account_no"),
        ("is_test = NOT is_test", "is_test"),
        ("krn = 2", "key"),
        ("ea = '07'", "ea"),
    ],
)
def test_a_meter_that_was_changed_past_its_supply_point_is_found(filed, quietly, found):
    filed.give(filed.register(point=replace(POINT, proportions=())))
    pan = stocked(filed)
    install(filed, pan)
    assert filed.verdict().findings == []
    filed.quietly(f"UPDATE meter SET {quietly} WHERE pan = '{pan}'")  # noqa: S608 - ours
    (finding,) = filed.verdict().findings
    assert finding.startswith(f"meter {pan}: {found} in its row")


def test_a_meter_whose_row_is_gone_is_found(filed):
    filed.give(filed.register(point=replace(POINT, proportions=())))
    pan = stocked(filed)
    install(filed, pan)
    filed.quietly(f"UPDATE meter SET pan = 'gone' WHERE pan = '{pan}'")  # noqa: S608 - ours
    assert set(filed.verdict().findings) == {f"meter {pan}: its amendments are there, and its row is not"}


def test_a_meter_may_have_the_key_that_it_was_seen_to_have_got_since(filed):
    filed.give(filed.register(point=replace(POINT, proportions=())))
    pan = stocked(filed)
    install(filed, pan)
    of, ring = MeterRef(pan=pan), KeyRing.of([KeyRevision(identity().sgc, 1)])
    wanted = WantedKey(identity().sgc, "02")
    filed.give(ChangeKey("k1", of, KeyStep.BEGIN, "li", "another tariff", ring, wanted))
    filed.give(ChangeKey("k2", of, KeyStep.CONFIRM, "li", "seen", ring))
    assert filed.seen("meter", "pan", pan)[0].ti == "02"
    assert filed.verdict().findings == []
    filed.quietly(f"UPDATE meter SET ti = '01' WHERE pan = '{pan}'")  # noqa: S608 - ours
    (finding,) = filed.verdict().findings
    assert finding.startswith(f"meter {pan}: key in its row")


@pytest.mark.parametrize("change", ["UPDATE amendment SET reason = 'x'", "DELETE FROM amendment"])
def test_an_amendment_is_written_once_and_for_ever(filed, change):
    with pytest.raises(DBAPIError, match=r"for ever|permission denied"):
        filed.quietly(change)


@pytest.mark.parametrize(
    ("quietly", "found"),
    [
        ("UPDATE customer SET address = 'mine'", "customer {}: address in its row"),
        ("UPDATE customer SET credit_limit_minor = 100000", "customer {}: credit_limit_minor in its row"),
        ("UPDATE supply_point SET contract_w = 1 WHERE number = '{}-1'", "point {}-1: contract_w in its row"),
        ("UPDATE supply_point SET number = 'x' WHERE number = '{}-1'", "point {}-1: its amendments are"),
        ("UPDATE network_place SET parent = 'f-7' WHERE code = 'f-7'", "network f-7: parent in its row"),
    ],
)
def test_what_was_changed_without_an_amendment_is_found(filed, quietly, found):
    filed.give(filed.register())
    assert filed.verdict().findings == []
    filed.quietly(quietly.format(FIRST))
    (finding,) = filed.verdict().findings
    assert finding.startswith(found.format(FIRST))
