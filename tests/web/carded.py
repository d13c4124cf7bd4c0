"""Cards and their purchases, beside what ``staffed`` enters: in doubt, lost, lying in the stock."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.account_number import account_number
from gateway.core.card import CardState
from gateway.core.card_stock import StockCard
from gateway.core.customer import Customer
from gateway.core.dues import Dues
from gateway.core.meter import Carrier
from gateway.core.office import NotDone
from gateway.core.office_answer import CardOrdered
from gateway.core.station_status import ReaderStatus, StationStatus
from gateway.core.stock import StockMeter
from gateway.core.supply_point import PointState, SupplyPoint
from gateway.core.timeline import microseconds
from gateway.office.keep_cards import CardDeed, MarkCard, TakeInCards
from gateway.office.keep_stock import TakeIn
from gateway.prepayment.install_meter import InstallMeter
from gateway.prepayment.register_customer import RegisterCustomer
from tests import cards
from tests.builders import NOON, Till, identity
from tests.card_counter import KIND, AtReader

BY = "local:deputy"
#: A bakery, whose purchase is in doubt, and a smithy, whose card was lost.
BAKERY, SMITHY = account_number(901), account_number(902)
BAKERY_METER, SMITHY_METER = (identity(serial).pan for serial in (941, 942))
ON_WAY, LOST, FREE, NORTHERN, BACK = (f"A1B2C3D4E5F607{n:02X}" for n in range(1, 6))

#: What was heard of two card stations: one is on line, and the other has been silent.
_HEARD_US = microseconds(NOON) - 20_000_000
_LIVE = StationStatus(
    "north-1", _HEARD_US, "10.0.0.7", "1.0", (ReaderStatus("desk", "free"), ReaderStatus("spare", "odd")), 1,
    _HEARD_US, "1A", microseconds(NOON) + 86_400_000_000,
)  # fmt: skip
STATIONS = (_LIVE, replace(_LIVE, station="south-2", heard_us=microseconds(NOON) - 91_000_000, unfinished=0))


class Heard:
    """Stations as they were heard; obeys ``needs.StationsHeard``."""

    def __init__(self, *statuses):
        self.known = {one.station: one for one in statuses}

    def statuses(self):
        return self.known


def with_cards(staffed):
    """Enter them; returns the books."""
    serials, ready = (ON_WAY, LOST, FREE, BACK), CardState.PERSONALISED
    taken = tuple(StockCard(one, KIND, ready, lot="C-7") for one in serials)
    northern = StockCard(NORTHERN, "gdw365", ready, "north", "C-8")
    _run(staffed, TakeInCards(BY, "cards", (*taken, northern)))
    for account_no, name, pan, serial in (
        (BAKERY, "Dawn Bakery", BAKERY_METER, 941),
        (SMITHY, "Old Smithy", SMITHY_METER, 942),
    ):
        _settle(staffed, account_no, name, pan, serial)
    _buy(staffed)
    # A customer who has paid at the bank, and whose card nobody has brought yet.
    waits = next(one.pan for one in staffed.town.meters if one.carrier is Carrier.CARD)
    _run(staffed, Till().pay("card-1", 4_400, pan=waits))
    return staffed


def _settle(staffed, account_no, name, pan, serial):
    customer = Customer(account_no, name, "Mill Lane 4", branch="north")
    point = SupplyPoint("", "", "Mill Lane 4", "domestic", state=PointState.REGISTERED)
    meter = StockMeter(identity(serial), "DDSY-9", Carrier.CARD, "", "2026-11", 0)
    for command in (
        RegisterCustomer(BY, f"of-{serial}", customer, point, Dues("CNY"), "CNY"),
        TakeIn(BY, f"in-{serial}", (meter,)),
        InstallMeter(
            BY, f"fit-{serial}", f"{account_no}-1", 1, pan, staffed.now.date(), (("total", 0),), is_test=True
        ),
    ):
        _run(staffed, command)


def _at_reader(staffed, account_no, pan):
    """Li Na's counter, with a card reader."""
    return AtReader(staffed.batch, "north-1", "li-na", account_no, pan)


def _buy(staffed):
    """The bakery's second purchase is in doubt; the smithy has lost its card, and one was found again."""
    bakery, card = _at_reader(staffed, BAKERY, BAKERY_METER), cards.blank(KIND, ON_WAY)
    meter = bakery.meter()
    bakery.write(bakery.buy(card, "bread-1"), card)
    meter.insert(card)
    order = bakery.buy(card, "bread-2")
    bakery.begin(order, bakery.read(card))
    bakery.doubt(order)
    smithy, lost = _at_reader(staffed, SMITHY, SMITHY_METER), cards.blank(KIND, LOST)
    smithy.write(smithy.buy(lost, "iron-1"), lost)
    _mark(staffed, LOST, 2, CardDeed.LOSE, "he has lost it on the market")
    again = smithy.reissue(cards.blank(KIND, BACK), LOST)
    assert isinstance(again, CardOrdered), again
    smithy.write(again.order, cards.blank(KIND, BACK))
    _mark(staffed, BACK, 2, CardDeed.GIVE_BACK, "he has closed the smithy")


def _mark(staffed, serial, version, deed, reason):
    _run(staffed, MarkCard(BY, f"{deed.value}-{serial}", serial, version, SMITHY_METER, reason, deed))


def _run(staffed, command):
    (content,) = staffed.batch.run([command])
    assert not isinstance(content, Exception | NotDone), content
